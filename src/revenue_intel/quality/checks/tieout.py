"""The ledger against Stripe's own balance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from revenue_intel.conf import settings as conf
from revenue_intel.facts.tieout import compute_tie_out
from revenue_intel.issues.models import Issue
from revenue_intel.kit import clock
from revenue_intel.quality.base import Check, Finding

#: How far back the check looks; the command looks as far as it is told.
PERIOD: Final = timedelta(days=90)


def _ledger_and_balance_differ() -> Iterator[Finding]:
    now = clock.now()
    for line in compute_tie_out(since=now - PERIOD, until=now, livemode=conf.find_livemode()):
        for difference in line.differences:
            yield Finding(
                subject=f"{line.category}:{difference.subject}",
                message=f"{difference.subject}: Stripe booked {difference.stripe_minor} {line.currency}, "
                f"the ledger has {difference.ledger_minor}",
                detail={
                    "category": line.category,
                    "currency": line.currency,
                    "livemode": line.livemode,
                    "account": line.account,
                    "stripe_minor": difference.stripe_minor,
                    "ledger_minor": difference.ledger_minor,
                },
            )


TIE_OUT = Check(
    slug="tie-out",
    title="The ledger of the last 90 days is what Stripe booked, to the unit",
    severity=Issue.Severity.ERROR,
    run=_ledger_and_balance_differ,
)
