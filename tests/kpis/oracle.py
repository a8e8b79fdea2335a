"""See that the KPIs of each of many generated histories equal a recount of its facts in plain Python.

``python -m tests.kpis.oracle --histories 5000 --seed 1 --database sqlite`` tells the histories of the seeds 1 to 5000
through the services – sales, late news, refunds that fail, disputes, bookings, credit notes, failed payments, wishes,
people joined, orders dated anew, days worked out ahead in any zone – and asks each of them several questions: another
window, last day, zone and currency each. Prints one line of JSON; exit 1 names the seed of the first history that
differs, and in what; ``--seed N --histories 1`` tells it again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import signal
import sys
import time
from datetime import date, timedelta
from zoneinfo import ZoneInfo

ZONES = ("UTC", "Europe/London", "America/New_York", "Pacific/Kiritimati")
WINDOWS = (3, 7, 30)
QUESTIONS = 3
CATEGORIES = ("dispute", "dispute_reversal", "fee", "payout", "charge", "other_adjustment")
STATUSES = ("warning_closed", "needs_response", "won")
KINDS = (
    *("sale",) * 5, *("refund",) * 3, "wish", "wish", "build", "build", "join", "redate", "failure", "booking",
    "booking", "reading", "reading", "note", "dispute", "zone",
)  # fmt: skip


def make_history(chance):
    """Return the steps of a history, as ``Teller`` takes them; dense around the midnights of every zone."""
    from tests.kpis.teller import BEGIN

    def instant():
        hours, seconds = chance.choice((0, 4, 5, 10, 12, 14, 23)), chance.choice((-1, 0, 1))
        return BEGIN + timedelta(days=chance.randint(0, 15), hours=hours, seconds=seconds)

    def currency():
        return chance.choice(("gbp", "gbp", "jpy"))

    make = {
        "sale": lambda: (instant(), chance.randint(0, 3), currency(), chance.randint(1, 5000)),
        "refund": lambda: (
            instant(), chance.randint(0, 7), chance.randint(1, 2000), chance.choice((None, instant()))
        ),
        "wish": lambda: (instant(), chance.randint(1, 3)),
        "build": tuple,
        "join": lambda: (chance.randint(0, 3), chance.randint(0, 3)),
        "redate": lambda: (chance.randint(0, 5), instant()),
        "failure": lambda: (instant(), chance.randint(0, 5)),
        "booking": lambda: (
            instant(), chance.choice(CATEGORIES), chance.randint(1, 3000), chance.randint(0, 40), currency()
        ),
        "reading": lambda: (chance.choice((None, None, instant())), instant()),
        "note": lambda: (instant(), chance.randint(1, 900), chance.choice((None, instant()))),
        "dispute": lambda: (instant(), chance.randint(0, 2), chance.choice(STATUSES)),
        "zone": lambda: (chance.choice(ZONES),),
    }  # fmt: skip
    return [(kind, *make[kind]()) for kind in chance.choices(KINDS, k=chance.randint(1, 18))]


def find_difference(chance):
    """Tell a history, ask about it, and return in what an answer differs from the recount; None where in nothing."""
    from django.test import override_settings

    from revenue_intel.kpis.questions import ask
    from revenue_intel.kpis.service import compute
    from revenue_intel.kpis.topics import compute_products
    from tests.kpis.recount import read_facts, recount, recount_products
    from tests.kpis.teller import Teller

    with override_settings(REVENUE_INTEL_TIME_ZONE="UTC", REVENUE_INTEL_WINDOWS_DAYS=WINDOWS):
        teller = Teller()
        for step in make_history(chance):
            teller.tell(*step)
        stored = read_facts()
        for _ in range(QUESTIONS):
            asked = {
                "days": chance.choice(WINDOWS),
                "as_of": date(2026, 3, 20) + timedelta(days=chance.randint(0, 18)),
                "zone": chance.choice((None, *map(ZoneInfo, ZONES))),
                "currency": chance.choice(("gbp", "gbp", "jpy")),
            }
            report, question = compute(**asked), ask(**asked)
            for window, field in ((report.window, "value"), (report.window.previous, "previous")):
                expected = recount(stored, window, asked["currency"])
                found = {slug: getattr(measured, field) for slug, measured in report.values.items()}
                if found != expected:
                    slugs = sorted({*found, *expected})
                    wrong = {
                        s: f"{found.get(s)}, recounted {expected.get(s)}"
                        for s in slugs
                        if found.get(s) != expected.get(s)
                    }
                    return {"question": str(asked), "window": field, "in": wrong}
            rows = {
                row.product_key: (row.units, row.revenue_minor, row.refunded_units)
                for row in compute_products(question)
            }
            if rows != recount_products(stored, report.window, asked["currency"]):
                return {"question": str(asked), "in": {"products": str(rows)}}
    return None


def look(*, seed, histories):
    """Tell the histories until one differs; return how many agreed, and what differs."""
    from tests.history import rolled_back

    began, agreed = time.monotonic(), 0
    with contextlib.suppress(KeyboardInterrupt):
        for number in range(seed, seed + histories):
            with rolled_back():
                differs = find_difference(random.Random(number))
            if differs is not None:
                return agreed, {"seed": number, **differs}
            agreed += 1
            if agreed % 100 == 0:
                rate = agreed / (time.monotonic() - began)
                sys.stderr.write(f"\rseed {number}: {agreed} histories, {rate:.1f} a second ")
                sys.stderr.flush()
    return agreed, None


def main():
    """Read the command line, look, and say what was found."""
    from tests.concurrency.converge import prepare

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was told counts however it ends
    prepare(options.database)
    began = time.monotonic()
    agreed, differs = look(seed=options.seed, histories=options.histories)
    told = {
        "histories": agreed,
        "questions": agreed * QUESTIONS,
        "seeds": [options.seed, options.seed + agreed - 1],
        "database": options.database,
        "seconds": round(time.monotonic() - began, 1),
        "differs": differs,
    }
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.exit(differs is not None)


if __name__ == "__main__":
    main()
