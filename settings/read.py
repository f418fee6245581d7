"""Settings: one frozen object, read once from the environment, for the composition root and the top floor.

The setting NAME is the environment variable NAME, or the content of the file that NAME_FILE names. A wrong one is
refused with one line. Every field of `Settings` is a setting of the same name in capitals, listed in docs/settings.md.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from certification.face.types import EngineChoice, Thresholds
from certification.limits import Limits
from policy.rules import RULE_SETS, Clock, rule_set
from settings.benefits import BenefitSettings, read_benefits
from settings.keys import KeySettings, read_keys
from settings.matching import MatchingSettings, read_matching
from settings.operations import OperationsSettings, read_operations
from settings.policy import PolicySettings, read_policy
from settings.protection import ProtectionSettings, read_protection
from settings.reader import ROOT, Environment, Reader, SettingsError, kept_key, split_address
from settings.staff import StaffSettings, read_staff
from settings.wechat import WechatSettings, read_wechat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from policy.rules import RuleSet

CALIBRATED = "face_thresholds.json"
SECRET_KEY_CHARACTERS = 32
MOST_FACE_WORKERS_BY_DEFAULT = 4


class FaceEngineName(StrEnum):
    """Which face engine the workers build."""

    DLIB = "dlib"
    ONNX = "onnx"


@dataclass(frozen=True)
class Calibration:
    """Thresholds that the operator chose on their own pictures, and the engine they were chosen for."""

    engine_id: str
    thresholds: Thresholds


@dataclass(frozen=True)
class Settings(
    BenefitSettings,
    KeySettings,
    MatchingSettings,
    PolicySettings,
    ProtectionSettings,
    StaffSettings,
    WechatSettings,
    OperationsSettings,
):
    """Every setting, checked. Secrets, and addresses that may hold a password, are kept out of `repr`."""

    environment: Environment
    port: int
    public_base_url: str
    secret_key: str = field(repr=False)
    data_dir: Path
    database_url: str = field(repr=False)
    rule_set: str
    certification_clock: str
    attempt_seconds: int
    attempts_per_session: int
    sessions_per_day: int
    review_due_days: int
    passed_frames_days: int
    refused_frames_days: int
    face_engine: FaceEngineName
    face_model_path: Path | None
    face_thresholds_path: Path | None
    face_match_distance: float | None
    face_review_distance: float | None
    face_workers: int
    face_queue: int
    face_worker_memory_mb: int
    face_frame_seconds: int
    face_video_seconds: int
    demo_faces_dir: Path

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Read and check every setting; raise SettingsError for the first that is wrong.

        In development the two keys are made on the first start and kept in `data_dir`.
        """
        from_environ = Reader(environ)
        environment = Environment(from_environ.one_of("ENVIRONMENT", list(Environment), Environment.DEVELOPMENT))
        data_dir = _made_folder(data_dir_of(from_environ))
        port = from_environ.whole("PORT", 8000, 1, 65535)
        public_base_url = from_environ.text("PUBLIC_BASE_URL", f"http://localhost:{port}").rstrip("/")
        match, review = from_environ.number("FACE_MATCH_DISTANCE"), from_environ.number("FACE_REVIEW_DISTANCE")
        settings = cls(
            environment=environment,
            port=port,
            public_base_url=public_base_url,
            secret_key=kept_key(from_environ, "SECRET_KEY", environment, data_dir, lambda: secrets.token_urlsafe(48)),
            data_dir=data_dir,
            database_url=database_url_of(from_environ, data_dir),
            rule_set=from_environ.one_of("RULE_SET", list(RULE_SETS), "changsha-2020"),
            certification_clock=from_environ.one_of("CERTIFICATION_CLOCK", ["rule_set", *Clock], "rule_set"),
            attempt_seconds=from_environ.whole("ATTEMPT_SECONDS", 120, 30, 3600),
            attempts_per_session=from_environ.whole("ATTEMPTS_PER_SESSION", 3, 1, 20),
            sessions_per_day=from_environ.whole("SESSIONS_PER_DAY", 5, 1, 1000),
            review_due_days=from_environ.whole("REVIEW_DUE_DAYS", 3, 1, 365),
            passed_frames_days=from_environ.whole("PASSED_FRAMES_DAYS", 30, 0, 3650),
            refused_frames_days=from_environ.whole("REFUSED_FRAMES_DAYS", 180, 0, 3650),
            face_engine=FaceEngineName(
                from_environ.one_of("FACE_ENGINE", list(FaceEngineName), FaceEngineName.DLIB),
            ),
            face_model_path=from_environ.existing_file("FACE_MODEL_PATH"),
            face_thresholds_path=from_environ.existing_file("FACE_THRESHOLDS_PATH") or _calibrated(data_dir, match),
            face_match_distance=match,
            face_review_distance=review,
            face_workers=from_environ.whole("FACE_WORKERS", _default_workers(), 1, 64),
            face_queue=from_environ.whole("FACE_QUEUE", 32, 1, 10_000),
            face_worker_memory_mb=from_environ.whole("FACE_WORKER_MEMORY_MB", 1024, 256, 65_536),
            face_frame_seconds=from_environ.whole("FACE_FRAME_SECONDS", 10, 1, 600),
            face_video_seconds=from_environ.whole("FACE_VIDEO_SECONDS", 60, 1, 3600),
            demo_faces_dir=from_environ.path("DEMO_FACES_DIR", ROOT.parent / "shared" / "faces"),
            **read_keys(from_environ, environment, data_dir),
            **read_matching(from_environ),
            **read_policy(from_environ, data_dir),
            **read_protection(from_environ, data_dir),
            **read_operations(from_environ, environment, data_dir),
            **read_staff(from_environ),
            **read_benefits(from_environ, data_dir),
            **read_wechat(from_environ, environment, data_dir, port, public_base_url),
        )
        settings._check()
        return settings

    @property
    def in_production(self) -> bool:
        """Whether real people depend on this process: no development login, no invented data, https only."""
        return self.environment is Environment.PRODUCTION

    def hosts(self) -> list[str]:
        """Return the names under which people reach this service."""
        more = (self.trusted_hosts or "").split(",")
        return [split_address(self.public_base_url).hostname or "", *(host.strip() for host in more if host.strip())]

    def rules(self) -> RuleSet:
        """Return the chosen rule set with the chosen clock."""
        rules = rule_set(self.rule_set)
        return rules if self.certification_clock == "rule_set" else rules.with_clock(Clock(self.certification_clock))

    def limits(self) -> Limits:
        """Return how much a certification may cost and how long its pictures are kept."""
        return Limits(
            attempt_seconds=self.attempt_seconds,
            attempts_per_session=self.attempts_per_session,
            sessions_per_day=self.sessions_per_day,
            review_days=self.review_due_days,
            passed_days=self.passed_frames_days,
            refused_days=self.refused_frames_days,
        )

    def calibration(self) -> Calibration | None:
        """Return what FACE_THRESHOLDS_PATH holds; raise SettingsError when it is not as calibration writes it."""
        if self.face_thresholds_path is None:
            return None
        write = "the path of a file written by `flask faces calibrate`"
        try:
            found = json.loads(self.face_thresholds_path.read_text())
            engine_id, match, review = str(found["engine_id"]), float(found["match"]), float(found["review"])
        except (OSError, ValueError, TypeError, KeyError):
            raise SettingsError("FACE_THRESHOLDS_PATH", "no thresholds can be read from that file", write) from None
        if not 0 < match <= review:
            raise SettingsError("FACE_THRESHOLDS_PATH", "its match and review distances are out of order", write)
        return Calibration(engine_id, Thresholds(match, review))

    def face_choice(self) -> EngineChoice:
        """Return the engine and thresholds for the face workers; None stands for the engine's own thresholds."""
        calibration = self.calibration()
        return EngineChoice(
            name=self.face_engine.value,
            model_path=str(self.face_model_path) if self.face_model_path else None,
            match=calibration.thresholds.match if calibration else self.face_match_distance,
            review=calibration.thresholds.review if calibration else self.face_review_distance,
            cache_dir=str(self.data_dir / "models"),
            calibrated_for=calibration.engine_id if calibration else None,
        )

    def _check(self) -> None:
        if len(self.secret_key) < SECRET_KEY_CHARACTERS:
            raise SettingsError("SECRET_KEY", "it is too short", f"at least {SECRET_KEY_CHARACTERS} random characters")
        check_database_url(self.database_url)
        self.check_operations()
        self._check_public_base_url()
        self._check_faces()

    def _check_public_base_url(self) -> None:
        address = split_address(self.public_base_url)
        wanted = ("https",) if self.in_production else ("http", "https")
        if address.scheme not in wanted or not address.hostname or address.query or address.fragment:
            raise SettingsError(
                "PUBLIC_BASE_URL",
                f"{self.public_base_url!r} is not an address people may be sent to"
                + (" in production" if self.in_production else ""),
                f"the address people open, such as {wanted[0]}://pension.example.cn",
            )

    def _check_faces(self) -> None:
        if self.face_engine is FaceEngineName.ONNX and self.face_model_path is None:
            raise SettingsError("FACE_MODEL_PATH", "FACE_ENGINE=onnx needs a model", "the path of an ONNX file")
        match, review = self.face_match_distance, self.face_review_distance
        if (match is None) != (review is None):
            missing = "FACE_MATCH_DISTANCE" if match is None else "FACE_REVIEW_DISTANCE"
            raise SettingsError(missing, "one of the two distances is given without the other", "both or neither")
        if match is not None and review is not None and not 0 < match <= review:
            raise SettingsError(
                "FACE_MATCH_DISTANCE", "it is not above 0 and at most FACE_REVIEW_DISTANCE", "such as 0.38 and 0.5"
            )
        if match is not None and self.face_thresholds_path is not None:
            raise SettingsError(
                "FACE_THRESHOLDS_PATH", "FACE_MATCH_DISTANCE says the same in another way", "one of the two"
            )
        self.calibration()


def settings_or_exit() -> Settings:
    """Return the settings of this process; end it with the one line when one is wrong."""
    try:
        return Settings.read(os.environ)
    except SettingsError as error:
        sys.exit(str(error))


def data_dir_of(reader: Reader) -> Path:
    """Return the folder for what this machine keeps."""
    return reader.path("DATA_DIR", ROOT / "var")


def database_url_of(reader: Reader, data_dir: Path) -> str:
    """Return the database's address."""
    return reader.text("DATABASE_URL", f"sqlite:///{data_dir / 'pension.sqlite3'}")


def _default_workers() -> int:
    return min(MOST_FACE_WORKERS_BY_DEFAULT, len(os.sched_getaffinity(0)))


def _calibrated(data_dir: Path, match: float | None) -> Path | None:
    """Return where calibration writes unless told otherwise, if it did and no distance is set by hand."""
    path = data_dir / CALIBRATED
    return path if match is None and path.is_file() else None


def _made_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        raise SettingsError("DATA_DIR", f"the folder {folder} cannot be made", "a folder that may be written") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise SettingsError("DATA_DIR", f"the folder {folder} cannot be written", "a folder that may be written")
    return folder


def check_database_url(url: str) -> str:
    """Return the address; raise SettingsError for what is none of the two databases'."""
    write = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError("DATABASE_URL", "it is not a database's address", write) from None
    if address.get_backend_name() not in {"sqlite", "postgresql"} or address.database in {None, "", ":memory:"}:
        raise SettingsError("DATABASE_URL", "it names no SQLite file and no PostgreSQL database", write)
    return url
