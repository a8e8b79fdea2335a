"""Money, periods, clock, transactions, contracts on disk: what every room needs and none owns."""
