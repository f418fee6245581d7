"""Taking subdistricts and communities over: their codes say where in the tree they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casework.roster_rows import RowRefused
from models import Region
from models.region import RegionLevel
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

_CODE = re.compile(r"[1-9][0-9]{5}|[1-9][0-9]{8}|[1-9][0-9]{11}")
_NAME_CHARACTERS = 64


@dataclass(frozen=True)
class RegionRow:
    """One region of a list."""

    code: str
    level: RegionLevel
    name: str
    parent_code: str | None
    telephone: str | None


def read_region(cells: Mapping[str, str]) -> RegionRow:
    """Read one line with `code`, `name` and perhaps `telephone`; raise RowRefused.

    A code of 6 digits that ends in 00 is a city, another of 6 a district, of 9 a subdistrict, of 12 a community.
    """
    code = cells.get("code", "").strip().removeprefix("'").removesuffix(".0")
    name = cells.get("name", "").strip()
    reasons = []
    if not _CODE.fullmatch(code):
        reasons.append("region_code_form")
    if not 0 < len(name) <= _NAME_CHARACTERS:
        reasons.append("region_name_missing")
    if reasons:
        raise RowRefused(reasons)
    level, parent = _place_of(code)
    return RegionRow(code, level, name, parent, cells.get("telephone", "").strip().removeprefix("'") or None)


def take_over_region(session: Session, row: RegionRow) -> str:
    """Write one region; return "added", "updated" or "unchanged". Raises RowRefused when its parent is not known."""
    if row.parent_code is not None and session.get(Region, row.parent_code) is None:
        raise RowRefused(["region_parent_unknown"])
    region = session.get(Region, row.code)
    if region is None:
        session.add(
            Region(code=row.code, level=row.level, name=row.name, parent_code=row.parent_code, telephone=row.telephone)
        )
        session.flush()
        return "added"
    telephone = row.telephone or region.telephone
    if (region.name, region.telephone) == (row.name, telephone):
        return "unchanged"
    region.name, region.telephone = row.name, telephone
    return "updated"


def _place_of(code: str) -> tuple[RegionLevel, str | None]:
    match len(code):
        case 12:
            return RegionLevel.COMMUNITY, code[:9]
        case 9:
            return RegionLevel.SUBDISTRICT, code[:6]
        case _ if code.endswith("00"):
            return RegionLevel.CITY, None
        case _:
            return RegionLevel.DISTRICT, f"{code[:4]}00"


def find_community(session: Session, code: str | None) -> Region:
    """Return a community; raise Refusal `community_unknown` for any other code."""
    region = None if code is None else session.get(Region, code)
    if region is None or region.level is not RegionLevel.COMMUNITY:
        raise Refusal("community_unknown", field="community")
    return region
