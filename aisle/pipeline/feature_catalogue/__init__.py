"""One page of every feature: its meaning, how fresh it is, how it spreads, what it is worth."""
