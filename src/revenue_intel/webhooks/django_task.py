"""The task of Django's Tasks interface: ``django.tasks`` from Django 6.0 on, its backport ``django-tasks`` before."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import django

from revenue_intel.webhooks import processing

_tasks: Any = import_module("django.tasks" if django.VERSION >= (6, 0) else "django_tasks")


@_tasks.task  # type: ignore[untyped-decorator]  # found by the version that runs
def process_event(pk: int) -> None:
    """Apply the stored event ``pk``."""
    processing.process(pk)


def enqueue(pk: int) -> None:
    """Put the event into the queue of the default backend."""
    process_event.enqueue(pk)
