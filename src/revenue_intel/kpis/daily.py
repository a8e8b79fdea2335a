"""Revenue by calendar day. Days are cut by our own bounds, so both databases cut them alike."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Case, Count, IntegerField, Sum, Value, When

from revenue_intel.kit.periods import midnight
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.reports import DayRevenue
from revenue_intel.kpis.revenue import paid_orders


def read_days(question: Question) -> list[DayRevenue]:
    """Return every day of the window, oldest first, those without a sale too; one query."""
    window = question.window
    dates = window.dates()
    # The first bound that an instant is before names its day. A database's own truncation to a
    # day would use the database's own zone data.
    number = Case(
        *(
            When(paid_at__lt=midnight(day + timedelta(days=1), window.zone), then=Value(n))
            for n, day in enumerate(dates)
        ),
        output_field=IntegerField(),
    )
    rows = (
        paid_orders(question.scope)
        .filter(question.now("paid_at"))
        .order_by()
        .annotate(day_number=number)
        .values("day_number")
        .annotate(revenue=Sum("total_minor"), n=Count("pk"))
    )
    found = {row["day_number"]: (int(row["revenue"]), row["n"]) for row in rows}
    return [
        DayRevenue(
            day=day,
            revenue_minor=found.get(n, (0, 0))[0],
            orders=found.get(n, (0, 0))[1],
            partial=day >= question.today,
        )
        for n, day in enumerate(dates)
    ]
