"""Stock under contention: orders a second, one hot item and three of a hundred, 16 and 32 clients.

Every client is a process with a connection of its own. Contestants are interleaved: each round runs all
of them, in an order of its own. The ratios are what counts; rates depend on the machine and its load.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

from benchmarks import processes, server

RESULTS = Path(__file__).parent / "results"
PLENTY = 2_000_000_000
ITEMS = 100
#: How often every client takes before the clock starts: by then its connection has prepared what it prepares.
WARM = 12
SOLD_OUT_STOCK, SOLD_OUT_ORDERS, SOLD_OUT_CLIENTS = 300, 600, 32
SCENARIOS = {"hot": 1, "wide": 3}
#: How many orders a second all clients together can commit at most, if theirs have to be reserved before.
RESERVED_A_SECOND = 2500


def prepare() -> None:
    """Make the tables and a hundred items, ours and django-oscar's, under the same keys."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, run_syncdb=True)
    from oscar.apps.catalogue.models import Product, ProductClass
    from oscar.apps.partner.models import Partner, StockRecord

    from benchmarks.shelf.models import Item

    Item.objects.bulk_create([Item(pk=n, name=f"Item {n}", stock=PLENTY) for n in range(1, ITEMS + 1)])
    kind = ProductClass.objects.create(name="Goods", track_stock=True)
    partner = Partner.objects.create(name="Partner")
    for n in range(1, ITEMS + 1):
        product = Product.objects.create(title=f"Item {n}", product_class=kind)
        StockRecord.objects.create(
            pk=n, product=product, partner=partner, partner_sku=str(n), num_in_stock=PLENTY
        )
    connection.close()


def stock_up(pieces: int) -> None:
    """Give every item so many pieces again. Between runs, when nobody looks."""
    from django.db import connection
    from oscar.apps.partner.models import StockRecord

    from benchmarks.shelf.models import Item

    Item.objects.update(stock=pieces)
    StockRecord.objects.update(num_in_stock=pieces, num_allocated=0)
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    connection.close()


def client(name: str, number: int, wanted: dict[str, Any], start: Any, answers: Any) -> None:
    """Take until the time is over, or so many times; say how often it succeeded, failed, and broke."""
    from django.db import connection

    from benchmarks.contestants import BEFORE, CONTESTANTS

    connection.ensure_connection()
    take, orders = CONTESTANTS[name], islice(_orders(number, wanted), wanted["orders"])
    if name in BEFORE:
        most = int(wanted["seconds"] * RESERVED_A_SECOND / wanted["clients"])
        orders = iter([order for order in islice(orders, most) if BEFORE[name](*order)])
    sold = refused = broken = 0
    for order in islice(orders, wanted["warm"]):
        take(*order)
    start.wait()
    began = time.monotonic()
    until = began + wanted["seconds"]
    for order in orders:
        if time.monotonic() >= until:
            break
        try:
            if take(*order):
                sold += 1
            else:
                refused += 1
        except Exception:
            broken += 1
    answers.put((sold, refused, broken, time.monotonic() - began))
    connection.close()


def _orders(number: int, wanted: dict[str, Any]) -> Iterator[tuple[str, list[int]]]:
    """Yield the orders that a client takes for: reference and items."""
    choose = random.Random(number)
    for place in count():
        items = sorted(choose.sample(range(1, ITEMS + 1), wanted["lines"])) if wanted["lines"] > 1 else [1]
        yield f"{wanted['run']}-{number}-{place}", items


def run(
    name: str, *, clients: int, lines: int, seconds: float, orders: int = 10**9, warm: int = 0
) -> dict[str, Any]:
    """Let so many clients take at the same time; return orders a second and what went wrong."""
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(clients), context.Queue()
    wanted = {
        "run": f"{time.monotonic_ns():x}",
        "clients": clients,
        "lines": lines,
        "warm": warm,
        "seconds": seconds,
        "orders": orders,
    }
    each = [(name, number, wanted, start, answers) for number in range(clients)]
    with processes.crew(client, each) as workers:
        told = [answers.get(timeout=seconds + 120) for _ in workers]
        for worker in workers:
            worker.join()
    return {
        "rate": sum(sold for sold, *_ in told) / max(took for *_, took in told),
        "sold": sum(sold for sold, *_ in told),
        "broken": sum(broken for _, _, broken, _ in told),
    }


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Run every contestant in every place, round after round."""
    from benchmarks.contestants import CONTESTANTS, FLOOR

    names = [name for name in CONTESTANTS if not options.only or name == FLOOR or options.only in name]
    places = [(scenario, clients) for scenario in SCENARIOS for clients in options.clients]
    runs: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for number in range(options.rounds):
        for scenario, clients in places:
            order = random.Random(number).sample(names, len(names))
            for name in order:
                stock_up(PLENTY)
                done = run(
                    name, clients=clients, lines=SCENARIOS[scenario], seconds=options.seconds, warm=WARM
                )
                runs.setdefault((name, scenario, clients), []).append(done)
        print(f"round {number + 1} of {options.rounds} done", flush=True)
    rows = []
    for (name, scenario, clients), done in runs.items():
        ratios = [
            mine["rate"] / floor["rate"]
            for mine, floor in zip(done, runs[FLOOR, scenario, clients], strict=True)
        ]
        rows.append(
            {
                "contestant": name,
                "scenario": scenario,
                "clients": clients,
                "orders_per_second": round(statistics.median(each["rate"] for each in done)),
                "ratio_to_floor": round(statistics.median(ratios), 2),
                "ratios": sorted(round(ratio, 2) for ratio in ratios),
                "broken": sum(each["broken"] for each in done),
            }
        )
    return rows


def sell_out(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Let 32 clients want 600 of 300 pieces; who sells more has oversold."""
    from benchmarks.contestants import CONTESTANTS

    rows = []
    for name in (name for name in CONTESTANTS if not options.only or options.only in name):
        stock_up(SOLD_OUT_STOCK)
        each = -(-SOLD_OUT_ORDERS // SOLD_OUT_CLIENTS)
        done = run(name, clients=SOLD_OUT_CLIENTS, lines=1, seconds=60, orders=each)
        rows.append(
            {"contestant": name, "stock": SOLD_OUT_STOCK, "sold": done["sold"], "broken": done["broken"]}
        )
    return rows


def report(rows: list[dict[str, Any]], sold_out: list[dict[str, Any]], clients: list[int]) -> None:
    """Print one line a contestant: the ratio to the floor, its spread, and the floor's rate."""
    places = [(scenario, count) for scenario in SCENARIOS for count in clients]
    print("| contestant | " + " | ".join(f"{s} {c}" for s, c in places) + " | of 300 sold |")
    print("|---|" + "---|" * (len(places) + 1))
    sold = {row["contestant"]: row for row in sold_out}
    for name in sorted({row["contestant"] for row in rows}):
        cells = []
        for place in places:
            (row,) = (r for r in rows if (r["contestant"], r["scenario"], r["clients"]) == (name, *place))
            spread = f"{row['ratios'][0]}–{row['ratios'][-1]}"
            broken = f", {row['broken']} broke" if row["broken"] else ""
            cells.append(f"{row['ratio_to_floor']}× ({spread}; {row['orders_per_second']}/s{broken})")
        ended = sold.get(name)
        exact = f"{ended['sold']}, {ended['broken']} broke" if ended else ""
        print(f"| {name} | " + " | ".join(cells) + f" | {exact} |")


def main() -> int:
    """Measure, print, and keep the figures as JSON."""
    parser = argparse.ArgumentParser(prog="dev.py bench stock", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each run (4)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is run (5)")
    parser.add_argument("--clients", type=int, nargs="+", default=[16, 32], help="at the same time (16 32)")
    parser.add_argument("--only", default="", help="only contestants with this in their name, and the floor")
    parser.add_argument("--no-save", action="store_true", help="keep no JSON")
    options = parser.parse_args()
    with server.running() as postgres:
        os.environ["REVENUE_INTEL_BENCH_PORT"] = str(postgres.port)
        os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
        import django

        django.setup()
        prepare()
        rows = measure(options)
        sold_out = sell_out(options)
    report(rows, sold_out, options.clients)
    if not options.no_save:
        RESULTS.mkdir(exist_ok=True)
        kept = {
            "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "load_average_at_the_end": os.getloadavg(),
            "durability": server.DURABILITY,
            "seconds": options.seconds,
            "rounds": options.rounds,
            "rows": rows,
            "sold_out": sold_out,
        }
        path = RESULTS / "stock.json"
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(f"Kept in {path.relative_to(Path.cwd())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
