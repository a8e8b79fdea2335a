"""Stock moves under row locks, and every move is on a ledger."""
