"""The imperative shell of the evidence side: it reads, calls evidence and methods, writes once, publishes."""
