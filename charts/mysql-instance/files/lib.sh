# shellcheck shell=bash
# Shared by the scripts of an instance; sourced, never run. Everything that must not be got wrong twice is here:
# quoting, the client's option file, the result that the operator reads, and what is left behind at the end.
#
# bash 4.2 and coreutils only: the official images have neither perl nor python, and MySQL 5.7's is Oracle Linux 7.
# shellcheck disable=SC2034 # the names are used by the scripts that source this
# shellcheck disable=SC2016 # backticks in single quotes are MySQL's

readonly DATA_DIR=/var/lib/mysql/data
readonly INITIALIZING_DIR=/var/lib/mysql/.initializing
readonly NEVER_READY=/var/lib/mysql/.never-ready
readonly LAST_VERSION=/var/lib/mysql/.server-version
readonly RUN_DIR=/var/run/mysqld
readonly SOCKET=$RUN_DIR/mysqld.sock
readonly CONFIG=/etc/mysql-operator/my.cnf
readonly CREDENTIALS=/etc/mysql-operator/credentials
readonly BACKUP_DIR=/backup
readonly TERMINATION_LOG=/dev/termination-log

# A schema whose directory in the data directory says: the server runs without a redo log, so a crash leaves nothing that
# InnoDB would start from. See restore.sh, which makes and drops it, and serve.sh, which looks for it.
readonly UNSAFE_LOAD=mysql_operator_load
# MySQL 5.7 compares names of schemas without case where it is not told otherwise: a user's `Sys` would be left out.
readonly NOT_USER_SCHEMAS="_binary'mysql',_binary'sys',_binary'information_schema',_binary'performance_schema',_binary'mysql_operator',_binary'$UNSAFE_LOAD'"

# Of a row of mysql.user: the server does not load (8.4) or have (9) what that account of 5.7 logs in by. Not by a look into
# information_schema.plugins, which makes a temporary table: a start on a full disk would fail there.
readonly PLUGIN_IS_GONE="plugin = 'mysql_native_password' AND CAST(SUBSTRING_INDEX(VERSION(), '.', 2) AS DECIMAL(5,1)) >= 8.4"

umask 077
export LC_ALL=C # messages that classify() can read, and the same order of names everywhere
set -m          # each background job has its own process group, so stop_children reaches whole pipelines
CLEAN_UP=()     # functions to call if the script fails or is told to stop
# In memory: bash before 5.1 writes here-documents to it, with the passwords in them. No program that is started shall see it.
export -n TMPDIR=$RUN_DIR

begin() {
  WORK=$(mktemp -d "$RUN_DIR/work.XXXXXX") # in memory: passwords and their hashes are written to it
  ERRORS=$WORK/errors
  CLIENT=$WORK/client.cnf
  : >"$ERRORS"
  trap finish EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
}

# The lock outlives the clean-up, so that nobody begins on what is being put back; closing its input ends it.
finish() {
  local status=$? step
  trap - EXIT TERM INT
  set +e
  stop_children
  ((status == 0)) || for step in ${CLEAN_UP[@]+"${CLEAN_UP[@]}"}; do "$step"; done
  if ((status != 0)) && [[ ! -e $WORK/failed ]]; then
    errors >&2
    if ((status == 143 || status == 130)); then
      report_failure Interrupted "the script was told to stop before it was done; it can be run again"
    else
      report_failure "$(reason_of_errors Failed)" "$(last_error)"
    fi
  fi
  rm -rf "$WORK"
  exit "$status"
}

# A dump, or a statement that waits in the server, must not outlive the script, nor get in the way of what it puts back.
stop_children() {
  local job
  for job in $(jobs -p); do
    [[ $job != "${LOCK_PID:-}" ]] || continue
    kill -TERM -- "-$job" 2>/dev/null
    wait "$job" 2>/dev/null
  done
}

log() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"; }

# --- results -------------------------------------------------------------------------------------------------------

json_string() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//[$'\001'-$'\037']/ }
  printf '"%s"' "$text"
}

# The operator reads this from the pod's status; 4096 bytes is kubelet's limit, so callers keep it short.
report() {
  printf '%s\n' "$1" >&2 # not where the caller's result goes
  printf '%s' "$1" >"$TERMINATION_LOG"
}

report_failure() {
  report "{\"result\":\"failed\",\"reason\":$(json_string "$1"),\"message\":$(json_string "${2:0:1500}")}"
}

# The file, not a variable, remembers that it was said: fail is called in subshells too.
fail() {
  errors >&2
  : >"$WORK/failed"
  report_failure "$1" "$2"
  exit 1
}

# What was said, without the hashes and passwords of a statement that is quoted in it.
errors() { sed -E -e 's/(0x|\*)[0-9A-Fa-f]{16,}/\1.../g' -e "s/\b((AS|BY) *').*/\1.../I" "$ERRORS"; }

last_error() {
  local line last="it failed without a message; see the log of this pod"
  while IFS= read -r line; do [[ -z $line ]] || last=$line; done < <(errors)
  printf '%s' "$last"
}

# The reason that the words of mysqld, mysql, mysqldump or coreutils stand for; $1 when they say nothing known.
reason_of_errors() {
  case $(<"$ERRORS") in
    *'No space left on device'* | *'Disk quota exceeded'* | *'Disk full'* | *'ERROR 1114 '*) echo DiskFull ;;
    *'ERROR 1045 '* | *': 1045: '* | *'Access denied for user'*) echo AccessDenied ;;
    *'ERROR 2002 '* | *'ERROR 2003 '* | *'ERROR 2005 '* | *'ERROR 2006 '* | *'ERROR 2013 '* | *'ERROR 1053 '*) echo ServerUnreachable ;;
    *'error: 2002'* | *'error: 2003'* | *'error: 2005'* | *'Error 2006'* | *'Error 2013'*) echo ServerUnreachable ;;
    *) echo "$1" ;;
  esac
}

# --- quoting -------------------------------------------------------------------------------------------------------

# 'text' for a session whose sql_mode is empty (NO_BACKSLASH_ESCAPES would change the meaning): every session of ours is.
sql_string() {
  local text=${1//\\/\\\\}
  text=${text//\'/\\\'}
  text=${text//$'\n'/\\n} # MySQL 5.7 reads an init-file line by line
  text=${text//$'\r'/\\r}
  printf "'%s'" "$text"
}

sql_name() { printf '`%s`' "${1//\`/\`\`}"; }

# password_of KEY: the content of the mounted file without trailing newlines, which many tools add to a Secret.
password_of() {
  local password=
  [[ ! -r $CREDENTIALS/$1 ]] || password=$(<"$CREDENTIALS/$1")
  [[ -n $password ]] || fail MissingCredentials "the Secret has no key $1, or it is empty; set it and run this again"
  printf '%s' "$password"
}

# --- the client ----------------------------------------------------------------------------------------------------

# write_client_file FILE PASSWORD LINE...: an option file; passwords go into no argument and no environment.
write_client_file() {
  local file=$1 password=${2//\\/\\\\}
  password=${password//\"/\\\"}
  password=${password//$'\n'/\\n}
  shift 2
  {
    printf '[client]\npassword="%s"\ndefault-character-set=utf8mb4\n' "$password"
    printf '%s\n' "$@"
    printf '[mysql]\nconnect-timeout=5\nmax-allowed-packet=1G\n'
    printf '[mysqldump]\nmax-allowed-packet=1G\n'
  } >"$file"
}

# Jobs talk to the server as root through the admin Service.
use_server() {
  local password
  password=$(password_of root-password) # its own statement: a failure inside an argument would go unseen
  SERVER_HOST=${1:-$MYSQL_HOST}
  write_client_file "$CLIENT" "$password" user=root "host=$SERVER_HOST" port=3306 protocol=tcp
}

# Nothing that our scripts do is replicated, and no lock of somebody else is waited for without end.
readonly SESSION="SET SESSION sql_mode='', SESSION sql_log_bin=0, SESSION lock_wait_timeout=60"

# sql [OPTION...]: runs the statements of its standard input, prints bare rows.
sql() {
  mysql --defaults-file="$CLIENT" --batch --skip-column-names --raw --init-command="$SESSION" "$@" 2>>"$ERRORS"
}

listens() { (exec 3<>"/dev/tcp/$SERVER_HOST/3306") 2>/dev/null; }

# An older pod with an older password may still be ending, so a refused password is waited for like a refused connection.
wait_for_server() {
  local deadline=$((SECONDS + ${WAIT_SECONDS:-300}))
  # Asking bash first: a client would take the processor from a server that is about to listen.
  until listens || ((SECONDS >= deadline)); do sleep 0.05; done
  until sql >"$WORK/version" <<<'SELECT VERSION();'; do
    ((SECONDS < deadline)) || fail "$(reason_of_errors ServerUnreachable)" \
      "the server did not let root in within ${WAIT_SECONDS:-300} s: $(last_error); see the pod of the Deployment"
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

# marker COLUMN: of the row that tells how far the restore is; nothing if it has not begun.
marker() { sql <<<"SELECT $1 FROM mysql_operator.marker WHERE id = 1;"; }

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
WHERE user NOT LIKE 'mysql.%' AND user <> 'mysql_operator_probe' AND NOT (user = 'root' AND host IN ('localhost', '%'))
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

# --- the data directory --------------------------------------------------------------------------------------------

server_version() {
  local text
  text=$(mysqld --version)
  [[ $text =~ Ver\ ([0-9]+\.[0-9]+\.[0-9]+) ]] || fail UnknownServer "the image's mysqld does not tell its version: $text"
  printf '%s' "${BASH_REMATCH[1]}"
}

# Makes the data directory under another name and renames it when it is whole, so a kill at any point leaves either none or
# a good one. Nothing needs to be durable before the rename: without its own syncs mysqld takes half the time, and one sync
# covers all. These settings leave no trace in the files; the server makes its doublewrite files when it starts.
initialize_data() {
  rm -rf "$INITIALIZING_DIR"
  mysqld --defaults-file="$CONFIG" --datadir="$INITIALIZING_DIR" --initialize-insecure \
    --innodb-flush-method=nosync --innodb-use-native-aio=0 --innodb-doublewrite=0 --loose-skip-log-bin 2>>"$ERRORS" ||
    fail "$(reason_of_errors InitializeFailed)" "mysqld could not make the data directory; see the log of this container"
  cat "$ERRORS" >&2
  : >"$NEVER_READY"
  sync_files /var/lib/mysql
  mv -T "$INITIALIZING_DIR" "$DATA_DIR"
  sync_files /var/lib/mysql
}

# coreutils before 8.24 (MySQL 5.7's image) sync everything or nothing, and hear of no error. Others must not be asked that way
# after an error: what could not be written is forgotten then, and the files look good as long as they are in memory.
sync_files() {
  local help
  help=$(sync --help)
  if [[ $help == *--file-system* ]]; then
    sync -f "$1" 2>>"$ERRORS"
  else
    sync
  fi
}
