"""The Django app. The only module that knows both ends: it joins handlers to the webhook registry."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RevenueIntelConfig(AppConfig):
    """Label ``revenue_intel``; one migration stream for all rooms."""

    name = "revenue_intel"
    verbose_name = "Revenue intelligence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the handlers, the system checks and the Celery task; guard tables after ``migrate``."""
        from revenue_intel import checks, handlers
        from revenue_intel.conf import settings as conf

        if conf.EVENT_QUEUE == "celery":
            with suppress(ImportError):  # a system check says that the package is missing
                import_module("revenue_intel.webhooks.celery_task")
        handlers.register_all()
        checks.register_all()
        post_migrate.connect(guard_append_only_tables, sender=self)


def guard_append_only_tables(*, using: str, **_kwargs: Any) -> None:
    """Install the triggers after every migration: SQLite drops them whenever it remakes a table."""
    from revenue_intel.kit.append_only import install_guards

    install_guards(using=using)
