"""Commands that an operator runs on a place."""
