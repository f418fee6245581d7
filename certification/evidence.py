"""Keeping pictures: sealed, out of the database, each with the day on which it must be destroyed."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import insert, select, update

from models import EvidenceImage, EvidenceWaste
from models.audit import record
from models.evidence import EvidencePurpose
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from models.audit import Actor
    from models.session import Transactions
    from models.vault import Vault

_KEY_BYTES = 16
_PURPOSE = "evidence"
_PARTIAL = ".partial"


class EvidenceStore(Protocol):
    """Where sealed pictures lie: a folder, a bucket."""

    def put(self, key: str, sealed: bytes) -> None:
        """Store under a key never used before; durable when this returns."""

    def get(self, key: str) -> bytes:
        """Return what was put; raise FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Remove; nothing happens when it is gone already."""

    def list_keys(self) -> Iterator[tuple[str, datetime]]:
        """Yield every key there is and when it was put."""


class FolderStore:
    """Sealed pictures as files in one folder that only this user reads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if os.geteuid() == 0:
                # root, who brings the database up to date, makes it for whoever serves
                around = folder.parent.stat()
                os.chown(folder, around.st_uid, around.st_gid)

    def put(self, key: str, sealed: bytes) -> None:
        """Write to a file beside the final one first: a process that dies leaves no half picture under the key."""
        path = self._path(key)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        partial = path.with_suffix(_PARTIAL)
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            partial.unlink(missing_ok=True)  # a full disk is not filled further by what does not fit
            raise
        partial.replace(path)

    def get(self, key: str) -> bytes:
        """Return what was put; raise FileNotFoundError."""
        return self._path(key).read_bytes()

    def delete(self, key: str) -> None:
        """Remove; nothing happens when it is gone already."""
        self._path(key).unlink(missing_ok=True)

    def list_keys(self) -> Iterator[tuple[str, datetime]]:
        """Yield every key there is and when it was put."""
        for path in self._folder.glob("*/*"):
            if path.suffix != _PARTIAL:
                with suppress(FileNotFoundError):
                    yield path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def _path(self, key: str) -> Path:
        return self._folder / checked_key(key)[:2] / key


def checked_key(key: str) -> str:
    """Return the key; raise ValueError for what is none: it becomes part of a path."""
    if not (key.isalnum() and key.isascii()):
        raise ValueError("a storage key is letters and digits")
    return key


class StoredPicture:
    """A picture that lies in the store already, but that no row names yet.

    Storing is slow and happens before the transaction; should the transaction fail, an unnamed sealed file is left,
    which nobody can find by a person and which the store's owner may sweep.
    """

    def __init__(self, key: str, content_index: str, key_id: str) -> None:
        self.key = key
        self.content_index = content_index
        self.key_id = key_id


def store_picture(picture: bytes, *, store: EvidenceStore, vault: Vault) -> StoredPicture:
    """Seal `picture` and put it into the store under a random key; call outside any transaction."""
    key = secrets.token_hex(_KEY_BYTES)
    store.put(key, vault.seal(picture, _PURPOSE))
    return StoredPicture(key, vault.blind_index(picture, _PURPOSE), vault.key_id)


def open_picture(image: EvidenceImage, *, store: EvidenceStore, vault: Vault) -> bytes:
    """Return the picture's bytes. Whoever calls this records who looked."""
    return vault.open(store.get(image.storage_key), _PURPOSE)


def open_one_of(
    session: Session,
    images: Iterable[EvidenceImage],
    image_id: uuid.UUID,
    *,
    of: str,
    actor: Actor,
    now: datetime,
) -> EvidenceImage:
    """Return the image of that id among those that somebody may see, and write down that it was opened.

    of: what shows it, for the audit row. Raises Refusal `not_yours` for any other id.
    """
    image = next((one for one in images if one.id == image_id), None)
    if image is None:
        raise Refusal("not_yours")
    record(session, actor, "image.open", image, now=now, reason=of)
    return image


def name_picture(
    session: Session,
    stored: StoredPicture,
    *,
    retiree_id: uuid.UUID,
    purpose: EvidencePurpose,
    attempt_id: uuid.UUID | None,
    destroy_on: date | None,
    now: datetime,
) -> EvidenceImage:
    """Add the row that says whose picture it is, why it is kept and until when."""
    image = EvidenceImage(
        retiree_id=retiree_id,
        attempt_id=attempt_id,
        purpose=purpose,
        content_index=stored.content_index,
        storage_key=stored.key,
        key_id=stored.key_id,
        destroy_on=destroy_on,
        created_at=now,
    )
    session.add(image)
    return image


def name_attempts_picture(
    connection: Connection,
    stored: StoredPicture,
    *,
    retiree_id: uuid.UUID,
    attempt_id: uuid.UUID,
    destroy_on: date,
    now: datetime,
) -> None:
    """Add the row of a frame that is kept, as `name_picture` does, by a statement alone: while people wait."""
    row = {"retiree_id": retiree_id, "attempt_id": attempt_id, "purpose": EvidencePurpose.ATTEMPT}
    row |= {"content_index": stored.content_index, "storage_key": stored.key, "key_id": stored.key_id}
    connection.execute(insert(EvidenceImage), row | {"destroy_on": destroy_on, "created_at": now})


def replace_picture(
    transactions: Transactions, image_id: uuid.UUID, *, store: EvidenceStore, vault: Vault, now: datetime
) -> bool:
    """Seal a picture anew with the present key, under another name; say whether it was there to be sealed.

    The old file goes when the row names the new one; a process that dies in between leaves a file that nothing names.
    """
    with transactions() as session:
        old = session.scalar(select(EvidenceImage.storage_key).where(EvidenceImage.id == image_id))
    if old is None:
        return False
    row = update(EvidenceImage).where(EvidenceImage.id == image_id, EvidenceImage.storage_key == old)
    try:
        plain = vault.open(store.get(old), _PURPOSE)
    except FileNotFoundError:
        with transactions() as session:  # nothing is left to seal
            session.execute(row.values(key_id=vault.key_id))
        return False
    stored = store_picture(plain, store=store, vault=vault)
    with transactions() as session:
        done = session.execute(
            row.values(storage_key=stored.key, content_index=stored.content_index, key_id=stored.key_id)
        )
        is_ours: bool = done.rowcount == 1  # type: ignore[attr-defined]  # an UPDATE's result has a row count
        session.add(EvidenceWaste(storage_key=old if is_ours else stored.key, since=now))
    return is_ours


def has_picture(session: Session, picture: bytes, *, retiree_id: uuid.UUID, vault: Vault) -> bool:
    """Say whether this very picture is kept for this retiree already."""
    found = session.scalar(
        select(EvidenceImage.id)
        .where(
            EvidenceImage.retiree_id == retiree_id,
            EvidenceImage.content_index.in_(vault.blind_indexes(picture, _PURPOSE)),
        )
        .limit(1)
    )
    return found is not None
