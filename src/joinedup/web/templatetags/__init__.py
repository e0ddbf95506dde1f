"""Template tags: figures that passed the gate, and GOV.UK components."""
