from __future__ import annotations

import logging

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT_PACKAGES = ("api", "bot", "commands", "jobs", "casework", "certification", "policy", "models")
FACE_LIBRARIES = {
    "dlib",
    "_dlib_pybind11",
    "cv2",
    "face_recognition",
    "face_recognition_models",
    "onnx",
    "onnxruntime",
    "skimage",
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*ROOT_PACKAGES, include_external_packages=True, cache_dir=None)


def test_arrows_point_down_only(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(no_cache=True)
    # its own set-up of logging silences every logger that was there before
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False
    assert status == 0, capsys.readouterr().out


def test_the_face_libraries_have_one_door(graph: grimp.ImportGraph) -> None:
    used = FACE_LIBRARIES & graph.modules
    assert used, "the door to the face libraries has gone somewhere else"
    outside = {
        (importer, library)
        for library in used
        for importer in graph.find_modules_that_directly_import(library)
        if not importer.startswith("certification.face")
    }
    assert outside == set()


def test_the_words_need_nothing(graph: grimp.ImportGraph) -> None:
    below = {
        module
        for module in graph.find_modules_that_directly_import("words")
        if not module.startswith(("api", "bot", "commands", "jobs"))
    }
    assert below == set(), "below the top floor there are codes, not sentences"
