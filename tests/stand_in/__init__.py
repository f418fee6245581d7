"""A stand-in of WeChat's API: a real HTTP server on loopback that checks what it is sent.

`with StandIn() as api:` runs one in this process. `python -m tests.stand_in --port N` runs one by itself, which prints
its address; POST /_control tells it what to do (see `StandIn.control`) and answers with what it has seen.
"""

from tests.stand_in.server import StandIn
from tests.stand_in.state import Fault

__all__ = ["Fault", "StandIn"]
