"""The same thing asked for several times at one moment, over connections of their own, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

import pytest
from sqlalchemy import select

from casework.assistance import request_assistance
from casework.bindings import Claim, Claimed, claim_binding
from casework.event_naming import name_person
from casework.knowledge import review_topic, switch_topic
from casework.life_events import notify_event
from casework.people import change_details
from casework.reports import Told, file_report
from casework.responsibility import history_of
from certification.attempts import FrameJob, begin_attempt, keep_frame, receive_frame
from certification.certify import certify
from certification.consents import give_consent, give_personal_consent
from certification.exclusions import declare_exclusions, excluded_actions
from certification.face.types import Action
from certification.sessions import open_session
from certification.verifiers.wechat_face import keep_verify_id
from models import (
    Attempt,
    AttemptFrame,
    Certification,
    CertificationSession,
    Consent,
    LifeEvent,
    Report,
    Staff,
    Ticket,
    TopicReview,
    TopicSwitch,
)
from models.account import Relation
from models.attempt import CaptureWay, SessionStatus
from models.audit import Actor, ActorKind
from models.certification import Channel
from models.life_event import EventSource, LifeEventKind
from models.prepared import Line
from models.report import ReportKind
from models.staff import StaffRole
from models.ticket import Place, TicketOrigin
from policy.records import SMALLTALK, read_knowledge
from policy.rules import rule_set
from refusal import Refusal
from settings import Settings
from tests.cast import COMMUNITY, DISTRICT, OTHER_COMMUNITY, SUBDISTRICT
from tests.rows import count
from tests.staff import add_staff_cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from certification.limits import Limits
    from models.session import Transactions
    from models.vault import Vault
    from tests.cast import Cast


T = TypeVar("T")
ACTOR = Actor(ActorKind.SYSTEM, "test")
TERMS = Settings.read({}).terms()
RULES = rule_set("changsha-2020")
AT_ONCE = 4


@pytest.fixture
def chance() -> Random:
    return Random(7)


@pytest.fixture
def limits(settings: Settings) -> Limits:
    return settings.limits()


def at_once(own: Transactions, act: Callable[[Session], T]) -> list[T | Refusal]:
    """Do `act` in as many transactions at one moment; a refusal is a result."""
    start = Barrier(AT_ONCE)

    def once(_number: int) -> T | Refusal:
        start.wait()
        try:
            with own() as session:
                return act(session)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(once, range(AT_ONCE)))


def test_one_person_is_certified_once(own: Transactions, people: Cast, now: datetime) -> None:
    def act(session: Session) -> str:
        retiree = session.merge(people.grandma_li)
        return certify(session, retiree, Channel.COUNTER, rules=RULES, actor=ACTOR, now=now).receipt_number

    receipts = at_once(own, act)
    assert len(set(receipts)) == 1
    assert count(own, Certification) == 1


def test_one_ticket_is_opened(own: Transactions, people: Cast, now: datetime) -> None:
    def act(session: Session) -> str:
        return request_assistance(
            session,
            session.merge(people.old_zhou),
            place=Place.WINDOW,
            visit_reason=None,
            origin=TicketOrigin.REQUESTED,
            terms=TERMS,
            actor=ACTOR,
            now=now,
        ).number

    assert len(set(at_once(own, act))) == 1
    assert count(own, Ticket) == 1


def open_one(own: Transactions, people: Cast, limits: Limits, now: datetime) -> CertificationSession:
    with own() as session:
        account, retiree = session.merge(people.grandma_li_account), session.merge(people.grandma_li)
        give_consent(session, account, retiree, actor=ACTOR, now=now)
        return open_session(
            session, account, retiree, with_helper=False, limits=limits, rules=RULES, actor=ACTOR, now=now
        )


def begin_in(
    session: Session,
    opened: CertificationSession,
    chance: Random,
    limits: Limits,
    vault: Vault,
    now: datetime,
    way: CaptureWay = CaptureWay.STREAM,
) -> tuple[Attempt, str]:
    return begin_attempt(
        session,
        session.get_one(CertificationSession, opened.id),
        way,
        chance=chance,
        limits=limits,
        rules=RULES,
        vault=vault,
        actor=ACTOR,
        now=now,
    )


def test_one_session_is_left_open(own: Transactions, people: Cast, limits: Limits, now: datetime) -> None:
    open_one(own, people, limits, now)

    def act(session: Session) -> CertificationSession:
        account, retiree = session.merge(people.grandma_li_account), session.merge(people.grandma_li)
        return open_session(
            session, account, retiree, with_helper=False, limits=limits, rules=RULES, actor=ACTOR, now=now
        )

    at_once(own, act)
    with own() as session:
        statuses = list(session.scalars(select(CertificationSession.status)))
    assert statuses.count(SessionStatus.OPEN) == 1


def test_one_frame_of_a_version_is_kept(
    own: Transactions, people: Cast, limits: Limits, vault: Vault, now: datetime, chance: Random
) -> None:
    opened = open_one(own, people, limits, now)
    with own() as session:
        attempt, nonce = begin_in(session, opened, chance, limits, vault, now)

    def look(number: int) -> FrameJob:
        with own() as session:
            content = f"frame {number}".encode()
            account_id, at_hand = people.grandma_li_account.id, Line.of(session.connection())
            job = receive_frame(
                at_hand, account_id, attempt.id, nonce, number, content, limits=limits, vault=vault, now=now
            )
        assert isinstance(job, FrameJob)
        return job

    jobs = iter([look(number) for number in range(AT_ONCE)])
    kept = at_once(own, lambda session: keep_frame(Line.of(session.connection()), next(jobs), None, now=now))
    assert sorted(kept, key=bool) == [False] * (AT_ONCE - 1) + [True]
    assert count(own, AttemptFrame) == 1


def test_attempts_begun_at_once_leave_one_running(
    own: Transactions, people: Cast, limits: Limits, vault: Vault, now: datetime, chance: Random
) -> None:
    opened = open_one(own, people, limits, now)
    at_once(own, lambda session: begin_in(session, opened, chance, limits, vault, now))
    with own() as session:
        running = session.scalars(select(Attempt).where(Attempt.status == "running")).all()
    assert len(running) == 1


def test_a_claim_pressed_several_times_is_taken_each_time_and_consented_to_once(
    own: Transactions, people: Cast, vault: Vault, now: datetime
) -> None:
    li = people.grandma_li
    claim = Claim(Relation.DIRECT_RELATIVE, li.name, li.id_number, "李小明")

    def act(session: Session) -> Claimed:
        account = session.merge(people.stranger)
        give_personal_consent(session, account, actor=ACTOR, now=now)
        return claim_binding(session, account, claim, tries=AT_ONCE - 1, vault=vault, actor=ACTOR, now=now)

    assert sorted(map(str, at_once(own, act))) == ["locked", *["taken"] * (AT_ONCE - 1)]
    assert count(own, Consent) == 1


def test_a_consent_is_given_once(own: Transactions, people: Cast, now: datetime) -> None:
    def act(session: Session) -> None:
        account, retiree = session.merge(people.grandma_li_account), session.merge(people.grandma_li)
        give_consent(session, account, retiree, actor=ACTOR, now=now)

    at_once(own, act)
    assert count(own, Consent) == 1


def test_what_is_told_several_times_is_taken_down_once(
    own: Transactions, people: Cast, vault: Vault, now: datetime
) -> None:
    told = Told(ReportKind.PHONE_CHANGE, retiree_id=people.grandma_li.id, content={"phone": "13900000001"})

    def act(session: Session) -> str:
        account = session.merge(people.grandma_li_account)
        return file_report(session, account, told, rules=RULES, terms=TERMS, vault=vault, actor=ACTOR, now=now).number

    assert len(set(at_once(own, act))) == 1
    assert count(own, Report) == count(own, LifeEvent) == 1


def test_a_death_told_by_several_at_one_moment_is_one_record(own: Transactions, people: Cast, now: datetime) -> None:
    def act(session: Session) -> str:
        return notify_event(
            session,
            LifeEventKind.DEATH,
            session.merge(people.grandma_li),
            happened_on=None,
            source=EventSource.STAFF,
            content={},
            rules=RULES,
            actor=ACTOR,
            now=now,
        ).number

    assert len(set(at_once(own, act))) == 1
    assert count(own, LifeEvent) == 1


def test_what_somebody_cannot_do_is_what_was_said_last(own: Transactions, people: Cast, now: datetime) -> None:
    sayings = iter([{Action.NOD}, {Action.NOD, Action.BLINK}] * (AT_ONCE // 2))

    def act(session: Session) -> None:
        declare_exclusions(session, session.merge(people.grandma_li), next(sayings), actor=ACTOR, now=now)

    at_once(own, act)
    with own() as session:
        assert excluded_actions(session, people.grandma_li.id) in ({Action.NOD}, {Action.NOD, Action.BLINK})


def test_of_several_checks_that_wechat_gave_out_for_an_attempt_one_counts(
    own: Transactions, people: Cast, limits: Limits, vault: Vault, now: datetime, chance: Random
) -> None:
    opened = open_one(own, people, limits, now)
    with own() as session:
        attempt, _nonce = begin_in(session, opened, chance, limits, vault, now, CaptureWay.WECHAT)
    given = iter(["verify 1", "verify 2", "verify 3", "verify 4"])
    came = at_once(own, lambda session: keep_verify_id(session, attempt.id, next(given), "oLi", vault=vault, now=now))
    assert sorted(one.code if isinstance(one, Refusal) else "kept" for one in came) == [
        *["attempt_ended"] * (AT_ONCE - 1),
        "kept",
    ]


def sit(own: Transactions, role: StaffRole, region_code: str, now: datetime) -> Staff:
    """Add a member of staff."""
    made = Staff(login="linli", name="林立", role=role, region_code=region_code, password_hash="none", created_at=now)
    with own() as session:
        session.add(made)
    return made


def test_whom_a_record_is_about_is_said_once(own: Transactions, people: Cast, now: datetime) -> None:
    officer = sit(own, StaffRole.AGENCY_OFFICER, DISTRICT, now)
    with own() as session:
        event = notify_event(
            session,
            LifeEventKind.DEATH,
            None,
            happened_on=None,
            source=EventSource.ANONYMOUS,
            content={},
            rules=RULES,
            actor=ACTOR,
            now=now,
        )
    meant = iter([people.grandma_li, people.old_zhou] * (AT_ONCE // 2))

    def act(session: Session) -> str:
        retiree = session.merge(next(meant))
        name_person(session, session.merge(officer), event.id, retiree, actor=ACTOR, now=now)
        return "named"

    came = at_once(own, act)
    assert sorted(one.code if isinstance(one, Refusal) else one for one in came) == [
        "named",
        *["not_yours"] * (AT_ONCE - 1),
    ]


def test_whoever_is_moved_by_two_is_where_the_last_row_says(
    own: Transactions, people: Cast, vault: Vault, now: datetime
) -> None:
    officer = sit(own, StaffRole.SUBDISTRICT_OFFICER, SUBDISTRICT, now)

    def act(session: Session) -> None:
        change_details(
            session,
            session.merge(officer),
            people.grandma_li.id,
            phone=None,
            address=None,
            community_code=COMMUNITY,
            rules=RULES,
            vault=vault,
            actor=ACTOR,
            now=now,
        )

    at_once(own, act)
    with own() as session:
        rows = history_of(session, people.grandma_li.id)
        assert [row.owner_code for row in rows] == [OTHER_COMMUNITY, COMMUNITY]


def test_a_topic_that_several_read_or_take_offline_at_one_moment_is_so_once(own: Transactions, now: datetime) -> None:
    known = read_knowledge()
    topic = next(one.id for one in known.topics.values() if one.sources and one.id != SMALLTALK)
    with own() as session:
        editor = add_staff_cast(session, ("city",))["city"]

    def act(session: Session) -> None:
        staff = session.merge(editor)
        review_topic(session, staff, topic, known=known, actor=ACTOR, now=now)
        switch_topic(session, staff, topic, is_on=False, known=known, actor=ACTOR, now=now)

    at_once(own, act)
    assert count(own, TopicReview) == count(own, TopicSwitch) == 1
    at_once(
        own,
        lambda session: switch_topic(
            session, session.merge(editor), topic, is_on=True, known=known, actor=ACTOR, now=now
        ),
    )
    assert count(own, TopicSwitch) == 0
