"""Money: whole cents everywhere, and the one place where anything is rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_CENT = Decimal("0.01")
# No pension and no debt is larger; whatever is was mistyped.
MOST_YUAN = 10_000_000


def round_to_cents(yuan: Decimal) -> int:
    """Return an amount in whole cents, half a cent upwards, as accounts in China are kept (四舍五入)."""
    return int(yuan.quantize(_CENT, rounding=ROUND_HALF_UP) * 100)


def read_yuan(text: str) -> int:
    """Return the cents of an amount written in yuan, such as 3254.60; raise ValueError for anything else."""
    try:
        yuan = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        raise ValueError("no amount") from None
    if not (yuan.is_finite() and 0 <= yuan <= MOST_YUAN):
        raise ValueError("no amount")
    return round_to_cents(yuan)


def write_yuan(cents: int) -> str:
    """Return cents as yuan with two decimals."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def raise_by(cents: int, percent: Decimal) -> int:
    """Return a monthly amount raised by so many percent, rounded once."""
    return round_to_cents(Decimal(cents) / 100 * (1 + percent / 100))


def split_evenly(cents: int, parts: int) -> list[int]:
    """Return instalments that add up to `cents`; the first ones carry the cents that do not divide."""
    each, rest = divmod(cents, parts)
    return [each + (place < rest) for place in range(parts)]
