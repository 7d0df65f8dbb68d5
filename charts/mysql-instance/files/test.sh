#!/usr/bin/env bash
# helm test: what a client of the Service sees.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=jobs.sh
. "${BASH_SOURCE[0]%/*}/jobs.sh"

main() {
  local found state
  begin
  use_server "$MYSQL_HOST"
  wait_for_server
  found=$(sql <<<"SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = $(sql_string "$MYSQL_DATABASE");")
  ((found == 1)) || fail NoDatabase "the server has no database $MYSQL_DATABASE; restart its pod, which makes it"
  state=$(marker state)
  [[ $state == complete ]] || fail NotRestored "the restore is not complete; see the Job restore-$INSTANCE-job"
  sql --table --column-names <<<"SELECT VERSION() AS server, @@hostname AS pod, @@read_only AS fenced, @@max_connections AS connections;"
  count_rows
  report "{\"result\":\"complete\",\"serverVersion\":$(json_string "$SERVER_VERSION")}"
}

main
