"""Moves rows: landing zone to raw, raw to marts, marts to published files and features."""
