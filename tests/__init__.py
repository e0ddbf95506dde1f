"""joinedup’s own tests: each test file mirrors a room of the source."""
