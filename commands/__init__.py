"""The command line (`flask ...`): each command parses, calls one use case and prints.

Not here: rules, and anything that pages also do; that stands below. Exit 0 is success, 1 a refused
input, 2 wrong usage.
"""
