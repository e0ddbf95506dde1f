"""Evaluating by a protocol: panels, people and syntheses; each designs unseen, estimates, and gives one result."""
