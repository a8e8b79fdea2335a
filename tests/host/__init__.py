"""A small host shop: what the package's own tests mount it in."""

from __future__ import annotations
