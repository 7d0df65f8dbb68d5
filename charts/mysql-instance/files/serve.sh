#!/usr/bin/env bash
# Main container: makes accounts and schemas what the Secret and the values say, at every start and before anybody can
# connect, then becomes mysqld. So an old password is never needed to set a new one: changing the Secret and restarting is
# all there is to it.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

readonly INIT_FILE=$RUN_DIR/init.sql
readonly PROBE_USER=mysql_operator_probe

# A server that was killed while it loaded a backup without a redo log refuses to start for ever. Making its data anew is
# safe if both hold: the load had not ended, and the instance was never ready, so nobody but restore.sh has written to it.
# The restore Job then finds an empty server and starts from the beginning.
discard_unsafe_load() {
  [[ -e $NEVER_READY && -d $DATA_DIR/$UNSAFE_LOAD ]] || return 0
  log "The server ended while it loaded a backup for the first time: making the data directory anew."
  rm -rf "$DATA_DIR"
  initialize_data
}

# One statement a line (5.7). Names go through PREPARE, because mysqld splits at a `;` within backticks. mysqld serves on if
# a statement fails, but skips the rest; the last one therefore opens the server, which starts in offline mode.
# The fence is kept in a table, so a restart in the middle of a deletion does not let writes in behind the last backup.
write_init_file() {
  local root probe database disposable=0
  root=$(password_of root-password) # its own statement: a failure inside an argument would go unseen
  root=$(sql_string "$root")
  probe=$(head -c 24 /dev/urandom | base64)
  database=$(sql_name "$MYSQL_DATABASE")
  database=$(sql_string "CREATE DATABASE IF NOT EXISTS $database")
  [[ ! -e $NEVER_READY ]] || disposable=1
  # ALTER USER keeps the plugin of an account.
  cat >"$INIT_FILE" <<EOF
SET SESSION sql_mode='', SESSION sql_log_bin=0;
SET NAMES utf8mb4;
CREATE USER IF NOT EXISTS 'root'@'localhost', 'root'@'%', '$PROBE_USER'@'localhost' ACCOUNT LOCK;
UPDATE mysql.user SET plugin = 'caching_sha2_password', authentication_string = '' WHERE user IN ('root', '$PROBE_USER') AND $PLUGIN_IS_GONE;
FLUSH PRIVILEGES;
ALTER USER 'root'@'localhost' IDENTIFIED BY $root, 'root'@'%' IDENTIFIED BY $root ACCOUNT UNLOCK;
ALTER USER '$PROBE_USER'@'localhost' IDENTIFIED BY '$probe' ACCOUNT UNLOCK;
GRANT ALL ON *.* TO 'root'@'localhost', 'root'@'%' WITH GRANT OPTION;
SET @statement = $database;
PREPARE statement FROM @statement;
EXECUTE statement;
CREATE DATABASE IF NOT EXISTS mysql_operator DEFAULT CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS mysql_operator.marker (id TINYINT PRIMARY KEY, state ENUM('loading','complete') NOT NULL, result TEXT NOT NULL, settings TEXT NOT NULL) ENGINE=InnoDB COMMENT='Written last by a restore';
CREATE TABLE IF NOT EXISTS mysql_operator.fence (id TINYINT PRIMARY KEY, since DATETIME NOT NULL, holder VARCHAR(255) NOT NULL) ENGINE=InnoDB COMMENT='A row keeps the server read-only';
CREATE TABLE IF NOT EXISTS mysql_operator.server (id TINYINT PRIMARY KEY, disposable TINYINT NOT NULL) ENGINE=InnoDB COMMENT='Whether the data directory may be made anew';
REPLACE INTO mysql_operator.server VALUES (1, $disposable);
GRANT SELECT ON mysql_operator.marker TO '$PROBE_USER'@'localhost';
SET GLOBAL super_read_only = (SELECT COUNT(*) FROM mysql_operator.fence);
SET GLOBAL offline_mode = OFF;
EOF
  # The host is named, because the client takes an environment variable MYSQL_HOST for its default.
  write_client_file "$RUN_DIR/probe.cnf" "$probe" "user=$PROBE_USER" host=localhost "socket=$SOCKET"
}

main() {
  begin
  discard_unsafe_load
  rm -f "$RUN_DIR/restored" "$SOCKET" # of a server that was killed
  write_init_file
  rm -rf "$WORK"
  exec mysqld --defaults-file="$CONFIG" --datadir="$DATA_DIR" --socket="$SOCKET" --pid-file="$RUN_DIR/mysqld.pid" \
    --offline-mode=ON --init-file="$INIT_FILE"
}

main
