"""Turns published data into compared, gated and registered models."""
