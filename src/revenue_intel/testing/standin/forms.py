"""Decode Stripe's form encoding: ``a[b][0][c]=1`` becomes nested dictionaries.

Arrays stay dictionaries with the index as key (``{"0": …}``), because only the reader of a parameter
knows whether it wants an array or, as for metadata, a mapping whose keys happen to be numbers.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from revenue_intel.testing.standin.faults import ApiFault

Form = dict[str, "str | Form"]

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)\Z")
_MAX_FIELDS = 2000
_MAX_DEPTH = 8


def decode(raw: bytes) -> Form:
    """Decode a form body or a query string.

    Raises:
        ApiFault: not UTF-8, too many or too deeply nested fields, or a name that makes no sense.
    """
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError as problem:  # UnicodeDecodeError is one
        raise ApiFault("Invalid request: the parameters are not a UTF-8 form of a sane size.") from problem
    form: Form = {}
    for name, value in pairs:
        _put(form, name, value)
    return form


def _put(form: Form, name: str, value: str) -> None:
    match = _NAME.match(name)
    if match is None:
        raise ApiFault(f"Invalid parameter name: {name[:100]}", param=name[:100])
    path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(path) > _MAX_DEPTH or "" in path[:-1]:
        raise ApiFault(f"Invalid parameter name: {name[:100]}", param=name[:100])
    inner = form
    for part in path[:-1]:
        step = inner.setdefault(part, {})
        if isinstance(step, str):
            raise ApiFault(f"Invalid {path[0]}: both a value and a hash", param=path[0])
        inner = step
    last = path[-1] or str(len(inner))  # "a[]" appends
    if isinstance(inner.get(last), dict):
        raise ApiFault(f"Invalid {path[0]}: both a value and a hash", param=path[0])
    inner[last] = value
