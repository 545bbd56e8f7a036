"""Aisle: personalization for online shops, from events to evidence-backed recommendations."""

__version__ = "0.1.0"
