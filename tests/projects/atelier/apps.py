from __future__ import annotations

from django.apps import AppConfig


class AtelierConfig(AppConfig):
    name = "tests.projects.atelier"
    label = "atelier"
    default_auto_field = "django.db.models.BigAutoField"
