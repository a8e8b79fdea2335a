"""Where the machine-readable contracts lie.

``contracts/`` at the repository's root is the one source. A wheel carries it as package
data; an editable install reads the checkout.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from revenue_intel.exceptions import ConfigurationError

PACKAGE = Path(__file__).resolve().parent.parent


def contracts_folder() -> Path:
    """Return the folder that holds the contracts.

    Raises:
        ConfigurationError: the installation carries none.
    """
    for folder in (PACKAGE / "contracts", PACKAGE.parent.parent / "contracts"):
        if (folder / "kpi_contract.json").is_file():
            return folder
    raise ConfigurationError("The contracts are missing from this installation; reinstall revenue-intel.")


@cache
def load_contract(name: str) -> dict[str, Any]:
    """Return the JSON contract at ``name``, such as ``exports/orders.schema.json``."""
    contract: dict[str, Any] = json.loads((contracts_folder() / name).read_text(encoding="utf-8"))
    return contract
