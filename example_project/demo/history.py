"""Play the story once. Whether it was begun, and whether it was played to its end, the audit log knows.

A play that was broken off is begun again from its first step, with the script and the records it had: the
shop's rows are there, and everything after them (funnel steps, events, dispatches) changes nothing when it
is repeated.
"""

from __future__ import annotations

from functools import cached_property

from django.db import transaction

from demo import afterwards, books, places, postman
from demo.goods import read_articles
from demo.server import HOST, find_free_port, running
from demo.stage import Stage, StepFailed
from demo.story import Script, Story, write_story
from demo.till import Till
from revenue_intel.audit.models import AuditEvent
from revenue_intel.audit.services import record_action
from revenue_intel.conf import settings as conf
from revenue_intel.kit import clock
from revenue_intel.webhooks.models import StripeEvent

BEGUN, PLAYED = "demo.begun", "demo.played"
ACTOR = "command:demo"


def find_script(action: str) -> Script | None:
    """Return the script of the history that was begun, or played to its end."""
    entry = AuditEvent.objects.filter(action=action).order_by("-id").first()
    return None if entry is None else Script.from_json(entry.detail)


class History:
    """The play in its steps, each of which can be repeated."""

    def __init__(self, wanted: Script, stage: Stage) -> None:
        """Play ``wanted``, or what was begun before."""
        self._begun = find_script(BEGUN)
        self.script = self._begun or wanted
        self._stage = stage
        self._secret: str = conf.STRIPE_WEBHOOK_SECRETS[0]

    @cached_property
    def story(self) -> Story:
        """The story of the script and the shop's goods."""
        return write_story(self.script, articles=read_articles(), zone=clock.zone(conf.TIME_ZONE))

    def write_rows(self) -> None:
        """Write the shop's own rows, unless they are there, and tell the package the funnel."""
        if self._begun is None:
            places.RECORDS.unlink(missing_ok=True)
            with transaction.atomic():
                books.write_rows(self.story)
                record_action(actor=ACTOR, action=BEGUN, subject="history", detail=self.script.as_json())
        else:
            self._stage.say("A play was broken off; it goes on with the same script.")
        story = self.story
        self._stage.say(f"{len(story.orders):,} orders of {len(story.people):,} customers are in the shop")
        steps = books.list_steps(story)
        books.tell(steps, progress=self._stage.bar(len(steps), "funnel steps").show)

    def take_payments(self) -> None:
        """Take the payments at the stand-in, unless its records are there."""
        if not places.RECORDS.exists():
            places.save_records(Till(self.story, secret=self._secret).play())

    def deliver_events(self) -> None:
        """Post every event to the shop's webhook endpoint, which runs as a server of its own."""
        events = places.load_records()["events"]
        port = find_free_port()
        bar = self._stage.bar(len(events), "events")
        with running("-m", "demo.webserver", str(port), port=port):
            answers = postman.deliver(
                events,
                url=f"http://{HOST}:{port}/payments/webhook/",
                secret=self._secret,
                progress=bar.show,
            )
        self._stage.say(", ".join(f"{count:,} {answer}" for answer, count in sorted(answers.items())))
        settled = (StripeEvent.Outcome.APPLIED, StripeEvent.Outcome.IGNORED)
        unsettled = StripeEvent.objects.exclude(outcome__in=settled).count()
        if unsettled:
            raise StepFailed(f"{unsettled:,} events were taken in and are not settled.")

    def let_staff_work(self) -> None:
        """Dispatch and cancel; then the history is played."""
        deeds = afterwards.list_deeds(self.story)
        afterwards.do(deeds, progress=self._stage.bar(len(deeds), "orders").show)
        record_action(actor=ACTOR, action=PLAYED, subject="history", detail=self.script.as_json())
