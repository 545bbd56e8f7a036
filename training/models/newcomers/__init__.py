"""What to show somebody who has bought nothing yet: popular, more so among people like them."""
