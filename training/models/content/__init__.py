"""What is told of items, as keys that users like: how items nobody bought are ranked."""
