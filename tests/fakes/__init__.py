"""Small classes that stand where a clock or a store stands, and that a test reads afterwards."""
