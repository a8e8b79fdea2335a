"""Stripe itself: its signatures and its API. No other room imports ``stripe``."""
