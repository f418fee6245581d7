"""What the API takes and gives, for checking and for OpenAPI."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from certification.decide import Outcome
from certification.face.types import Action
from certification.year import Standing
from models.account import Relation
from models.attempt import CaptureWay, SessionStatus
from models.certification import Channel
from models.ticket import Place, VisitReason
from settings import FaceWay


class _Body(Schema):
    class Meta:
        """What a later client sends besides is passed over."""

        unknown = EXCLUDE


class Office(Schema):
    """The office that looks after a person."""

    name = fields.String(required=True)
    telephone = fields.String(allow_none=True)


class AssistanceAnswer(Schema):
    """The ticket for help with a certification."""

    number = fields.String(required=True)
    place = fields.Enum(Place, by_value=True, required=True)
    due_by = fields.Date(required=True)
    office = fields.Nested(Office, required=True)
    receipt = fields.Url(
        required=True, require_tld=False, metadata={"description": "the page of the signed receipt of the request"}
    )


class RetireeAnswer(Schema):
    """A retiree the account may act for."""

    id = fields.UUID(required=True)
    masked_name = fields.String(required=True)
    relation = fields.Enum(Relation, by_value=True, required=True)
    confirmed = fields.Boolean(required=True, metadata={"description": "false: a claim that a face or a code confirms"})
    standing = fields.Enum(Standing, by_value=True, required=True)
    valid_until = fields.Date(allow_none=True)
    next_due_by = fields.Date(required=True)
    receipt_number = fields.String(allow_none=True)
    can_certify = fields.Boolean(required=True)
    reason = fields.String(allow_none=True, metadata={"description": "why not: a problem's code"})
    biometric_consent = fields.Boolean(required=True)
    excluded_actions = fields.List(fields.Enum(Action, by_value=True), required=True)
    assistance = fields.Nested(AssistanceAnswer, allow_none=True)


class MeAnswer(Schema):
    """Whom the account may act for."""

    retirees = fields.List(fields.Nested(RetireeAnswer), required=True)


class ConsentBody(_Body):
    """Consent to biometric processing, to the words of this version."""

    version = fields.String(required=True)


class ExclusionsBody(_Body):
    """The actions the person says they cannot do."""

    actions = fields.List(fields.Enum(Action, by_value=True), required=True, validate=validate.Length(max=len(Action)))


class AssistanceBody(_Body):
    """Where help is wanted, and for a visit its reason (Art. 7(3)3)."""

    place = fields.Enum(Place, by_value=True, required=True)
    reason = fields.Enum(VisitReason, by_value=True, allow_none=True, load_default=None)


class SessionBody(_Body):
    """Whom to certify, and whether somebody else holds the phone."""

    retiree_id = fields.UUID(required=True)
    with_helper = fields.Boolean(load_default=False)


class SessionAnswer(Schema):
    """A certification session."""

    id = fields.UUID(required=True)
    status = fields.Enum(SessionStatus, by_value=True, required=True)
    attempts_left = fields.Integer(required=True)


class AttemptBody(_Body):
    """How the pictures will arrive."""

    way = fields.Enum(CaptureWay, by_value=True, load_default=CaptureWay.STREAM)


class Saying(Schema):
    """A sentence and the code that stands for it."""

    code = fields.String(required=True)
    text = fields.String(required=True)


class OutcomeAnswer(Schema):
    """How an attempt ended and what comes next."""

    result = fields.Enum(Outcome, by_value=True, required=True)
    headline = fields.String(required=True)
    next_step = fields.String(required=True)
    advice = fields.Nested(Saying, allow_none=True)
    receipt_number = fields.String(allow_none=True)
    valid_until = fields.Date(allow_none=True)
    next_due_by = fields.Date(allow_none=True)
    answer_by = fields.Date(allow_none=True)
    ticket = fields.Nested(AssistanceAnswer, allow_none=True)


class ProgressAnswer(Schema):
    """Where an attempt stands: what to do now, and in the end its outcome."""

    phase = fields.String(required=True, validate=validate.OneOf(["position", "action", "done", "ended"]))
    asked = fields.Enum(Action, by_value=True, allow_none=True)
    step = fields.Integer(required=True)
    steps = fields.Integer(required=True)
    advice = fields.Nested(Saying, allow_none=True)
    instruction = fields.Nested(Saying, allow_none=True)
    seconds_left = fields.Integer(required=True)
    attempts_left = fields.Integer(required=True)
    outcome = fields.Nested(OutcomeAnswer, allow_none=True)


class AttemptAnswer(ProgressAnswer):
    """A new attempt. The nonce is told only here; the actions only where the whole video comes at once."""

    id = fields.UUID(required=True)
    nonce = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)
    actions = fields.List(fields.Nested(Saying), allow_none=True)


class ReceiptAnswer(Schema):
    """What a receipt shows, and no more."""

    number = fields.String(required=True)
    masked_name = fields.String(required=True)
    method = fields.Enum(Channel, by_value=True, required=True)
    evidence_from = fields.String(allow_none=True, metadata={"description": "of a data match: whose record it was"})
    evidence_on = fields.Date(allow_none=True, metadata={"description": "of a data match: the day of the record"})
    certified_at = fields.AwareDateTime(required=True)
    valid_until = fields.Date(required=True)
    next_due_by = fields.Date(required=True)
    valid = fields.Boolean(required=True)


class ClaimBody(_Body):
    """Whom the account claims: by name and identity number; who they are to the retiree."""

    relation = fields.Enum(Relation, by_value=True, required=True)
    name = fields.String(required=True, validate=validate.Length(min=2, max=50))
    id_number = fields.String(required=True, validate=validate.Length(max=30))
    person_name = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.Length(min=2, max=50),
        metadata={"description": "of whoever claims somebody else: by it the retiree decides"},
    )
    consent_version = fields.String(
        required=True, metadata={"description": "of the words on names and numbers that were agreed to"}
    )


class CodeBody(_Body):
    """The community's code."""

    code = fields.String(required=True, validate=validate.Regexp(r"[0-9]{8}\Z"))


class LoginBody(_Body):
    """The code of wx.login: good for five minutes, once."""

    code = fields.String(required=True, validate=validate.Length(min=1, max=128))


class LoginAnswer(Schema):
    """Our own token, and who looks at faces in the mini-program."""

    token = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)
    face = fields.Enum(FaceWay, by_value=True, required=True)
    personal_consent_version = fields.String(required=True)
    biometric_consent_version = fields.String(required=True)


class VerifyIdAnswer(Schema):
    """The verify id for wx.requestFacialVerify."""

    verify_id = fields.String(required=True)


class JsSdkQuery(_Body):
    """The page's address up to its #."""

    url = fields.Url(required=True, require_tld=False)


class JsSdkAnswer(Schema):
    """What wx.config takes."""

    app_id = fields.String(required=True)
    timestamp = fields.Integer(required=True)
    nonce = fields.String(required=True)
    signature = fields.String(required=True)


class FrameHeaders(_Body):
    """Which attempt's challenge a frame answers, and its place in the row."""

    nonce = fields.String(required=True, data_key="Attempt-Nonce", validate=validate.Length(max=64))
    number = fields.Integer(
        required=True, data_key="Frame-Number", strict=False, validate=validate.Range(min=0, max=100_000)
    )


class VideoHeaders(_Body):
    """Which attempt's challenge a video answers."""

    nonce = fields.String(required=True, data_key="Attempt-Nonce", validate=validate.Length(max=64))


class Problem(Schema):
    """Why a request was refused, after RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True, metadata={"description": "a Chinese sentence for the person"})
    next_step = fields.String(required=True, metadata={"description": "what to do next, in Chinese"})
    field = fields.String(allow_none=True)
    retryable = fields.Boolean(required=True)
