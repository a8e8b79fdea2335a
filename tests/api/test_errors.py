"""Every error has a status, and none tells outsiders what broke inside."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from revenue_intel import exceptions
from revenue_intel.api.errors import STATUS, answer_error, status_of
from revenue_intel.exceptions import RevenueIntelError


def classes(root: type[RevenueIntelError] = RevenueIntelError) -> Iterator[type[RevenueIntelError]]:
    for one in root.__subclasses__():
        yield one
        yield from classes(one)


def test_every_leaf_of_the_error_tree_has_a_status():
    ours = [one for one in classes() if one.__module__ == exceptions.__name__ and not one.__subclasses__()]

    assert {one.__name__ for one in ours if one not in STATUS} == set()


def test_an_error_is_answered_with_its_code_and_words():
    answer = answer_error(exceptions.OrderNotFoundError("There is no order R1."), {})

    assert answer is not None
    assert answer.status_code == 404
    assert answer.data == {"error": {"code": "order_not_found", "message": "There is no order R1."}}


def test_a_subclass_of_a_hosts_has_the_status_of_its_base():
    class ShopMismatch(exceptions.PaymentMismatchError):
        """The shop says no."""

    assert status_of(ShopMismatch()) == HTTPStatus.CONFLICT


def test_an_error_of_no_class_we_know_is_ours():
    assert status_of(RevenueIntelError()) == HTTPStatus.INTERNAL_SERVER_ERROR


@pytest.mark.parametrize(
    "error", [exceptions.ConfigurationError("the key sk_live_1"), RevenueIntelError("secret")]
)
def test_a_fault_of_ours_is_not_described(error):
    answer = answer_error(error, {})

    assert answer is not None
    assert answer.status_code == 500
    assert answer.data == {"error": {"code": "error", "message": "Something went wrong on our side."}}


@pytest.mark.parametrize(("error", "status"), [(Http404("x"), 404), (PermissionDenied("x"), 403)])
def test_djangos_own_errors_are_in_the_same_shape(error, status):
    answer = answer_error(error, {})

    assert answer is not None
    assert answer.status_code == status
    assert set(answer.data["error"]) == {"code", "message"}


def test_what_nobody_foresaw_goes_up():
    assert answer_error(RuntimeError("boom"), {}) is None
