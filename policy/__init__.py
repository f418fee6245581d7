"""What the regulation says: its numbers as dated rules, its answers as sourced records, the form of an identity number.

Not here: what follows from a rule for one person (`certification`, `casework`), and anything that asks the time.
"""
