"""The shop's own tests, run with its own settings: ``cd example_project && python -m pytest``."""
