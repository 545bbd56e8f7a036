"""Aisle: personalization for online shops, from events to recommendations that evidence supports."""

__version__ = "0.1.0"
