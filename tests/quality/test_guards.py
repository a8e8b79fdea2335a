"""The check of the guards: red when a trigger is missing or disabled."""

from __future__ import annotations

import pytest
from django.db import connection

from revenue_intel.kit.append_only import append_only_models, install_guards
from revenue_intel.quality.checks.guards import GUARDS

pytestmark = pytest.mark.django_db

LEDGER = "revenue_intel_ledgerentry"


def drop_guard(table: str) -> None:
    on_table = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{table}_append_only"{on_table}')


def test_after_migrate_every_guard_stands():
    assert append_only_models()
    assert list(GUARDS.run()) == []


def test_a_missing_trigger_is_a_finding_and_the_installer_mends_it():
    drop_guard(LEDGER)

    assert [finding.subject for finding in GUARDS.run()] == [LEDGER]

    install_guards(using="default")
    assert list(GUARDS.run()) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL can disable a trigger")
def test_a_disabled_trigger_is_a_finding():
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{LEDGER}" DISABLE TRIGGER "{LEDGER}_append_only"')

    assert [finding.subject for finding in GUARDS.run()] == [LEDGER]
