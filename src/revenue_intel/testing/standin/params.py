"""Read decoded form parameters into Python values, refusing what Stripe would refuse.

A *reader* takes the parameter's name and its decoded form and returns the value. A :class:`Spec` says
which parameters a route takes; the ones it does not name are refused, because a stand-in that silently
ignores ``discounts`` would let a test pass that fails at Stripe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from revenue_intel.testing.standin.faults import ApiFault, missing_param, unknown_param
from revenue_intel.testing.standin.forms import Form

Reader = Callable[[str, "str | Form"], Any]

_INTEGER = re.compile(r"-?[0-9]{1,15}\Z", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """The parameters of a route.

    Attributes:
        readers: parameter → reader.
        required: those that must be there.
        ignored: those Stripe knows and the stand-in takes without acting on them.
    """

    readers: Mapping[str, Reader]
    required: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    def read(self, form: Form, *, within: str = "") -> dict[str, Any]:
        """Return the given parameters as values.

        Raises:
            ApiFault: one is missing, unknown or malformed.
        """
        for name in self.required:
            if name not in form:
                raise missing_param(_nested(within, name))
        values = {}
        for name, raw in form.items():
            reader = self.readers.get(name)
            if reader is not None:
                values[name] = reader(_nested(within, name), raw)
            elif name not in self.ignored:
                raise unknown_param(_nested(within, name))
        return values


def _nested(within: str, name: str) -> str:
    return f"{within}[{name}]" if within else name


def clearable(param: str, raw: str | Form) -> str:
    """Read a string in which an empty one means "unset"."""
    if not isinstance(raw, str):
        raise ApiFault(f"Invalid string: {param} is a hash", param=param)
    if len(raw) > 5000:
        raise ApiFault(
            f"Invalid string: {param}; must be at most 5000 characters", code="parameter_invalid", param=param
        )
    return raw


def text(param: str, raw: str | Form) -> str:
    """Read a string that must not be empty."""
    value = clearable(param, raw)
    if not value:
        raise ApiFault(
            f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a "
            f"parameter; however '{param}' cannot be unset.",
            code="parameter_invalid_empty",
            param=param,
        )
    return value


def integer(param: str, raw: str | Form) -> int:
    """Read a whole number."""
    if not isinstance(raw, str) or not _INTEGER.match(raw):
        shown = raw[:50] if isinstance(raw, str) else "a hash"
        raise ApiFault(f"Invalid integer: {shown}", code="parameter_invalid_integer", param=param)
    return int(raw)


def between(lowest: int, highest: int) -> Reader:
    """Return a reader for whole numbers within bounds."""

    def read(param: str, raw: str | Form) -> int:
        value = integer(param, raw)
        if not lowest <= value <= highest:
            raise ApiFault(f"Invalid {param}: must be from {lowest} to {highest}", param=param)
        return value

    return read


def boolean(param: str, raw: str | Form) -> bool:
    """Read ``true`` or ``false``."""
    if raw not in ("true", "false"):
        raise ApiFault(f"Invalid boolean: {param} must be true or false", param=param)
    return raw == "true"


def one_of(*choices: str) -> Reader:
    """Return a reader for a closed set of words."""

    def read(param: str, raw: str | Form) -> str:
        value = text(param, raw)
        if value not in choices:
            raise ApiFault(f"Invalid {param}: must be one of {', '.join(choices)}", param=param)
        return value

    return read


def mapping(param: str, raw: str | Form) -> Form:
    """Read a hash as it is."""
    if isinstance(raw, str):
        raise ApiFault(f"Invalid hash: {param}", code="parameter_invalid", param=param)
    return raw


def metadata(param: str, raw: str | Form) -> dict[str, str]:
    """Read metadata; an empty string clears all of it (an empty mapping with the key ``""``)."""
    if raw == "":
        return {"": ""}
    values: dict[str, str] = {}
    for key, value in mapping(param, raw).items():
        if not isinstance(value, str) or len(key) > 40 or len(value) > 500:
            raise ApiFault(
                f"Invalid {param}: keys have at most 40 characters, values are strings of at most 500",
                param=f"{param}[{key[:40]}]",
            )
        values[key] = value
    return values


def array(item: Reader) -> Reader:
    """Return a reader for arrays, ``a[0]=…`` or ``a[]=…``."""

    def read(param: str, raw: str | Form) -> list[Any]:
        elements = mapping(param, raw)
        if not all(re.fullmatch(r"[0-9]{1,4}", key, re.ASCII) for key in elements):
            raise ApiFault(f"Invalid array: {param}", code="parameter_invalid", param=param)
        return [item(f"{param}[{key}]", elements[key]) for key in sorted(elements, key=int)]

    return read


def nested(spec: Spec) -> Reader:
    """Return a reader for a hash with a spec of its own."""
    return lambda param, raw: spec.read(mapping(param, raw), within=param)


def moments(param: str, raw: str | Form) -> dict[str, int]:
    """Read a time filter: Unix seconds, or a hash of ``gt``, ``gte``, ``lt``, ``lte``."""
    if isinstance(raw, str):
        moment = integer(param, raw)
        return {"gte": moment, "lte": moment}
    bounds: dict[str, int] = Spec(readers=dict.fromkeys(("gt", "gte", "lt", "lte"), integer)).read(
        raw, within=param
    )
    return bounds
