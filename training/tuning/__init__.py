"""The search for better parameters: trials judged before the test windows, a patch for review."""
