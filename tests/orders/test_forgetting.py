"""A person can be forgotten: their names are nowhere, their money is where it was, and nothing brings them back."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from revenue_intel.audit.models import AuditEvent
from revenue_intel.exports.service import export
from revenue_intel.facts.models import Customer, CustomerLink, ErasedName, OrderFact, PaymentFact
from revenue_intel.facts.services import identify, record_step
from revenue_intel.kit import clock
from revenue_intel.kpis.representation import represent
from revenue_intel.kpis.service import compute
from revenue_intel.testing import events
from revenue_intel.webhooks import processing
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.history import outcome

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 1)
EMAIL = "Ada@Example.com"
EVENTS = [
    payment_succeeded("R1", 1900, customer="cus_ada", receipt_email=EMAIL),
    refund_event("created", 500),
    payment_succeeded("R2", 950, intent="pi_2", customer="cus_ada"),
    payment_succeeded("R3", 950, intent="pi_3", customer="cus_bob", receipt_email="bob@example.com"),
]


@pytest.fixture(autouse=True)
def shop():
    """Ada, a user, has bought twice; Bob, a guest, once."""
    mug = make_product("Mug", "9.50", stock=50)
    ada = User.objects.create_user("ada")
    make_order("R1", [(mug, 2)], email=EMAIL, user=ada)
    make_order("R2", [(mug, 1)], email="ada@other.example", user=ada)
    make_order("R3", [(mug, 1)], email="bob@example.com")
    for event in EVENTS:
        assert deliver(event).json() == {"outcome": "applied"}
    return ada


def forget(*arguments: str) -> str:
    said = StringIO()
    call_command("revenue_forget_customer", *arguments, stdout=said, stderr=StringIO())
    return said.getvalue()


def table(name: str, **asked: Any) -> list[list[str]]:
    with closing(export(name=name, days=7, as_of=AS_OF, actor="test", **asked).file) as file:  # type: ignore[arg-type]
        return list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))


def numbers() -> dict[str, Any]:
    """Return every number there is, without the addresses."""
    money = {key: value for key, value in outcome().items() if key not in {"orders", "payments", "people"}}
    money["payments"] = list(PaymentFact.objects.order_by("pk").values_list("pk", "status", "amount_minor"))
    exports = {
        name: sorted(
            [value for value, head in zip(row, rows[0], strict=True) if head != "Email"] for row in rows
        )
        for name in ("kpi-summary", "orders", "products", "customers")
        if (rows := table(name))
    }
    return {**money, **exports, "kpis": represent(compute(days=7, as_of=AS_OF))}


def everything_stored() -> str:
    """Return the text of every row of ours."""
    text = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            if name.startswith("revenue_intel_"):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")  # noqa: S608
                text.append(str(cursor.fetchall()))
    return "\n".join(text).casefold()


def assert_ada_is_nowhere(ada: User) -> None:
    stored = everything_stored()
    for name in ("ada@example.com", "ada@other.example", "cus_ada"):
        assert name not in stored
    assert not CustomerLink.objects.filter(kind="host", value=str(ada.pk)).exists()
    assert "bob@example.com" in stored


@pytest.mark.parametrize(
    "name",
    [["--email", " ada@EXAMPLE.com "], ["--stripe-customer", "cus_ada"], ["--user-id", "{ada}"]],
    ids=str,
)
def test_whoever_is_forgotten_by_one_name_is_forgotten_by_all_and_every_number_stays(shop, name):
    before = numbers()

    said = forget(*(part.format(ada=shop.pk) for part in name))

    assert said == "Forgotten: exports show erased-1. Bodies dropped: 3.\n"
    assert_ada_is_nowhere(shop)
    assert numbers() == before
    assert {row[0]: row[1] for row in table("orders")[1:]} == {
        "R1": "erased-1",
        "R2": "erased-1",
        "R3": "bob@example.com",
    }
    assert [row[0] for row in table("customers")[1:]] == ["erased-1", "bob@example.com"]
    assert StripeEvent.objects.exclude(body="").get().event_id == EVENTS[3]["id"]


def test_the_log_says_that_it_was_done_and_not_to_whom(shop):
    forget("--email", EMAIL)

    entry = AuditEvent.objects.latest("pk")
    assert (entry.action, entry.subject) == ("customer.forgotten", "erased-1")
    assert entry.detail == {"bodies": 3, "bodies_kept": 0}


def bring_everything_back(ada: User) -> None:
    """Do what a replay, a backfill and a reconciliation do: every event and every name comes in again."""
    for event in EVENTS:
        deliver(event | {"id": f"{event['id']}_again"})
    for names in (
        {"email": EMAIL, "name": "Ada Lovelace"},
        {"stripe_customer_id": "cus_ada", "email": "ada@other.example", "name": "Ada Lovelace"},
        {"user_id": str(ada.pk), "email": "ada@third.example", "name": "Ada Lovelace"},
        {"stripe_customer_id": "cus_ada_2", "email": EMAIL},
        {"stripe_customer_id": "cus_ada_2"},  # which came with a name of theirs just now
    ):
        found = identify(**names)
        assert found is not None
        assert found.erased_number == 1
    record_step(step="wishlisted", at=clock.now(), subject="mug", user_id=str(ada.pk), email=EMAIL)


def test_nothing_brings_the_person_back(shop):
    forget("--email", EMAIL)
    before = {key: value for key, value in numbers().items() if key not in {"events", "kpis"}}
    StripeEvent.objects.filter(body="").delete()  # as a backfill would find them
    people = Customer.objects.count()

    bring_everything_back(shop)

    stored = everything_stored()
    for name in ("ada lovelace", "ada@third.example", "cus_ada_2"):
        assert name not in stored
    assert_ada_is_nowhere(shop)
    assert Customer.objects.count() == people
    assert {key: value for key, value in numbers().items() if key not in {"events", "kpis"}} == before
    assert set(PaymentFact.objects.values_list("stripe_customer_id", flat=True)) == {"", "cus_bob"}
    assert {row[1] for row in table("orders")[1:]} == {"erased-1", "bob@example.com"}


def test_another_user_with_the_same_address_is_somebody_else_and_the_address_stays_forgotten(shop):
    forget("--user-id", str(shop.pk))

    newcomer = identify(user_id="999", email=EMAIL, name="Ada the Second")

    assert newcomer is not None
    assert (newcomer.erased_number, newcomer.email, newcomer.name) == (None, "", "")
    assert newcomer.canonical != Customer.objects.get(orders__reference="R1").canonical
    assert not CustomerLink.objects.filter(kind="email", value=EMAIL.casefold()).exists()


def test_a_living_person_is_never_joined_to_an_erased_one(shop):
    forget("--email", EMAIL)
    bob = Customer.objects.get(orders__reference="R3")

    found = identify(stripe_customer_id="cus_ada", email="bob@example.com")

    assert found is not None
    assert found.erased_number == 1
    bob.refresh_from_db()
    assert (bob.canonical, bob.email, bob.erased_number) == (bob.key, "bob@example.com", None)


def test_forgetting_again_changes_nothing_and_keeps_the_number(shop):
    forget("--email", EMAIL)
    tombstones = list(ErasedName.objects.order_by("pk").values_list("digest", flat=True))

    assert forget("--stripe-customer", "cus_ada") == "Forgotten: exports show erased-1. Bodies dropped: 0.\n"
    assert forget("--email", "bob@example.com") == "Forgotten: exports show erased-2. Bodies dropped: 1.\n"

    assert set(tombstones) < set(ErasedName.objects.values_list("digest", flat=True))


def test_a_body_that_is_all_there_is_of_its_money_is_kept_until_it_is_applied(shop):
    waiting = deliver(payment_succeeded("R9", 950, intent="pi_9", customer="cus_ada", receipt_email=EMAIL))
    assert waiting.json() == {"outcome": "parked"}

    said = forget("--email", EMAIL)

    assert "Bodies kept, because their events are not applied: 1." in said
    make_order("R9", [(make_product("Cup", "9.50"), 1)], email=EMAIL, user=shop)
    assert processing.process(StripeEvent.objects.get(outcome="parked").pk).outcome == "applied"
    assert OrderFact.objects.get(reference="R9").customer.erased_number == 1
    assert_ada_is_nowhere(shop)


def test_a_dry_run_says_how_much_and_changes_nothing(shop):
    before = everything_stored()

    said = forget("--email", EMAIL, "--dry-run")

    assert said.startswith("Somebody is known by this; bodies of events that name them: 3.")
    assert everything_stored() == before


def test_whoever_never_bought_is_forgotten_in_the_events_that_name_them():
    visitor = events.event(
        "customer.created", {"id": "cus_grace", "object": "customer", "email": "Grace@x.test"}
    )
    deliver(visitor)
    before = everything_stored()

    assert "bodies of events that name them: 1." in forget("--email", "grace@x.test", "--dry-run")
    assert everything_stored() == before
    assert forget("--email", "grace@x.test") == "Forgotten: exports show erased-1. Bodies dropped: 1.\n"

    deliver({**visitor, "id": "evt_again", "type": "customer.updated"})
    assert "grace" not in everything_stored().casefold()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "Give --email"),
        (["--email", " "], "Give --email"),
        (["--email", "nobody@example.com"], "Nobody is known"),
        (["--user-id", "ada@example.com"], "Nobody is known"),
        (["--stripe-customer", "\x00"], "Nobody is known"),
    ],
    ids=str,
)
def test_nobody_is_not_forgotten(arguments, error):
    before = everything_stored()

    with pytest.raises(CommandError, match=error):
        forget(*arguments)

    assert everything_stored() == before


def test_the_digests_need_the_key(shop, settings):
    forget("--email", EMAIL)
    digests = set(ErasedName.objects.values_list("digest", flat=True))
    person = identify(email=EMAIL)
    assert person is not None
    assert person.erased_number == 1

    settings.REVENUE_INTEL_ERASURE_KEY = settings.SECRET_KEY
    settings.SECRET_KEY = "rotated"
    assert identify(email=EMAIL) == person

    settings.REVENUE_INTEL_ERASURE_KEY = "another"
    stranger = identify(email=EMAIL)
    assert stranger is not None
    assert stranger.erased_number is None
    assert all(len(digest) == 64 for digest in digests)
