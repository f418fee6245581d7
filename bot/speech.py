"""Hearing voice messages: WeChat stopped sending their text, so a model on this machine or a service does it."""

from __future__ import annotations

import subprocess
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import requests

if TYPE_CHECKING:
    from pathlib import Path

RATE = 16_000
_SECONDS = 20.0
_LONGEST = 500
_SOUND = ("-t", "60", "-f", "s16le", "-ac", "1", "-ar", str(RATE))


class Unheard(Exception):
    """A recording could not be heard. passing: it may go through later."""

    def __init__(self, *, passing: bool) -> None:
        super().__init__("passing" if passing else "for good")
        self.passing = passing


class Speech(Protocol):
    """Turns a recording into text."""

    def hear(self, recording: bytes) -> str:
        """Return what is said in a recording (AMR or MP3, as WeChat sends them); raise Unheard."""


class CloudSpeech:
    """A service that takes the recording as it is and answers with JSON: {"text": "..."}."""

    def __init__(self, url: str) -> None:
        self._url = url

    def hear(self, recording: bytes) -> str:
        """Return what the service heard."""
        try:
            answer = requests.post(
                self._url, data=recording, headers={"Content-Type": "audio/amr"}, timeout=(3.0, _SECONDS)
            )
            answer.raise_for_status()
            return str(answer.json()["text"])[:_LONGEST]
        except (requests.ConnectionError, requests.Timeout, requests.HTTPError):
            raise Unheard(passing=True) from None
        except (requests.RequestException, ValueError, KeyError, TypeError):
            raise Unheard(passing=False) from None


class SherpaSpeech:
    """A sherpa-onnx model (paraformer: model.onnx and tokens.txt) on this machine; needs ffmpeg and sherpa-onnx."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _recognizer(self) -> Any:
        sherpa = import_module("sherpa_onnx")
        return sherpa.OfflineRecognizer.from_paraformer(
            paraformer=str(self._folder / "model.onnx"), tokens=str(self._folder / "tokens.txt"), num_threads=1
        )

    def hear(self, recording: bytes) -> str:
        """Return what the model heard."""
        samples = decode(recording)
        try:
            stream = self._recognizer.create_stream()
            stream.accept_waveform(RATE, samples)
            self._recognizer.decode_stream(stream)
        except (ImportError, OSError, RuntimeError, ValueError):
            raise Unheard(passing=False) from None
        return str(stream.result.text)[:_LONGEST]


def decode(recording: bytes) -> Any:
    """Return a recording's sound as samples from -1 to 1, 16,000 a second; raise Unheard for what is no sound."""
    numpy = import_module("numpy")
    command = ["ffmpeg", "-loglevel", "error", "-i", "pipe:0", *_SOUND, "-"]
    try:
        done = subprocess.run(command, input=recording, capture_output=True, timeout=_SECONDS, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        raise Unheard(passing=False) from None
    return numpy.frombuffer(done.stdout, numpy.int16).astype(numpy.float32) / 32768.0
