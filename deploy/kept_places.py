"""Prints what a backup copies, as the service reads its settings: python -m deploy.kept_places.

Three lines: the database's address without its password, as libpq reads it; the password, which may be empty; the
pictures' folder as file:PATH, or their bucket as s3:NAME.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sqlalchemy import make_url

from settings import Environment, SettingsError
from settings.operations import OperationsSettings, read_operations
from settings.read import check_database_url, data_dir_of, database_url_of
from settings.reader import Reader


def kept_places() -> tuple[str, str, str]:
    """Return them; raise SettingsError. The keys are not asked for: a backup has none."""
    reader = Reader(os.environ)
    data_dir = data_dir_of(reader)
    place = OperationsSettings(**read_operations(reader, Environment.DEVELOPMENT, data_dir)).evidence_place()
    database = make_url(check_database_url(database_url_of(reader, data_dir)))
    if database.get_backend_name() == "sqlite":
        plain = f"sqlite:///{database.database}"
    else:
        plain = database.set(drivername="postgresql")._replace(password=None).render_as_string()
    return (
        plain,
        str(database.password or ""),
        f"file:{place}" if isinstance(place, Path) else f"s3:{place.name}",
    )


if __name__ == "__main__":
    try:
        print(*kept_places(), sep="\n")
    except SettingsError as error:
        sys.exit(str(error))
