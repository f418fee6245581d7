"""Answering a question about policy: made alike, guarded, weighed, decided. A record is picked, no text is composed.

Not here: the records (`policy.records`), training (`policy.training`: the only door to scikit-learn), the chat (`bot`).
"""
