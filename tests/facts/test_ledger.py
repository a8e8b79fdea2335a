"""One entry stands for each object; a correction is a reversal and a new version, each on its own day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts.ledger import Posting, find_standing, post
from revenue_intel.facts.models import LedgerEntry

AT = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
SALE = Posting(
    kind=LedgerEntry.Kind.SALE,
    object_id="pi_1",
    amount_minor=1900,
    currency="gbp",
    livemode=False,
    account="",
    occurred_at=AT,
)


def entries() -> list[tuple[str, int, int]]:
    rows = LedgerEntry.objects.order_by("id").values_list("key", "amount_minor", "occurred_at__day")
    return list(rows)


@pytest.mark.django_db
class TestPosting:
    def test_the_same_posting_again_changes_nothing(self):
        assert post(SALE) == post(SALE)
        assert entries() == [("sale:pi_1:1", 1900, 5)]

    def test_later_evidence_changes_nothing(self):
        post(SALE)
        post(replace(SALE, occurred_at=AT + timedelta(days=1)))

        assert entries() == [("sale:pi_1:1", 1900, 5)]

    def test_earlier_evidence_reverses_on_the_old_day_and_posts_on_the_new(self):
        first = post(SALE)
        post(replace(SALE, occurred_at=AT - timedelta(days=2)))

        assert entries() == [("sale:pi_1:1", 1900, 5), ("sale:pi_1:2", -1900, 5), ("sale:pi_1:3", 1900, 3)]
        assert LedgerEntry.objects.get(key="sale:pi_1:2").reverses == first

    def test_an_order_that_becomes_known_is_a_new_version_and_keeps_the_date(self):
        post(SALE)
        standing = post(replace(SALE, order_reference="R1", occurred_at=AT + timedelta(days=3)))

        assert (standing.order_reference, standing.occurred_at) == ("R1", AT)
        assert sum(amount for _, amount, _ in entries()) == 1900

    def test_an_order_once_known_is_not_forgotten(self):
        first = post(replace(SALE, order_reference="R1"))

        assert post(SALE) == first

    @pytest.mark.parametrize(
        "wrong", [{"amount_minor": 1901}, {"amount_minor": -1900}, {"currency": "usd"}], ids=str
    )
    def test_the_same_object_with_another_amount_is_a_conflict_and_posts_nothing(self, wrong):
        post(SALE)

        with pytest.raises(LedgerConflictError, match="pi_1"):
            post(replace(SALE, **wrong))

        assert entries() == [("sale:pi_1:1", 1900, 5)]

    def test_kinds_and_objects_stand_apart(self):
        post(SALE)
        post(replace(SALE, object_id="pi_2"))
        post(replace(SALE, kind=LedgerEntry.Kind.REFUND, amount_minor=-5))

        assert LedgerEntry.objects.count() == 3
        assert find_standing(kind="refund", object_id="pi_2") is None


class Versions(TestCase):
    @given(news=st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["", "R1"])), min_size=1, max_size=8))
    def test_after_any_news_one_entry_stands_at_the_earliest_day(self, news):
        for day, reference in news:
            post(replace(SALE, occurred_at=AT + timedelta(days=day), order_reference=reference))

        standing = LedgerEntry.objects.get(reverses=None, reversed_by=None)
        assert standing.occurred_at == AT + timedelta(days=min(day for day, _ in news))
        assert standing.order_reference == max(reference for _, reference in news)
        assert sum(amount for _, amount, _ in entries()) == 1900
        assert {amount for _, amount, _ in entries()} <= {1900, -1900}
