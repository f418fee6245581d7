"""How often what happens to the invented people of a demonstration, and how it is told."""

from __future__ import annotations

from certification.face.types import Advice
from models.attempt import AttemptStatus, SessionStatus
from models.certification import Channel
from models.retiree import LivingMarkKind
from models.ticket import TicketKind, TicketOrigin, TicketStatus, VisitReason

# How often, in a hundred.
KINDS = {
    TicketKind.ASSISTED_CERTIFICATION: 50,
    TicketKind.MANUAL_REVIEW: 8,
    TicketKind.DATA_DISCREPANCY: 8,
    TicketKind.DEATH_VERIFICATION: 5,
    TicketKind.INFORMATION_COLLECTION: 10,
    TicketKind.WELFARE_CALL: 9,
    TicketKind.HANDED_OVER: 7,
    TicketKind.COMPLAINT: 3,
}
STATUSES = {
    TicketStatus.OPEN: 16,
    TicketStatus.ASSIGNED: 9,
    TicketStatus.SCHEDULED: 9,
    TicketStatus.IN_PROGRESS: 5,
    TicketStatus.ESCALATED: 4,
    TicketStatus.DONE: 49,
    TicketStatus.CANCELLED: 8,
}
CHANNELS = {
    None: 36,
    Channel.SELF_SERVICE: 38,
    Channel.DATA_MATCH: 19,
    Channel.COUNTER: 4,
    Channel.HOME_VISIT: 3,
}
# The steps of a ticket to where it stands, with their reasons.
STEPS = {
    TicketStatus.OPEN: (),
    TicketStatus.ASSIGNED: ((TicketStatus.ASSIGNED, "taken"),),
    TicketStatus.SCHEDULED: ((TicketStatus.ASSIGNED, "taken"), (TicketStatus.SCHEDULED, "scheduled")),
    TicketStatus.IN_PROGRESS: ((TicketStatus.ASSIGNED, "assigned"), (TicketStatus.IN_PROGRESS, "started")),
    TicketStatus.ESCALATED: ((TicketStatus.ESCALATED, "late_to_subdistrict"),),
    TicketStatus.DONE: ((TicketStatus.ASSIGNED, "taken"), (TicketStatus.DONE, "finished")),
    TicketStatus.CANCELLED: ((TicketStatus.ASSIGNED, "taken"), (TicketStatus.CANCELLED, "cancelled")),
}
ORIGINS = {
    TicketKind.ASSISTED_CERTIFICATION: (
        TicketOrigin.REQUESTED,
        TicketOrigin.FAILED_ATTEMPTS,
        TicketOrigin.DEADLINE_NEAR,
        TicketOrigin.STAFF,
    ),
    TicketKind.MANUAL_REVIEW: (TicketOrigin.DOUBTFUL_FACE,),
    TicketKind.DATA_DISCREPANCY: (TicketOrigin.REPORT,),
    TicketKind.DEATH_VERIFICATION: (TicketOrigin.REPORT, TicketOrigin.VISIT),
    TicketKind.INFORMATION_COLLECTION: (TicketOrigin.VISIT, TicketOrigin.STAFF),
    TicketKind.WELFARE_CALL: (TicketOrigin.LIVING_MARK,),
    TicketKind.HANDED_OVER: (TicketOrigin.NOT_UNDERSTOOD,),
    TicketKind.COMPLAINT: (TicketOrigin.REQUESTED,),
}
VISITED = {
    LivingMarkKind.BEDRIDDEN: VisitReason.BEDRIDDEN,
    LivingMarkKind.CARE_HOME: VisitReason.CARE_HOME,
    LivingMarkKind.PSYCHIATRIC_HOSPITAL: VisitReason.PSYCHIATRIC_HOSPITAL,
}
PHONES = ("Android 10", "Android 12", "Android 14", "HarmonyOS 4", "iPhone 15", "iPhone 17", "other")
ADVICE = (Advice.TOO_DARK, Advice.NO_FACE, Advice.BLURRED, Advice.UNLIKE_PHOTO)
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
ENGINE = "demonstration"
HOURS = range(9, 17)
MOST_DAYS_STANDING, LATE_DAYS = 22, 45


# Who waits for help, a judgement or the truth about a death is not certified.
UNCERTAIN = frozenset({TicketKind.ASSISTED_CERTIFICATION, TicketKind.MANUAL_REVIEW, TicketKind.DEATH_VERIFICATION})
SESSIONS = {
    AttemptStatus.CERTIFIED: SessionStatus.CERTIFIED,
    AttemptStatus.REVIEW: SessionStatus.IN_REVIEW,
    AttemptStatus.REFUSED: SessionStatus.REFUSED,
}
# What the machine said of the face, and why the attempt ended so.
FINDINGS = {
    AttemptStatus.CERTIFIED: ("match", "face_matches"),
    AttemptStatus.REVIEW: ("review", "face_unsure"),
    AttemptStatus.REFUSED: ("no_match", "face_differs"),
    AttemptStatus.RETRY: ("unusable", "face_not_usable"),
}
