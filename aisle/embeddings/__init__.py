"""Texts and pictures of items as vectors: encoders, cache, fewer dimensions, publication."""
