"""What the policy says: pure rules, standard library only, one case at a time."""
