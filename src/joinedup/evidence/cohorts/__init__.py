"""People compared in an evaluation: who could be, what was known of them before, and what followed."""
