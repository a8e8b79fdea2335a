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
    "customer": "customer",
    "failure_balance_transaction": "balance_transaction",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
}
#: Properties that may name an object of several kinds.
_ANY_KIND = ("source",)
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
    if payload["object"] == "list":
        if name != "data" or not rest:
            raise _cannot(path)
        for row in payload["data"]:
            _follow(state, row, rest, path)
        return
    if name in ("line_items", "refunds"):
        payload[name] = _sublist(state, payload, name, path)
        return
    if name not in payload or name not in (*_REFERENCES, *_ANY_KIND):
        raise _cannot(path)
    if isinstance(payload[name], str):
        payload[name] = snapshot(_named(state, name, payload[name]))
    if rest and payload[name] is not None:
        _follow(state, payload[name], rest, path)


def _named(state: State, name: str, identifier: str) -> Payload:
    """Return the object that a property names."""
    if name in _REFERENCES:
        return state.get(_REFERENCES[name], identifier)
    return next(rows[identifier] for rows in state.objects.values() if identifier in rows)


def _sublist(state: State, payload: Payload, name: str, path: str) -> Payload:
    """Return the list that a session or a charge shows only on demand: its first ten rows."""
    if (payload["object"], name) == ("checkout.session", "line_items"):
        rows = state.notes["line_items"][payload["id"]]
        url = f"/v1/checkout/sessions/{payload['id']}/line_items"
    elif (payload["object"], name) == ("charge", "refunds"):
        every = state.objects["refund"].values()
        rows = newest_first(row for row in every if row["charge"] == payload["id"])
        url = f"/v1/charges/{payload['id']}/refunds"
    else:
        raise _cannot(path)
    return {"object": "list", "data": snapshot(rows[:10]), "has_more": len(rows) > 10, "url": url}


def _cannot(path: str) -> ApiFault:
    return ApiFault(f"This property cannot be expanded ({path[:100]}).", param="expand")
