"""Figures of regions, counted from time to time: a city's two million people are not counted for each page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class RegionFigure(Base):
    """One number of one owner (a community, or an agency for those who live elsewhere) for one year.

    Larger regions are sums. name: what is counted. bucket: its part, such as a channel or an age group; "" for all.
    """

    __tablename__ = "region_figures"
    __table_args__ = (Index("ix_region_figures_year_name_code", "year", "name", "code"),)

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    bucket: Mapped[str] = mapped_column(String(48), primary_key=True)
    value: Mapped[int]


class FigureCount(Base):
    """When the figures of a year were last counted, and who is counting now."""

    __tablename__ = "figure_counts"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    counted_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
