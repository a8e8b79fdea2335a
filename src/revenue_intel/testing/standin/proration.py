"""Changes of a subscription's items in the middle of a period.

Proration is kept simple: the rest of the period is given back at the old price and charged at the new
one, by the second, each rounded to a minor unit. Both wait for the next invoice, or with
``always_invoice`` make one. A price with another interval begins a new period at once, which is billed
whole; a trial prorates nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from revenue_intel.testing.events import Payload
from revenue_intel.testing.payloads import nulls
from revenue_intel.testing.standin import invoice_shapes as shapes
from revenue_intel.testing.standin.balance import whole
from revenue_intel.testing.standin.faults import ApiFault, missing_param, missing_resource
from revenue_intel.testing.standin.payments import checked_amount
from revenue_intel.testing.standin.periods import next_end
from revenue_intel.testing.standin.renewals import RenewalDesk
from revenue_intel.testing.standin.subscription_shapes import reprice


class ProrationDesk(RenewalDesk):
    """Changes items, and works out what that costs."""

    def _checked_price(self, row: Mapping[str, Any], position: int) -> Payload:
        """Return the recurring price that an item names."""
        param = f"items[{position}][price]"
        if "quantity" in row:
            checked_amount(row["quantity"], param=f"items[{position}][quantity]")
        price = self._state.get("price", row["price"], param=param)
        if price["recurring"] is None:
            raise ApiFault("The price is not recurring.", param=param)
        if price["unit_amount"]:
            checked_amount(price["unit_amount"] * row.get("quantity", 1), param=param)
        return price

    def _check_changes(self, subscription: Payload, rows: Sequence[Mapping[str, Any]]) -> None:
        """Refuse changes that cannot be made, before any is."""
        known = {item["id"]: item["price"]["id"] for item in subscription["items"]["data"]}
        left = set(known)
        for position, row in enumerate(rows):
            named = row.get("id")
            if named is not None and named not in known:
                raise missing_resource("subscription_item", named, param=f"items[{position}][id]")
            if named is None and "price" not in row:
                raise missing_param(f"items[{position}][price]")
            price = self._checked_price({"price": known.get(named or ""), **row}, position)
            if price["currency"] != subscription["currency"]:
                raise ApiFault("All items must have the same currency.", param=f"items[{position}][price]")
            left.add(named or f"new {position}")
            if row.get("deleted"):
                left.discard(named or f"new {position}")
        if not left:
            raise ApiFault("A subscription must have at least one item.", param="items")

    def _change_items(
        self, subscription: Payload, rows: Sequence[Mapping[str, Any]], *, behavior: str
    ) -> None:
        """Change, add and remove items."""
        restarted = []
        for position, row in enumerate(rows):
            if "id" not in row:
                made = self._add_item(subscription, row, self._checked_price(row, position))
                self._prorate(subscription, made, before=0, behavior=behavior)
                continue
            item = next(old for old in subscription["items"]["data"] if old["id"] == row["id"])
            before = _cost(item)
            if row.get("deleted"):
                subscription["items"]["data"].remove(item)
                self._prorate(subscription, {**item, "quantity": 0}, before=before, behavior=behavior)
                continue
            rhythm = item["price"]["recurring"]
            if "quantity" in row:
                item["quantity"] = row["quantity"]
            if "price" in row:
                reprice(item, self._checked_price(row, position))
            if item["price"]["recurring"] == rhythm:
                self._prorate(subscription, item, before=before, behavior=behavior)
            else:
                self._prorate(subscription, {**item, "quantity": 0}, before=before, behavior=behavior)
                restarted.append(item)
        if subscription["status"] != "trialing":
            self._restart(subscription, restarted, always=behavior == "always_invoice")

    def _restart(self, subscription: Payload, items: Sequence[Payload], *, always: bool) -> None:
        """Begin new periods now, and make the invoice that is wanted."""
        now = self._state.now()
        for item in items:
            rhythm = item["price"]["recurring"]
            subscription["billing_cycle_anchor"] = now
            end = next_end(anchor=now, after=now, interval=rhythm["interval"], count=rhythm["interval_count"])
            item.update(current_period_start=now, current_period_end=end)
        if items or (always and self._state.notes["pending"].get(subscription["id"])):
            self._bill(subscription, items, reason="subscription_update")
        self._plan_renewal(subscription)

    def _prorate(self, subscription: Payload, item: Payload, *, before: int, behavior: str) -> None:
        """Note what a change costs for the rest of the period."""
        now, end = self._state.now(), item["current_period_end"]
        if behavior == "none" or subscription["status"] == "trialing" or now >= end:
            return
        rest = Decimal(end - now) / Decimal(end - item["current_period_start"])
        for amount, word in ((-before, "Unused"), (_cost(item), "Remaining")):
            if amount:
                self._pend(subscription, item, whole(amount * rest), f"{word} time", (now, end))

    def _pend(
        self,
        subscription: Payload,
        item: Payload,
        amount: int,
        description: str,
        period: tuple[int, int],
    ) -> None:
        """Make an invoice item that waits for the next invoice."""
        invoice_item = self._state.add(
            {
                **nulls("customer_account invoice test_clock"),
                "id": self._state.new_id("invoiceitem"),
                "object": "invoiceitem",
                "amount": amount,
                "currency": subscription["currency"],
                "customer": subscription["customer"],
                "date": period[0],
                "description": description,
                "discountable": False,
                "discounts": [],
                "livemode": False,
                "metadata": {},
                "net_amount": amount,
                "parent": {
                    "subscription_details": {
                        "subscription": subscription["id"],
                        "subscription_item": item["id"],
                    },
                    "type": "subscription_details",
                },
                "period": {"start": period[0], "end": period[1]},
                "pricing": None,
                "proration": True,
                "quantity": item["quantity"] or 1,
                "quantity_decimal": str(item["quantity"] or 1),
                "tax_rates": [],
            }
        )
        self._state.emit("invoiceitem.created", invoice_item)
        line = self._pending_line(invoice_item, item)
        self._state.notes["pending"].setdefault(subscription["id"], []).append(line)

    def _pending_line(self, invoice_item: Payload, item: Payload) -> Payload:
        """Build the line that an invoice item will be."""
        details = invoice_item["parent"]["subscription_details"]
        period, named = invoice_item["period"], details["subscription"]
        return shapes.line(
            id=self._state.new_id("line_item"),
            amount=invoice_item["amount"],
            currency=invoice_item["currency"],
            description=invoice_item["description"],
            period=(period["start"], period["end"]),
            parent=shapes.item_parent(invoice_item["id"], subscription=named, proration=True),
            price=item["price"],
            quantity=invoice_item["quantity"],
            subscription=named,
        )

    def _add_item(self, subscription: Payload, row: Mapping[str, Any], price: Payload) -> Payload:
        raise NotImplementedError


def _cost(item: Payload) -> int:
    cost: int = item["price"]["unit_amount"] * item["quantity"]
    return cost
