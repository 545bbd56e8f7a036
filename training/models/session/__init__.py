"""What the items of a visit under way say of the next one."""
