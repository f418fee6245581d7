#!/bin/sh
# Run once by the image of the database, when its volume is empty: makes the user that serves. The image's own user is a
# superuser and owns the tables; nothing would keep it from changing the audit (docs/operations.md, "Install").
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\set password `cat /run/secrets/database_password`
CREATE ROLE pension LOGIN PASSWORD :'password';
SQL
