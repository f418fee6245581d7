from __future__ import annotations

import re
from datetime import date

import pytest

from certification.receipts import make_receipt_number, make_receipt_numbers, mask_name


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王明", "王*"),
        ("李桂香", "李*香"),
        ("欧阳建国", "欧**国"),
        ("𠮷", "*"),
        ("𠮷䶮", "𠮷*"),
        ("阿依古丽·买买提", "阿******提"),
    ],
)
def test_a_name_is_partly_masked(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_a_receipt_number_is_random_and_can_be_read_out() -> None:
    numbers = {make_receipt_number(date(2026, 11, 23)), *make_receipt_numbers(date(2026, 11, 23), 1000)}
    assert len(numbers) == 1001
    assert all(re.fullmatch(r"2026(-[2-9A-HJKMNP-Z]{4}){3}", number) for number in numbers)
    for place in range(12):
        signs = {number.replace("-", "")[4 + place] for number in numbers}
        assert len(signs) == 31, "each sign comes up in each place"
