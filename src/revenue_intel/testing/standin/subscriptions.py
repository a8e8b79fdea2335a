"""Subscriptions: begun, tried, changed, paused, resumed, cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Unpack

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin import subscription_shapes as shapes
from revenue_intel.testing.standin.desk import Page, change, merged
from revenue_intel.testing.standin.faults import ApiFault, wrong_state
from revenue_intel.testing.standin.params import moments, text
from revenue_intel.testing.standin.periods import next_end
from revenue_intel.testing.standin.proration import ProrationDesk
from revenue_intel.testing.standin.routes import Kinds, Routes, delete, get, listing, post
from revenue_intel.testing.standin.state import snapshot
from revenue_intel.testing.standin.subscription_params import CANCEL, CHANGES, CREATION, IGNORED, STATUS

_DAY = 24 * 60 * 60
_ENDED = ("canceled", "incomplete_expired")


class SubscriptionDesk(ProrationDesk):
    """The calls about subscriptions."""

    def create_subscription(
        self,
        *,
        customer: str,
        items: Sequence[Mapping[str, Any]],
        trial_period_days: int | None = None,
        trial_end: int | None = None,
        default_payment_method: str | None = None,
        discounts: Sequence[Mapping[str, str]] = (),
        metadata: Mapping[str, str] | None = None,
        collection_method: str = "charge_automatically",
        cancel_at_period_end: bool = False,
        description: str | None = None,
        trial_settings: Mapping[str, Any] | None = None,
    ) -> Payload:
        """Begin a subscription and bill its first period; a trial begins with an invoice over nothing.

        Raises:
            ApiFault: a parameter is wrong, or there is no card to charge; nothing was created.
        """
        with self._state.turn():
            now = self._state.now()
            payer = self._state.get("customer", customer, param="customer")
            prices = [self._checked_price(row, position) for position, row in enumerate(items)]
            coupons = self._checked_coupons(discounts)
            if not prices or len({price["currency"] for price in prices}) > 1:
                raise ApiFault("Give items, all of one currency.", param="items")
            trial_end = _checked_trial(now, trial_end, trial_period_days)
            method = default_payment_method and self._payment_method(default_payment_method)
            if not (trial_end or collection_method == "send_invoice"):
                _need_method(method, payer)
            found = self._state.add(
                shapes.subscription(
                    id=self._state.new_id("subscription"),
                    created=now,
                    currency=prices[0]["currency"],
                    customer=customer,
                    collection_method=collection_method,
                    default_payment_method=method,
                    description=description,
                    metadata=merged({}, metadata),
                    missing_payment_method=_without_card(trial_settings),
                )
            )
            found["cancel_at_period_end"] = cancel_at_period_end
            if trial_end is not None:
                found.update(_trial(now, trial_end))
            self._begin(found, zip(items, prices, strict=True), coupons)
            copy: Payload = snapshot(found)
            return copy

    def _begin(
        self,
        subscription: Payload,
        items: Iterable[tuple[Mapping[str, Any], Payload]],
        coupons: Sequence[str],
    ) -> None:
        """Give a new subscription its items, tell of it, and collect its first invoice."""
        for row, price in items:
            self._add_item(subscription, row, price)
        subscription["discounts"] = [self._grant(subscription, coupon) for coupon in coupons]
        self._state.emit("customer.subscription.created", subscription)
        for identifier in subscription["discounts"]:
            self._state.emit("customer.discount.created", self._state.get("discount", identifier))
        if subscription["collection_method"] == "send_invoice":
            subscription["status"] = "active"
        invoice = self._bill(subscription, subscription["items"]["data"], reason="subscription_create")
        self._advance_invoice(invoice["id"])
        if subscription["status"] == "incomplete":
            self._state.later(23 * 60 * 60, "_expire_incomplete", subscription=subscription["id"])
        if subscription["status"] == "trialing":
            wait = max(0, subscription["trial_end"] - self._state.now() - 3 * _DAY)
            self._state.later(wait, "_warn_of_trial", subscription=subscription["id"])
        self._plan_renewal(subscription)

    def _warn_of_trial(self, subscription: str) -> None:
        found = self._state.get("subscription", subscription)
        if found["status"] == "trialing":
            self._state.emit("customer.subscription.trial_will_end", found)

    def get_subscription(self, subscription: str) -> Payload:
        """Return a subscription."""
        return self._retrieve("subscription", subscription)

    def list_subscriptions(
        self,
        *,
        customer: str | None = None,
        price: str | None = None,
        status: str | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List subscriptions, newest first; without ``status`` those that are not cancelled."""
        rows = self._state.objects["subscription"].values()
        among = [
            row["id"]
            for row in rows
            if _has_status(row["status"], status)
            and (price is None or any(part["price"]["id"] == price for part in row["items"]["data"]))
        ]
        equal = {"customer": customer}
        return self._list("subscription", equal=equal, created=created, page=page, among=among)

    def update_subscription(
        self,
        subscription: str,
        *,
        items: Sequence[Mapping[str, Any]] = (),
        discounts: Sequence[Mapping[str, str]] | None = None,
        proration_behavior: str = "create_prorations",
        default_payment_method: str | None = None,
        **changes: Any,
    ) -> Payload:
        """Change items, discounts, the card, the pause of collection, the end, or metadata.

        Items that are named by ``id`` are changed or, with ``deleted``, removed; others are added.
        """
        with self._state.turn():
            found = self._alive(subscription)
            self._check_changes(found, items)
            coupons = None if discounts is None else self._checked_coupons(discounts)
            before = self._memory(found, *found)
            if default_payment_method:
                changes["default_payment_method"] = self._payment_method(default_payment_method)
            if changes.get("pause_collection"):
                changes["pause_collection"] = {"resumes_at": None, **changes["pause_collection"]}
                self._plan_end_of_pause(found, changes["pause_collection"]["resumes_at"])
            change(found, changes)
            if "cancel_at_period_end" in changes:
                asked = found["cancel_at_period_end"]
                found["canceled_at"] = self._state.now() if asked else None
                found["cancellation_details"]["reason"] = "cancellation_requested" if asked else None
            if coupons is not None:
                self._replace_discounts(found, coupons)
            if items:
                self._change_items(found, items, behavior=proration_behavior)
            self._changed(found, before)
            copy: Payload = snapshot(found)
            return copy

    def cancel_subscription(
        self, subscription: str, *, cancellation_details: Mapping[str, str] | None = None
    ) -> Payload:
        """End a subscription now; what was paid is not given back."""
        with self._state.turn():
            found = self._alive(subscription)
            found["cancellation_details"].update(cancellation_details or {})
            self._finish(found, reason="cancellation_requested")
            copy: Payload = snapshot(found)
            return copy

    def pause_subscription(self, subscription: str) -> Payload:
        """Pause a subscription: no period begins and nothing is billed until it is resumed."""
        with self._state.turn():
            found = self._alive(subscription)
            self._pause(found, self._memory(found, "status"))
            copy: Payload = snapshot(found)
            return copy

    def resume_subscription(self, subscription: str) -> Payload:
        """Resume a paused subscription: a new period begins now and is billed."""
        with self._state.turn():
            found = self._alive(subscription)
            if found["status"] != "paused":
                raise wrong_state("Only a paused subscription can be resumed.")
            now = self._state.now()
            found.update(status="active", status_details=None, billing_cycle_anchor=now)
            for row in found["items"]["data"]:
                row.update(current_period_start=now, current_period_end=_first_end(row["price"], now))
            self._state.emit("customer.subscription.resumed", found, previous={"status": "paused"})
            self._bill(found, found["items"]["data"], reason="subscription_update")
            self._plan_renewal(found)
            copy: Payload = snapshot(found)
            return copy

    def _plan_end_of_pause(self, subscription: Payload, moment: int | None) -> None:
        if moment is not None:
            wait = max(0, moment - self._state.now())
            self._state.later(wait, "_end_pause", subscription=subscription["id"], moment=moment)

    def _replace_discounts(self, subscription: Payload, coupons: Sequence[str]) -> None:
        for identifier in subscription["discounts"]:
            self._state.emit("customer.discount.deleted", self._state.get("discount", identifier))
        subscription["discounts"] = [self._grant(subscription, coupon) for coupon in coupons]
        for identifier in subscription["discounts"]:
            self._state.emit("customer.discount.created", self._state.get("discount", identifier))

    def _add_item(self, subscription: Payload, row: Mapping[str, Any], price: Payload) -> Payload:
        now = self._state.now()
        end = subscription["trial_end"]
        if subscription["status"] != "trialing":
            end = _first_end(price, subscription["billing_cycle_anchor"], after=now)
        made = shapes.item(
            id=self._state.new_id("subscription_item"),
            created=now,
            price=price,
            quantity=row.get("quantity", 1),
            subscription=subscription["id"],
            period=(now, end),
            metadata=merged({}, row.get("metadata")),
        )
        subscription["items"]["data"].append(made)
        return made

    def _alive(self, subscription: str) -> Payload:
        found = self._state.get("subscription", subscription)
        if found["status"] in _ENDED:
            raise wrong_state(f"A subscription with status {found['status']} cannot be changed.")
        return found

    KINDS: ClassVar[Kinds] = ("subscription",)
    ROUTES: ClassVar[Routes] = (
        post(
            "/v1/subscriptions",
            create_subscription,
            CREATION,
            required=("customer", "items"),
            ignored=IGNORED,
        ),
        listing(
            "/v1/subscriptions", list_subscriptions, created=moments, customer=text, price=text, status=STATUS
        ),
        get("/v1/subscriptions/{id}", get_subscription),
        post("/v1/subscriptions/{id}", update_subscription, CHANGES, ignored=IGNORED),
        delete("/v1/subscriptions/{id}", cancel_subscription, CANCEL),
        post("/v1/subscriptions/{id}/pause", pause_subscription, ignored=("type",)),
        post("/v1/subscriptions/{id}/resume", resume_subscription, ignored=("billing_cycle_anchor",)),
    )


def _first_end(price: Payload, anchor: int, *, after: int | None = None) -> int:
    rhythm = price["recurring"]
    return next_end(
        anchor=anchor,
        after=anchor if after is None else after,
        interval=rhythm["interval"],
        count=rhythm["interval_count"],
    )


def _has_status(status: str, wanted: str | None) -> bool:
    if wanted in (None, "ended"):
        return (status in _ENDED) if wanted else status != "canceled"
    return wanted == "all" or status == wanted


def _checked_trial(now: int, end: int | None, days: int | None) -> int | None:
    """Return when a trial ends, if there is one."""
    wanted = end if days is None else now + days * _DAY
    if wanted is not None and not now < wanted <= now + 730 * _DAY:
        raise ApiFault("A trial ends in the future, within two years.", param="trial_end")
    return wanted


def _trial(start: int, end: int) -> Payload:
    return {"status": "trialing", "trial_start": start, "trial_end": end, "billing_cycle_anchor": end}


def _without_card(trial_settings: Mapping[str, Any] | None) -> str:
    ending = (trial_settings or {}).get("end_behavior", {})
    behavior: str = ending.get("missing_payment_method", "create_invoice")
    return behavior


def _need_method(method: str | None, customer: Payload) -> None:
    if not (method or customer["invoice_settings"]["default_payment_method"]):
        raise ApiFault(
            "This customer has no attached payment source or default payment method.",
            code="resource_missing",
        )
