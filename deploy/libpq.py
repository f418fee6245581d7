"""Takes the password out of a database's address: python -m deploy.libpq <ADDRESS prints the rest, then the password.

What a program is called with stands in the list of processes, for everybody on the machine to read.
"""

from __future__ import annotations

import sys

from psycopg.conninfo import conninfo_to_dict, make_conninfo


def take_password_out(address: str) -> tuple[str, str]:
    """Return how libpq reaches the database, and the password, empty where there is none."""
    found = conninfo_to_dict(address)
    password = found.pop("password", None)
    return make_conninfo("", **found), str(password or "")


if __name__ == "__main__":
    print(*take_password_out(sys.stdin.read().strip()), sep="\n")
