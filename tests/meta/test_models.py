"""Tables and migrations agree, and no foreign key leaves the package or points up the house."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models import Model

from tests.meta.tree import ROOT
from tests.threads import postgres_only


def rooms() -> dict[str, int]:
    """Return each room's height in the house, as import-linter has it; the lowest is 0."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(each for each in contracts["contracts"] if each["type"] == "layers")["layers"]
    return {
        room.strip(" ()"): height
        for height, layer in enumerate(reversed(layers))
        for room in layer.replace("|", ":").split(":")
    }


def room_of(model: type[Model]) -> str:
    return model.__module__.split(".")[1]


def foreign_keys() -> Iterator[tuple[type[Model], Any, Any]]:
    for model in apps.get_app_config("revenue_intel").get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if field.is_relation and not field.auto_created and field.related_model:
                yield model, field, field.related_model


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "revenue_intel", "host", check_changes=True, dry_run=True, verbosity=1)


@pytest.mark.django_db
def test_system_checks_are_silent():
    call_command("check", fail_level="WARNING")


def test_no_foreign_key_points_at_a_model_of_the_host():
    outside = [
        f"{model.__name__}.{field.name} -> {target._meta.label}"
        for model, field, target in foreign_keys()
        if target._meta.app_label != "revenue_intel"
    ]

    assert not outside


def test_no_foreign_key_points_up_or_sideways_in_the_house():
    heights = rooms()

    upward = [
        f"{model.__module__}.{model.__name__}.{field.name} -> {target.__module__}"
        for model, field, target in foreign_keys()
        if target._meta.app_label == "revenue_intel"
        and room_of(model) != room_of(target)
        and heights[room_of(target)] >= heights[room_of(model)]
    ]

    assert not upward


@postgres_only
@pytest.mark.django_db
def test_no_table_keeps_an_index_for_like_that_nobody_asks():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename LIKE 'revenue_intel_%' AND indexdef LIKE '%_pattern_ops%'"
        )
        found = [name for (name,) in cursor.fetchall()]

    assert not found, "Drop them in the migration that makes them, as 0020 does."
