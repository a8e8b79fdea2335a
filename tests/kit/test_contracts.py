"""The contracts are found in a checkout and in an installation, and their absence is said in words."""

from __future__ import annotations

import pytest

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.kit import contracts


def test_the_contracts_are_found_and_read():
    assert contracts.load_contract("kpi_contract.json")
    assert (contracts.contracts_folder() / "kpi_contract.json").is_file()


def test_a_contract_is_read_from_disk_once():
    assert contracts.load_contract("kpi_contract.json") is contracts.load_contract("kpi_contract.json")


def test_those_inside_the_package_win(monkeypatch, tmp_path):
    package = tmp_path / "lib" / "site-packages" / "revenue_intel"
    (package / "contracts").mkdir(parents=True)
    (package / "contracts" / "kpi_contract.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(contracts, "PACKAGE", package)

    assert contracts.contracts_folder() == package / "contracts"


def test_an_installation_without_contracts_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(contracts, "PACKAGE", tmp_path / "src" / "revenue_intel")

    with pytest.raises(ConfigurationError, match="missing from this installation"):
        contracts.contracts_folder()
