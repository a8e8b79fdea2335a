"""What a route is: method, path, parameters, and the call of the API behind them.

Each desk lists its own routes in ``ROUTES``; :data:`~revenue_intel.testing.standin.api.ROUTES` gathers them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.params import Reader, Spec, integer, text


@dataclass(frozen=True, kw_only=True)
class Route:
    """One thing that can be asked of the API."""

    method: str
    path: str
    call: Callable[..., Payload]
    spec: Spec = field(default_factory=lambda: Spec(readers={}))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as an expression with one group per identifier."""
        return re.compile(self.path.replace("{id}", "([A-Za-z0-9_-]{1,255})"))


Routes = tuple[Route, ...]
Kinds = tuple[str, ...]


def get(path: str, call: Callable[..., Payload]) -> Route:
    """Return the route that shows one object."""
    return Route(method="GET", path=path, call=call)


def listing(
    path: str, call: Callable[..., Payload], *, ignored: tuple[str, ...] = (), **filters: Reader
) -> Route:
    """Return the route of a list, with the parameters of every list and filters of its own."""
    readers = {"limit": integer, "starting_after": text, "ending_before": text, **filters}
    return Route(method="GET", path=path, call=call, spec=Spec(readers=readers, ignored=ignored))


def post(
    path: str,
    call: Callable[..., Payload],
    readers: Mapping[str, Reader] | None = None,
    *,
    required: tuple[str, ...] = (),
    ignored: tuple[str, ...] = (),
) -> Route:
    """Return a route that changes something."""
    spec = Spec(readers=readers or {}, required=required, ignored=ignored)
    return Route(method="POST", path=path, call=call, spec=spec)


def delete(path: str, call: Callable[..., Payload], readers: Mapping[str, Reader] | None = None) -> Route:
    """Return a route that ends something."""
    return Route(method="DELETE", path=path, call=call, spec=Spec(readers=readers or {}))


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Route, tuple[Any, ...]]:
    """Return the route of a request and the identifiers in its path.

    Raises:
        ApiFault: there is none; 404, also for a wrong method, as at Stripe.
    """
    for route in routes:
        match = route.pattern.fullmatch(path)
        if match is not None and route.method == method:
            return route, match.groups()
    raise ApiFault(f"Unrecognized request URL ({method}: {path[:200]}).", status=404)
