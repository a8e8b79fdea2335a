"""The built wheel in a fresh environment, and the README followed once in a bare project."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.host_project import HostProject
from tests.docs.pages import README, ROOT, blocks


def call(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def wheel_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter for which revenue-intel is the wheel, and all else what runs this suite.

    So no network is needed, and what the wheel lacks is not hidden by the checkout.
    """
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    venv = folder / "venv"
    call(sys.executable, "-m", "venv", venv, cwd=folder)
    python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    call(python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=folder)
    purelib = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(purelib) / "borrowed.pth").write_text("\n".join(sorted(ours)), encoding="utf-8")
    return python


@pytest.fixture(scope="session")
def bare_project(wheel_python: Path, tmp_path_factory: pytest.TempPathFactory) -> HostProject:
    """A project made by ``startproject`` with the shop that the README starts from, and nothing of ours."""
    folder = tmp_path_factory.mktemp("bare") / "mysite"
    folder.mkdir()
    call(wheel_python, "-m", "django", "startproject", "mysite", folder, cwd=folder)
    project = HostProject(folder, python=wheel_python)
    project.manage("startapp", "shop")
    (models,) = [block for block in blocks(README) if block.file == "shop/models.py"]
    (folder / models.file).write_text(models.text, encoding="utf-8")
    settings = folder / "mysite" / "settings.py"
    text = settings.read_text(encoding="utf-8") + '\nINSTALLED_APPS += ["shop"]\n'
    settings.write_text(text, encoding="utf-8")
    project.manage("makemigrations", "shop")
    return project


@pytest.fixture(scope="session")
def mounted_project(
    bare_project: HostProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HostProject]:
    """The bare project after its owner followed the README to the end."""
    project = bare_project.copy_to(tmp_path_factory.mktemp("mounted") / "mysite")
    project.follow(README)
    yield project
    project.stop()


@pytest.fixture
def reader(mounted_project: HostProject, tmp_path: Path) -> Iterator[HostProject]:
    """A copy of the mounted project, to do with as a page says."""
    project = mounted_project.copy_to(tmp_path / "mysite")
    yield project
    project.stop()
    shutil.rmtree(project.folder, ignore_errors=True)
