"""Generated requests, right and wrong ones, to every operation that /openapi.json describes, every check on.

`python -m benchmarks.hostile [--requests 20000] [--seed 0]` prints how many were sent, what they were answered with,
and what any check objected to; it exits with 1 where there is anything.
"""

from __future__ import annotations

import json
import sys
import time
from tempfile import TemporaryDirectory

from settings import Settings
from tests.hostile_api import Found, open_target, send_generated
from tests.stand_in import StandIn

REQUESTS = 20_000
# Each of the operations gets right and wrong ones.
KINDS = 2


def main(arguments: list[str]) -> None:
    """Send, print one JSON document, exit."""
    options = dict(zip(arguments[::2], map(int, arguments[1::2]), strict=True))
    wanted, first_seed = options.get("--requests", REQUESTS), options.get("--seed", 0)
    began = time.perf_counter()
    with TemporaryDirectory() as folder, StandIn() as wechat:
        target = open_target(Settings.read({"DATA_DIR": folder}), wechat.url)
        described = target.app.test_client().get("/openapi.json").get_json()
        operations = sum(len(set(path) - {"parameters"}) for path in described["paths"].values())
        found, passes = Found(), 0
        while found.requests < wanted:
            # where nothing can be got wrong there is less to send: the rest comes in another pass
            lacking = -(-(wanted - found.requests) // (operations * KINDS))
            more = send_generated(target, max(lacking, 1), first_seed + passes)
            found = Found(found.requests + more.requests, found.statuses + more.statuses, found.faults | more.faults)
            passes += 1
    told = {
        "requests": found.requests,
        "operations": operations,
        "statuses": {str(status): times for status, times in sorted(found.statuses.items())},
        "faults": found.faults,
        "seconds": round(time.perf_counter() - began),
    }
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    sys.exit(1 if found.faults else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
