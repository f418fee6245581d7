"""Questions in a row: one message that asks two things is two questions. Pure."""

from __future__ import annotations

import re

_NEXT = "还有|另外|再问|顺便|顺带"
_BETWEEN = re.compile(rf"[?？]+|[。；;!！\n](?=.{{0,4}}(?:{_NEXT}|第二|其次))|[，,](?=(?:{_NEXT}))")
_LINKS = re.compile(r"^[\s，,。]*(还有一?个?(问题|事)?|另外|再问一?下?|(顺便|顺带)问?一?下?|第[一二三]|其次)[，,：:]?")
_LEAST = 4
MOST_PARTS = 3


def split_questions(text: str) -> tuple[str, ...]:
    """Return the questions of a message in order; the message itself where it asks one thing."""
    parts, begin = [], 0
    for found in _BETWEEN.finditer(text):
        parts.append(text[begin : found.end()] if text[found.start()] in "?？" else text[begin : found.start()])
        begin = found.end()
    parts.append(text[begin:])
    asked = tuple(part for raw in parts if len(part := _LINKS.sub("", raw.strip())) >= _LEAST)
    return asked if 1 < len(asked) <= MOST_PARTS else (text,)
