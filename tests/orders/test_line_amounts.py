"""A discount, a tax and a fee that are spread over lines: they add up to the total to the minor unit, and are paid so."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from revenue_intel.kit.money import allocate
from revenue_intel.orders.payable import check_payable
from revenue_intel.shop import LineRecord, OrderRecord

lines = st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 10_000)), min_size=1, max_size=12)


@given(lines=lines, per_mille=st.integers(0, 1000), tax=st.integers(0, 10**9), shipping=st.integers(0, 10**6))
def test_under_any_discount_the_lines_tax_and_shipping_are_the_total(lines, per_mille, tax, shipping):
    amounts = [price * quantity for price, quantity in lines]
    off = sum(amounts) * per_mille // 1000
    shares = allocate(off, amounts)
    record = OrderRecord(
        reference="R1",
        currency="gbp",
        total_minor=sum(amounts) - off + tax + shipping,
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        lines=tuple(
            LineRecord(
                key=str(number),
                product_key=str(number),
                product_name="Mug",
                quantity=quantity,
                unit_amount_minor=price,
                amount_minor=price * quantity - share,
                discount_minor=share,
            )
            for number, ((price, quantity), share) in enumerate(zip(lines, shares, strict=True))
        ),
        discount_minor=off,
        tax_minor=tax,
        shipping_minor=shipping,
    )

    check_payable(record)

    assert sum(line.amount_minor for line in record.lines) == record.total_minor - tax - shipping
    assert all(0 <= line.discount_minor <= line.quantity * line.unit_amount_minor for line in record.lines)
