"""Prove that an adapter keeps to what we rely on: a mix-in for the host's own tests (``docs/howto/adapter.md``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db import connections, models, router, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.kit.money import normalize_currency
from revenue_intel.shop import OrderRecord, OrderState, ShopAdapter, find_shop

#: References that no order has. They come from addresses and from Stripe's metadata: anybody can send them.
HOSTILE: Final = (
    "", " ", "\x00", "R\x00", "x" * 5000, "'; --", "%", "_", "..", "-1", "0", "1e3", "\uff11", "9" * 40, "None",
    "00000000-0000-0000-0000-000000000000",
)  # fmt: skip

if TYPE_CHECKING:
    Base = TestCase
else:
    Base = object


class ShopConformance(Base):
    """What every adapter does. Mix it into a ``django.test.TestCase`` and write the three methods below."""

    def make_order(self) -> Any:
        """Make an order that is not paid, with at least one line, and return it."""
        raise NotImplementedError

    def owner_of(self, order: Any) -> Any:
        """Return the user who may see the order."""
        raise NotImplementedError

    def make_stranger(self) -> Any:
        """Make a user who may not see it, and return them."""
        raise NotImplementedError

    @property
    def shop(self) -> ShopAdapter:
        """The adapter under test: the configured one."""
        shop = find_shop()
        if shop is None:
            self.fail("REVENUE_INTEL_SHOP names no adapter.")
        return shop

    def describe_new(self) -> tuple[Any, OrderRecord]:
        """Make an order and describe it."""
        order = self.make_order()
        return order, self.shop.describe(order)

    def find(self, reference: str, *, lock: bool = False) -> Any | None:
        """Find an order, within a transaction as we do."""
        with transaction.atomic():
            return self.shop.find_order(reference, lock=lock)

    def test_an_order_is_found_by_the_reference_that_describe_gives(self) -> None:
        """Found with and without a lock, and it is that order."""
        order, record = self.describe_new()
        for lock in (False, True):
            found = self.find(record.reference, lock=lock)
            self.assertIsNotNone(found, f"find_order({record.reference!r}, lock={lock}) finds nothing.")
            self.assertEqual(found.pk, order.pk)  # type: ignore[union-attr]

    def test_a_lock_is_a_lock(self) -> None:
        """On a database that has row locks, ``lock=True`` takes one."""
        order, record = self.describe_new()
        connection = connections[router.db_for_write(type(order))]
        if not connection.features.has_select_for_update:
            self.skipTest(f"{connection.vendor} has no row locks; run these tests on PostgreSQL too.")
        with CaptureQueriesContext(connection) as queries:
            self.find(record.reference, lock=True)
        self.assertTrue(
            any(query["sql"].startswith("SELECT") and "UPDATE" in query["sql"] for query in queries),
            "find_order(lock=True) locks nothing: it needs a row lock of Django's.",
        )

    def test_a_reference_that_no_order_has_finds_nothing(self) -> None:
        """Whatever it looks like: None, and no error."""
        _, record = self.describe_new()
        near = [
            f" {record.reference}",
            f"{record.reference} ",
            f"0{record.reference}",
            f"{record.reference}\x00",
            record.reference.upper(),
            record.reference.lower(),
            record.reference.replace("-", ""),
        ]
        for reference in (*HOSTILE, *near):
            if reference == record.reference:
                continue
            for lock in (False, True):
                with self.subTest(reference=ascii(reference)[:60], lock=lock):
                    self.assertIsNone(
                        self.find(reference, lock=lock),
                        "find_order finds an order by what is not its reference.",
                    )

    def test_a_reference_fits_into_an_address_and_into_stripe(self) -> None:
        """It can be part of a URL, and of Stripe's metadata and ``client_reference_id``."""
        _, record = self.describe_new()
        self.assertIsInstance(record.reference, str)
        self.assertTrue(0 < len(record.reference) <= 200, "A reference has up to 200 characters.")
        self.assertTrue(record.reference.isprintable())
        reverse("payments:start", args=[record.reference])

    def test_amounts_are_whole_minor_units_and_add_up(self) -> None:
        """The lines, tax and shipping are the total; a line is its pieces less its discount."""
        _, record = self.describe_new()
        amounts = [record.total_minor, record.tax_minor, record.shipping_minor, record.discount_minor]
        for line in record.lines:
            amounts += [line.amount_minor, line.unit_amount_minor]
            self.assertEqual(
                line.amount_minor,
                line.quantity * line.unit_amount_minor - line.discount_minor,
                f"Line {line.key}: pieces × price - discount is not its amount.",
            )
        for amount in amounts:
            self.assertIs(type(amount), int, f"{amount!r} is no whole number of minor units.")
            self.assertGreaterEqual(amount, 0)
        self.assertEqual(
            sum(line.amount_minor for line in record.lines) + record.tax_minor + record.shipping_minor,
            record.total_minor,
            "The amounts of the lines + tax_minor + shipping_minor are not total_minor.",
        )

    def test_an_order_is_described_in_our_words(self) -> None:
        """Currency, instant, lines with keys of their own; twice the same."""
        order, record = self.describe_new()
        self.assertEqual(
            normalize_currency(record.currency),
            record.currency,
            "The currency is not in lower case, as Stripe's are.",
        )
        self.assertIsNotNone(record.created_at.tzinfo, "created_at has no time zone.")
        self.assertTrue(record.lines, "make_order makes an order with a line.")
        keys = [line.key for line in record.lines]
        self.assertEqual(len(keys), len(set(keys)), "Two lines have the same key.")
        for text in (record.email, record.name, record.user_id, record.stripe_customer_id, *keys):
            self.assertIsInstance(text, str)
        for line in record.lines:
            self.assertIs(type(line.quantity), int)
            self.assertGreater(line.quantity, 0)
        again = self.find(record.reference)
        self.assertEqual(self.shop.describe(again), record)
        self.assertEqual(order.pk, again.pk)  # type: ignore[union-attr]

    def test_stock_lines_name_rows_that_are_there(self) -> None:
        """Each takes whole pieces from an integer field of a row, for a line of the order."""
        order, record = self.describe_new()
        keys = {line.key for line in record.lines}
        for line in self.shop.stock_lines(order):
            with self.subTest(line=line.line_key):
                self.assertIn(line.line_key, keys, "A stock line belongs to no line of the order.")
                self.assertIs(type(line.quantity), int)
                self.assertGreater(line.quantity, 0)
                self.assertTrue(
                    line.model._base_manager.filter(pk=line.pk).exists(),
                    f"stock_lines names a row that is not there: {line.model._meta.label} {line.pk!r}.",
                )
                for field in filter(None, (line.field, line.reserved_field)):
                    self.assertIsInstance(line.model._meta.get_field(field), models.IntegerField)

    def test_every_state_can_be_written_again_and_changes_no_amount(self) -> None:
        """As we do: the same state twice, and a paid order by way of paid."""
        for state in OrderState:
            with self.subTest(state=state):
                _, record = self.describe_new()
                for _ in range(2):
                    self._write(record, OrderState.PAID) if state in AFTER_PAID else None
                    self._write(record, state)
                self.assertEqual(
                    self.shop.describe(self.find(record.reference)),
                    record,
                    "Writing a state has changed what the order is described as.",
                )

    def test_a_written_state_is_saved(self) -> None:
        """A state is in the database, and another state is written differently."""
        _, record = self.describe_new()
        seen = [
            row for state in (OrderState.PENDING, OrderState.PAID) for row in self._row_after(record, state)
        ]
        self.assertNotEqual(seen[0], seen[1], "write_state(PAID) saves nothing.")

    def test_only_its_owner_may_see_an_order(self) -> None:
        """Not a stranger, and not somebody who is not logged in."""
        order = self.make_order()
        for user, may in (
            (self.owner_of(order), True),
            (self.make_stranger(), False),
            (AnonymousUser(), False),
        ):
            self.assertIs(
                bool(self.shop.may_view(user, order)),
                may,
                f"may_view({user!r}, order) is not {may}: the owner may see an order, a stranger may not.",
            )

    def test_changed_orders_are_told(self) -> None:
        """All of them for None; else those changed since; an order is changed when its state is written."""
        _, record = self.describe_new()
        _, other = self.describe_new()
        self.assertLessEqual({record.reference, other.reference}, self._changed(None))
        before = timezone.now()
        self._write(record, OrderState.PAID)
        self.assertEqual(
            self._changed(before), {record.reference}, "A written state does not make an order a changed one."
        )
        self.assertEqual(self._changed(timezone.now() + timedelta(days=1)), set())

    def test_paid_orders_are_told_once_and_the_oldest_first(self) -> None:
        """Where the adapter lists them at all: those that are paid, each with the instant, within two instants."""
        _, unpaid = self.describe_new()
        paid = [self.describe_new()[1] for _ in range(2)]
        now = timezone.now()
        for hours, record in zip((2, 1), paid, strict=True):
            self._write(record, OrderState.PAID, at=now - timedelta(hours=hours))
        try:
            told = self._told_paid(None, now + timedelta(days=1))
        except ConfigurationError:
            self.skipTest("This adapter lists no paid orders: revenue_backfill cannot be used with it.")
        references = [reference for reference, _ in told]
        self.assertEqual(
            sorted(references),
            sorted(record.reference for record in paid),
            "paid_orders does not tell of each paid order once.",
        )
        self.assertNotIn(unpaid.reference, references, "An order that is not paid is told as paid.")
        instants = [paid_at for _, paid_at in told]
        self.assertTrue(all(paid_at.tzinfo for paid_at in instants), "paid_at has no time zone.")
        self.assertEqual(instants, sorted(instants), "The oldest payment comes first.")
        last = instants[-1]
        self.assertEqual(
            self._told_paid(last, last + timedelta(seconds=1)), [each for each in told if each[1] == last]
        )
        self.assertEqual(self._told_paid(None, instants[0]), [], "until is exclusive.")

    def _told_paid(self, since: Any, until: Any) -> list[tuple[str, Any]]:
        return [
            (self.shop.describe(paid.order).reference, paid.paid_at)
            for paid in self.shop.paid_orders(since=since, until=until)
        ]

    def _write(self, record: OrderRecord, state: OrderState, *, at: Any = None) -> None:
        with transaction.atomic():
            order = self.shop.find_order(record.reference, lock=True)
            self.shop.write_state(order, state, at=at or timezone.now())

    def _row_after(self, record: OrderRecord, state: OrderState) -> Iterator[dict[str, Any]]:
        self._write(record, state)
        order: Any = self.find(record.reference)
        changing = {
            field.attname for field in order._meta.concrete_fields if getattr(field, "auto_now", False)
        }
        yield {
            field.attname: getattr(order, field.attname)
            for field in order._meta.concrete_fields
            if field.attname not in changing
        }

    def _changed(self, since: Any) -> set[str]:
        return {self.shop.describe(order).reference for order in self.shop.orders_changed_since(since)}


#: States that a paid order goes on to.
AFTER_PAID: Final = (OrderState.PARTIALLY_REFUNDED, OrderState.REFUNDED, OrderState.FULFILLED)
