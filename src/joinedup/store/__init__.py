"""Engines and files: extracts in, releases out."""
