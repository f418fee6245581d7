"""What a line of a roster must look like: pure, from cells to a person or to every reason why not."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from models.region import RegionLevel
from policy import identity_number
from policy.identity_number import IdentityNumber, NotAnIdentityNumber
from policy.rules import EARLIEST_PENSION_AGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.retiree import InsuredKind

FIELDS = (
    "id_number",
    "name",
    "phone",
    "address",
    "community_code",
    "agency_code",
    "insured_kind",
    "entitled_from",
    "group_name",
    "latitude",
    "longitude",
)
NAME_CHARACTERS = 50
ADDRESS_CHARACTERS = 200
GROUP_CHARACTERS = 32

_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}[0-9]{7,8}")
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})?日?(?:[ T]00:00:00)?")
_EARLIEST_YEAR = 1950
_SOUTH, _NORTH, _WEST, _EAST = 3, 54, 73, 136  # degrees between which China lies
_LOST_CHARACTER = "\ufffd"  # what decoding leaves where it could not read


@dataclass(frozen=True)
class RosterRow:
    """One person of a roster. None stands for an empty cell, which leaves what is known already.

    warnings: codes of what was odd, yet let in.
    """

    identity: IdentityNumber
    name: str
    phone: str | None
    address: str | None
    community_code: str | None
    agency_code: str
    insured_kind: InsuredKind | None
    entitled_from: date | None
    group_name: str | None = None
    position: str | None = None
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "RosterRow()"


class RowRefused(Exception):
    """A line cannot go in; `reasons` are the codes of everything that is wrong with it."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = tuple(reasons)


def read_row(
    cells: Mapping[str, str],
    *,
    regions: Mapping[str, RegionLevel],
    kinds: Mapping[str, InsuredKind],
    today: date,
) -> RosterRow:
    """Read one line; raise RowRefused with every reason.

    cells: texts by the names in FIELDS, missing ones empty. regions: every known code and its level. kinds: what the
    roster may write for an insured kind.
    """
    reader = _RowReader(cells, regions)
    identity = reader.identity(today)
    name = reader.name()
    phone = reader.phone()
    community, agency = reader.regions_of()
    kind = reader.kind(kinds)
    entitled_from = reader.entitled_from()
    address = reader.text("address") or None
    if address is not None and len(address) > ADDRESS_CHARACTERS:
        reader.reasons.append("address_too_long")
    group = reader.text("group_name")[:GROUP_CHARACTERS] or None
    position = reader.position()
    if any(_LOST_CHARACTER in cell for cell in cells.values()):
        reader.reasons.append("character_lost")
    if reader.reasons or identity is None:
        raise RowRefused(reader.reasons)
    warnings = []
    if identity.age_on(today) < EARLIEST_PENSION_AGE:
        warnings.append("under_pension_age")
    return RosterRow(
        identity, name, phone, address, community, agency, kind, entitled_from, group, position, tuple(warnings)
    )


def is_phone(text: str) -> bool:
    """Say whether a text is a telephone number of China: a mobile one, or a landline with its area."""
    return _PHONE.fullmatch(text) is not None


class _RowReader:
    """Reads the cells of one line and gathers what is wrong in `reasons`."""

    def __init__(self, cells: Mapping[str, str], regions: Mapping[str, RegionLevel]) -> None:
        self._cells = cells
        self._regions = regions
        self.reasons: list[str] = []

    def text(self, field: str) -> str:
        # an apostrophe before a number is how spreadsheets are made to keep it as text
        return self._cells.get(field, "").strip().removeprefix("'").strip()

    def identity(self, today: date) -> IdentityNumber | None:
        try:
            return identity_number.read(self.text("id_number"), today=today)
        except NotAnIdentityNumber as refused:
            self.reasons.append(refused.flaw.value)
            return None

    def name(self) -> str:
        name = "".join(self.text("name").split())
        if not name:
            self.reasons.append("name_missing")
        elif len(name) > NAME_CHARACTERS:
            self.reasons.append("name_too_long")
        elif not all(_can_stand_in_a_name(character) for character in name):
            self.reasons.append("name_unreadable")
        return name

    def phone(self) -> str | None:
        phone = re.sub(r"[\s()（）-]", "", self.text("phone")).removeprefix("+86").removesuffix(".0")
        if phone and not is_phone(phone):
            self.reasons.append("phone_form")
        return phone or None

    def regions_of(self) -> tuple[str | None, str]:
        """Return the community's code, if one is given, and the agency's; the latter may follow from the former."""
        community, agency = (self.text(field).removesuffix(".0") for field in ("community_code", "agency_code"))
        if community and self._regions.get(community) is not RegionLevel.COMMUNITY:
            self.reasons.append("community_unknown")
        elif community and not agency:
            agency = community[:6]
        if not agency:
            self.reasons.append("agency_missing")
        elif self._regions.get(agency) not in {RegionLevel.DISTRICT, RegionLevel.CITY}:
            self.reasons.append("agency_unknown")
        return community or None, agency

    def kind(self, kinds: Mapping[str, InsuredKind]) -> InsuredKind | None:
        text = self.text("insured_kind")
        if text and text not in kinds:
            self.reasons.append("insured_kind_unknown")
        return kinds.get(text)

    def position(self) -> str | None:
        """Return where the home is, as `latitude,longitude` in degrees; a place outside China is a slip."""
        texts = self.text("latitude"), self.text("longitude")
        if not any(texts):
            return None
        try:
            latitude, longitude = map(float, texts)
        except ValueError:
            latitude = longitude = math.nan
        if not (_SOUTH <= latitude <= _NORTH and _WEST <= longitude <= _EAST):
            self.reasons.append("position_form")
            return None
        return f"{latitude:.6f},{longitude:.6f}"

    def entitled_from(self) -> date | None:
        text = self.text("entitled_from").removesuffix(".0")
        if not text:
            return None
        found = _DAY.fullmatch(text)
        try:
            day = date(int(found[1]), int(found[2]), int(found[3] or 1)) if found else None
        except ValueError:
            day = None
        if day is None or day.year < _EARLIEST_YEAR:
            self.reasons.append("entitled_from_form")
        return day


def _can_stand_in_a_name(character: str) -> bool:
    """Letters of any script and the dots inside names; no digits, no characters of private use (a lost rare one)."""
    return unicodedata.category(character)[0] in "LM" or character in "·•・.-'’()（）"
