"""Reading what people write: width, spoken numbers, days. Pure.

Not here: the answers to a conversation's own questions (`bot.reading`), and what a question is about (`policy`).
"""
