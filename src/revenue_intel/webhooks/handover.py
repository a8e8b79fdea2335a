"""Handing stored events on to the host's task queue, where there is one.

The queue is the quick way, the worker the sure one: what the queue loses, ``revenue_process_events`` finds.
"""

from __future__ import annotations

import logging
from functools import partial
from importlib import import_module
from typing import Final

from django.db import transaction

from revenue_intel.conf import settings as conf

logger = logging.getLogger(__name__)

#: The module that puts an event into the queue of that name.
MODULES: Final = {
    "tasks": "revenue_intel.webhooks.django_task",
    "celery": "revenue_intel.webhooks.celery_task",
}


def hand_on(pk: int) -> None:
    """Put the stored event ``pk`` into the queue once it is committed. A queue that is down is logged, never raised."""
    if conf.EVENT_QUEUE:
        transaction.on_commit(partial(_enqueue, pk))


def _enqueue(pk: int) -> None:
    try:
        import_module(MODULES[conf.EVENT_QUEUE]).enqueue(pk)
    except Exception:
        logger.exception(
            "Stripe event in row %s could not be handed to the queue %r; a worker will find it.",
            pk,
            conf.EVENT_QUEUE,
        )
