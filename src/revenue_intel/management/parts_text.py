"""What a KPI's value is made of, as text."""

from __future__ import annotations

from revenue_intel.kpis.explanations import Explanation
from revenue_intel.kpis.presentation import value_text


def parts_table(found: Explanation) -> str:
    """Return a page of parts as aligned text, with the sum of all of them."""
    window, scope = found.question.window, found.question.scope

    def text(value: int | None) -> str:
        return value_text(found.kpi, value, scope.currency)

    rows = [("when", "what", "name", "order", "adds")]
    rows += [
        (
            f"{part.at.astimezone(window.zone):%Y-%m-%d %H:%M:%S}",
            part.kind,
            part.id,
            part.order_reference,
            text(part.value),
        )
        for part in found.parts
    ]
    rows += [("", "", "", "all", text(found.value))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    body = [
        "  ".join(
            [
                *(cell.ljust(width) for cell, width in zip(row[:4], widths[:4], strict=True)),
                row[4].rjust(widths[4]),
            ]
        )
        for row in rows
    ]
    rule = "-" * len(body[0])
    head = f"{found.kpi.name}, {window.days} days up to {window.last_day} ({window.zone.key}): {text(found.value)}"
    counted = f"Parts: {found.count}. Page {found.page} of {found.pages}."
    notes = [counted] if found.value is not None else [found.kpi.unknown]
    return "\n".join([head, rule, body[0], rule, *body[1:-1], rule, body[-1], rule, *notes])
