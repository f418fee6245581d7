from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import LargeBinary, event, select, text, type_coerce

from app import create_app
from casework.accounts import find_or_open
from casework.audit_chain import seal_entries
from casework.audit_check import check_audit
from casework.key_rotation import count_left, finish, rotate, sealed_tables
from casework.logins import find_by_token, issue_token
from casework.namesakes import name_birthday_tokens
from casework.people import people_meant
from casework.roster import find_by_id_number, take_over
from casework.roster_rows import RosterRow
from casework.search_index import initials_index, initials_of, name_index
from certification.evidence import name_picture, open_picture, store_picture
from clock import local_date
from models import Account, AddressToken, EvidenceImage, EvidenceWaste, NameBirthday, Retiree
from models.account import AccountKind
from models.audit import Actor, ActorKind, record
from models.evidence import EvidencePurpose
from models.retired_key import recall_retired
from models.retiree import ID_NUMBER_PURPOSE, PHONE_PURPOSE
from models.session import Transactions
from models.suites import Suite
from models.types import install_vault
from models.vault import CannotOpen, DataKey, Vault
from models.vault_check import is_key_of, remember_key
from policy import identity_number
from tests.audit import anchors_of
from tests.conftest import DATA_KEY
from tests.factories.retirees import make_id_number, make_retiree
from tests.fakes.evidence import EvidenceInMemory
from tests.office import RULES
from words.protection import KEYS

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from settings import Settings

OLD, NEW = DataKey(bytes(range(32))), DataKey(bytes(range(1, 33)))
WHO = Actor(ActorKind.COMMAND, "operator")
NUMBER = make_id_number(birthday=date(1941, 1, 9), serial=111)
PICTURE = b"a picture of somebody invented"
ADDRESS = "开福区某某路8号"


@pytest.fixture(autouse=True)
def _vault_of_the_other_tests(vault: Vault) -> Iterator[None]:
    yield
    install_vault(vault)


def _use(vault: Vault) -> Vault:
    install_vault(vault)
    return vault


@pytest.fixture
def database(own_engine: Engine) -> Transactions:
    return Transactions(own_engine)


def _begin(transactions: Transactions, store: EvidenceInMemory, now: datetime) -> tuple[uuid.UUID, str]:
    """Let somebody be there, by the old key: known to WeChat, logged in, with a picture and an audit."""
    old = _use(Vault(OLD))
    with transactions() as session:
        remember_key(session, old)
        person = make_retiree(session, name="钱换钥", id_number=NUMBER, phone="13900000009")
        person.address = ADDRESS
        person.name_index = name_index(person.name, old)
        person.initials_index = initials_index(initials_of(person.name), old)
        account = find_or_open(session, AccountKind.WECHAT, "openid of somebody", vault=old, now=now, union_id="union")
        find_or_open(session, AccountKind.DEVELOPMENT, "somebody", vault=old, now=now)
        token, _until = issue_token(session, account, "openid of somebody", minutes=9, vault=old, now=now)
        name_picture(
            session,
            store_picture(PICTURE, store=store, vault=old),
            retiree_id=person.id,
            purpose=EvidencePurpose.REFERENCE,
            attempt_id=None,
            destroy_on=None,
            now=now,
        )
        for number in range(20):
            make_retiree(session, name=f"某{number}")
        record(session, WHO, "retiree.show", person, now=now)
        seal_entries(session, vault=old, now=now)
        return person.id, token


def _rotate(transactions: Transactions, store: EvidenceInMemory, vault: Vault, now: datetime) -> dict[str, int]:
    done: dict[str, int] = {}
    for step in rotate(transactions, store, vault=vault, now=now):
        done[step.name] = done.get(step.name, 0) + step.done
    with transactions() as session:
        assert finish(session, vault=vault, actor=WHO, now=now)
    return done


@pytest.mark.parametrize("new", [NEW, DataKey(NEW.secret, Suite.SM4_GCM), DataKey(OLD.secret, Suite.SM4_GCM)])
def test_everything_is_sealed_anew_and_found_before_meanwhile_and_after(
    database: Transactions, now: datetime, new: DataKey
) -> None:
    store = EvidenceInMemory()
    person_id, token = _begin(database, store, now)
    # both keys are at hand, nothing is sealed anew yet
    both = _use(Vault(new, [OLD]))
    _everything_is_found(database, store, both, person_id, token, now)
    done = _rotate(database, store, both, now)
    assert done["retirees"] == 21
    assert done["pictures"] == 1
    _everything_is_found(database, store, both, person_id, token, now)
    # the old key is gone for good
    alone = _use(Vault(new))
    with database() as session:
        assert is_key_of(session, alone)
        assert not is_key_of(session, Vault(OLD))
        recall_retired(session, alone)
        for table, columns in sealed_tables().items():
            for column in columns:
                raw = session.scalars(select(type_coerce(column, LargeBinary)).where(column.is_not(None))).all()
                assert all(bytes(value).startswith(alone.head) for value in raw), table.name
        person = session.get_one(Retiree, person_id)
        assert person.phone_index == alone.blind_index("13900000009", PHONE_PURPOSE)
        assert session.scalars(select(EvidenceWaste)).all() == []
    assert all(sealed.startswith(alone.head) for sealed in store.pictures.values())
    assert len(store.pictures) == 1
    _everything_is_found(database, store, alone, person_id, token, now)
    proof = check_audit(database, anchors_of(database), vault=alone, now=now)
    assert proof.faults == []
    assert proof.rows == 2


def _everything_is_found(
    transactions: Transactions,
    store: EvidenceInMemory,
    vault: Vault,
    person_id: uuid.UUID,
    token: str,
    now: datetime,
) -> None:
    with transactions() as session:
        person = find_by_id_number(session, NUMBER, vault=vault)
        assert person is not None
        assert (person.id, person.name, person.address) == (person_id, "钱换钥", ADDRESS)
        for typed in (NUMBER, "13900000009", "钱换钥", "qhy"):
            assert _found(session, typed, vault) == [person_id], typed
        accounts = session.scalars(select(Account.id)).all()
        known = find_or_open(session, AccountKind.WECHAT, "openid of somebody", vault=vault, now=now, union_id="union")
        assert known.openid == "openid of somebody"
        find_or_open(session, AccountKind.DEVELOPMENT, "somebody", vault=vault, now=now)
        assert session.scalars(select(Account.id)).all() == accounts, "nobody is taken for somebody new"
        assert find_by_token(session, token, vault=vault, now=now) is not None
        image = session.scalars(select(EvidenceImage)).one()
        assert open_picture(image, store=store, vault=vault) == PICTURE


def _found(session: Session, typed: str, vault: Vault) -> list[uuid.UUID]:
    return [person.id for query in people_meant(typed, vault) for person in session.scalars(query)]


def test_addresses_are_found_afterwards(database: Transactions, now: datetime) -> None:
    store = EvidenceInMemory()
    person_id, _token = _begin(database, store, now)
    both = _use(Vault(NEW, [OLD]))
    _rotate(database, store, both, now)
    with database() as session:
        assert _found(session, "某某路8号", _use(Vault(NEW))) == [person_id]
        assert session.scalars(select(AddressToken.retiree_id)).all() == [person_id] * 2
        birthday = identity_number.read(NUMBER, today=local_date(now)).birthday
        named = select(NameBirthday.token).where(NameBirthday.retiree_id == person_id)
        assert session.scalars(named).all() == name_birthday_tokens("钱换钥", birthday, Vault(NEW))


def test_a_rotation_cut_short_goes_on(database: Transactions, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casework.key_rotation.ROWS", 5)
    store = EvidenceInMemory()
    _begin(database, store, now)
    both = _use(Vault(NEW, [OLD]))
    with database() as session:
        before = count_left(session, both)
    steps = rotate(database, store, vault=both, now=now)
    cut = [next(steps) for _ in range(3)]
    del steps
    with database() as session:
        assert sum(count_left(session, both).values()) == sum(before.values()) - sum(step.done for step in cut)
        assert not finish(session, vault=both, actor=WHO, now=now), "not before everything is done"
        assert is_key_of(session, Vault(OLD))
    done = _rotate(database, store, both, now)
    assert sum(done.values()) + sum(step.done for step in cut) == sum(before.values())


def test_a_process_that_dies_over_a_picture_leaves_it_readable(database: Transactions, now: datetime) -> None:
    class StoreThatDies(EvidenceInMemory):
        is_dying = False

        def put(self, key: str, sealed: bytes) -> None:
            super().put(key, sealed)
            if self.is_dying:
                raise KeyboardInterrupt

    store = StoreThatDies()
    _begin(database, store, now)
    both = _use(Vault(NEW, [OLD]))
    store.is_dying = True
    with pytest.raises(KeyboardInterrupt):
        list(rotate(database, store, vault=both, now=now))
    store.is_dying = False
    with database() as session:
        image = session.scalars(select(EvidenceImage)).one()
        assert open_picture(image, store=store, vault=both) == PICTURE
    _rotate(database, store, both, now)
    with database() as session:
        image = session.scalars(select(EvidenceImage)).one()
        assert open_picture(image, store=store, vault=_use(Vault(NEW))) == PICTURE


@pytest.mark.parametrize("own_engine", ["postgresql"], indirect=True)
def test_what_somebody_writes_meanwhile_is_not_lost(own_engine: Engine, now: datetime) -> None:
    transactions, store = Transactions(own_engine), EvidenceInMemory()
    person_id, _token = _begin(transactions, store, now)
    both = _use(Vault(NEW, [OLD]))
    is_held, go_on = Event(), Event()

    def write() -> None:
        with transactions() as session:
            person = session.get_one(Retiree, person_id, with_for_update=True)
            person.phone = "13900000099"
            session.flush()
            is_held.set()
            go_on.wait(10)

    writer = Thread(target=write)
    writer.start()
    is_held.wait(10)
    steps = rotate(transactions, store, vault=both, now=now)
    done = 0
    for step in steps:
        done += step.done
        go_on.set()
    writer.join()
    assert done >= 22
    for _step in rotate(transactions, store, vault=both, now=now):
        pass
    with transactions() as session:
        person = session.get_one(Retiree, person_id)
        assert (person.phone, person.name) == ("13900000099", "钱换钥")


@pytest.mark.parametrize("own_engine", ["postgresql"], indirect=True)
def test_the_command_does_not_say_that_all_is_done_while_somebody_holds_a_row(
    own_engine: Engine, settings: Settings, now: datetime
) -> None:
    transactions = Transactions(own_engine)
    person_id, _token = _begin(transactions, EvidenceInMemory(), now)
    with transactions() as session:
        session.execute(text("DELETE FROM evidence_images"))
    new = replace(settings, data_key="AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=", data_key_previous=DATA_KEY)
    run = create_app(new, database=own_engine).test_cli_runner().invoke
    with transactions() as session:
        session.get_one(Retiree, person_id, with_for_update=True)
        told = run(args=["keys", "rotate"]).output
    assert KEYS["unfinished"] in told
    assert KEYS["finished"] not in told
    assert "换好了" not in told
    assert KEYS["finished"] in run(args=["keys", "rotate"]).output


@pytest.mark.parametrize("own_engine", ["postgresql"], indirect=True)
def test_a_roster_goes_in_beside_it(own_engine: Engine, now: datetime) -> None:
    transactions, store = Transactions(own_engine), EvidenceInMemory()
    _begin(transactions, store, now)
    both = _use(Vault(NEW, [OLD]))
    rotations: list[Future[int]] = []

    def rotate_beside(*told: object) -> None:
        if not rotations and str(told[2]).startswith("DELETE FROM name_birthdays"):
            steps = rotate(transactions, store, vault=both, now=now)
            rotations.append(threads.submit(lambda: sum(step.done for step in steps)))
            wait(rotations, timeout=1)

    identity = identity_number.read(NUMBER, today=local_date(now))
    row = RosterRow(identity, "钱改名", "13900000009", "开福区别的路9号", None, "430105", None, None)
    with ThreadPoolExecutor(1) as threads:
        with transactions() as session:
            event.listen(session.connection(), "after_cursor_execute", rotate_beside)
            assert take_over(session, [row], clock=RULES.clock, vault=both, actor=WHO, now=now).updated == 1
        assert rotations[0].result(timeout=30) > 0
    _rotate(transactions, store, both, now)
    with transactions() as session:
        person = session.scalars(
            select(Retiree).where(Retiree.id_number_index == both.blind_index(NUMBER, ID_NUMBER_PURPOSE))
        ).one()
        assert (person.name, person.address) == ("钱改名", row.address)
        held = set(session.scalars(select(NameBirthday.token).where(NameBirthday.retiree_id == person.id)))
        assert held == {name_birthday_tokens(person.name, identity.birthday, both)[0]}


def test_without_the_earlier_key_nothing_is_begun(database: Transactions, now: datetime) -> None:
    store = EvidenceInMemory()
    _begin(database, store, now)
    with pytest.raises(CannotOpen):
        list(rotate(database, store, vault=_use(Vault(NEW)), now=now))


def test_the_command_shows_its_progress_and_the_old_key_is_refused_afterwards(
    own_engine: Engine, settings: Settings, now: datetime
) -> None:
    _begin(Transactions(own_engine), EvidenceInMemory(), now)
    new = replace(settings, data_key="AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=", data_key_previous=DATA_KEY)
    with Transactions(own_engine)() as session:
        session.execute(text("DELETE FROM evidence_images"))
    run = create_app(new, database=own_engine).test_cli_runner().invoke
    status = json.loads(run(args=["keys", "status", "--json"]).output)
    assert (status["finished"], status["left"]["retirees"]) == (False, 21)
    # it may be killed just before it lets the earlier key go, which the database takes alone until then
    for _step in rotate(Transactions(own_engine), EvidenceInMemory(), vault=new.open_vault(), now=now):
        pass
    status = json.loads(run(args=["keys", "status", "--json"]).output)
    assert (status["finished"], sum(status["left"].values())) == (False, 0)
    assert "flask keys rotate" in run(args=["keys", "status"]).output
    rotated = run(args=["keys", "rotate", "--json"])
    assert json.loads(rotated.stdout)["finished"] is True
    assert json.loads(run(args=["keys", "status", "--json"]).output)["finished"] is True
    create_app(replace(new, data_key_previous=None), database=own_engine)
    with pytest.raises(SystemExit, match="DATA_KEY"):
        create_app(settings, database=own_engine)
