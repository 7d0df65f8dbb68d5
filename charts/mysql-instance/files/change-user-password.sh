#!/usr/bin/env bash
# Job: gives the application user its password, and makes the user with its rights on the database if there is none.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=jobs.sh
. "${BASH_SOURCE[0]%/*}/jobs.sh"

readonly APPLICATION_USER="'ali'@'%'"

# A database name in GRANT is a pattern: `a_b` would also grant rights on `axb`. With partial_revokes it is no pattern, and a
# backslash would be part of the name.
grant_name() {
  local name=$1 literal
  literal=$(sql <<<"SELECT COUNT(*) FROM performance_schema.global_variables WHERE variable_name = 'partial_revokes' AND variable_value = 'ON';") || return 1
  if ((literal == 0)); then
    name=${name//\\/\\\\}
    name=${name//_/\\_}
    name=${name//%/\\%}
  fi
  sql_name "$name"
}

main() {
  local password database known gone with='' result=changed
  begin
  use_server "$MYSQL_HOST"
  password=$(password_of user-password)
  password=$(sql_string "$password")
  wait_for_server
  database=$(grant_name "$MYSQL_DATABASE")
  known=$(sql <<<"SELECT COUNT(*) FROM mysql.user WHERE user = 'ali' AND host = '%';")
  ((known)) || result=created
  gone=$(sql <<<"SELECT COUNT(*) FROM mysql.user WHERE user = 'ali' AND host = '%' AND $PLUGIN_IS_GONE;")
  ((gone == 0)) || with='WITH caching_sha2_password'
  sql <<<"CREATE USER IF NOT EXISTS $APPLICATION_USER IDENTIFIED BY $password; ALTER USER $APPLICATION_USER IDENTIFIED $with BY $password;"
  # By the rights, not by the account: a run that was killed may have made only the latter. Rights that somebody has
  # narrowed since are left alone.
  known=$(sql <<<"SELECT COUNT(*) FROM mysql.db WHERE user = 'ali' AND host = '%';")
  ((known)) || sql <<<"GRANT ALL ON $database.* TO $APPLICATION_USER;"
  report "{\"result\":\"$result\",\"user\":\"ali\",\"time\":\"$(date -u +%FT%TZ)\"}"
}

main
