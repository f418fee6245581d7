"""Rows for tests, with every value that a test does not care about filled in."""
