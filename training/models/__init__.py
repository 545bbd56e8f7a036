"""The rivals: every recommender behind one protocol."""
