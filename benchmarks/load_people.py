"""Everybody who asks in the load benchmark, in a process of their own: people before cameras, chats, staff."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from benchmarks.certifications import mark

FRAME_SECONDS = 0.2
STAFF_SECONDS = 2.0
IDLE_SECONDS = 1.0
CHAT_CONNECTIONS = 8


@dataclass
class Told:
    """What was answered: times in seconds by kind of request, statuses, what became of attempts, waits told."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    outcomes: Counter[str] = field(default_factory=Counter)
    certified_at: list[float] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    def plain(self) -> dict[str, Any]:
        """Return everything as what goes from process to process."""
        return {
            "taken": dict(self.taken),
            "statuses": {kind: dict(counts) for kind, counts in self.statuses.items()},
            "outcomes": dict(self.outcomes),
            "waits": self.waits,
        }


class Line:
    """One connection, kept open as a browser keeps it."""

    def __init__(self, port: int, cookie: str, told: Told) -> None:
        self._port, self._cookie, self._told = port, cookie, told
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._used = time.monotonic()

    def ask(self, kind: str, method: str, path: str, body: bytes | None, **headers: str) -> tuple[int, bytes, int]:
        """Ask and return status, answer and the seconds to wait; a line that breaks is status 0."""
        given = {"Cookie": self._cookie, "X-Requested-With": "XMLHttpRequest"} | headers
        if time.monotonic() - self._used > IDLE_SECONDS:
            self._connection.close()  # the server has closed it; a browser opens another one as well
        began = time.perf_counter()
        try:
            self._connection.request(method, path, body, given)
            answer = self._connection.getresponse()
            content, status = answer.read(), answer.status
            wait = int(answer.headers.get("Retry-After", 0))
            self._used = time.monotonic()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            content, status, wait = b"", 0, 1
        with self._told.lock:
            self._told.taken[kind].append(time.perf_counter() - began)
            self._told.statuses[kind][status] += 1
            if status == 429:
                self._told.waits.append(wait)
        return status, content, wait


def begin(line: Line, retiree_id: str, until: float) -> dict[str, Any] | None:
    """Begin an attempt, waiting as long as one is told to; None when the time of the measurement is over."""
    session = None
    while time.monotonic() < until:
        path, body = "/api/v1/certification-sessions", {"retiree_id": retiree_id}
        if session:
            path, body = f"{path}/{session}/attempts", {"way": "stream"}
        told = {"Content-Type": "application/json"}
        status, content, wait = line.ask("begin", "POST", path, json.dumps(body).encode(), **told)
        if status == 201 and session:
            attempt: dict[str, Any] = json.loads(content)
            return attempt
        if status == 201:
            session = json.loads(content)["id"]
        else:
            time.sleep(min(max(wait, 0.5), max(0.0, until - time.monotonic())))
    return None


def certify(line: Line, retiree_id: str, frames: list[bytes], told: Told, until: float) -> None:
    """Certify once, a picture each fifth of a second; one that is not taken in is sent again."""
    attempt = begin(line, retiree_id, until)
    if attempt is None:
        told.outcomes["still waiting"] += 1
        return
    for number, jpeg in enumerate(frames):
        due = time.monotonic() + FRAME_SECONDS
        headers = {"Attempt-Nonce": attempt["nonce"], "Frame-Number": str(number), "Content-Type": "image/jpeg"}
        answer = send(line, f"/api/v1/attempts/{attempt['id']}/frames", mark(jpeg), headers)
        outcome = (answer.get("outcome") or {}).get("result") or answer.get("code")
        if outcome:
            told.outcomes[outcome] += 1
            if outcome == "certified":
                told.certified_at.append(time.monotonic())
            return
        time.sleep(max(0.0, due - time.monotonic()))
    told.outcomes["not finished"] += 1


def send(line: Line, path: str, picture: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Send a picture until it is answered."""
    while True:
        status, content, wait = line.ask("frame", "POST", path, picture, **headers)
        if status not in {0, 429} and status < 500:
            answer: dict[str, Any] = json.loads(content)
            return answer
        time.sleep(max(wait, 0.2))


def chat(line: Line, messages: list[tuple[float, str, bytes]], until: float) -> None:
    """Send each message at its time."""
    for due, path, body in messages:
        if due > until:
            return
        time.sleep(max(0.0, due - time.monotonic()))
        line.ask("chat", "POST", path, body, **{"Content-Type": "text/xml"})


def work(line: Line, until: float) -> None:
    """Look through the console as staff do."""
    while time.monotonic() < until:
        for path in ("/staff/", "/staff/tickets", "/staff/people"):
            line.ask("staff", "GET", path, None)
            time.sleep(STAFF_SECONDS)


def everybody(port: int, plan: dict[str, Any], telling: Any) -> None:
    """Let everybody ask for the seconds of the plan; tell what was answered."""
    told = Told()
    began = time.monotonic()
    until = began + plan["seconds"]
    frames = plan["frames"]
    tasks = [
        threading.Thread(target=certify, args=(Line(port, cookie, told), retiree, frames, told, until))
        for retiree, cookie in plan["people"]
    ]
    pace = plan["chat_a_second"]
    timed = [(began + place / pace, path, body) for place, (path, body) in enumerate(plan["messages"])] if pace else []
    tasks += [
        threading.Thread(target=chat, args=(Line(port, "", told), timed[place::CHAT_CONNECTIONS], until))
        for place in range(CHAT_CONNECTIONS)
    ]
    tasks += [threading.Thread(target=work, args=(Line(port, cookie, told), until)) for cookie in plan["staff"]]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    in_time = sum(at <= until for at in told.certified_at)
    telling.put((time.monotonic() - began, told.plain() | {"certified_in_time": in_time}))
