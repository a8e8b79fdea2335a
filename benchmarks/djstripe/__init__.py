"""dj-stripe's side of the intake benchmark: it runs in an environment of its own, without ours."""

from __future__ import annotations

ENDPOINT = "6a4f2f0e-0000-4000-8000-000000000001"
