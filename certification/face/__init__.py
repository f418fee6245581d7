"""Faces: the only door to the face libraries.

Here: pictures in, measurements out - decoding, quality gates, descriptors, liveness - and the worker processes in
which all of it runs. Not here: who the person is, what a measurement means for a certification, any stored state.
"""
