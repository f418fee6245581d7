"""What conversations are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Sequence
    from datetime import date

    from bot.reading.choices import Option
    from casework.bindings import Claim, Shown
    from casework.reports import Told
    from models.account import Relation
    from models.knowledge import KeptReason
    from models.report import ReportKind
    from models.ticket import VisitReason
    from policy.answering.reply import Behaviour
    from policy.records import Service
    from policy.relations import Right

Slots = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A retiree the account is bound to. name: masked, as it is shown; whole_name: as somebody may say it."""

    id: uuid.UUID
    name: str
    relation: Relation
    is_confirmed: bool
    whole_name: str = field(default="", repr=False)


@dataclass(frozen=True)
class Waiting:
    """Somebody else's binding to the account's own person: asked for, or in force."""

    id: uuid.UUID
    person_name: str
    relation: Relation
    is_confirmed: bool


class Vanished(Exception):
    """What a conversation is about is there no more, or is not as it was shown."""


@dataclass(frozen=True)
class PolicyReply:
    """A reply to a question about policy, ready to be said.

    topic: the id of what is answered. options: the ids and titles of the two that are offered. refused: why there is no
    answer, an outside kind or one of `reply.Reason`.
    """

    behaviour: Behaviour
    text: str = field(repr=False)
    topic: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    service: Service | None = None
    refused: str | None = None


class Facts(Protocol):
    """What a transition may know beyond what was said; looked up when it is first asked for."""

    @property
    def today(self) -> date:
        """The day in China."""

    @property
    def people(self) -> Sequence[Person]:
        """Whom the account is bound to, claims included."""

    @property
    def helpers(self) -> Sequence[Waiting]:
        """Who is bound, or asks to be, to the account's own person."""

    @property
    def standing_reports(self) -> Sequence[tuple[str, ReportKind]]:
        """The number and kind of what the account reported and may still take back."""

    @property
    def has_personal_consent(self) -> bool:
        """Whether the account consented to the processing of names and numbers."""

    def answer_policy(self, question: str, asked: Sequence[str]) -> PolicyReply | None:
        """Answer a question about policy; asked: those before it. None where nothing can answer."""

    def policy_topic(self, topic: str, question: str) -> PolicyReply | None:
        """Answer with a topic that was chosen for a question; None where it is there no more."""


@dataclass(frozen=True)
class State:
    """Where a conversation stands. step: the place of the question asked; missed: how often it was not understood."""

    flow: str
    step: int
    slots: Slots = field(default_factory=dict)
    missed: int = 0

    def __repr__(self) -> str:
        return f"State({self.flow}, {self.step})"


@dataclass(frozen=True)
class Say:
    """A sentence by its code in `bot.replies`, what it needs, and the options to choose from; `ask` numbers taps."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    ask: str = ""


# What a turn may have done. Each is carried out by `bot.effects`, in the turn's own transaction.


@dataclass(frozen=True)
class TakeClaim:
    """Bind to a retiree, as far as somebody says; with_face: they consent to the processing of their face."""

    claim: Claim
    with_face: bool


@dataclass(frozen=True)
class EnterCode:
    """Confirm a claim with the community's code."""

    code: str


@dataclass(frozen=True)
class FileReport:
    """Take a report down."""

    told: Told


@dataclass(frozen=True)
class TakeBack:
    """Take the account's own report of that number back."""

    number: str


@dataclass(frozen=True)
class FollowReport:
    """Say where the report of that number stands, to whoever holds the number."""

    number: str


@dataclass(frozen=True)
class AskForHelp:
    """Ask for a visit for that reason, or for help at the window without one."""

    retiree_id: uuid.UUID
    reason: VisitReason | None


@dataclass(frozen=True)
class HandOver:
    """Hand what was said over to a person; is_urgent: before everybody else, and no day is promised for later."""

    note: str
    is_asked_for: bool
    is_urgent: bool = False


@dataclass(frozen=True)
class ShowStanding:
    """Say where one retiree stands and how to certify; on_other_phone: with a link for whoever is beside them."""

    retiree_id: uuid.UUID
    on_other_phone: bool


@dataclass(frozen=True)
class ShowPeople:
    """Say where everybody stands whom the account may look after."""


@dataclass(frozen=True)
class ShowRequests:
    """Say what became of everything the account asked for or told us."""


@dataclass(frozen=True)
class DecideHelper:
    """Let somebody help the account's own person, or no longer; shown: who they were when the question was asked."""

    shown: Shown
    is_agreed: bool


@dataclass(frozen=True)
class LeavePerson:
    """End the account's own binding to somebody."""

    retiree_id: uuid.UUID


@dataclass(frozen=True)
class ShowClaim:
    """Say what lets a claim count; the same to everybody who claimed, whether it fitted or not."""


@dataclass(frozen=True)
class LeaveClaims:
    """End whatever the account claims; the same is said whether there is anything."""


@dataclass(frozen=True)
class DisputeMatch:
    """Say that what another department's data certified somebody by was not theirs."""

    retiree_id: uuid.UUID


@dataclass(frozen=True)
class GivePersonalConsent:
    """Take down the consent to the processing of names and numbers."""


@dataclass(frozen=True)
class PassOn:
    """Hand a question about policy over to a person; is_told_why: it was said already why there is no answer."""

    question: str
    is_told_why: bool = True


@dataclass(frozen=True)
class KeepQuestion:
    """Keep a question, without personal data, for those who look after the knowledge.

    topic: what was shown, or why nothing was.
    """

    question: str
    reason: KeptReason
    topic: str | None = None


@dataclass(frozen=True)
class CheckPasted:
    """Say whether a message that was pasted is ours."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class ShowOwnData:
    """Lead to the page that shows what we hold about whoever speaks."""


Effect = (
    ShowOwnData
    | CheckPasted
    | TakeClaim
    | EnterCode
    | FileReport
    | FollowReport
    | TakeBack
    | DisputeMatch
    | AskForHelp
    | HandOver
    | ShowStanding
    | ShowPeople
    | ShowRequests
    | DecideHelper
    | LeavePerson
    | ShowClaim
    | LeaveClaims
    | GivePersonalConsent
    | PassOn
    | KeepQuestion
)


@dataclass(frozen=True)
class Turn:
    """What follows: the next state (None: no conversation is under way), what is done, what is said after it."""

    state: State | None
    says: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Question:
    """One question of a flow.

    slot: where the answer goes; it is also the code of its wording, with `_again` for the second one. read: turns text
    and tap into the answer or raises NotUnderstood. options: what can be chosen. when: whether it is asked at all.
    values: what its wording needs. alone: where there is but one option, that one is meant and nothing is asked.
    besides: what other questions the same words answer, by their slots; those are not asked any more.
    """

    slot: str
    read: Callable[[str, str | None, Facts, Slots], Any]
    options: Callable[[Facts, Slots], tuple[Option, ...]] | None = None
    when: Callable[[Facts, Slots], bool] | None = None
    wording: str | None = None
    values: Callable[[Facts, Slots], dict[str, Any]] | None = None
    alone: bool = False
    besides: Callable[[str, Facts], Slots] | None = None


@dataclass(frozen=True)
class Flow:
    """One conversation: its questions in order, what is read back, what is done in the end.

    right: it is about a bound retiree for whom the account has this right, asked for first where there are several;
    claimed: what is done instead for whoever has but claimed somebody. read_back: the code of the summary; None: none.
    hand_over: what follows instead of a ticket with the teller's name where a person should take over: by
    the slots, what was said last, and whether a person was asked for.
    """

    name: str
    questions: tuple[Question, ...]
    finish: Callable[[Facts, Slots], tuple[Effect, ...]]
    right: Right | None = None
    claimed: tuple[Effect, ...] = ()
    read_back: str | None = None
    summary: Callable[[Facts, Slots], dict[str, Any]] | None = None
    hand_over: Callable[[Slots, str, bool], Turn | None] | None = None
