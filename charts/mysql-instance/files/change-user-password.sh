#!/usr/bin/env bash
# Job: gives the application user its password, and makes the user with its rights on the database if there is none.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

readonly APPLICATION_USER="'ali'@'%'"

main() {
  local password database known result=changed
  begin
  use_server "$MYSQL_HOST"
  password=$(password_of user-password)
  password=$(sql_string "$password")
  database=$(grant_name "$MYSQL_DATABASE")
  wait_for_server
  known=$(sql <<<"SELECT COUNT(*) FROM mysql.user WHERE user = 'ali' AND host = '%';")
  ((known)) || result=created
  sql <<<"CREATE USER IF NOT EXISTS $APPLICATION_USER IDENTIFIED BY $password; ALTER USER $APPLICATION_USER IDENTIFIED BY $password;"
  # By the rights, not by the account: a run that was killed may have made only the latter. Rights that somebody has
  # narrowed since are left alone.
  known=$(sql <<<"SELECT COUNT(*) FROM mysql.db WHERE user = 'ali' AND host = '%';")
  ((known)) || sql <<<"GRANT ALL ON $database.* TO $APPLICATION_USER;"
  report "{\"result\":\"$result\",\"user\":\"ali\",\"time\":\"$(date -u +%FT%TZ)\"}"
}

main
