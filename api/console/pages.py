"""What every page of the console is given: who looks, what they may do, the token of their forms, words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, redirect, render_template, request
from markupsafe import Markup

import words.desk as desk_words
import words.staff as staff_words
from api.guards import csrf_token, current_actor, current_staff
from casework.benefit_states import article_of
from casework.rights import RIGHTS, StaffRight
from casework.scope import may
from clock import LOCAL_ZONE, local_date
from models.audit import record
from policy.money import write_yuan
from policy.months import write_month
from services import services
from words import CHANNELS

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response


def page(template: str, **values: Any) -> str:
    """Render a page for whoever is logged in. Asks the database nothing: it may stand in a transaction."""
    staff = current_staff()
    now = services().clock.now()
    return render_template(
        f"console/{template}",
        me=staff,
        my_region=g.staff_region,
        notices=g.staff_notices,
        rights={right.value for right in RIGHTS[staff.role]},
        csrf=csrf_token(),
        csrf_field=csrf_field,
        words=staff_words,
        desk=desk_words,
        channels=CHANNELS,
        today=local_date(now),
        now=now,
        moment=write_moment,
        yuan=write_yuan,
        month_text=write_month,
        article=article_of,
        law=write_article,
        **values,
    )


def note_shown(session: Session, people: Iterable[uuid.UUID | None]) -> None:
    """Write down whom a list or a form shows; to be called in the transaction that read them, with retirees' ids."""
    shown = [one for one in people if one is not None]
    which = (request.endpoint or "").removeprefix("console_")
    record(
        session, current_actor(), "list.show", current_staff(), now=services().clock.now(), reason=which, shown=shown
    )


def csrf_field() -> Markup:
    """Return the hidden field that every form carries."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf_token())


def write_moment(moment: datetime | None) -> str:
    """Return a moment as staff read it: 2026-11-23 09:30."""
    return "" if moment is None else f"{moment.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"


def write_article(code: str) -> str:
    """Return an article as staff read it: 32(3) is article 32, item 3."""
    article, _, item = code.rstrip(")").partition("(")
    return (desk_words.ARTICLE_ITEM if item else desk_words.ARTICLE).format(article=article, item=item)


def back_to(address: str) -> Response:
    """Lead to a page after something was done: loading it again does nothing twice."""
    return redirect(address, code=303)


def allowed(right: StaffRight) -> bool:
    """Say whether whoever is logged in has a right."""
    return may(current_staff(), right)


def typed(name: str) -> str:
    """Return a field of the form, without the white space around it."""
    return request.form.get(name, "").strip()
