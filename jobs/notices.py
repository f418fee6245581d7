"""From a waiting message to what each channel carries: words, and the fields of the operator's templates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from certification.certify import CERTIFIED
from certification.receipts import mask_name
from models import Benefit, Retiree
from models.benefit import BenefitStatus
from models.outbox import TAG_RELATIVE
from words import DAY_WORDS, MONTH_WORDS, NOTICES, RELATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from models import OutboxMessage

REPLY = "reply"
# What is said of a certification depends on whether the pension is paid when it is sent.
CERTIFIED_STOPPED = "certified_stopped"
_DAYS = frozenset({"valid_until", "seen_on", "due_by", "next_due_by"})
_MARKS = str.maketrans({"<": "＜", ">": "＞"})


@dataclass(frozen=True)
class Template:
    """One of the operator's templates: its id, and which value goes into which of its fields."""

    template_id: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Notice:
    """What is to be said. url: the page it leads to. options: ids and words to tap, of a reply alone."""

    text: str
    values: dict[str, str]
    url: str
    options: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return "Notice()"


def write_notice(session: Session, message: OutboxMessage, base_url: str) -> Notice:
    """Return what a message says."""
    values: dict[str, Any] = json.loads(message.values)
    if message.notice == TAG_RELATIVE:
        return Notice("", {}, "")
    if message.notice == REPLY:
        return Notice(values["text"], {}, "", tuple((one["id"], one["label"]) for one in values["options"]))
    retiree = session.get(Retiree, message.retiree_id) if message.retiree_id else None
    written = {
        "name": mask_name(retiree.name) if retiree else "",
        **{name: _write(name, value) for name, value in values.items()},
    }
    url = f"{base_url}/h5/receipts/{values['receipt']}" if "receipt" in values else f"{base_url}/h5/enter"
    benefit = session.get(Benefit, message.retiree_id) if message.notice == CERTIFIED and message.retiree_id else None
    is_stopped = benefit is not None and benefit.status is BenefitStatus.SUSPENDED
    words = NOTICES[CERTIFIED_STOPPED if is_stopped else message.notice]
    return Notice(words.format(**written, url=url), written, url)


def read_templates(path: Path | None) -> dict[str, dict[str, Template]]:
    """Return the operator's templates: by notice, then by channel. Raises ValueError, KeyError for another shape."""
    if path is None:
        return {}
    found = json.loads(path.read_text())
    return {
        notice: {
            channel: Template(str(one["template_id"]), {str(k): str(v) for k, v in one["fields"].items()})
            for channel, one in channels.items()
        }
        for notice, channels in found.items()
    }


def _write(name: str, value: Any) -> str:
    if name in _DAYS:
        day = date.fromisoformat(value)
        return DAY_WORDS.format(year=day.year, month=day.month, day=day.day)
    if name == "month":
        year, month = value.split("-")
        return MONTH_WORDS.format(year=year, month=int(month))
    # what people wrote: nobody puts a link into our words
    return RELATIONS[value] if name == "relation" else str(value).translate(_MARKS)
