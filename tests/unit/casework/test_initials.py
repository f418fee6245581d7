"""The first letters of names, as staff type them."""

from __future__ import annotations

import pytest

from casework.search_index import initials_of


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("李桂香", "lgx"),
        ("吕 秀英", "lxy"),
        ("曾国强", "zgq"),
        ("单长明", "scm"),
        ("区少华", "osh"),
        ("王简单", "wjd"),
        ("王B", "w"),
        ("", ""),
    ],
)
def test_it_works(name: str, initials: str) -> None:
    assert initials_of(name) == initials
