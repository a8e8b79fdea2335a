"""Prove a file that was handed over: its bytes by the manifest, its values by the contract."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

from revenue_intel.exceptions import ContractViolation, UnknownCurrencyError
from revenue_intel.exports.contracts import NAMES, ExportContract, load_export_contract
from revenue_intel.exports.validators import check_row
from revenue_intel.kit.money import normalize_currency

CHUNK_BYTES = 1_048_576


def manifest_path(path: Path) -> Path:
    """Return where the manifest of a file lies: beside it."""
    return path.with_name(f"{path.name}.manifest.json")


def verify(path: Path) -> dict[str, Any]:
    """Check a file against its manifest and every value in it against the contract.

    Returns:
        The manifest.

    Raises:
        ContractViolation: the first thing that is not as promised.
    """
    manifest = read_manifest(path)
    contract = load_export_contract(manifest["export"])
    if manifest["contract_version"] != contract.version:
        raise ContractViolation(
            f"The file was made under contract version {manifest['contract_version']}; "
            f"this installation knows {contract.version}."
        )
    verify_values(path, contract, rows=manifest["rows"], currency=manifest["currency"])
    if hash_of(path) != manifest["sha256"]:
        raise ContractViolation("The file's sha256 is not the manifest's: its bytes were changed.")
    return manifest


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest beside the file, sound enough to be followed."""
    try:
        manifest: dict[str, Any] = json.loads(manifest_path(path).read_text(encoding="utf-8"))
        normalize_currency(manifest["currency"])
        sound = (
            manifest["export"] in NAMES
            and isinstance(manifest["rows"], int)
            and {"sha256", "contract_version"} <= manifest.keys()
        )
    except (OSError, ValueError, TypeError, KeyError, UnknownCurrencyError) as error:
        raise ContractViolation(f"There is no readable manifest at {manifest_path(path)}.") from error
    if not sound:
        raise ContractViolation(f"The manifest at {manifest_path(path)} is not one of ours.")
    return manifest


def verify_values(path: Path, contract: ExportContract, *, rows: int, currency: str) -> None:
    """Check header, every value and the number of rows."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            if next(reader, None) != list(contract.headers):
                raise ContractViolation("The header row is not the contract's.")
            count = 0
            for count, cells in enumerate(reader, start=1):
                check_row(contract, cells, row=count, currency=currency)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ContractViolation(f"The file cannot be read as CSV in UTF-8: {error}.") from error
    if count != rows:
        raise ContractViolation(f"The file has {count} rows; the manifest says {rows}.")


def hash_of(path: Path) -> str:
    """Return the sha256 of the file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
