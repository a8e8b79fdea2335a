"""Every relative link in the documents leads somewhere; what the proof pages name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import CODE, DOCS, LINK, ROOT, all_pages, anchors, name_of, prose, read, rows

PAGES = [*all_pages(), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
MATRIX = DOCS / "acceptance_matrix.md"
PROOFS = DOCS / "CONTRACTS_AND_PROOFS.md"
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


@pytest.mark.parametrize("page", [MATRIX, PROOFS], ids=name_of)
def test_every_path_and_every_test_that_is_named_exists(page: Path):
    named = [code for code in CODE.findall(prose(page)) if re.fullmatch(r"[\w.-]+(/[\w.:-]+)+/?", code)]

    assert named
    assert [target for target in named if not is_there(target)] == []


def test_every_claim_names_its_code_and_its_tests():
    incomplete = [
        claim
        for claim, code, tests, _ in rows(read(MATRIX))
        if not LINK.search(code) or "`tests/" not in tests
    ]

    assert incomplete == []


@pytest.mark.parametrize("page", [MATRIX, PROOFS], ids=name_of)
def test_every_proof_is_a_command_that_runs_what_the_row_names(page: Path):
    table = rows(read(page))
    proofs = [PROOF.search(row[-1]) for row in table]

    assert table
    assert [row[0] for row, proof in zip(table, proofs, strict=True) if proof is None] == []
    paths = [path for proof in proofs if proof and proof[1] == "test" for path in proof[2].split()]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    for claim, *_, tests, proof in table:
        said = PROOF.search(proof)
        if said is None or said[1] != "test" or not said[2].strip():
            continue
        left = [
            each
            for each in re.findall(r"tests/[\w/.]+", tests)
            if not any(each == path or each.startswith(f"{path}/") for path in said[2].split())
        ]
        assert left == [], claim
