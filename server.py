"""What a server does that a command does not: it answers pages, the console, JSON and WeChat, and works by itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from api.console.calls import calls
from api.console.checks import checks
from api.console.events import events
from api.console.exports import exports
from api.console.figures import figures
from api.console.home import home
from api.console.knowledge import knowledge
from api.console.leads import leads
from api.console.login import entrance as staff_entrance
from api.console.login import own_login
from api.console.overpayments import overpayments
from api.console.payments import payments
from api.console.people import people
from api.console.proposals import proposals
from api.console.reviews import reviews
from api.console.team import team
from api.console.tickets import tickets
from api.console.today import today
from api.console.works import works
from api.cookies import Cookies
from api.errors import register_errors
from api.h5.acts import acts
from api.h5.certify import certify
from api.h5.days import write_day
from api.h5.enter import enter
from api.h5.entrance import development_login, entrance
from api.h5.figures import public_figures
from api.h5.mine import mine
from api.h5.receipts import receipt_pages
from api.headers import protect
from api.health import health
from api.hosts import name_hosts
from api.limits import Counts, limit_requests
from api.requests import follow_requests
from api.straight import Straight
from api.uploads import OTHER_BYTES
from api.v1 import register_api
from api.v1.frames import Frames
from bot.deferred import forget_talk, hear_waiting
from bot.simulator import simulator
from bot.webhook import answer_wechat
from jobs.attempts import settle_expired
from jobs.audit import AuditRounds
from jobs.benefits import NightRounds
from jobs.figures import FigureRounds
from jobs.knowledge import KnowledgeRounds
from jobs.outbox import send_due
from jobs.pictures import PictureRounds
from jobs.retention import RetentionRounds
from jobs.rounds import SOON, Work
from jobs.tickets import TicketRounds

if TYPE_CHECKING:
    from flask import Flask

    from services import Services

PAGES = (health, entrance, development_login, enter, certify, receipt_pages, acts, mine, public_figures)
CONSOLE = (
    staff_entrance,
    own_login,
    home,
    tickets,
    today,
    people,
    reviews,
    checks,
    team,
    figures,
    knowledge,
    exports,
    works,
    proposals,
    events,
    payments,
    overpayments,
    leads,
    calls,
)


def add_pages(app: Flask, services: Services) -> None:
    """Let `app` answer over HTTP."""
    app.session_interface = Cookies()
    app.config.update(
        SECRET_KEY=services.settings.secret_key,
        MAX_CONTENT_LENGTH=OTHER_BYTES,
        SESSION_COOKIE_SECURE=services.settings.in_production,
        SESSION_COOKIE_SAMESITE="Lax",
        PREFERRED_URL_SCHEME="https" if services.settings.in_production else "http",
    )
    for blueprint in (*PAGES, *CONSOLE):
        app.register_blueprint(blueprint)
    if services.settings.has_simulator:
        app.register_blueprint(simulator)
    register_api(app)
    follow_requests(app)
    register_errors(app)
    protect(app)
    app.wsgi_app = Straight(app.wsgi_app, "/wechat", answer_wechat, services)  # type: ignore[method-assign]  # Flask's own way
    counts = Counts(services.settings)
    app.wsgi_app = Frames(app.wsgi_app, app, services, counts)  # type: ignore[method-assign]
    name_hosts(app, services.settings)
    limit_requests(app, services.settings, counts)
    app.add_template_filter(write_day, "day")
    services.answers_on_demand.get()  # now, before a server forks, and not at somebody's first question


def works_of(services: Services) -> tuple[Work, ...]:
    """Return the work that goes on by itself: see `jobs.rounds`."""
    return (
        Work("hear_waiting", partial(hear_waiting, services), every=SOON, for_people=True),
        Work("send_due", partial(send_due, services), every=SOON, for_people=True),
        Work("forget_talk", partial(forget_talk, services)),
        Work("settle_expired", partial(settle_expired, services), needs_faces=True),
        Work("tickets", TicketRounds(services)),
        Work("figures", FigureRounds(services)),
        Work("pictures", PictureRounds(services)),
        Work("knowledge", KnowledgeRounds(services)),
        Work("audit", AuditRounds(services), every=SOON),
        Work("night_run", NightRounds(services)),
        Work("retention", RetentionRounds(services)),
    )
