"""Which records belong to the same person, and how sure that is."""
