"""How people are found although their names and addresses are encrypted: keyed digests of names, initials, parts."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from models.retiree import ADDRESS_PURPOSE, INITIALS_PURPOSE, NAME_PURPOSE
from policy.reading.sounds import syllable

if TYPE_CHECKING:
    from models.vault import Vault

# Everybody in the city shares these: they find nobody. An estate (小区, 社区) is a place of its own.
_SHARED = re.compile(r"^(?:[^省]{2,8}省)?(?:[^市]{2,8}市)?(?:[^区县小社]{1,8}[区县])?")
# The parts of a Chinese address end in one of these.
_PART = re.compile(
    r".+?(?:街道|大道|小区|社区|单元|公寓|[镇乡路街巷弄村组号栋幢座楼室层院苑园里城](?!街道|大道|小区|社区))|.+$"
)
_SIXTY_FOUR_BITS = 16
# Where a character begins with another letter in a surname, or in a given name, than in its first reading.
_IN_SURNAMES = dict(zip("单解仇区曾翟覃乐尉种", "sxqozzqyyc", strict=True))
_IN_GIVEN_NAMES = {"长": "c", "重": "c"}


def name_index(name: str, vault: Vault) -> str:
    """Return the digest of a whole name."""
    return vault.blind_index(_fold(name), NAME_PURPOSE)


def name_indexes(name: str, vault: Vault) -> list[str]:
    """Return every digest under which a whole name may stand."""
    return vault.blind_indexes(_fold(name), NAME_PURPOSE)


def initials_of(name: str) -> str:
    """Return the first letters of a name in pinyin: 李桂香 is lgx."""
    whole = _fold(name)
    letters = [_IN_SURNAMES.get(one) or syllable(one) for one in whole[:1]]
    letters += [_IN_GIVEN_NAMES.get(one) or syllable(one) for one in whole[1:]]
    return "".join(letter[0] for letter in letters if letter is not None)


def initials_index(initials: str, vault: Vault) -> str:
    """Return the digest of initials as typed."""
    return vault.blind_index(_fold(initials).lower(), INITIALS_PURPOSE)


def initials_indexes(initials: str, vault: Vault) -> list[str]:
    """Return every digest under which initials as typed may stand."""
    return vault.blind_indexes(_fold(initials).lower(), INITIALS_PURPOSE)


def parts_of(address: str) -> frozenset[str]:
    """Return the parts of an address by which it can be found: roads, houses, buildings."""
    return frozenset(_PART.findall(_SHARED.sub("", _fold(address))))


def address_tokens(address: str, vault: Vault) -> frozenset[int]:
    """Return the digests of the parts of an address: 64 bits, signed."""
    return frozenset(_token(vault.blind_index(part, ADDRESS_PURPOSE)) for part in parts_of(address))


def address_token_sets(address: str, vault: Vault) -> list[frozenset[int]]:
    """Return the digests of the parts of an address by each key by which a person's address may stand."""
    by_part = [vault.blind_indexes(part, ADDRESS_PURPOSE) for part in parts_of(address)]
    return [frozenset(map(_token, of_one_key)) for of_one_key in zip(*by_part, strict=True)]


def _token(index: str) -> int:
    digest = int(index[:_SIXTY_FOUR_BITS], 16)
    return digest - (1 << 64) if digest >> 63 else digest


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
