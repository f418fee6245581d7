"""Reading what people type or say: numbers, days, names, addresses, choices. Pure; text in, value out.

Not here: what a value leads to (`bot.conversations`), sentences (`bot.replies`).
"""
