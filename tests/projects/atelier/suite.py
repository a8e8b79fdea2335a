"""The atelier's own tests: its adapter, and a commission from its payment page to its refund."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from revenue_intel.access.roles import Role, sync_roles
from revenue_intel.facts.models import Customer, OrderFact
from revenue_intel.shop import find_shop
from revenue_intel.stock import services as stock
from revenue_intel.testing.conformance import ShopConformance
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.projects.atelier.figures import TestFigures  # noqa: F401 - run as one suite
from tests.projects.atelier.models import Commission, Member, Print, Sheet


class TestAtelier(ShopConformance, TestCase):
    databases = ("default", "analytics")

    def make_order(self) -> Commission:
        member, _ = Member.objects.get_or_create(address="ada@example.com")
        heron, _ = Print.objects.get_or_create(slug="heron", defaults={"on_hand": 50})
        commission = Commission.objects.create(member=member, total=2850, saved=150)
        Sheet.objects.create(commission=commission, print=heron, copies=3, price=1000, amount=2850)
        return commission

    def owner_of(self, order: Commission) -> Any:
        return order.member

    def make_stranger(self) -> Member:
        return Member.objects.create(address=f"{uuid4()}@example.com")

    def test_the_settings_are_sound(self) -> None:
        call_command("check", fail_level="WARNING")

    def test_a_commission_is_held_paid_and_put_back(self) -> None:
        commission = self.make_order()
        shop = find_shop()
        assert shop is not None
        stock.reserve(
            order_reference=str(commission.uid),
            lines=shop.stock_lines(commission),
            expires_at=timezone.now() + timedelta(hours=1),
        )
        self.assertEqual(Print.objects.values_list("on_hand", "promised").get(), (50, 3))

        deliver(payment_succeeded(str(commission.uid), 2850, currency="jpy"))
        self.assertEqual(Print.objects.values_list("on_hand", "promised").get(), (47, 0))
        deliver(refund_event("created", 2850, currency="jpy"))

        commission.refresh_from_db()
        self.assertEqual(commission.status, "refunded")
        self.assertEqual(Print.objects.values_list("on_hand", "promised").get(), (50, 0))
        fact = OrderFact.objects.get()
        self.assertEqual((fact.total_minor, fact.currency, fact.refunded_minor), (2850, "jpy", 2850))
        self.assertEqual(Customer.objects.count(), 1)

    def test_an_old_commission_is_filled_in_and_its_refund_finds_it(self) -> None:
        commission = self.make_order()
        Commission.objects.update(status="fulfilled", paid_at=timezone.now(), intent="pi_1")

        call_command("revenue_backfill", verbosity=0, stdout=StringIO())
        deliver(refund_event("created", 1000, currency="jpy"))

        self.assertEqual(OrderFact.objects.values_list("total_minor", "refunded_minor").get(), (2850, 1000))
        commission.refresh_from_db()
        self.assertEqual(commission.status, "partially_refunded")

    def test_members_are_owners_strangers_and_staff(self) -> None:
        commission = self.make_order()
        address = reverse("payments:return", args=[str(commission.uid)])
        ops = self.make_stranger()
        ops.groups.add(sync_roles()[Role.OPS])
        for member, status in ((commission.member, 200), (self.make_stranger(), 404), (ops, 200)):
            self.client.force_login(member)
            self.assertEqual(self.client.get(address).status_code, status)
