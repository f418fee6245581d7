"""The words that the face engine and the rest of the house share: plain values, no face library imported here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Points = NDArray[np.float32]
    Descriptor = NDArray[np.float32]


class Action(StrEnum):
    """One movement a person is asked for. Left and right are the person's own."""

    BLINK = "blink"
    OPEN_MOUTH = "open_mouth"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    NOD = "nod"


class Advice(StrEnum):
    """Why a picture or video cannot serve; each has one sentence in `words`."""

    # about the picture of the face, most useful first
    NO_FACE = "no_face"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TOO_FAR = "too_far"
    CUT_OFF = "cut_off"
    SEVERAL_FACES = "several_faces"
    BLURRED = "blurred"
    LOOK_STRAIGHT = "look_straight"
    HOLD_STILL = "hold_still"
    UNLIKE_PHOTO = "unlike_photo"
    # about the file
    NOT_AN_IMAGE = "not_an_image"
    NOT_A_VIDEO = "not_a_video"
    HEIC = "heic"
    ANIMATED = "animated"
    TRUNCATED = "truncated"
    TOO_MANY_PIXELS = "too_many_pixels"
    FILE_TOO_LARGE = "file_too_large"
    VIDEO_TOO_LONG = "video_too_long"
    VIDEO_EMPTY = "video_empty"
    VIDEO_CODEC = "video_codec"
    UNREADABLE = "unreadable"


class Verdict(StrEnum):
    """What a comparison of two faces says."""

    MATCH = "match"
    REVIEW = "review"
    NO_MATCH = "no_match"
    UNUSABLE = "unusable"


class AttackSign(StrEnum):
    """A reason to doubt that a living person was before the camera (presentation attack, ISO/IEC 30107-3)."""

    STATIC_PICTURE = "static_picture"
    FLAT_SURFACE = "flat_surface"
    NO_DEPTH_SEEN = "no_depth_seen"
    IDENTITY_CHANGED = "identity_changed"
    REPEATED_FRAMES = "repeated_frames"
    JUMP = "jump"


class Metric(StrEnum):
    """How descriptors of an engine are compared; smaller is nearer for both."""

    EUCLIDEAN = "euclidean"
    COSINE = "cosine"


class PictureRefused(Exception):
    """A picture or video cannot serve, and `advice` says why. Permanent for these bytes: another picture is needed."""

    def __init__(self, advice: Advice) -> None:
        super().__init__(advice.value)
        self.advice = advice

    def __reduce__(self) -> tuple[type[PictureRefused], tuple[Advice]]:
        """Cross a process border whole: the arguments that Exception would send are not those of `__init__`."""
        return (PictureRefused, (self.advice,))


class EngineUnavailable(Exception):
    """A model is missing, is a Git LFS pointer or does not load: the engine refuses to start (fail closed)."""


class FaceBusy(Exception):
    """So many pictures wait already that one more would wait too long. Retryable."""


class FaceTimeout(Exception):
    """A picture took longer than its time limit; the worker was ended. Another picture may do."""


class FaceWorkerLost(Exception):
    """A worker died over a picture (a crash in a decoder, too much memory). It was replaced; another picture may do."""


@dataclass(frozen=True)
class Thresholds:
    """Distances up to `match` are the same person; up to `review` a person decides; above, not the same.

    They belong to one engine and one kind of template (mean of at least three frames against the reference).
    """

    match: float
    review: float

    def verdict(self, distance: float) -> Verdict:
        """Return what `distance` says."""
        if distance <= self.match:
            return Verdict.MATCH
        return Verdict.REVIEW if distance <= self.review else Verdict.NO_MATCH


@dataclass(frozen=True)
class EngineChoice:
    """Which engine a worker builds: plain and picklable, so that it can be sent to a worker process.

    match, review: distances that stand in for the engine's own. calibrated_for: the engine_id that these two were
    measured for, when they come from a calibration; another engine refuses them.
    """

    name: str = "dlib"
    model_path: str | None = None
    match: float | None = None
    review: float | None = None
    cache_dir: str | None = None
    calibrated_for: str | None = None


@dataclass(frozen=True)
class Face:
    """A face in a picture.

    box: left, top, right, bottom in pixels of the picture it was found in (may leave the picture).
    landmarks: the 68 points of the iBUG scheme, shape (68, 2), x then y, same pixels.
    """

    box: tuple[int, int, int, int]
    landmarks: Points

    @property
    def width(self) -> int:
        """Width of the box in pixels."""
        return self.box[2] - self.box[0]


class FaceEngine(Protocol):
    """Finds faces and turns one into a descriptor. Descriptors of different `engine_id` are never compared."""

    @property
    def engine_id(self) -> str:
        """Name and model of the engine; stored beside every template."""

    @property
    def dimension(self) -> int:
        """Length of a descriptor."""

    @property
    def metric(self) -> Metric:
        """How two descriptors are compared."""

    @property
    def thresholds(self) -> Thresholds:
        """Where this engine decides."""

    def find(self, rgb: Pixels, near: tuple[int, int, int, int] | None = None) -> list[Face]:
        """Return the faces in an RGB picture (height, width, 3), the widest first, in the picture's own pixels.

        near: where a face was in the frame before. It is looked for around there first, for less than half the cost,
        and what else the picture shows stays unseen when it is found; so give None on every few frames.
        """

    def describe(self, rgb: Pixels, face: Face) -> Descriptor:
        """Return the descriptor of one face: float32, shape (dimension,)."""

    def distance(self, one: Descriptor, other: Descriptor) -> float:
        """Return the distance of two descriptors of this engine."""


@dataclass(frozen=True)
class Template:
    """What a retiree's face is compared with: the mean descriptor of one or several photographs, as float32 bytes."""

    engine_id: str
    descriptor: bytes


@dataclass(frozen=True)
class PhotoReport:
    """What one still photograph is worth.

    advice is None when the photograph can serve as a reference; descriptor is then float32 bytes.
    """

    engine_id: str
    advice: Advice | None
    descriptor: bytes | None
    face_width: int
    elapsed_ms: float


@dataclass(frozen=True)
class PhotoMatch:
    """What one photograph says against a template. Exactly one of distance and advice is None; both without one."""

    engine_id: str
    verdict: Verdict
    distance: float | None
    advice: Advice | None


@dataclass(frozen=True)
class ActionSeen:
    """One action of a challenge and whether it was seen; `at_ms` counts from the first frame."""

    action: Action
    done: bool
    at_ms: int | None


@dataclass(frozen=True)
class FrameReport:
    """What one more frame of an attempt changed.

    state: the attempt's liveness state after this frame; opaque bytes, at most 64 KiB, kept by the caller.
    phase: "position" until the face is well placed, then "action", then "done".
    asked: the action the person is asked for now (only in phase "action").
    step: how many actions were seen so far; steps: how many the challenge has.
    advice: the one thing that would help most now, or None.
    keep: this frame is one of the best near-frontal ones and worth keeping as evidence.
    """

    state: bytes
    phase: str
    asked: Action | None
    step: int
    steps: int
    advice: Advice | None
    keep: bool
    elapsed_ms: float


@dataclass(frozen=True)
class Assessment:
    """Everything the pixels of one attempt say, before any decision.

    live: every action was done and no attack sign stands.
    actions: those of the challenge in order.
    attack_signs: why it is doubted; NO_DEPTH_SEEN alone means "cannot be told", not "attack".
    distance: mean probe descriptor against the template; None when there was no template or no usable frame.
    continuity: the largest distance between near-frontal frames of the attempt; None with fewer than two.
    probe: the mean descriptor of the best near-frontal frames as float32 bytes, and how many went into it.
    advice: the one thing that would have helped most, when something was missing.
    frames: how many frames were looked at.
    """

    engine_id: str
    live: bool
    actions: tuple[ActionSeen, ...]
    attack_signs: tuple[AttackSign, ...]
    verdict: Verdict
    distance: float | None
    continuity: float | None
    probe: bytes | None
    probe_frames: int
    advice: Advice | None
    frames: int
    elapsed_ms: float


@dataclass(frozen=True)
class VideoReport:
    """One uploaded video, watched through: the assessment and the best near-frontal frames as JPEG bytes."""

    assessment: Assessment
    best_frames: tuple[bytes, ...] = field(default=())
