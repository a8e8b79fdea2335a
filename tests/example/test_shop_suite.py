"""The example shop holds its own promises: its test suite passes, on the database this suite runs on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.example import example_shop


@pytest.mark.slow
def test_the_shops_own_tests_pass(tmp_path: Path) -> None:
    environ = example_shop.database(tmp_path)

    result = example_shop.run("-m", "pytest", "-q", "-p", "no:cacheprovider", **environ)

    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]


def test_the_shops_migrations_are_complete(tmp_path: Path) -> None:
    result = example_shop.run(
        "manage.py",
        "makemigrations",
        "shop",
        "--check",
        "--dry-run",
        EXAMPLE_DB=str(tmp_path / "shop.sqlite3"),
    )

    assert result.returncode == 0, result.stdout + result.stderr
