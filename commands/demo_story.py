"""What happened this year to one invented person: pure but for the chance it is given; rows are added to lists."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from certification.face.types import Action
from certification.sessions import age_group_of
from certification.year import term_of
from clock import LOCAL_ZONE, local_date
from commands.demo_chances import (
    ADVICE,
    CHANNELS,
    ENGINE,
    FINDINGS,
    HOURS,
    KINDS,
    LATE_DAYS,
    MOST_DAYS_STANDING,
    ORIGINS,
    PHONES,
    SESSIONS,
    SIGNS,
    STATUSES,
    STEPS,
    UNCERTAIN,
    VISITED,
)
from commands.demo_people import CITY
from commands.demo_trail import write_move
from models.attempt import AttemptStatus, CaptureWay, SessionStatus
from models.certification import Channel, ReviewStatus
from models.retiree import LivingMarkKind
from models.ticket import ENDED, Place, TicketKind, TicketOrigin, TicketStatus, VisitReason
from models.visit import CheckReason, CheckStatus, JudgementReason, Signer, VisitOutcome
from words.demo import DEMO_NOTES

if TYPE_CHECKING:
    from random import Random

    from casework.roster_rows import RosterRow
    from commands.demo_cases import Calendar, CasePlan


class Story:
    """The year of one person. certified: by which channel and when, once `tell` was called; None if not yet."""

    def __init__(
        self,
        random: Random,
        plan: CasePlan,
        calendar: Calendar,
        rows: dict[str, list[dict[str, Any]]],
        retiree_id: uuid.UUID,
        person: RosterRow,
        *,
        number: str,
    ) -> None:
        self._random, self._plan, self._calendar, self._rows = random, plan, calendar, rows
        self._retiree_id, self._person, self._number = retiree_id, person, number
        self._owner = person.community_code or person.agency_code
        self._mark: LivingMarkKind | None = None
        self.certified: tuple[Channel, datetime] | None = None

    def tell(self, *, is_neighbour: bool) -> None:
        """Draw everything. is_neighbour: lives where a small demonstration is to have visits for today."""
        random = self._random
        if random.random() < min(0.1, self._plan.share * 0.3):
            self._set_mark()
        count = int(self._plan.share) + (random.random() < self._plan.share % 1)
        is_visited = is_neighbour and random.random() < 0.4  # noqa: PLR2004 - two in five
        kinds = self._some_kinds(
            max(count, is_visited), first=TicketKind.ASSISTED_CERTIFICATION if is_visited else None
        )
        may_be_certified = True
        for kind in kinds:
            status = TicketStatus.SCHEDULED if is_visited else self._pick(STATUSES)
            if kind is TicketKind.ASSISTED_CERTIFICATION:
                self._help(status, is_visited=is_visited)
            else:
                self._open(kind, status)
            may_be_certified = may_be_certified and (status in ENDED or kind not in UNCERTAIN)
        if self.certified is None and may_be_certified:
            self._certify_without_ticket()

    def _help(self, status: TicketStatus, *, is_visited: bool) -> None:
        """Help with the certification, at the window or at home; done, it ends with a visit."""
        reason = VISITED.get(self._mark) if self._mark else None
        is_home = is_visited or reason is not None or self._random.random() < 0.5  # noqa: PLR2004 - half
        place = Place.HOME if is_home else Place.WINDOW
        if is_home and reason is None:
            reason = self._random.choice(tuple(VisitReason))
        ticket = self._open(TicketKind.ASSISTED_CERTIFICATION, status, place=place, reason=reason, is_today=is_visited)
        if ticket["origin"] is TicketOrigin.FAILED_ATTEMPTS:
            self._try(ticket["created_at"], AttemptStatus.REFUSED)
        if status is TicketStatus.DONE:
            channel = Channel.HOME_VISIT if is_home else Channel.COUNTER
            certification_id = self._certify(channel, ticket["closed_at"])
            self._visit(ticket, VisitOutcome.CERTIFIED, certification_id)
        elif status is TicketStatus.IN_PROGRESS and ticket["assignee_id"] is not None:
            self._visit(ticket, VisitOutcome.CERTIFIED, None)
        elif status is TicketStatus.SCHEDULED and not is_visited and self._random.random() < 0.3:  # noqa: PLR2004
            self._visit(ticket, VisitOutcome.ABSENT, None)

    def _open(
        self,
        kind: TicketKind,
        status: TicketStatus,
        *,
        place: Place | None = None,
        reason: VisitReason | None = None,
        is_today: bool = False,
    ) -> dict[str, Any]:
        random, calendar = self._random, self._calendar
        owner = self._person.agency_code if kind is TicketKind.MANUAL_REVIEW else self._owner
        if status in ENDED:
            created = calendar.past(random, timedelta(days=3))
            closed = created + random.random() * min(timedelta(days=20), calendar.now - created)
        else:
            days = random.random() ** 1.5 * (LATE_DAYS if status is TicketStatus.ESCALATED else MOST_DAYS_STANDING)
            created, closed = calendar.now - timedelta(days=days, minutes=30), None
        staff = self._staff_of(owner)
        is_given = status not in {TicketStatus.OPEN, TicketStatus.ESCALATED}
        scheduled = None
        if status is TicketStatus.SCHEDULED:
            day = calendar.today + timedelta(days=0 if is_today else random.randrange(-1, 7))
            scheduled = datetime.combine(day, time(random.choice(HOURS)), LOCAL_ZONE)
        escalated_to = owner[: random.choice((9, 6))] if status is TicketStatus.ESCALATED else None
        sayings = DEMO_NOTES.get(kind.value)
        ticket = {
            "id": self._id(),
            "number": f"Y{local_date(created):%y%m}-{self._number}{tuple(KINDS).index(kind)}",
            "kind": kind,
            "place": place,
            "visit_reason": reason,
            "origin": random.choice(ORIGINS[kind]),
            "retiree_id": self._retiree_id,
            "note": random.choice(sayings) if sayings else None,
            "owner_code": owner,
            "escalated_to": escalated_to,
            "assignee_id": staff if is_given else None,
            "is_urgent": self._mark is not None,
            "status": status,
            "version": 1 + len(STEPS[status]),
            "created_at": created,
            "due_by": calendar.due_by(kind, place, local_date(created)),
            "scheduled_at": scheduled,
            "closed_at": closed,
        }
        self._rows["tickets"].append(ticket)
        self._walk(ticket, staff)
        if kind is TicketKind.MANUAL_REVIEW:
            self._review(ticket)
        if status is TicketStatus.CANCELLED or (kind.value in DEMO_NOTES and status is TicketStatus.DONE):
            text = random.choice(sayings or DEMO_NOTES["information_collection"])
            note = {"id": self._id(), "ticket_id": ticket["id"], "staff_id": staff, "text": text, "at": closed}
            self._rows["ticket_notes"].append(note)
        return ticket

    def _walk(self, ticket: dict[str, Any], staff: uuid.UUID) -> None:
        """Leave a row for each change of the ticket, from its opening to its end or to now."""
        steps = STEPS[ticket["status"]]
        began, ended = ticket["created_at"], ticket["closed_at"] or self._calendar.now
        old = TicketStatus.OPEN
        for place, (new, reason) in enumerate(steps, start=1):
            by = None if new is TicketStatus.ESCALATED else staff
            at = began + (ended - began) * place / len(steps)
            self._moved(("Ticket", ticket["id"]), old, new, reason, at, by)
            old = new

    def _visit(self, ticket: dict[str, Any], outcome: VisitOutcome, certification_id: uuid.UUID | None) -> None:
        random = self._random
        ended = ticket["closed_at"] or self._calendar.now - timedelta(hours=random.randrange(1, 60))
        is_face = outcome is VisitOutcome.CERTIFIED
        is_judged = is_face and certification_id is not None and random.random() < 0.15  # noqa: PLR2004 - some
        is_waiting = is_face and certification_id is None
        verdict = None if not is_face else "review" if is_judged else "no_match" if is_waiting else "match"
        is_home = ticket["place"] is Place.HOME and self._person.position is not None
        visit = {
            "id": self._id(),
            "ticket_id": ticket["id"],
            "retiree_id": self._retiree_id,
            "staff_id": ticket["assignee_id"],
            "content_index": self._digest(),
            "place": ticket["place"],
            "outcome": outcome,
            "began_at": ended - timedelta(minutes=random.randrange(5, 20)),
            "ended_at": ended,
            "received_at": ended + timedelta(seconds=40),
            "position": f"{self._person.position},12" if is_home else None,
            "id_digits_match": True if is_face else None,
            "engine_id": ENGINE if is_face else None,
            "verdict": verdict,
            "distance": self._distance(verdict) if verdict else None,
            "judgement": random.choice(tuple(JudgementReason)) if is_judged else None,
            "needs_judgement": is_waiting,
            "signer": random.choice(tuple(Signer)) if is_face else None,
            "next_visit_on": None if is_face else self._calendar.today + timedelta(days=2),
            "certification_id": certification_id,
        }
        self._rows["visits"].append(visit)
        if is_judged or (certification_id is not None and random.random() < 0.05):  # noqa: PLR2004 - one in twenty
            is_open = random.random() < 0.25  # noqa: PLR2004 - a quarter
            self._rows["visit_checks"].append(
                {
                    "id": self._id(),
                    "visit_id": visit["id"],
                    "reason": CheckReason.OWN_JUDGEMENT if is_judged else CheckReason.DRAWN,
                    "owner_code": self._owner,
                    "status": CheckStatus.OPEN if is_open else CheckStatus.CONFIRMED,
                    "checked_by_id": None if is_open else self._plan.staff[CITY],
                    "created_at": visit["received_at"],
                    "checked_at": None if is_open else min(ended + timedelta(days=1), self._calendar.now),
                }
            )

    def _review(self, ticket: dict[str, Any]) -> None:
        """Let the attempt stand that the ticket asks somebody to judge."""
        is_open = ticket["status"] not in ENDED
        attempt_id = self._try(ticket["created_at"], AttemptStatus.REVIEW if is_open else AttemptStatus.REFUSED)
        review_id = self._id()
        if not is_open:
            opened, refused = ReviewStatus.OPEN, ReviewStatus.REFUSED
            at, by = ticket["closed_at"], self._staff_of(ticket["owner_code"])
            self._moved(("Review", review_id), opened, refused, "reviewed", at, by)
        self._rows["reviews"].append(
            {
                "id": review_id,
                "attempt_id": attempt_id,
                "retiree_id": self._retiree_id,
                "owner_code": self._person.agency_code,
                "status": ReviewStatus.OPEN if is_open else ReviewStatus.REFUSED,
                "reasons": ["face_unsure"],
                "created_at": ticket["created_at"],
                "due_by": ticket["due_by"],
            }
        )

    def _certify_without_ticket(self) -> None:
        channel = self._pick(CHANNELS)
        if channel is None:
            return
        at = self._calendar.past(self._random)
        attempt_id = None
        # every self-service certification has an attempt in a small demonstration, some of them in a city's
        if channel is Channel.SELF_SERVICE and self._random.random() < self._plan.share * 2.5:
            attempt_id = self._try(at, AttemptStatus.CERTIFIED)
        self._certify(channel, at, attempt_id)

    def _certify(self, channel: Channel, at: datetime, attempt_id: uuid.UUID | None = None) -> uuid.UUID:
        self.certified = (channel, at)
        day = local_date(at)
        term = term_of(day, self._plan.rules.clock)
        signs = "".join(self._random.choices(SIGNS, k=12))
        certification_id = self._id()
        self._rows["certifications"].append(
            {
                "id": certification_id,
                "retiree_id": self._retiree_id,
                "period": term.period,
                "channel": channel,
                "with_helper": channel is Channel.SELF_SERVICE and self._random.random() < 0.6,  # noqa: PLR2004 - most
                "certified_at": at,
                "valid_until": term.valid_until,
                "next_due_by": term.next_due_by,
                "rule_set": self._plan.rules.name,
                "attempt_id": attempt_id,
                "receipt_number": f"{day.year}-{signs[:4]}-{signs[4:8]}-{signs[8:]}",
            }
        )
        return certification_id

    def _try(self, ended: datetime, status: AttemptStatus) -> uuid.UUID:
        """Add a session that ended at that moment with an attempt of that status; return the attempt."""
        session_id = self._id()
        before = 2 if status is AttemptStatus.REFUSED else int(self._random.random() < 0.2)  # noqa: PLR2004 - a fifth
        self._rows["certification_sessions"].append(
            {
                "id": session_id,
                "account_id": self._plan.account_id,
                "retiree_id": self._retiree_id,
                "with_helper": self._random.random() < 0.6,  # noqa: PLR2004 - most
                "status": SESSIONS[status],
                "created_at": ended - timedelta(minutes=1 + before),
                "owner_code": self._owner,
                "age_group": age_group_of(self._person.identity.age_on(local_date(ended))),
                "sex": self._person.identity.sex.value,
                "phone": self._random.choice(PHONES),
            }
        )
        if SESSIONS[status] is not SessionStatus.OPEN:
            reason = FINDINGS[status][1]
            self._moved(("CertificationSession", session_id), SessionStatus.OPEN, SESSIONS[status], reason, ended)
        for number in range(1, before + 1):
            moment = ended - timedelta(minutes=1 + before - number)
            self._attempt(session_id, number, moment, AttemptStatus.RETRY)
        return self._attempt(session_id, before + 1, ended, status)

    def _attempt(self, session_id: uuid.UUID, number: int, ended: datetime, status: AttemptStatus) -> uuid.UUID:
        verdict, reason = FINDINGS[status]
        asked = self._random.sample(tuple(Action), 2)
        is_passed = status is AttemptStatus.CERTIFIED
        findings = {
            "reasons": [reason],
            "engine_id": ENGINE,
            "verdict": verdict,
            "distance": self._distance(verdict),
            "continuity": 0.98,
            "live": is_passed,
            "attack_signs": [],
            "actions": [
                {"action": action.value, "done": is_passed or not place, "at_ms": 2000 * (place + 1)}
                for place, action in enumerate(asked)
            ],
            "probe_frames": 6,
            "frames": 90,
        }
        attempt_id = self._id()
        self._rows["attempts"].append(
            {
                "id": attempt_id,
                "session_id": session_id,
                "retiree_id": self._retiree_id,
                "number": number,
                "way": CaptureWay.STREAM,
                "status": status,
                "actions": [action.value for action in asked],
                "nonce_index": self._digest(),
                "created_at": ended - timedelta(seconds=30),
                "expires_at": ended + timedelta(seconds=60),
                "ended_at": ended,
                "findings": findings,
                "advice": None if is_passed else self._random.choice(ADVICE).value,
                "rule_set": self._plan.rules.name,
            }
        )
        self._moved(("Attempt", attempt_id), AttemptStatus.RUNNING, status, reason, ended)
        return attempt_id

    def _moved(self, *change: Any) -> None:
        """Leave the row of one change of a status."""
        self._rows["transitions"].append({"id": self._id(), **write_move(*change)})

    def _set_mark(self) -> None:
        self._mark = self._random.choice(tuple(LivingMarkKind))
        self._rows["living_marks"].append(
            {
                "id": self._id(),
                "retiree_id": self._retiree_id,
                "kind": self._mark,
                "set_by_id": self._staff_of(self._owner),
                "set_at": self._calendar.past(self._random),
                "review_on": self._calendar.today + timedelta(days=self._random.randrange(-20, 160)),
            }
        )

    def _staff_of(self, owner: str) -> uuid.UUID:
        """Return who of the demonstration works nearest to that region."""
        regions = (owner, owner[:9], owner[:6])
        return next((self._plan.staff[one] for one in regions if one in self._plan.staff), self._plan.staff[CITY])

    def _some_kinds(self, count: int, first: TicketKind | None) -> list[TicketKind]:
        """Return so many different kinds, for one ticket of a kind stands."""
        kinds = [] if first is None else [first]
        while len(kinds) < min(count, len(KINDS)):
            kind = self._pick(KINDS)
            if kind not in kinds:
                kinds.append(kind)
        return kinds

    def _pick(self, weights: dict[Any, int]) -> Any:
        # faster than choices: this is asked some million times
        drawn = self._random.random() * 100
        for one, weight in weights.items():
            drawn -= weight
            if drawn < 0:
                return one
        return one

    def _distance(self, verdict: str) -> float:
        first, last = {"match": (0.2, 0.4), "review": (0.42, 0.5)}.get(verdict, (0.55, 0.8))
        return round(self._random.uniform(first, last), 3)

    def _id(self) -> uuid.UUID:
        return uuid.UUID(int=self._random.getrandbits(128), version=4)

    def _digest(self) -> str:
        return f"{self._random.getrandbits(256):064x}"
