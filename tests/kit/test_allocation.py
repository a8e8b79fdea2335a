"""An amount that is split adds up to the minor unit, and every part is fair to less than one."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue_intel.kit.money import allocate

WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=40)
AMOUNTS = st.integers(-(10**15), 10**15)


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_the_parts_add_up(amount, weights):
    parts = allocate(amount, weights)

    assert sum(parts) == amount
    assert len(parts) == len(weights)


@given(amount=AMOUNTS, weights=WEIGHTS.filter(any))
def test_every_part_is_its_exact_share_to_less_than_one_unit(amount, weights):
    for part, weight in zip(allocate(amount, weights), weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@given(amount=AMOUNTS, weights=WEIGHTS.filter(any))
def test_what_weighs_nothing_gets_nothing(amount, weights):
    assert all(
        part == 0 for part, weight in zip(allocate(amount, weights), weights, strict=True) if not weight
    )


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_what_weighs_more_never_gets_less(amount, weights):
    parts = sorted(zip(weights, map(abs, allocate(amount, weights)), strict=True))

    assert all(one[1] <= two[1] for one, two in pairwise(parts) if one[0] < two[0])


@given(lines=st.lists(st.integers(0, 10**8), min_size=1, max_size=20), share=st.integers(0, 100))
def test_a_discount_of_any_size_never_makes_a_line_negative(lines, share):
    discount = sum(lines) * share // 100

    assert all(part <= line for part, line in zip(allocate(discount, lines), lines, strict=True))


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (10, [3, 3, 4], [3, 3, 4]),
        (2, [1, 2, 2], [0, 1, 1]),
        (5, [0, 0], [3, 2]),
        (0, [], []),
    ],
)
def test_the_units_that_are_left_go_to_the_largest_remainders(amount, weights, parts):
    assert allocate(amount, weights) == parts


@pytest.mark.parametrize(("amount", "weights"), [(1, []), (1, [-1, 2]), (0, [-1])])
def test_nothing_to_split_over_is_refused(amount, weights):
    with pytest.raises(ValueError, match="An amount is split over"):
        allocate(amount, weights)
