"""Conversations as pure transitions: where it stands and what was heard go in, what is said and done comes out.

Not here: sentences (`bot.replies`), the database (`bot.effects`, `bot.facts`), WeChat's forms (`bot.webhook`).
"""
