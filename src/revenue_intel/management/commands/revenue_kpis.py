"""Print the KPIs, the windows side by side."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis.definitions import render_definitions
from revenue_intel.kpis.explanations import Explanation, answer_parts, parse_page
from revenue_intel.kpis.inventory_service import answer_inventory
from revenue_intel.kpis.presentation import value_text
from revenue_intel.kpis.questions import Question, ask, parse_days, parse_known_at
from revenue_intel.kpis.reports import InventoryReport, KpiReport, SubscriptionReport
from revenue_intel.kpis.representation import (
    represent,
    represent_explanation,
    represent_inventory,
    represent_subscriptions,
)
from revenue_intel.kpis.service import answer
from revenue_intel.kpis.snapshot import one_snapshot
from revenue_intel.kpis.subscription_service import answer_subscriptions
from revenue_intel.management.asking import add_known_at_argument, add_scope_arguments, read_scope_options
from revenue_intel.management.parts_text import parts_table

Report = KpiReport | SubscriptionReport | InventoryReport


class Command(BaseCommand):
    """``revenue_kpis --days 7 30 90 --currency gbp``."""

    help = "Print the KPIs of one or more windows side by side."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which windows, and in what form."""
        parser.add_argument("--days", nargs="+", default=["all"], help="Windows in days, or 'all' (default).")
        add_scope_arguments(parser)
        add_known_at_argument(parser)
        parser.add_argument("--format", choices=["table", "json"], default="table")
        parser.add_argument("--only", nargs="+", metavar="SLUG", help="These KPIs alone, in this order.")
        parser.add_argument("--page", default="1", help="Which hundred of the --parts, from 1 (default).")
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument(
            "--parts", metavar="SLUG", help="What the value of this KPI is made of instead, the newest first."
        )
        instead.add_argument(
            "--subscriptions",
            action="store_true",
            help="The KPIs of subscriptions instead (slower: read from the states of all).",
        )
        instead.add_argument(
            "--inventory",
            action="store_true",
            help="The KPIs of stock instead (slower: read from all movements).",
        )
        instead.add_argument(
            "--definitions", action="store_true", help="Print docs/kpi_definitions.md instead."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compute in one snapshot, then print."""
        if options["definitions"]:
            self.stdout.write(render_definitions(), ending="")
            return
        try:
            wanted = questions_of(options)
            with one_snapshot():
                if options["parts"]:
                    page = parse_page(options["page"])
                    self.print_parts(
                        [answer_parts(each, options["parts"], page=page) for each in wanted], options
                    )
                    return
                reports = [choose(answer_one(question, options), options["only"]) for question in wanted]
        except InvalidWindowError as error:
            raise CommandError(str(error)) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps([as_json(report) for report in reports], indent=2))
        else:
            self.stdout.write(table(reports))

    def print_parts(self, found: list[Explanation], options: dict[str, Any]) -> None:
        """Print what one KPI is made of, a window after the other."""
        if options["format"] == "json":
            self.stdout.write(json.dumps([represent_explanation(each) for each in found], indent=2))
        else:
            self.stdout.write("\n\n".join(parts_table(each) for each in found))


def choose(report: Report, only: list[str] | None) -> Report:
    """Return the report with some of its KPIs alone.

    Raises:
        InvalidWindowError: one is not in it.
    """
    if only is None:
        return report
    if astray := [slug for slug in only if slug not in report.values]:
        raise InvalidWindowError(f"--only {astray[0]}: it must be one of {', '.join(report.values)}.")
    return replace(report, values={slug: report.values[slug] for slug in only})


def answer_one(question: Question, options: dict[str, Any]) -> Report:
    """Answer one question with the KPIs asked for."""
    if options["subscriptions"]:
        return answer_subscriptions(question)
    return answer_inventory(question) if options["inventory"] else answer(question)


def questions_of(options: dict[str, Any]) -> list[Question]:
    """Return a question a window.

    Raises:
        InvalidWindowError: a part of it is none.
    """
    days, known_at = options["days"], options["known_at"]
    if options["inventory"] and (options["currency"] or options["livemode"] or options["account"]):
        raise InvalidWindowError("--inventory takes no --currency, --livemode or --account: stock has none.")
    wanted = list(conf.WINDOWS_DAYS) if days == ["all"] else [parse_days(text) for text in days]
    instant = parse_known_at(known_at) if known_at else None
    scope = read_scope_options(options)
    return [ask(days=each, **scope, known_at=instant) for each in wanted]


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as plain JSON values."""
    if isinstance(report, SubscriptionReport):
        return represent_subscriptions(report)
    return represent(report) if isinstance(report, KpiReport) else represent_inventory(report)


def table(reports: list[Report]) -> str:
    """Return the KPIs as aligned text: a row a KPI, a column a window."""
    first = reports[0]
    rows = [["", *(f"{report.window.days} days" for report in reports)]]
    rows += [["from", *(str(report.window.first_day) for report in reports)]]
    rows += [
        [
            measured.kpi.name,
            *(value_text(measured.kpi, report.value(slug), currency_of(report)) for report in reports),
        ]
        for slug, measured in first.values.items()
    ]
    names, *columns = zip(*rows, strict=True)
    widths = [max(map(len, column)) for column in columns]
    margin = max(map(len, names))
    body = [
        "  ".join(
            [row[0].ljust(margin), *(cell.rjust(width) for cell, width in zip(row[1:], widths, strict=True))]
        ).rstrip()
        for row in rows
    ]
    rule = "-" * max(map(len, body))
    head = f"{title(first)}, up to {first.window.last_day} ({first.window.zone.key})"
    return "\n".join([head, rule, *body[:2], rule, *body[2:], rule, *notes(first), *unknowns(reports)])


def currency_of(report: Report) -> str:
    """Return the currency of a report's money; stock has none."""
    return "" if isinstance(report, InventoryReport) else report.scope.currency


def title(report: Report) -> str:
    """Return what a report is about."""
    if isinstance(report, InventoryReport):
        return "KPIs of stock"
    return f"KPIs in {report.scope.currency.upper()}, {'live' if report.scope.livemode else 'test'} mode"


def notes(report: Report) -> list[str]:
    """Return what a reader should know beside the numbers."""
    if isinstance(report, SubscriptionReport):
        return [f"Discounts that lower MRR: {report.policy}."]
    if isinstance(report, InventoryReport):
        return [f"Stock rows: {report.rows_in_all}."]
    done = report.completeness
    latest = report.latest_snapshot_day or "never"
    lines = [f"Latest day with money: {latest}. Open issues: {done.open_issues}."]
    if done.partial_day:
        lines.append(f"{done.partial_day} has not ended yet.")
    if report.other_currencies:
        lines.append(f"Other currencies present: {', '.join(report.other_currencies)}.")
    return lines


def unknowns(reports: list[Report]) -> list[str]:
    """Return which values are not known, and why: a line a KPI."""
    found: dict[str, list[str]] = {}
    for report in reports:
        for measured in report.values.values():
            if measured.kpi.unknown and measured.value is None:
                about = f"{measured.kpi.name}: {measured.reason}"
                found.setdefault(about, []).append(f"{report.window.days} days")
    return [f"{about} ({', '.join(windows)})" for about, windows in found.items()]
