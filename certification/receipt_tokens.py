"""Receipts as signed tokens: whoever has our public key verifies one without asking us.

`P1.PAYLOAD.SIGNATURE`, both in URL-safe base64 without padding. PAYLOAD is a JSON list: the key's id, the kind of act,
the number, the day of the act and, where there is one, the last day it counts or is due (both YYYYMMDD); for a
certification also the masked name, the channel, whether somebody helped, the minute (since 1970, UTC) and by when the
next one is due. That is what the receipt prints and no more. SIGNATURE is Ed25519 over `P1.PAYLOAD`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select

from clock import local_date
from models import Certification, Report, SigningKey
from models.audit import AuditEntry, audit_row
from models.report import ReportStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from certification.receipts import Receipt
    from models.audit import Actor

_VERSION = "P1"
_TOKEN = re.compile(rf"{_VERSION}\.[A-Za-z0-9_-]{{20,600}}\.[A-Za-z0-9_-]{{86}}")
_KEY_ID_DIGITS, _REVOKED_DIGITS = 8, 32
CERTIFICATION = "certification"
# Nobody asks for the receipt of a report after so long.
_REPORTS_COUNT = timedelta(days=366)
_ACT_FIELDS, _CERTIFICATION_FIELDS = 5, 10


@dataclass(frozen=True)
class Statement:
    """What a receipt says. The last five are a certification's; last_day: it counts, or the act is due, until then."""

    kind: str
    number: str
    day: date
    last_day: date | None = None
    masked_name: str | None = None
    channel: str | None = None
    with_helper: bool = False
    certified_at: datetime | None = None
    next_due_by: date | None = None


class NotGenuine(Exception):
    """A token was not signed by us, or was changed. why: malformed, unknown_key or wrong_signature."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def state_certification(receipt: Receipt) -> Statement:
    """Return what the receipt of a certification says."""
    return Statement(
        kind=CERTIFICATION,
        number=receipt.number,
        day=local_date(receipt.certified_at),
        last_day=receipt.valid_until,
        masked_name=receipt.masked_name,
        channel=receipt.channel.value,
        with_helper=receipt.with_helper,
        certified_at=receipt.certified_at,
        next_due_by=receipt.next_due_by,
    )


def sign_receipt(session: Session, statement: Statement, *, now: datetime) -> str:
    """Return the token; the same statement gets the same one while the key is the same."""
    key = _newest(session) or new_signing_key(session, None, now=now)
    fields: list[Any] = [key.key_id, statement.kind, statement.number, _number(statement.day)]
    fields.append(_number(statement.last_day))
    if statement.certified_at is not None:
        fields += [statement.masked_name, statement.channel, int(statement.with_helper)]
        fields += [int(statement.certified_at.timestamp()) // 60, _number(statement.next_due_by)]
    signed = f"{_VERSION}.{_encode(json.dumps(fields, ensure_ascii=False, separators=(',', ':')).encode())}"
    signature = Ed25519PrivateKey.from_private_bytes(key.seed).sign(signed.encode())
    return f"{signed}.{_encode(signature)}"


def find_token(text: str) -> str | None:
    """Return the token in a text, for example in the address that a QR code holds; None where there is none."""
    found = _TOKEN.search(text)
    return found[0] if found else None


def read_token(token: str, public_keys: Mapping[str, bytes]) -> Statement:
    """Return what a token says if one of these keys (by id, 32 bytes each) signed it; raise NotGenuine."""
    if not _TOKEN.fullmatch(token):
        raise NotGenuine("malformed")
    signed, _dot, signature = token.rpartition(".")
    try:
        fields = json.loads(_decode(signed.partition(".")[2]))
        key = public_keys.get(fields[0])
    except (ValueError, TypeError, LookupError, RecursionError):
        raise NotGenuine("malformed") from None
    if key is None:
        raise NotGenuine("unknown_key")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(_decode(signature), signed.encode())
    except (InvalidSignature, ValueError):
        raise NotGenuine("wrong_signature") from None
    return _read(fields)


def public_keys(session: Session) -> dict[str, bytes]:
    """Return the public half of every key that ever signed, by id, the newest first."""
    return {key.key_id: key.public for key in session.scalars(_all_keys())}


def list_keys(session: Session) -> list[dict[str, str]]:
    """Return the published list of public keys."""
    return [
        {
            "id": key.key_id,
            "algorithm": "Ed25519",
            "public": _encode(key.public),
            "since": local_date(key.created_at).isoformat(),
        }
        for key in session.scalars(_all_keys())
    ]


def read_keys(listed: list[dict[str, str]]) -> dict[str, bytes]:
    """Return the keys of a published list; raise ValueError, TypeError or KeyError for anything else."""
    return {key["id"]: _decode(key["public"]) for key in listed}


def list_revoked(session: Session, *, now: datetime) -> dict[str, Any]:
    """Return the published list of what was revoked, or told and taken back, and would still count: digests, signed.

    Whoever knows a number finds it; whoever reads the list learns no number.
    """
    today = local_date(now)
    certifications = select(Certification.receipt_number).where(
        Certification.revoked_at.is_not(None), Certification.valid_until >= today
    )
    reports = select(Report.number).where(
        Report.status == ReportStatus.WITHDRAWN, Report.reported_at >= now - _REPORTS_COUNT
    )
    numbers = session.scalars(certifications.union_all(reports))
    key = _newest(session) or new_signing_key(session, None, now=now)
    listed = {"as_of": today.isoformat(), "key": key.key_id, "revoked": sorted(map(revoked_digest, numbers))}
    signature = Ed25519PrivateKey.from_private_bytes(key.seed).sign(_canonical(listed))
    return listed | {"signature": _encode(signature)}


def read_revoked(listed: dict[str, Any], keys: Mapping[str, bytes]) -> tuple[date, frozenset[str]]:
    """Return the day and the digests of a published list; raise NotGenuine for one that we did not sign."""
    plain = {name: value for name, value in listed.items() if name != "signature"}
    try:
        key = keys[plain["key"]]
        Ed25519PublicKey.from_public_bytes(key).verify(_decode(listed["signature"]), _canonical(plain))
        return date.fromisoformat(plain["as_of"]), frozenset(plain["revoked"])
    except KeyError:
        raise NotGenuine("unknown_key") from None
    except (InvalidSignature, ValueError, TypeError):
        raise NotGenuine("wrong_signature") from None


def is_taken_back(session: Session, number: str) -> bool:
    """Say whether the report of that number was taken back by its teller."""
    taken = select(Report.id).where(Report.number == number, Report.status == ReportStatus.WITHDRAWN)
    return session.scalar(taken) is not None


def revoked_digest(number: str) -> str:
    """Return under what a number stands in the list of the revoked."""
    return sha256(number.encode()).hexdigest()[:_REVOKED_DIGITS]


def new_signing_key(session: Session, actor: Actor | None, *, now: datetime) -> SigningKey:
    """Add a key that signs from now on; actor: who wanted it, None when the first one is made by itself."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key = SigningKey(
        key_id=sha256(public).hexdigest()[:_KEY_ID_DIGITS],
        seed=private.private_bytes_raw(),
        public=public,
        created_at=now,
    )
    session.add(key)
    session.flush()
    if actor is not None:
        session.add(AuditEntry(**audit_row("receipt_key.new", SigningKey.__name__, key.key_id, actor, now)))
    return key


def _newest(session: Session) -> SigningKey | None:
    return session.scalar(_all_keys().limit(1))


def _all_keys() -> Select[SigningKey]:
    return select(SigningKey).order_by(SigningKey.created_at.desc(), SigningKey.key_id)


def _read(fields: list[Any]) -> Statement:
    """Return what a list that we signed says."""
    _key, kind, number, day, last_day = fields[:_ACT_FIELDS]
    act = Statement(kind=kind, number=number, day=_day(day), last_day=_day(last_day) if last_day else None)
    if len(fields) < _CERTIFICATION_FIELDS:
        return act
    masked_name, channel, with_helper, minute, next_due_by = fields[_ACT_FIELDS:]
    return Statement(
        kind=kind,
        number=number,
        day=act.day,
        last_day=act.last_day,
        masked_name=masked_name,
        channel=channel,
        with_helper=bool(with_helper),
        certified_at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute),
        next_due_by=_day(next_due_by),
    )


def _number(day: date | None) -> int:
    return 0 if day is None else day.year * 10_000 + day.month * 100 + day.day


def _day(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)


def _canonical(listed: dict[str, Any]) -> bytes:
    return json.dumps(listed, sort_keys=True, separators=(",", ":")).encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
