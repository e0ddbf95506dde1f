"""What happened to each person: spells, delays, packages, reablement, timeline, circle of support."""
