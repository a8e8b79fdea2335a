"""What needs a person: opened once by fingerprint, seen again, resolved, reopened."""
