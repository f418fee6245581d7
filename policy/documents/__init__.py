"""Official documents: their articles and items, read from files, kept as data, searched for exact words.

Not here: our plain answers (`policy.knowledge`'s records), and the numbers that decide something (`policy.rules`).
"""
