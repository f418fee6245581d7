"""What a conversation may know, looked up in its own transaction when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from bot.conversations.shapes import Person, PolicyReply, Waiting
from casework.accounts import list_people
from casework.bindings import find_helpers
from casework.reports import find_reports
from certification.consents import has_personal_consent
from certification.receipts import mask_name
from clock import local_date
from models.report import ReportStatus

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from models import Account
    from models.prepared import Line
    from models.report import ReportKind


class PolicyAnswers(Protocol):
    """What answers questions about policy: a reply, ready to be said, or None where nothing can answer."""

    def answer(self, session: Session, question: str, asked: Sequence[str], on: date) -> PolicyReply | None:
        """Answer a question."""

    def show(self, session: Session, topic: str, question: str, on: date) -> PolicyReply | None:
        """Answer with a topic."""


class Speaker(Protocol):
    """Who speaks: a session and the account are made only where a fact needs them."""

    @property
    def account_id(self) -> uuid.UUID:
        """The account's id."""

    @property
    def is_stranger(self) -> bool:
        """Whether the account is known to be bound to nobody and to have consented to nothing."""

    @property
    def line(self) -> Line:
        """Where facts are read."""

    @property
    def session(self) -> Session:
        """A session in the turn's transaction."""

    @property
    def account(self) -> Account:
        """The account."""


@dataclass(frozen=True)
class FactsOf:
    """The facts of whoever speaks."""

    speaker: Speaker
    answers: PolicyAnswers
    now: datetime

    @property
    def today(self) -> date:
        """The day in China."""
        return local_date(self.now)

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """Whom the account is bound to, by their masked names."""
        if self.speaker.is_stranger:
            return ()
        known = list_people(self.speaker.line, self.speaker.account_id, now=self.now)
        return tuple(Person(one.id, mask_name(one.name), one.relation, one.is_confirmed, one.name) for one in known)

    @cached_property
    def helpers(self) -> tuple[Waiting, ...]:
        """Who is bound, or asks to be, to the account's own person."""
        return tuple(
            Waiting(one.id, one.person_name or "", one.relation, one.confirmed_at is not None)
            for one in find_helpers(self.speaker.session, self.speaker.account, now=self.now)
        )

    @cached_property
    def standing_reports(self) -> tuple[tuple[str, ReportKind], ...]:
        """What the account reported and may still take back, the newest first."""
        told = find_reports(self.speaker.session, self.speaker.account)
        return tuple((one.number, one.kind) for one in told if one.status is ReportStatus.NOTIFIED)

    @cached_property
    def has_personal_consent(self) -> bool:
        """Whether the account consented to the processing of names and numbers."""
        return not self.speaker.is_stranger and has_personal_consent(self.speaker.line, self.speaker.account_id)

    def answer_policy(self, question: str, asked: Sequence[str]) -> PolicyReply | None:
        """Answer a question about policy; asked: those before it."""
        return self.answers.answer(self.speaker.session, question, asked, self.today)

    def policy_topic(self, topic: str, question: str) -> PolicyReply | None:
        """Answer with a topic that was chosen for a question."""
        return self.answers.show(self.speaker.session, topic, question, self.today)
