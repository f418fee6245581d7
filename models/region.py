"""The tree of regions: city, district, subdistrict, community."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class RegionLevel(StrEnum):
    """The four levels of Art. 5 and 7."""

    CITY = "city"
    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    COMMUNITY = "community"


class Region(Base):
    """One region (市, 区县(市), 街道(乡镇), 社区), named by its code of the national statistics: 6, 9 or 12 digits."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    level: Mapped[RegionLevel]
    name: Mapped[str] = mapped_column(String(64))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    telephone: Mapped[str | None] = mapped_column(String(32), comment="the office's own, shown to the public")
