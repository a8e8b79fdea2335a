"""Leave personal data out of what is stored: the fields that the host names, in an event's object and its old values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

#: Stands for every item of a list, or every value of an object.
EVERY: Final = "*"
#: Keys of an event's object without which no handler can tell what it is about.
NEEDED: Final = frozenset({
    EVERY, "amount", "amount_received", "amount_refunded", "charge", "created", "currency", "id", "latest_charge",
    "metadata", "object", "payment_intent", "status",
})  # fmt: skip
#: Those that may lose something inside, but not the whole.
NEEDED_WHOLE: Final = frozenset({"charges", "charges.data", "customer", "items", "lines"})


def redact(content: dict[str, Any], paths: Sequence[str]) -> bool:
    """Make null what the dotted ``paths`` lead to, in place; say whether anything was there.

    A path begins at the event's object: ``billing_details.name``, ``charges.data.*.receipt_email``. Old values
    (``previous_attributes``) are treated alike. A path that leads nowhere is no error.
    """
    data = content.get("data")
    if not isinstance(data, dict):
        return False
    roots = [data.get("object"), data.get("previous_attributes")]
    return sum(_blank(root, path.split(".")) for path in paths for root in roots) > 0


def find_path_fault(path: object) -> str:
    """Return what is wrong with a path; empty where nothing is."""
    if not isinstance(path, str) or not all(path.split(".")):
        return "is not a dotted path"
    first = path.split(".")[0]
    return "is needed to apply an event" if first in NEEDED or path in NEEDED_WHOLE else ""


def _blank(value: Any, steps: Sequence[str]) -> int:
    """Make null what ``steps`` lead to from ``value``; return how much that was."""
    step, further = steps[0], steps[1:]
    found: list[Any]
    if isinstance(value, dict):
        found = list(value) if step == EVERY else [step] if step in value else []
    elif isinstance(value, list):
        found = list(range(len(value))) if step == EVERY else []
    else:
        found = []
    if further:
        return sum(_blank(value[key], further) for key in found)
    changed = [key for key in found if value[key] is not None]
    for key in changed:
        value[key] = None
    return len(changed)
