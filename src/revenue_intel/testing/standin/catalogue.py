"""Products and prices: what is sold, and for how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from revenue_intel.testing.events import Payload
from revenue_intel.testing.payloads import nulls
from revenue_intel.testing.standin.desk import Desk, Page, change, merged
from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.params import (
    Reader,
    Spec,
    between,
    boolean,
    clearable,
    metadata,
    moments,
    nested,
    one_of,
    text,
)
from revenue_intel.testing.standin.payments import LARGEST_AMOUNT, checked_currency
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot

_PRODUCT: dict[str, Reader] = {
    "active": boolean,
    "description": clearable,
    "metadata": metadata,
    "name": text,
    "statement_descriptor": clearable,
    "unit_label": clearable,
}
_RECURRING = Spec(
    readers={
        "interval": one_of("day", "week", "month", "year"),
        "interval_count": between(1, 1095),
        "usage_type": one_of("licensed"),
    },
    required=("interval",),
)
_PRICE: dict[str, Reader] = {
    "active": boolean,
    "lookup_key": clearable,
    "metadata": metadata,
    "nickname": clearable,
}


class CatalogueDesk(Desk):
    """The calls about products and prices. Prices are per unit and licensed; there are no tiers."""

    def create_product(
        self, *, name: str, metadata: Mapping[str, str] | None = None, **fields: Any
    ) -> Payload:
        """Create a product."""
        with self._state.turn():
            now = self._state.now()
            product = self._state.add(
                {
                    **nulls("default_price description package_dimensions shippable statement_descriptor"),
                    **nulls("tax_code unit_label url"),
                    "id": self._state.new_id("product"),
                    "object": "product",
                    "active": True,
                    "created": now,
                    "images": [],
                    "livemode": False,
                    "marketing_features": [],
                    "metadata": merged({}, metadata),
                    "name": name,
                    "type": "service",
                    "updated": now,
                    **fields,
                }
            )
            self._state.emit("product.created", product)
            copy: Payload = snapshot(product)
            return copy

    def update_product(self, product: str, **changes: Any) -> Payload:
        """Change a product."""
        return self._change("product", product, changes)

    def get_product(self, product: str) -> Payload:
        """Return a product."""
        return self._retrieve("product", product)

    def list_products(
        self,
        *,
        active: bool | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List products, newest first."""
        return self._list("product", equal={"active": active}, created=created, page=page)

    def create_price(
        self,
        *,
        currency: str,
        unit_amount: int,
        product: str | None = None,
        product_data: Mapping[str, Any] | None = None,
        recurring: Mapping[str, Any] | None = None,
        metadata: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> Payload:
        """Create a price of a product, or of a new one with ``product_data``."""
        if (product is None) == (product_data is None):
            raise ApiFault("Specify exactly one of: product, product_data.", param="product")
        with self._state.turn():
            code = checked_currency(currency)
            named = self.create_product(**product_data)["id"] if product_data else product
            assert named is not None  # noqa: S101 - one of the two is given
            self._state.get("product", named, param="product")
            rhythm = {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}
            price = self._state.add(
                {
                    **nulls("custom_unit_amount lookup_key nickname tiers_mode transform_quantity"),
                    "id": self._state.new_id("price"),
                    "object": "price",
                    "active": True,
                    "billing_scheme": "per_unit",
                    "created": self._state.now(),
                    "currency": code,
                    "livemode": False,
                    "metadata": merged({}, metadata),
                    "product": named,
                    "recurring": {**rhythm, **recurring} if recurring else None,
                    "tax_behavior": "unspecified",
                    "type": "recurring" if recurring else "one_time",
                    "unit_amount": unit_amount,
                    "unit_amount_decimal": str(unit_amount),
                    **fields,
                }
            )
            self._state.emit("price.created", price)
            copy: Payload = snapshot(price)
            return copy

    def update_price(self, price: str, **changes: Any) -> Payload:
        """Change what is not money."""
        return self._change("price", price, changes)

    def get_price(self, price: str) -> Payload:
        """Return a price."""
        return self._retrieve("price", price)

    def list_prices(
        self,
        *,
        active: bool | None = None,
        currency: str | None = None,
        product: str | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List prices, newest first."""
        equal = {"active": active, "currency": currency, "product": product}
        return self._list("price", equal=equal, created=created, page=page)

    def _change(self, kind: str, identifier: str, changes: Mapping[str, Any]) -> Payload:
        with self._state.turn():
            found = self._state.get(kind, identifier)
            previous = change(found, changes)
            if previous:
                if kind == "product":
                    previous["updated"], found["updated"] = found["updated"], self._state.now()
                self._state.emit(f"{kind}.updated", found, previous=previous)
            copy: Payload = snapshot(found)
            return copy

    KINDS: ClassVar[Kinds] = ("product", "price")
    ROUTES: ClassVar[Routes] = (
        post("/v1/products", create_product, _PRODUCT, required=("name",)),
        listing("/v1/products", list_products, active=boolean, created=moments),
        get("/v1/products/{id}", get_product),
        post("/v1/products/{id}", update_product, _PRODUCT),
        post(
            "/v1/prices",
            create_price,
            {
                **_PRICE,
                "currency": text,
                "product": text,
                "product_data": nested(Spec(readers={"name": text}, required=("name",))),
                "recurring": nested(_RECURRING),
                "unit_amount": between(0, LARGEST_AMOUNT),
            },
            required=("currency", "unit_amount"),
        ),
        listing("/v1/prices", list_prices, active=boolean, currency=text, product=text, created=moments),
        get("/v1/prices/{id}", get_price),
        post("/v1/prices/{id}", update_price, _PRICE),
    )
