"""The example's settings: the demo needs nothing, production has no defaults, Stripe is used when keyed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.example import example_shop

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "example_project.settings_prod",
    "SECRET_KEY": "k" * 25 + "0123456789" + "abcdefghijklmnopqrst",
    "ALLOWED_HOSTS": "shop.example, www.shop.example",
    "PGDATABASE": "shop",
    "STRIPE_SECRET_KEY": "sk_live_x",
    "STRIPE_WEBHOOK_SECRETS": "whsec_new, whsec_old",
}
PRINT_SETTINGS = """
import json
from django.conf import settings
names = ["DEBUG", "ALLOWED_HOSTS", "DATABASES", "SECURE_CSP"]
names += [name for name in dir(settings) if name.startswith("REVENUE_INTEL_")]
print(json.dumps({name: getattr(settings, name, None) for name in names}, default=str))
"""


def settings_of(tmp_path: Path, **environ: str) -> dict[str, Any]:
    """Return the interesting settings that the shop starts with."""
    result = example_shop.run(
        "-c",
        PRINT_SETTINGS,
        **{
            "DJANGO_SETTINGS_MODULE": "example_project.settings",
            "EXAMPLE_DB": str(tmp_path / "shop.sqlite3"),
            **environ,
        },
    )
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_without_keys_the_shop_talks_to_the_stand_in(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, STRIPE_API_BASE="http://127.0.0.1:5000")

    assert settings["REVENUE_INTEL_STRIPE_SECRET_KEY"] == "sk_test_standin"
    assert settings["REVENUE_INTEL_STRIPE_API_BASE"] == "http://127.0.0.1:5000"
    assert settings["REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS"] == ["whsec_demo"]
    assert settings["REVENUE_INTEL_LIVEMODE"] is False


@pytest.mark.parametrize(("key", "live"), [("sk_test_1", False), ("rk_live_1", True), ("sk_live_1", True)])
def test_with_keys_the_shop_talks_to_stripe(tmp_path: Path, key: str, live: bool) -> None:
    settings = settings_of(tmp_path, STRIPE_SECRET_KEY=key, STRIPE_WEBHOOK_SECRETS=" whsec_a, ,whsec_b ")

    assert settings["REVENUE_INTEL_STRIPE_SECRET_KEY"] == key
    assert settings["REVENUE_INTEL_STRIPE_API_BASE"] == ""
    assert settings["REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS"] == ["whsec_a", "whsec_b"]
    assert settings["REVENUE_INTEL_LIVEMODE"] is live


@pytest.mark.parametrize("missing", [name for name in PRODUCTION if name != "DJANGO_SETTINGS_MODULE"])
def test_production_does_not_start_without_a_variable_it_needs_and_names_it(
    tmp_path: Path, missing: str
) -> None:
    environ = {name: value for name, value in PRODUCTION.items() if name != missing}

    result = example_shop.run("manage.py", "check", EXAMPLE_DB=str(tmp_path / "unused"), **environ)

    assert result.returncode != 0
    assert f"ImproperlyConfigured: Set the environment variable {missing}:" in result.stderr


def test_production_passes_the_deployment_checks(tmp_path: Path) -> None:
    result = example_shop.run(
        "manage.py",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        EXAMPLE_DB=str(tmp_path / "unused"),
        **PRODUCTION,
    )

    assert result.returncode == 0, result.stderr


def test_production_runs_on_the_database_it_was_given(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, **PRODUCTION)

    assert settings["DEBUG"] is False
    assert settings["ALLOWED_HOSTS"] == ["shop.example", "www.shop.example"]
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert settings["DATABASES"]["default"]["NAME"] == "shop"
    assert settings["REVENUE_INTEL_LIVEMODE"] is True
