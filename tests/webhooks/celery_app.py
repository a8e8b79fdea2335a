"""The host's Celery application, as a worker process of its own loads it."""

from __future__ import annotations

import json
import os
from typing import Any

from celery import Celery

CONFIG = "REVENUE_INTEL_TEST_CELERY"


def make_app(config: dict[str, Any]) -> Celery:
    """Return an application with that broker."""
    app = Celery("host", set_as_current=False)
    app.conf.update(config, broker_connection_retry_on_startup=True, worker_send_task_events=False)
    return app


if CONFIG in os.environ:
    app = make_app(json.loads(os.environ[CONFIG]))
    app.set_default()
