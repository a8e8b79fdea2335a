"""Without an adapter payments are orders, figures add up, and there is nothing to command but a refund."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import TestCase
from django.urls import reverse

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.facts.models import LedgerEntry, OrderFact
from revenue_intel.orders import services as orders
from revenue_intel.quality.registry import CHECKS
from revenue_intel.quality.runner import run_all
from revenue_intel.testing.standin import Standin
from tests.deliveries import SECRET, deliver, payment_succeeded, refund_event


class TestFactsOnly(TestCase):
    def test_the_settings_are_sound(self) -> None:
        call_command("check", fail_level="WARNING")

    def test_payments_and_refunds_in_any_order_are_orders_and_add_up(self) -> None:
        deliver(refund_event("created", 500))
        for number in (1, 2):
            deliver(payment_succeeded("", 1900, intent=f"pi_{number}"))

        self.assertEqual(
            list(
                OrderFact.objects.order_by("reference").values_list(
                    "reference", "total_minor", "refunded_minor"
                )
            ),
            [("pi_1", 1900, 500), ("pi_2", 1900, 0)],
        )
        self.assertEqual(sum(LedgerEntry.objects.values_list("amount_minor", flat=True)), 3300)
        self.assertEqual([result.check.slug for result in run_all(CHECKS) if not result.passed], [])

    def test_a_payment_can_be_given_back(self) -> None:
        with Standin(secret=SECRET) as standin:
            paid = standin.api.create_payment_intent(
                amount=1900, currency="gbp", payment_method="pm_card_visa", confirm=True
            )
            deliver(payment_succeeded("", 1900, intent=paid["id"]))
            with self.settings(
                REVENUE_INTEL_STRIPE_API_BASE=standin.url, REVENUE_INTEL_STRIPE_SECRET_KEY=standin.api_key
            ):
                orders.refund(reference=paid["id"], amount_minor=900, actor="user:1", key="k1")

        self.assertEqual(OrderFact.objects.get().refunded_minor, 900)

    def test_there_are_no_old_orders_to_fill_in(self) -> None:
        with self.assertRaisesMessage(CommandError, "REVENUE_INTEL_SHOP is empty"):
            call_command("revenue_backfill")

    def test_there_are_no_orders_to_command(self) -> None:
        with self.assertRaises(ConfigurationError):
            orders.cancel(reference="pi_1", actor="user:1")
        with self.assertRaises(ConfigurationError):
            orders.start_payment(
                reference="pi_1", success_url="https://a.example/", cancel_url="https://a.example/"
            )
        self.client.force_login(User.objects.create_superuser("root"))
        for name in ("start", "cancel", "fulfil", "refund"):
            self.assertEqual(self.client.post(reverse(f"payments:{name}", args=["pi_1"])).status_code, 404)
