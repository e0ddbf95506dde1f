"""Tests of the pages of schemes."""
