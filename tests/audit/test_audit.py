"""The audit log takes lines and gives none back: nobody changes or deletes one."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from revenue_intel.audit.models import AuditEvent
from revenue_intel.audit.services import actor_of, record_action

pytestmark = pytest.mark.django_db


def test_an_action_is_recorded_with_its_time():
    record_action(actor="command:x", action="export.written", subject="orders", detail={"rows": 3})

    event = AuditEvent.objects.get()
    assert event.at is not None
    assert str(event) == "command:x export.written orders"
    assert event.detail == {"rows": 3}


def test_without_detail_there_is_an_empty_one():
    record_action(actor="stripe", action="a", subject="s")

    assert AuditEvent.objects.get().detail == {}


def test_an_actor_is_named_by_key_and_not_by_name():
    user = User.objects.create_user("ada", email="ada@example.com")

    assert actor_of(user) == f"user:{user.pk}"


def test_a_line_cannot_be_changed_or_deleted_through_the_models():
    record_action(actor="stripe", action="a", subject="s")
    event = AuditEvent.objects.get()

    for attempt in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(actor="somebody else"),
    ):
        with pytest.raises(TypeError, match="append-only"):
            attempt()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE revenue_intel_auditevent SET actor = 'somebody else'",
        pytest.param(
            "DELETE FROM revenue_intel_auditevent",
            marks=pytest.mark.skipif(
                connection.vendor != "postgresql", reason="SQLite's guard refuses changes, not deletion"
            ),
        ),
    ],
)
def test_a_line_cannot_be_changed_in_sql_either(statement):
    record_action(actor="stripe", action="a", subject="s")

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEvent.objects.get().actor == "stripe"
