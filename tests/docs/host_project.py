"""A project made by ``django-admin startproject``, with the built wheel, and a reader who does what a page says.

The reader takes a page's blocks in order:

- ``python`` whose first line names a file: settings and URLs are added to, other files are written, and
  the module is imported;
- other ``python``: typed into ``manage.py shell``; a ``text`` block right after it is what it prints;
- ``console``: each ``$`` line is run, and what stands under it is what it prints; ``…`` is anything.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import Block, blocks

#: Commands that a page may show and that are not run here, and why.
NOT_RUN = {
    "pip install": "the fixture installs the wheel",
    "python3 dev.py": "tests/e2e and the suite itself",
    "tox": "the suite is what it runs",
    ".ci/run": "the suite is what it runs",
    "stripe ": "needs an account",
    "curl ": "asks a stand-in that runs: tests/testing/test_standin_trouble.py",
    "python manage.py revenue_stripe_standin": "tests/testing/test_standin_command.py",
}
ADDED_TO = ("mysite/settings.py", "mysite/urls.py")
EXAMPLE_ADDRESS = "127.0.0.1:8000"
SECRET = "whsec_example"
FOREIGN = ("DJANGO_", "PYTHON", "REVENUE_INTEL_", "STRIPE_", "COVERAGE_", "VIRTUAL_ENV")


class HostProject:
    """A Django project in a folder, run by an interpreter of its own."""

    def __init__(self, folder: Path, *, python: Path) -> None:
        self.folder = folder
        self.python = python
        self.port = free_port()
        self._server: subprocess.Popen[bytes] | None = None

    def copy_to(self, folder: Path) -> HostProject:
        """Copy it as it stands, database and all."""
        shutil.copytree(self.folder, folder)
        return HostProject(folder, python=self.python)

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program in the project to its end."""
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env=environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py`` and return what it says."""
        done = self.run(self.python, "manage.py", *arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def shell(self, text: str) -> str:
        """Type Python into ``manage.py shell`` and return what it prints."""
        return self.manage("shell", "-v", "0", "-c", text)

    def serve(self) -> None:
        """Serve the project until :meth:`stop`."""
        assert self._server is None
        self._server = subprocess.Popen(
            [str(self.python), "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"],
            cwd=self.folder,
            env=environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._server.poll() is None, "the server ended before it listened"
            time.sleep(0.1)
        raise AssertionError("the server did not listen within 30 seconds")

    def stop(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(timeout=30)
            self._server = None

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask the served project."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def follow(self, page: Path) -> None:
        """Do what the page says, block by block."""
        try:
            wanted = list(blocks(page))
            for block, after in zip(wanted, [*wanted[1:], None], strict=True):
                if block.language == "python" and block.file:
                    self._write(block)
                elif block.language == "python":
                    expected = after.text if after is not None and after.language == "text" else None
                    self._check(
                        block, self._said(block, "shell", "-v", "0", "-c", self._here(block.text)), expected
                    )
                elif block.language == "console":
                    self._console(block)
        finally:
            self.stop()

    def _write(self, block: Block) -> None:
        file = self.folder / block.file
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text(encoding="utf-8") if block.file in ADDED_TO else ""
        file.write_text(before + self._here(block.text) + "\n", encoding="utf-8")
        module = block.file.removesuffix(".py").replace("/", ".")
        if block.file not in ADDED_TO and "models" not in module:
            self._said(block, "shell", "-v", "0", "-c", f"import {module}")

    def _console(self, block: Block) -> None:
        for command, expected in commands(block):
            if any(command.startswith(prefix) for prefix in NOT_RUN):
                continue
            if command == "python manage.py runserver":
                self.serve()
                continue
            program, *arguments = shlex.split(command)
            assert program == "python", f"{block.place}: this reader cannot run {command}"
            done = self.run(self.python, *arguments)
            assert done.returncode == 0, f"{block.place}: {command}\n{done.stdout}"
            self._check(block, done.stdout, expected)

    def _said(self, block: Block, *arguments: str) -> str:
        done = self.run(self.python, "manage.py", *arguments)
        assert done.returncode == 0, f"{block.place}\n{done.stdout}"
        return done.stdout

    def _here(self, text: str) -> str:
        return text.replace(EXAMPLE_ADDRESS, f"127.0.0.1:{self.port}")

    def _check(self, block: Block, said: str, expected: str | None) -> None:
        if expected is None:
            return
        pattern = re.escape(expected.strip()).replace(re.escape("…"), ".*?")
        assert re.fullmatch(pattern, said.strip(), re.DOTALL), f"{block.place} prints\n{said}"


def commands(block: Block) -> Iterator[tuple[str, str | None]]:
    """Yield the commands of a console block, each with what is shown under it; None where nothing is."""
    for entry in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, shown = entry.partition("\n")
        yield command.partition("  #")[0].strip(), shown if shown.strip() else None


def free_port() -> int:
    """Return a port on the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environ() -> dict[str, str]:
    """Return the environment of somebody who has just the variables that the README names."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {
        **kept,
        "PYTHONIOENCODING": "utf-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "STRIPE_SECRET_KEY": "sk_test_example",
        "STRIPE_WEBHOOK_SECRETS": SECRET,
    }
