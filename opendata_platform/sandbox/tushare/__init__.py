"""Plays Tushare: its protocol over a market that is made up, at full size and by the market's own rules."""
