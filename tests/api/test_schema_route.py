"""``GET api/v1/schema/`` answers the kept description, to those who may see the dashboard."""

from __future__ import annotations

import pytest

from revenue_intel.kit.contracts import load_contract
from tests.factories_users import client_of

pytestmark = pytest.mark.django_db

URL = "/api/v1/schema/"


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_the_route_answers_the_kept_description(accept):
    answer = client_of("analyst").get(URL, headers={"accept": accept})

    assert answer.json() == load_contract("openapi.json")


@pytest.mark.parametrize("role", ["anonymous", "customer"])
def test_who_may_not_see_the_dashboard_is_refused(role):
    answer = client_of(role).get(URL)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] in {"not_authenticated", "permission_denied"}
