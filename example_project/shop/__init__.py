"""Harbour Goods: a small shop, the host that revenue-intel is shown and proved in."""
