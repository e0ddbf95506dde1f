"""Worlds whose truth is known, in which every design of an evaluation is tried many times."""
