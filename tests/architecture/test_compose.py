"""The containers' file says what it means: it is read as strictly as Docker reads it."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml

from tests.architecture.source import ROOT


class _Strict(yaml.SafeLoader):
    """Refuses a key that a mapping has twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - yaml's
        keys = [key.value for key, _value in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.YAMLError(f"{twice} twice at {node.start_mark}")
        return super().construct_mapping(node, deep)


def read(text: str) -> dict[str, Any]:
    return dict(yaml.load(text, _Strict))  # noqa: S506 - built on the safe loader


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return read((ROOT / "deploy" / "compose.yaml").read_text())


def test_a_key_that_is_there_twice_is_refused() -> None:
    with pytest.raises(yaml.YAMLError, match="twice"):
        read("services: {web: {restart: always, restart: never}}")


def test_it_names_nothing_that_it_does_not_have(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        assert set(service.get("depends_on", [])) <= set(compose["services"]), name
        named = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert {one for one in named if not one.startswith(".")} <= set(compose["volumes"]), name


def test_no_service_lives_in_the_network_of_another(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "network_mode" in service] == []


def test_a_database_that_is_only_being_made_is_not_healthy(compose: dict[str, Any]) -> None:
    # the upgrade waits for its health, is not started again, and everything waits for the upgrade
    test = compose["services"]["database"]["healthcheck"]["test"]
    assert test[test.index("-h") + 1] == "127.0.0.1"
    assert compose["services"]["upgrade"]["restart"] == "no"


def test_the_proxy_asks_the_web_server(compose: dict[str, Any]) -> None:
    shell, option, script = compose["services"]["proxy"]["command"]
    assert (shell, option) == ("sh", "-c")
    replacing = script.partition("/etc/nginx/pension.conf")[0]
    configured = (ROOT / "deploy" / "nginx.conf").read_text()
    made = subprocess.run(["sh", "-c", replacing], input=configured, capture_output=True, check=True, text=True).stdout
    assert "server web:8000 resolve max_fails" in made
    assert "127.0.0.1:8000" not in made


def test_the_weights_of_policy_answers_are_trained_before_anybody_asks(compose: dict[str, Any]) -> None:
    assert "flask policy train --if-stale" in " ".join(compose["services"]["upgrade"]["command"])
    waits = [name for name, service in compose["services"].items() if "upgrade" in service.get("depends_on", [])]
    assert {"web", "worker", "beat"} <= set(waits)


def test_what_timers_do_elsewhere_is_done(compose: dict[str, Any]) -> None:
    nightly = " ".join(compose["services"]["nightly"]["command"])
    for unit in ("pension-doctor", "pension-backup"):
        for line in (ROOT / "deploy" / "systemd" / f"{unit}.service").read_text().splitlines():
            for act in ("flask doctor --mend", "flask audit verify", "deploy/backup take"):
                assert act not in line or act in nightly, unit
    assert "deploy/backup take" in nightly
    assert "deploy/backup forget" in nightly


def test_who_serves_does_not_own_the_audit(compose: dict[str, Any]) -> None:
    database, upgrade = compose["services"]["database"], compose["services"]["upgrade"]
    owner = database["environment"]["POSTGRES_USER"]
    made = re.findall(r"CREATE ROLE (\w+) LOGIN PASSWORD", (ROOT / "deploy" / "create_service_role.sh").read_text())
    assert len(made) == 1
    assert made[0] != owner
    assert any(one.startswith("./create_service_role.sh:/docker-entrypoint-initdb.d/") for one in database["volumes"])
    assert f"flask database protect {made[0]}" in " ".join(upgrade["command"])
    knows_owner = [name for name, one in compose["services"].items() if "owner_url" in one.get("secrets", [])]
    assert knows_owner == ["upgrade"]
