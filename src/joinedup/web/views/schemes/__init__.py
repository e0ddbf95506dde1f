"""Pages: schemes, what is claimed for them, and what works."""
