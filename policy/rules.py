"""Rule sets: the numbers of the regulation as dated data, each with the article it stands in.

The operator chooses one; a record keeps the name of the one that decided it. A number that no text gives is a
setting, never a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

# The retirement ages of the State Council's rules of 1978 (国发〔1978〕104号): 60 for men, from 50 for women. Neither
# decides anything here: the first stands in for a missing date, below the second a roster's line earns a warning.
PENSION_AGE = 60
EARLIEST_PENSION_AGE = 50


class Clock(StrEnum):
    """How long a certification lasts."""

    CALENDAR_YEAR = "calendar_year"
    ROLLING_12 = "rolling_12"
    ROLLING_13 = "rolling_13"


@dataclass(frozen=True)
class Source:
    """Where a rule stands. `article` and `item` are numbers of the document, None where it has none."""

    document: str
    article: int | None = None
    item: int | None = None


# 社会保险经办条例 (国务院令第765号): whoever is no longer entitled, or their relatives, say so within 20 working days.
NATIONAL_REPORT_WORKING_DAYS = 20
NATIONAL_REPORT_FROM = date(2023, 12, 1)


@dataclass(frozen=True)
class RuleSet:
    """One body of rules under the name that settings and records know it by.

    document: the title or number people cite. in_force_from, in_force_to: first and last day, None where no end is
    stated. clock_source, force_source: where the clock and the dates stand. death_report_days: within so many days of a
    death relatives report it. national_report_days: working days for the same, by national rule.
    """

    name: str
    document: str
    in_force_from: date
    in_force_to: date | None
    clock: Clock
    clock_source: Source
    force_source: Source
    death_report_days: int
    death_report_source: Source
    # The national rule of 2023 binds beside whichever document is chosen.
    national_report_days: int = NATIONAL_REPORT_WORKING_DAYS
    national_report_from: date = NATIONAL_REPORT_FROM
    # Somebody missing for longer than so many months, undeclared: Art. 32(2).
    missing_months: int = 6
    missing_source: Source = Source("长政办发〔2020〕10号", 32, 2)

    def is_in_force(self, day: date) -> bool:
        """Return whether the rules are in force on `day`."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)

    def with_clock(self, clock: Clock) -> RuleSet:
        """Return these rules with another clock, chosen by the operator in place of the document's own."""
        return replace(self, clock=clock)


_CHANGSHA = "长政办发〔2020〕10号"
_HUNAN = "湖南省2025年资格认证经办口径"

RULE_SETS = {
    rules.name: rules
    for rules in (
        RuleSet(
            name="changsha-2020",
            document=_CHANGSHA,
            in_force_from=date(2020, 5, 1),
            in_force_to=date(2025, 4, 30),
            # "within every year" names no first day of the year: the calendar year is our reading
            clock=Clock.CALENDAR_YEAR,
            clock_source=Source(_CHANGSHA, 16, 2),
            force_source=Source(_CHANGSHA, 36),
            death_report_days=30,
            death_report_source=Source(_CHANGSHA, 16, 4),
        ),
        RuleSet(
            name="hunan-2025",
            document=_HUNAN,
            # a practice known from public reports of 2025, without a document number or an end
            in_force_from=date(2025, 1, 1),
            in_force_to=None,
            clock=Clock.ROLLING_13,
            clock_source=Source(_HUNAN),
            force_source=Source(_HUNAN),
            # no other number of days is known from Hunan's practice
            death_report_days=30,
            death_report_source=Source(_CHANGSHA, 16, 4),
        ),
    )
}


class UnknownRuleSet(Exception):
    """No rule set has that name."""


def rule_set(name: str) -> RuleSet:
    """Return the rule set called `name`; raise UnknownRuleSet when there is none."""
    try:
        return RULE_SETS[name]
    except KeyError:
        raise UnknownRuleSet(name) from None
