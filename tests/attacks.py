"""Presentation attacks made from still photographs and clips, as lists of JPEG frames.

A print or a screen is put before a drawn wall and moved by a pinhole camera's rules. All of it is deterministic: the
same still gives the same frames.
"""

from __future__ import annotations

import math
import subprocess
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from certification.face.types import Pixels, Points

WIDTH, HEIGHT = 640, 480
FPS = 5
FOCAL = 640.0  # pixels: about 53 degrees across, as a phone's front camera
FACE_WIDTH = 190.0  # of the shown face, in pixels, when it is held straight
SHEET = 2.6  # the print is this many face widths wide
STRIPS = 36  # a bent print is drawn as so many flat ones


@dataclass(frozen=True)
class Pose:
    """How a print is held: degrees, pixels of the picture, and nearness (1 gives `FACE_WIDTH`).

    bend: angle in degrees over which the whole print is bent round an axis; 0 is flat. upright: that axis is vertical.
    fold: angle in degrees by which each half leans back from a crease along the nose.
    eyes: 0 as photographed, 1 closed. mouth: opening in face widths.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    x: float = 0.0
    y: float = 0.0
    near: float = 1.0
    bend: float = 0.0
    upright: bool = True
    fold: float = 0.0
    eyes: float = 0.0
    mouth: float = 0.0


@dataclass(frozen=True)
class Still:
    """A photograph to attack with.

    sheet: what is printed, RGB. points: the 68 points of its face on it. animated: drawn before, by eyes and mouth.
    """

    sheet: Pixels
    points: Points
    animated: dict[tuple[float, float], Pixels] = field(default_factory=dict)

    @classmethod
    def cut(cls, rgb: Pixels, points: Points) -> Still:
        """Cut a sheet around the face in `rgb`, scaled so that the face is `FACE_WIDTH` wide and upright."""
        width = float(np.ptp(points[:17, 0]))
        scale = FACE_WIDTH / width
        side = int(SHEET * FACE_WIDTH)
        centre = points[27:36].mean(axis=0)
        matrix = np.array(
            [[scale, 0, side / 2 - scale * centre[0]], [0, scale, side / 2 - scale * centre[1]]], dtype=np.float64
        )
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        sheet = cv2.warpAffine(rgb, matrix, (side, side), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
        moved = points @ matrix[:, :2].T + matrix[:, 2]
        return cls(np.asarray(sheet, dtype=np.uint8), moved.astype(np.float32))


def wall() -> Pixels:
    """Return the drawn room behind everything: a gradient with a door frame and fixed grain."""
    across = np.linspace(120, 185, WIDTH)[None, :] + np.linspace(15, -15, HEIGHT)[:, None]
    grain = np.random.default_rng(7).normal(0, 3, (HEIGHT, WIDTH))
    room = np.stack([across + grain, across * 0.97 + grain, across * 0.9 + grain], axis=2)
    room[:, 40:52] *= 0.6
    room[60:70, :180] *= 0.7
    return np.clip(room, 0, 255).astype(np.uint8)


def animate(still: Still, eyes: float, mouth: float) -> Pixels:
    """Return the sheet with its eyelids pulled down (`eyes` 0 to 1) and its mouth opened (`mouth`, face widths)."""
    sheet, points = still.sheet, still.points
    height, width = sheet.shape[:2]
    source_y = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, axis=1)
    source_x = np.repeat(np.arange(width, dtype=np.float32)[None, :], height, axis=0)
    if eyes > 0:
        for eye, brow in ((points[36:42], points[17:22]), (points[42:48], points[22:27])):
            _close_eye(source_y, eye, brow, eyes)
    dark = None
    if mouth > 0:
        dark = _open_mouth(source_y, points, mouth * float(np.ptp(points[:17, 0])))
    moved = cv2.remap(sheet, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if eyes > 0:
        for eye in (points[36:42], points[42:48]):
            lashes = eye[[0, 5, 4, 3]].round().astype(np.int32)
            cv2.polylines(moved, [lashes], isClosed=False, color=(60, 40, 35), thickness=2, lineType=cv2.LINE_AA)
    if dark is not None:
        shade = cv2.GaussianBlur(dark, (0, 0), 1.2)[..., None]
        moved = (moved * (1 - shade) + np.array([45, 20, 20]) * shade).astype(np.uint8)
    return np.asarray(moved, dtype=np.uint8)


def _close_eye(source_y: np.ndarray, eye: Points, brow: Points, amount: float) -> None:
    """Stretch the lid between brow and lashes down over the eye, column by column, fading out at its corners."""
    height = source_y.shape[0]
    left, right = float(eye[:, 0].min()), float(eye[:, 0].max())
    margin = 0.35 * (right - left)
    rows = np.arange(height, dtype=np.float32)
    order_up, order_low = eye[[0, 1, 2, 3]], eye[[0, 5, 4, 3]]
    # skin is taken from between brow and lashes, below the fold of the lid, which stays
    top = 0.45 * float(brow[:, 1].mean()) + 0.55 * float(eye[1:3, 1].mean())
    for column in range(int(left - margin), int(right + margin) + 1):
        outside = max(left - column, column - right, 0.0) / margin
        fade = amount * max(0.0, 1.0 - outside)
        upper = float(np.interp(column, order_up[:, 0], order_up[:, 1])) - 5.0
        lower = float(np.interp(column, order_low[:, 0], order_low[:, 1]))
        lid = upper + fade * (lower + 3.0 - upper)
        below = lower + 3.0 + 0.6 * (lower - top)
        # below the lashes the picture goes on where the lid has come to: what it covers is left out
        source_y[:, column] = np.interp(
            rows, [0, top, lid, lid + 0.5, below, height], [0, top, upper, lid, below, height]
        )


def _open_mouth(source_y: np.ndarray, points: Points, gap: float) -> np.ndarray:
    """Pull the lower lip and chin down by `gap` pixels; return where the dark inside of the mouth shows (0 to 1)."""
    height, width = source_y.shape
    dark = np.zeros((height, width), dtype=np.float32)
    rows = np.arange(height, dtype=np.float32)
    left, right = float(points[48, 0]), float(points[54, 0])
    half, middle = (right - left) / 2, (left + right) / 2
    chin = float(points[8, 1])
    reach = 1.9 * half
    for column in range(max(int(middle - reach), 0), min(int(middle + reach) + 1, width)):
        away = abs(column - middle) / reach
        drop = gap * math.cos(math.pi / 2 * away) ** 2
        lip = float(np.interp(column, points[[48, 60, 61, 62, 63, 64, 54], 0], points[[48, 60, 61, 62, 63, 64, 54], 1]))
        inside = gap * math.sqrt(max(0.0, 1 - (abs(column - middle) / (half * 0.9)) ** 2))
        end = chin + 1.5 * gap + 0.5 * half
        source_y[:, column] = np.interp(
            rows, [0, lip, lip + drop, end + drop * 0.2, height], [0, lip, lip + 0.5, end, height]
        )
        if inside > 1:
            dark[int(lip) : int(lip + min(inside, drop)), column] = 1.0
    return dark


def draw(still: Still, pose: Pose, room: Pixels) -> Pixels:
    """Return the picture (RGB, 640 x 480) of the print held as `pose` says before `room`."""
    sheet = still.sheet
    if pose.eyes or pose.mouth:
        key = (round(pose.eyes, 1), round(pose.mouth, 2))
        if key not in still.animated:
            still.animated[key] = animate(still, *key)
        sheet = still.animated[key]
    picture = room.copy()
    side = sheet.shape[0]
    count = STRIPS if pose.bend or pose.fold else 1
    edges = np.linspace(0, side, count + 1).round()
    strips = [_place(pose, side, edges[i], edges[i + 1]) for i in range(count)]
    order = sorted(range(count), key=lambda i: -strips[i][1])
    for i in order:
        low, high = int(edges[i]), min(int(edges[i + 1]) + 1, side)
        corners, _ = _place(pose, side, low, high)
        piece = sheet[:, low:high] if pose.upright or not pose.bend else sheet[low:high]
        height, width = piece.shape[:2]
        flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
        # only the part of the picture that the strip covers is drawn
        near, far = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0)) + 1
        (x0, y0), (x1, y1) = (np.clip(corner, 0, (WIDTH, HEIGHT)).astype(int) for corner in (near, far))
        if x1 <= x0 or y1 <= y0:
            continue
        shifted = (corners - np.array([x0, y0])).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(flat, shifted)
        size = (int(x1 - x0), int(y1 - y0))
        drawn = cv2.warpPerspective(piece, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, size)
        picture[y0:y1, x0:x1][mask > 127] = drawn[mask > 127]
    return picture


def _place(pose: Pose, side: int, low: float, high: float) -> tuple[Points, float]:
    """Return the four picture corners of the strip from `low` to `high` across the sheet, and its distance."""
    half = side / 2
    across = np.array([low, high, high, low]) - half
    along = np.array([-half, -half, half, half])
    if pose.bend:
        radius = side / math.radians(pose.bend)
        bent, deep = radius * np.sin(across / radius), radius * (1 - np.cos(across / radius))
    elif pose.fold:
        lean = math.radians(pose.fold)
        bent, deep = across * math.cos(lean), np.abs(across) * math.sin(lean)
    else:
        bent, deep = across, np.zeros(4)
    if pose.bend and not pose.upright:
        # the same strip, laid across: corners in the order of a horizontal piece
        solid = np.stack([along, bent, deep], axis=1)[[0, 3, 2, 1]]
    else:
        solid = np.stack([bent, along, deep], axis=1)
    turned = solid @ _rotation(pose).T + np.array([pose.x, pose.y, FOCAL / pose.near])
    seen = turned[:, :2] * FOCAL / turned[:, 2:] + np.array([WIDTH / 2, HEIGHT / 2])
    return seen.astype(np.float32), float(turned[:, 2].mean())


def _rotation(pose: Pose) -> np.ndarray:
    yaw, pitch, roll = (math.radians(angle) for angle in (pose.yaw, pose.pitch, pose.roll))
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def frame(rgb: Pixels, number: int, *, quality: int = 80) -> bytes:
    """Return one frame as JPEG with the grain of a camera, fixed by `number`: no two frames are the same bytes."""
    grain = np.roll(_GRAIN, (37 * number % HEIGHT, 101 * number % WIDTH), axis=(0, 1))
    noisy = cv2.add(rgb, grain[: rgb.shape[0], : rgb.shape[1]], dtype=cv2.CV_8U)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(noisy, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("a frame could not be encoded")
    return data.tobytes()


_GRAIN = np.random.default_rng(3).normal(0, 2, (HEIGHT, WIDTH, 3)).round().astype(np.int16)


def film(still: Still, poses: Iterable[Pose]) -> list[bytes]:
    """Return JPEG frames of the print in each pose."""
    room = wall()
    return [frame(draw(still, pose, room), number) for number, pose in enumerate(poses)]


def tremble(poses: Sequence[Pose], amount: float = 1.5) -> list[Pose]:
    """Return the poses as a hand holds them: small seeded shifts and turns."""
    shake = np.random.default_rng(11).normal(0, 1, (len(poses), 3))
    return [
        replace(pose, x=pose.x + amount * float(a), y=pose.y + amount * float(b), roll=pose.roll + 0.4 * float(c))
        for pose, (a, b, c) in zip(poses, shake, strict=True)
    ]


REST = 2 * FPS  # held straight first, to be found


def _moves(length: int, pose: Callable[[float, float], Pose]) -> list[Pose]:
    """Return poses: a straight rest, then `pose(swing, beat)`; swing goes -1..1 in 5 s, beat 0..1 in 3 s."""
    still = replace(pose(0, 0), yaw=0, pitch=0, eyes=0, mouth=0)
    times = [i / FPS for i in range(length - REST)]
    return [still] * REST + [
        pose(math.sin(2 * math.pi * t / 5), 0.5 - 0.5 * math.cos(2 * math.pi * t / 3)) for t in times
    ]


def _lids(beat: float) -> float:
    return 1.0 if beat > 0.75 else 0.0


PRINTS: dict[str, Callable[[float, float], Pose]] = {
    "static": lambda _swing, _beat: Pose(),
    "slid": lambda swing, beat: Pose(x=70 * swing, y=30 * beat),
    "tilted": lambda swing, beat: Pose(roll=20 * swing, near=1 + 0.25 * beat),
    "turned": lambda swing, _beat: Pose(yaw=45 * swing, x=20 * swing),
    "nodded": lambda swing, _beat: Pose(pitch=35 * swing),
    "bent": lambda swing, _beat: Pose(yaw=40 * swing, bend=110),
    "flexed": lambda swing, beat: Pose(yaw=40 * swing, bend=20 + 110 * beat),
    "bent across": lambda swing, _beat: Pose(yaw=40 * swing, pitch=15 * swing, bend=90, upright=False),
    "folded": lambda swing, _beat: Pose(yaw=40 * swing, fold=30),
    "morphed": lambda _swing, beat: Pose(eyes=_lids(1 - beat), mouth=0.16 * beat),
    "morphed, turned": lambda swing, beat: Pose(yaw=45 * swing, eyes=_lids(1 - beat), mouth=0.16 * beat),
    "morphed, bent": lambda swing, beat: Pose(yaw=40 * swing, bend=110, eyes=_lids(1 - beat), mouth=0.16 * beat),
    "morphed, folded": lambda swing, beat: Pose(yaw=40 * swing, fold=30, eyes=_lids(1 - beat), mouth=0.16 * beat),
    "morphed, nodded": lambda swing, beat: Pose(pitch=35 * swing, bend=90, upright=False, mouth=0.16 * beat),
}


def print_attack(kind: str, still: Still, seconds: int = 14) -> list[bytes]:
    """Return the frames, 5 a second, of one kind of `PRINTS`."""
    return film(still, tremble(_moves(seconds * FPS, PRINTS[kind])))


def swapped(first: Still, second: Still, seconds: int = 14) -> list[bytes]:
    """Return frames in which another person's portrait takes the place of the first halfway."""
    poses = tremble(_moves(seconds * FPS, PRINTS["morphed, turned"]))
    half = len(poses) // 2
    room = wall()
    pictures = [draw(first, pose, room) for pose in poses[:half]] + [draw(second, pose, room) for pose in poses[half:]]
    return [frame(picture, number) for number, picture in enumerate(pictures)]


def looped(frames: Sequence[bytes], seconds: int = 14, lap: int = 4) -> list[bytes]:
    """Return the first `lap` seconds of a recording over and over: an injected loop, the same pictures again."""
    return [frames[i % (lap * FPS)] for i in range(seconds * FPS)]


def photographs_of_a_turn(straight: Still, aside: Still, seconds: int = 14) -> list[bytes]:
    """Return frames in which a straight and a turned photograph of one person replace each other every second."""
    poses = tremble([Pose()] * (seconds * FPS))
    room = wall()
    drawn = [draw(aside if i > REST and (i // FPS) % 2 else straight, pose, room) for i, pose in enumerate(poses)]
    return [frame(picture, number) for number, picture in enumerate(drawn)]


def photograph_and_stranger(photograph: Still, stranger: Sequence[Pixels]) -> list[bytes]:
    """Return frames in which a photograph looks straight, and a living stranger does the movements in between."""
    room = wall()
    shown = [draw(photograph, pose, room) for pose in tremble([Pose()] * len(stranger))]
    rgb = [fit(stranger[i]) if i > REST and (i // (2 * FPS)) % 2 else shown[i] for i in range(len(stranger))]
    return [frame(picture, number) for number, picture in enumerate(rgb)]


def replayed_on_a_screen(recording: Sequence[Pixels]) -> list[bytes]:
    """Return a recording of a real face shown on a flat screen held by a hand: cannot be told from pixels."""
    room = wall()
    poses = tremble([Pose(near=1.0)] * len(recording))
    side = int(SHEET * FACE_WIDTH)
    nowhere = np.zeros((68, 2), dtype=np.float32)
    frames: list[bytes] = []
    for number, (rgb, pose) in enumerate(zip(recording, poses, strict=True)):
        high, wide = rgb.shape[:2]
        middle = rgb[:, max((wide - high) // 2, 0) : (wide + high) // 2] if wide > high else rgb
        sheet = np.asarray(cv2.resize(middle, (side, side), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        frames.append(frame(draw(Still(sheet, nowhere), pose, room), number))
    return frames


def fit(rgb: Pixels) -> Pixels:
    """Return a picture of any size as 640 x 480, its middle kept."""
    scale = max(WIDTH / rgb.shape[1], HEIGHT / rgb.shape[0])
    size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
    large = cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
    top, left = (size[1] - HEIGHT) // 2, (size[0] - WIDTH) // 2
    return np.asarray(large[top : top + HEIGHT, left : left + WIDTH], dtype=np.uint8)


def read_clip(path: Path, *, fps: float = FPS, offset: float = 0.0) -> list[Pixels]:
    """Return the frames (RGB, 640 x 480) of a clip, `fps` a second from `offset` seconds on."""
    capture = cv2.VideoCapture(str(path))
    frames: list[Pixels] = []
    due = offset
    step = 1 / (capture.get(cv2.CAP_PROP_FPS) or 25)
    at = 0.0
    while True:
        taken, bgr = capture.read()
        if not taken:
            return frames
        if at >= due - step / 2:
            frames.append(fit(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)))
            due += 1 / fps
        at += step


def write_camera_file(frames: Sequence[bytes], path: Path, *, fps: int = FPS) -> None:
    """Write JPEG frames as a file that Chromium plays as a camera: .mjpeg, or .y4m, by the path's suffix."""
    codec = ["-c:v", "mjpeg", "-q:v", "3"] if path.suffix == ".mjpeg" else ["-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "mjpeg", "-framerate", str(fps), "-i", "-", "-r", "25"]
    subprocess.run([*command, *codec, str(path)], input=b"".join(frames), check=True)
