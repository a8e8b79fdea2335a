"""The commands of a fresh checkout: ``python3 dev.py demo``, ``python3 dev.py test``, ``python3 dev.py bench``.

Standard library only. Makes ``.venv`` (for ``bench``: ``.venv-bench``) beside this file the first time, and
keeps it until ``pyproject.toml`` or the Python version changes.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BENCH_VENV = ROOT / ".venv-bench"  # the neighbours that we are measured against are in nobody's way there
EXAMPLE = ROOT / "example_project"

BENCHMARKS = {
    "intake": "events a second over HTTP, against dj-stripe and a bare view",
    "kpis": "KPIs of 30 and 90 days, against the ORM, one statement, DuckDB and bare SQL",
    "stock": "orders a second for the same stock, against django-oscar, the ORM and bare SQL",
}
DATABASES = ("sqlite", "postgres")
COVERAGE_FLOOR = 95
INTERRUPTED = 130
WAKE_SECONDS = 0.5
PIP_WITH_GROUPS = "pip>=25.1"
TEST_HELP = """usage: dev.py test [arguments of pytest]

Without arguments: the whole suite on SQLite and on PostgreSQL, and the branch coverage of both together.
With arguments: what they choose, on both databases. This is what pytest takes:
"""

# What a shell may have set for another project, and what must not leak into this one.
FOREIGN = ("DJANGO_SETTINGS_MODULE", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_FILE")


class DevError(Exception):
    """Something a person has to put right; the message says what."""


def say(text: str) -> None:
    """Print one line of progress at once, in its place among the output of other programs."""
    print(f"==> {text}", flush=True)


def environ(**more: str) -> dict[str, str]:
    """Return the environment for the programs that are run, with ``more`` added."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


def run(*command: str | Path, **more: str) -> int:
    """Run a program to its end and return its exit code; 130 after Ctrl-C.

    Ctrl-C reaches the program by itself, so here it is only waited for: it stops what it has started.
    A termination signal is handed on as if it were Ctrl-C.
    """
    interrupted = False
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environ(**more))

    def hand_on(*_: object) -> None:
        nonlocal interrupted
        interrupted = True
        process.terminate() if os.name == "nt" else process.send_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, hand_on)
    try:
        while True:
            try:
                code = process.wait(timeout=WAKE_SECONDS)
                return INTERRUPTED if interrupted else code
            except subprocess.TimeoutExpired:
                continue  # a signal that came just before the wait is seen now
            except KeyboardInterrupt:
                interrupted = True
    finally:
        signal.signal(signal.SIGTERM, before)


def run_quietly(*command: str | Path, failure: str) -> None:
    """Run a program whose output matters only when it fails.

    Raises:
        DevError: it failed; ``failure`` says what that means, the end of the output says why.
    """
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environ(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore", UV_LINK_MODE="copy"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(f"    {line}" for line in done.stdout.splitlines()[-20:])
        raise DevError(f"{failure}\n{tail}")


def fingerprint() -> str:
    """Return what the environment depends on: the Python that made it, and ``pyproject.toml``."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    digest.update(f"{sys.version}\n{ROOT}".encode())
    return digest.hexdigest()


def works(python: Path) -> bool:
    """Say whether an interpreter is there, runs, and is of the version that runs this file."""
    try:
        found = subprocess.run([str(python), "-V"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return found.stdout.split()[-1] == sys.version.split()[0]


def python_of(venv: Path) -> Path:
    """Return the interpreter of an environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure_environment(venv: Path, *, group: str) -> Path:
    """Make an environment with the package (editable) and a dependency group, unless it is there; return its Python."""
    wanted, python, stamp = fingerprint(), python_of(venv), venv / "dev-stamp"
    if stamp.exists() and stamp.read_text() == wanted and works(python):
        return python
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise DevError(
                f"This Python has no module {module!r}. On Debian or Ubuntu: apt install python3-venv."
            )

    if not works(python):
        say(f"Making an environment in {venv.name} (Python {sys.version.split()[0]})")
        run_quietly(sys.executable, "-m", "venv", "--clear", venv, failure="Could not make the environment.")
    say(f"Installing the package and the group {group!r} (the first time takes about a minute)")
    install(python, group)
    stamp.write_text(wanted)
    return python


def install(python: Path, group: str) -> None:
    """Install the package (editable) and a dependency group: by uv or, where that cannot, by pip, which reads pip.conf.

    Raises:
        DevError: neither could.
    """
    failure = "Could not install the packages. Is the package index reachable? A first run needs the network."
    pip = (python, "-m", "pip", "install", "--quiet")
    wanted = ("--editable", ".[postgres]", "--group", group)
    run_quietly(*pip, "uv", failure=failure)
    try:
        run_quietly(python, "-m", "uv", "pip", "install", "--python", python, *wanted, failure=failure)
    except DevError:
        say("uv could not install them; trying with pip, which takes longer")
        run_quietly(*pip, "--upgrade", PIP_WITH_GROUPS, failure=failure)
        run_quietly(*pip, *wanted, failure=failure)


def demo(python: Path, *, serve: bool, port: int | None) -> int:
    """Hand over to the example shop, which plays two years of commerce and then serves."""
    command: list[str | Path] = [python, EXAMPLE / "manage.py", "demo"]
    command += [] if serve else ["--no-serve"]
    command += [] if port is None else ["--port", str(port)]
    return run(*command)


def bench(python: Path, name: str, arguments: list[str]) -> int:
    """Hand over to one benchmark, which starts a PostgreSQL with production durability of its own."""
    return run(python, "-m", f"benchmarks.{name}", *arguments, PYTHONPATH=str(ROOT))


def test(python: Path, arguments: list[str]) -> int:
    """Run the suite on every database, then report the coverage of both together.

    With arguments of one's own the coverage of the part that ran says nothing, and none is asked for.
    """
    if {"-h", "--help"} & set(arguments):
        print(TEST_HELP, flush=True)
        return run(python, "-m", "pytest", *arguments)
    measured = not arguments
    for old in (ROOT / ".coverage", *ROOT.glob(".coverage.*")):
        old.unlink(missing_ok=True)

    codes = {}
    for database in DATABASES:
        say(f"Tests on {database}")
        codes[f"tests on {database}"] = code = run(
            *(python, "-m", "pytest", "-n", "2"),
            *(["--cov", "--cov-report="] if measured else []),
            *arguments,
            REVENUE_INTEL_TEST_DATABASE=database,
            COVERAGE_FILE=str(ROOT / f".coverage.{database}"),
        )
        if code == INTERRUPTED:
            return code

    if measured:
        say(f"Branch coverage over both databases; src must have {COVERAGE_FLOOR} %")
        run(python, "-m", "coverage", "combine", "--quiet", *ROOT.glob(".coverage.*"))
        codes["coverage"] = run(
            *(python, "-m", "coverage", "report"),
            *("--include", "src/*", f"--fail-under={COVERAGE_FLOOR}"),
        )

    for step, code in codes.items():
        say(f"{step}: {'passed' if code == 0 else f'FAILED (exit code {code})'}")
    return max(codes.values())


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Read the command line; what ``test`` and ``bench`` do not know is for pytest and for the benchmark."""
    parser = argparse.ArgumentParser(prog="dev.py", description="Try revenue-intel, or test it.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="{demo,test,bench}")

    demo_parser = commands.add_parser("demo", help="play two years of an example shop, then serve it")
    demo_parser.add_argument("--no-serve", action="store_true", help="stop before serving; 0 if all held")
    demo_parser.add_argument("--port", type=int, help="port to serve on")

    commands.add_parser(
        "test",
        help="run the suite on SQLite and on PostgreSQL; further arguments go to pytest",
        add_help=False,
        prefix_chars="\0",  # so that -k and -x reach pytest
    )

    bench_parser = commands.add_parser(
        "bench", help="measure against the neighbours; more goes to the benchmark"
    )
    benchmarks = bench_parser.add_subparsers(
        dest="benchmark", required=True, metavar=f"{{{','.join(BENCHMARKS)}}}"
    )
    for name, about in BENCHMARKS.items():
        benchmarks.add_parser(name, help=about, add_help=False, prefix_chars="\0")  # its options are its own

    options, rest = parser.parse_known_args(arguments)
    if rest and options.command == "demo":
        parser.error(f"unknown arguments: {' '.join(rest)}")
    return options, rest


def main(arguments: list[str]) -> int:
    """Do what the command line asks; return the exit code."""
    if sys.version_info < (3, 11):
        raise DevError(f"revenue-intel needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    options, rest = parse(arguments)
    if options.command == "bench":
        return bench(ensure_environment(BENCH_VENV, group="bench"), options.benchmark, rest)
    python = ensure_environment(VENV, group="test")
    if options.command == "demo":
        return demo(python, serve=not options.no_serve, port=options.port)
    return test(python, rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except DevError as error:
        sys.exit(f"dev.py: {error}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
