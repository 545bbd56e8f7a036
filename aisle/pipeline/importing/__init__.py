"""A shop's own files into the landing zone: every row lands or is quarantined, and is counted."""
