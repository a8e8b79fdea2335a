"""All that is stored, table by table, as hashes: two of them are equal where not one value has changed."""

from __future__ import annotations

import hashlib

from django.apps import apps

APPS = ("revenue_intel", "host")


def table_hashes() -> dict[str, str]:
    """Return a hash of every row of every table of ours and of the host's, down to keys and times."""
    models = [model for label in APPS for model in apps.get_app_config(label).get_models()]
    hashes = {}
    for model in models:
        if model._meta.managed:
            rows = model._base_manager.order_by("pk").values_list()
            hashes[model._meta.db_table] = hashlib.sha256(repr(list(rows)).encode()).hexdigest()
    return hashes
