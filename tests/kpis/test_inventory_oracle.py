"""Whatever the movements of stock say, its KPIs equal a few lines of plain Python over the same movements."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.kpis.inventory_service import compute_inventory
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.signs import sign

Kind = StockMovement.Kind
AS_OF = date(2026, 3, 31)
ZONES = [ZoneInfo("UTC"), ZoneInfo("Europe/London"), ZoneInfo("America/New_York")]
BEGIN = datetime(2026, 3, 12, tzinfo=UTC)

# Dense around the midnights at which mistakes are made, and not in the ledger's order: clocks differ.
stamps = st.builds(
    lambda days, hours, seconds: BEGIN + timedelta(days=days, hours=hours, seconds=seconds),
    st.integers(0, 20),
    st.sampled_from([0, 4, 12, 23]),
    st.sampled_from([-1, 0, 1]),
)
told = st.tuples(st.sampled_from([kind for kind in Kind if kind != Kind.OPENING]), st.integers(-4, 4), stamps)
shelves = st.lists(
    st.tuples(st.booleans(), st.integers(0, 5), stamps, st.lists(told, max_size=8)), max_size=3
)


def write(shelves):
    """Write the movements of each shelf in the order told, the opening first; as the services sign them."""
    movements = []
    for n, (has_two, opened, stamp, deeds) in enumerate(shelves):
        for m, (kind, pieces, at) in enumerate([(Kind.OPENING, opened, stamp), *deeds]):
            if kind in (Kind.OPENING, Kind.ADJUST):
                quantity, held, pieces = pieces, 0, abs(pieces)
            else:
                pieces = abs(pieces)
                quantity, held = sign(kind, pieces, has_two_fields=has_two, held=pieces * (m % 2))
            movements.append(
                StockMovement(
                    key=f"{n}:{m}",
                    kind=kind,
                    model=f"shop.shelf{n % 2}",
                    row=str(n),
                    field="stock",
                    reserved_field="reserved" if has_two else "",
                    quantity=quantity,
                    held=held,
                    pieces=pieces,
                    recorded_at=max(at, stamp),  # nothing is before a row's opening
                )
            )
    return StockMovement.objects.bulk_create(movements)


class InventoryOracle(TestCase):
    """A class, because Hypothesis then clears the database between examples."""

    @settings(max_examples=100)
    @given(shelves=shelves, zone=st.sampled_from(ZONES), known_at=st.none() | stamps)
    def test_the_numbers_equal_a_recount(self, shelves, zone, known_at):
        movements = [each for each in write(shelves) if known_at is None or each.recorded_at <= known_at]
        end = AS_OF if known_at is None else min(AS_OF, known_at.astimezone(zone).date())

        report = compute_inventory(days=7, as_of=end, zone=zone, known_at=known_at, limit=100)

        for field, last_day in (("value", end), ("previous", end - timedelta(days=7))):
            found = {slug: getattr(measured, field) for slug, measured in report.values.items()}
            rows = recount(movements, zone=zone, last_day=last_day)
            assert found == summed(list(rows.values()))
        assert {each.row[1]: each.pieces.days_out for each in report.rows} == {
            row: numbers["days_out"] for row, numbers in recount(movements, zone=zone, last_day=end).items()
        }
        for each in report.rows:
            pieces = each.pieces
            moved = pieces.received + pieces.adjusted + pieces.restocked - pieces.committed
            assert pieces.on_hand == pieces.opening + moved


def recount(movements, *, zone, last_day):
    """Return each row's numbers, by walking over its movements."""
    first_day = last_day - timedelta(days=6)
    rows = {}
    for row in {each.row for each in movements if each.kind != Kind.PREORDER}:
        mine = [
            (each.recorded_at.astimezone(zone).date(), each)
            for each in movements
            if each.row == row and each.kind != Kind.PREORDER
        ]
        mine = [(day, each) for day, each in mine if day <= last_day]
        if not mine:
            continue
        inside = [each for day, each in mine if day >= first_day]
        known = min(day for day, _ in mine)
        out = 0
        for n in range(7):
            today = first_day + timedelta(days=n)
            level = sum(free(each) for day, each in mine if day < today)
            levels = [level] if known < today else []
            for day, each in mine:
                if day == today:
                    level += free(each)
                    levels.append(level)
            out += any(one <= 0 for one in levels)
        rows[row] = {
            "opening": sum(there(each) for day, each in mine if day < first_day or each.kind == Kind.OPENING),
            "received": sum(each.pieces for each in inside if each.kind == Kind.RECEIVE),
            "adjusted": sum(each.quantity for each in inside if each.kind == Kind.ADJUST),
            "committed": sum(each.pieces for each in inside if each.kind == Kind.COMMIT),
            "restocked": sum(each.pieces for each in inside if each.kind == Kind.RESTOCK),
            "on_hand": sum(there(each) for _, each in mine),
            "available": sum(free(each) for _, each in mine),
            "days_out": out,
        }
    return rows


def there(movement):
    return movement.quantity + (0 if movement.reserved_field else movement.held)


def free(movement):
    return movement.quantity - (movement.held if movement.reserved_field else 0)


def summed(rows):
    def total(name):
        return sum(row[name] for row in rows)

    to_sell = total("opening") + total("received") + total("adjusted")
    sold, left = total("committed"), max(total("on_hand"), 0)
    return {
        "stock_opening": total("opening"),
        "stock_received": total("received"),
        "stock_adjusted": total("adjusted"),
        "stock_committed": sold,
        "stock_restocked": total("restocked"),
        "stock_on_hand": total("on_hand"),
        "sell_through_pct": half_up(Decimal(100 * sold) / to_sell, "0.01") if to_sell > 0 else None,
        "days_of_cover": half_up(Decimal(7 * left) / sold, "0.1") if sold else None,
        "stock_outs": sum(row["days_out"] > 0 for row in rows),
        "stock_out_days": total("days_out"),
        "out_of_stock": sum(row["available"] <= 0 for row in rows),
    }


def half_up(number, step):
    return number.quantize(Decimal(step), rounding=ROUND_HALF_UP)
