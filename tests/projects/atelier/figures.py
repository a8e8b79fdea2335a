"""The atelier reads its figures from a second database: everything of them, and writes nothing there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from revenue_intel.access.roles import Role, sync_roles
from revenue_intel.audit.models import AuditEvent
from revenue_intel.exports.service import export
from revenue_intel.facts.models import LedgerEntry, OrderFact
from revenue_intel.kpis.explanations import explain
from revenue_intel.kpis.rollups import build, find_stretches
from revenue_intel.kpis.service import compute, compute_daily_revenue
from revenue_intel.kpis.subscription_service import compute_subscriptions
from tests.deliveries import deliver, payment_succeeded
from tests.factories_facts import paid
from tests.projects.atelier.models import Commission, Member

ASKED: dict[str, Any] = {"days": 7, "currency": "jpy", "livemode": False}


@override_settings(REVENUE_INTEL_ANALYTICS_DATABASE="analytics")
class TestFigures(TestCase):
    databases = ("default", "analytics")

    def setUp(self) -> None:
        """Let an order be paid, and bring it to the second database as a replica would."""
        paid(2850, on=timezone.now(), currency="jpy")
        for model in (OrderFact, LedgerEntry):
            for row in model.objects.using("default"):
                row._state.adding = True
                row.save(using="analytics", force_insert=True)
        paid(999, on=timezone.now(), currency="jpy")  # not replicated yet

    @contextmanager
    def only_the_second_is_asked(self) -> Iterator[None]:
        with (
            CaptureQueriesContext(connections["default"]) as first,
            CaptureQueriesContext(connections["analytics"]) as second,
        ):
            yield
        ours = [each["sql"] for each in first if "revenue_intel_" in each["sql"]]
        self.assertEqual(ours, [])
        told = [each["sql"] for each in second]
        self.assertTrue(told)
        changes = ("INSERT", "UPDATE", "DELETE")
        self.assertFalse([sql for sql in told if sql.startswith(changes) or " FOR UPDATE" in sql])

    def test_a_report_its_days_and_its_parts_come_from_there(self) -> None:
        with self.only_the_second_is_asked():
            self.assertEqual(compute(**ASKED).value("revenue"), 2850)
            self.assertEqual(sum(day.revenue_minor for day in compute_daily_revenue(**ASKED)), 2850)
            self.assertEqual(explain("revenue", **ASKED).value, 2850)
            self.assertEqual(compute_subscriptions(**ASKED).value("mrr"), 0)
            out = StringIO()
            call_command("revenue_kpis", "--days", "7", "--currency", "jpy", "--format", "json", stdout=out)
        self.assertEqual(json.loads(out.getvalue())[0]["kpis"]["revenue"]["value"], 2850)

    def test_the_api_and_the_dashboard_read_there(self) -> None:
        analyst = Member.objects.create(address="ann@example.com")
        analyst.groups.add(sync_roles()[Role.ANALYST])
        self.client.force_login(analyst)
        answer = self.client.get(reverse("revenue-api:kpis"), {"days": 7, "currency": "jpy"})
        self.assertEqual(answer.json()["data"]["kpis"]["revenue"]["value"], 2850)
        page = self.client.get(reverse("analytics:dashboard"), {"days": 7, "currency": "jpy"})
        self.assertContains(page, "2,850")
        self.assertNotContains(page, "3,849")

    def test_every_export_reads_there_and_is_audited_here(self) -> None:
        for name, expected in (
            ("orders", b"2850"),
            ("kpi-summary", b"2850"),
            ("customers", b""),
            ("products", b""),
        ):
            with export(name=name, actor="user:1", **ASKED).file as file:  # type: ignore[arg-type]
                body = file.read()
            self.assertIn(expected, body)
            self.assertNotIn(b"999", body)
        self.assertEqual(AuditEvent.objects.using("default").count(), 4)
        self.assertFalse(AuditEvent.objects.using("analytics").exists())

    def test_payments_and_rollups_are_written_here(self) -> None:
        member = Member.objects.create(address="eve@example.com")
        commission = Commission.objects.create(member=member, total=700)
        with CaptureQueriesContext(connections["analytics"]) as second:
            deliver(payment_succeeded(str(commission.uid), 700, currency="jpy"))
            for stretch in find_stretches():
                build(stretch)
        self.assertEqual(list(second), [])
        self.assertEqual(OrderFact.objects.using("default").count(), 3)
