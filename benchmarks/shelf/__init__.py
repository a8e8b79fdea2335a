"""The shop of the benchmarks: one table of items, and the ledger that a careful host would write by hand."""
