"""A shop with UUID keys, prices in pence, users of its own kind and a second database for looking at figures."""
