"""`flask certify`: one certification from a recorded video, through the code path that phones use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from casework.accounts import open_account
from casework.roster import find_by_id_number
from certification.attempts import begin_attempt
from certification.consents import give_consent
from certification.face.types import PictureRefused
from certification.references import find_template
from certification.sessions import open_session
from commands.output import json_option, operator, print_json, read_content, refusals_printed
from models import Attempt, Certification
from models.account import AccountKind, Relation
from models.attempt import CaptureWay
from refusal import Refusal
from services import services
from words import ADVICE, OUTCOMES

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session

# A trial is repeated as often as the operator likes.
_NO_LIMIT = 1_000_000


@click.command("certify")
@click.argument("video", type=click.Path(path_type=Path))
@click.option("--id-number", required=True, help="The retiree's identity number.")
@json_option
@with_appcontext
def certify(video: Path, id_number: str, *, as_json: bool) -> None:
    """Certify a retiree from VIDEO, a recording of any two of the movements, one of them a turn of the head.

    A trial with a recorded clip: nobody was asked for anything while it was taken, so production refuses it.
    """
    with refusals_printed(as_json=as_json):
        try:
            attempt_id = _try_video(read_content(video, "video"), id_number)
        except PictureRefused as refused:
            raise Refusal(refused.advice.value, field="video") from None
        with services().transactions() as session:
            outcome = _describe(session, attempt_id)
    if as_json:
        print_json(outcome)
    else:
        headline, next_step = OUTCOMES[outcome["outcome"]]
        lines = [headline, outcome["advice"] or next_step, outcome["receipt"]]
        click.echo("\n".join(line for line in lines if line))


def _try_video(video: bytes, id_number: str) -> uuid.UUID:
    parts, actor, now = services(), operator(), services().clock.now()
    if parts.settings.in_production:
        raise Refusal("trial_in_production")
    with parts.transactions() as session:
        retiree = find_by_id_number(session, id_number, vault=parts.vault)
        if retiree is None:
            raise Refusal("unknown_retiree", field="id_number")
        if find_template(session, retiree.id, parts.faces.engine_id) is None:
            raise Refusal("no_reference")
        account = open_account(
            session,
            retiree,
            Relation.DIRECT_RELATIVE,
            AccountKind.OPERATOR,
            actor.name,
            vault=parts.vault,
            actor=actor,
            now=now,
        )
        give_consent(session, account, retiree, actor=actor, now=now)
        opened = open_session(
            session,
            account,
            retiree,
            with_helper=True,
            limits=replace(parts.limits, sessions_per_day=_NO_LIMIT),
            rules=parts.rules,
            actor=actor,
            now=now,
        )
        attempt, nonce = begin_attempt(
            session,
            opened,
            CaptureWay.UPLOAD,
            chance=parts.challenge_random,
            limits=parts.limits,
            rules=parts.rules,
            vault=parts.vault,
            actor=actor,
            now=now,
        )
    if parts.verifier.take_video(account.id, attempt.id, nonce, video, actor=actor, now=now, free_choice=True):
        raise Refusal("try_again", retryable=True)
    return attempt.id


def _describe(session: Session, attempt_id: uuid.UUID) -> dict[str, Any]:
    attempt = session.get_one(Attempt, attempt_id)
    certification = session.scalar(select(Certification).where(Certification.attempt_id == attempt_id))
    findings = attempt.findings or {}
    return {
        "outcome": attempt.status.value,
        "receipt": certification.receipt_number if certification else None,
        "valid_until": certification.valid_until.isoformat() if certification else None,
        "reasons": findings.get("reasons", []),
        "advice": ADVICE[attempt.advice] if attempt.advice else None,
        "attack_signs": findings.get("attack_signs", []),
        "actions": findings.get("actions", []),
        "distance": findings.get("distance"),
    }
