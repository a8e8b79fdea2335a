"""Somebody buys in a real browser: declined, paid, confirmed by the webhook, off the shelf, and on the dashboard."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.demo_runs import Demo

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), "")
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM, reason=f"no Chromium: install one of {', '.join(NAMES)}, or set CHROMIUM"
    ),
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="the demo brings its own database, which is SQLite"
    ),
]


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=not IS_ROOT
        )
        yield launched
        launched.close()


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, Demo]]:
    """Play a small demo and serve its shop; give the address, and end it by Ctrl-C."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    demo = Demo(folder=folder)
    process = demo.start("manage.py", "demo", "--port", str(port), "--orders", "40", "--days", "30")
    assert process.stdout is not None
    printed = ""
    try:
        for line in process.stdout:
            printed += line
            if "Ctrl-C" in line:
                break
        assert process.poll() is None, printed
        yield f"http://127.0.0.1:{port}", demo
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def log_in(browser: Browser, shop: str, username: str) -> Page:
    """Return a page of somebody who has just logged in, in a browser profile of their own."""
    page = browser.new_context(base_url=shop, locale="en-GB").new_page()
    page.set_default_timeout(10_000)
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address or user name").fill(username)
    page.get_by_label("Password").fill(f"{username}-demo")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    return page


def amount_in(text: str) -> Decimal:
    found = re.search(r"\d[\d,]*\.\d\d", text)
    assert found, text
    return Decimal(found[0].replace(",", ""))


def revenue_on(dashboard: Page) -> Decimal:
    dashboard.goto("/analytics/dashboard/?days=90&currency=gbp")
    cards = dashboard.locator(".card", has=dashboard.get_by_text("Revenue", exact=True))
    return amount_in(cards.locator(".value").inner_text())


def stock_of(demo: Demo, slug: str) -> int:
    [(stock,)] = demo.query("SELECT stock FROM shop_product WHERE slug = ?", slug)
    return int(stock)


def order_a_pin(page: Page) -> None:
    """Put the pin into the basket and go as far as the order, which waits to be paid."""
    page.goto("/products/gull-pin/")
    page.get_by_role("button", name="Add to basket").click()
    page.goto("/cart/")
    page.get_by_role("link", name="Go to checkout").click()
    for label, text in (
        ("Full name", "Cleo Harbour"),
        ("Address", "1 Quay Street"),
        ("Town or city", "Whitby"),
        ("Postcode or ZIP", "YO21 3PU"),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Country").select_option("United Kingdom")
    page.get_by_role("button", name="Place the order").click()


def test_a_purchase_in_a_browser_reaches_the_shelf_and_the_dashboard(browser: Browser, tmp_path: Path):
    with serving(tmp_path) as (shop, demo):
        analyst, customer = log_in(browser, shop, "analyst"), log_in(browser, shop, "customer")
        revenue, stock = revenue_on(analyst), stock_of(demo, "gull-pin")

        order_a_pin(customer)
        pay = customer.get_by_role("button", name=re.compile(r"^Pay £"))
        price = amount_in(pay.inner_text())
        pay.click()
        customer.get_by_role("button", name=re.compile("^Decline")).click()
        expect(customer.get_by_role("alert")).to_contain_text("declined")
        # The pin is held while its page is open; no money came.
        assert (stock_of(demo, "gull-pin"), revenue_on(analyst)) == (stock - 1, revenue)

        customer.get_by_role("button", name=re.compile(r"^Pay \d")).click()
        expect(customer.locator("#order-status")).to_have_text("Paid", timeout=15_000)

        assert stock_of(demo, "gull-pin") == stock - 1
        assert revenue_on(analyst) == revenue + price
