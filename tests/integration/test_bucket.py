"""Pictures in S3-compatible storage: against a real server on loopback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

from app import create_app
from certification.evidence import FolderStore, open_picture, store_picture
from certification.evidence_bucket import BucketStore, StorageUnreachable
from models import EvidenceImage
from services import NAME
from settings import Settings
from tests.brokers import free_port
from tests.conftest import DATA_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from certification.evidence import EvidenceStore
    from models.vault import Vault

KEYS = {"access_key": "invented", "secret_key": "invented as well"}
BUCKET = "pension-evidence"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    made = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    url = f"http://{host}:{port}"
    names = {"aws_access_key_id": KEYS["access_key"], "aws_secret_access_key": KEYS["secret_key"]}
    boto3.client("s3", endpoint_url=url, region_name="us-east-1", **names).create_bucket(Bucket=BUCKET)
    yield url
    made.stop()


def bucket_at(url: str, prefix: str = "city") -> BucketStore:
    return BucketStore(BUCKET, prefix, endpoint_url=url, region="us-east-1", **KEYS)


@pytest.fixture(params=["folder", "bucket"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> EvidenceStore:
    """Both kinds keep the same promises."""
    if request.param == "folder":
        return FolderStore(tmp_path / "evidence")
    return bucket_at(request.getfixturevalue("server"), prefix=tmp_path.name)


def test_it_works(any_store: EvidenceStore, vault: Vault) -> None:
    stored = store_picture(b"a face", store=any_store, vault=vault)
    assert b"a face" not in any_store.get(stored.key)
    image = EvidenceImage(storage_key=stored.key)
    assert open_picture(image, store=any_store, vault=vault) == b"a face"
    ((key, put_at),) = any_store.list_keys()
    assert key == stored.key
    assert abs(put_at - datetime.now(UTC)) < timedelta(minutes=1)
    for _ in range(2):
        any_store.delete(stored.key)
    assert list(any_store.list_keys()) == []
    with pytest.raises(FileNotFoundError):
        any_store.get(stored.key)


@pytest.mark.parametrize("key", ["../up", "a/b", "", "与", "a.b"])
def test_a_key_that_is_a_path_is_refused(any_store: EvidenceStore, key: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        any_store.put(key, b"x")


def test_one_prefix_does_not_see_the_other(server: str) -> None:
    one, other = bucket_at(server, "one"), bucket_at(server, "other")
    one.put("ab12", b"x")
    assert [key for key, _ in one.list_keys()] == ["ab12"]
    assert list(other.list_keys()) == []
    with pytest.raises(FileNotFoundError):
        other.get("ab12")


def test_a_server_out_of_reach_and_a_missing_bucket_are_told_apart_from_a_picture_that_is_gone(server: str) -> None:
    nowhere = bucket_at(f"http://127.0.0.1:{free_port()}")
    missing = BucketStore("another-bucket", "", endpoint_url=server, region="us-east-1", **KEYS)
    for store in (nowhere, missing):
        with pytest.raises(StorageUnreachable) as told:
            store.put("ab12", b"x")
        assert not isinstance(told.value, FileNotFoundError)
        assert "invented" not in str(told.value)
    with pytest.raises(FileNotFoundError):
        bucket_at(server).get("ab12")


def test_the_settings_lead_to_it(server: str, tmp_path: Path) -> None:
    given = {"EVIDENCE_URL": f"s3://{BUCKET}/from/settings", "EVIDENCE_ENDPOINT_URL": server, "DATA_KEY": DATA_KEY}
    given |= {"EVIDENCE_ACCESS_KEY": KEYS["access_key"], "EVIDENCE_SECRET_KEY": KEYS["secret_key"]}
    settings = Settings.read(given | {"DATA_DIR": str(tmp_path)})
    assert KEYS["secret_key"] not in repr(settings)
    store: EvidenceStore = create_app(settings).extensions[NAME].evidence
    store.put("cd34", b"sealed")
    assert bucket_at(server, "from/settings").get("cd34") == b"sealed"
