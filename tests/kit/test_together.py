"""Statements that can wait for their answer go with the next one, and all is as if each had been sent alone."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from revenue_intel.audit.models import AuditEvent
from revenue_intel.audit.services import record_action
from revenue_intel.facts.models import Customer
from revenue_intel.kit import transactions
from revenue_intel.kit.inserts import insert_later, insert_one_later
from revenue_intel.kit.together import ask_after_commit, ask_later, send_later
from tests.factories import make_product
from tests.host.models import Product
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = pytest.mark.django_db(transaction=True)


def record(subject: str) -> None:
    record_action(actor="stripe", action="a", subject=subject, detail={"odd": "100 % sure; it's \\ “quoted”"})


def subjects() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("subject", flat=True))


def ask(statement: str, *parameters: object):
    return ask_later(statement, parameters, using="default")


def test_the_next_statement_sees_what_waited():
    def work():
        record("one")
        record("two %s")
        return subjects()

    assert transactions.run(work) == ["one", "two %s"]
    assert AuditEvent.objects.first().detail == {"odd": "100 % sure; it's \\ “quoted”"}


@postgres_only
def test_what_waited_and_the_next_statement_are_one_message():
    def work():
        record("one")
        record("two")
        return subjects()

    with CaptureQueriesContext(connection) as captured:
        transactions.run(work)
    sent = [each["sql"] for each in captured if each["sql"] not in ("BEGIN", "COMMIT")]
    assert len(sent) == 1


def test_what_nobody_asked_for_is_sent_before_the_commit():
    transactions.run(lambda: record("last"))
    assert subjects() == ["last"]


@postgres_only
def test_what_waits_last_is_one_message_with_the_commit():
    with CaptureQueriesContext(connection) as captured:
        transactions.run(lambda: record("last"))
    sent = [each["sql"] for each in captured if each["sql"] not in ("BEGIN", "COMMIT")]
    assert [each.rpartition("; ")[2] for each in sent] == ["COMMIT"]
    assert subjects() == ["last"]


def test_what_is_to_be_done_after_commit_is_done_once_it_is_committed():
    seen = []

    def work():
        transaction.on_commit(lambda: seen.append((connection.in_atomic_block, subjects())))
        record("last")

    transactions.run(work)
    assert seen == [(False, ["last"])]


@postgres_only
def test_what_waits_within_a_transaction_of_the_hosts_does_not_end_it():
    def fail():
        with transaction.atomic():
            transactions.run(lambda: record("inner"))
            assert subjects() == ["inner"]
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert subjects() == []


def test_each_answer_goes_to_who_asked():
    def work():
        first, _, second = (
            ask("SELECT %s", 1),
            record("between"),
            ask("SELECT subject FROM revenue_intel_auditevent"),
        )
        last = Product.objects.count()
        return first.rows(), second.rows(), last

    make_product("Pen", "1.00", stock=3)
    assert transactions.run(work) == ([(1,)], [("between",)], 1)


def test_an_answer_that_is_wanted_is_fetched():
    assert transactions.run(lambda: ask("SELECT 7 WHERE 1 = %s", 1).rows()) == [(7,)]
    assert transactions.run(lambda: ask("SELECT 7 WHERE 1 = %s", 2).rows()) == []


def test_what_waits_takes_nothing_from_the_rows_of_an_update_or_a_long_read():
    pens = [make_product(f"Pen {n}", "1.00", stock=3) for n in range(5)]

    def work():
        record("update")
        changed = Product.objects.filter(pk=pens[0].pk).update(stock=1)
        record("read")
        names = [product.name for product in Product.objects.order_by("pk").iterator(chunk_size=2)]
        record("many")
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE host_product SET stock = %s WHERE id = %s", [(7, pen.pk) for pen in pens]
            )
        return changed, names

    assert transactions.run(work) == (1, [f"Pen {n}" for n in range(5)])
    assert subjects() == ["update", "read", "many"]
    assert set(Product.objects.values_list("stock", flat=True)) == {7}


def test_a_unit_of_work_that_fails_leaves_nothing_that_waited():
    def work():
        record("sent")
        subjects()
        record("waiting")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        transactions.run(work)
    assert subjects() == []
    transactions.run(lambda: record("next"))
    assert subjects() == ["next"]


def test_what_waited_before_a_savepoint_outlives_it_and_what_waited_within_does_not():
    def fail():
        with transaction.atomic():
            record("within")
            raise ValueError("no")

    def work():
        record("before")
        with pytest.raises(ValueError, match="no"):
            fail()
        with transaction.atomic():
            record("kept")

    transactions.run(work)
    assert subjects() == ["before", "kept"]


def test_a_unit_within_another_is_sent_with_it():
    def work():
        record("outer")
        transactions.run(lambda: record("inner"))

    transactions.run(work)
    assert subjects() == ["outer", "inner"]


def double(customer: Customer) -> Customer:
    return Customer(key=customer.key, canonical=customer.key)


def test_what_cannot_be_written_fails_the_unit_of_work():
    customer = Customer()
    customer.canonical = customer.key

    def work():
        insert_later([customer])
        insert_later([double(customer)])
        record("after")

    with pytest.raises(IntegrityError):
        transactions.run(work)
    assert (subjects(), Customer.objects.count()) == ([], 0)


@postgres_only
def test_a_database_error_that_is_swallowed_is_no_success():
    def work():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        except DatabaseError:
            pass
        return "done"

    with pytest.raises(TransactionManagementError, match="swallowed"):
        transactions.run(work)


@postgres_only
def test_nothing_waits_in_a_transaction_that_is_broken():
    def work():
        try:
            with transaction.atomic():
                try:
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT 1 / 0")
                except DatabaseError:
                    record("too late")
        except DatabaseError:
            record("after the savepoint")

    transactions.run(work)
    assert subjects() == ["after the savepoint"]


@postgres_only
def test_a_parameter_that_cannot_be_bound_is_refused_where_it_is_given():
    def work():
        with pytest.raises(DataError, match="NUL"):
            send_later("SELECT %s", ["\x00"], using="default")
        return subjects()

    assert transactions.run(work) == []


def test_without_a_unit_of_work_everything_is_sent_at_once():
    record("alone")
    assert ask("SELECT subject FROM revenue_intel_auditevent").rows() == [("alone",)]


@postgres_only
def test_what_is_asked_after_the_commit_is_one_message_with_it_and_sees_what_others_had_committed():
    answers = []

    def work():
        record("first")
        answers.append(ask_after_commit("SELECT subject FROM revenue_intel_auditevent", [], using="default"))
        on_a_connection_of_its_own(lambda: record("theirs"))

    with CaptureQueriesContext(connection) as captured:
        transactions.run(work)
    sent = [each["sql"] for each in captured if each["sql"] not in ("BEGIN", "COMMIT")]
    assert len(sent) == 1
    assert sorted(answers[0].rows()) == [("first",), ("theirs",)]


def test_what_is_asked_after_a_commit_that_is_not_ours_is_asked_when_it_is_wanted():
    with transaction.atomic():
        answer = transactions.run(
            lambda: ask_after_commit("SELECT subject FROM revenue_intel_auditevent", [], using="default")
        )
        record("outer")

    assert answer.rows() == [("outer",)]


@postgres_only
def test_all_is_committed_where_what_is_asked_after_the_commit_fails():
    def work():
        record("kept")
        ask_after_commit("SELECT 1 / %s", [0], using="default")

    with pytest.raises(DataError):
        transactions.run(work)
    assert subjects() == ["kept"]


def test_a_row_that_waits_has_its_key_once_it_is_sent():
    def work():
        customer = AuditEvent(at=timezone.now(), actor="stripe", action="a", subject="one")
        insert_one_later(customer)
        found = subjects()
        return customer.pk, found

    key, found = transactions.run(work)
    assert (found, AuditEvent.objects.get().pk) == (["one"], key)
