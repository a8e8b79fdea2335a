"""Test money and the money of connected accounts are recorded, and are in no number that did not ask for them."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date

import pytest

from revenue_intel.exports.service import export
from revenue_intel.facts.models import LedgerEntry
from revenue_intel.kpis.representation import represent
from revenue_intel.kpis.service import compute
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories_users import client_of

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 1)
EXPORTS = ("kpi-summary", "orders", "products", "customers")


@pytest.fixture(autouse=True)
def a_platform(settings):
    """Without an adapter each payment is an order: nothing else could keep the moneys apart."""
    settings.REVENUE_INTEL_SHOP = ""
    settings.REVENUE_INTEL_LIVEMODE = None
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""


def own_money() -> None:
    deliver(payment_succeeded("", 1900, intent="pi_own", livemode=True, receipt_email="ada@example.com"))


def other_money() -> None:
    for livemode, account in [(False, ""), (True, "acct_1"), (True, "acct_2"), (False, "acct_1")]:
        intent = f"pi_{livemode}_{account}"
        answer = deliver(
            payment_succeeded(
                "",
                777_00,
                intent=intent,
                livemode=livemode,
                account=account or None,
                receipt_email="bob@example.com",
            )
        )
        assert answer.json() == {"outcome": "applied"}
        refund = refund_event("created", 111, refund=f"re_{intent}", intent=intent, charge=None)
        deliver(refund | {"livemode": livemode} | ({"account": account} if account else {}))


def exported(name: str, **asked: object) -> bytes:
    with closing(export(name=name, days=7, as_of=AS_OF, actor="test", **asked).file) as file:
        return file.read()


def seen() -> dict[str, object]:
    """Return every face of the numbers."""
    asked = {"days": 7, "as_of": str(AS_OF)}
    page = client_of("admin").get("/analytics/dashboard/", asked).content.decode()
    return {
        "kpis": represent(compute(days=7, as_of=AS_OF)),
        "dashboard": re.sub("admin-[0-9]+", "admin", page),
        "api": client_of("admin").get("/api/v1/kpis/", asked).json(),
        **{name: exported(name) for name in EXPORTS},
    }


def test_no_number_changes_when_other_money_comes_in():
    own_money()
    before = seen()

    other_money()

    assert seen() == before
    assert LedgerEntry.objects.count() == 1 + 2 * 4  # it is recorded, all the same


def test_other_money_alone_leaves_every_number_at_nothing():
    before = seen()

    other_money()

    assert seen() == before


@pytest.mark.parametrize(("livemode", "account"), [(False, ""), (True, "acct_1"), (False, "acct_1")])
def test_who_asks_for_other_money_gets_it_and_no_more(livemode, account):
    own_money()
    other_money()

    report = compute(days=7, as_of=AS_OF, livemode=livemode, account=account)
    (row,) = exported("customers", livemode=livemode, account=account).splitlines()[1:]

    assert (report.values["revenue"].value, report.values["refunded_amount"].value) == (777_00, 111)
    assert row == b"bob@example.com,1,777.00"


@pytest.mark.parametrize("configured", [True, None])
def test_live_money_is_what_is_shown_unless_the_shop_is_a_test_shop(settings, configured):
    settings.REVENUE_INTEL_LIVEMODE = configured
    own_money()
    other_money()

    assert compute(days=7, as_of=AS_OF).values["revenue"].value == 1900


def test_a_test_shop_shows_test_money(settings):
    own_money()
    other_money()

    settings.REVENUE_INTEL_LIVEMODE = False

    assert compute(days=7, as_of=AS_OF).values["revenue"].value == 777_00
