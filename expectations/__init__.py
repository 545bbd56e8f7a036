"""Is this data fit to use? One suite per border table."""
