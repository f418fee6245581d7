"""Who finds the right topic and article, how fast, at what cost: `.venv/bin/python benchmarks/policy.py`.

On `policy/evaluation/questions.jsonl`, in one run, each in a process of its own so that start and memory are its own:
jieba + BM25 over articles and character TF-IDF over items (both search the regulation's own words), eight examples a
topic with a linear model on characters (the usual few-shot baseline), and ours as it is served. Then the whole web
process with ours in it: how long until it answers, what memory it takes. The figures go to
benchmarks/results/policy.json.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
QUESTIONS = ROOT / "policy" / "evaluation" / "questions.jsonl"
RESULTS = ROOT / "benchmarks" / "results" / "policy.json"
FEW = 8
STARTS = 5
# A search that finds nothing alike says nothing; the baselines refuse below a score set so on the training questions.
WRONGLY_REFUSED = 0.05

Answer = dict[str, Any]
Answers = Callable[[str, list[str], date], Answer]


def peak_mb() -> float:
    """Return the most memory this process ever had; what getrusage says begins with the parent's."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def nothing() -> Answer:
    """Return a refusal."""
    return {"behaviour": "refuse", "intent": None, "articles": [], "service": None, "options": []}


def by_bm25() -> Answers:
    """Search the articles by jieba's words."""
    import bm25s  # noqa: PLC0415
    import jieba  # noqa: PLC0415

    from policy.records import read_knowledge  # noqa: PLC0415

    jieba.initialize()
    articles = [article for document in read_knowledge().documents.values() for article in document.articles]
    index = bm25s.BM25()
    words = [jieba.lcut("\n".join([one.text, *(item.text for item in one.items)])) for one in articles]
    index.index(words, show_progress=False)

    def answer(question: str, _context: list[str], _on: date) -> Answer:
        found, scores = index.retrieve([jieba.lcut(question)], k=1, show_progress=False)
        if scores[0][0] <= 0:
            return nothing()
        return nothing() | {"behaviour": "answer", "articles": [articles[int(found[0][0])].number]}

    return answer


def by_items() -> Answers:
    """Search the items by runs of characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    from policy.records import read_knowledge  # noqa: PLC0415

    items: list[tuple[int, str]] = []
    for document in read_knowledge().documents.values():
        for article in document.articles:
            items.append((article.number, article.text))
            items += [
                (article.number, text)
                for item in article.items
                for text in (item.text, *(one.text for one in item.numbers))
            ]
    vectoriser = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    vectors = vectoriser.fit_transform([text for _number, text in items])

    def answer(question: str, _context: list[str], _on: date) -> Answer:
        likeness = (vectors @ vectoriser.transform([question]).T).toarray().ravel()
        best = int(likeness.argmax())
        return nothing() if likeness[best] <= 0 else nothing() | {"behaviour": "answer", "articles": [items[best][0]]}

    return answer


def by_few_shots() -> Answers:
    """Train a linear model on eight examples of each topic; refuse below a probability set on these."""
    import numpy as np  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.model_selection import cross_val_predict  # noqa: PLC0415

    from policy.records import read_knowledge  # noqa: PLC0415

    topics = read_knowledge().topics
    lines = [(text, topic.id) for topic in topics.values() for text in topic.examples[:FEW]]
    vectoriser = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    vectors, owners = vectoriser.fit_transform([text for text, _ in lines]), [owner for _, owner in lines]
    model = LogisticRegression(C=20)
    tops = cross_val_predict(model, vectors, owners, cv=4, method="predict_proba").max(axis=1)
    least = float(np.quantile(tops, WRONGLY_REFUSED))
    model.fit(vectors, owners)

    def answer(question: str, _context: list[str], _on: date) -> Answer:
        shares = model.predict_proba(vectoriser.transform([question]))[0]
        if shares.max() < least:
            return nothing()
        topic = topics[str(model.classes_[shares.argmax()])]
        return nothing() | {
            "behaviour": "answer",
            "intent": topic.id,
            "articles": list(topic.articles),
            "service": topic.service,
        }

    return answer


def by_ours() -> Answers:
    """Answer as it is served."""
    from policy.answering.desk import Desk  # noqa: PLC0415
    from policy.answering.thresholds import Thresholds  # noqa: PLC0415

    answerer = Desk(Path(os.environ.get("POLICY_WEIGHTS_DIR") or ROOT / "var" / "policy"), Thresholds()).answerer()
    if answerer is None:
        sys.exit("no weights: .venv/bin/flask policy train")

    def answer(question: str, context: list[str], on: date) -> Answer:
        reply = answerer.ask(question, context, on=on)
        return {
            "behaviour": reply.behaviour.value,
            "intent": None if reply.topic is None else reply.topic.id,
            "options": [topic.id for topic in reply.options],
            "articles": list(reply.articles),
            "service": reply.service,
        }

    return answer


WEB_PROCESS = "web process"
PEERS: dict[str, Callable[[], Answers]] = {
    "jieba + BM25, articles": by_bm25,
    "character TF-IDF, items": by_items,
    f"few-shot, {FEW} a topic": by_few_shots,
    "ours": by_ours,
}


def run(name: str) -> None:
    """Measure one in this process and print it as JSON."""
    started = time.perf_counter()
    answer = PEERS[name]()
    answer("怎么认证", [], date(2025, 3, 1))
    ready = time.perf_counter() - started
    answers, times = [], []
    for question in map(json.loads, QUESTIONS.read_text().splitlines()):
        begun = time.perf_counter()
        found = answer(question["question"], question["context"] or [], date.fromisoformat(question["asked_on"]))
        times.append((time.perf_counter() - begun) * 1000)
        answers.append({"id": question["id"], **found})
    times.sort()
    print(
        json.dumps(
            {
                "answers": answers,
                "start_s": ready,
                "peak_mb": peak_mb(),
                "mean_ms": sum(times) / len(times),
                "p99_ms": times[int(0.99 * len(times))],
            }
        )
    )


def start_web_process() -> None:
    """Start what a web process is, ask it one thing, and print as JSON how long that took and what memory it takes."""
    started = time.perf_counter()
    import app  # noqa: PLC0415
    from services import NAME  # noqa: PLC0415

    made = app.create_app()
    served = time.perf_counter() - started
    answerer = made.extensions[NAME].policy_desk.answerer()
    if answerer is None:
        sys.exit("no weights: .venv/bin/flask policy train")
    answerer.ask("怎么认证", on=date(2025, 3, 1))
    times = {"serves_s": served, "answers_s": time.perf_counter() - started, "cpu_s": time.process_time()}
    print(json.dumps(times | {"peak_mb": peak_mb()}))


def measure_apart(what: str) -> dict[str, Any]:
    """Return what a process of its own, with one thread, prints about itself."""
    one_core = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, what]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=one_core)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure all of them, print a table, and keep the figures with the machine and the versions."""
    from policy.training.measure import measure, read_lines  # noqa: PLC0415

    questions = read_lines(QUESTIONS)
    kept: dict[str, dict[str, float]] = {}
    print("| | resolved | wrong shown | article cited, of all | service right | outside refused | outside answered |"
          " start s | peak MB | mean ms | p99 ms |")  # fmt: skip
    print("| --- |" + " --- |" * 10)
    for name in PEERS:
        found = measure_apart(name)
        shares = measure(questions, found["answers"]).shares
        by_id = {answer["id"]: answer for answer in found["answers"]}
        asked = [one for one in questions if one["behaviour"] == "answer" and not one["context"]]
        cited = sum(bool(set(by_id[one["id"]]["articles"]) & set(one["articles"])) for one in asked)
        cells = [
            *(
                f"{shares[share].percent:.0f} %" if share in shares and not searches(name) else "–"
                for share in ("resolved", "wrong_shown")
            ),
            f"{100 * cited / len(asked):.0f} %",
            "–" if searches(name) else f"{shares['service_right'].percent:.0f} %",
            f"{shares['outside_refused'].percent:.0f} %",
            f"{shares['outside_answered'].percent:.0f} %",
            *(f"{found[key]:.2f}" for key in ("start_s", "peak_mb", "mean_ms", "p99_ms")),
        ]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
        shown = () if searches(name) else ("resolved", "wrong_shown", "wrongly_refused", "service_right")
        kept[name] = {
            share: round(shares[share].percent, 1) for share in (*shown, "outside_refused", "outside_answered")
        }
        kept[name] |= {"article_cited_of_all": round(100 * cited / len(asked), 1)}
        kept[name] |= {key: round(found[key], 2) for key in ("start_s", "peak_mb", "mean_ms", "p99_ms")}
    starts = [measure_apart(WEB_PROCESS) for _ in range(STARTS)]
    web = {key: round(sorted(one[key] for one in starts)[STARTS // 2], 2) for key in starts[0]}
    print(f"{WEB_PROCESS}, the middle one of {STARTS} starts: {json.dumps(web)}")
    document = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "versions": {name: version(name) for name in ("numpy", "scikit-learn", "opencc", "jieba", "bm25s")},
        "questions": len(questions),
        "answerers": kept,
        "web_process": web,
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


def searches(name: str) -> bool:
    """Say whether something only searches the regulation and names no topic."""
    return PEERS[name] in {by_bm25, by_items}


if __name__ == "__main__":
    if sys.argv[1:] == [WEB_PROCESS]:
        start_web_process()
    elif len(sys.argv) > 1:
        run(sys.argv[1])
    else:
        main()
