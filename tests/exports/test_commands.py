"""``revenue_export`` writes a file that ``revenue_verify_export`` believes, until a byte is changed."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.audit.models import AuditEvent
from revenue_intel.exports.contracts import NAMES
from tests.factories_facts import paid, person, refunded

pytestmark = pytest.mark.django_db


def run(command, *arguments):
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def orders(tmp_path):
    """A file of two orders, as written by the command."""
    refunded(
        paid(10_00, on="2026-03-01", by=person("ada@example.com"), reference="F1"), 1_00, on="2026-03-02"
    )
    paid(20_00, on="2026-03-02", reference="F2")
    path = tmp_path / "orders.csv"
    run("revenue_export", "orders", "--as-of", "2026-03-30", "--output", path)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_what_was_written_is_verified(orders, tmp_path, name):
    path = tmp_path / f"{name}.csv"

    said = run(
        "revenue_export", name, "--days", 30, "--currency", "gbp", "--as-of", "2026-03-30", "--output", path
    )

    assert str(path) in said
    assert "as promised" in run("revenue_verify_export", path)
    assert sorted(file.name for file in tmp_path.glob(f"{name}*")) == [
        f"{name}.csv",
        f"{name}.csv.manifest.json",
    ]


def test_the_command_is_in_the_audit_log(orders):
    assert AuditEvent.objects.get().actor == "command:revenue_export"


def test_without_an_output_the_file_is_named_for_what_is_in_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    run("revenue_export", "kpi-summary", "--days", "all", "--as-of", "2026-03-30")

    assert (tmp_path / "kpi-summary_all_gbp_test_2026-03-30.csv").exists()


def test_live_money_of_an_account_in_another_zone_is_written_where_it_is_asked_for():
    paid(7_00, on="2026-03-30T12:30:00+00:00", livemode=True, account="acct_1", reference="L1")
    paid(1_00, on="2026-03-30", reference="T1")
    asked = ("--livemode", "true", "--account", "acct_1", "--zone", "Pacific/Kiritimati")

    said = run("revenue_export", "orders", "--as-of", "2026-03-31", *asked, "--output", "-")

    assert [line.split(",")[0] for line in said.splitlines()[1:]] == ["L1"]


def test_a_dash_prints_the_file_and_nothing_else():
    paid(20_00, on="2026-03-02", reference="F2")

    said = run("revenue_export", "orders", "--as-of", "2026-03-30", "--output", "-")

    assert said.splitlines()[1] == "F2,,20.00,paid,2026-03-02T12:00:00Z,none,0,"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--days", "8"),
        ("--days", "abc"),
        ("--currency", "xx"),
        ("--as-of", "x"),
        ("--zone", "Mars"),
        ("--account", "'"),
    ],
)
def test_a_wrong_question_fails(arguments):
    with pytest.raises(CommandError, match="must be"):
        run("revenue_export", "orders", *arguments)


def test_a_file_that_breaks_its_contract_is_not_written(tmp_path):
    paid(-1, on="2026-03-01")

    with pytest.raises(CommandError, match="Row 1, column Total"):
        run("revenue_export", "orders", "--as-of", "2026-03-30", "--output", tmp_path / "orders.csv")

    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_said_in_words(tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        run("revenue_export", "orders", "--output", tmp_path / "nowhere" / "orders.csv")


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("10.00", "11.00", "sha256"),
        ("20.00", "20.0", "Row 2, column Total: has not 2 decimals"),
        ("20.00", "-20.00", "Row 2, column Total: is less than 0"),
        ("20.00", "1e3", "Row 2, column Total: is not a decimal number"),
        (",100,", ",1.5,", "Row 1, column RefundPennies: is not a whole number"),
        ("F2,", ",", "Row 2, column OrderID: is empty"),
        (",none,", ",some,", "Row 2, column RefundStatus: is none of none, partial, full"),
        ("2026-03-02T12:00:00Z,none", "2026-03-02 12:00,none", "Row 2, column CreatedAt: is not an instant"),
        ("OrderID", "OrderId", "header"),
        ("F1,ada@example.com,", "F1,", "Row 1 has 7 cells; the contract has 8"),
        ("F1,", '"F1,', "cannot be read as CSV"),
    ],
)
def test_a_changed_file_is_found_out_at_the_first_bad_place(orders, good, bad, said):
    text = orders.read_bytes().decode()
    assert good in text
    orders.write_bytes(text.replace(good, bad).encode())

    with pytest.raises(CommandError, match=said):
        run("revenue_verify_export", orders)


def test_a_missing_row_is_found_out(orders):
    orders.write_bytes(b"".join(orders.read_bytes().splitlines(keepends=True)[:-1]))

    with pytest.raises(CommandError, match="The file has 1 rows; the manifest says 2"):
        run("revenue_verify_export", orders)


def test_bytes_that_are_no_text_are_found_out(orders):
    orders.write_bytes(orders.read_bytes() + b"\xff\xfe")

    with pytest.raises(CommandError, match="cannot be read as CSV in UTF-8"):
        run("revenue_verify_export", orders)


def test_a_missing_file_is_said_in_words(orders):
    orders.unlink()

    with pytest.raises(CommandError, match="cannot be read"):
        run("revenue_verify_export", orders)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contract_version": "0.9"}, "contract version 0.9; this installation knows 1.0.0"),
        ({"export": "passwords"}, "not one of ours"),
        ({"rows": "2"}, "not one of ours"),
        ({"currency": "xx"}, "no readable manifest"),
        ({"currency": "jpy"}, "Row 1, column Total: has not 0 decimals"),
    ],
)
def test_a_manifest_that_does_not_fit_is_found_out(orders, change, said):
    path = orders.with_name("orders.csv.manifest.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    with pytest.raises(CommandError, match=said):
        run("revenue_verify_export", orders)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "\x00"])
def test_a_manifest_that_is_none_is_said_in_words(orders, text):
    orders.with_name("orders.csv.manifest.json").write_text(text)

    with pytest.raises(CommandError, match="no readable manifest"):
        run("revenue_verify_export", orders)


def test_a_file_without_manifest_proves_nothing(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("OrderID\r\n")

    with pytest.raises(CommandError, match="no readable manifest"):
        run("revenue_verify_export", path)


def test_where_the_file_cannot_be_put_no_part_of_it_is_left(orders, tmp_path):
    taken = tmp_path / "taken"
    taken.mkdir()

    with pytest.raises(CommandError, match="cannot be written"):
        run("revenue_export", "orders", "--as-of", "2026-03-30", "--output", taken)

    assert not (tmp_path / "taken.part").exists()
