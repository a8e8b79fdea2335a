"""Exports under contract: nothing leaves before every value of it is known to be good."""
