#!/usr/bin/env bash
# Main container: starts mysqld, sets it up before anybody can connect, and starts it again when it asks for that: mysqld ends
# with code 16 after RESTART and after CLONE INSTANCE. Everything is set up anew at each of these starts, from the Secret and the
# values, so an old password is never needed to set a new one.
#
# Nothing that users may change may keep the server from starting. What must work is done by the init file, in a session that
# sets all it depends on; what users can break (root, say) is done afterwards, and a failure there is only logged.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=swap.sh
. "${BASH_SOURCE[0]%/*}/swap.sh"

readonly CREDENTIALS=/etc/mysql-operator/credentials
readonly SOCKET=$RUN_DIR/mysqld.sock
readonly CLIENT=$RUN_DIR/probe.cnf # option file of the client, and of the probes
readonly INIT_FILE=$RUN_DIR/init.sql
readonly SET_UP_FILE=$RUN_DIR/set-up.sql
readonly ERRORS=$RUN_DIR/set-up.err
readonly SET_UP=$RUN_DIR/set-up     # probes look for it
readonly RESTORED=$RUN_DIR/restored # the readiness probe's
readonly RESTART_CODE=16
# A schema whose directory in the data directory says: the server runs without a redo log, so a crash leaves nothing that
# InnoDB would start from. The restore Job makes and drops it.
readonly UNSAFE_LOAD=mysql_operator_load
SERVER_PID=
STOPPING=
INTERRUPTED=
OPTIONS=()

has_reported() { [[ -s $TERMINATION_LOG ]]; }

# Nobody but the restore Job has written to a server that was never ready. What such a server holds after a load without a redo log
# or after half a clone is of no use: it refuses to start, its undo log is damaged (seen on 9.7.4 after a SIGKILL), or folders
# are left by whose names mysqld makes no schema (error 3678). So the data directory is made anew, and the Job starts over.
discard_half_restore() {
  is_half_restored || return 0
  log "The server ended in the middle of its first restore: making the data directory anew."
  rm -rf "$DATA_DIR"
  bash "$FILES/initialize.sh"
  : >"$TERMINATION_LOG" # nothing has ended
}

is_half_restored() { [[ -e $NEVER_READY ]] && { [[ -d $DATA_DIR/$UNSAFE_LOAD ]] || is_half_cloned; }; }

# Not where mysqld has the files of a complete clone, which it takes over as it starts.
is_half_cloned() {
  local clone=$DATA_DIR/#clone state='' path
  [[ ! -e $clone/#status_in_progress ]] || return 0
  [[ ! -s $clone/#view_status ]] || read -r state _ <"$clone/#view_status" || true
  [[ $state == [13] ]] || return 1 # begun, failed
  for path in "$clone"/*; do
    [[ $path == */#view_* ]] || return 1
  done
}

# --- statements ----------------------------------------------------------------------------------------------------

# password_of KEY: the content of the mounted file without trailing newlines, which many tools add to a Secret.
password_of() {
  local password=
  [[ ! -r $CREDENTIALS/$1 ]] || password=$(<"$CREDENTIALS/$1")
  [[ -n $password ]] || fail MissingCredentials "the Secret has no key $1, or it is empty; set it and run this again"
  printf '%s' "$password"
}

# The operator adds its own password to the Secret. A Secret for plain helm may do without: root's serves then.
has_own_password() { [[ -s $CREDENTIALS/operator-password ]]; }
operator_password() { if has_own_password; then password_of operator-password; else password_of root-password; fi; }

# 'text' for a session whose sql_mode is empty (NO_BACKSLASH_ESCAPES would change the meaning): every session of ours is.
sql_string() {
  local text=${1//\\/\\\\}
  text=${text//\'/\\\'}
  text=${text//$'\n'/\\n} # one statement a line
  text=${text//$'\r'/\\r}
  printf "'%s'" "$text"
}

# What the SQL files depend on: they hold no password themselves. Each in a command of its own, because a failure inside an
# argument would go unseen.
variables() {
  local operator root key='' database volume disposable=0
  operator=$(operator_password)
  root=$(password_of root-password)
  ! has_own_password || key=$operator
  operator=$(sql_string "$operator") root=$(sql_string "$root") key=$(sql_string "$key")
  database=$(sql_string "$MYSQL_DATABASE")
  volume=$(<"$VOLUME_ID")
  [[ ! -e $NEVER_READY ]] || disposable=1 # the data directory may be made anew
  cat <<EOF
SET NAMES utf8mb4;
SET @operator_password = $operator, @root_password = $root, @digest_key = $key;
SET @database = $database, @volume = '$volume', @disposable = $disposable;
EOF
}

# one_statement_a_line FILE...: 5.7 reads an init file line by line, and takes no comments. A `;` ends a line of these files
# only where it ends a statement.
one_statement_a_line() { sed -e '/^--/d' "$@" | tr '\n' ' ' | sed -e 's/; */;\n/g'; }

write_init_file() {
  {
    one_statement_a_line "$FILES/session.sql"
    variables
    one_statement_a_line "$FILES/relax-rules.sql" "$FILES/init.sql"
  } >"$INIT_FILE"
}

write_set_up_file() {
  local host
  {
    variables
    cat "$FILES/relax-rules.sql" "$FILES/set-up.sql"
    for host in localhost %; do
      printf "SET @host = '%s';\n" "$host"
      cat "$FILES/root.sql"
    done
    cat "$FILES/open.sql"
  } >"$SET_UP_FILE"
}

# Passwords go into no argument and no environment. The host is named, because the client takes an environment variable
# MYSQL_HOST for its default. And it logs in where the server has no TLS, too.
write_client_file() {
  local password session
  password=$(operator_password)
  password=${password//\\/\\\\}
  password=${password//\"/\\\"}
  password=${password//$'\n'/\\n}
  session=$(one_statement_a_line "$FILES/session.sql")
  cat >"$CLIENT" <<EOF
[client]
user=mysql_operator
password="$password"
host=localhost
socket=$SOCKET
default-character-set=utf8mb4
loose-get-server-public-key
[mysql]
connect-timeout=5
init-command="$session"
EOF
}

# --- what users can break ------------------------------------------------------------------------------------------

# What went wrong, without the hashes and passwords of a statement that is quoted in it.
errors() { sed -E -e 's/(0x|\*)[0-9A-Fa-f]{16,}/\1.../g' -e "s/\b((AS|BY) *').*/\1.../I" "$ERRORS"; }

# It is not there yet, or it is ending.
is_unreachable() { [[ $(<"$ERRORS") =~ ERROR\ (2002|2003|2006|2013|1053)\  ]]; }

# pause SECONDS: waits without starting a program, as sleep is one: twenty of them a second would take the processor from the
# server that is waited for. NB: not for a shell that cleans up on SIGTERM. A trap that ran inside read was seen to leave
# the scratch data of a verification behind.
exec {PAUSE}<> <(:)
pause() { read -r -t "$1" -u "$PAUSE" || true; }

# The first time everything has to work: nobody but us has changed anything yet. Later the server is opened all the same.
set_up() {
  local answer last options=(--batch --skip-column-names --raw)
  [[ ! -e $LAST_VERSION ]] || options+=(--force)
  until [[ -S $SOCKET ]]; do
    kill -0 "$SERVER_PID" 2>/dev/null || return 1
    pause 0.05
  done
  write_set_up_file
  while true; do
    answer=$(mysql --defaults-file="$CLIENT" "${options[@]}" <"$SET_UP_FILE" 2>"$ERRORS") || true
    [[ -z $answer ]] || break
    kill -0 "$SERVER_PID" 2>/dev/null || return 1
    last=$(errors | tail -n 1)
    is_unreachable || fail NotSetUp \
      "the server could not be set up and is started again: ${last:-it says nothing} (where its log has an ERROR MY-000061 about the init file, that is the cause)"
    pause 0.2
  done
  [[ ! -s $ERRORS ]] || log "The server was started, but not everything could be set up: $(errors)"
  copy_serves
  rm -f "$INIT_FILE" "$SET_UP_FILE" "$ERRORS" # they hold passwords
  printf '%s\n' "$answer" >"$LAST_VERSION"
  : >"$SET_UP"
}

# --- the process ---------------------------------------------------------------------------------------------------

# status_of PID: waits for its end, also when a signal interrupts the wait; STATUS is its exit code.
status_of() {
  local status
  while true; do
    INTERRUPTED=
    status=0
    wait "$1" || status=$?
    [[ -n $INTERRUPTED ]] || break
  done
  STATUS=$status
}

# shellcheck disable=SC2329 # a trap calls it
stop() {
  STOPPING=yes INTERRUPTED=yes
  [[ -z $SERVER_PID ]] || kill -TERM "$SERVER_PID" 2>/dev/null || true
}

# The address is the pod's: the admin port takes no wildcard. A program that lacks the plugin of clone says so in its log.
start_server() {
  local options=(--defaults-file="$CONFIG" --datadir="$DATA_DIR" --socket="$SOCKET" --pid-file="$RUN_DIR/mysqld.pid")
  options+=(--offline-mode=ON --init-file="$INIT_FILE" --plugin-load-add=mysql_clone.so)
  [[ -z ${POD_IP:-} ]] || options+=(--loose-admin-address="$POD_IP" --loose-admin-port=33062 --loose-create-admin-listener-thread=ON)
  MYSQLD_PARENT_PID=$$ mysqld "${options[@]}" ${OPTIONS[@]+"${OPTIONS[@]}"} &
  SERVER_PID=$!
}

# A value that was set by SET PERSIST may be one that no server can start with, and no statement can take it back then.
leave_out_persisted() {
  [[ ${#OPTIONS[@]} == 0 && -s $DATA_DIR/mysqld-auto.cnf ]] || return 1
  OPTIONS=(--loose-persisted-globals-load=OFF)
  log "mysqld ended before it served: trying without the variables of SET PERSIST (mysqld-auto.cnf). Correct them by RESET PERSIST."
}

# One start of mysqld and its end: STATUS is its exit code, SERVED is 0 if it could be set up.
serve() {
  swap_restored
  discard_half_restore
  # Of a server that was killed. mysqld takes its lock for another server's if that number belongs to any process by now.
  rm -f "$RESTORED" "$SET_UP" "$SOCKET" "$SOCKET.lock"
  write_init_file
  start_server
  [[ -z $STOPPING ]] || stop # the signal came before there was a server
  set_up &
  status_of $!
  SERVED=$STATUS
  ((SERVED == 0)) || kill -TERM "$SERVER_PID" 2>/dev/null || true
  status_of "$SERVER_PID"
  SERVER_PID=
  rm -f "$SET_UP" "$SET_UP_FILE" "$ERRORS"
  ! has_reported || STATUS=1
}

main() {
  trap stop TERM INT
  password_of root-password >/dev/null
  write_client_file
  while true; do
    serve
    if [[ -z $STOPPING ]] && ((SERVED != 0)) && { is_half_restored || swap_back; }; then
      : >"$TERMINATION_LOG"
      continue
    fi
    if [[ -n $STOPPING ]] || has_reported; then
      break
    elif ((STATUS == RESTART_CODE)); then
      log "mysqld asked for a restart."
    elif ((STATUS == 0)) || ((SERVED == 0)) || ! leave_out_persisted; then
      break
    fi
  done
  exit "$STATUS"
}

main
