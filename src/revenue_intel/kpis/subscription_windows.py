"""What two windows in a row did to the subscriptions of a scope, read from their states in one go (K16–K18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from revenue_intel.facts.models import SubscriptionState, SubscriptionStatus
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.mrr import DiscountPolicy
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.retention import Retention, measure_retention
from revenue_intel.kpis.subscription_history import (
    Change,
    Mrr,
    changes_of,
    read_mrr,
    read_standing,
    read_terms,
)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A trial: ``ended_at`` is None while it lasts; ``converted`` is whether it became an active subscription."""

    started_at: datetime
    ended_at: datetime | None = None
    converted: bool = False


@dataclass(frozen=True, kw_only=True)
class SubscriptionWindow:
    """One window: its movements, MRR as it stood at its end with what is in doubt of it, and its trials."""

    retention: Retention
    mrr: Mrr
    trials_started: int
    trials_ended: int
    trials_converted: int


def read_windows(
    question: Question, *, policy: DiscountPolicy
) -> tuple[SubscriptionWindow, SubscriptionWindow]:
    """Read the window asked for, and the one before. Time grows with the states of subscriptions."""
    scope, known_at = question.scope, question.known_at
    known = read_terms(scope, known_at=known_at)
    end = question.window.end
    changes: list[Change] = []
    trials: list[Trial] = []
    for states in read_standing(scope, before=end, known_at=known_at):
        changes += changes_of(states, before=end, policy=policy, known=known)
        trials += trials_of(states)
    now, before = (
        _window(
            window,
            changes=[change for change in changes if change.at < window.end],
            trials=trials,
            mrr=read_mrr(scope, at=window.end, policy=policy, known_at=known_at),
        )
        for window in question.windows
    )
    return now, before


def trials_of(states: list[SubscriptionState]) -> Iterator[Trial]:
    """Yield the trials of one subscription, from the states that stood, oldest first."""
    started_at: datetime | None = None
    for state in states:
        if state.status == SubscriptionStatus.TRIALING:
            started_at = started_at or state.effective_at
        elif started_at is not None:
            converted = state.status == SubscriptionStatus.ACTIVE
            yield Trial(started_at=started_at, ended_at=state.effective_at, converted=converted)
            started_at = None
    if started_at is not None:
        yield Trial(started_at=started_at)


def _window(window: Window, *, changes: list[Change], trials: list[Trial], mrr: Mrr) -> SubscriptionWindow:
    def is_inside(instant: datetime | None) -> bool:
        return instant is not None and window.start <= instant < window.end

    ended = [trial for trial in trials if is_inside(trial.ended_at)]
    return SubscriptionWindow(
        retention=measure_retention(changes, window),
        mrr=mrr,
        trials_started=sum(is_inside(trial.started_at) for trial in trials),
        trials_ended=len(ended),
        trials_converted=sum(trial.converted for trial in ended),
    )
