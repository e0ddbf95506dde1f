"""What people decide and do: the register of a place."""
