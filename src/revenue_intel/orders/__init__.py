"""The commands on an order: one function each, the single path for webhook, page, admin and replay."""
