"""Opens an ONNX file on onnxruntime as a worker wants it: one thread, no memory kept beyond the call, nothing told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# Otherwise it gives this machine an id, keeps events in the user's cache and sends them to its maker. Read as it loads.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

from certification.face.types import EngineUnavailable

if TYPE_CHECKING:
    from pathlib import Path

ERRORS_ONLY = 3


def open_session(model: Path | bytes) -> Any:
    """Return an inference session; raise EngineUnavailable when the model does not load."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # an arena grows by doubling and is never given back: 1 ms is worth less than a worker's memory limit
    options.enable_cpu_mem_arena = False
    options.log_severity_level = ERRORS_ONLY
    source = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime has no common class for what it raises here
        name = "a model in memory" if isinstance(model, bytes) else model.name
        raise EngineUnavailable(f"the model {name} does not load in onnxruntime: {type(error).__name__}") from None
