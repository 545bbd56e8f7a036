"""The `aisle` command: one thin command per public function."""
