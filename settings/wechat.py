"""The settings of the WeChat surface: the official account, the mini-program, messages in and out."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from settings.reader import ROOT, Environment, SettingsError, kept_key, split_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from settings.reader import Reader

API = "https://api.weixin.qq.com"
OPEN = "https://open.weixin.qq.com"
_AES_KEY_CHARACTERS = 43
_AES_KEY = re.compile(rf"[0-9A-Za-z]{{{_AES_KEY_CHARACTERS}}}")
_TOKEN = re.compile(r"[0-9A-Za-z]{3,32}")
# What makes up an official account; in production all of them or none.
_ACCOUNT = ("WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_TOKEN", "WECHAT_ENCODING_AES_KEY", "WECHAT_ORIGINAL_ID")
_SIMULATED_APP_ID = "wxsimulated0000000"
_SIMULATED_MINIPROGRAM = "wxsimulatedprogram"
_SIMULATED_ORIGINAL_ID = "gh_simulated0000"
_SIMULATED_SECRET = "simulated"  # noqa: S105 - of no use anywhere
_MADE_UP = frozenset({_SIMULATED_APP_ID, _SIMULATED_MINIPROGRAM, _SIMULATED_ORIGINAL_ID, _SIMULATED_SECRET})


class WechatMode(StrEnum):
    """How WeChat's callbacks are sent: in clear, both ways, or encrypted."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SECURE = "secure"


class FaceWay(StrEnum):
    """Who looks at a face: our own engine, WeChat's face verification, or nobody (a page or a visit instead)."""

    OWN = "own"
    WECHAT = "wechat"
    PAGE = "page"
    VISIT = "visit"


class SpeechWay(StrEnum):
    """What turns a voice message into text."""

    NONE = "none"
    SHERPA = "sherpa"
    CLOUD = "cloud"


@dataclass(frozen=True)
class WechatSettings:
    """Everything about WeChat. Without an application id there is no official account, and no callback."""

    wechat_app_id: str | None
    wechat_app_secret: str | None = field(repr=False)
    wechat_token: str | None = field(repr=False)
    wechat_encoding_aes_key: str | None = field(repr=False)
    wechat_encoding_aes_key_previous: str | None = field(repr=False)
    wechat_original_id: str | None
    wechat_mode: WechatMode
    wechat_api_base_url: str
    wechat_open_base_url: str
    wechat_templates_path: Path | None
    miniprogram_app_id: str | None
    miniprogram_app_secret: str | None = field(repr=False)
    miniprogram_page: str
    simulator: str
    redis_url: str | None = field(repr=False)
    face_on_pages: FaceWay
    face_in_miniprogram: FaceWay
    speech: SpeechWay
    speech_model_dir: Path | None
    speech_url: str | None = field(repr=False)
    sms_file: Path
    quiet_from_hour: int
    quiet_to_hour: int
    conversation_minutes: int
    binding_tries: int
    confirmation_code_days: int
    certification_link_hours: int
    login_token_minutes: int

    @property
    def has_wechat(self) -> bool:
        """Whether there is an official account."""
        return self.wechat_app_id is not None

    @property
    def has_simulator(self) -> bool:
        """Whether the chat can be tried in a browser; never in production."""
        return self.simulator == "on"


def read_wechat(
    reader: Reader, environment: Environment, data_dir: Path, port: int, public_base_url: str
) -> dict[str, Any]:
    """Read and check the settings of WeChat; raise SettingsError for the first that is wrong.

    In development an account is made up whose API is our own simulator; in production nothing is.
    """
    real = environment is Environment.PRODUCTION
    simulator = reader.one_of("SIMULATOR", ["on", "off"], "off" if real else "on")
    if real and simulator == "on":
        raise SettingsError("SIMULATOR", "anybody could speak as anybody in production", "off")
    mode = WechatMode(reader.one_of("WECHAT_MODE", list(WechatMode), WechatMode.SECURE))
    if real and mode is WechatMode.PLAIN:
        raise SettingsError("WECHAT_MODE", "messages would come in clear in production", "secure, or compatible")
    api = API if real else f"http://127.0.0.1:{port}/simulator/api"
    entrance = OPEN if real else f"{public_base_url}/simulator/open"
    return {
        **_account(reader, data_dir, real=real),
        "wechat_mode": mode,
        "wechat_api_base_url": _address(reader, "WECHAT_API_BASE_URL", api, real=real),
        "wechat_open_base_url": _address(reader, "WECHAT_OPEN_BASE_URL", entrance, real=real),
        "wechat_templates_path": reader.existing_file("WECHAT_TEMPLATES_PATH"),
        **_miniprogram(reader, real=real),
        "simulator": simulator,
        "redis_url": _redis(reader),
        **_faces(reader),
        **_speech(reader),
        "sms_file": reader.path("SMS_FILE", data_dir / "sms.jsonl"),
        "quiet_from_hour": reader.whole("QUIET_FROM_HOUR", 21, 0, 23),
        "quiet_to_hour": reader.whole("QUIET_TO_HOUR", 8, 0, 23),
        "conversation_minutes": reader.whole("CONVERSATION_MINUTES", 30, 1, 1440),
        "binding_tries": reader.whole("BINDING_TRIES", 5, 1, 100),
        "confirmation_code_days": reader.whole("CONFIRMATION_CODE_DAYS", 14, 1, 365),
        "certification_link_hours": reader.whole("CERTIFICATION_LINK_HOURS", 72, 1, 720),
        "login_token_minutes": reader.whole("LOGIN_TOKEN_MINUTES", 120, 5, 1440),
    }


def _account(reader: Reader, data_dir: Path, *, real: bool) -> dict[str, str | None]:
    given = {name: reader.given(name) for name in _ACCOUNT}
    if real and any(given.values()):
        missing = next((name for name, value in given.items() if value is None), None)
        if missing is not None:
            raise SettingsError(missing, "other settings of the official account are given without it", "all of them")
    if not real:
        made_up: dict[str, Callable[[], str]] = {
            "WECHAT_APP_ID": lambda: _SIMULATED_APP_ID,
            "WECHAT_APP_SECRET": lambda: _SIMULATED_SECRET,
            "WECHAT_TOKEN": lambda: kept_key(reader, "WECHAT_TOKEN", Environment.DEVELOPMENT, data_dir, _new_token),
            "WECHAT_ENCODING_AES_KEY": lambda: kept_key(
                reader, "WECHAT_ENCODING_AES_KEY", Environment.DEVELOPMENT, data_dir, _new_aes_key
            ),
            "WECHAT_ORIGINAL_ID": lambda: _SIMULATED_ORIGINAL_ID,
        }
        given = {name: value or made_up[name]() for name, value in given.items()}
    else:
        made_up_name = next((name for name, value in given.items() if value in _MADE_UP), None)
        if made_up_name is not None:
            raise SettingsError(made_up_name, "it is the made-up one of development", "the official account's own")
    if given["WECHAT_TOKEN"] is not None and not _TOKEN.fullmatch(given["WECHAT_TOKEN"]):
        raise SettingsError("WECHAT_TOKEN", "it is no such token", "3 to 32 letters and digits")
    previous = reader.given("WECHAT_ENCODING_AES_KEY_PREVIOUS")
    for name, key in (
        ("WECHAT_ENCODING_AES_KEY", given["WECHAT_ENCODING_AES_KEY"]),
        ("WECHAT_ENCODING_AES_KEY_PREVIOUS", previous),
    ):
        if key is not None and not _AES_KEY.fullmatch(key):
            raise SettingsError(name, "it is no such key", f"{_AES_KEY_CHARACTERS} letters and digits")
    return {name.lower(): value for name, value in given.items()} | {"wechat_encoding_aes_key_previous": previous}


def _miniprogram(reader: Reader, *, real: bool) -> dict[str, str | None]:
    app_id, secret = reader.given("MINIPROGRAM_APP_ID"), reader.given("MINIPROGRAM_APP_SECRET")
    if (app_id is None) != (secret is None):
        missing = "MINIPROGRAM_APP_ID" if app_id is None else "MINIPROGRAM_APP_SECRET"
        raise SettingsError(missing, "one of the two is given without the other", "both or neither")
    if real and _MADE_UP & {app_id, secret}:
        raise SettingsError("MINIPROGRAM_APP_ID", "it is the made-up one of development", "the mini-program's own")
    if app_id is None and not real:
        app_id, secret = _SIMULATED_MINIPROGRAM, _SIMULATED_SECRET
    return {
        "miniprogram_app_id": app_id,
        "miniprogram_app_secret": secret,
        "miniprogram_page": reader.text("MINIPROGRAM_PAGE", "pages/certify/certify"),
    }


def _faces(reader: Reader) -> dict[str, FaceWay]:
    return {
        "face_on_pages": FaceWay(reader.one_of("FACE_ON_PAGES", [FaceWay.OWN, FaceWay.WECHAT], FaceWay.OWN)),
        "face_in_miniprogram": FaceWay(
            reader.one_of("FACE_IN_MINIPROGRAM", [FaceWay.WECHAT, FaceWay.PAGE, FaceWay.VISIT], FaceWay.PAGE)
        ),
    }


def _redis(reader: Reader) -> str | None:
    given = reader.given("REDIS_URL")
    if given is not None:
        address = split_address(given)
        is_server = address.scheme in {"redis", "rediss"} and address.hostname is not None
        if not (is_server or (address.scheme == "unix" and address.path)):
            raise SettingsError(
                "REDIS_URL", "it is not a Redis's address", "redis://:PASSWORD@HOST/NUMBER; a / in a password is %2F"
            )
    return given


def _speech(reader: Reader) -> dict[str, Any]:
    way = SpeechWay(reader.one_of("SPEECH", list(SpeechWay), SpeechWay.NONE))
    folder, url = reader.given("SPEECH_MODEL_DIR"), reader.given("SPEECH_URL")
    model_dir = None if folder is None else ROOT / folder
    if way is SpeechWay.SHERPA and (model_dir is None or not model_dir.is_dir()):
        raise SettingsError("SPEECH_MODEL_DIR", "SPEECH=sherpa needs a model", "the path of a model's folder")
    if way is SpeechWay.CLOUD and (url is None or split_address(url).scheme not in {"http", "https"}):
        raise SettingsError("SPEECH_URL", "SPEECH=cloud needs an address", "the address that takes the recording")
    return {"speech": way, "speech_model_dir": model_dir, "speech_url": url}


def _address(reader: Reader, name: str, default: str, *, real: bool) -> str:
    given = reader.given(name)
    if given is None:
        return default
    value = given.rstrip("/")
    address = split_address(value)
    wanted = ("https",) if real else ("http", "https")
    if address.scheme not in wanted or not address.hostname or address.query or address.fragment:
        raise SettingsError(name, f"{value!r} is no such address", f"one such as {default}")
    return value


def _new_token() -> str:
    return _random_text(32)


def _new_aes_key() -> str:
    return _random_text(_AES_KEY_CHARACTERS)


def _random_text(length: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
