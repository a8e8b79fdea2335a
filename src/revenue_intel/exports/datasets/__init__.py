"""One file an export: where its rows come from."""
