"""A download is the whole file with its proof, or words that say why there is none."""

from __future__ import annotations

import hashlib

import pytest

from revenue_intel.audit.models import AuditEvent
from revenue_intel.exports.contracts import NAMES, load_export_contract
from revenue_intel.issues.selectors import open_issues
from tests.factories_facts import paid, person
from tests.factories_users import client_of, user_of

pytestmark = pytest.mark.django_db

AS_OF = "2026-03-30"


def ask(name, role="analyst", **query):
    return client_of(role).get(f"/analytics/exports/{name}/", {"as_of": AS_OF, **query})


def body(answer):
    """Read the whole file; reading closes it."""
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_comes_as_an_attachment_with_its_proof(name):
    paid(10_00, on="2026-03-29", by=person("ada@example.com"), lines=[("1", "Mug", 1, 10_00)])
    paid(500, on="2026-03-29", currency="jpy")

    answer = ask(name)

    content = body(answer)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}_30d_gbp_test_{AS_OF}.csv"'
    assert int(answer["Content-Length"]) == len(content)
    assert answer["X-Revenue-Intel-Sha256"] == hashlib.sha256(content).hexdigest()
    assert answer["X-Revenue-Intel-Rows"] == "1"
    assert answer["X-Revenue-Intel-Contract-Version"] == load_export_contract(name).version
    assert answer["X-Revenue-Intel-Currency"] == "gbp"
    assert answer["X-Revenue-Intel-Other-Currencies"] == "jpy"
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
    assert content.decode().splitlines()[0] == ",".join(load_export_contract(name).headers)


def test_live_money_of_an_account_is_in_a_file_that_says_so():
    paid(7_00, on="2026-03-30T12:30:00+00:00", livemode=True, account="acct_1", reference="L1")
    paid(1_00, on="2026-03-30", reference="T1")

    answer = ask("orders", livemode="true", account="acct_1", zone="Pacific/Kiritimati", as_of="2026-03-31")

    assert 'filename="orders_30d_gbp_acct_1_2026-03-31.csv"' in answer["Content-Disposition"]
    assert [line.split(b",")[0] for line in body(answer).splitlines()[1:]] == [b"L1"]
    assert AuditEvent.objects.get().detail["time_zone"] == "Pacific/Kiritimati"


def test_the_audit_log_says_who_took_what(client):
    paid(10_00, on="2026-03-29")
    analyst = user_of("analyst")
    client.force_login(analyst)

    answer = client.get("/analytics/exports/orders/", {"as_of": AS_OF, "days": "7"})

    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.subject) == (f"user:{analyst.pk}", "export.created", "orders")
    assert (event.detail["days"], event.detail["rows"]) == (7, 1)
    assert event.detail["sha256"] == hashlib.sha256(body(answer)).hexdigest()


def test_the_summary_can_hold_all_windows():
    answer = ask("kpi-summary", days="all")

    assert [line.split(",")[0] for line in body(answer).decode().splitlines()] == [
        "window_days",
        "7",
        "30",
        "90",
    ]
    assert answer["X-Revenue-Intel-Rows"] == "3"


def test_a_file_that_breaks_its_contract_is_refused_whole():
    paid(-10_00, on="2026-03-29", reference="SECRET")

    answer = ask("orders")

    assert answer.status_code == 409
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    words = answer.content.decode()
    assert "breaks its contract" in words
    assert "Row 1, column Total" in words
    assert "SECRET" not in words
    assert "Content-Disposition" not in answer
    assert AuditEvent.objects.get().action == "export.refused"
    assert open_issues().get().kind == "export_contract"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"days": "abc"}, "days must be one of 7, 30, 90."),
        ({"days": "13"}, "days must be one of 7, 30, 90."),
        ({"days": "\x00"}, "days must be one of 7, 30, 90."),
        ({"days": "all"}, "days=all is for kpi-summary only."),
        ({"currency": "xx"}, "currency must be a three-letter code"),
        ({"as_of": "nonsense"}, "as_of must be a day"),
    ],
)
def test_a_wrong_question_is_refused_in_words_and_leaves_no_trace(query, words):
    answer = ask("orders", **query)

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(("role", "status"), [("anonymous", 302), ("customer", 403), ("ops", 403)])
def test_who_may_not_take_exports_gets_none(role, status):
    paid(10_00, on="2026-03-29")

    assert ask("orders", role).status_code == status
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("method", ["post", "head", "delete"])
def test_a_file_is_made_for_get_only(method):
    answer = getattr(client_of("admin"), method)("/analytics/exports/orders/")

    assert answer.status_code == 405
    assert not AuditEvent.objects.exists()
