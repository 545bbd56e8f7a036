"""HTTP tracking into the landing zone: judged, and on disk before it is acknowledged."""
