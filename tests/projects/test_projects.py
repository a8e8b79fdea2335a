"""The package is at home in hosts of any shape: each runs its own tests in a process and a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(("project", "tests"), [("warehouse", 16), ("atelier", 20), ("facts_only", 5)])
def test_a_hosts_own_tests_pass(project, tests):
    package = f"tests.projects.{project}"
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": f"{package}.settings"}

    result = subprocess.run(
        [
            sys.executable,
            "-W",
            "error::DeprecationWarning",
            "-m",
            "django",
            "test",
            "--noinput",
            f"{package}.suite",
        ],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert result.returncode == 0, result.stderr[-5000:]
    assert f"Ran {tests} tests" in result.stderr
