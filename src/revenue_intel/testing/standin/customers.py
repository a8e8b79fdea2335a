"""Customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from revenue_intel.testing import events
from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.desk import Desk, Page, change, cleared, merged
from revenue_intel.testing.standin.params import (
    Reader,
    Spec,
    clearable,
    mapping,
    metadata,
    moments,
    nested,
    text,
)
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot

_FIELDS: dict[str, Reader] = {
    "address": mapping,
    "description": clearable,
    "email": clearable,
    "invoice_settings": nested(Spec(readers={"default_payment_method": clearable})),
    "metadata": metadata,
    "name": clearable,
    "phone": clearable,
    "shipping": mapping,
}
_IGNORED = ("preferred_locales", "tax_exempt")


class CustomerDesk(Desk):
    """The calls about customers."""

    def create_customer(
        self,
        *,
        email: str | None = None,
        name: str | None = None,
        metadata: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> Payload:
        """Create a customer; ``fields`` are description, phone, address and shipping."""
        with self._state.turn():
            settings = cleared(fields.pop("invoice_settings", {}))
            customer = self._state.add(
                events.customer(
                    id=self._state.new_id("customer"),
                    email=email or None,
                    name=name or None,
                    created=self._state.now(),
                    metadata=merged({}, metadata),
                    **cleared(fields),
                )
            )
            customer["invoice_settings"].update(settings)
            self._state.emit("customer.created", customer)
            copy: Payload = snapshot(customer)
            return copy

    def get_customer(self, customer: str) -> Payload:
        """Return a customer."""
        return self._retrieve("customer", customer)

    def update_customer(self, customer: str, **changes: Any) -> Payload:
        """Change email, name, description, phone, address, shipping or metadata."""
        with self._state.turn():
            found = self._state.get("customer", customer)
            if "invoice_settings" in changes:
                changes["invoice_settings"] = {
                    **found["invoice_settings"],
                    **cleared(changes["invoice_settings"]),
                }
            previous = change(found, changes)
            if previous:
                self._state.emit("customer.updated", found, previous=previous)
            copy: Payload = snapshot(found)
            return copy

    def list_customers(
        self,
        *,
        email: str | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List customers, newest first."""
        return self._list("customer", equal={"email": email}, created=created, page=page)

    KINDS: ClassVar[Kinds] = ("customer",)
    ROUTES: ClassVar[Routes] = (
        post("/v1/customers", create_customer, _FIELDS, ignored=_IGNORED),
        listing("/v1/customers", list_customers, email=text, created=moments),
        get("/v1/customers/{id}", get_customer),
        post("/v1/customers/{id}", update_customer, _FIELDS, ignored=_IGNORED),
    )
