"""Around every page: strict enough for any content policy, and at home in any host."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from django.test.utils import override_script_prefix

from tests.dashboard.reading import Tags, text_of
from tests.factories_facts import paid
from tests.factories_users import client_of

pytestmark = pytest.mark.django_db

PAGES = [
    "/analytics/dashboard/",
    "/analytics/dashboard/?days=13",
    "/analytics/reports/?as_of=2026-03-30",
    "/analytics/reports/?days=13",
    "/analytics/parts/revenue/?as_of=2026-03-30",
    "/analytics/parts/aov/?as_of=2026-03-30",
    "/monitoring/issues/",
]


@pytest.mark.parametrize("url", PAGES)
def test_no_page_has_scripts_styles_of_its_own_or_anything_from_elsewhere(url):
    paid(5_00, on="2026-03-29")

    tags = Tags(text_of(client_of("admin").get(url))).tags

    assert not {tag for tag, _ in tags} & {"script", "style", "img", "iframe"}
    for tag, attributes in tags:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src"):
            assert not (attributes.get(name) or "").startswith(("http:", "https:", "//")), tag


@pytest.mark.parametrize("url", PAGES)
def test_icon_and_style_sheet_are_ours_and_exist(url):
    tags = Tags(text_of(client_of("admin").get(url))).tags

    files = {attributes["rel"]: attributes["href"] or "" for tag, attributes in tags if tag == "link"}
    assert set(files) == {"icon", "stylesheet"}
    for address in files.values():
        assert finders.find(address.removeprefix("/static/"))


@pytest.mark.parametrize("url", PAGES)
def test_every_id_is_there_once_and_every_reference_finds_its_own(url):
    attributes = [found for _, found in Tags(text_of(client_of("admin").get(url))).tags]

    ids = [found["id"] for found in attributes if "id" in found]
    assert len(ids) == len(set(ids))
    for found in attributes:
        assert set((found.get("aria-labelledby") or "").split()) <= set(ids)


def test_the_name_of_the_visitor_is_escaped():
    client = Client()
    client.force_login(User.objects.create_superuser("<b>boss</b>"))

    html = text_of(client.get("/analytics/dashboard/"))

    assert "&lt;b&gt;boss&lt;/b&gt;" in html
    assert "<b>boss" not in html


def test_a_host_below_a_prefix_is_led_back_to_its_own_beginning():
    client = client_of("admin")
    assert settings.STATIC_URL == "/static/", (
        "Django keeps the first answer: asked below the prefix, it stays there"
    )
    with override_script_prefix("/shop/"):
        links = Tags(text_of(client.get("/analytics/dashboard/"))).links()

    assert "/shop/" in links
    assert "/shop/monitoring/issues/" in links


def test_the_dashboard_alone_links_to_no_issues(settings):
    settings.ROOT_URLCONF = "tests.dashboard.urls_analytics_alone"

    answer = client_of("admin").get("/analytics/dashboard/")

    assert answer.status_code == 200
    assert not [link for link in Tags(text_of(answer)).links() if "issues" in link]


def test_the_issues_alone_link_to_no_dashboard(settings):
    settings.ROOT_URLCONF = "tests.dashboard.urls_monitoring_alone"

    answer = client_of("admin").get("/monitoring/issues/")

    assert answer.status_code == 200
    assert not [link for link in Tags(text_of(answer)).links() if "dashboard" in link]
