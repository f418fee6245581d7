"""People: search, one person's page, their details unmasked with a reason, marks, changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from api.console.pages import allowed, back_to, note_shown, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.history import timeline
from casework.masking import mask_address, mask_id_number, mask_phone
from casework.people import change_details, find_communities, marks_of, search_people, set_marks, unmask
from casework.person_benefit import show_benefit
from casework.rights import StaffRight
from casework.scope import find_person, name_regions, require
from certification.standing import find_standing
from clock import local_date
from models import Region
from models.audit import record
from models.retiree import LivingMarkKind
from policy import identity_number
from refusal import Refusal
from services import services
from words.matching import DECISIONS

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from models import Retiree

people = Blueprint("console_people", __name__, url_prefix="/staff/people")
people.before_request(staff_only)

_OVER = 80


@people.route("", methods=["GET", "POST"])
def search() -> str:
    """Search people in reach. What is typed comes in the body: an address is kept in logs and histories."""
    require(current_staff(), StaffRight.SEE_PEOPLE)
    found: list[dict[str, object]] | None = None
    if request.method == "POST":
        parts = services()
        with parts.transactions() as session:
            people_found = search_people(
                session,
                current_staff(),
                typed("q"),
                vault=parts.vault,
                actor=current_actor(),
                now=parts.clock.now(),
            )
            names = name_regions(session, (retiree.owner_code for retiree in people_found))
            found = [
                {
                    "retiree": retiree,
                    "details": _details(retiree, whole=False),
                    "community": names[retiree.owner_code],
                }
                for retiree in people_found
            ]
    return page("people.html", found=found, asked=typed("q"))


@people.get("/<uuid:retiree_id>")
def show_person(retiree_id: uuid.UUID) -> str:
    """Show one person, masked, with everything that happened."""
    parts, staff = services(), current_staff()
    require(staff, StaffRight.SEE_PEOPLE)
    now = parts.clock.now()
    with parts.transactions() as session:
        retiree = find_person(session, staff, retiree_id)
        record(session, current_actor(), "retiree.show", retiree, now=now)
        return page(
            "person.html",
            retiree=retiree,
            details=_details(retiree, whole=False),
            born=_person_of(retiree),
            standing=find_standing(session, retiree, parts.rules, now=now),
            community=session.get_one(Region, retiree.owner_code),
            marks=marks_of(session, retiree.id),
            mark_kinds=LivingMarkKind,
            shown=show_benefit(session, staff, retiree_id),
            events=timeline(session, staff, retiree.id),
            sign_decisions=DECISIONS,
        )


@people.post("/<uuid:retiree_id>/unmask")
def show_whole(retiree_id: uuid.UUID) -> str:
    """Show the details whole, once, for a reason that is written down."""
    with services().transactions() as session:
        retiree = unmask(
            session,
            current_staff(),
            retiree_id,
            typed("reason"),
            actor=current_actor(),
            now=services().clock.now(),
        )
        return page("person_details.html", retiree=retiree, details=_details(retiree, whole=True))


@people.post("/<uuid:retiree_id>/marks")
def put_marks(retiree_id: uuid.UUID) -> Response:
    """Let these marks stand."""
    try:
        kinds = {LivingMarkKind(one) for one in request.form.getlist("mark")}
    except ValueError:
        raise Refusal("malformed", field="mark") from None
    with services().transactions() as session:
        set_marks(
            session,
            current_staff(),
            retiree_id,
            kinds,
            review_days=services().settings.mark_review_days,
            actor=current_actor(),
            now=services().clock.now(),
        )
    return back_to(url_for("console_people.show_person", retiree_id=retiree_id))


@people.get("/<uuid:retiree_id>/change")
def show_change(retiree_id: uuid.UUID) -> str:
    """Ask what has changed, and where somebody moved to."""
    require(current_staff(), StaffRight.CHANGE_PEOPLE)
    with services().transactions() as session:
        retiree = find_person(session, current_staff(), retiree_id)
        note_shown(session, [retiree.id])
        communities = find_communities(session, request.args.get("community", ""))
        names = {one.code: _path_of(session, one) for one in communities}
    return page("person_change.html", retiree=retiree, communities=names, asked=request.args.get("community", ""))


@people.post("/<uuid:retiree_id>/change")
def put_change(retiree_id: uuid.UUID) -> Response:
    """Change phone, address or community; what is left empty stays."""
    parts = services()
    with parts.transactions() as session:
        change_details(
            session,
            current_staff(),
            retiree_id,
            phone=typed("phone") or None,
            address=typed("address") or None,
            community_code=typed("community") or None,
            rules=parts.rules,
            vault=parts.vault,
            actor=current_actor(),
            now=parts.clock.now(),
        )
    return back_to(url_for("console_people.show_person", retiree_id=retiree_id))


def _details(retiree: Retiree, *, whole: bool) -> dict[str, str | None]:
    if whole and allowed(StaffRight.UNMASK):
        return {"id_number": retiree.id_number, "phone": retiree.phone, "address": retiree.address}
    return {
        "id_number": mask_id_number(retiree.id_number),
        "phone": mask_phone(retiree.phone),
        "address": mask_address(retiree.address),
    }


def _person_of(retiree: Retiree) -> dict[str, object]:
    today = local_date(services().clock.now())
    read = identity_number.read(retiree.id_number, today=today)
    age = read.age_on(today)
    return {"age": age, "sex": read.sex.value, "is_old": age >= _OVER}


def _path_of(session: Session, community: Region) -> str:
    above = session.get_one(Region, community.parent_code) if community.parent_code else None
    return f"{above.name} {community.name}" if above else community.name
