"""What subscriptions do by themselves: renew, fall behind, end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin import invoice_shapes as shapes
from revenue_intel.testing.standin.coupons import CouponDesk
from revenue_intel.testing.standin.invoices import InvoiceDesk, subscription_of
from revenue_intel.testing.standin.periods import next_end
from revenue_intel.testing.standin.state import snapshot

_DAY = 24 * 60 * 60
_OVER = ("canceled", "incomplete_expired")


class RenewalDesk(InvoiceDesk, CouponDesk):
    """The clockwork of subscriptions."""

    def _plan_renewal(self, subscription: Payload) -> None:
        end = min(row["current_period_end"] for row in subscription["items"]["data"])
        self._state.later(end - self._state.now(), "_renew", subscription=subscription["id"], period_end=end)

    def _renew(self, subscription: str, period_end: int) -> None:
        """Begin the next period of every item whose period is over, and bill it."""
        found = self._state.get("subscription", subscription)
        due = [row for row in found["items"]["data"] if row["current_period_end"] == period_end]
        if not due or found["status"] in (*_OVER, "paused"):
            return
        if found["cancel_at_period_end"] or found["cancel_at"] == period_end:
            self._finish(found, reason=found["cancellation_details"]["reason"])
            return
        before = self._memory(found, "items", "latest_invoice", "status", "discounts")
        if found["status"] == "trialing" and not self._end_trial(found, before):
            return
        for row in due:
            row.update(current_period_start=period_end, current_period_end=next_period(found, row))
        self._end_discounts(found, used=False)
        self._bill(found, due, reason="subscription_cycle", period_end=period_end)
        self._changed(found, before)
        self._plan_renewal(found)

    def _end_trial(self, subscription: Payload, before: Payload) -> bool:
        """Let a trial turn into a paid subscription; False when it ends or pauses for want of a card."""
        behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
        if self._method_of(subscription) is None and behavior == "cancel":
            self._finish(subscription, reason="payment_failed")
            return False
        if self._method_of(subscription) is None and behavior == "pause":
            self._pause(subscription, before)
            return False
        subscription["status"] = "active"
        return True

    def _pause(self, subscription: Payload, before: Payload) -> None:
        """Stop billing until the subscription is resumed."""
        now = self._state.now()
        paused = {"subscription": {"type": "requested"}, "transitioned_at": now, "type": "subscription"}
        subscription.update(status="paused", status_details={"paused": paused})
        self._state.emit("customer.subscription.paused", subscription, previous=before)

    def _end_pause(self, subscription: str, moment: int) -> None:
        found = self._state.get("subscription", subscription)
        if (found["pause_collection"] or {}).get("resumes_at") == moment:
            before = self._memory(found, "pause_collection")
            found["pause_collection"] = None
            self._changed(found, before)

    def _bill(
        self,
        subscription: Payload,
        items: Sequence[Payload],
        *,
        reason: str,
        period_end: int | None = None,
    ) -> Payload:
        """Draft the invoice of items and of what is pending; the clock finalises it."""
        now = self._state.now()
        lines = [self._item_line(subscription, row) for row in items]
        lines += self._pending_lines(subscription)
        self._off(lines, subscription["discounts"])
        invoice = self._draft(
            lines,
            currency=subscription["currency"],
            customer=self._state.get("customer", subscription["customer"]),
            reason=reason,
            period=(subscription["start_date"] if period_end is None else period_end, now),
            parent={
                "quote_details": None,
                "subscription_details": {
                    "metadata": dict(subscription["metadata"]),
                    "subscription": subscription["id"],
                },
                "type": "subscription_details",
            },
            collection_method=subscription["collection_method"],
            discounts=list(subscription["discounts"]),
        )
        subscription["latest_invoice"] = invoice["id"]
        self._end_discounts(subscription, used=True)
        paused = subscription["pause_collection"]
        if (paused and paused["behavior"] == "keep_as_draft") or subscription["status"] == "unpaid":
            invoice["auto_advance"] = False
        else:
            wait = self._state.terms.finalize_seconds if reason == "subscription_cycle" else 0
            invoice["automatically_finalizes_at"] = now + wait
            self._state.later(wait, "_advance_invoice", invoice=invoice["id"])
        return invoice

    def _item_line(self, subscription: Payload, row: Payload) -> Payload:
        trial = subscription["status"] == "trialing"
        product = self._state.get("product", row["price"]["product"])["name"]
        return shapes.line(
            id=self._state.new_id("line_item"),
            amount=0 if trial else row["price"]["unit_amount"] * row["quantity"],
            currency=subscription["currency"],
            description=f"Trial period for {product}" if trial else f"{row['quantity']} × {product}",
            period=(row["current_period_start"], row["current_period_end"]),
            parent=shapes.subscription_parent(subscription["id"], row["id"]),
            price=row["price"],
            quantity=row["quantity"],
            subscription=subscription["id"],
        )

    def _pending_lines(self, subscription: Payload) -> list[Payload]:
        """Turn the pending invoice items of a subscription into lines."""
        pending: dict[str, Any] = self._state.notes["pending"]
        return list(pending.pop(subscription["id"], []))

    def _advance_invoice(self, invoice: str) -> None:
        """Finalise a draft and collect it, unless somebody did or collection is paused."""
        found = self._state.get("invoice", invoice)
        subscription = self._state.get("subscription", subscription_of(found) or "")
        if found["status"] != "draft":
            return
        self._finalize(found)
        if found["status"] != "open":
            return
        paused = subscription["pause_collection"]
        if paused is not None:
            behavior = self.void_invoice if paused["behavior"] == "void" else self.mark_invoice_uncollectible
            behavior(invoice)
        elif found["collection_method"] == "charge_automatically":
            self._attempt(found)

    def _retry(self, invoice: str) -> None:
        found = self._state.get("invoice", invoice)
        if found["status"] == "open":
            self._attempt(found)

    def _not_collected(self, invoice: Payload) -> None:
        """Plan another attempt; after the last one the subscription is ended, or left unpaid."""
        identifier = subscription_of(invoice)
        if identifier is None:
            super()._not_collected(invoice)
            return
        subscription = self._state.get("subscription", identifier)
        days, failed = self._state.terms.retry_days, invoice["attempt_count"]
        retries = subscription["status"] not in ("incomplete", *_OVER) and failed <= len(days)
        invoice["next_payment_attempt"] = None
        if retries:
            wait = (days[failed - 1] - (days[failed - 2] if failed > 1 else 0)) * _DAY
            invoice["next_payment_attempt"] = self._state.now() + wait
            self._state.later(wait, "_retry", invoice=invoice["id"])
        super()._not_collected(invoice)
        if subscription["status"] == "active":
            self._move(subscription, "past_due")
        elif subscription["status"] == "past_due" and not retries:
            if self._state.terms.dunning == "unpaid":
                self._move(subscription, "unpaid")
            else:
                self._finish(subscription, reason="payment_failed")

    def _invoice_ended(self, invoice: Payload) -> None:
        """Let a subscription be active again once nothing is open."""
        super()._invoice_ended(invoice)
        identifier = subscription_of(invoice)
        if identifier is None or invoice["status"] == "void":
            return
        subscription = self._state.get("subscription", identifier)
        if subscription["latest_invoice"] == invoice["id"] and subscription["status"] in (
            "incomplete",
            "past_due",
            "unpaid",
        ):
            self._move(subscription, "active")

    def _expire_incomplete(self, subscription: str) -> None:
        """Give up a subscription whose first invoice was not paid within 23 hours."""
        found = self._state.get("subscription", subscription)
        if found["status"] == "incomplete":
            found["ended_at"] = self._state.now()
            self._move(found, "incomplete_expired")
            self.void_invoice(found["latest_invoice"])

    def _finish(self, subscription: Payload, *, reason: str | None) -> None:
        """End a subscription."""
        now = self._state.now()
        subscription.update(status="canceled", ended_at=now, canceled_at=subscription["canceled_at"] or now)
        subscription["cancellation_details"]["reason"] = reason
        for identifier in subscription["discounts"]:
            self._state.emit("customer.discount.deleted", self._state.get("discount", identifier))
        subscription["discounts"] = []
        self._state.emit("customer.subscription.deleted", subscription)

    def _move(self, subscription: Payload, status: str) -> None:
        """Give a subscription another status and tell of it."""
        previous = {"status": subscription["status"]}
        subscription["status"] = status
        self._state.emit("customer.subscription.updated", subscription, previous=previous)

    def _memory(self, subscription: Payload, *names: str) -> Payload:
        copy: Payload = snapshot({name: subscription[name] for name in names})
        return copy

    def _changed(self, subscription: Payload, before: Payload) -> None:
        """Tell what is not as it was before, if anything."""
        previous = {name: old for name, old in before.items() if subscription[name] != old}
        if previous:
            self._state.emit("customer.subscription.updated", subscription, previous=previous)

    def _method_of(self, subscription: Payload) -> str | None:
        customer = self._state.get("customer", subscription["customer"])
        method: str | None = (
            subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
        )
        return method

    def _default_method(self, invoice: Payload) -> str | None:
        identifier = subscription_of(invoice)
        if identifier is None:
            return super()._default_method(invoice)
        return self._method_of(self._state.get("subscription", identifier))


def next_period(subscription: Payload, row: Payload) -> int:
    """Return when the period of an item ends that has just begun, or begins now."""
    rhythm = row["price"]["recurring"]
    return next_end(
        anchor=subscription["billing_cycle_anchor"],
        after=row["current_period_end"],
        interval=rhythm["interval"],
        count=rhythm["interval_count"],
    )
