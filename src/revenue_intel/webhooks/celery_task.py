"""The Celery task. ``apps.py`` imports it where the queue is Celery, so that Celery's workers know it."""

from __future__ import annotations

from celery import shared_task

from revenue_intel.webhooks import processing


@shared_task(name="revenue_intel.process_event", ignore_result=True)  # type: ignore[untyped-decorator]  # no types
def process_event(pk: int) -> None:
    """Apply the stored event ``pk``."""
    processing.process(pk)


def enqueue(pk: int) -> None:
    """Publish the event at once or not at all: whoever delivers it is waiting, and a worker finds what is lost."""
    with process_event.app.producer_or_acquire() as producer:
        # Left to itself, Celery would try to reach a broker that is down for six seconds.
        producer.connection.ensure_connection(max_retries=1, interval_start=0)
        process_event.apply_async((pk,), producer=producer, retry=False)
