"""Row locks are taken in one place a room, so that their order can be read off."""

from __future__ import annotations

import re

from tests.meta.tree import SRC, python_files, where

#: The host's order is locked by the adapter, which is the only one that knows its model.
ELSEWHERE = {SRC / "shop" / "model_shop.py"}


def test_select_for_update_stands_in_locks_modules_only():
    astray = [
        where(file)
        for file in python_files("src")
        if file.name != "locks.py"
        and file not in ELSEWHERE
        and re.search(r"select_for_update\(|\bFOR (NO KEY )?UPDATE\b", file.read_text(encoding="utf-8"))
    ]

    assert not astray
