"""The shop watches itself: checks as data, a runner that cannot be fooled by a crash, and the doctor."""
