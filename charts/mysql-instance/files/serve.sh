#!/usr/bin/env bash
# Main container: starts mysqld, sets it up before anybody can connect, and starts it again when it asks for that: mysqld ends
# with code 16 after RESTART and after CLONE INSTANCE. Everything is set up anew at each of these starts, from the Secret and the
# values, so an old password is never needed to set a new one.
#
# Nothing that users may change may keep the server from starting. What must work is done by the init file, in a session that
# sets all it depends on; what users can break (root, say) is done afterwards, and a failure there is only logged.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=swap.sh
. "${BASH_SOURCE[0]%/*}/swap.sh"

readonly INIT_FILE=$RUN_DIR/init.sql
readonly SET_UP=$RUN_DIR/set-up     # probes look for it
readonly RESTORED=$RUN_DIR/restored # the readiness probe's
readonly RESTART_CODE=16
SERVER_PID=
STOPPING=
INTERRUPTED=
OPTIONS=()

# Nobody but the restore Job has written to a server that was never ready. What such a server holds after a load without a redo log
# or after half a clone is of no use: it refuses to start, its undo log is damaged (seen on 9.7.4 after a SIGKILL), or folders
# are left by whose names mysqld makes no schema (error 3678). So the data directory is made anew, and the Job starts over.
discard_half_restore() {
  is_half_restored || return 0
  log "The server ended in the middle of its first restore: making the data directory anew."
  rm -rf "$DATA_DIR"
  initialize_data
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

# write_if CONDITION STATEMENT: one statement a line (5.7); by PREPARE, because mysqld splits the init file at a `;` within
# backticks too.
write_if() {
  local statement
  statement=$(sql_string "$2")
  printf "SET @statement = IF(%s, %s, 'DO 0');\nPREPARE statement FROM @statement;\nEXECUTE statement;\n" "$1" "$statement"
}

# Not for a server with innodb_force_recovery, nor for one that a fence keeps read-only.
write() { write_if @writable "$1"; }

# What may refuse a password: set to nothing, for as long as passwords are set.
readonly PASSWORD_RULES="variable_name IN ('password_history', 'password_reuse_interval', 'authentication_policy')
  OR variable_name LIKE 'validate\\_password%' AND variable_name NOT LIKE '%dictionary%'"

# And as many prepared statements as are needed here. The lengths come last: they cannot be below what the other rules add up to.
relax_rules() {
  printf 'SET @prepared = @@GLOBAL.max_prepared_stmt_count;\nSET GLOBAL max_prepared_stmt_count = DEFAULT;\n'
  local rules=${PASSWORD_RULES//$'\n'/ } variables now relaxed setting
  variables="FROM performance_schema.global_variables WHERE $rules"
  now="IF(variable_value REGEXP '^[0-9]+\$', variable_value, QUOTE(variable_value))"
  relaxed="CASE WHEN variable_name = 'authentication_policy' THEN '\\'*,,\\'' ELSE 0 END"
  for setting in "restore $now" "relax $relaxed"; do
    printf "SET @%s = COALESCE((SELECT CONCAT('SET ', GROUP_CONCAT('GLOBAL ', variable_name, ' = ', %s ORDER BY variable_name LIKE '%%length', variable_name)) %s), 'DO 0');\n" \
      "${setting%% *}" "${setting#* }" "$variables"
  done
  printf 'PREPARE statement FROM @relax;\nEXECUTE statement;\n'
}

restore_rules() {
  printf 'PREPARE statement FROM @restore;\nEXECUTE statement;\nSET GLOBAL max_prepared_stmt_count = @prepared;\n'
}

# Whether the data directory may be made anew, as SQL has it.
is_disposable() { if [[ -e $NEVER_READY ]]; then echo 1; else echo 0; fi; }

# add_column TABLE DEFINITION: where it is missing.
add_column() {
  write_if "@writable AND NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = 'mysql_operator' AND table_name = '$1' AND column_name = '${2%% *}')" \
    "ALTER TABLE mysql_operator.$1 ADD COLUMN $2"
}

# Whatever was done to the account, a new one is as it should be. A more specific host would be taken first.
write_account() {
  local password
  password=$(operator_password) # its own statement: a failure inside an argument would go unseen
  password=$(sql_string "$password")
  write "DROP USER IF EXISTS '$OPERATOR'@'localhost', '$OPERATOR'@'%'"
  write "DELETE FROM mysql.user WHERE user = '$OPERATOR'"
  write "FLUSH PRIVILEGES"
  password="IDENTIFIED /*!80000 WITH caching_sha2_password */ BY $password"
  write "CREATE USER '$OPERATOR'@'localhost' $password, '$OPERATOR'@'%' $password REQUIRE NONE WITH MAX_USER_CONNECTIONS 10000 PASSWORD EXPIRE NEVER /*!80003 PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY */ ACCOUNT UNLOCK"
  write "GRANT ALL ON *.* TO '$OPERATOR'@'localhost', '$OPERATOR'@'%' WITH GRANT OPTION"
}

# The marker says how far the restore is, and on which volume: a row that came with a copy of another instance's data
# directory names another one, and the fence beside it was that instance's.
write_schema() {
  local volume disposable
  volume=$(<"$VOLUME_ID")
  disposable=$(is_disposable)
  write "CREATE DATABASE IF NOT EXISTS mysql_operator DEFAULT CHARACTER SET utf8mb4"
  write "CREATE TABLE IF NOT EXISTS mysql_operator.marker (id TINYINT PRIMARY KEY, state ENUM('loading','complete') NOT NULL, result TEXT NOT NULL, settings TEXT NOT NULL) ENGINE=InnoDB COMMENT='Written last by a restore'"
  write "CREATE TABLE IF NOT EXISTS mysql_operator.fence (id TINYINT PRIMARY KEY, since DATETIME NOT NULL, holder VARCHAR(255) NOT NULL) ENGINE=InnoDB COMMENT='A row keeps the server read-only'"
  write "CREATE TABLE IF NOT EXISTS mysql_operator.server (id TINYINT PRIMARY KEY, disposable TINYINT NOT NULL) ENGINE=InnoDB COMMENT='Whether the data directory may be made anew, and its volume'"
  write "CREATE TABLE IF NOT EXISTS mysql_operator.account (name VARCHAR(128) PRIMARY KEY, digest CHAR(64) NOT NULL) ENGINE=InnoDB COMMENT='Accounts whose password is the one of the Secret'"
  add_column marker "volume VARCHAR(64) NOT NULL DEFAULT '$volume'"
  add_column server "volume VARCHAR(64) NOT NULL DEFAULT ''"
  write "REPLACE INTO mysql_operator.server (id, disposable, volume) VALUES (1, $disposable, '$volume')"
  write "DELETE FROM mysql_operator.fence WHERE EXISTS (SELECT 1 FROM mysql_operator.marker WHERE volume <> '$volume')"
}

# mysqld serves on if a statement fails, but skips the rest. It starts in offline mode, which lets in our account alone.
# The fence is kept in a table, so a restart in the middle of a deletion does not let writes in behind the last backup; it is
# set here, before events run.
write_init_file() {
  {
    printf '%s;\nSET NAMES utf8mb4;\n' "$SESSION"
    printf 'SET @writable = NOT (@@GLOBAL.innodb_force_recovery OR @@GLOBAL.innodb_read_only);\n'
    printf 'SET GLOBAL read_only = OFF;\n' # super_read_only goes with it
    relax_rules
    # Our clients compress nothing.
    write_if "EXISTS (SELECT 1 FROM performance_schema.global_variables WHERE variable_name = 'protocol_compression_algorithms' AND NOT FIND_IN_SET('uncompressed', variable_value))" \
      "SET GLOBAL protocol_compression_algorithms = CONCAT(@@GLOBAL.protocol_compression_algorithms, ',uncompressed')"
    write_account
    write_schema
    restore_rules
    printf 'SET GLOBAL super_read_only = IF(@writable, (SELECT COUNT(*) FROM mysql_operator.fence), 1);\n'
  } >"$INIT_FILE"
}

# --- what users can break ------------------------------------------------------------------------------------------

# root_statements HOST PASSWORD KEY: writes the password only where it is not what was written last, since a rule of the account's
# own may refuse to take the same one again. The digest covers the stored hash, so a password that somebody else has set
# since is replaced. Its key is the operator's password: without one there is no digest, and the password is always written.
root_statements() {
  local account="'root'@'$1'" row="user = 'root' AND host = '$1'" digest
  digest="SHA2(CONCAT(CONVERT(authentication_string USING utf8mb4), $2, $3), 256)"
  write_if "@writable AND NOT EXISTS (SELECT 1 FROM mysql.user WHERE $row)" "CREATE USER $account ACCOUNT LOCK"
  printf 'SET @before = (SELECT authentication_string FROM mysql.user WHERE %s);\n' "$row"
  printf "SET @same = %s <> '' AND EXISTS (SELECT 1 FROM mysql.user JOIN mysql_operator.account ON name = CONCAT(user, '@', host) WHERE %s AND account_locked = 'N' AND password_expired = 'N' AND digest = %s);\n" \
    "$3" "$row" "$digest"
  # ALTER USER keeps the plugin of an account.
  write_if '@writable AND NOT @same' "ALTER USER $account IDENTIFIED BY $2 ACCOUNT UNLOCK"
  write "GRANT ALL ON *.* TO $account WITH GRANT OPTION"
  write "REPLACE INTO mysql_operator.account SELECT CONCAT(user, '@', host), $digest FROM mysql.user WHERE $row AND authentication_string <> @before"
}

# The last lines let everybody in, and say so. Not where the init file has failed: the row of this start is missing then, and
# maybe a fence. Servers under recovery have the row of an earlier start.
set_up_statements() {
  local root key='' database disposable
  disposable=$(is_disposable)
  root=$(password_of root-password)
  root=$(sql_string "$root")
  [[ ! -s $CREDENTIALS/operator-password ]] || key=$(password_of operator-password)
  key=$(sql_string "$key")
  database=$(sql_name "$MYSQL_DATABASE")
  printf 'SET @recovers = @@GLOBAL.innodb_force_recovery OR @@GLOBAL.innodb_read_only, @closed = 1;\n'
  printf "SET @closed = NOT EXISTS (SELECT 1 FROM mysql_operator.server WHERE volume = '%s' AND (@recovers OR disposable = %s));\n" \
    "$(<"$VOLUME_ID")" "$disposable"
  printf 'SET GLOBAL super_read_only = @closed OR @recovers OR EXISTS (SELECT 1 FROM mysql_operator.fence);\n'
  printf 'SET @writable = NOT @@GLOBAL.super_read_only;\n'
  relax_rules
  write "CREATE DATABASE IF NOT EXISTS $database"
  write "UPDATE mysql.user SET plugin = 'caching_sha2_password', authentication_string = '' WHERE user = 'root' AND $PLUGIN_IS_GONE"
  write 'FLUSH PRIVILEGES'
  root_statements localhost "$root" "$key"
  root_statements % "$root" "$key"
  restore_rules
  printf 'SET GLOBAL offline_mode = @closed;\nSELECT VERSION() FROM DUAL WHERE @closed = 0;\n'
}

# pause SECONDS: waits without starting a program, as sleep is one: twenty of them a second would take the processor from the
# server that is waited for. NB: not for a shell that cleans up on SIGTERM. A trap that ran inside read was seen to leave
# the scratch data of a verification behind.
exec {PAUSE}<> <(:)
pause() { read -r -t "$1" -u "$PAUSE" || true; }

# The first time everything has to work: nobody but us has changed anything yet. Later the server is opened all the same.
set_up() {
  local answer options=(--force)
  [[ -e $LAST_VERSION ]] || options=()
  until [[ -S $SOCKET ]]; do
    kill -0 "$SERVER_PID" 2>/dev/null || return 1
    pause 0.05
  done
  set_up_statements >"$WORK/set-up.sql"
  while true; do
    : >"$ERRORS"
    answer=$(sql ${options[@]+"${options[@]}"} <"$WORK/set-up.sql") || true
    [[ -z $answer ]] || break
    kill -0 "$SERVER_PID" 2>/dev/null || return 1
    [[ $(reason_of_errors NotSetUp) == ServerUnreachable ]] || fail "$(reason_of_errors NotSetUp)" \
      "the server could not be set up and is started again: $(last_error) (where its log has an ERROR MY-000061 about the init file, that is the cause)"
    pause 0.2
  done
  [[ ! -s $ERRORS ]] || log "The server was started, but not everything could be set up: $(errors)"
  copy_serves
  rm -f "$INIT_FILE" "$WORK/set-up.sql" # they hold passwords
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
  rm -f "$SET_UP"
  [[ ! -e $WORK/failed ]] || STATUS=1
}

main() {
  local password
  begin
  trap stop TERM INT
  name_volume
  password=$(operator_password)
  password_of root-password >/dev/null
  CLIENT=$RUN_DIR/probe.cnf
  # The host is named, because the client takes an environment variable MYSQL_HOST for its default.
  write_client_file "$CLIENT" "$password" "user=$OPERATOR" host=localhost "socket=$SOCKET"
  while true; do
    serve
    if [[ -z $STOPPING ]] && ((SERVED != 0)) && { is_half_restored || swap_back; }; then
      rm -f "$WORK/failed"
      : >"$TERMINATION_LOG"
      continue
    fi
    [[ -z $STOPPING && ! -e $WORK/failed ]] || break
    if ((STATUS == RESTART_CODE)); then
      log "mysqld asked for a restart."
    elif ((STATUS == 0)) || ((SERVED == 0)) || ! leave_out_persisted; then
      break
    fi
  done
  : >"$WORK/failed" # mysqld has said all there is to say
  exit "$STATUS"
}

main
