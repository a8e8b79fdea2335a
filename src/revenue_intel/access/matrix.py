"""The matrix of routes and roles as a page (``docs/rbac_matrix.md``), made from ``contracts/rbac_matrix.json``."""

from __future__ import annotations

from typing import Any

from revenue_intel.access.permissions import Permission
from revenue_intel.kit.contracts import load_contract

INTRODUCTION = """\
# Who gets what

Made from `contracts/rbac_matrix.json` by `python manage.py revenue_sync_roles --print-matrix`; a test says
when it is out of date, and another asks every route as every role.

Roles are Django groups, made by `python manage.py revenue_sync_roles`: *Revenue admin*, *Revenue ops*,
*Revenue analyst*. A *customer* is anybody logged in who is in none of them; a superuser is an admin.
Pages send whoever is not logged in to the log-in page (302) and refuse whoever lacks the right (403).
The API refuses both (403). A shop's own routes are the shop's business.
"""


def render_matrix() -> str:
    """Return the page in Markdown."""
    matrix = load_contract("rbac_matrix.json")
    roles: list[str] = matrix["roles"]
    return "\n".join(
        [
            INTRODUCTION,
            "## Rights",
            "",
            *_table(["Right", *roles], _rights_rows(matrix, roles)),
            "",
            "## Routes",
            "",
            *_table(["Route", "Request", *roles, "Asked with"], _route_rows(matrix, roles)),
            "",
        ]
    )


def _rights_rows(matrix: dict[str, Any], roles: list[str]) -> list[list[str]]:
    return [
        [
            f"{right.label} (`{right.value}`)",
            *("yes" if right.value in matrix["rights"][role] else "" for role in roles),
        ]
        for right in Permission
    ]


def _route_rows(matrix: dict[str, Any], roles: list[str]) -> list[list[str]]:
    return [
        [
            f"`{name}`",
            f"`{route['method']} /{route['path']}`",
            *(str(route["responses"][role]) for role in roles),
            route["asked_with"],
        ]
        for name, route in matrix["routes"].items()
    ]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
