"""The composition root: from settings to a Flask application. It wires and decides nothing."""

from __future__ import annotations

import atexit
import sys
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

from flask import Flask
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

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
from bot.answers import ChatAnswers
from bot.chooser import RemoteChooser
from bot.deferred import forget_talk, hear_waiting
from bot.gateway import GatewaySettings, WechatGateway
from bot.menu import push_menu
from bot.simulator import simulator
from bot.speech import CloudSpeech, SherpaSpeech
from bot.tokens import DatabaseTokens, RedisTokens, TokenKeeper
from bot.webhook import answer_wechat
from casework.after_attempt import follow_up
from certification.ending import Consequences
from certification.evidence import FolderStore
from certification.evidence_bucket import BucketStore
from certification.verifiers.crowd import Crowd
from certification.verifiers.streams import Streams
from clock import SystemClock
from commands.audit import audit as audit_commands
from commands.benefits import benefits as benefit_commands
from commands.certify import certify_command
from commands.database import database as database_commands
from commands.demo import demo as demo_commands
from commands.doctor import doctor as doctor_command
from commands.faces import faces_group
from commands.keys import keys as key_commands
from commands.matching import matching as matching_commands
from commands.people import people as people_commands
from commands.policy import policy as policy_commands
from commands.receipts import receipts as receipt_commands
from commands.regions import regions as region_commands
from commands.staff import staff as staff_commands
from commands.wechat import wechat as wechat_commands
from counters import observe_engine
from jobs.asking import Asker
from jobs.attempts import settle_expired
from jobs.audit import AuditRounds
from jobs.benefits import NightRounds
from jobs.carrier import Carrier
from jobs.figures import FigureRounds
from jobs.knowledge import KnowledgeRounds
from jobs.notices import read_templates
from jobs.outbox import send_due
from jobs.pictures import PictureRounds
from jobs.retention import RetentionRounds
from jobs.rounds import SOON, Work
from jobs.sms import SmsFile
from jobs.tickets import TicketRounds
from models.retired_key import recall_retired
from models.session import Transactions, open_database
from models.types import install_vault
from models.vault_check import is_key_of
from services import NAME, OnDemand, Services
from settings import SpeechWay, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bot.speech import Speech
    from bot.tokens import TokenStore
    from certification.challenge import Chance
    from certification.evidence import EvidenceStore
    from clock import Clock
    from jobs.notices import Template
    from policy.answering.desk import Desk
    from services import Faces
    from settings import Settings
    from wechat import WechatApi

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
COMMANDS = (
    audit_commands,
    benefit_commands,
    certify_command,
    demo_commands,
    database_commands,
    doctor_command,
    faces_group,
    matching_commands,
    key_commands,
    people_commands,
    receipt_commands,
    policy_commands,
    region_commands,
    staff_commands,
    wechat_commands,
)


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    database: Engine | Connection | None = None,
    face_workers: Faces | None = None,
    challenge_random: Chance | None = None,
) -> Flask:
    """Return the application; without settings they are read from the environment, and a wrong one ends the process.

    The other arguments are for tests: a clock that stands still, a connection that is rolled back, known challenges.
    """
    if settings is None:
        settings = settings_or_exit()
    vault = settings.open_vault()
    install_vault(vault)
    bind = open_database(settings.database_url) if database is None else database
    limits = settings.limits()
    carrier = OnDemand(lambda: Carrier(services, works_of(services)))
    services = Services(
        settings=settings,
        clock=clock or SystemClock(),
        database=bind,
        transactions=Transactions(bind),
        vault=vault,
        evidence=_open_store(settings),
        rules=settings.rules(),
        challenge_random=challenge_random or SystemRandom(),
        limits=limits,
        terms=settings.terms(),
        benefit_terms=settings.benefit_terms(),
        login_rules=settings.login_rules(),
        is_drawn=lambda percent: SystemRandom().randrange(100) < percent,
        consequences=Consequences(settings.rules(), limits, partial(follow_up, terms=settings.terms())),
        faces_on_demand=OnDemand(lambda: face_workers or _start_faces(settings)),
        wechat_on_demand=OnDemand(lambda: _open_gateway(services)),
        policy_on_demand=OnDemand(lambda: _open_policy_desk(settings)),
        sms=SmsFile(settings.sms_file),
        speech=_choose_speech(settings),
        templates=_read_templates(settings),
        answers=ChatAnswers(lambda: services, _choose_chooser(settings)),
        push_menu=lambda: push_menu(services.wechat),
        crowd=Crowd(settings.face_places * settings.face_workers),
        streams=Streams(),
        ask=_choose_asker(settings, carrier),
        count_tasks=lambda: carrier.get().count_waiting() if settings.broker_url else None,
    )
    _refuse_another_key(services)
    atexit.register(_stop_faces, services.faces_on_demand)
    app = Flask(__name__, template_folder="api/templates", static_folder="api/static")
    app.extensions[NAME] = services
    app.session_interface = Cookies()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=OTHER_BYTES,
        SESSION_COOKIE_SECURE=settings.in_production,
        SESSION_COOKIE_SAMESITE="Lax",
        PREFERRED_URL_SCHEME="https" if settings.in_production else "http",
    )
    for blueprint in (*PAGES, *CONSOLE):
        app.register_blueprint(blueprint)
    if settings.has_simulator:
        app.register_blueprint(simulator)
    register_api(app)
    follow_requests(app)
    register_errors(app)
    protect(app)
    app.wsgi_app = Straight(app.wsgi_app, "/wechat", answer_wechat, services)  # type: ignore[method-assign]  # Flask's own way
    counts = Counts(settings)
    app.wsgi_app = Frames(app.wsgi_app, app, services, counts)  # type: ignore[method-assign]
    name_hosts(app, settings)
    limit_requests(app, settings, counts)
    app.add_template_filter(write_day, "day")
    for group in COMMANDS:
        app.cli.add_command(group)
    return app


def _refuse_another_key(services: Services) -> None:
    """End the process when the database was begun with another data key: writing with this one would split it."""
    try:
        with services.transactions() as session:
            same = is_key_of(session, services.vault)
            if same:
                recall_retired(session, services.vault)
    except SQLAlchemyError:
        return  # no database yet, or none in reach: /readyz says so
    finally:
        if isinstance(services.database, Engine):
            services.database.dispose()  # a server may fork after this, and no connection lives in two processes
    if not same:
        sys.exit("DATA_KEY: it is not the key this database was begun with; write that one, or name another database")


def _open_store(settings: Settings) -> EvidenceStore:
    place = settings.evidence_place()
    if isinstance(place, Path):
        return FolderStore(place)
    return BucketStore(
        place.name,
        place.prefix,
        endpoint_url=place.endpoint_url,
        region=place.region,
        access_key=place.access_key,
        secret_key=place.secret_key,
    )


def _choose_asker(settings: Settings, carrier: OnDemand[Carrier]) -> Callable[[str], None]:
    """Return what asks for work at once: the broker, or nothing where the rounds of this process do the work."""
    return Asker(carrier.get).ask if settings.broker_url else lambda _work: None


def _open_gateway(services: Services) -> WechatApi:
    settings = services.settings
    keeper = TokenKeeper(_token_store(services), services.clock)
    return WechatGateway(
        GatewaySettings(
            app_id=settings.wechat_app_id or "",
            app_secret=settings.wechat_app_secret or "",
            api_base_url=settings.wechat_api_base_url,
            miniprogram_app_id=settings.miniprogram_app_id or "",
            miniprogram_app_secret=settings.miniprogram_app_secret or "",
        ),
        keeper,
    )


def _token_store(services: Services) -> TokenStore:
    if services.settings.redis_url is None:
        return DatabaseTokens(services.transactions)
    return RedisTokens(Redis.from_url(services.settings.redis_url), services.vault)


def _choose_chooser(settings: Settings) -> RemoteChooser | None:
    url = settings.policy_chooser_url
    return None if url is None else RemoteChooser(url, settings.policy_chooser_name)


def _choose_speech(settings: Settings) -> Speech | None:
    match settings.speech:
        case SpeechWay.CLOUD:
            return CloudSpeech(settings.speech_url or "")
        case SpeechWay.SHERPA:
            return SherpaSpeech(settings.speech_model_dir or Path())
        case SpeechWay.NONE:
            return None


def _read_templates(settings: Settings) -> dict[str, dict[str, Template]]:
    try:
        return read_templates(settings.wechat_templates_path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        sys.exit("WECHAT_TEMPLATES_PATH: no templates can be read from it; write it as docs/wechat-setup.md says")


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


def _start_faces(settings: Settings) -> Faces:
    from certification.face.workers import FaceWorkers  # noqa: PLC0415 - most commands never need the face libraries

    return FaceWorkers(
        settings.face_choice(),
        workers=settings.face_workers,
        queue=settings.face_queue,
        memory_mb=settings.face_worker_memory_mb,
        frame_seconds=settings.face_frame_seconds,
        video_seconds=settings.face_video_seconds,
        observe=observe_engine,
    )


def _open_policy_desk(settings: Settings) -> Desk:
    from policy.answering.desk import Desk  # noqa: PLC0415 - numpy and the dictionaries: most commands need none

    return Desk(settings.policy_weights_dir, settings.thresholds())


def _stop_faces(faces: OnDemand[Faces]) -> None:
    started = faces.take()
    if started is not None:
        started.close()
