"""``dev.py`` hands on what it is told, ends what it started, and says what is wrong."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import dev
from tests.meta.tree import ROOT

#: A program that says that it runs, and takes Ctrl-C as pytest does: it cleans up and ends.
PATIENT: Final = """
import sys, time
try:
    print("runs", flush=True)
    while True: time.sleep(0.1)
except KeyboardInterrupt:
    print("has cleaned up", flush=True)
    sys.exit(2)
"""


def test_what_is_for_pytest_reaches_it():
    options, rest = dev.parse(["test", "tests/stock", "-k", "late", "-x"])

    assert options.command == "test"
    assert rest == ["tests/stock", "-k", "late", "-x"]


def test_the_demo_takes_no_argument_that_it_does_not_know(capsys):
    with pytest.raises(SystemExit) as failure:
        dev.parse(["demo", "--fast"])

    assert failure.value.code == 2
    assert "unknown arguments: --fast" in capsys.readouterr().err


def test_what_a_shell_has_set_for_another_project_does_not_leak_in(monkeypatch):
    for name in dev.FOREIGN:
        monkeypatch.setenv(name, "another project's")

    kept = dev.environ(REVENUE_INTEL_TEST_DATABASE="sqlite")

    assert not set(dev.FOREIGN) & set(kept)
    assert kept["REVENUE_INTEL_TEST_DATABASE"] == "sqlite"


def test_the_exit_code_of_a_program_is_its_own():
    assert dev.run(sys.executable, "-c", "raise SystemExit(3)") == 3


def test_a_program_that_fails_quietly_shows_the_end_of_what_it_said():
    with pytest.raises(dev.DevError, match=r"It did not work\.\n    the reason$"):
        dev.run_quietly(sys.executable, "-c", "raise SystemExit('the reason')", failure="It did not work.")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_termination_signal_ends_the_program_that_runs_and_lets_it_clean_up(tmp_path: Path):
    runner = f"import sys, dev; sys.exit(dev.run(sys.executable, '-c', {PATIENT!r}))"
    process = subprocess.Popen([sys.executable, "-c", runner], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "runs\n"

    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)

    assert said == "has cleaned up\n"
    assert process.returncode == dev.INTERRUPTED


def test_an_environment_for_another_python_or_other_packages_is_not_taken(tmp_path: Path, monkeypatch):
    before = dev.fingerprint()
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(dev, "ROOT", tmp_path)

    assert dev.fingerprint() != before
    assert not dev.works(tmp_path / "bin" / "python")
    assert dev.works(Path(sys.executable))


@pytest.mark.parametrize("broken", ["uv", "uv and pip"])
def test_where_uv_cannot_install_pip_does(monkeypatch, broken: str):
    commands = []

    def run_quietly(*command: str | Path, failure: str) -> None:
        commands.append(command[2:])
        if command[2] == "uv" or (broken == "uv and pip" and "--group" in command):
            raise dev.DevError(failure)

    monkeypatch.setattr(dev, "run_quietly", run_quietly)

    if broken == "uv":
        dev.install(Path("python"), "test")
    else:
        with pytest.raises(dev.DevError, match="Is the package index reachable"):
            dev.install(Path("python"), "test")

    assert [command[0] for command in commands] == ["pip", "uv", "pip", "pip"]
    assert commands[-1][-4:] == ("--editable", ".[postgres]", "--group", "test")


def test_help_on_testing_says_what_is_ours_before_what_is_pytests(monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(dev, "run", lambda *command, **_: ran.append(command) or 0)

    assert dev.test(Path("python"), ["--help"]) == 0

    assert "on SQLite and on PostgreSQL" in capsys.readouterr().out
    assert ran == [(Path("python"), "-m", "pytest", "--help")]


@pytest.mark.parametrize("name", dev.BENCHMARKS)
def test_a_benchmark_is_there_and_tells_its_own_options(monkeypatch, name: str):
    handed_on = []
    monkeypatch.setattr(dev, "ensure_environment", lambda venv, group: Path(sys.executable))
    monkeypatch.setattr(dev, "run", lambda *command, **_: handed_on.append(command) or 0)

    assert dev.main(["bench", name, "--help"]) == 0

    assert handed_on == [(Path(sys.executable), "-m", f"benchmarks.{name}", "--help")]
    assert importlib.util.find_spec(f"benchmarks.{name}") is not None


def test_help_on_benchmarks_names_each(capsys):
    with pytest.raises(SystemExit) as ended:
        dev.parse(["bench", "--help"])

    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert [name for name in dev.BENCHMARKS if f"\n    {name} " not in said] == []


def test_a_benchmark_that_is_not_there_is_refused_with_the_names_of_those_that_are(capsys):
    with pytest.raises(SystemExit) as ended:
        dev.parse(["bench", "speed"])

    assert ended.value.code == 2
    assert "choose from" in capsys.readouterr().err


def test_the_options_of_a_benchmark_reach_it():
    options, rest = dev.parse(["bench", "kpis", "--orders", "5000", "--database", "sqlite", "--no-save"])

    assert options.benchmark == "kpis"
    assert rest == ["--orders", "5000", "--database", "sqlite", "--no-save"]
