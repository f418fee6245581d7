"""Training the answerer from the examples of its knowledge. The only door to scikit-learn.

Not here: anything that a process which answers needs (`policy.answering`): it must not load scikit-learn.
"""
