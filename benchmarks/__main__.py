"""Every benchmark, one after the other: `python -m benchmarks`, some hours. Nothing else should run meanwhile."""

from __future__ import annotations

import subprocess
import sys

# Some are run once for each kind of database.
BENCHMARKS = (
    "faces",
    "liveness",
    "certifications",
    "load 110 100",
    "import_roster",
    "callbacks",
    "console",
    "policy",
    "benefits",
    "benefits --sqlite",
    "matching",
    "matching --database sqlite",
    "backup",
    "backup --database sqlite",
    "audit",
    "hostile",
    "fuzz",
    "year",
)


def main() -> None:
    """Run each in a process of its own; stop at the first that fails."""
    for name in BENCHMARKS:
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, "-m", *f"benchmarks.{name}".split()], check=True)


if __name__ == "__main__":
    main()
