"""Sealed pictures in S3-compatible storage: one object a picture, under a prefix of one bucket."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from certification.evidence import checked_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_GONE = frozenset({"NoSuchKey", "404", "NotFound"})
_CONNECT_SECONDS, _READ_SECONDS, _TRIES = 3, 15, 3


class StorageUnreachable(OSError):
    """The storage does not answer, or refuses what was asked."""


class BucketStore:
    """Sealed pictures as objects. Raises StorageUnreachable where the server cannot do now what is asked.

    endpoint_url: of a server of one's own; None for Amazon's. Without keys the machine's own rights are used.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        *,
        endpoint_url: str | None,
        region: str,
        access_key: str | None,
        secret_key: str | None,
    ) -> None:
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""
        self._how = {
            "endpoint_url": endpoint_url,
            "region_name": region,
            "aws_access_key_id": access_key,
            "aws_secret_access_key": secret_key,
        }
        self._made: list[Any] = []

    def put(self, key: str, sealed: bytes) -> None:
        """Store under a key never used before; the server has it whole or not at all."""
        with _told_apart():
            self._client.put_object(Bucket=self._bucket, Key=self._name(key), Body=sealed)

    def get(self, key: str) -> bytes:
        """Return what was put; raise FileNotFoundError."""
        with _told_apart():
            content: bytes = self._client.get_object(Bucket=self._bucket, Key=self._name(key))["Body"].read()
            return content

    def delete(self, key: str) -> None:
        """Remove; nothing happens when it is gone already."""
        with _told_apart():
            self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def list_keys(self) -> Iterator[tuple[str, datetime]]:
        """Yield every key there is and when it was put."""
        with _told_apart():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            for page in pages:
                for one in page.get("Contents", ()):
                    yield one["Key"].rpartition("/")[2], one["LastModified"]

    def _name(self, key: str) -> str:
        return f"{self._prefix}{checked_key(key)[:2]}/{key}"

    @property
    def _client(self) -> Any:
        if not self._made:
            import boto3  # noqa: PLC0415 - takes a second to import; a folder needs none of it
            from botocore.config import Config  # noqa: PLC0415

            config = Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"total_max_attempts": _TRIES, "mode": "standard"},
                # a server of one's own knows its buckets by path; not every one knows the newer checksums
                s3={"addressing_style": "path" if self._how["endpoint_url"] else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            )
            self._made.append(boto3.session.Session().client("s3", config=config, **self._how))
        return self._made[0]


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn boto's errors into ours: gone for good, or out of reach; the text is left out, it may name the bucket."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    try:
        yield
    except ClientError as refused:
        code = refused.response.get("Error", {}).get("Code", "")
        if code in _GONE:
            raise FileNotFoundError(code) from None
        raise StorageUnreachable(code) from None
    except BotoCoreError as fault:
        raise StorageUnreachable(type(fault).__name__) from None
