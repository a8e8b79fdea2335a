"""A shop with integer keys, decimal prices, two stock models and words of its own."""
