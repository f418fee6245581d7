"""Invented people and places of a demonstration: the same seed always invents the same ones, in the same order."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from casework.regions import RegionRow
from casework.roster_rows import RosterRow
from models.region import RegionLevel
from models.retiree import InsuredKind
from policy import identity_number
from policy.rules import PENSION_AGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.identity_number import IdentityNumber

CITY = "430100"
DISTRICTS = ("430102", "430103", "430104", "430105", "430111", "430112", "430121", "430181", "430182")
PEOPLE_A_COMMUNITY = 1300
SUBDISTRICTS_A_DISTRICT = 4
# A run of people draws from a chance of its own, so that several processes invent the same people as one.
RUN = 1000
# Of so many first people every fourth lives near the first demonstration face, whose community has a login: it is to
# see more than one of a small demonstration's people.
_NEIGHBOURS_AMONG, _NEIGHBOUR_EVERY = 200, 4
FIRST_KEY = "astronaut"
TELEPHONE = "0731-00000000"

_FAMILY_NAMES = (
    "王李张刘陈杨黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁"
    "邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖"
)
_GIVEN_NAMES = (
    "秀英桂兰玉珍凤淑梅华丽云芳金莲建国志明德福光荣文清长春永康正"
    "平立新忠海宏伟祥顺和安全生根水木林树青松柏石山河江湖月星辰𠮷䶮"
)
_PLACE_NAMES = (
    "青松翠柏银杏桂花玉兰梧桐金桥石榴樟树杨柳云溪清泉白沙红枫蓝湖古井新港东塘西湖南山北岭春华秋实丰收和谐安康幸福"
)

_FIRST_BIRTHDAY = date(1925, 1, 1)
_BIRTHDAYS = (date(1974, 12, 31) - _FIRST_BIRTHDAY).days
_SERIALS = 998
_SERIAL_OF_PHOTOGRAPHED = 999
_NUMBERS = len(DISTRICTS) * _BIRTHDAYS * _SERIALS
# A prime beyond every factor of _NUMBERS: multiples of it visit each number once before any comes again.
_STRIDE = 1_000_003
_REFERENCE_DAY = date(2025, 1, 1)
_LATITUDE, _LONGITUDE = 28.2, 112.98
# Degrees: how far the communities lie from the middle of the city, a house from its community's middle.
_CITY_REACH, _COMMUNITY_REACH = 0.14, 0.004
_ROADS, _NUMBERS_A_ROAD, _BUILDINGS, _FLOORS, _DOORS, _GROUPS = 3, 120, 9, 11, 4, 6
_ROAD_ENDS = "路街巷"


def invent_places(retirees: int) -> tuple[RegionRow, ...]:
    """Return subdistricts and communities for so many people, parents first.

    Their codes use numbers that the real ones leave free.
    """
    regions: list[RegionRow] = []
    for district in DISTRICTS:
        for one in range(1, SUBDISTRICTS_A_DISTRICT + 1):
            subdistrict = f"{district}9{one:02d}"
            name = f"{_place_name(subdistrict)}街道"
            regions.append(RegionRow(subdistrict, RegionLevel.SUBDISTRICT, name, district, TELEPHONE))
            for other in range(1, _first_community(max(retirees - 1, 0)) + 2):
                code = f"{subdistrict}{other:03d}"
                name = f"{_place_name(code)}社区"
                regions.append(RegionRow(code, RegionLevel.COMMUNITY, name, subdistrict, TELEPHONE))
    return tuple(regions)


def invent_people(count: int, seed: int, first: int = 0) -> Iterator[RosterRow]:
    """Yield `count` people, no identity number twice; of a larger count the first ones are the same.

    first: how many are passed over, a multiple of RUN.
    """
    start = (seed * 7_919) % _NUMBERS
    near = home_of(FIRST_KEY)
    for place in range(first, first + count):
        if place % RUN == 0:
            random = Random(f"{seed}:{place}")  # noqa: S311 - invents people, keeps no secret
        rest, serial = divmod((start + place * _STRIDE) % _NUMBERS, _SERIALS)
        district, birthday = divmod(rest, _BIRTHDAYS)
        number = _identity(DISTRICTS[district], birthday, serial + 1)
        yield _person(number, near if is_neighbour(place) else None, _first_community(place), random)


def is_neighbour(place: int) -> bool:
    """Say whether the person at `place` lives in the community of the first demonstration face."""
    return place < _NEIGHBOURS_AMONG and place % _NEIGHBOUR_EVERY == 0


def invent_person(key: str, *, name: str, hint: str) -> RosterRow:
    """Return the person of a demonstration photograph; `key` names the photograph and always gives the same person.

    hint: stands as the address, so that a visitor sees whose photograph it is.
    """
    digest = zlib.crc32(key.encode())
    number = _identity(DISTRICTS[digest % len(DISTRICTS)], digest % _BIRTHDAYS, _SERIAL_OF_PHOTOGRAPHED)
    person = _person(number, home_of(key), 1, Random(digest))  # noqa: S311 - the same
    return replace(person, name=name, address=hint)


def home_of(key: str) -> str:
    """Return the community where the person of a demonstration photograph lives."""
    digest = zlib.crc32(key.encode())
    return f"{DISTRICTS[digest % len(DISTRICTS)]}9{digest % SUBDISTRICTS_A_DISTRICT + 1:02d}001"


def _identity(district: str, birthday: int, serial: int) -> IdentityNumber:
    first = f"{district}{_FIRST_BIRTHDAY + timedelta(days=birthday):%Y%m%d}{serial:03d}"
    return identity_number.read(first + identity_number.check_digit(first), today=_REFERENCE_DAY)


def _person(identity: IdentityNumber, community: str | None, first_community: int, random: Random) -> RosterRow:
    district = identity.text[:6]
    if community is None:
        subdistrict = f"{district}9{random.randrange(SUBDISTRICTS_A_DISTRICT) + 1:02d}"
        community = f"{subdistrict}{first_community + random.randrange(2):03d}"
    born = identity.birthday.year
    number, building = random.randrange(1, _NUMBERS_A_ROAD + 1), random.randrange(1, _BUILDINGS + 1)
    room = random.randrange(1, _FLOORS + 1) * 100 + random.randrange(1, _DOORS + 1)
    house = f"{_road_name(community, random.randrange(_ROADS))}{number}号{building}栋"
    return RosterRow(
        identity=identity,
        name=random.choice(_FAMILY_NAMES) + "".join(random.choices(_GIVEN_NAMES, k=random.choice((1, 2, 2, 2)))),
        # no network gives out numbers that begin so
        phone=f"1990000{random.randrange(10_000):04d}",
        address=f"{house}{room}室",
        community_code=community,
        agency_code=district,
        insured_kind=random.choice(tuple(InsuredKind)),
        entitled_from=date(min(born + PENSION_AGE, _REFERENCE_DAY.year - 1), random.randrange(1, 13), 1),
        group_name=f"第{building % _GROUPS + 1}组",
        position=_position(community, house),
    )


def _road_name(community: str, road: int) -> str:
    """Return one of the roads of a community; every road lies in one community or two."""
    key = f"{community}:{road}"
    return _place_name(key) + _place_name(f"{key}:") + _ROAD_ENDS[road]


def _position(community: str, house: str) -> str:
    """Return where a house stands: the houses of a community stand near each other."""
    latitude, longitude = _LATITUDE, _LONGITUDE
    for text, reach in ((community, _CITY_REACH), (f"{community}{house}", _COMMUNITY_REACH)):
        digest = zlib.crc32(text.encode())
        latitude += reach * ((digest & 0xFFFF) / 0x8000 - 1)
        longitude += reach * ((digest >> 16) / 0x8000 - 1)
    return f"{latitude:.6f},{longitude:.6f}"


def _first_community(place: int) -> int:
    """Return the first of the two communities of each subdistrict in which the person at `place` may live.

    Two are filled before the next two are begun, so that a larger demonstration moves nobody.
    """
    subdistricts = len(DISTRICTS) * SUBDISTRICTS_A_DISTRICT
    return 1 + 2 * (place // (2 * PEOPLE_A_COMMUNITY * subdistricts))


def _place_name(code: str) -> str:
    """Return two characters that always belong to `code`."""
    pairs = len(_PLACE_NAMES) // 2
    pair = zlib.crc32(code.encode()) % pairs
    return _PLACE_NAMES[2 * pair : 2 * pair + 2]
