"""The tests. `pytest` runs the fast ones first."""
