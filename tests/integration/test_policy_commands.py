"""`flask policy ...` as operators and acceptance runs use it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from policy.answering.desk import Desk
from policy.answering.thresholds import Thresholds
from policy.records import FOLDER
from tests.architecture.source import ROOT
from tests.policy_weights import WEIGHTS_DIR, shipped_answerer

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from flask import Flask

    from settings import Settings

FIELDS = {"behaviour", "intent", "options", "confidence", "answer", "articles", "sources", "service", "slots", "ms"}
# what trains, what sees faces, and tables that are ours in a smaller form
TOO_HEAVY = {"sklearn", "scipy", "pypinyin", "cv2", "dlib", "onnxruntime", "skimage", "holidays"}
MOST_MEGABYTES = 200
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings with the shipped weights."""
    shipped_answerer()
    return replace(settings, policy_weights_dir=WEIGHTS_DIR)


def flask(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["policy", *arguments])


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_it_works(app: Flask) -> None:
    done = flask(app, "ask", "我爸3月5日走了要搞么子手续", "--on", "2025-03-20", "--json")
    assert done.exit_code == 0, done.output
    found = document(done)
    assert set(found) >= FIELDS
    assert (found["intent"], found["service"]) == ("death_report", "report_death")
    assert {"document": "长政办发〔2020〕10号", "article": 16, "item": 4}.items() <= found["sources"][0].items()
    assert "请在4月4日前报告" in found["answer"]
    assert found["slots"] == {"date": "2025-03-05", "kin": "father"}


def test_a_context_is_taken_into_account(app: Flask) -> None:
    done = flask(app, "ask", "多少天", "--context", "我爸走了要办什么手续", "--json")
    assert document(done)["intent"] == "death_report_deadline"


def test_without_json_a_person_reads_the_answer(app: Flask) -> None:
    assert "依据：" in flask(app, "ask", "刷脸老是过不去怎么办").stdout


def test_answers_do_not_depend_on_labels(app: Flask, tmp_path: Path) -> None:
    lines = (FOLDER.parent / "evaluation" / "questions.jsonl").read_text().splitlines()[:40]
    bare = [{name: json.loads(line)[name] for name in ("id", "question", "context", "asked_on")} for line in lines]
    answers = []
    for name, told in (("labelled", lines), ("bare", [json.dumps(one) for one in bare])):
        (tmp_path / name).write_text("\n".join(told))
        done = flask(app, "evaluate", str(tmp_path / name), "--out", str(tmp_path / "out"))
        assert done.exit_code == 0, done.output
        answers.append([json.loads(line) | {"ms": 0} for line in (tmp_path / "out").read_text().splitlines()])
    assert answers[0] == answers[1]
    assert set(answers[0][0]) >= FIELDS | {"id"}


def test_the_measures_are_printed(app: Flask, tmp_path: Path) -> None:
    questions = str(FOLDER.parent / "evaluation" / "questions.jsonl")
    done = flask(app, "evaluate", questions, "--out", str(tmp_path / "out"), "--measure", "--json")
    measures = document(done)["measures"]
    # what the first release promises; `docs/policy.md` has the figures
    assert measures["resolved"]["percent"] >= 88
    assert measures["wrong_shown"]["percent"] <= 5
    assert measures["outside_refused"]["percent"] >= 85
    assert measures["outside_answered"]["percent"] <= 7
    assert measures["article_cited"]["percent"] >= 93
    assert measures["service_right"]["percent"] >= 93
    assert measures["wrongly_refused"]["percent"] <= 6


def test_a_line_that_is_no_question_is_refused(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "questions").write_text('{"id": "1", "question": "怎么认证"}\n{"id": 2}\n')
    done = flask(app, "evaluate", str(tmp_path / "questions"), "--out", str(tmp_path / "out"), "--json")
    assert done.exit_code == 1
    assert document(done)["error"]["code"] == "questions_row_wrong"


def test_a_document_is_imported(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "rules.txt").write_text("第一条 甲。\n（一）乙。\n第二条 丙。")
    out = tmp_path / "rules.yaml"
    named = ("--number", "某政发〔2025〕1号", "--title", "某办法", "--valid-from", "2025-05-01", "--out", str(out))
    done = flask(app, "import-document", str(tmp_path / "rules.txt"), *named, "--json")
    assert done.exit_code == 0, done.output
    assert (document(done)["articles"], document(done)["items"]) == (2, 1)
    assert "第" not in out.read_text()
    (tmp_path / "letter.txt").write_text("没有条文。")
    refused = flask(app, "import-document", str(tmp_path / "letter.txt"), *named, "--json")
    assert (refused.exit_code, document(refused)["error"]["code"]) == (1, "document_no_articles")


def test_the_knowledge_is_checked(app: Flask, tmp_path: Path) -> None:
    assert flask(app, "check", "--json").exit_code == 0
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "odd.yaml").write_text("title: 甲")
    assert document(flask(app, "check", "--folder", str(tmp_path), "--json"))["error"]["code"] == "knowledge_unreadable"


def test_weights_that_fit_are_not_trained_again(app: Flask) -> None:
    assert document(flask(app, "train", "--if-stale", "--json"))["trained"] is False


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 no weights"])
def test_weights_that_are_damaged_are_not_used(engine: object, tmp_path: Path, content: bytes) -> None:
    del engine
    desk = Desk(tmp_path, Thresholds())
    desk.path_of(desk.material.knowledge).write_bytes(content)
    assert desk.answerer() is None


def test_a_process_that_answers_loads_nothing_it_does_not_need(engine: object) -> None:
    del engine
    shipped_answerer()
    asking = (
        "import sys, datetime, json; from pathlib import Path\n"
        "import app; made = app.create_app()\n"
        "from policy.answering.desk import Desk; from policy.answering.thresholds import Thresholds\n"
        f"desk = Desk(Path({str(WEIGHTS_DIR)!r}), Thresholds())\n"
        "reply = desk.answerer().ask('怎么认证', on=datetime.date(2025, 3, 1))\n"
        f"loaded = sorted({TOO_HEAVY!r} & set(sys.modules))\n"
        "status = Path('/proc/self/status').read_text()\n"
        "peak = int(status.split('VmHWM:')[1].split()[0]) // 1024\n"
        "print(json.dumps([reply.behaviour, loaded, peak]))"
    )
    done = subprocess.run([sys.executable, "-c", asking], cwd=ROOT, check=True, capture_output=True, text=True)
    behaviour, loaded, peak = json.loads(done.stdout)
    assert (behaviour, loaded) == ("answer", [])
    assert peak < MOST_MEGABYTES
