"""What the composition root put together, for everybody on the top floor: `services()` inside an application."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from flask import current_app

from casework.visits import VisitRules
from certification.verifiers.face_session import FaceSessionVerifier
from certification.verifiers.face_work import FaceWork

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from bot.facts import PolicyAnswers
    from bot.speech import Speech
    from casework.benefit_terms import BenefitTerms
    from casework.staff_login import LoginRules
    from casework.terms import Terms
    from certification.challenge import Chance
    from certification.ending import Consequences
    from certification.evidence import EvidenceStore
    from certification.face.types import PhotoReport
    from certification.limits import Limits
    from certification.verifiers.crowd import Crowd
    from certification.verifiers.streams import Streams
    from clock import Clock
    from jobs.notices import Template
    from jobs.sms import Sms
    from models.session import Transactions
    from models.vault import Vault
    from policy.answering.desk import Desk
    from policy.rules import RuleSet
    from settings import Settings
    from wechat import WechatApi

Made = TypeVar("Made")
NAME = "services"


class Faces(FaceWork, Protocol):
    """The face workers as the top floor needs them: what a certification asks for, photographs, and their keeping."""

    def measure_photo(self, data: bytes) -> PhotoReport:
        """Say what one photograph is worth as a reference."""

    def redraw_photo(self, data: bytes) -> bytes:
        """Return a photograph of a paper drawn anew."""

    def is_ready(self) -> bool:
        """Say whether a worker with a working engine answers."""

    def close(self) -> None:
        """End the workers."""


class OnDemand(Generic[Made]):
    """Something costly that is made when it is first asked for, once, whichever thread asks."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: list[Made] = []

    def get(self) -> Made:
        """Return it, made now if it was not there."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def take(self) -> Made | None:
        """Return it if it was ever made, and forget it: for whoever closes it."""
        with self._lock:
            return self._made.pop() if self._made else None


@dataclass(frozen=True)
class Services:
    """The parts of one application.

    challenge_random: draws the actions of a challenge; tests bring a known one. ask: has a piece of work done soon, by
    its name (it is done without, a little later). count_tasks: how many tasks wait in the broker, None without one;
    raises where it is out of reach. What is on demand is costly to load, and most commands need none of it.
    """

    settings: Settings
    clock: Clock
    database: Engine | Connection
    transactions: Transactions
    vault: Vault
    evidence: EvidenceStore
    rules: RuleSet
    challenge_random: Chance
    limits: Limits
    terms: Terms
    benefit_terms: BenefitTerms
    login_rules: LoginRules
    is_drawn: Callable[[int], bool]
    consequences: Consequences
    faces_on_demand: OnDemand[Faces]
    wechat_on_demand: OnDemand[WechatApi]
    policy_on_demand: OnDemand[Desk]
    speech_on_demand: OnDemand[Speech | None]
    answers_on_demand: OnDemand[PolicyAnswers]
    sms: Sms
    templates: dict[str, dict[str, Template]]
    push_menu: Callable[[], tuple[str, ...]]
    crowd: Crowd
    streams: Streams
    ask: Callable[[str], None]
    count_tasks: Callable[[], int | None]

    @property
    def faces(self) -> Faces:
        """The face workers; the first to ask starts them."""
        return self.faces_on_demand.get()

    @property
    def visit_rules(self) -> VisitRules:
        """What a visit needs besides its form."""
        return VisitRules(self.rules, self.terms, self.limits, self.is_drawn)

    @property
    def wechat(self) -> WechatApi:
        """WeChat's API."""
        return self.wechat_on_demand.get()

    @property
    def policy_desk(self) -> Desk:
        """Where questions about policy are answered; the first to ask loads it."""
        return self.policy_on_demand.get()

    @property
    def speech(self) -> Speech | None:
        """What hears voice messages, if anything does."""
        return self.speech_on_demand.get()

    @property
    def answers(self) -> PolicyAnswers:
        """What answers questions about policy in the chat."""
        return self.answers_on_demand.get()

    @property
    def verifier(self) -> FaceSessionVerifier:
        """The way to certify by face."""
        return FaceSessionVerifier(
            self.transactions, self.faces, self.evidence, self.vault, self.consequences, self.streams
        )


def services() -> Services:
    """Return the parts of the application at hand."""
    found = current_app.extensions[NAME]
    if not isinstance(found, Services):
        raise TypeError("the application was not made by create_app")
    return found
