#!/bin/bash
# Runs once, when the MySQL volume is empty: one database and one user for each subgraph, and no user may touch the
# database of another. The passwords come from .env by way of docker-compose.yml.

create_database() {
  local name="$1" password="$2"
  # A password also stands in a URL, and here between quotes: what would need escaping in either is refused.
  if [[ ! "$password" =~ ^[A-Za-z0-9._~-]{32,}$ ]]; then
    echo "The password of the database \"$name\" must have at least 32 characters, all of them letters, digits or . _ ~ -" >&2
    echo 'Correct it in .env, and remove the volume that is now half made: docker compose down --volumes' >&2
    return 1
  fi
  MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql --protocol=socket --user=root <<SQL
CREATE DATABASE IF NOT EXISTS \`$name\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER IF NOT EXISTS '$name'@'%' IDENTIFIED BY '$password';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES ON \`$name\`.* TO '$name'@'%';
SQL
}

# Without "set -e": where the file has lost its executable bit, MySQL's image reads this into its own shell.
create_database auth "$AUTH_DATABASE_PASSWORD" && create_database users "$USERS_DATABASE_PASSWORD"
