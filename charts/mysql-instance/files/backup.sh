#!/usr/bin/env bash
# Job, before an instance is deleted: stops all writes, dumps what belongs to the users, proves the file, and only then gives
# it its name. It leaves the server read-only, because a row written after the dump would be lost with the instance; if
# anything fails, the server takes writes again.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=jobs.sh
. "${BASH_SOURCE[0]%/*}/jobs.sh"
# shellcheck source-path=SCRIPTDIR source=loading.sh
. "${BASH_SOURCE[0]%/*}/loading.sh"
# shellcheck source-path=SCRIPTDIR source=verifying.sh
. "${BASH_SOURCE[0]%/*}/verifying.sh"
# shellcheck source-path=SCRIPTDIR source=listing.sh
. "${BASH_SOURCE[0]%/*}/listing.sh"

PARTIAL=
FENCED=
HOLDER=$(sql_string "${FENCE_HOLDER:-$HOSTNAME}") # tells this attempt from others: the name of its pod

# --- fence ---------------------------------------------------------------------------------------------------------

# The row comes first: a server that restarts between dump and deletion reads it before it lets anybody in (see serve.sh).
# It is flushed, because the server's configuration may leave commits in memory for a second. It takes the place of an earlier
# attempt's, which can then no longer lift the fence; what is written in between comes before the dump.
fence() {
  FENCED=yes
  sql <<EOF
SET GLOBAL read_only = @@GLOBAL.read_only AND NOT $LOCK_IS_OURS;
REPLACE INTO mysql_operator.fence (id, since, holder) SELECT 1, UTC_TIMESTAMP(), $HOLDER FROM DUAL WHERE $LOCK_IS_OURS;
FLUSH ENGINE LOGS;
EOF
  close_server || fail FenceFailed \
    "writes could not be stopped within a minute, because a session holds locks on tables ($(last_error)); end that session, and the backup is tried again"
}

# While this waits for a lock, every other writer waits behind it; several short attempts let them go on in between.
close_server() {
  local attempt
  for attempt in {1..20}; do
    ((attempt == 1)) || sleep 1
    : >"$ERRORS"
    sql <<<"DO GET_LOCK('mysql_operator.fence', 0); SET SESSION lock_wait_timeout = 2; SET GLOBAL super_read_only = ON;" &
    ! wait $! || return 0
  done
  return 1
}

undo() {
  [[ -z $PARTIAL ]] || rm -f "$PARTIAL" "$PARTIAL.json"
  [[ -z $FENCED ]] || lift_fence "holder <> $HOLDER"
}

# --- dump ----------------------------------------------------------------------------------------------------------

# Options that not every release knows are asked of the program itself.
dump_options() {
  local help option
  help=$(mysqldump --no-defaults --help)
  printf '%s\n' --single-transaction --hex-blob --default-character-set=utf8mb4
  for option in --set-gtid-purged=OFF --column-statistics=0 --no-tablespaces "--init-command=$SESSION"; do
    [[ $help != *"${option%%=*}"* ]] || printf '%s\n' "$option"
  done
}

# The accounts with the hashes of their passwords. Roles that do not exist yet cannot be anybody's default, so these come
# with the rights, after the tables that the rights are about.
dump_accounts() {
  local account hex=
  user_accounts >"$WORK/accounts"
  : >"$WORK/users.sql"
  : >"$WORK/grants.sql"
  [[ -s $WORK/accounts ]] || return 0
  hex=$(sql <<<"SELECT 'SET SESSION print_identified_with_as_hex = ON;' FROM performance_schema.global_variables WHERE variable_name = 'print_identified_with_as_hex';")
  # shellcheck disable=SC2016 # these backticks are MySQL's
  while IFS= read -r account; do printf '%s SHOW CREATE USER %s;\n' "$hex" "$account"; done <"$WORK/accounts" | sql |
    sed -E -e 's/^CREATE USER /CREATE USER IF NOT EXISTS /' \
      -e 's/ DEFAULT ROLE (`([^`]|``)*`@`([^`]|``)*`,?)+ REQUIRE / REQUIRE /' -e 's/$/;/' >"$WORK/users.sql"
  while IFS= read -r account; do printf 'SHOW GRANTS FOR %s;\n' "$account"; done <"$WORK/accounts" | sql |
    sed 's/$/;/' >"$WORK/grants.sql"
  dump_default_roles >>"$WORK/grants.sql"
}

dump_default_roles() {
  local known
  known=$(sql <<<"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'mysql' AND table_name = 'default_roles';")
  ((known)) || return 0
  sql <<'EOF'
SET SESSION group_concat_max_len = 1048576;
SELECT CONCAT('ALTER USER ', QUOTE(user), '@', QUOTE(host), ' DEFAULT ROLE ',
  GROUP_CONCAT(QUOTE(default_role_user), '@', QUOTE(default_role_host)), ';')
FROM mysql.default_roles WHERE NOT (user = 'root' AND host IN ('localhost', '%')) GROUP BY user, host;
EOF
}

# One SQL file that any client can load, in four parts. The line between them holds a random word, so no text in a routine can
# pass for it. Among the rows each INSERT is one line, so loading.sh can send them side by side; what must not run before
# (triggers would fire) or after (views need functions) is around them. The fence holds, so the parts tell of one moment.
dump() {
  local options objects schemas stubborn word=
  objects=$(<"$WORK/objects")
  dump_options >"$WORK/options"
  mapfile -t options <"$WORK/options"
  sql >"$WORK/schemas" <<<"SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ($NOT_USER_SCHEMAS) ORDER BY 1;"
  mapfile -t schemas <"$WORK/schemas"
  stubborn=$(count_stubborn_names)
  ((stubborn)) || word=$(head -c 16 /dev/urandom | sha256sum | cut -c 1-32)
  printf -- '-- Backup of the MySQL instance %s, server version %s%s\n' "$INSTANCE" "$SERVER_VERSION" "${word:+, parts $word}"
  cat "$WORK/users.sql"
  if ((${#schemas[@]})); then
    [[ $objects == *'"routines":0,'* ]] || dump_part --no-data --no-create-info --routines
    printf -- '-- %s tables\n' "$word"
    dump_part --no-data
    printf -- '-- %s rows\n' "$word"
    dump_part --no-create-info --no-create-db --skip-add-locks --skip-disable-keys
    printf -- '-- %s rest\n' "$word"
    [[ $objects == *'"triggers":0,"events":0}' ]] || dump_part --no-data --no-create-info --no-create-db --triggers --events
  fi
  cat "$WORK/grants.sql"
  printf '%s\n' "$LAST_LINE"
}

dump_part() { mysqldump --defaults-file="$CLIENT" "${options[@]}" --skip-triggers "$@" --databases -- "${schemas[@]}"; }

# Tables and columns that keep INSERTs from going side by side: some engines want rows in order, and a newline in a name
# breaks the line.
count_stubborn_names() {
  sql <<EOF
SELECT (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema NOT IN ($NOT_USER_SCHEMAS)
    AND table_type = 'BASE TABLE' AND engine NOT IN ('InnoDB', 'MyISAM'))
  + (SELECT COUNT(*) FROM information_schema.columns WHERE table_schema NOT IN ($NOT_USER_SCHEMAS)
    AND CONCAT(table_schema, table_name, column_name) LIKE '%\n%');
EOF
}

write_dump() { dump 2>>"$ERRORS" | compress 2>>"$ERRORS" >"$PARTIAL"; }

fail_dump() {
  case $(reason_of_errors DumpFailed) in
    DiskFull) fail DiskFull "the volume backup-$INSTANCE-pvc is full; enlarge the claim or remove old backups, and the backup is tried again" ;;
    ServerUnreachable) fail ServerUnreachable "the server went away during the dump: $(last_error)" ;;
    *) fail "$(reason_of_errors DumpFailed)" "the dump failed: $(last_error)" ;;
  esac
}

fail_check() {
  [[ $(reason_of_errors DumpIncomplete) != DiskFull ]] || fail_dump
  fail DumpIncomplete "the dump that was read back from the backup volume is not whole: $(last_error); the backup is tried again"
}

# Reads the file back: the compressed stream has its own checksums, and only a whole dump has our last line.
check_dump() {
  local last
  sync_files "$PARTIAL"
  last=$(decompress "$PARTIAL" 2>>"$ERRORS" | tail -n 1)
  [[ $last == "$LAST_LINE" ]]
  checksum "$PARTIAL" >"$WORK/sha256"
}

# --- receipt and names ---------------------------------------------------------------------------------------------

# Later than the newest name, even if the clock was set back: "latest" goes by name.
choose_name() {
  local stamp newest=
  stamp=$(date -u +%Y%m%dT%H%M%SZ)
  for newest in "$BACKUP_DIR/$INSTANCE"-????????T??????Z.*; do :; done
  newest=${newest##*/"$INSTANCE"-}
  newest=${newest%%.*}
  if [[ $newest == [0-9]* && ! $stamp > $newest ]]; then
    stamp=$(date -u -d "${newest:0:8} ${newest:9:2}:${newest:11:2}:${newest:13:2} UTC + 1 second" +%Y%m%dT%H%M%SZ)
  fi
  NAME=$INSTANCE-$stamp
}

# One table a line; restore.sh compares these lines with those of the server that it has loaded.
write_receipt() {
  local line tables=0 rows=0 separator=
  while IFS= read -r line; do
    line=${line##*:}
    tables=$((tables + 1))
    rows=$((rows + ${line%\}}))
  done <"$WORK/rows"
  SUMMARY="\"file\":\"$NAME.sql.$SUFFIX\",\"size\":$(stat -c %s "$PARTIAL"),\"sha256\":\"$(<"$WORK/sha256")\""
  SUMMARY+=",\"schemas\":$(wc -l <"$WORK/schemas"),\"tables\":$tables,\"rows\":$rows"
  [[ ${BACKUP_VERIFY:-false} != true ]] || SUMMARY+=",\"verified\":true"
  SUMMARY+=",\"serverVersion\":\"$SERVER_VERSION\",\"time\":\"$TIME\""
  {
    printf '{\n  "instance":"%s",\n  %s,\n' "$INSTANCE" "${SUMMARY//,\"/,$'\n'  \"}"
    printf '  "objects":%s,\n  "accounts":%d,\n  "contents":[' "$(<"$WORK/objects")" "$(wc -l <"$WORK/accounts")"
    while IFS= read -r line; do
      printf '%s\n    %s' "$separator" "$line"
      separator=,
    done <"$WORK/rows"
    printf '\n  ]\n}\n'
  } >"$PARTIAL.json"
}

# The receipt gets its name first, so a dump with a final name always has one.
publish() {
  sync_files "$PARTIAL.json"
  mv -T "$PARTIAL.json" "$BACKUP_DIR/$NAME.json"
  mv -T "$PARTIAL" "$BACKUP_DIR/$NAME.sql.$SUFFIX"
  sync_files "$BACKUP_DIR"
  PARTIAL=
}

# What runs that were killed have left. The lock says that nobody is writing them. By the names in the folder: a file that
# cannot be looked at is not missing.
remove_half_files() {
  local receipt whole
  rm -f "$BACKUP_DIR/.$INSTANCE"-*.partial "$BACKUP_DIR/.$INSTANCE"-*.partial.json
  backups >"$WORK/backups"
  whole=$(<"$WORK/backups")
  for receipt in "$BACKUP_DIR/$INSTANCE"-????????T??????Z.json; do
    [[ $whole == *"${receipt%.json}.sql."* ]] || rm -f "$receipt"
  done
}

# Only ever after a new backup has its name, and at least that one stays.
prune() {
  local path kept=0
  backups >"$WORK/backups"
  while IFS= read -r path; do
    kept=$((kept + 1))
    ((kept > 1 && kept > ${BACKUP_KEEP:-3})) || continue
    log "Removing the old backup ${path##*/}."
    rm -f "$path"
    rm -f "$(receipt_of "$path")"
  done <"$WORK/backups"
}

# --- the order of it all -------------------------------------------------------------------------------------------

# What may take long runs in the background: bash hears a SIGTERM at once only while it waits.
main() {
  local state counting
  begin
  CLEAN_UP=(undo)
  use_server "$MYSQL_HOST"
  wait_for_server
  take_lock
  state=$(marker state 2>/dev/null) || state=
  [[ $state == complete ]] || fail NotRestored \
    "the restore of this instance has not completed, so its data is not what a backup must hold; earlier backups are untouched (if somebody removed the schema mysql_operator: restart the server's pod and run the restore Job, which keeps the data)"
  remove_half_files
  fence
  choose_name
  choose_compression
  TIME=$(date -u +%FT%TZ)
  PARTIAL=$BACKUP_DIR/.$NAME.sql.$SUFFIX.partial
  log "Dumping to $NAME.sql.$SUFFIX."
  dump_accounts
  count_objects >"$WORK/objects"
  count_rows >"$WORK/rows" &
  counting=$!
  write_dump &
  wait $! || fail_dump
  wait "$counting" || fail_dump
  check_dump &
  wait $! || fail_check
  if [[ ${BACKUP_VERIFY:-false} == true ]]; then
    CLEAN_UP+=(end_trial)
    verify "$PARTIAL"
  fi
  still_fenced || fail FenceLost "somebody lifted or replaced the fence during the dump, so it may lack rows; the backup is tried again"
  write_receipt
  publish
  FENCED=
  prune
  report_with_backups "{\"result\":\"complete\",$SUMMARY}"
}

# By this attempt: before another one's fence there may have been rows that this dump lacks.
still_fenced() {
  local fenced
  fenced=$(sql <<<"SELECT @@GLOBAL.super_read_only AND EXISTS (SELECT 1 FROM mysql_operator.fence WHERE holder = $HOLDER);")
  ((fenced))
}

main
