"""The face library's runtime sends nothing to its maker and keeps nothing for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PROGRAM = """
import os, time
from certification.face.runtime import open_session
from onnx import TensorProto, helper
one = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
other = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [one], [other])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
open_session(model.SerializeToString())
time.sleep(1)
"""


def test_no_events_are_kept_to_be_sent(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env=environ, check=True, capture_output=True)
    assert [str(one) for one in tmp_path.rglob("*") if one.is_file()] == []
