"""Measured against the neighbours, in one run and on one server: ``python3 dev.py bench NAME``."""
