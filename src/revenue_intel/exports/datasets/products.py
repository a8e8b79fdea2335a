"""Products on the lines of paid orders. A product's history outlives the product (K20)."""

from __future__ import annotations

from collections.abc import Sequence

from revenue_intel.exports.datasets.base import Dataset
from revenue_intel.kit.money import to_major
from revenue_intel.kpis.products import count_products, read_products
from revenue_intel.kpis.questions import Question


def read(questions: Sequence[Question]) -> Dataset:
    """Return one row a product key, greatest revenue first, ties by key."""
    (question,) = questions
    currency = question.scope.currency
    return Dataset(
        expected_rows=count_products(question),
        rows=(
            (product.name, product.units, to_major(product.revenue_minor, currency))
            for product in read_products(question)
        ),
    )
