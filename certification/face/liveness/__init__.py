"""Liveness: whether a living person did the movements asked for, before a camera, now.

Pure functions of their arguments; an attempt's memory is opaque bytes that the caller keeps. What each cue is worth,
and what cannot be told from pixels, is in docs/liveness.md.
"""

from certification.face.liveness.assess import assess
from certification.face.liveness.observe import begin, observe
from certification.face.liveness.video import watch

__all__ = ["assess", "begin", "observe", "watch"]
