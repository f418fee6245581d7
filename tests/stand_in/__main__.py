"""Serve until stopped."""

from __future__ import annotations

import sys
import threading
from argparse import ArgumentParser

from tests.stand_in.server import StandIn

parser = ArgumentParser(prog="python -m tests.stand_in", description="A stand-in of WeChat's API on 127.0.0.1.")
parser.add_argument("--port", type=int, default=0, help="where to listen; 0 takes a free port")
with StandIn(parser.parse_args().port) as api:
    sys.stdout.write(f"{api.url}\n")
    sys.stdout.flush()
    threading.Event().wait()
