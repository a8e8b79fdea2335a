"""Read Stripe's balance, of which no event tells: fees, and what each payment and refund did to the account."""

from __future__ import annotations

import os
import subprocess
import sys

from example_project.settings_base import PROJECT_DIR

from demo import places
from demo.stage import Stage, StepFailed
from revenue_intel.conf import settings as conf
from revenue_intel.facts.models import BalanceTransactionFact
from revenue_intel.testing.standin import Standin


def read_balance(stage: Stage) -> None:
    """Have ``revenue_reconcile`` read the balance at the stand-in, unless all its bookings are here.

    Raises:
        StepFailed: the command failed, or the stand-in's records are gone.
    """
    records = places.load_records()
    wanted = len(records["balance_transactions"])
    if BalanceTransactionFact.objects.count() >= wanted:
        stage.say(f"{wanted:,} bookings were read before. Nothing to do.")
        return
    standin = Standin(secret=conf.STRIPE_WEBHOOK_SECRETS[0], queue_events=True)
    standin.load(records)
    with standin:
        done = subprocess.run(
            [sys.executable, "manage.py", "revenue_reconcile", "--verbosity", "0", "--no-color"],
            cwd=PROJECT_DIR,
            env={**os.environ, "STRIPE_API_BASE": standin.url},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise StepFailed(f"revenue_reconcile ended with {done.returncode}:\n{done.stderr.strip()[-2000:]}")
    stage.say(done.stdout.strip())
