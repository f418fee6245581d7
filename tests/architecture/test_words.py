from __future__ import annotations

import ast
import re

import words
from casework import roster_rows
from certification.face.types import Action, Advice
from models.region import RegionLevel
from models.retiree import InsuredKind
from policy.identity_number import Flaw
from tests.architecture.source import ROOT, calls, python_files

CHINESE = re.compile("[\u4e00-\u9fff]")


def _first_text(call: ast.Call) -> str | None:
    if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
        return call.args[0].value
    return None


def test_every_refusal_has_a_sentence() -> None:
    raised = {
        code
        for path in python_files("api", "bot", "commands", "jobs", "casework", "certification", "policy", "models")
        for call in calls(path)
        if isinstance(call.func, ast.Name) and call.func.id == "Refusal" and (code := _first_text(call))
    }
    assert raised
    assert raised - set(words.REFUSALS) == set()


def test_next_steps_belong_to_refusals() -> None:
    assert set(words.NEXT_STEPS) <= set(words.REFUSALS)


def test_every_advice_and_action_has_words() -> None:
    assert set(words.ADVICE) == set(Advice)
    assert set(words.INSTRUCTIONS) >= set(Action)


def test_every_reason_against_a_line_has_words() -> None:
    reasons = {
        reason
        for path in python_files("casework")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "append"
        and ast.unparse(call.func.value).endswith("reasons")
        and (reason := _first_text(call))
    }
    codes = {flaw.value for flaw in Flaw} | reasons
    assert codes
    assert codes - set(words.ROSTER) == set()


def test_roster_words_cover_the_fields_and_kinds() -> None:
    assert set(words.ROSTER_HEADINGS) == set(roster_rows.FIELDS)
    assert set(words.ROSTER_KINDS) == set(InsuredKind)
    assert {level.value for level in RegionLevel} == {"city", "district", "subdistrict", "community"}


def test_sentences_stand_in_the_words_alone() -> None:
    """Code may name a Chinese term in a docstring or a comment, and data of the regulation; it holds no sentences."""
    data = {"commands/demo_people.py", "commands/demo_photos.py", "policy/rules.py", "bot/replies.py", "bot/intents.py"}
    data |= {"casework/search_index.py"}  # how addresses are written
    data |= {"policy/check.py"}  # how numbers are written
    # what people may answer or ask, and how documents are numbered, stands beside what reads it
    heard = {"bot/reading", "bot/conversations", "policy/reading", "policy/answering", "policy/documents"}
    found = []
    for path in python_files("api", "bot", "commands", "jobs", "casework", "certification", "policy", "models"):
        place = path.relative_to(ROOT)
        if str(place) in data or str(place.parent) in heard:
            continue
        tree = ast.parse(path.read_text())
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and len(CHINESE.findall(node.value)) > 3
        ]
    assert found == []


def test_every_fault_of_a_draft_has_a_sentence() -> None:
    codes = {
        code
        for call in calls(ROOT / "policy" / "check.py")
        if isinstance(call.func, ast.Name) and call.func.id == "Fault"
        for code in ([_first_text(call)] if _first_text(call) else ["claimed", "claimed_outside"])
    }
    assert {f"draft_{code}" for code in codes} <= set(words.REFUSALS)
