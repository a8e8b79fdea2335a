"""Every relative link in the documents leads somewhere; what the proof pages name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import CODE, DOCS, LINK, ROOT, all_pages, anchors, name_of, prose, read, rows, section

PAGES = [*all_pages(), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
MATRIX = DOCS / "acceptance_matrix.md"
PROOFS = DOCS / "CONTRACTS_AND_PROOFS.md"
OURS = re.compile(r"(?:changelog\.d|contracts|docs|example_project|src|tests)/[\w./-]*")
EXAMPLES = {"docs/decisions/NNNN-title.md"}
PROOF = re.compile(r"`python3 dev\.py (test|demo)([^`]*)`")


def is_there(target: str) -> bool:
    """Return whether a path, or the test that stands after its ``::``, exists."""
    path, _, test = target.partition("::")
    file = ROOT / path
    if not test:
        return file.exists()
    return file.is_file() and f"\ndef {test}(" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path):
    dead = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (fragment and fragment not in anchors(target)):
            dead.append(link)

    assert not dead


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_is_named_in_passing_exists(page: Path):
    named = [code for code in CODE.findall(prose(page)) if OURS.fullmatch(code)]

    assert [path for path in named if not is_there(path) and path not in EXAMPLES] == []


def test_every_path_and_every_test_that_the_matrix_names_exists():
    named = [code for code in CODE.findall(prose(MATRIX)) if re.fullmatch(r"[\w.-]+(/[\w.:-]+)+", code)]

    assert named
    assert [target for target in named if not is_there(target)] == []


def test_every_claim_names_its_code_and_its_tests():
    incomplete = [
        claim
        for claim, code, tests, _ in rows(read(MATRIX))
        if not LINK.search(code) or "`tests/" not in tests
    ]

    assert incomplete == []


@pytest.mark.parametrize("table", [read(MATRIX), section(PROOFS, "Contracts")], ids=["matrix", "contracts"])
def test_the_proof_of_a_row_runs_the_tests_that_the_row_names(table: str):
    assert rows(table)

    for promise, *_, held_by, proof in rows(table):
        said = PROOF.fullmatch(proof)
        assert said, promise
        run = said[2].split() if said[1] == "test" else []
        assert [path for path in run if not (ROOT / path).exists()] == [], promise
        named = re.findall(r"tests/[\w/.]+", held_by) if run else []
        left = [path for path in named if not any(f"{path}/".startswith(f"{each}/") for each in run)]
        assert left == [], promise
