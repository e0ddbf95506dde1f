"""joinedup runs integrated public services in a place and finds out whether integration worked."""

__version__ = "0.1.0"
