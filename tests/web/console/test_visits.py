from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from casework.assistance import request_assistance
from certification.face.types import Advice, Verdict
from certification.references import add_reference
from certification.standing import is_said_dead
from models import (
    AuditEntry,
    Certification,
    EvidenceImage,
    OutboxMessage,
    Retiree,
    Ticket,
    Visit,
    VisitCheck,
)
from models.audit import Actor, ActorKind
from models.certification import Channel
from models.evidence import EvidencePurpose
from models.ticket import Place, TicketKind, TicketOrigin, TicketStatus, VisitReason
from models.visit import CheckReason, CheckStatus
from services import NAME
from tests.factories.accounts import add_own_account
from tests.fakes.faces import ScriptedFaces
from tests.rows import count

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from models.session import Transactions
    from models.vault import Vault
    from settings import Settings
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.fakes.evidence import EvidenceInMemory
    from tests.staff import Desk

SYSTEM = Actor(ActorKind.SYSTEM, "test")
PHOTO = base64.b64encode(b"a face at the door").decode()
SIGNATURE = base64.b64encode(b"\x89PNG a stroke").decode()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, visit_check_percent=0)


@pytest.fixture
def ticket(
    cast: Cast,
    transactions: Transactions,
    settings: Settings,
    vault: Vault,
    store: EvidenceInMemory,
    desks: dict[str, Desk],
    now: datetime,
) -> Ticket:
    """A visit to old Zhou, taken by the worker; he has a reference photograph and follows the account."""
    photo = b"old Zhou ten years ago"
    with transactions() as session:
        zhou = session.merge(cast.old_zhou)
        add_reference(
            session, zhou, photo, ScriptedFaces().measure_photo(photo), store=store, vault=vault, actor=SYSTEM, now=now
        )
        add_own_account(session, zhou, now)
        made = request_assistance(
            session,
            zhou,
            place=Place.HOME,
            visit_reason=VisitReason.BEDRIDDEN,
            origin=TicketOrigin.REQUESTED,
            terms=settings.terms(),
            actor=SYSTEM,
            now=now,
        )
    desks["worker"].post(f"/tickets/{made.id}/take", version="1")
    return made


@pytest.fixture
def form(ticket: Ticket, cast: Cast, now: datetime) -> dict[str, Any]:
    """What the phone sends when everything is right."""
    return {
        "id": str(uuid4()),
        "ticket": str(ticket.id),
        "outcome": "certified",
        "began_at": (now - timedelta(minutes=9)).isoformat(),
        "ended_at": (now - timedelta(minutes=2)).isoformat(),
        "notes": "精神很好",
        "next_visit_on": None,
        "id_digits": cast.old_zhou.id_number[-4:],
        "photo": PHOTO,
        "is_video": False,
        "judgement": None,
        "signer": "retiree",
        "signature": SIGNATURE,
        "position": {"latitude": 28.1961, "longitude": 112.9772, "accuracy": 12.5},
    }


def look_at(transactions: Transactions, ticket: Ticket) -> Ticket:
    with transactions() as session:
        return session.get_one(Ticket, ticket.id)


def test_it_works_from_the_door_to_the_message(
    desks: dict[str, Desk], form: dict[str, Any], ticket: Ticket, cast: Cast, transactions: Transactions
) -> None:
    assert desks["worker"].get("/today").text.count('data-ticket="') == 1
    answer = desks["worker"].send("/visits", form)
    assert answer.status_code == 200
    told = answer.get_json()
    assert told["result"] == "certified"
    with transactions() as session:
        certification = session.scalars(select(Certification)).one()
        assert certification.channel is Channel.HOME_VISIT
        assert certification.receipt_number == told["receipt"]
        visit = session.scalars(select(Visit)).one()
        assert (visit.verdict, visit.id_digits_match, visit.judgement) == ("match", True, None)
        assert visit.position == "28.196100,112.977200,12"
        assert session.get_one(Retiree, cast.old_zhou.id).position == "28.196100,112.977200"
        message = session.scalars(select(OutboxMessage)).one()
        assert (message.notice, message.retiree_id) == ("certified", cast.old_zhou.id)
        kept = {one.purpose for one in session.scalars(select(EvidenceImage).where(EvidenceImage.visit_id == visit.id))}
        assert kept == {EvidencePurpose.VISIT_FACE, EvidencePurpose.VISIT_SIGNATURE}
    assert look_at(transactions, ticket).status is TicketStatus.DONE
    assert 'data-ticket="' not in desks["worker"].get("/today").text


def test_the_same_visit_sent_again_is_written_once(
    desks: dict[str, Desk], form: dict[str, Any], transactions: Transactions
) -> None:
    first, second = (desks["worker"].send("/visits", form).get_json() for _ in range(2))
    assert first == second
    assert count(transactions, Visit) == 1
    assert count(transactions, Certification) == 1
    assert count(transactions, EvidenceImage) == 3, "reference, face, signature"
    changed = desks["worker"].send("/visits", form | {"notes": "another"})
    assert changed.status_code == 409
    assert desks["colleague"].send("/visits", form).status_code == 409


def test_a_face_that_does_not_match_certifies_nobody_until_staff_judge(
    desks: dict[str, Desk],
    form: dict[str, Any],
    ticket: Ticket,
    faces: ScriptedFaces,
    transactions: Transactions,
) -> None:
    faces.assessment = replace(faces.assessment, verdict=Verdict.NO_MATCH, distance=0.7)
    assert desks["worker"].send("/visits", form).get_json()["result"] == "judge"
    assert count(transactions, Certification) == 0
    assert look_at(transactions, ticket).status is TicketStatus.IN_PROGRESS
    page = desks["worker"].get(f"/tickets/{ticket.id}").text
    assert "由我认定" in page
    judge = f"/visits/{form['id']}/judge"
    assert desks["colleague"].post(judge, judgement="documents", note="x").status_code == 404
    assert desks["worker"].post(judge, judgement="documents", note="").status_code == 422
    assert desks["worker"].post(judge, judgement="documents", note="户口本、老照片都对得上").status_code == 303
    assert desks["worker"].post(judge, judgement="documents", note="again").status_code == 404
    assert count(transactions, Certification) == 1
    with transactions() as session:
        check = session.scalars(select(VisitCheck)).one()
        assert check.reason is CheckReason.OWN_JUDGEMENT


def test_an_own_judgement_goes_to_a_second_person_who_may_object(
    desks: dict[str, Desk],
    form: dict[str, Any],
    cast: Cast,
    faces: ScriptedFaces,
    transactions: Transactions,
) -> None:
    faces.assessment = replace(faces.assessment, verdict=Verdict.NO_MATCH, distance=0.7)
    assert desks["worker"].send("/visits", form | {"judgement": "known_personally"}).get_json()["result"] == "certified"
    with transactions() as session:
        check = session.scalars(select(VisitCheck)).one()
    path = f"/checks/{check.id}"
    assert desks["worker"].get(path).status_code == 403
    assert desks["far_district"].get(path).status_code == 404
    page = desks["subdistrict"].get(path).text
    image = page.split(f"{path}/images/")[-1].split('"')[0]
    assert desks["subdistrict"].get(f"{path}/images/{image}").status_code == 200
    with transactions() as session:
        assert "image.open" in set(session.scalars(select(AuditEntry.action)))
    assert desks["subdistrict"].post(path, decision="object", note="").status_code == 422
    assert desks["subdistrict"].post(path, decision="object", note="照片不是本人").status_code == 303
    assert desks["subdistrict"].post(path, decision="confirm").status_code == 409
    with transactions() as session:
        certification = session.scalars(select(Certification)).one()
        assert certification.revoked_at is not None
        zhou = session.get_one(Retiree, cast.old_zhou.id)
        assert (zhou.certified_until, zhou.due_by.isoformat()) == (None, "2025-12-31")
        again = session.scalars(select(Ticket).where(Ticket.origin == TicketOrigin.CHECK)).one()
        assert (again.place, again.is_urgent, again.status) == (Place.HOME, True, TicketStatus.OPEN)
        assert session.get_one(VisitCheck, check.id).status is CheckStatus.OBJECTED
        told = select(OutboxMessage.retiree_id).where(OutboxMessage.notice == "certify_again")
        assert session.scalars(told).all() == [cast.old_zhou.id]
    public = desks["worker"].client.get(f"/verify/{certification.receipt_number}")
    assert "撤销" in public.text


def test_wrong_digits_certify_nobody_even_by_judgement(
    desks: dict[str, Desk], form: dict[str, Any], transactions: Transactions
) -> None:
    told = desks["worker"].send("/visits", form | {"id_digits": "0000", "judgement": "known_personally"}).get_json()
    assert told["result"] == "judge"
    assert count(transactions, Certification) == 0


def test_without_a_card_the_machine_alone_certifies_nobody(
    desks: dict[str, Desk], form: dict[str, Any], transactions: Transactions
) -> None:
    assert desks["worker"].send("/visits", form | {"id_digits": None}).get_json()["result"] == "judge"
    assert count(transactions, Certification) == 0


@pytest.mark.parametrize("percent", [0, 100])
def test_a_share_of_visits_is_drawn(
    app: Flask, desks: dict[str, Desk], form: dict[str, Any], transactions: Transactions, percent: int
) -> None:
    parts = app.extensions[NAME]
    app.extensions[NAME] = replace(parts, terms=replace(parts.terms, check_percent=percent))
    desks["worker"].send("/visits", form)
    assert count(transactions, VisitCheck) == (1 if percent else 0)


@pytest.mark.parametrize(
    ("outcome", "status", "follows"),
    [
        ("absent", TicketStatus.SCHEDULED, None),
        ("refused", TicketStatus.ESCALATED, None),
        ("deceased", TicketStatus.ESCALATED, TicketKind.DEATH_VERIFICATION),
        ("moved", TicketStatus.ESCALATED, TicketKind.INFORMATION_COLLECTION),
    ],
)
def test_every_other_outcome_has_its_way_on(
    desks: dict[str, Desk],
    form: dict[str, Any],
    ticket: Ticket,
    transactions: Transactions,
    now: datetime,
    outcome: str,
    status: TicketStatus,
    follows: TicketKind | None,
) -> None:
    kept = ("id", "ticket", "began_at", "ended_at", "notes")
    told = {name: form[name] for name in kept} | {"outcome": outcome}
    if outcome == "absent":
        assert desks["worker"].send("/visits", told).status_code == 422, "when will somebody go again?"
        told["next_visit_on"] = (now + timedelta(days=2)).date().isoformat()
    assert desks["worker"].send("/visits", told).get_json()["result"] == "written"
    after = look_at(transactions, ticket)
    assert after.status is status
    if outcome == "absent":
        assert after.scheduled_at is not None
        assert after.assignee_id == desks["worker"].staff.id
    with transactions() as session:
        opened = session.scalars(select(Ticket.kind).where(Ticket.origin == TicketOrigin.VISIT)).all()
        deaths = session.scalars(select(Retiree.id).where(is_said_dead())).all()
    assert list(opened) == ([] if follows is None else [follows])
    assert list(deaths) == ([ticket.retiree_id] if outcome == "deceased" else []), "the dead are reminded no more"
    assert count(transactions, Certification) == 0, "no report of a death and no refusal touches a pension by itself"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"photo": None}, 422),
        ({"signature": None}, 422),
        ({"signature": base64.b64encode(b"GIF89a").decode()}, 422),
        ({"photo": "not base64!"}, 422),
        ({"outcome": "whatever"}, 422),
        ({"id": "1"}, 422),
        ({"began_at": "2025-03-10T09:00:00"}, 422),
        ({"position": {"latitude": 91, "longitude": 0, "accuracy": 1}}, 422),
        ({"position": {"latitude": "nan", "longitude": 0, "accuracy": 1}}, 422),
        ({"position": {"latitude": 10**400, "longitude": 0, "accuracy": 1}}, 422),
        ({"began_at": "0001-01-01T00:00:00+14:00"}, 422),
        ({"ended_at": "9999-12-31T23:59:59-14:00"}, 422),
        ({"notes": "x" * 1001}, 422),
        ({"notes": "half a sign \ud800"}, 422),
        ({"ticket": str(uuid4())}, 404),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(
    desks: dict[str, Desk], form: dict[str, Any], transactions: Transactions, change: dict[str, Any], status: int
) -> None:
    answer = desks["worker"].send("/visits", form | change)
    assert answer.status_code == status
    assert answer.get_json()["detail"]
    assert count(transactions, Visit) == 0


@pytest.mark.parametrize("path", ["/visits", "/visits/face"])
def test_a_body_nested_too_deep_is_malformed(desks: dict[str, Desk], path: str) -> None:
    desk = desks["worker"]
    headers = {"X-CSRF-Token": desk.csrf, "Accept": "application/json"}
    answer = desk.client.post(f"/staff{path}", data=b'{"id":' * 5_000, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "malformed")


def test_a_visit_of_the_future_or_of_last_month_is_refused(
    desks: dict[str, Desk], form: dict[str, Any], now: datetime
) -> None:
    hour, long_ago = timedelta(hours=1), now - timedelta(days=20)
    for began, ended in ((now, now + hour), (long_ago, long_ago), (now, now - hour)):
        told = form | {"began_at": began.isoformat(), "ended_at": ended.isoformat()}
        assert desks["worker"].send("/visits", told).status_code == 422


@pytest.mark.parametrize(("days", "status"), [(1, 200), (15, 409)])
def test_a_ticket_that_ended_long_ago_certifies_nobody(
    desks: dict[str, Desk],
    form: dict[str, Any],
    ticket: Ticket,
    transactions: Transactions,
    now: datetime,
    days: int,
    status: int,
) -> None:
    with transactions() as session:
        ended = session.get_one(Ticket, ticket.id)
        ended.status, ended.closed_at = TicketStatus.CANCELLED, now - timedelta(days=days)
    assert desks["worker"].send("/visits", form).status_code == status
    assert count(transactions, Certification) == (1 if status == 200 else 0)


def test_a_picture_that_cannot_be_read_does_not_lose_the_visit(
    desks: dict[str, Desk], form: dict[str, Any], transactions: Transactions
) -> None:
    garbage = base64.b64encode(b"garbage").decode()
    assert desks["worker"].send("/visits", form | {"photo": garbage}).get_json()["result"] == "judge"
    assert count(transactions, Visit) == 1


def test_when_the_machine_is_busy_the_phone_sends_again(desks: dict[str, Desk], form: dict[str, Any]) -> None:
    busy = base64.b64encode(b"busy").decode()
    assert desks["worker"].send("/visits", form | {"photo": busy}).status_code == 429


def test_a_look_before_sending_keeps_nothing(
    desks: dict[str, Desk], form: dict[str, Any], faces: ScriptedFaces, transactions: Transactions
) -> None:
    before = count(transactions, EvidenceImage)
    looked = desks["worker"].send("/visits/face", {"ticket": form["ticket"], "photo": PHOTO})
    assert looked.get_json() == {"verdict": "match", "advice": None}
    faces.assessment = replace(faces.assessment, verdict=Verdict.UNUSABLE, distance=None, advice=Advice.TOO_DARK)
    looked = desks["worker"].send("/visits/face", {"ticket": form["ticket"], "photo": PHOTO})
    assert "光线太暗" in looked.get_json()["advice"]
    assert count(transactions, EvidenceImage) == before
    assert desks["neighbour"].send("/visits/face", {"ticket": form["ticket"], "photo": PHOTO}).status_code == 404
    assert desks["auditor"].send("/visits/face", {"ticket": form["ticket"], "photo": PHOTO}).status_code == 403
    with transactions() as session:
        asked = session.scalars(select(AuditEntry.subject_kind).where(AuditEntry.action == "visit.look")).all()
    assert asked == ["Retiree", "Retiree"], "whose face was compared is written down, each time"


def test_who_was_certified_by_phone_meanwhile_keeps_one_certification(
    desks: dict[str, Desk], form: dict[str, Any], transactions: Transactions
) -> None:
    desks["worker"].send("/visits", form)
    second = desks["worker"].send("/visits", form | {"id": str(uuid4())})
    assert second.get_json()["result"] == "certified"
    assert count(transactions, Certification) == 1
    assert count(transactions, Visit) == 2


def test_the_phone_of_a_later_login_gets_a_token_of_its_own(desks: dict[str, Desk]) -> None:
    assert desks["worker"].get("/token").get_json() == {"csrf": desks["worker"].csrf}


def test_help_at_the_window_is_a_counter_certification(
    desks: dict[str, Desk], form: dict[str, Any], cast: Cast, transactions: Transactions, clock: StandingClock
) -> None:
    del clock
    fields = {"person": str(cast.grandma_li.id), "kind": "assisted_certification", "place": "window"}
    made = desks["neighbour"].post("/tickets/new", **fields).headers["Location"].rsplit("/", 1)[1]
    told = form | {"ticket": made, "id_digits": cast.grandma_li.id_number[-4:], "judgement": "no_reference"}
    assert desks["neighbour"].send("/visits", told).get_json()["result"] == "certified"
    with transactions() as session:
        assert session.scalars(select(Certification.channel)).one() is Channel.COUNTER
