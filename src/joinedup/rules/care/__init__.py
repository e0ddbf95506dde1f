"""Rules about a person’s care: delays, spells, packages, reablement, fragmentation."""
