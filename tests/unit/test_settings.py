from __future__ import annotations

import base64
import json
import stat
from typing import TYPE_CHECKING

import pytest

from policy.rules import Clock
from settings import Settings, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    "SECRET_KEY": "an invented key that is long enough for anybody",
    "DATA_KEY": base64.b64encode(bytes(32)).decode(),
}
PRODUCTION = KEYS | {"ENVIRONMENT": "production", "PUBLIC_BASE_URL": "https://pension.example.cn"}


def _read(folder: Path, **given: str) -> Settings:
    return Settings.read({"DATA_DIR": str(folder)} | given)


def test_nothing_needs_to_be_set_for_development(tmp_path: Path) -> None:
    settings = _read(tmp_path)
    assert (settings.port, settings.public_base_url) == (8000, "http://localhost:8000")
    assert settings.rules().name == "changsha-2020"
    assert settings.evidence_place() == tmp_path / "evidence"


def test_development_keys_are_made_once_and_kept_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    first, second = _read(folder), _read(folder)
    assert (first.secret_key, first.data_key) == (second.secret_key, second.data_key)
    assert len({first.secret_key, first.data_key}) == 2
    for name in ("secret_key", "data_key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    settings = _read(tmp_path, DATABASE_URL="postgresql://clerk:horse-battery@127.0.0.1/pension", **KEYS)
    assert not any(secret in repr(settings) for secret in (*KEYS.values(), "horse-battery"))


def test_a_value_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("8123\n")
    assert _read(tmp_path, PORT_FILE=str(tmp_path / "port")).port == 8123


def test_every_setting_may_stand_in_a_file(tmp_path: Path) -> None:
    defaults = _read(tmp_path, **KEYS)
    for name in Settings.__dataclass_fields__:
        if name == "data_dir":
            continue
        with pytest.raises(SettingsError, match=f"^{name.upper()}_FILE: that file cannot be read"):
            _read(tmp_path, **{f"{name.upper()}_FILE": str(tmp_path / "absent")})
    assert _read(tmp_path, **KEYS) == defaults


@pytest.mark.parametrize(
    ("given", "name", "words"),
    [
        ({"PORT": "http"}, "PORT", "a whole number from 1 to 65535"),
        ({"PORT": "0"}, "PORT", "a whole number from 1 to 65535"),
        ({"PORT": "８０００"}, "PORT", "a whole number"),
        ({"PORT": "1", "PORT_FILE": "/etc/hostname"}, "PORT", "one of the two"),
        ({"ENVIRONMENT": "prod"}, "ENVIRONMENT", "development or production"),
        ({"RULE_SET": "changsha-2030"}, "RULE_SET", "changsha-2020 or hunan-2025"),
        ({"CERTIFICATION_CLOCK": "lunar"}, "CERTIFICATION_CLOCK", "rule_set or calendar_year"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY", "at least 32"),
        ({"DATA_KEY": "no base64 at all!"}, "DATA_KEY", "openssl rand -base64 32"),
        ({"DATA_KEY": base64.b64encode(bytes(16)).decode()}, "DATA_KEY", "openssl rand -base64 32"),
        ({"DATABASE_URL": "mysql://127.0.0.1/pension"}, "DATABASE_URL", "sqlite:///FILE or postgresql://"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL", "sqlite:///FILE"),
        ({"DATABASE_URL": "pension"}, "DATABASE_URL", "sqlite:///FILE"),
        ({"EVIDENCE_URL": "s3://Bucket/x"}, "EVIDENCE_URL", "s3://"),
        ({"EVIDENCE_URL": "ftp://host/x"}, "EVIDENCE_URL", "file:///"),
        ({"EVIDENCE_ACCESS_KEY": "x"}, "EVIDENCE_SECRET_KEY", "both or neither"),
        ({"EVIDENCE_ENDPOINT_URL": "s3.example.cn"}, "EVIDENCE_ENDPOINT_URL", "https://"),
        ({"BROKER_URL": "kafka://host"}, "BROKER_URL", "amqp://"),
        ({"BROKER_URL": "redis:///0"}, "BROKER_URL", "redis://"),
        ({"BROKER_URL": "redis://127.0.0.1/zero"}, "BROKER_URL", "HOST/NUMBER"),
        ({"BROKER_URL": "amqp://clerk:horse/battery@127.0.0.1/pension"}, "BROKER_URL", "%2F"),
        ({"BROKER_URL": "amqp://clerk:horse[battery@127.0.0.1/pension"}, "BROKER_URL", "amqp://"),
        ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL", "redis://"),
        ({"EVIDENCE_URL": "s3://["}, "EVIDENCE_URL", "s3://BUCKET"),
        ({"PUBLIC_BASE_URL": "https://["}, "PUBLIC_BASE_URL", "https://"),
        ({"SPEECH": "cloud", "SPEECH_URL": "there"}, "SPEECH_URL", "the address"),
        ({"BROKER_QUEUE": "two words"}, "BROKER_QUEUE", "letters"),
        ({"EVIDENCE_URL": "file:///"}, "EVIDENCE_URL", "file:///"),
        ({"PUBLIC_BASE_URL": "pension.example.cn"}, "PUBLIC_BASE_URL", "http://"),
        ({"FACE_ENGINE": "onnx"}, "FACE_MODEL_PATH", "the path of an ONNX file"),
        ({"FACE_ENGINE": "cnn"}, "FACE_ENGINE", "dlib or onnx"),
        ({"FACE_MODEL_PATH": "/no/such/model.onnx"}, "FACE_MODEL_PATH", "the path of a file"),
        ({"FACE_MATCH_DISTANCE": "0.4"}, "FACE_REVIEW_DISTANCE", "both or neither"),
        ({"FACE_MATCH_DISTANCE": "0.5", "FACE_REVIEW_DISTANCE": "0.4"}, "FACE_MATCH_DISTANCE", "0.38"),
        ({"FACE_MATCH_DISTANCE": "38", "FACE_REVIEW_DISTANCE": "50"}, "FACE_MATCH_DISTANCE", "0.38"),
        ({"FACE_MATCH_DISTANCE": "nan", "FACE_REVIEW_DISTANCE": "0.4"}, "FACE_MATCH_DISTANCE", "0.38"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(tmp_path: Path, given: dict[str, str], name: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _read(tmp_path, **given)
    line = str(refused.value)
    assert line.startswith(f"{name}: ")
    assert words in line
    assert "\n" not in line
    assert refused.value.name == name


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATA_KEY", "PUBLIC_BASE_URL"])
def test_production_invents_nothing(tmp_path: Path, name: str) -> None:
    given = {setting: value for setting, value in PRODUCTION.items() if setting != name}
    with pytest.raises(SettingsError, match=f"^{name}: "):
        _read(tmp_path, **given)
    assert list(tmp_path.iterdir()) == []


def test_production_refuses_an_address_without_encryption(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^PUBLIC_BASE_URL: .*in production"):
        _read(tmp_path, **PRODUCTION | {"PUBLIC_BASE_URL": "http://pension.example.cn"})
    assert _read(tmp_path, **PRODUCTION).in_production


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    for name in KEYS:
        with pytest.raises(SettingsError) as refused:
            _read(tmp_path, **{name: "hunter2hunter2"})
        assert "hunter2" not in str(refused.value)


def test_the_clock_may_be_another_than_the_rule_sets(tmp_path: Path) -> None:
    assert _read(tmp_path, RULE_SET="hunan-2025").rules().clock is Clock.ROLLING_13
    rules = _read(tmp_path, CERTIFICATION_CLOCK="rolling_12").rules()
    assert (rules.name, rules.clock) == ("changsha-2020", Clock.ROLLING_12)


def _calibrated(folder: Path, **changes: object) -> str:
    path = folder / "thresholds.json"
    path.write_text(json.dumps({"engine_id": "some-engine", "match": 0.31, "review": 0.45} | changes))
    return str(path)


def test_calibrated_thresholds_are_used(tmp_path: Path) -> None:
    settings = _read(tmp_path, FACE_THRESHOLDS_PATH=_calibrated(tmp_path))
    choice = settings.face_choice()
    assert (choice.match, choice.review) == (0.31, 0.45)
    calibration = settings.calibration()
    assert calibration is not None
    assert calibration.engine_id == "some-engine"


@pytest.mark.parametrize("changes", [{"match": "near"}, {"match": 0.6}, {"match": -1}, {"review": None}])
def test_a_wrong_thresholds_file_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=r"^FACE_THRESHOLDS_PATH: .*flask faces calibrate"):
        _read(tmp_path, FACE_THRESHOLDS_PATH=_calibrated(tmp_path, **changes))


def test_thresholds_are_given_in_one_way_only(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^FACE_THRESHOLDS_PATH: "):
        _read(
            tmp_path,
            FACE_THRESHOLDS_PATH=_calibrated(tmp_path),
            FACE_MATCH_DISTANCE="0.3",
            FACE_REVIEW_DISTANCE="0.4",
        )


ACCOUNT = {
    "WECHAT_APP_ID": "wx0123456789abcdef",
    "WECHAT_APP_SECRET": "an invented secret",
    "WECHAT_TOKEN": "inventedtoken",
    "WECHAT_ENCODING_AES_KEY": "a" * 43,
    "WECHAT_ORIGINAL_ID": "gh_0123456789ab",
}


def test_production_has_no_official_account_until_all_of_it_is_given(tmp_path: Path) -> None:
    assert not _read(tmp_path, **PRODUCTION).has_wechat
    assert _read(tmp_path, **PRODUCTION, **ACCOUNT).has_wechat
    for name in ACCOUNT:
        some = {other: value for other, value in ACCOUNT.items() if other != name}
        with pytest.raises(SettingsError, match=f"^{name}: other settings of the official account"):
            _read(tmp_path, **PRODUCTION, **some)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIMULATOR", "on"),
        ("WECHAT_MODE", "plain"),
        ("WECHAT_APP_ID", "wxsimulated0000000"),
        ("WECHAT_APP_SECRET", "simulated"),
        ("WECHAT_ORIGINAL_ID", "gh_simulated0000"),
        ("WECHAT_API_BASE_URL", "http://127.0.0.1:8000/simulator/api"),
        ("WECHAT_OPEN_BASE_URL", "http://127.0.0.1:8000/simulator/open"),
    ],
)
def test_production_refuses_what_belongs_to_development(tmp_path: Path, name: str, value: str) -> None:
    assert not _read(tmp_path, **PRODUCTION, **ACCOUNT).has_simulator
    with pytest.raises(SettingsError, match=f"^{name}: "):
        _read(tmp_path, **(PRODUCTION | ACCOUNT | {name: value}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WECHAT_TOKEN", "ab"),
        ("WECHAT_TOKEN", "with space"),
        ("WECHAT_ENCODING_AES_KEY", "short"),
        ("SPEECH", "sherpa"),
    ],
)
def test_wrong_settings_of_wechat_are_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _read(tmp_path, **{name: value})
    assert refused.value.name == ("SPEECH_MODEL_DIR" if name == "SPEECH" else name)


def test_an_account_is_made_up_for_development_and_kept(tmp_path: Path) -> None:
    first, second = _read(tmp_path), _read(tmp_path)
    assert first.has_wechat
    assert first.has_simulator
    assert (first.wechat_token, first.wechat_encoding_aes_key) == (second.wechat_token, second.wechat_encoding_aes_key)
    assert len(first.wechat_encoding_aes_key or "") == 43
