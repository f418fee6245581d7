"""The coverage fuzzer atheris on the decoders of uploads and on WeChat's callback.

`python -m benchmarks.fuzz [--seconds 600]` runs each target of `tests.fuzz_targets` for its share of the time, in a
process of its own with limits on memory (2 GB) and on the time of one input (20 s), and prints one JSON document: how
many inputs, how much was covered, and what was found. A find is kept beside the seeds, in `tests/corpus/TARGET`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

SECONDS, MEMORY_MB, INPUT_SECONDS, LARGEST = 600, 2048, 20, 65536
CORPUS = Path(__file__).resolve().parent.parent / "tests" / "corpus"
NAMES = ("photo", "film", "callback", "text")
_DONE = re.compile(r"#(\d+)\s+DONE\s+cov: (\d+)")


def run_target(name: str, options: list[str]) -> None:
    """Fuzz one target in this process until libFuzzer ends it."""
    import atheris  # noqa: PLC0415 - only this process is instrumented

    with atheris.instrument_imports(include=["bot", "certification", "xmltodict", "wechatpy", "PIL"]):
        from tests.fuzz_targets import TARGETS  # noqa: PLC0415
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


def main(seconds: int) -> int:
    """Run every target and print what came of it; return 1 where anything was found."""
    told = {}
    for name in NAMES:
        share, began = seconds // len(NAMES), time.perf_counter()
        with TemporaryDirectory() as grown:
            options = [
                f"-max_total_time={share}",
                f"-timeout={INPUT_SECONDS}",
                f"-rss_limit_mb={MEMORY_MB}",
                f"-max_len={LARGEST}",
                f"-artifact_prefix={CORPUS / name}/found-",
                grown,
                str(CORPUS / name),
            ]
            command = [sys.executable, "-m", "benchmarks.fuzz", "--target", name, *options]
            done = subprocess.run(command, capture_output=True, check=False)
        said = done.stderr.decode(errors="replace")
        last = _DONE.search(said)
        told[name] = {
            "seconds": round(time.perf_counter() - began),
            "inputs": int(last[1]) if last else None,
            "covered": int(last[2]) if last else None,
            "found": None if done.returncode == 0 else said[-2000:],
        }
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    return int(any(one["found"] for one in told.values()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--target"]:
        run_target(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(main(int(sys.argv[2]) if sys.argv[1:2] == ["--seconds"] else SECONDS))
