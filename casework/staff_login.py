"""How staff log in: password, then one-time password (RFC 6238); lock-out; sessions that end."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
from sqlalchemy import select, update

from casework.passwords import check_new_password, hash_password, is_password
from casework.staff import end_sessions
from models import Staff, StaffSession
from models.audit import record
from refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor
    from models.vault import Vault

_TOKEN_BYTES, _TOKEN_PURPOSE = 32, "staff_sessions.token"
_MARK_PURPOSE, _ID_DIGITS = "staff_sessions.browser", 32
_STEP_SECONDS = 30
_MOST_LOGIN = 64


@dataclass(frozen=True)
class LoginRules:
    """How long a login lasts and when it is locked: numbers the operator sets."""

    idle: timedelta
    longest: timedelta
    lock_tries: int
    lock_for: timedelta


def check_password(
    session: Session, login: str, password: str, *, mark: str, rules: LoginRules, vault: Vault, now: datetime
) -> str | None:
    """Return the token of a session that is not proven yet; None for a wrong login or password, without saying which.

    A wrong password is counted in this transaction, hence no exception. A locked login looks like a wrong one: else the
    lock would tell a stranger who exists. mark: what this browser was given by `mark_browser`, empty for a new one.
    """
    staff = session.scalar(select(Staff).where(Staff.login == login.strip().lower()[:_MOST_LOGIN]).with_for_update())
    known = None if staff is None else _known_browser(session, staff, mark, rules, vault)
    if staff is not None and (staff.closed_at is not None or _is_locked(staff, known, now)):
        staff = None
    if not is_password(staff.password_hash if staff else None, password):
        _count_failure(staff, known, rules, now)
        return None
    assert staff is not None  # noqa: S101 - no hash, no match
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(
        StaffSession(
            staff_id=staff.id, token_index=vault.blind_index(token, _TOKEN_PURPOSE), created_at=now, last_seen_at=now
        )
    )
    return token


def check_code(
    session: Session,
    within: StaffSession,
    code: str,
    *,
    mark: str,
    rules: LoginRules,
    vault: Vault,
    actor: Actor,
    now: datetime,
) -> str | None:
    """Prove a session by a one-time password and return its new token; None for a wrong one, which is counted.

    Each password serves once: a step that was used, or one before it, is wrong. Raises Refusal `locked`.
    """
    staff = session.scalars(select(Staff).where(Staff.id == within.staff_id).with_for_update()).one()
    known = _known_browser(session, staff, mark, rules, vault)
    if _is_locked(staff, known, now):
        raise Refusal("locked")
    step = _step_of(staff, code, now)
    if step is None:
        _count_failure(staff, known, rules, now)
        return None
    staff.totp_step = step
    if known is None:
        staff.failed_logins, staff.locked_until = 0, None
    else:
        known.failed_logins = 0  # what strangers tried still counts against them
    # another token than the one that was known before the second proof
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    within.token_index, within.proven, within.last_seen_at = vault.blind_index(token, _TOKEN_PURPOSE), True, now
    record(session, actor, "staff.login", staff, now=now)
    return token


def mark_browser(within: StaffSession, vault: Vault) -> str:
    """Return what a browser is to keep of a proven login: it opens nothing, but strangers do not lock it out."""
    return within.id.hex + vault.sign(within.id.bytes, _MARK_PURPOSE).hex()


def new_secret(session: Session, staff: Staff) -> str:
    """Return the secret for one-time passwords; made on the first login, shown until the first code was right."""
    if staff.totp_secret is None:
        staff.totp_secret = pyotp.random_base32()
        session.flush()
    return staff.totp_secret


def secret_address(staff: Staff, issuer: str) -> str:
    """Return what an authenticator reads from the QR code."""
    return pyotp.TOTP(staff.totp_secret or "").provisioning_uri(name=staff.login, issuer_name=issuer)


def find_session(
    session: Session, token: str, *, rules: LoginRules, vault: Vault, now: datetime
) -> StaffSession | None:
    """Return the session of a token while it lasts."""
    found = session.scalar(
        select(StaffSession).where(
            StaffSession.token_index.in_(vault.blind_indexes_ever(token, _TOKEN_PURPOSE)),
            StaffSession.ended_at.is_(None),
            StaffSession.created_at > now - rules.longest,
            StaffSession.last_seen_at > now - rules.idle,
        )
    )
    if found is None or session.get_one(Staff, found.staff_id).closed_at is not None:
        return None
    if now - found.last_seen_at >= timedelta(minutes=1):  # one write a minute, not one a page
        session.execute(update(StaffSession).where(StaffSession.id == found.id).values(last_seen_at=now))
    return found


def end_session(session: Session, within: StaffSession, *, now: datetime) -> None:
    """Log out."""
    session.execute(update(StaffSession).where(StaffSession.id == within.id).values(ended_at=now))


def change_password(
    session: Session, staff: Staff, within: StaffSession, old: str, new: str, *, actor: Actor, now: datetime
) -> None:
    """Change one's own password; every other login ends. Raises Refusal `password_wrong`, `password_weak`."""
    if not is_password(staff.password_hash, old):
        raise Refusal("password_wrong", field="old")
    check_new_password(new, staff.login)
    if new == old:
        raise Refusal("password_same", field="password")
    staff.password_hash, staff.must_change_password = hash_password(new), False
    end_sessions(session, staff, now=now)
    session.execute(update(StaffSession).where(StaffSession.id == within.id).values(ended_at=None))
    record(session, actor, "staff.password", staff, now=now)


def _step_of(staff: Staff, code: str, now: datetime) -> int | None:
    """Return the step whose password was typed, the present one or one beside it, unless it served already."""
    code = "".join(code.split())
    if staff.totp_secret is None or not (code.isascii() and code.isdigit()):
        return None
    present = int(now.timestamp()) // _STEP_SECONDS
    made = pyotp.TOTP(staff.totp_secret)
    for step in (present, present - 1, present + 1):
        if step > staff.totp_step and secrets.compare_digest(made.at(step * _STEP_SECONDS), code):
            return step
    return None


def _known_browser(session: Session, staff: Staff, mark: str, rules: LoginRules, vault: Vault) -> StaffSession | None:
    """Return the proven login that a browser has the mark of, unless too much was tried there since.

    Whoever knows a login could keep it locked by wrong passwords, if they counted for its owner's browser too.
    """
    try:
        session_id, signature = uuid.UUID(mark[:_ID_DIGITS]), bytes.fromhex(mark[_ID_DIGITS:])
    except ValueError:
        return None
    if not vault.is_signed(session_id.bytes, _MARK_PURPOSE, signature):
        return None
    return session.scalar(
        select(StaffSession).where(
            StaffSession.id == session_id,
            StaffSession.staff_id == staff.id,
            StaffSession.proven,
            StaffSession.failed_logins < rules.lock_tries,
        )
    )


def _is_locked(staff: Staff, known: StaffSession | None, now: datetime) -> bool:
    return known is None and staff.locked_until is not None and staff.locked_until > now


def _count_failure(staff: Staff | None, known: StaffSession | None, rules: LoginRules, now: datetime) -> None:
    if staff is None:
        return
    if known is not None:
        known.failed_logins += 1
        return
    staff.failed_logins += 1
    if staff.failed_logins >= rules.lock_tries:
        staff.locked_until, staff.failed_logins = now + rules.lock_for, 0
