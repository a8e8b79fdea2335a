"""The system checks: each id is raised by its mistake, with a hint that says what to type."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import checks as django_checks
from django.db import models

from revenue_intel import checks
from revenue_intel.quality import mapping_values
from revenue_intel.shop import ModelShop, ShopAdapter
from tests.checks.test_mapping_mistakes import MISTAKES as MAPPING_MISTAKES


class ShopWithMissingTotal(ModelShop):
    order_model = "host.Order"
    total = "grand_total"


class ShopWithBareStock(ModelShop):
    order_model = "host.Order"
    line_variant = ""
    stock_field = "id"  # an integer without a constraint


class ShopThatNeedsArguments(ModelShop):
    order_model = "host.Order"

    def __init__(self, country: str) -> None: ...


class ShopWithStrangePolicy(ModelShop):
    order_model = "host.Order"
    restock_policy = "always"


class ShopWithStrangeState(ModelShop):
    order_model = "host.Order"
    statuses = {"settled": "paid"}


class ShopOfNeitherMoney(ModelShop):
    order_model = "host.Order"
    money = "pounds"


class ShopOfPenceWithDecimals(ModelShop):
    order_model = "host.Order"
    money = "minor"


class ShopOfPoundsWithoutDecimals(ModelShop):
    order_model = "host.Order"
    total = "id"


class ShopThatCountsPrices(ModelShop):
    order_model = "host.Order"
    stock_field = "price"


class ShopThatCountsBelowZero(ModelShop):
    order_model = "host.Order"
    stock_field = "id"


class ShopWithTwins(ModelShop):
    order_model = "host.Order"
    reference = "email"


class UnfinishedShop(ShopAdapter):
    pass


class SecondDatabase:
    """A router that keeps the host's orders elsewhere."""

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str | None:
        return "elsewhere" if model._meta.app_label == "host" else None


def raised() -> dict[str, django_checks.CheckMessage]:
    messages = django_checks.run_checks(tags=[checks.TAG])
    return {str(message.id).removeprefix("revenue_intel."): message for message in messages}


def test_the_suites_own_settings_are_sound():
    assert raised() == {}


HERE = "tests.checks.test_system_checks"

MISTAKES = [
    ("E001", {"SHOP": "nowhere.Shop"}),
    ("E001", {"SHOP": "tests.host.models.Order"}),
    ("E001", {"SHOP": f"{HERE}.UnfinishedShop"}),
    ("E001", {"SHOP": f"{HERE}.ShopThatNeedsArguments"}),
    ("E001", {"SHOP": 5}),
    ("E002", {"STRIPE_WEBHOOK_SECRETS": "whsec_one"}),
    ("E002", {"STRIPE_WEBHOOK_SECRETS": None}),
    ("W001", {"STRIPE_WEBHOOK_SECRETS": []}),
    ("W002", {"STRIPE_WEBHOOK_SECRETS": ["whsec_good", "sk_test_wrong"]}),
    ("E003", {"TIME_ZONE": "Europe/Atlantis"}),
    ("E003", {"TIME_ZONE": None}),
    ("E013", {"EVENT_MAX_ATTEMPTS": 0}),
    ("E013", {"EVENT_MAX_ATTEMPTS": True}),
    ("E013", {"EVENT_MAX_ATTEMPTS": 2.5}),
    ("E013", {"EVENT_PATIENCE_HOURS": -1}),
    ("E013", {"EVENT_PATIENCE_HOURS": "1"}),
    ("E014", {"EVENT_QUEUE": "rabbit"}),
    ("E014", {"EVENT_QUEUE": None}),
    ("E014", {"EVENT_QUEUE": ["celery"]}),
    ("W006", {"EVENT_QUEUE": "tasks"}),
    ("E004", {"CURRENCY": "pounds"}),
    ("E004", {"CURRENCY": "GBP"}),
    ("E004", {"CURRENCY": None}),
    ("E005", {"WINDOWS_DAYS": []}),
    ("E005", {"WINDOWS_DAYS": 7}),
    ("E005", {"WINDOWS_DAYS": "7"}),
    ("E005", {"WINDOWS_DAYS": [7, 0]}),
    ("E005", {"WINDOWS_DAYS": [7, 7]}),
    ("E005", {"WINDOWS_DAYS": [True]}),
    ("E005", {"WINDOWS_DAYS": ["7"]}),
    ("E006", {"EVENT_PROCESSING": "later"}),
    ("E007", {"LIVEMODE": True, "STRIPE_SECRET_KEY": "sk_test_x"}),
    ("E007", {"LIVEMODE": False, "STRIPE_SECRET_KEY": "rk_live_x"}),
    ("E007", {"LIVEMODE": "false"}),
    ("E008", {"SHOP": f"{HERE}.ShopWithMissingTotal"}),
    (
        "E009",
        {"LIVEMODE": True, "STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_API_BASE": "http://10.0.0.5:12111"},
    ),
    ("E018", {"SHOP": f"{HERE}.ShopWithStrangePolicy"}),
    ("E018", {"SHOP": f"{HERE}.ShopWithStrangeState"}),
    ("E019", {"SHOP": f"{HERE}.ShopOfNeitherMoney"}),
    ("E019", {"SHOP": f"{HERE}.ShopOfPenceWithDecimals"}),
    ("E019", {"SHOP": f"{HERE}.ShopOfPoundsWithoutDecimals"}),
    ("E020", {"SHOP": f"{HERE}.ShopThatCountsPrices"}),
    ("W009", {"SHOP": f"{HERE}.ShopWithTwins"}),
    ("W008", {"SHOP": f"{HERE}.ShopThatCountsBelowZero"}),
    ("E017", {"PAYMENT_WINDOW_SECONDS": 1800}),
    ("E017", {"PAYMENT_WINDOW_SECONDS": 86400}),
    ("E017", {"PAYMENT_WINDOW_SECONDS": "3600"}),
    ("E012", {"DATABASE_ROUTERS": [f"{HERE}.SecondDatabase"]}),
    ("E015", {"STRIPE_ENDPOINTS": ["whsec_x"]}),
    ("E015", {"STRIPE_ENDPOINTS": {"default": {"secrets": ["whsec_x"]}}}),
    ("E015", {"STRIPE_ENDPOINTS": {"no slug": {"secrets": ["whsec_x"]}}}),
    ("E015", {"STRIPE_ENDPOINTS": {"n" * 65: {"secrets": ["whsec_x"]}}}),
    ("E015", {"STRIPE_ENDPOINTS": {5: {"secrets": ["whsec_x"]}}}),
    ("E015", {"STRIPE_ENDPOINTS": {"eu": ["whsec_x"]}}),
    ("E015", {"STRIPE_ENDPOINTS": {"eu": {"secret": "whsec_x"}}}),
    ("E015", {"STRIPE_ENDPOINTS": {"eu": {"secrets": "whsec_x"}}}),
    ("E015", {"STRIPE_ENDPOINTS": {"eu": {"secrets": ["whsec_x"], "livemode": "true"}}}),
    ("E015", {"STRIPE_ENDPOINTS": {"eu": {"secrets": ["whsec_x"], "connect": 1}}}),
    ("E016", {"REDACT_FIELDS": "receipt_email"}),
    ("E016", {"REDACT_FIELDS": None}),
    ("E016", {"REDACT_FIELDS": ["billing_details..name"]}),
    ("E016", {"REDACT_FIELDS": [""]}),
    ("E016", {"REDACT_FIELDS": [5]}),
    ("E016", {"REDACT_FIELDS": ["metadata.order_reference"]}),
    ("E016", {"REDACT_FIELDS": ["*"]}),
    ("E016", {"REDACT_FIELDS": ["charges"]}),
    ("E021", {"ANALYTICS_DATABASE": "replica"}),
    ("E021", {"ANALYTICS_DATABASE": 5}),
    ("E022", {"REPORTING_CURRENCY": "GBP", "EXCHANGE_RATES": "math.floor"}),
    ("E022", {"REPORTING_CURRENCY": "pounds", "EXCHANGE_RATES": "math.floor"}),
    ("E022", {"REPORTING_CURRENCY": "gbp"}),
    ("E022", {"REPORTING_CURRENCY": "gbp", "EXCHANGE_RATES": "math.pi"}),
    ("E022", {"REPORTING_CURRENCY": "gbp", "EXCHANGE_RATES": 5}),
    ("W002", {"STRIPE_ENDPOINTS": {"eu": {"secrets": ["sk_test_wrong"]}}}),
    ("W007", {"STRIPE_ENDPOINTS": {"eu": {"secrets": []}}}),
    ("W007", {"STRIPE_ENDPOINTS": {"eu": {"secrets": ["", " "]}}}),
    ("W007", {"STRIPE_ENDPOINTS": {"eu": {}}}),
    ("W008", {"SHOP": f"{HERE}.ShopWithBareStock"}),
    ("W003", {"LIVEMODE": True, "STRIPE_SECRET_KEY": "sk_live_x", "DEBUG": True}),
    ("W004", {"CURENCY": "gbp"}),
    ("W005", {"ROOT_URLCONF": "django.contrib.auth.urls"}),
]
OF_DJANGO = {"DEBUG", "ROOT_URLCONF", "DATABASE_ROUTERS"}


@pytest.mark.parametrize(
    ("code", "mistake"), MISTAKES, ids=[f"{code}-{mistake}" for code, mistake in MISTAKES]
)
def test_a_mistake_raises_its_id_alone_and_says_what_to_type(settings, code, mistake):
    for name, value in mistake.items():
        setattr(settings, name if name in OF_DJANGO else f"REVENUE_INTEL_{name}", value)

    found = raised()

    assert list(found) == [code]
    assert found[code].hint
    assert found[code].is_serious(django_checks.ERROR) is code.startswith("E")


SOUND = [
    {"SHOP": ""},
    {"LIVEMODE": None},
    {"LIVEMODE": True, "STRIPE_SECRET_KEY": "sk_live_x"},
    {"LIVEMODE": True, "STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_API_BASE": "https://proxy.example.com"},
    {"STRIPE_API_BASE": "http://127.0.0.1:12111"},
    {"STRIPE_API_BASE": "http://stripe:12111"},
    {"STRIPE_SECRET_KEY": ""},
    {"TIME_ZONE": "America/New_York"},
    {"WINDOWS_DAYS": (1, 14)},
    {"EVENT_PROCESSING": "deferred"},
    {"STRIPE_ENDPOINTS": {"eu-2": {"secrets": ["whsec_x"], "livemode": True, "connect": False}}},
    {"REDACT_FIELDS": ("receipt_email", "charges.data.*.billing_details.name")},
    {"STRIPE_WEBHOOK_SECRETS": [], "STRIPE_ENDPOINTS": {"eu": {"secrets": ("whsec_x",)}}},
]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"LIVEMODE": None, "STRIPE_SECRET_KEY": ""}, ["revenue_intel.W010"]),
        ({"LIVEMODE": None, "STRIPE_SECRET_KEY": "", "SHOP": ""}, []),
        ({"LIVEMODE": None, "STRIPE_SECRET_KEY": "sk_test_x"}, []),
        ({"LIVEMODE": False, "STRIPE_SECRET_KEY": ""}, []),
    ],
)
def test_before_deployment_something_says_which_money_settles_orders(settings, values, expected):
    for name, value in values.items():
        setattr(settings, f"REVENUE_INTEL_{name}", value)

    found = django_checks.run_checks(tags=[checks.TAG], include_deployment_checks=True)

    assert [message.id for message in found] == expected


@pytest.mark.parametrize("values", SOUND, ids=str)
def test_sound_settings_raise_nothing(settings, values):
    for name, value in values.items():
        setattr(settings, f"REVENUE_INTEL_{name}", value)

    assert raised() == {}


@pytest.mark.parametrize(
    ("code", "app"),
    [
        ("E010", "django.contrib.auth"),
        ("E010", "django.contrib.contenttypes"),
        ("E011", "django.contrib.sessions"),
    ],
)
def test_a_missing_app_of_djangos_raises_its_id(monkeypatch, code, app):
    from django.apps import apps

    is_installed = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda name: name != app and is_installed(name))

    assert [message.id for message in checks.check_django_apps()] == [f"revenue_intel.{code}"]


def test_an_unknown_setting_is_answered_with_the_one_that_was_meant(settings):
    settings.REVENUE_INTEL_CURENCY = "gbp"

    assert raised()["W004"].hint == "Did you mean REVENUE_INTEL_CURRENCY?"


def test_a_setting_like_none_of_ours_is_to_be_removed(settings):
    settings.REVENUE_INTEL_XYZZY = 1

    assert raised()["W004"].hint == "Remove it; it has no effect."


def test_the_secret_itself_is_never_printed(settings):
    settings.REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS = ["very-secret"]
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = "sk_live_very-secret"

    for message in raised().values():
        assert "very-secret" not in f"{message.msg} {message.hint}"


def test_every_id_has_a_mistake_that_raises_it():
    from pathlib import Path
    from re import findall

    files = (
        *Path(str(checks.__file__)).parent.glob("*.py"),
        *Path(str(mapping_values.__file__)).parent.glob("mapping*.py"),
    )
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    tested = {code for code, _ in MISTAKES} | {"E010", "E011", "W010"} | set(MAPPING_MISTAKES)

    assert set(findall(r"revenue_intel\.([EW]\d{3})", source)) == tested
