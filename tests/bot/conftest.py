"""Chats with the application through its callback, and the stand-in of WeChat's API behind it."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from app import create_app
from services import NAME
from tests.bot.talk import bind
from tests.fakes.faces import ScriptedFaces
from tests.stand_in import StandIn
from tests.stand_in.server import APP_ID, APP_SECRET, PROGRAM_ID, PROGRAM_SECRET
from tests.weixin import Chat, Weixin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy import Connection

    from services import Services
    from settings import Settings
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock


@pytest.fixture
def api() -> Iterator[StandIn]:
    """WeChat's API."""
    with StandIn() as made:
        yield made


@pytest.fixture
def settings(settings: Settings, api: StandIn) -> Settings:
    """The settings of an account whose API is the stand-in."""
    return replace(
        settings,
        wechat_app_id=APP_ID,
        wechat_app_secret=APP_SECRET,
        wechat_api_base_url=api.url,
        miniprogram_app_id=PROGRAM_ID,
        miniprogram_app_secret=PROGRAM_SECRET,
    )


@pytest.fixture
def app(settings: Settings, connection: Connection, clock: StandingClock) -> Flask:
    made = create_app(
        settings, clock=clock, database=connection, face_workers=ScriptedFaces(), challenge_random=Random(7)
    )
    made.config["TESTING"] = True
    return made


@pytest.fixture
def parts(app: Flask) -> Services:
    """What the application was put together of."""
    found: Services = app.extensions[NAME]
    return found


@pytest.fixture
def weixin(app: Flask, settings: Settings, clock: StandingClock) -> Weixin:
    return Weixin(app.test_client(), settings, clock)


@pytest.fixture
def li(weixin: Weixin) -> Chat:
    """The chat of grandma Li's phone, which knows nothing of her yet."""
    return Chat(weixin, "oGrandmaLi_0001")


@pytest.fixture
def daughter(weixin: Weixin) -> Chat:
    """The chat of a daughter in another city."""
    return Chat(weixin, "oDaughter_0001")


@pytest.fixture
def bound_li(li: Chat, parts: Services, cast: Cast) -> Chat:
    bind(li, parts, cast.grandma_li)
    return li
