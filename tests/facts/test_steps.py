"""A step is a known one, taken by somebody; whatever text comes with it is only text."""

from __future__ import annotations

import pytest

from revenue_intel.facts.models import Customer, FunnelStep
from revenue_intel.facts.services import record_step
from tests.factories import CREATED_AT

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("step", ["wishlisted", "carted", "checkout_started"])
def test_every_step_before_the_purchase_can_be_taken(step):
    taken = record_step(step=step, at=CREATED_AT, subject="mug", user_id="7")

    assert (str(taken), taken.at) == (f"{step} mug", CREATED_AT)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"step": "purchased"},
        {"step": ""},
        {"step": "WISHLISTED"},
        {"user_id": "", "email": ""},
        {"user_id": "", "email": "  "},
    ],
    ids=["a purchase is no step", "no step", "capitals", "nobody", "blank"],
)
def test_nonsense_is_refused_and_leaves_nothing(nonsense):
    known = {
        "step": "wishlisted",
        "at": CREATED_AT,
        "subject": "mug",
        "user_id": "7",
        "email": "ada@example.com",
    }

    with pytest.raises(ValueError, match=r"record_step needs|not a valid"):
        record_step(**{**known, **nonsense})

    assert not FunnelStep.objects.exists()
    assert not Customer.objects.exists()


HOSTILE = ["'; DROP TABLE revenue_intel_funnelstep; --", "<script>", "名前 \u202e", "%s %(x)s {}", "x" * 5000]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_is_only_text_and_the_same_step_again_is_still_found(text):
    first = record_step(step="carted", at=CREATED_AT, subject=text, email=text)

    assert record_step(step="carted", at=CREATED_AT, subject=text, email=text) == first
    assert FunnelStep.objects.get().subject == text[:255]
