"""Every route and every role is in ``contracts/rbac_matrix.json``, and each answers as it says there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from revenue_intel.access.permissions import Permission
from revenue_intel.access.roles import RIGHTS, Role
from revenue_intel.kit.contracts import load_contract
from tests.factories import make_order, make_product
from tests.factories_users import client_of

MATRIX = load_contract("rbac_matrix.json")
ROUTES: dict[str, dict[str, Any]] = MATRIX["routes"]
PAGE = Path(__file__).parents[2] / "docs" / "rbac_matrix.md"
CASES = [(name, role) for name in ROUTES for role in MATRIX["roles"]]


def walk(resolver: URLResolver, prefix: str = "", names: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield name and path of every route below ``resolver``."""
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield ":".join([*names, entry.name or "unnamed"]), path
        else:
            inner = (*names, entry.namespace) if entry.namespace else names
            yield from walk(entry, path, inner)


def our_routes() -> dict[str, str]:
    included = next(
        entry
        for entry in get_resolver("tests.urls").url_patterns
        if isinstance(entry, URLResolver)
        and str(getattr(entry.urlconf_name, "__name__", "")) == "revenue_intel.urls"
    )
    return dict(walk(included))


@pytest.fixture
def ask() -> Any:
    order = make_order("R-OF-SOMEBODY-ELSE", [(make_product(), 1)], user=User.objects.create_user("owner"))

    def ask(name: str, role: str) -> int:
        route = ROUTES[name]
        values = {"reference": order.reference, "name": "nowhere", "slug": "revenue"}
        parameters = {key: value for key, value in values.items() if f"<{key}>" in route["path"]}
        answer = client_of(role).generic(
            route["method"], reverse(name, kwargs=parameters), b"{}", content_type="application/json"
        )
        answer.close()
        return int(answer.status_code)

    return ask


def test_every_route_is_in_the_matrix_under_its_path_and_nothing_else_is():
    paths = {name: re.sub(r"<\w+:", "<", path) for name, path in our_routes().items()}

    assert paths == {name: route["path"] for name, route in ROUTES.items()}


def test_every_role_is_in_every_row():
    assert MATRIX["roles"] == [role.value for role in Role]
    for route in ROUTES.values():
        assert list(route["responses"]) == MATRIX["roles"]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "role"), CASES, ids=[f"{name}-{role}" for name, role in CASES])
def test_each_route_answers_each_role_as_promised(ask, name, role):
    assert ask(name, role) == ROUTES[name]["responses"][role]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", [name for name, route in ROUTES.items() if route["responses"]["anonymous"] == 302]
)
def test_who_is_not_logged_in_is_sent_to_log_in_and_comes_back(client, name):
    route = ROUTES[name]
    values = {"reference": "R1", "slug": "revenue"}
    parameters = {key: value for key, value in values.items() if f"<{key}>" in route["path"]}

    answer = client.generic(route["method"], reverse(name, kwargs=parameters))

    assert answer.headers["Location"].startswith("/accounts/login/?next=/")


def test_the_rights_of_the_roles_are_those_of_the_code():
    expected = {role.value: {right.value for right in RIGHTS.get(role, ())} for role in Role}

    assert {role: set(rights) for role, rights in MATRIX["rights"].items()} == expected
    assert set(MATRIX["rights"]["admin"]) == {right.value for right in Permission}


def test_the_page_is_made_from_the_matrix():
    printed = StringIO()
    call_command("revenue_sync_roles", "--print-matrix", stdout=printed)

    assert PAGE.read_text(encoding="utf-8") == printed.getvalue(), (
        "docs/rbac_matrix.md is out of date: python manage.py revenue_sync_roles --print-matrix > docs/rbac_matrix.md"
    )
