"""Tables, one file per aggregate, and what every table needs: types, the vault, transactions, transitions, audit.

Not here: rules. Whoever wants to know what a row means reads the floor above.
"""

from models.access_token import AccessToken
from models.account import Account, Binding, BindingTry, ConfirmationCode, Consent, LoginToken
from models.attempt import Attempt, AttemptFrame, CertificationSession, FrameRefusal
from models.audit import AuditBlock, AuditEntry
from models.base import Base
from models.benefit import (
    BackPayLine,
    Benefit,
    BenefitAction,
    BenefitAmount,
    BenefitReason,
    BenefitStop,
    PaymentMonth,
)
from models.carried import CarriedTask
from models.certification import Certification, Review
from models.conversation import Conversation, InboxMessage
from models.evidence import EvidenceImage, EvidenceWaste, FaceTemplate
from models.figure import FigureCount, RegionFigure
from models.knowledge import AskedQuestion, KnowledgeChange, TopicReview, TopicSwitch
from models.life_event import LifeEvent, Responsibility
from models.matching import MatchingImport, MatchingLane, NameBirthday, Sign
from models.outbox import OutboxMessage
from models.reaching import Call, NightRun
from models.recovery import Instalment, Lead, Overpayment
from models.region import Region
from models.report import Report
from models.retired_key import RetiredKey
from models.retiree import ActionExclusion, AddressToken, LivingMark, Retiree
from models.signing_key import SigningKey
from models.staff import Staff, StaffSession
from models.ticket import StaffNotice, Ticket, TicketNote
from models.transitions import Transition
from models.vault_check import VaultCheck
from models.visit import Visit, VisitCheck
from models.wechat_verification import WechatVerification

__all__ = [
    "AccessToken",
    "Account",
    "ActionExclusion",
    "AddressToken",
    "AskedQuestion",
    "Attempt",
    "AttemptFrame",
    "AuditBlock",
    "AuditEntry",
    "BackPayLine",
    "Base",
    "Benefit",
    "BenefitAction",
    "BenefitAmount",
    "BenefitReason",
    "BenefitStop",
    "Binding",
    "BindingTry",
    "Call",
    "CarriedTask",
    "Certification",
    "CertificationSession",
    "ConfirmationCode",
    "Consent",
    "Conversation",
    "EvidenceImage",
    "EvidenceWaste",
    "FaceTemplate",
    "FigureCount",
    "FrameRefusal",
    "InboxMessage",
    "Instalment",
    "KnowledgeChange",
    "Lead",
    "LifeEvent",
    "LivingMark",
    "LoginToken",
    "MatchingImport",
    "MatchingLane",
    "NameBirthday",
    "NightRun",
    "OutboxMessage",
    "Overpayment",
    "PaymentMonth",
    "Region",
    "RegionFigure",
    "Report",
    "Responsibility",
    "RetiredKey",
    "Retiree",
    "Review",
    "Sign",
    "SigningKey",
    "Staff",
    "StaffNotice",
    "StaffSession",
    "Ticket",
    "TicketNote",
    "TopicReview",
    "TopicSwitch",
    "Transition",
    "VaultCheck",
    "Visit",
    "VisitCheck",
    "WechatVerification",
]
