"""The doctor says what is missing and what to type, and never crashes itself."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from revenue_intel.access.roles import sync_roles
from revenue_intel.shop import ModelShop
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


class ForgetfulShop(ModelShop):
    order_model = "host.Order"

    def find_order(self, reference, *, lock=False):
        return None


@pytest.fixture(autouse=True)
def roles():
    sync_roles()


def consult() -> str:
    output = StringIO()
    call_command("revenue_doctor", stdout=output)
    return output.getvalue()


def consult_in_vain() -> str:
    output = StringIO()
    with pytest.raises(CommandError, match="Essential and not in order: 1") as failure:
        call_command("revenue_doctor", stdout=output)
    assert failure.value.returncode == 1
    return output.getvalue()


def test_a_sound_installation_is_told_so_line_by_line():
    said = consult()

    assert "✗" not in said
    for line in (
        "the settings are sound",
        "payments can be started",
        "webhook secrets: 1",
        "Stripe's endpoint is https://<your host>/payments/webhook/",
        "migrations are applied",
        "the append-only tables are guarded",
        "roles are set up",
        "the adapter was not tried",
        "events of the last 30 days: none; delivered again: 0",
    ):
        assert line in said


def test_a_recent_order_is_described_by_the_adapter():
    make_order("R-NEW", [(make_product(), 1)])

    assert "✓  the adapter describes order R-NEW" in consult()


def test_an_order_that_changed_long_ago_is_not_tried():
    order = make_order("R-OLD", [(make_product(), 1)])
    type(order).objects.update(updated_at=timezone.now() - timedelta(days=31))

    assert "the adapter was not tried" in consult()


def test_an_adapter_that_does_not_find_what_it_described_is_ill(settings):
    settings.REVENUE_INTEL_SHOP = f"{__name__}.ForgetfulShop"
    make_order("R-NEW")

    assert "✗  the adapter describes order R-NEW, but does not find it again" in consult_in_vain()


def test_without_an_adapter_numbers_still_work(settings):
    settings.REVENUE_INTEL_SHOP = ""

    assert "there is no adapter" in consult()


def test_a_setting_that_is_wrong_is_told_with_its_remedy(settings):
    settings.REVENUE_INTEL_CURRENCY = "pounds"

    said = consult_in_vain()

    assert "(revenue_intel.E004)" in said
    assert '-> Type a code in lower case: REVENUE_INTEL_CURRENCY = "gbp".' in said


def test_a_setting_that_is_odd_is_told_and_is_not_essential(settings):
    settings.REVENUE_INTEL_CURENCY = "gbp"

    assert "✗  REVENUE_INTEL_CURENCY: there is no such setting. (revenue_intel.W004)" in consult()


def test_without_webhook_secrets_nothing_works(settings):
    settings.REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS = []

    assert "no event can be taken in" in consult_in_vain()


def test_without_a_secret_key_webhooks_still_work(settings):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""

    assert "no payment can be started" in consult()


def test_roles_that_are_not_set_up_are_told():
    sync_roles()
    from django.contrib.auth.models import Group

    Group.objects.all().delete()

    said = consult_in_vain()

    assert "roles are not set up: admin, ops, analyst" in said
    assert "-> python manage.py revenue_sync_roles" in said


def test_a_missing_guard_is_told():
    table = "revenue_intel_ledgerentry"
    on_table = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{table}_append_only"{on_table}')

    assert f"can be changed: {table}" in consult_in_vain()


def test_missing_migrations_are_told():
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="revenue_intel").delete()

    said = consult_in_vain()

    assert "migrations are missing: revenue_intel.0001_initial" in said
    assert "-> python manage.py migrate" in said


def test_an_examination_that_fails_is_a_finding_itself(settings):
    settings.ROOT_URLCONF = "django.contrib.auth.urls"

    said = consult_in_vain()

    assert "webhook address: cannot be examined (NoReverseMatch" in said


def test_events_are_counted_and_types_that_nobody_knows_are_named():
    deliver(payment_succeeded("R1", 1900))
    deliver(payment_succeeded("R1", 1900, intent="pi_2") | {"type": "tax.form.filed"})

    said = consult()

    assert "events of the last 30 days: 1 ignored, 1 parked; delivered again: 0" in said
    assert "types that are not known here came in: tax.form.filed" in said
    assert "-> python manage.py revenue_required_events" in said
