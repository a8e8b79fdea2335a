"""Statements whose text is made once do what the ORM would, and refuse what it would refuse."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, router, transaction
from django.db.transaction import TransactionManagementError

from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts.models import Customer, CustomerLink
from revenue_intel.kit.inserts import BATCH, insert_if_absent, insert_rows
from revenue_intel.kit.rows import find_row, read_rows, update_later

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def make_customer(email: str = "ada@example.com") -> Customer:
    customer = Customer(email=email)
    customer.canonical = customer.key
    insert_rows([customer])
    return customer


@pytest.mark.django_db
def test_a_row_is_read_as_the_orm_reads_it():
    customer = make_customer()
    event = AuditEvent(at=AT, actor="user:1", action="a", subject="s", detail={"n": [1, None], "t": "é"})
    insert_rows([event])

    assert (
        vars(find_row(AuditEvent, id=event.pk)).items()
        >= {"at": AT, "detail": {"n": [1, None], "t": "é"}, "actor": "user:1"}.items()
    )
    assert find_row(Customer, key=customer.key).canonical == Customer.objects.get().canonical == customer.key
    assert find_row(Customer, key=customer.key, email="eve@example.com") is None


@pytest.mark.django_db
def test_a_value_is_never_read_as_sql():
    make_customer()
    assert find_row(Customer, email="' OR 1=1 --") is None
    assert find_row(Customer, email="%s") is None


@pytest.mark.django_db
def test_what_is_read_beside_a_row_stands_beside_it():
    customer = make_customer()
    using = router.db_for_write(Customer)
    rows = read_rows(Customer, "WHERE email = %s", ["ada@example.com"], extra=("1", "'x'"), using=using)
    assert rows == [(customer, (1, "x"))]


@pytest.mark.django_db
def test_only_the_fields_that_are_named_are_written():
    customer = make_customer()
    customer.email, customer.name = "new@example.com", "New"
    update_later(customer, ("name",))
    assert Customer.objects.values_list("email", "name").get() == ("ada@example.com", "New")


@pytest.mark.django_db
def test_more_rows_than_a_statement_takes_are_all_inserted_with_their_keys():
    customer = make_customer()
    links = [
        CustomerLink(kind="email", value=f"{n}@example.com", customer=customer, recorded_at=AT)
        for n in range(2 * BATCH + 1)
    ]
    insert_rows(links)
    stored = dict(CustomerLink.objects.values_list("pk", "value"))
    assert stored == {link.pk: link.value for link in links}
    insert_rows([])


@pytest.mark.django_db
def test_a_row_whose_key_is_taken_is_left_alone_or_refused():
    customer = make_customer()
    first = CustomerLink(kind="email", value="a", customer=customer, recorded_at=AT)
    second = CustomerLink(kind="email", value="a", customer=customer, recorded_at=AT)
    assert insert_if_absent(first)
    assert first.pk
    assert not insert_if_absent(second)
    assert second.pk is None
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([second])


@pytest.mark.django_db(transaction=True)
def test_no_row_is_locked_where_no_transaction_would_hold_the_lock():
    if not connection.features.has_select_for_update:
        pytest.skip("needs row locks: set REVENUE_INTEL_TEST_DATABASE=postgres to see this promise tested")
    with pytest.raises(TransactionManagementError):
        find_row(Customer, lock="FOR UPDATE", email="")
