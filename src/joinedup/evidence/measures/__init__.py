"""From facts to dated, defined measures by area and period."""
