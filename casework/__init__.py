"""What people must do for a retiree: tickets and the help that is asked for.

Not here: who is certified (`certification`), what staff see (`api`).
"""
