"""Looks at machine and workspace, changes nothing, and says what to do (`aisle doctor`)."""
