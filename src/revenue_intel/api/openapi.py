"""The OpenAPI description of this interface; kept in ``contracts/openapi.json`` as well."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from revenue_intel import __version__

#: Whatever a host has set for a description of its own, ours is made with these.
SETTINGS: Final[dict[str, Any]] = {
    "TITLE": "revenue-intel",
    "DESCRIPTION": "Revenue numbers of a shop, from its signed Stripe events.",
    "VERSION": __version__,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": [],
    "POSTPROCESSING_HOOKS": [],
}


def build_description() -> dict[str, Any]:
    """Return the description of our routes, and of none of the host's."""
    with patched_settings(SETTINGS):
        generator = SchemaGenerator(urlconf="revenue_intel.urls.api")  # type: ignore[no-untyped-call]
        description: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return description
