"""What the regulation says: every number with its document, article and dates, and the form of an identity number.

Not here: what follows from a rule for one person (`certification`, `casework`), and anything that asks the time.
"""
