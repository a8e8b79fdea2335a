"""``expand[]``: put whole objects where an answer has only their identifiers."""

from __future__ import annotations

from collections.abc import Sequence

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.desk import newest_first
from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.state import State, snapshot

#: Property → kind of the object it names.
_REFERENCES = {
    "balance_transaction": "balance_transaction",
    "charge": "charge",
    "coupon": "coupon",
    "customer": "customer",
    "default_price": "price",
    "invoice": "invoice",
    "latest_invoice": "invoice",
    "product": "product",
    "refund": "refund",
    "subscription": "subscription",
    "failure_balance_transaction": "balance_transaction",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
}
#: Properties that may name an object of several kinds.
_ANY_KIND = ("source",)
#: Properties that hold a list of identifiers.
_LISTED = {"discounts": "discount"}
#: Lists that an object shows only when asked.
_ON_DEMAND = (("checkout.session", "line_items"), ("charge", "refunds"), ("invoice", "payments"))
_DEEPEST = 4


def expand(state: State, payload: Payload, paths: Sequence[str]) -> None:
    """Expand an answer in place.

    Raises:
        ApiFault: a path is too deep or names something that cannot be expanded.
    """
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEEPEST:
            raise _cannot(path)
        with state.turn():
            _follow(state, payload, parts, path)


def _follow(state: State, payload: Payload, parts: Sequence[str], path: str) -> None:
    name, rest = parts[0], parts[1:]
    if payload.get("object") == "list":
        if name != "data" or not rest:
            raise _cannot(path)
        for row in payload["data"]:
            _follow(state, row, rest, path)
        return
    if (payload.get("object"), name) in _ON_DEMAND:
        payload[name] = _sublist(state, payload, name, path)
    elif name not in payload:
        raise _cannot(path)
    elif isinstance(payload[name], str):
        payload[name] = _named(state, name, payload[name], path)
    elif name in _LISTED and all(isinstance(row, str) for row in payload[name]):
        payload[name] = [snapshot(state.get(_LISTED[name], row)) for row in payload[name]]
    elif not rest and name not in (*_REFERENCES, *_ANY_KIND):
        raise _cannot(path)
    for inner in payload[name] if isinstance(payload[name], list) else [payload[name]]:
        if rest and inner is not None:
            if not isinstance(inner, dict):
                raise _cannot(path)
            _follow(state, inner, rest, path)


def _named(state: State, name: str, identifier: str, path: str) -> Payload:
    """Return a copy of the object that a property names."""
    if name in _REFERENCES:
        copy: Payload = snapshot(state.get(_REFERENCES[name], identifier))
        return copy
    for rows in state.objects.values() if name in _ANY_KIND else ():
        if identifier in rows:
            found: Payload = snapshot(rows[identifier])
            return found
    raise _cannot(path)


def _sublist(state: State, payload: Payload, name: str, path: str) -> Payload:
    """Return the list that a session or a charge shows only on demand: its first ten rows."""
    if (payload["object"], name) == ("checkout.session", "line_items"):
        rows = state.notes["line_items"][payload["id"]]
        url = f"/v1/checkout/sessions/{payload['id']}/line_items"
    elif (payload["object"], name) == ("charge", "refunds"):
        every = state.objects["refund"].values()
        rows = newest_first(row for row in every if row["charge"] == payload["id"])
        url = f"/v1/charges/{payload['id']}/refunds"
    elif (payload["object"], name) == ("invoice", "payments"):
        every = state.objects["invoice_payment"].values()
        rows = newest_first(row for row in every if row["invoice"] == payload["id"])
        url = f"/v1/invoice_payments?invoice={payload['id']}"
    else:
        raise _cannot(path)
    return {"object": "list", "data": snapshot(rows[:10]), "has_more": len(rows) > 10, "url": url}


def _cannot(path: str) -> ApiFault:
    return ApiFault(f"This property cannot be expanded ({path[:100]}).", param="expand")
