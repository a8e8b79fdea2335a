"""The wheel carries all that the package needs at run time, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.meta.tree import ROOT, SRC


@pytest.fixture(scope="module")
def names(tmp_path_factory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def packaged(folder: Path, under: str = "") -> set[str]:
    """Return the names in the wheel that the files of a folder of the checkout must have."""
    return {
        f"revenue_intel/{under}{file.relative_to(folder).as_posix()}"
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_the_whole_package_is_in_it(names):
    assert packaged(SRC) <= names
    assert "revenue_intel/py.typed" in names


def test_the_contracts_are_in_it(names):
    contracts = packaged(ROOT / "contracts", "contracts/")

    assert "revenue_intel/contracts/kpi_contract.json" in contracts
    assert contracts <= names


@pytest.mark.parametrize("kind", ["templates", "static", "migrations"])
def test_it_carries(kind, names):
    assert [name for name in names if f"/{kind}/" in name]


def test_nothing_else_is_in_it(names):
    roots = {name.split("/")[0] for name in names}

    assert {root.split("-")[0] for root in roots} == {"revenue_intel"}
