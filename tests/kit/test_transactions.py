"""A unit of work that lost a race is done again, three times at the most, and never inside another's transaction."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from revenue_intel.kit import transactions
from tests.factories import make_product
from tests.host.models import Product
from tests.threads import on_a_connection_of_its_own, postgres_only


class Sqlstate(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def lost_race(sqlstate: str = "40P01") -> OperationalError:
    error = OperationalError("lost a race")
    error.__cause__ = Sqlstate(sqlstate)
    return error


class Work:
    """Fails with each error in turn, then returns how often it was called."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(transactions, "PAUSE_SECONDS", 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "error",
    [lost_race("40P01"), lost_race("40001"), OperationalError("database is locked")],
    ids=["deadlock", "serialisation", "sqlite"],
)
def test_a_lost_race_is_run_again(error):
    assert transactions.run(Work(error, error)) == 3


@pytest.mark.django_db(transaction=True)
def test_after_three_tries_the_error_goes_up():
    work = Work(*[lost_race() for _ in range(5)])

    with pytest.raises(OperationalError, match="lost a race"):
        transactions.run(work)

    assert work.calls == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("no"),
        OperationalError("server closed the connection"),
        lost_race("57014"),
        ValueError("no"),
    ],
    ids=["integrity", "connection", "canceled", "bug"],
)
def test_any_other_error_goes_up_at_once(error):
    work = Work(error)

    with pytest.raises(type(error)):
        transactions.run(work)

    assert work.calls == 1


@pytest.mark.django_db(transaction=True)
def test_inside_somebody_elses_transaction_nothing_is_run_again():
    work = Work(lost_race())

    with pytest.raises(OperationalError), transaction.atomic():
        transactions.run(work)

    assert work.calls == 1


@pytest.mark.django_db(transaction=True)
def test_a_failed_try_leaves_nothing_behind():
    errors = [lost_race()]

    def work() -> None:
        make_product()
        if errors:
            raise errors.pop()

    transactions.run(work)

    assert Product.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_inside_somebody_elses_transaction_a_failure_takes_back_our_part_only():
    def work() -> None:
        make_product("Ours")
        raise ValueError

    with transaction.atomic():
        make_product("Theirs")
        with pytest.raises(ValueError):  # noqa: PT011 - the work's own error
            transactions.run(work)

    assert Product.objects.get().name == "Theirs"


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_a_real_deadlock_between_two_connections_is_run_again():
    first, second = make_product("First", stock=0), make_product("Second", stock=0)
    both_hold_one = threading.Barrier(2, timeout=10)
    tries: list[str] = []

    def add(name: str, *rows: Product) -> None:
        def work() -> None:
            is_first_try = name not in tries
            tries.append(name)
            for number, row in enumerate(rows):
                Product.objects.select_for_update().get(pk=row.pk)
                if number == 0 and is_first_try:
                    both_hold_one.wait()
                row_now = Product.objects.get(pk=row.pk)
                row_now.stock += 1
                row_now.save()

        transactions.run(work)

    results = on_a_connection_of_its_own(
        lambda: add("forwards", first, second), lambda: add("backwards", second, first)
    )

    assert results == [None, None]
    assert len(tries) >= 3  # one of the two lost; its second try may meet the other once more
    assert set(Product.objects.values_list("stock", flat=True)) == {2}


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_a_real_serialisation_failure_between_two_connections_is_run_again():
    row = make_product(stock=0)
    both_have_read = threading.Barrier(2, timeout=10)
    tries: list[int] = []

    def add() -> None:
        waited: list[Any] = []

        def work() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            product = Product.objects.get(pk=row.pk)
            tries.append(product.stock)
            if not waited:
                waited.append(both_have_read.wait())
            product.stock += 1
            product.save()

        transactions.run(work)

    assert on_a_connection_of_its_own(add, add) == [None, None]
    assert Product.objects.get().stock == 2
    assert len(tries) == 3
