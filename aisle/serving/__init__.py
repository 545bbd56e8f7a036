"""Turns a registered model into an answer over HTTP."""
