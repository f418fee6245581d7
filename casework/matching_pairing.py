"""Pairing the rows of a chunk with people: by identity number, otherwise by name and birthday for staff alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.matching_decisions import KnownPerson, NewSign, kept_by
from casework.matching_people import find_by_numbers
from casework.namesakes import find_namesakes, name_birthday_tokens
from casework.search_index import name_indexes
from models.matching import MatchedBy, SignKind
from models.retiree import ID_NUMBER_PURPOSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from casework.matching_decisions import KeptBy
    from casework.matching_rows import SignRow
    from models.vault import Vault


class Pairing:
    """The people of a chunk by the digits of their ids, and of each person what is kept apart, as said last.

    paired, superseded: the lines that mean somebody, and those of them than which another line says more.
    """

    def __init__(self) -> None:
        self.people: dict[str, KnownPerson] = {}
        self.signs: dict[tuple[str, KeptBy], NewSign] = {}
        self.paired: set[int] = set()
        self.superseded: set[int] = set()

    def add(self, digits: str, person: KnownPerson, sign: NewSign) -> None:
        """Keep a sign, if it says more than what the chunk says of this person already."""
        self.people.setdefault(digits, person)
        self.paired.add(sign.line)
        key = (digits, kept_by(sign.kind, sign.happened_on))
        other = self.signs.get(key)
        if other is None:
            self.signs[key] = sign
        elif _says_more(sign, other):
            self.signs[key] = sign
            self.superseded.add(other.line)
        else:
            self.superseded.add(sign.line)


def digest_numbers(rows: Sequence[tuple[int, SignRow]], vault: Vault) -> dict[str, list[str]]:
    """Return by identity number the digests, by each key, under which its owner may be found."""
    return {row.id_number: vault.blind_indexes(row.id_number, ID_NUMBER_PURPOSE) for _, row in rows if row.id_number}


def pair(
    session: Session, rows: Sequence[tuple[int, SignRow]], indexes: Mapping[str, list[str]], vault: Vault
) -> Pairing:
    """Return whom the rows mean. Evidence of life with a whole identity number is of that number's owner alone."""
    pairing = Pairing()
    found = find_by_numbers(session, [index for of_one in indexes.values() for index in of_one])
    names: dict[str, tuple[str, ...]] = {"": ()}
    unpaired = []
    for line, row in rows:
        for index in indexes.get(row.id_number or "", ()):
            if index in found:
                digits, person = found[index]
                break
        else:
            unpaired.append((line, row))
            continue
        if row.name not in names:
            names[row.name] = tuple(name_indexes(row.name, vault))
        sign = NewSign(row.kind, row.happened_on, line, MatchedBy.ID_NUMBER, names[row.name], row.is_day_exact)
        pairing.add(digits, person, sign)
    _pair_by_name(session, pairing, unpaired, vault)
    return pairing


def _pair_by_name(session: Session, pairing: Pairing, rows: Sequence[tuple[int, SignRow]], vault: Vault) -> None:
    tokens = [
        (line, row, name_birthday_tokens(row.name, row.birthday, vault))
        for line, row in rows
        if row.name and row.birthday and (row.id_number is None or row.kind is not SignKind.LIFE)
    ]
    namesakes = find_namesakes(session, {token for _, _, of_one in tokens for token in of_one})
    for line, row, of_one in tokens:
        sign = NewSign(row.kind, row.happened_on, line, MatchedBy.NAME_AND_BIRTHDAY, ())
        for digits in {digits for token in of_one for digits in namesakes.get(token, ())}:
            pairing.add(digits, KnownPerson(), sign)


def _says_more(sign: NewSign, other: NewSign) -> bool:
    """Say whether a sign is found by a better way than another, or as good a way and newer, or its day surer."""
    is_number, was_number = (one.matched_by is MatchedBy.ID_NUMBER for one in (sign, other))
    return (is_number, sign.happened_on, sign.is_day_exact) > (was_number, other.happened_on, other.is_day_exact)
