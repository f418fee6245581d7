"""The server: takes calls over HTTP, looks at their tokens, and lets things go wrong as it was told."""

from __future__ import annotations

import base64
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.stand_in.endpoints import ENDPOINTS, OF_BOTH_ACCOUNTS, WITHOUT_TOKEN, Wrong
from tests.stand_in.state import APP_ID, APP_SECRET, PROGRAM_ID, PROGRAM_SECRET, Fault, State

__all__ = ["APP_ID", "APP_SECRET", "PROGRAM_ID", "PROGRAM_SECRET", "Fault", "StandIn"]


class StandIn(State):
    """One WeChat API. Left and entered again it has the same address and remembers everything."""

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        self.port = port
        self.is_up = False

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self.port = self._server.server_address[1]
        self.is_up = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_how: object) -> None:
        self.is_up = False
        self.fault = Fault()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> dict[str, Any] | bytes:
        """Do what a call asks and return the answer's JSON, or a file."""
        with self.lock:
            self.calls.append(f"{method} {path}")
            try:
                return self._do(method, path, query, body)
            except Wrong as wrong:
                self.complaints.append((path, wrong.errcode))
                return {"errcode": wrong.errcode, "errmsg": str(wrong)}
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self.complaints.append((path, 47001))
                return {"errcode": 47001, "errmsg": f"data format error: {error!r}"}

    def _do(self, method: str, path: str, query: dict[str, str], body: bytes) -> dict[str, Any] | bytes:
        if path not in ENDPOINTS:
            raise Wrong(40066, "invalid url")
        needed, endpoint = ENDPOINTS[path]
        if method != needed:
            raise Wrong(43001 if needed == "GET" else 43002, f"require {needed} method")
        if path not in WITHOUT_TOKEN:
            if self.fault.times > 0:
                self.fault.times -= 1
                return {"errcode": self.fault.errcode, "errmsg": "as told"}
            token = query.get("access_token", "")
            self.shown.append(token)
            refused = self.refusal_of(token, {APP_ID, PROGRAM_ID} if path in OF_BOTH_ACCOUNTS else {APP_ID})
            if refused:
                return {"errcode": refused, "errmsg": "invalid credential"}
            if self.quota is not None and self.quota <= 0:
                return {"errcode": 45009, "errmsg": "reach max api daily quota limit"}
            self.quota = None if self.quota is None else self.quota - 1
        if b"\\u" in body:
            raise Wrong(40033, "characters written as \\uxxxx")
        return endpoint(self, query, json.loads(body) if body else {})

    def control(self, told: dict[str, Any]) -> dict[str, Any]:
        """Do what a test in another process says, and return what was seen so far.

        fault, quota, oauth, programs, verify_ret, token_seconds: set; media: files in base64 by id; heard_from,
        tapped: lists of openids; expire_tokens: true; forget: true, everything that was seen.
        """
        with self.lock:
            for name in {"quota", "oauth", "programs", "verify_ret", "token_seconds"} & set(told):
                setattr(self, name, told[name])
            if "fault" in told:
                self.fault = Fault(**told["fault"])
            self.media |= {name: base64.b64decode(file) for name, file in told.get("media", {}).items()}
            for openid in told.get("heard_from", ()):
                self.heard_from(openid)
            for openid in told.get("tapped", ()):
                self.tapped(openid)
            if told.get("expire_tokens"):
                self.expire_tokens()
            if told.get("forget"):
                for seen in (self.delivered, self.calls, self.complaints, self.shown):
                    seen.clear()
            delivered = [{"openid": one.openid, "kind": one.kind, "content": one.content} for one in self.delivered]
            counted = {"token_requests": self.token_requests, "calls": len(self.calls)}
            return {"delivered": delivered, "complaints": self.complaints, **counted}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: StandIn) -> None:
        self.api = api
        super().__init__(("127.0.0.1", api.port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller who did not wait for the answer: tests have such."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    @property
    def api(self) -> StandIn:
        return self.server.api

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.api.fault
        if address.path == "/_control":
            self._send(200, json.dumps(self.api.control(json.loads(body or b"{}"))).encode(), "application/json")
            return
        if fault.refuse or not self.api.is_up:
            self.close_connection = True
            return
        time.sleep(fault.slow)
        if fault.status:
            self._send(fault.status, b"", "text/plain")
            return
        self._tell(self.api.answer(method, address.path, dict(parse_qsl(address.query)), body), fault)

    def _tell(self, answer: dict[str, Any] | bytes, fault: Fault) -> None:
        kind, content = "application/json; charset=utf-8", answer
        if isinstance(content, bytes):
            kind = "audio/amr"
        else:
            content = json.dumps(content, ensure_ascii=False).encode()
        if fault.garbled:
            kind, content = "text/html", b"<html>Please sign in to the network</html>"
        if fault.hang:
            self._wait_while(fault)
        elif fault.cut or fault.stall:
            self._send(200, content, kind, sent=len(content) // 2)
            if fault.stall:
                self._wait_while(fault)
            self.close_connection = True
        else:
            self._send(200, content, kind)

    def _wait_while(self, fault: Fault) -> None:
        while self.api.fault is fault:
            time.sleep(0.05)
        self.close_connection = True

    def _send(self, status: int, body: bytes, kind: str, *, sent: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""
