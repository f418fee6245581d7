"""The composition root: from settings to a Flask application. It wires and decides nothing."""

from __future__ import annotations

import atexit
import logging
import os
import pwd
import sys
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

import click
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from casework.after_attempt import follow_up
from certification.ending import Consequences
from certification.evidence import FolderStore
from certification.evidence_bucket import BucketStore
from certification.verifiers.crowd import Crowd
from certification.verifiers.streams import Streams
from clock import SystemClock
from commands.groups import Groups
from jobs.asking import Asker
from jobs.notices import read_templates
from jobs.sms import SmsFile
from models.session import Transactions, open_database
from models.types import install_vault
from models.vault_check import AnotherKey, prove_key
from services import NAME, OnDemand, Services
from settings import SpeechWay, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bot.facts import PolicyAnswers
    from bot.speech import Speech
    from bot.tokens import TokenStore
    from certification.challenge import Chance
    from certification.evidence import EvidenceStore
    from clock import Clock
    from jobs.carrier import Carrier
    from jobs.notices import Template
    from models.vault import Vault
    from policy.answering.desk import Desk
    from services import Faces
    from settings import Settings
    from wechat import WechatApi

_log = logging.getLogger(__name__)


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
        _refuse_root(settings)
    vault = settings.open_vault()
    install_vault(vault)
    bind = open_database(settings.database_url) if database is None else database
    is_proved = _refuse_another_key(bind, vault)
    limits = settings.limits()
    carrier = OnDemand(lambda: _open_carrier(services))
    services = Services(
        settings=settings,
        clock=clock or SystemClock(),
        database=bind,
        transactions=Transactions(bind, None if is_proved else partial(_prove_later, bind, vault)),
        vault=vault,
        evidence=_open_store(settings),
        rules=settings.rules(),
        challenge_random=challenge_random or SystemRandom(),
        limits=limits,
        terms=settings.terms(),
        benefit_terms=settings.benefit_terms(),
        login_rules=settings.login_rules(),
        is_drawn=lambda percent: SystemRandom().randrange(100) < percent,
        consequences=Consequences(
            settings.rules(), limits, partial(follow_up, rules=settings.rules(), terms=settings.terms())
        ),
        faces_on_demand=OnDemand(lambda: face_workers or _start_faces(settings)),
        wechat_on_demand=OnDemand(lambda: _open_gateway(services)),
        policy_on_demand=OnDemand(lambda: _open_policy_desk(settings)),
        sms=SmsFile(settings.sms_file),
        speech_on_demand=OnDemand(lambda: _choose_speech(settings)),
        templates=_read_templates(settings),
        answers_on_demand=OnDemand(lambda: _open_answers(services)),
        push_menu=lambda: _push_menu(services.wechat),
        crowd=Crowd(settings.face_places * settings.face_workers),
        streams=Streams(),
        ask=_choose_asker(settings, carrier),
        count_tasks=lambda: carrier.get().count_waiting() if settings.broker_url else None,
    )
    atexit.register(_stop_faces, services.faces_on_demand)
    app = Flask(__name__, template_folder="api/templates", static_folder="api/static")
    app.extensions[NAME] = services
    app.cli = Groups()
    if not _is_asked_for_a_command():
        from server import add_pages  # noqa: PLC0415 - most of what there is to load, and no command needs it

        add_pages(app, services)
    return app


def _is_asked_for_a_command() -> bool:
    """Say whether `flask` wants the application to find one of our commands in it; its own `run` answers pages."""
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, FlaskGroup)


def _refuse_root(settings: Settings) -> None:
    """End a command that root began where another user serves, who could not read what it writes.

    Not one about the database alone, which root begins as the tables' owner: it writes nothing else.
    """
    owner = settings.data_dir.stat().st_uid
    is_elsewhere = sys.argv[1:2] == ["database"] and not settings.database_url.startswith("sqlite")
    is_harmless = is_elsewhere or "--help" in sys.argv
    if _is_asked_for_a_command() and os.geteuid() == 0 and owner != 0 and not is_harmless:
        sys.exit(
            f"DATA_DIR: it belongs to user {_name_of(owner)}; run this as that user: sudo -u {_name_of(owner)} -E ..."
        )


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"


def _refuse_another_key(bind: Engine | Connection, vault: Vault) -> bool:
    """End the process when the database was begun with another data key; say whether it was in reach to be asked."""
    try:
        return prove_key(bind, vault)
    except AnotherKey:
        sys.exit("DATA_KEY: it is not the key this database was begun with; write that one, or name another database")
    except SQLAlchemyError:
        return False  # /readyz says so
    finally:
        if isinstance(bind, Engine):
            bind.dispose()  # a server may fork after this, and no connection lives in two processes


def _prove_later(bind: Engine | Connection, vault: Vault) -> bool:
    """Say whether the key is proved; a server that began with no database in reach serves nobody with another one."""
    try:
        return prove_key(bind, vault)
    except AnotherKey:
        _log.error("DATA_KEY: it is not the key this database was begun with; nothing is read or written")
        raise


def _open_store(settings: Settings) -> EvidenceStore:
    place = settings.evidence_place()
    if isinstance(place, Path):
        try:
            store = FolderStore(place)
        except OSError:
            sys.exit(f"EVIDENCE_URL: the folder {place} cannot be made; write one that may be written")
        if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
            sys.exit(f"EVIDENCE_URL: the folder {place} cannot be written; write one that may be written, or let it be")
        return store
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


def _open_carrier(services: Services) -> Carrier:
    from jobs.carrier import Carrier  # noqa: PLC0415 - Celery
    from server import works_of  # noqa: PLC0415 - all that they do

    return Carrier(services, works_of(services))


def _open_gateway(services: Services) -> WechatApi:
    from bot.gateway import GatewaySettings, WechatGateway  # noqa: PLC0415 - wechatpy and what speaks HTTP
    from bot.tokens import TokenKeeper  # noqa: PLC0415 - the same

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
    from redis import Redis  # noqa: PLC0415 - the same

    from bot.tokens import DatabaseTokens, RedisTokens  # noqa: PLC0415 - the same

    if services.settings.redis_url is None:
        return DatabaseTokens(services.transactions)
    return RedisTokens(Redis.from_url(services.settings.redis_url), services.vault)


def _push_menu(api: WechatApi) -> tuple[str, ...]:
    from bot.menu import push_menu  # noqa: PLC0415 - the bot's sentences

    return push_menu(api)


def _open_answers(services: Services) -> PolicyAnswers:
    from bot.answers import ChatAnswers  # noqa: PLC0415 - what understands questions
    from bot.chooser import RemoteChooser  # noqa: PLC0415 - what speaks HTTP

    url = services.settings.policy_chooser_url
    chooser = None if url is None else RemoteChooser(url, services.settings.policy_chooser_name)
    return ChatAnswers(lambda: services, chooser)


def _choose_speech(settings: Settings) -> Speech | None:
    from bot.speech import CloudSpeech, SherpaSpeech  # noqa: PLC0415 - what speaks HTTP

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


def _start_faces(settings: Settings) -> Faces:
    from certification.face.workers import FaceWorkers  # noqa: PLC0415 - the face libraries
    from counters import observe_engine  # noqa: PLC0415 - figures that nobody reads of a command

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
    from policy.answering.desk import Desk  # noqa: PLC0415 - numpy and the dictionaries

    return Desk(settings.policy_weights_dir, settings.thresholds())


def _stop_faces(faces: OnDemand[Faces]) -> None:
    started = faces.take()
    if started is not None:
        started.close()
