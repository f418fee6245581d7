"""The settings of how the service is run: broker and workers, where pictures lie, web processes, logs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from settings.reader import ROOT, Environment, SettingsError, split_address

if TYPE_CHECKING:
    from pathlib import Path

    from settings.reader import Reader

_BROKERS = ("amqp", "amqps", "redis", "rediss")
_QUEUE = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True)
class Bucket:
    """Where pictures lie in S3-compatible storage. prefix: what every key begins with, without slashes around it."""

    name: str
    prefix: str
    endpoint_url: str | None
    region: str
    access_key: str | None = field(repr=False)
    secret_key: str | None = field(repr=False)


@dataclass(frozen=True)
class OperationsSettings:
    """How the service is run."""

    evidence_url: str
    evidence_endpoint_url: str | None
    evidence_region: str
    evidence_access_key: str | None = field(repr=False)
    evidence_secret_key: str | None = field(repr=False)
    broker_url: str | None = field(repr=False)
    broker_queue: str
    task_seconds: int
    task_tries: int
    web_processes: int
    face_places: int
    log_format: LogFormat

    def evidence_place(self) -> Path | Bucket:
        """Return the folder or the bucket that EVIDENCE_URL names; raise SettingsError when it names neither."""
        address = split_address(self.evidence_url)
        if address.scheme == "file" and address.netloc in {"", "localhost"} and len(address.path) > 1:
            return ROOT / unquote(address.path)
        if address.scheme == "s3" and _BUCKET.fullmatch(address.netloc) and not address.query + address.fragment:
            return Bucket(
                address.netloc,
                address.path.strip("/"),
                self.evidence_endpoint_url,
                self.evidence_region,
                self.evidence_access_key,
                self.evidence_secret_key,
            )
        raise SettingsError(
            "EVIDENCE_URL",
            f"{self.evidence_url!r} is neither a folder's address nor a bucket's",
            "such as file:///srv/pension/evidence or s3://BUCKET/PREFIX",
        )

    def check_operations(self) -> None:
        """Raise SettingsError for the first of these settings that is wrong."""
        self.evidence_place()
        if (self.evidence_access_key is None) != (self.evidence_secret_key is None):
            missing = "EVIDENCE_ACCESS_KEY" if self.evidence_access_key is None else "EVIDENCE_SECRET_KEY"
            raise SettingsError(missing, "one of the two keys is given without the other", "both or neither")
        endpoint = self.evidence_endpoint_url
        if endpoint is not None and not (
            split_address(endpoint).scheme in {"http", "https"} and split_address(endpoint).hostname
        ):
            raise SettingsError(
                "EVIDENCE_ENDPOINT_URL", "it is not a server's address", "such as https://s3.example.cn"
            )
        if self.broker_url is not None:
            address = split_address(self.broker_url)
            is_numbered = not address.scheme.startswith("redis") or re.fullmatch(r"/?\d{0,5}", address.path)
            if address.scheme not in _BROKERS or not address.hostname or not is_numbered:
                raise SettingsError(
                    "BROKER_URL",
                    "it is not a broker's address",
                    "amqp://USER:PASSWORD@HOST/VHOST or redis://:PASSWORD@HOST/NUMBER; a / in a password is %2F",
                )
        if not _QUEUE.fullmatch(self.broker_queue):
            raise SettingsError(
                "BROKER_QUEUE", f"{self.broker_queue!r} is not a queue's name", "letters, digits, dots and dashes"
            )


def read_operations(reader: Reader, environment: Environment, data_dir: Path) -> dict[str, Any]:
    """Read these settings; raise SettingsError for the first that is not of its kind."""
    in_production = environment is Environment.PRODUCTION
    return {
        "evidence_url": reader.text("EVIDENCE_URL", (data_dir / "evidence").as_uri()),
        "evidence_endpoint_url": reader.given("EVIDENCE_ENDPOINT_URL"),
        "evidence_region": reader.text("EVIDENCE_REGION", "us-east-1"),
        "evidence_access_key": reader.given("EVIDENCE_ACCESS_KEY"),
        "evidence_secret_key": reader.given("EVIDENCE_SECRET_KEY"),
        "broker_url": reader.given("BROKER_URL"),
        "broker_queue": reader.text("BROKER_QUEUE", "pension"),
        "task_seconds": reader.whole("TASK_SECONDS", 300, 2, 86_400),
        "task_tries": reader.whole("TASK_TRIES", 3, 1, 100),
        "web_processes": reader.whole("WEB_PROCESSES", 1, 1, 64),
        "face_places": reader.whole("FACE_PLACES", 8, 1, 1000),
        "log_format": LogFormat(
            reader.one_of("LOG_FORMAT", list(LogFormat), LogFormat.JSON if in_production else LogFormat.TEXT)
        ),
    }
