"""Every benchmark, one after the other: `python -m benchmarks`. Nothing else should run meanwhile."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    "benchmarks.faces",
    "benchmarks.certifications",
    "benchmarks.import_roster",
    "benchmarks.callbacks",
    "benchmarks.policy",
    "benchmarks.benefits",
    "benchmarks.matching",
    "benchmarks.year",
)


def main() -> None:
    """Run each in a process of its own; stop at the first that fails."""
    for name in BENCHMARKS:
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, "-m", name], check=True)


if __name__ == "__main__":
    main()
