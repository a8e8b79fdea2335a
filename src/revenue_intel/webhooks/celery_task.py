"""The Celery task. ``apps.py`` imports it where the queue is Celery, so that Celery's workers know it."""

from __future__ import annotations

from celery import shared_task

from revenue_intel.webhooks import processing


@shared_task(name="revenue_intel.process_event", ignore_result=True)  # type: ignore[untyped-decorator]  # no types
def process_event(pk: int) -> None:
    """Apply the stored event ``pk``."""
    processing.process(pk)


def enqueue(pk: int) -> None:
    """Publish the event, once: whoever delivers it is waiting, and a worker finds what the broker did not get."""
    process_event.apply_async((pk,), retry=False)
