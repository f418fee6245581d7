"""Who may do what for a retiree: the kin classes of the regulation, which are four and not one."""

from __future__ import annotations

from enum import StrEnum

from models.account import Relation


class Right(StrEnum):
    """Something an account may do for a retiree."""

    CERTIFY = "certify"
    SEE_STANDING = "see_standing"
    REQUEST_HELP = "request_help"
    REPORT_CHANGE = "report_change"
    REPORT_DEATH = "report_death"
    REPORT_MISSING = "report_missing"


RIGHTS: dict[Relation, frozenset[Right]] = {
    Relation.SELF: frozenset(Right),
    # direct relatives (直系亲属) help with the certification and look after the payment: Art. 16(4)
    Relation.DIRECT_RELATIVE: frozenset(
        {Right.CERTIFY, Right.SEE_STANDING, Right.REQUEST_HELP, Right.REPORT_DEATH, Right.REPORT_MISSING}
    ),
    # relatives (亲属) report a death, Art. 16(4), and that somebody is missing, Art. 32(2)
    Relation.RELATIVE: frozenset({Right.REQUEST_HELP, Right.REPORT_DEATH, Right.REPORT_MISSING}),
    # interested parties (利害关系人) report that somebody is missing: Art. 32(2)
    Relation.INTERESTED_PARTY: frozenset({Right.REPORT_MISSING}),
    # entrusted relatives (委托亲属告知) report changes of phone, address and place of living: Art. 16(3)
    Relation.ENTRUSTED: frozenset({Right.REQUEST_HELP, Right.REPORT_CHANGE, Right.REPORT_DEATH, Right.REPORT_MISSING}),
}


def may(relation: Relation, right: Right) -> bool:
    """Say whether somebody of that relation has the right."""
    return right in RIGHTS[relation]
