"""Every route of the shop × every role answers what ``rbac_matrix.json`` says, and no route is missing there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from revenue_intel.access.roles import Role
from shop.models import Order, Product

MATRIX: dict[str, Any] = json.loads((Path(__file__).parents[2] / "rbac_matrix.json").read_text())
ARGUMENTS: dict[str, dict[str, Any]] = {
    "shop:product": {"slug": "cap"},
    "shop:add-to-cart": {"slug": "cap"},
    "shop:add-to-wishlist": {"slug": "cap"},
    "shop:remove-from-wishlist": {"slug": "cap"},
    "shop:change-line": {"key": 1},
    "shop:remove-line": {"key": 1},
}
LEADS_TO_LOG_IN = {
    "shop:wishlist",
    "shop:add-to-wishlist",
    "shop:remove-from-wishlist",
    "shop:checkout",
    "shop:orders",
    "shop:order",
    "shop:order-status",
    "shop:staff-orders",
    "shop:staff-order",
    "shop:cancel-order",
    "shop:fulfil-order",
    "shop:refund-order",
}
CASES = [
    pytest.param(entry["route"], method, Role(role), status, id=f"{entry['route']}-{method}-{role}")
    for entry in MATRIX["routes"]
    for method in ("GET", "POST")
    for role, status in zip(MATRIX["roles"], entry[method], strict=True)
]


def _walk(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, namespace or pattern.namespace or "")
        else:
            yield namespace, pattern.name or ""


def test_the_matrix_names_every_route_of_the_shop() -> None:
    routes = set(_walk(get_resolver().url_patterns))

    named = {tuple(entry["route"].split(":")) for entry in MATRIX["routes"]}

    assert {route for route in routes if route[0] not in MATRIX["elsewhere"]} == named


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "method", "role", "status"), CASES)
def test_a_route_answers_a_role_as_the_matrix_says(
    route: str,
    method: str,
    role: Role,
    status: int,
    browser: Callable[..., Client],
    order: Order,
) -> None:
    takes_order = "order" in route and not route.endswith("orders")
    arguments = ARGUMENTS.get(route, {"reference": order.reference} if takes_order else {})

    response = browser(role).generic(
        method, reverse(route, kwargs=arguments), "quantity=1", "application/x-www-form-urlencoded"
    )

    assert response.status_code == status
    if role is Role.ANONYMOUS and status == 302 and route in LEADS_TO_LOG_IN:
        assert response["Location"].startswith(reverse("accounts:login"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "entry", [e for e in MATRIX["routes"] if 405 not in e["POST"]], ids=lambda e: e["route"]
)
def test_a_change_without_a_csrf_token_is_refused(entry: dict[str, Any], cap: Product) -> None:
    takes_order = "order" in entry["route"]
    arguments = ARGUMENTS.get(entry["route"], {"reference": "HG-1"} if takes_order else {})
    client = Client(enforce_csrf_checks=True)

    response = client.post(reverse(entry["route"], kwargs=arguments))

    assert response.status_code == 403
