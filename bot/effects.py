"""Doing what a turn decided: each effect calls one use case, in the turn's transaction, and says what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.checking import check_pasted
from bot.conversations.shapes import (
    AskForHelp,
    CheckPasted,
    DecideHelper,
    DisputeMatch,
    EnterCode,
    FileReport,
    FollowReport,
    GivePersonalConsent,
    HandOver,
    KeepQuestion,
    LeaveClaims,
    LeavePerson,
    PassOn,
    Say,
    ShowClaim,
    ShowOwnData,
    ShowPeople,
    ShowRequests,
    ShowStanding,
    TakeBack,
    TakeClaim,
)
from bot.replies import KINDS, NO_TELEPHONE, STATUSES, UNKNOWN_OFFICE
from casework.accounts import find_bindings
from casework.assistance import request_assistance
from casework.bindings import Claimed, claim_binding, confirm_with_code, decide_helper, end_binding, end_claims
from casework.handover import hand_over
from casework.life_events import deadlines
from casework.links import make_link
from casework.matching_disputes import dispute_match
from casework.questions import keep_question
from casework.report_progress import CONFIRMED, answer_by, progress_of
from casework.reports import day_only, file_report, find_report, find_reports, may_follow, withdraw_report
from certification.confirming import find_own_accounts
from certification.consents import give_consent, give_personal_consent, has_personal_consent
from certification.receipt_tokens import Statement, sign_receipt
from certification.receipts import mask_name
from certification.sessions import find_bound_retiree
from certification.standing import find_standing
from certification.year import Standing
from clock import local_date
from models import Binding, Region, Retiree, Ticket
from models.account import Relation
from models.audit import Actor, ActorKind, record
from models.life_event import LifeEventKind
from models.outbox import enqueue
from models.prepared import Line
from models.report import ReportKind
from models.ticket import Place, TicketKind, TicketOrigin
from policy.money import write_yuan
from policy.relations import Right, may
from refusal import Refusal

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.conversations.shapes import Effect
    from models import Account, Report
    from services import Services

_MOST_LISTED = 5


@dataclass(frozen=True)
class Effects:
    """Carries effects out for one account, in one transaction."""

    session: Session
    account: Account
    services: Services
    actor: Actor
    now: datetime

    def perform(self, effect: Effect) -> tuple[Say, ...]:
        """Do it and return what is said; a refusal is said, not raised."""
        try:
            with self.session.begin_nested():
                return self._do(effect)
        except Refusal:
            return (Say("refused"),)

    @singledispatchmethod
    def _do(self, effect: Any) -> tuple[Say, ...]:
        raise TypeError(type(effect).__name__)

    @_do.register
    def _(self, _effect: GivePersonalConsent) -> tuple[Say, ...]:
        give_personal_consent(self.session, self.account, actor=self.actor, now=self.now)
        return ()

    @_do.register
    def _(self, effect: TakeClaim) -> tuple[Say, ...]:
        claimed = claim_binding(
            self.session,
            self.account,
            effect.claim,
            tries=self.services.settings.binding_tries,
            vault=self.services.vault,
            actor=self.actor,
            now=self.now,
        )
        if claimed is Claimed.LOCKED:
            return (Say("claim_locked"),)
        if not effect.with_face:
            return (Say("claim_taken_no_face"),)
        self.session.flush()
        for retiree, binding in find_bindings(self.session, self.account, now=self.now):
            if binding.confirmed_at is None and binding.created_at == self.now:
                give_consent(self.session, self.account, retiree, actor=self.actor, now=self.now)
        # the same link for everybody: it says nothing of whether the claim fitted
        return (Say("claim_taken", {"link": self._page()}),)

    @_do.register
    def _(self, effect: EnterCode) -> tuple[Say, ...]:
        outcome = confirm_with_code(
            self.session,
            self.account,
            effect.code,
            tries=self.services.settings.binding_tries,
            vault=self.services.vault,
            actor=self.actor,
            now=self.now,
        )
        says = {Claimed.CONFIRMED: "code_confirmed", Claimed.LOCKED: "claim_locked"}
        return (Say(says.get(outcome, "code_wrong")),)

    @_do.register
    def _(self, effect: FileReport) -> tuple[Say, ...]:
        try:
            report = file_report(
                self.session,
                self.account,
                effect.told,
                rules=self.services.rules,
                vault=self.services.vault,
                actor=self.actor,
                terms=self.services.terms,
                now=self.now,
            )
        except Refusal as refused:
            if refused.code != "too_many_tries":
                raise
            return (Say("reports_used_up"),)
        is_known = report.kind is ReportKind.DEATH and progress_of(self.session, report)[0] == CONFIRMED
        if report.happened_on != effect.told.happened_on:
            return (Say("other_day_known" if is_known else "already_filed", {"number": report.number}),)
        receipt = self._receipt(report.kind, report.number, local_date(report.reported_at), by := answer_by(report))
        told = {"number": report.number, "days": self.services.rules.death_report_days, "receipt": receipt, "by": by}
        if is_known:  # nobody comes and no term runs: neither a visit nor a last day is spoken of
            return (Say("filed_death_known", told),)
        said = Say(f"filed_{report.kind}" + ("_late" if report.is_late else ""), told)
        city, national = deadlines(self.services.rules, LifeEventKind(report.kind), report.happened_on)
        if city is None:
            return (said,)
        return said, Say("death_clocks" if national else "death_clock", {"city": city, "national": national})

    @_do.register
    def _(self, effect: FollowReport) -> tuple[Say, ...]:
        report = find_report(self.session, effect.number)
        # whoever holds an anonymous report's number may follow it; every other one is its teller's alone
        if report is None or not may_follow(self.session, report, self.account):
            return (Say("report_unknown"),)
        actor, at = self.actor, self.now
        if report.account_id is None:
            actor, at = Actor(ActorKind.PUBLIC, ""), day_only(self.now)
        record(self.session, actor, "report.follow", report, now=at)
        code, cents = progress_of(self.session, report)
        told = {"number": report.number, "day": local_date(report.reported_at), "yuan": write_yuan(cents)}
        return (Say(f"report_{code}", told),)

    @_do.register
    def _(self, effect: TakeBack) -> tuple[Say, ...]:
        report = withdraw_report(self.session, self.account, effect.number, actor=self.actor, now=self.now)
        return (Say("report_withdrawn", {"number": report.number}),)

    @_do.register
    def _(self, effect: DisputeMatch) -> tuple[Say, ...]:
        retiree = find_bound_retiree(self.session, self.account, effect.retiree_id, Right.SEE_STANDING, now=self.now)
        ticket = dispute_match(
            self.session, self.account, retiree, terms=self.services.terms, actor=self.actor, now=self.now
        )
        if ticket is None:
            return (Say("not_matched", {"name": mask_name(retiree.name)}),)
        return (Say("match_disputed", self._of_ticket(ticket) | {"name": mask_name(retiree.name)}),)

    @_do.register
    def _(self, effect: AskForHelp) -> tuple[Say, ...]:
        retiree = find_bound_retiree(self.session, self.account, effect.retiree_id, Right.REQUEST_HELP, now=self.now)
        ticket = request_assistance(
            self.session,
            retiree,
            place=Place.WINDOW if effect.reason is None else Place.HOME,
            visit_reason=effect.reason,
            origin=TicketOrigin.REQUESTED,
            terms=self.services.terms,
            actor=self.actor,
            now=self.now,
        )
        return (Say("help_home" if ticket.place is Place.HOME else "help_window", self._of_ticket(ticket)),)

    @_do.register
    def _(self, effect: HandOver) -> tuple[Say, ...]:
        origin = TicketOrigin.REQUESTED if effect.is_asked_for else TicketOrigin.NOT_UNDERSTOOD
        code = "handed_over_asked" if effect.is_asked_for else "handed_over_missed"
        ticket = self._hand_over(effect.note, origin, is_urgent=effect.is_urgent)
        return (Say("handed_over_urgent" if effect.is_urgent else code, self._of_ticket(ticket)),)

    @_do.register
    def _(self, effect: PassOn) -> tuple[Say, ...]:
        ticket = self._hand_over(effect.question, TicketOrigin.NOT_UNDERSTOOD)
        return (Say("policy_passed_on" if effect.is_told_why else "policy_handed_over", self._of_ticket(ticket)),)

    @_do.register
    def _(self, effect: KeepQuestion) -> tuple[Say, ...]:
        keep_question(self.session, effect.question, effect.reason, topic=effect.topic, now=self.now)
        return ()

    @_do.register
    def _(self, _effect: ShowOwnData) -> tuple[Say, ...]:
        return (Say("own_data", {"link": f"{self.services.settings.public_base_url}/h5/enter?to=mine"}),)

    @_do.register
    def _(self, effect: CheckPasted) -> tuple[Say, ...]:
        return (check_pasted(self.session, effect.text, base_url=self.services.settings.public_base_url),)

    @_do.register
    def _(self, effect: ShowStanding) -> tuple[Say, ...]:
        retiree, binding = self._bound(effect)
        if binding.confirmed_at is None:
            raise Refusal("not_confirmed")
        name = mask_name(retiree.name)
        standing = find_standing(self.session, retiree, self.services.rules, now=self.now)
        record(self.session, self.actor, "retiree.show", retiree, now=self.now)
        if not standing.may_certify and standing.last is not None:
            return (Say("standing_certified", {"name": name, "day": standing.last.valid_until}),)
        if effect.on_other_phone and may(binding.relation, Right.CERTIFY):
            hours = self.services.settings.certification_link_hours
            token = make_link(
                self.session, retiree, hours=hours, vault=self.services.vault, actor=self.actor, now=self.now
            )
            link = f"{self.services.settings.public_base_url}/h5/link/{token}"
            self._invite(retiree, link)
            return (Say("link_for_other", {"link": link, "hours": hours, "name": name}),)
        code = "standing_overdue" if standing.standing is Standing.OVERDUE else "standing_due"
        return (Say(code, {"name": name, "day": standing.due_by, "link": self._page(retiree)}),)

    @_do.register
    def _(self, _effect: ShowPeople) -> tuple[Say, ...]:
        bound = [one for one in find_bindings(self.session, self.account, now=self.now) if one[1].confirmed_at]
        if not bound:
            # the same to whoever claimed, whether it fitted or not
            has_claimed = has_personal_consent(Line.of(self.session.connection()), self.account.id)
            return (Say("people_unconfirmed" if has_claimed else "people_none"),)
        lines = [self._line_of(retiree, binding) for retiree, binding in bound[:_MOST_LISTED]]
        return (Say("people_heading"), *lines)

    @_do.register
    def _(self, _effect: ShowRequests) -> tuple[Say, ...]:
        reports = [
            (
                one.reported_at,
                Say("request_report", {"kind": KINDS[one.kind], "number": one.number, "status": self._status_of(one)}),
            )
            for one in find_reports(self.session, self.account)
        ]
        tickets = [(one.created_at, self._request_of(one)) for one in self._tickets()]
        newest = sorted((*tickets, *reports), key=lambda pair: pair[0], reverse=True)[:_MOST_LISTED]
        listed = tuple(say for _at, say in newest)
        return (Say("requests_heading"), *listed) if listed else (Say("requests_none"),)

    @_do.register
    def _(self, effect: DecideHelper) -> tuple[Say, ...]:
        decide_helper(self.session, self.account, effect.shown, agreed=effect.is_agreed, actor=self.actor, now=self.now)
        return (Say("helper_agreed" if effect.is_agreed else "helper_declined"),)

    @_do.register
    def _(self, effect: LeavePerson) -> tuple[Say, ...]:
        _retiree, binding = self._bound(effect)
        end_binding(self.session, binding, reason="own_wish", actor=self.actor, now=self.now)
        return (Say("left"),)

    @_do.register
    def _(self, _effect: ShowClaim) -> tuple[Say, ...]:
        return (Say("standing_claim", {"link": self._page()}),)

    @_do.register
    def _(self, _effect: LeaveClaims) -> tuple[Say, ...]:
        end_claims(self.session, self.account, actor=self.actor, now=self.now)
        return (Say("claims_left"),)

    def _bound(self, effect: ShowStanding | LeavePerson) -> tuple[Retiree, Binding]:
        for retiree, binding in find_bindings(self.session, self.account, now=self.now):
            if retiree.id == effect.retiree_id:
                return retiree, binding
        raise Refusal("not_yours")

    def _line_of(self, retiree: Retiree, binding: Binding) -> Say:
        name = mask_name(retiree.name)
        if not may(binding.relation, Right.SEE_STANDING):
            return Say("people_closed", {"name": name})
        record(self.session, self.actor, "retiree.show", retiree, now=self.now)
        standing = find_standing(self.session, retiree, self.services.rules, now=self.now)
        day = standing.last.valid_until if standing.last and not standing.may_certify else standing.due_by
        return Say(f"people_{standing.standing}", {"name": name, "day": day})

    def _status_of(self, report: Report) -> str:
        code, _cents = progress_of(self.session, report)
        return STATUSES[code]

    def _request_of(self, ticket: Ticket) -> Say:
        told = {"kind": KINDS[ticket.kind], "number": ticket.number, "status": STATUSES[ticket.status]}
        if ticket.is_standing:
            return Say("request_ticket", told | {"day": ticket.due_by})
        return Say("request_ended", told)

    def _tickets(self) -> list[Ticket]:
        """Return the tickets that the account opened, and those of people whom it may see."""
        seen = [
            retiree.id
            for retiree, binding in find_bindings(self.session, self.account, now=self.now)
            if binding.confirmed_at is not None and may(binding.relation, Right.REQUEST_HELP)
        ]
        mine = select(Ticket).where(
            (Ticket.account_id == self.account.id)
            | (Ticket.retiree_id.in_(seen) & (Ticket.kind == TicketKind.ASSISTED_CERTIFICATION)),
            # a report is listed itself
            Ticket.report_id.is_(None),
        )
        return list(self.session.scalars(mine.order_by(Ticket.created_at.desc()).limit(_MOST_LISTED)))

    def _hand_over(self, note: str, origin: TicketOrigin, *, is_urgent: bool = False) -> Ticket:
        own = [
            retiree.id
            for retiree, binding in find_bindings(self.session, self.account, now=self.now)
            if binding.relation is Relation.SELF and binding.confirmed_at is not None
        ]
        return hand_over(
            self.session,
            self.account,
            note,
            retiree_id=own[0] if own else None,
            origin=origin,
            is_urgent=is_urgent,
            terms=self.services.terms,
            actor=self.actor,
            now=self.now,
        )

    def _of_ticket(self, ticket: Ticket) -> dict[str, Any]:
        office = self.session.get(Region, ticket.owner_code)
        return {
            "number": ticket.number,
            "day": ticket.due_by,
            "office": office.name if office else UNKNOWN_OFFICE,
            "telephone": (office.telephone if office else None) or NO_TELEPHONE,
            "receipt": self._receipt(
                ticket.place or ticket.kind, ticket.number, local_date(ticket.created_at), ticket.due_by
            ),
        }

    def _receipt(self, kind: str, number: str, day: date, due_by: date | None = None) -> str:
        """Return the address of the signed receipt of an act."""
        token = sign_receipt(self.session, Statement(kind, number, day, due_by), now=self.now)
        return f"{self.services.settings.public_base_url}/h5/acts/{token}"

    def _invite(self, retiree: Retiree, link: str) -> None:
        """Send the link to the retiree's own WeChat as well, where there is one: there it takes one tap.

        Once a day from each who invites; the first link serves until then.
        """
        people = f"{self.account.id.hex}:{retiree.id.hex}"
        for own in find_own_accounts(self.session, retiree.id, now=self.now):
            enqueue(
                self.session,
                own.id,
                "certify_invite",
                {"link": link},
                cause=f"certify_invite:{people}:{own.id.hex}:{local_date(self.now):%y%m%d}",
                retiree_id=retiree.id,
                now=self.now,
            )

    def _page(self, retiree: Retiree | None = None) -> str:
        """Return the address that leads this account, and nobody else, to the certification page."""
        whom = f"?who={retiree.id}" if retiree else ""
        return f"{self.services.settings.public_base_url}/h5/enter{whom}"
