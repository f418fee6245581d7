"""What each role of staff may do: one table, and who looks after whose logins."""

from __future__ import annotations

from enum import StrEnum

from models.region import RegionLevel
from models.staff import StaffRole


class StaffRight(StrEnum):
    """One thing that a role may do, within its region."""

    SEE_TICKETS = "see_tickets"
    WORK_TICKETS = "work_tickets"
    ASSIGN_TICKETS = "assign_tickets"
    SEE_PEOPLE = "see_people"
    UNMASK = "unmask"
    CHANGE_PEOPLE = "change_people"
    REVIEW_FACES = "review_faces"
    CHECK_VISITS = "check_visits"
    MANAGE_STAFF = "manage_staff"
    SEE_FIGURES = "see_figures"
    SEE_AUDIT = "see_audit"
    # what the chat answers is the city's, one for all
    EDIT_KNOWLEDGE = "edit_knowledge"
    SEE_WORKS = "see_works"
    CORROBORATE_EVENTS = "corroborate_events"
    CONFIRM_EVENTS = "confirm_events"
    DECIDE_BENEFITS = "decide_benefits"
    SEE_LEADS = "see_leads"


_COMMUNITY = frozenset(
    {
        StaffRight.SEE_TICKETS,
        StaffRight.WORK_TICKETS,
        StaffRight.SEE_PEOPLE,
        StaffRight.UNMASK,
        StaffRight.CHANGE_PEOPLE,
        StaffRight.SEE_FIGURES,
        StaffRight.CORROBORATE_EVENTS,
    }
)
_SUBDISTRICT = _COMMUNITY | {StaffRight.ASSIGN_TICKETS, StaffRight.CHECK_VISITS, StaffRight.MANAGE_STAFF}
_DISTRICT = _SUBDISTRICT | {
    StaffRight.REVIEW_FACES,
    StaffRight.CONFIRM_EVENTS,
    StaffRight.DECIDE_BENEFITS,
    StaffRight.SEE_LEADS,
}

RIGHTS: dict[StaffRole, frozenset[StaffRight]] = {
    StaffRole.COMMUNITY_WORKER: _COMMUNITY,
    StaffRole.SUBDISTRICT_OFFICER: _SUBDISTRICT,
    StaffRole.DISTRICT_OFFICER: _DISTRICT,
    StaffRole.AGENCY_OFFICER: _DISTRICT - {StaffRight.MANAGE_STAFF},
    StaffRole.CITY_OFFICER: _DISTRICT | {StaffRight.SEE_AUDIT, StaffRight.EDIT_KNOWLEDGE, StaffRight.SEE_WORKS},
    # looks on: touches nothing, unmasks nothing, opens no face
    StaffRole.AUDITOR: frozenset(
        {StaffRight.SEE_TICKETS, StaffRight.SEE_PEOPLE, StaffRight.SEE_FIGURES, StaffRight.SEE_AUDIT}
    ),
}

# The levels at which a role exists.
LEVELS: dict[StaffRole, frozenset[RegionLevel]] = {
    StaffRole.COMMUNITY_WORKER: frozenset({RegionLevel.COMMUNITY}),
    StaffRole.SUBDISTRICT_OFFICER: frozenset({RegionLevel.SUBDISTRICT}),
    StaffRole.DISTRICT_OFFICER: frozenset({RegionLevel.DISTRICT}),
    StaffRole.AGENCY_OFFICER: frozenset({RegionLevel.DISTRICT, RegionLevel.CITY}),
    StaffRole.CITY_OFFICER: frozenset({RegionLevel.CITY}),
    StaffRole.AUDITOR: frozenset({RegionLevel.DISTRICT, RegionLevel.CITY}),
}

# Whose logins a role looks after: the level below, and the city everybody's.
MANAGED: dict[StaffRole, frozenset[StaffRole]] = {
    StaffRole.SUBDISTRICT_OFFICER: frozenset({StaffRole.COMMUNITY_WORKER}),
    StaffRole.DISTRICT_OFFICER: frozenset({StaffRole.COMMUNITY_WORKER, StaffRole.SUBDISTRICT_OFFICER}),
    StaffRole.CITY_OFFICER: frozenset(StaffRole) - {StaffRole.CITY_OFFICER},
}
