"""The adapter for ordinary order models: a declarative mapping, with methods to override for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Final, Literal

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model, Q

from revenue_intel.exceptions import ConfigurationError, InvalidOrderError
from revenue_intel.kit.money import check_minor, normalize_currency, to_minor
from revenue_intel.kit.plain import are_plain, is_plain_key, read_owned, save_fields
from revenue_intel.kit.rows import find_row
from revenue_intel.shop.adapter import ShopAdapter
from revenue_intel.shop.records import LineRecord, OrderRecord, OrderState, PaidOrder, StockLine

#: Where the lines of an order are kept on its object, so that describing it and its stock reads them once.
LINES_CACHE: Final = "_revenue_intel_lines"
#: Paid orders read at once.
ORDERS_AT_ONCE: Final = 1000


class ModelShop(ShopAdapter):
    """A shop whose orders are one model and whose lines are another.

    Every value names a field (or the related name) of the host's models; an empty name means
    that the host has no such field. Stock is read from the line's variant where it has one, else
    from its product. ``statuses`` translates our states to the host's; missing ones keep ours.
    """

    order_model: ClassVar[str]
    reference: ClassVar[str] = "reference"
    status: ClassVar[str] = "status"
    currency: ClassVar[str] = "currency"
    total: ClassVar[str] = "total"
    created_at: ClassVar[str] = "created_at"
    updated_at: ClassVar[str] = "updated_at"
    paid_at: ClassVar[str] = "paid_at"
    payment_intent: ClassVar[str] = ""
    email: ClassVar[str] = "email"
    name: ClassVar[str] = ""
    user: ClassVar[str] = "user"
    discount: ClassVar[str] = ""
    tax: ClassVar[str] = ""
    shipping: ClassVar[str] = ""
    lines: ClassVar[str] = "lines"
    line_product: ClassVar[str] = "product"
    line_variant: ClassVar[str] = "variant"
    line_quantity: ClassVar[str] = "quantity"
    line_unit_price: ClassVar[str] = "unit_price"
    line_amount: ClassVar[str] = "amount"
    line_name: ClassVar[str] = "name"
    stock_field: ClassVar[str] = "stock"
    reserved_field: ClassVar[str] = ""
    preorder_field: ClassVar[str] = "is_preorder"
    money: ClassVar[Literal["decimal", "minor"]] = "decimal"
    statuses: ClassVar[Mapping[OrderState, str | int]] = {}

    def find_order(self, reference: str, *, lock: bool = False) -> Any | None:
        """Return the order with that reference, or None; ``lock`` holds its row until the transaction ends."""
        if "\x00" in reference:  # no text of PostgreSQL's can hold it, nor be compared with it
            return None
        model: Any = apps.get_model(self.order_model)
        try:
            if is_plain_key(model, self.reference):
                order = find_row(model, lock="FOR UPDATE" if lock else "", **{self.reference: reference})
            else:
                orders: Any = model._default_manager
                if lock:
                    orders = orders.select_for_update(of=("self",))
                order = orders.filter(**{self.reference: reference}).first()
        except (
            ValueError,
            TypeError,
            ValidationError,
            OverflowError,
        ):  # no key of this model, as "abc" for an integer
            return None
        # A reference is what we write, letter for letter: "007" is not order 7, whatever the field makes of it.
        return order if order is not None and str(getattr(order, self.reference)) == reference else None

    def describe(self, order: Any) -> OrderRecord:
        """Describe the order and its lines."""
        currency = normalize_currency(getattr(order, self.currency))
        user_id = getattr(order, f"{self.user}_id", None) if self.user else None
        return OrderRecord(
            reference=str(getattr(order, self.reference)),
            currency=currency,
            total_minor=self._minor(getattr(order, self.total), currency),
            created_at=getattr(order, self.created_at),
            lines=tuple(self._describe_line(line, currency) for line in self._lines(order)),
            email=getattr(order, self.email) or "" if self.email else "",
            name=getattr(order, self.name) or "" if self.name else "",
            user_id="" if user_id is None else str(user_id),
            discount_minor=self._minor(getattr(order, self.discount), currency) if self.discount else 0,
            tax_minor=self._minor(getattr(order, self.tax), currency) if self.tax else 0,
            shipping_minor=self._minor(getattr(order, self.shipping), currency) if self.shipping else 0,
        )

    def stock_lines(self, order: Any) -> list[StockLine]:
        """Say which stock rows the order's lines take from."""
        found = []
        for line in self._lines(order):
            product = getattr(line, self.line_product)
            row = self._variant(line) or product
            if row is None:
                continue
            preorder = bool(self.preorder_field and product and getattr(product, self.preorder_field))
            found += [
                StockLine(
                    line_key=str(line.pk),
                    model=type(place),
                    pk=place.pk,
                    field=self.stock_field,
                    reserved_field=self.reserved_field,
                    quantity=pieces,
                    label=str(place),
                    preorder=preorder,
                )
                for place, pieces in self.allocate(line, row)
            ]
        return found

    def allocate(self, line: Any, row: Model) -> Iterable[tuple[Model, int]]:
        """Say which rows give how many pieces of a line: its product or variant gives all, as if it lay in one place.

        Override it where stock lies in several: ``docs/howto/locations.md``.
        """
        return [(row, getattr(line, self.line_quantity))]

    def write_state(self, order: Any, state: OrderState, *, at: datetime) -> None:
        """Write the host's word for ``state``, and ``paid_at`` the first time the order is paid."""
        setattr(order, self.status, self.statuses.get(state, state.value))
        fields = [self.status]
        if state is OrderState.PAID and self.paid_at:
            setattr(order, self.paid_at, at)
            fields.append(self.paid_at)
        if self.updated_at:
            fields.append(self.updated_at)  # auto_now fields change only when they are named
        save_fields(order, fields)

    def may_view(self, user: Any, order: Any) -> bool:
        """Say whether this user placed the order."""
        return bool(
            self.user
            and getattr(user, "is_authenticated", False)
            and getattr(order, f"{self.user}_id", None) == user.pk
        )

    def orders_changed_since(self, since: datetime | None) -> Iterable[Any]:
        """Return the orders changed since an instant, oldest change first."""
        changed = self.updated_at or self.created_at
        orders = apps.get_model(self.order_model)._default_manager.order_by(changed, "pk")
        if since is not None:
            orders = orders.filter(**{f"{changed}__gte": since})
        changed_orders: Iterable[Any] = orders.iterator(chunk_size=1000)
        return changed_orders

    def paid_orders(self, *, since: datetime | None, until: datetime) -> Iterable[PaidOrder]:
        """Return every order ever paid, oldest payment first."""
        if not self.paid_at:
            raise ConfigurationError(
                f"{type(self).__name__} does not say which orders are paid: name the field paid_at, "
                "or give it the method paid_orders."
            )
        return self._paid_orders(since, until)

    def _paid_orders(self, since: datetime | None, until: datetime) -> Iterator[PaidOrder]:
        orders = apps.get_model(self.order_model)._default_manager.filter(**{f"{self.paid_at}__lt": until})
        if since is not None:
            orders = orders.filter(**{f"{self.paid_at}__gte": since})
        orders = orders.order_by(self.paid_at, "pk")
        page = orders[:ORDERS_AT_ONCE]
        while found := list(page):
            for order in found:
                payment_intent = getattr(order, self.payment_intent) if self.payment_intent else ""
                yield PaidOrder(
                    order=order, paid_at=getattr(order, self.paid_at), payment_intent=payment_intent or ""
                )
            last_paid_at = getattr(found[-1], self.paid_at)
            same = Q(**{self.paid_at: last_paid_at}, pk__gt=found[-1].pk)
            page = orders.filter(Q(**{f"{self.paid_at}__gt": last_paid_at}) | same)[:ORDERS_AT_ONCE]

    def _lines(self, order: Any) -> list[Any]:
        """Return the order's lines with what they are of, read once for each order object."""
        if not hasattr(order, LINES_CACHE):
            related = tuple(name for name in (self.line_product, self.line_variant) if name)
            manager = getattr(order, self.lines)
            owner = getattr(getattr(manager, "field", None), "name", "")
            if owner and are_plain(manager.model, owner, related):
                lines = read_owned(manager.model, owner, order, related=related)
            else:
                lines = list(manager.select_related(*related).order_by("pk"))
            setattr(order, LINES_CACHE, lines)
        found: list[Any] = getattr(order, LINES_CACHE)
        return found

    def _variant(self, line: Any) -> Model | None:
        return getattr(line, self.line_variant) if self.line_variant else None

    def _describe_line(self, line: Any, currency: str) -> LineRecord:
        product, variant = getattr(line, self.line_product), self._variant(line)
        unit = self._minor(getattr(line, self.line_unit_price), currency)
        quantity = getattr(line, self.line_quantity)
        if quantity is None:
            raise InvalidOrderError(f"Line {line.pk} of the order says no quantity.")
        amount = (
            self._minor(getattr(line, self.line_amount), currency) if self.line_amount else unit * quantity
        )
        return LineRecord(
            key=str(line.pk),
            product_key="" if product is None else str(product.pk),
            product_name=getattr(line, self.line_name) if self.line_name else str(product),
            variant_key="" if variant is None else str(variant.pk),
            quantity=quantity,
            unit_amount_minor=unit,
            amount_minor=amount,
            discount_minor=unit * quantity - amount,
        )

    def _minor(self, amount: Decimal | int, currency: str) -> int:
        return check_minor(amount) if self.money == "minor" else to_minor(amount, currency)
