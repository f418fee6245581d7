"""Sending what waits: claimed by one process, by the first channel that will do, tried again later, never twice."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, or_, select, update

from casework.reminder_stops import ASKS_FOR_ONE
from casework.reminders import is_needless
from certification.confirming import find_own_accounts
from clock import LOCAL_ZONE, local_date
from jobs.notices import Notice, write_notice
from models import Account, Binding, Conversation, OutboxMessage, Retiree
from models.outbox import TAG_RELATIVE, OutboxStatus
from wechat import Trouble, WechatRefused
from words import MENU_TAG

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session

    from services import Services

BATCH = 50
# Longer than any call may take: whoever held a claim for so long is dead.
CLAIM = timedelta(seconds=60)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
QUOTA_WAIT = timedelta(hours=1)
GIVE_UP = timedelta(days=7)
# WeChat takes no longer value in a template's field
FIELD_SIGNS = 20
_MESSAGE_WINDOW, _MESSAGES = timedelta(hours=48), 5
_TAP_WINDOW, _TAPS = timedelta(minutes=1), 3
_random = random.SystemRandom()


class OutChannel(StrEnum):
    """The ways out, in the order in which they are tried."""

    SUBSCRIPTION = "subscription"
    TEMPLATE = "template"
    CUSTOMER_SERVICE = "customer_service"
    SMS = "sms"
    TAG = "tag"


# What may be asked for twice without happening twice: WeChat and the reader of text messages know the message's id.
_REPEATABLE = frozenset({OutChannel.TEMPLATE, OutChannel.SMS, OutChannel.TAG})


@dataclass(frozen=True)
class _Job:
    """One claimed message with all that its channel needs."""

    id: uuid.UUID
    channel: OutChannel
    notice: Notice
    kind: str
    openid: str | None
    phone: str | None
    was_cut: bool


def send_due(services: Services, now: datetime) -> int:
    """Send every message that is due now and return how many were looked at. Safe in several processes at once."""
    with services.transactions() as session:
        due = session.scalars(
            select(OutboxMessage.id)
            .where(
                OutboxMessage.status == OutboxStatus.WAITING,
                OutboxMessage.next_try_at <= now,
                or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until < now),
            )
            .order_by(OutboxMessage.next_try_at)
            .limit(BATCH)
        ).all()
    return sum(_send_one(services, message_id, now) for message_id in due)


def _send_one(services: Services, message_id: uuid.UUID, now: datetime) -> bool:
    job = _claim(services, message_id, now)
    if job is None:
        return False
    if job.was_cut and job.channel not in _REPEATABLE:
        # a process died while it sent this
        _settle(services, job, now, status=OutboxStatus.UNCERTAIN)
        return True
    try:
        wechat_id = _carry(services, job)
    except WechatRefused as refused:
        _take_refusal(services, job, refused.trouble, now)
    except OSError:
        _take_refusal(services, job, Trouble.BUSY, now)
    else:
        _settle(services, job, now, status=OutboxStatus.SENT, wechat_id=wechat_id)
    return True


def _claim(services: Services, message_id: uuid.UUID, now: datetime) -> _Job | None:
    """Claim a message and choose its channel; None when somebody else has it, or when it waits or has ended."""
    with services.transactions() as session:
        message = session.get_one(OutboxMessage, message_id)
        was_cut = message.claimed_until is not None
        claimed = session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.id == message_id,
                OutboxMessage.status == OutboxStatus.WAITING,
                or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until < now),
            )
            .values(claimed_until=now + CLAIM)
            .execution_options(synchronize_session=False)
        )
        if claimed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
            return None
        session.refresh(message)
        if not message.is_reply and (until := _quiet_until(services, now)) is not None:
            message.next_try_at, message.claimed_until = until, None
            return None
        if not was_cut and _is_needless_reminder(services, session, message, now):
            message.status, message.ended_at, message.claimed_until = OutboxStatus.CANCELLED, now, None
            return None
        account = session.get_one(Account, message.account_id)
        retiree = session.get(Retiree, message.retiree_id) if message.retiree_id else None
        phone = retiree.phone if retiree and _is_own(session, account, retiree, now) else None
        channel = _first_channel(services, session, message, account, phone, now)
        if channel is None or now > message.created_at + GIVE_UP:
            message.status, message.ended_at, message.claimed_until = OutboxStatus.FAILED, now, None
            return None
        message.channel = channel
        message.tries += 1
        notice = write_notice(session, message, services.settings.public_base_url)
        return _Job(message.id, channel, notice, message.notice, account.openid, phone, was_cut)


def _is_needless_reminder(services: Services, session: Session, message: OutboxMessage, now: datetime) -> bool:
    """Say whether a message asks somebody to certify who did meanwhile, or of whose death somebody told.

    Or whether the account may no longer hear of the person: its binding ended meanwhile.
    """
    if message.notice not in ASKS_FOR_ONE:
        return False
    bound = exists().where(
        Binding.account_id == message.account_id,
        Binding.retiree_id == Retiree.id,
        Binding.confirmed_at.is_not(None),
        or_(Binding.ended_at.is_(None), Binding.ended_at > now),
    )
    needless = or_(is_needless(services.rules.clock, local_date(now)), ~bound)
    return session.scalar(select(Retiree.id).where(Retiree.id == message.retiree_id, needless)) is not None


def _is_own(session: Session, account: Account, retiree: Retiree, now: datetime) -> bool:
    """Say whether the account is the retiree's own: what is meant for anybody else is nothing for their phone."""
    return any(own.id == account.id for own in find_own_accounts(session, retiree.id, now=now))


def _first_channel(
    services: Services,
    session: Session,
    message: OutboxMessage,
    account: Account,
    phone: str | None,
    now: datetime,
) -> OutChannel | None:
    refused = set(message.refused.split(","))
    if message.notice == TAG_RELATIVE:
        return None if OutChannel.TAG in refused else OutChannel.TAG
    templates = services.templates.get(message.notice, {})
    conversation = session.get(Conversation, account.id)
    can_reach = account.openid is not None and (conversation is None or conversation.is_following)
    can = {
        OutChannel.SUBSCRIPTION: can_reach and OutChannel.SUBSCRIPTION in templates,
        OutChannel.TEMPLATE: can_reach and OutChannel.TEMPLATE in templates,
        OutChannel.CUSTOMER_SERVICE: can_reach and conversation is not None and _has_window(session, conversation, now),
        OutChannel.SMS: phone is not None and not message.is_reply,
        OutChannel.TAG: False,
    }
    return next((channel for channel in OutChannel if can[channel] and channel not in refused), None)


def _has_window(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Say whether WeChat takes a customer-service message now: 5 within 48 h of a message, 3 within 1 min of a tap."""
    for since, window, most in (
        (conversation.last_message_at, _MESSAGE_WINDOW, _MESSAGES),
        (conversation.last_tap_at, _TAP_WINDOW, _TAPS),
    ):
        if since is None or now > since + window:
            continue
        sent = session.scalar(
            select(func.count())
            .select_from(OutboxMessage)
            .where(
                OutboxMessage.account_id == conversation.account_id,
                OutboxMessage.channel == OutChannel.CUSTOMER_SERVICE,
                OutboxMessage.status.in_((OutboxStatus.SENT, OutboxStatus.UNCERTAIN)),
                OutboxMessage.ended_at >= since,
            )
        )
        if (sent or 0) < most:
            return True
    return False


def _carry(services: Services, job: _Job) -> str | None:
    """Hand a message to its channel; return WeChat's id of it, where there is one. Raises WechatRefused, OSError."""
    notice = job.notice
    openid = job.openid or ""
    match job.channel:
        case OutChannel.TAG:
            services.wechat.tag(services.wechat.tag_id(MENU_TAG), openid, is_on=True)
            return None
        case OutChannel.SMS:
            services.sms.send(job.phone or "", notice.text, key=str(job.id))
            return None
        case OutChannel.CUSTOMER_SERVICE if notice.options:
            services.wechat.send_menu(openid, notice.text, notice.options)
            return None
        case OutChannel.CUSTOMER_SERVICE:
            services.wechat.send_text(openid, notice.text)
            return None
    template = services.templates[job.kind][job.channel]
    fields = {field: notice.values.get(value, value)[:FIELD_SIGNS] for field, value in template.fields.items()}
    if job.channel is OutChannel.SUBSCRIPTION:
        services.wechat.send_subscription(openid, template.template_id, fields, url=notice.url)
        return None
    return services.wechat.send_template(openid, template.template_id, fields, url=notice.url, client_msg_id=job.id.hex)


def _take_refusal(services: Services, job: _Job, trouble: Trouble, now: datetime) -> None:
    match trouble:
        case Trouble.BUSY | Trouble.TOKEN:
            _wait(services, job, now, None)
        case Trouble.QUOTA:
            _wait(services, job, now, QUOTA_WAIT)
        case Trouble.UNCERTAIN if job.channel in _REPEATABLE:
            _wait(services, job, now, None)
        case Trouble.UNCERTAIN:
            _settle(services, job, now, status=OutboxStatus.UNCERTAIN)
        case Trouble.USER_REFUSED | Trouble.WINDOW | Trouble.WRONG:
            _next_channel(services, job, now)


def _wait(services: Services, job: _Job, now: datetime, pause: timedelta | None) -> None:
    """Try again later: twice as long each time, and not all at the same moment."""
    with services.transactions() as session:
        message = session.get_one(OutboxMessage, job.id)
        grown = min(FIRST_WAIT * 2 ** min(message.tries - 1, 16), LONGEST_WAIT)
        message.next_try_at = now + (pause or grown) * _random.uniform(0.75, 1.25)
        message.claimed_until = None


def _next_channel(services: Services, job: _Job, now: datetime) -> None:
    with services.transactions() as session:
        message = session.get_one(OutboxMessage, job.id)
        message.refused = ",".join(filter(None, (message.refused, job.channel)))
        message.next_try_at, message.claimed_until = now, None


def _settle(
    services: Services, job: _Job, now: datetime, *, status: OutboxStatus, wechat_id: str | None = None
) -> None:
    with services.transactions() as session:
        message = session.get_one(OutboxMessage, job.id)
        message.status, message.ended_at, message.wechat_id, message.claimed_until = status, now, wechat_id, None


def _quiet_until(services: Services, now: datetime) -> datetime | None:
    """Return when the night's quiet hours end, or None outside them."""
    begin, end = services.settings.quiet_from_hour, services.settings.quiet_to_hour
    local = now.astimezone(LOCAL_ZONE)
    is_quiet = begin <= local.hour or local.hour < end if begin > end else begin <= local.hour < end
    if not is_quiet:
        return None
    morning = datetime.combine(local.date(), time(end), LOCAL_ZONE)
    return morning if morning > local else morning + timedelta(days=1)
