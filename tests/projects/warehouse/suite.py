"""The warehouse's own tests: its adapter, and a payment from event to shelf."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import TestCase

from revenue_intel.facts.models import LedgerEntry, OrderFact
from revenue_intel.testing.conformance import ShopConformance
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.projects.warehouse.models import Article, Position, Purchase, Size


class TestWarehouse(ShopConformance, TestCase):
    def make_order(self) -> Purchase:
        buyer, _ = User.objects.get_or_create(username="buyer")
        shirt, mug = Article.objects.create(title="Shirt"), Article.objects.create(title="Mug", pieces=9)
        large = Size.objects.create(article=shirt, pieces=4)
        purchase = Purchase.objects.create(
            buyer=buyer,
            mail="ada@example.com",
            goods_and_tax=Decimal("41.35"),
            tax=Decimal("6.40"),
            postage=Decimal("4.95"),
        )
        Position.objects.create(
            purchase=purchase,
            article=shirt,
            size=large,
            count=2,
            price=Decimal("10.00"),
            paid=Decimal("20.00"),
        )
        Position.objects.create(
            purchase=purchase, article=mug, count=3, price=Decimal("3.50"), paid=Decimal("10.00")
        )
        return purchase

    def owner_of(self, order: Purchase) -> Any:
        return order.buyer

    def make_stranger(self) -> User:
        return User.objects.create(username="stranger")

    def test_the_settings_are_sound(self) -> None:
        call_command("check", fail_level="WARNING")

    def test_a_payment_takes_from_both_stock_models_and_is_written_in_the_shops_words(self) -> None:
        purchase = self.make_order()

        answer = deliver(payment_succeeded(str(purchase.pk), 4135, currency="eur"))
        deliver(refund_event("created", 4135, currency="eur"))

        purchase.refresh_from_db()
        self.assertEqual((answer.status_code, purchase.state), (200, "REF"))
        self.assertEqual((Size.objects.get().pieces, Article.objects.get(title="Mug").pieces), (2, 6))
        self.assertEqual(sum(LedgerEntry.objects.values_list("amount_minor", flat=True)), 0)

    def test_old_purchases_are_filled_in_and_a_payment_that_comes_later_counts_once(self) -> None:
        purchase = self.make_order()
        Purchase.objects.update(state="SNT")

        for _ in range(2):
            call_command("revenue_backfill", verbosity=0, stdout=StringIO())
        deliver(payment_succeeded(str(purchase.pk), 4135, currency="eur"))

        fact = OrderFact.objects.get()
        self.assertEqual((fact.total_minor, fact.tax_minor, fact.lines.count()), (4135, 640, 2))
        self.assertEqual(sum(LedgerEntry.objects.values_list("amount_minor", flat=True)), 4135)
        purchase.refresh_from_db()
        self.assertEqual(purchase.state, "SNT")
        self.assertEqual(Article.objects.get(title="Mug").pieces, 9)

    def test_a_number_written_otherwise_is_no_order(self) -> None:
        purchase = self.make_order()

        deliver(payment_succeeded(f"0{purchase.pk}", 4135, currency="eur"))

        purchase.refresh_from_db()
        self.assertEqual(purchase.state, "NEW")
