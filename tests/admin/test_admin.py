"""The admin shows everything and changes nothing, not even for a superuser."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils import timezone

from revenue_intel.audit.models import AuditEvent
from revenue_intel.audit.services import record_action
from revenue_intel.facts.models import OrderFact, OrderLineFact
from revenue_intel.webhooks.models import StripeEvent

pytestmark = pytest.mark.django_db

#: RevenueAccess has no table.
MODELS = [model for model in apps.get_app_config("revenue_intel").get_models() if model._meta.managed]


@pytest.fixture
def boss(client) -> Any:
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def event() -> StripeEvent:
    now = timezone.now()
    return StripeEvent.objects.create(
        source="default",
        event_id="evt_1",
        type="payment_intent.succeeded",
        livemode=False,
        created_at=now,
        received_at=now,
        body='{"receipt_email": "ada@example.com"}',
    )


def address(model: Any, page: str, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_a_list_that_can_be_searched(boss, model):
    answer = boss.get(address(model, "changelist"), {"q": "x"})

    assert answer.status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_nobody_adds_changes_or_deletes(rf, model):
    request = rf.get("/")
    request.user = User.objects.create_superuser("boss")
    shown = admin.site.get_model_admin(model)

    assert shown.has_view_permission(request)
    assert not shown.has_add_permission(request)
    assert not shown.has_change_permission(request)
    assert not shown.has_delete_permission(request)
    assert "delete_selected" not in shown.get_actions(request)


def test_an_audit_line_can_be_read_and_neither_posted_nor_deleted(boss):
    record_action(actor="stripe", action="order.settled", subject="R1")
    line = AuditEvent.objects.get()
    page = address(type(line), "change", line.pk)

    assert boss.get(page).status_code == 200
    assert boss.post(page, {"actor": "somebody else"}).status_code == 403
    assert boss.post(address(type(line), "delete", line.pk), {"post": "yes"}).status_code == 403
    assert boss.get(address(type(line), "add")).status_code == 403


def test_an_order_is_shown_with_its_lines(boss):
    order = OrderFact.objects.create(
        reference="R1", total_minor=1000, currency="gbp", livemode=False, created_at=timezone.now()
    )
    OrderLineFact.objects.create(
        order=order,
        line_key="1",
        product_key="7",
        product_name="<b>Mug</b>",
        quantity=1,
        unit_amount_minor=1000,
        amount_minor=1000,
    )

    html = boss.get(address(OrderFact, "change", order.pk)).content.decode()

    assert "&lt;b&gt;Mug&lt;/b&gt;" in html
    assert 'name="lines-MAX_NUM_FORMS" value="0"' in html


def test_a_superuser_sees_the_body_of_an_event(boss, event):
    assert "ada@example.com" in boss.get(address(StripeEvent, "change", event.pk)).content.decode()


def test_staff_who_may_view_events_do_not_see_the_body(client, event):
    staff = User.objects.create_user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_stripeevent"))
    client.force_login(staff)

    answer = client.get(address(StripeEvent, "change", event.pk))

    assert answer.status_code == 200
    assert "evt_1" in answer.content.decode()
    assert "ada@example.com" not in answer.content.decode()
