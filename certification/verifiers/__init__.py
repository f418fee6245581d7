"""Ways to verify that the person before the camera is the retiree, behind one shape.

Here: our own face session. Not here: what a verified face leads to (`certification.ending`).
"""
