"""The staff console, under /staff: parse, one use case, render. Every page asks for a login and reaches one region."""
