"""Every performance and quality claim, measured again by one command."""
