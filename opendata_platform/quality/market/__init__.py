"""Rules of the market: what must hold for a day of bars, factors, limits, contracts. Each function makes a `Check`."""
