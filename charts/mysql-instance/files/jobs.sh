# shellcheck shell=bash
# What the Jobs need beyond lib.sh: the way to the server, the lock, the marker and the fence, what the server holds, and the
# backups. Sourced, never run.
# shellcheck disable=SC2034 # the names are used by the scripts that source this
# shellcheck disable=SC2016 # backticks in single quotes are MySQL's
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

readonly BACKUP_DIR=/backup

# MySQL 5.7 compares names of schemas without case where it is not told otherwise: a user's `Sys` would be left out.
readonly NOT_USER_SCHEMAS="_binary'mysql',_binary'sys',_binary'information_schema',_binary'performance_schema',_binary'mysql_operator',_binary'$UNSAFE_LOAD'"

# --- the server ----------------------------------------------------------------------------------------------------

readonly ADMIN_PORT=33062

use_server() {
  local password
  password=$(operator_password) # its own statement: a failure inside an argument would go unseen
  SERVER_HOST=${1:-$MYSQL_HOST}
  write_client_file "$CLIENT" "$password" "user=$OPERATOR" "host=$SERVER_HOST" "port=3306" protocol=tcp
}

# Under a time limit of its own: a network policy may let packets to one of the ports vanish.
listens() { timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$SERVER_HOST" "$1" 2>/dev/null; }

# The admin port lets us in when all connections are taken. Servers before 8.0.14 have none.
choose_port() {
  if listens "$ADMIN_PORT"; then
    sed -i "s/^port=.*/port=$ADMIN_PORT/" "$CLIENT"
  fi
}

# An older pod with an older password may still be ending, so a refused password is waited for like a refused connection.
wait_for_server() {
  local deadline=$((SECONDS + ${WAIT_SECONDS:-300}))
  # Asking bash first: a client would take the processor from a server that is about to listen.
  until listens 3306 || ((SECONDS >= deadline)); do sleep 0.2; done
  choose_port
  until sql >"$WORK/version" <<<'SELECT VERSION();'; do
    ((SECONDS < deadline)) || fail "$(reason_of_errors ServerUnreachable)" \
      "the Job could not log in as $OPERATOR within ${WAIT_SECONDS:-300} s: $(last_error); see the pod of the Deployment"
    : >"$ERRORS"
    sleep 0.25
  done
  : >"$ERRORS"
  SERVER_VERSION=$(<"$WORK/version")
  SERVER_VERSION=${SERVER_VERSION%%-*}
}

# Backup and restore of one instance never overlap, not even with a pod that was killed: the server drops the lock with the
# connection. The coprocess ends with this script (end of file on its input), and its statements keep the connection alive.
# HAD_TO_WAIT says whether somebody else had it before. LOCK_IS_OURS is a condition for statements that must do nothing if
# they reach the server after the lock was lost.
take_lock() {
  local at_once='' answer='' session=''
  coproc LOCK {
    {
      printf "SET SESSION wait_timeout=120;\nSELECT GET_LOCK('mysql_operator', 0);\n"
      printf "SELECT GET_LOCK('mysql_operator', %d), CONNECTION_ID();\n" "${WAIT_SECONDS:-300}"
      until read -r -t 30 || (($? <= 128)); do printf 'DO 1;\n'; done
    } | sql --unbuffered
  }
  read -r -u "${LOCK[0]}" at_once || true
  read -r -u "${LOCK[0]}" answer session || true
  [[ $answer == 1 ]] || fail Busy "another backup or restore of this instance is running; it will be tried again"
  HAD_TO_WAIT=
  [[ $at_once == 1 ]] || HAD_TO_WAIT=yes
  LOCK_IS_OURS="(IS_USED_LOCK('mysql_operator') <=> $session)"
}

# A client that was ended leaves its last statement at work in the server. The session of such a statement holds a lock of its
# own until it is over. wait_for_statements COLUMNS LOCK...: ANSWER is one row of these columns, asked when it is over. No output
# of a subshell, which a SIGTERM would have to wait for.
wait_for_statements() {
  local free=0 columns=$1 question
  shift
  printf -v question " AND IS_FREE_LOCK('mysql_operator.%s')" "$@"
  while ((free == 0)); do
    ANSWER=$(sql <<<"SELECT 1$question, $columns;") || return 1
    read -r free ANSWER <<<"$ANSWER"
    ((free)) || sleep 0.25
  done
}

# The row that tells how far the restore is, if it is about this volume: one that came with a copied data directory is not.
readonly MARKER="mysql_operator.marker JOIN mysql_operator.server USING (id, volume) WHERE id = 1"

# marker COLUMN: of that row; nothing if the restore has not begun.
marker() { sql <<<"SELECT $1 FROM $MARKER;"; }

# A number, not a status: a server that does not answer must not pass for one that is open.
fence_state() { sql <<<'SELECT @@GLOBAL.super_read_only;'; }

# lift_fence [EXCEPT]: a fence whose row meets that condition stays. The server looks and acts in one statement, because the
# word of a pod that was cut off may come when another one has closed the server for good. super_read_only goes with read_only.
lift_fence() {
  local fenced except=${1:-FALSE}
  wait_for_statements NULL fence
  sql <<<"SET GLOBAL read_only = @@GLOBAL.read_only AND EXISTS (SELECT 1 FROM mysql_operator.fence WHERE $except);"
  fenced=$(fence_state)
  ((fenced)) || sql <<<"DELETE FROM mysql_operator.fence WHERE NOT ($except);"
}

# --- contents ------------------------------------------------------------------------------------------------------

# One JSON object a line for each table with the number of its rows, in a fixed order, so two of these lists can be compared
# as text: the receipt's, and that of a server that was loaded from the dump.
count_rows() {
  sql >"$WORK/count.sql" <<EOF
SELECT CONCAT('SELECT CONCAT(', QUOTE(CONCAT('{"schema":', JSON_QUOTE(table_schema), ',"table":', JSON_QUOTE(table_name), ',"rows":')),
  ', COUNT(*), ''}'') FROM \`', REPLACE(table_schema, '\`', '\`\`'), '\`.\`', REPLACE(table_name, '\`', '\`\`'), '\`;')
FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ($NOT_USER_SCHEMAS);
EOF
  sql <"$WORK/count.sql" | sort
}

# The other things that a dump holds, counted.
count_objects() {
  sql <<EOF
SELECT CONCAT('{"views":', (SELECT COUNT(*) FROM information_schema.views WHERE table_schema NOT IN ($NOT_USER_SCHEMAS)),
  ',"routines":', (SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema NOT IN ($NOT_USER_SCHEMAS)),
  ',"triggers":', (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema NOT IN ($NOT_USER_SCHEMAS)),
  ',"events":', (SELECT COUNT(*) FROM information_schema.events WHERE event_schema NOT IN ($NOT_USER_SCHEMAS)), '}');
EOF
}

# The accounts that belong to the users, quoted, one a line: not the server's own, not those that serve.sh looks after.
user_accounts() {
  sql <<'EOF'
SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) FROM mysql.user
WHERE user NOT LIKE 'mysql.%' AND user <> 'mysql_operator' AND NOT (user = 'root' AND host IN ('localhost', '%'))
ORDER BY user, host;
EOF
}

# --- backups -------------------------------------------------------------------------------------------------------

# NAME-20261123T120000Z.sql.zst with its receipt NAME-20261123T120000Z.json. The suffix says how it is compressed.

readonly LAST_LINE='-- Dump completed'

# All backups with a final name, newest first. bash itself would take a volume that cannot be read for an empty one.
backups() {
  local name
  ls -A "$BACKUP_DIR/" >"$WORK/names" 2>>"$ERRORS" || fail BackupVolumeMissing \
    "the volume backup-$INSTANCE-pvc cannot be read at $BACKUP_DIR: $(last_error)"
  while IFS= read -r name; do
    [[ $name != "$INSTANCE"-????????T??????Z.sql.@(gz|zst) ]] || printf '%s\n' "$BACKUP_DIR/$name"
  done <"$WORK/names" | sort -r
}

receipt_of() { printf '%s.json' "${1%.sql.*}"; }

# receipt_field FIELD RECEIPT: backup.sh writes one field a line.
receipt_field() {
  local value
  value=$(sed -n "s/^  \"$1\"://p" "$2")
  value=${value%,}
  value=${value#\"}
  printf '%s' "${value%\"}"
}

receipt_tables() { sed -n 's/^    \({"schema":.*}\),\{0,1\}$/\1/p' "$1" | sort; }

checksum() {
  local sum
  sum=$(sha256sum "$1")
  printf '%s' "${sum%% *}"
}

choose_compression() {
  SUFFIX=gz
  ! command -v zstd >/dev/null || SUFFIX=zst
}

compress() {
  case $SUFFIX in
    zst) zstd -q -1 -c ;;
    gz) gzip -1 -c ;;
  esac
}

decompress() {
  case $1 in
    *.zst*) zstd -q -d -c "$1" ;;
    *) gzip -d -c "$1" ;;
  esac
}

