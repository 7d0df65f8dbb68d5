#!/usr/bin/env bash
# Job: fills a new server from a backup, or finds that there is nothing to fill it from. It says what it did in a marker row,
# written last; until then no client is let in (see probe.sh). Run again after success, it repeats what it said then. Run
# again after being killed half-way, it starts from the beginning.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=jobs.sh
. "${BASH_SOURCE[0]%/*}/jobs.sh"
# shellcheck source-path=SCRIPTDIR source=loading.sh
. "${BASH_SOURCE[0]%/*}/loading.sh"
# shellcheck source-path=SCRIPTDIR source=listing.sh
. "${BASH_SOURCE[0]%/*}/listing.sh"

now() { date -u +%FT%TZ; }

# --- the outcome ---------------------------------------------------------------------------------------------------

# Only while no other run may be loading: the row lets clients in.
complete() {
  local quoted state
  quoted=$(sql_string "$1")
  state=$(sql <<EOF
REPLACE INTO mysql_operator.marker (id, state, result, settings, volume)
  SELECT 1, 'complete', $quoted, '', volume FROM mysql_operator.server WHERE $LOCK_IS_OURS;
SELECT state FROM $MARKER;
EOF
  )
  [[ $state == complete ]] || fail Busy "the server gave the lock of this restore to another run; it will be tried again"
  report_with_backups "$1"
}

# without_backup RESULT REASON
without_backup() {
  complete "{\"result\":\"$1\",\"reason\":$(json_string "$2"),\"serverVersion\":$(json_string "$SERVER_VERSION"),\"time\":\"$(now)\"}"
}

# A release is only installed or upgraded if the instance is wanted, so a fence that a given-up deletion left is lifted. But
# not that of a backup which has ended just now: nobody has given up its deletion yet.
repeat_outcome() {
  local fenced result
  fenced=$(fence_state)
  if ((fenced)); then
    [[ -z $HAD_TO_WAIT ]] || fail Busy \
      "a backup was taken meanwhile, and the server stays closed behind it; this will be tried again"
    log "Lifting the fence of an earlier backup."
    lift_fence "NOT $LOCK_IS_OURS"
  fi
  result=$(marker result)
  report_with_backups "$result"
}

# --- the server ----------------------------------------------------------------------------------------------------

# STATE says how far an earlier run came, THINGS how many there are that may be a user's; asked when no statement of a run that
# was killed is at work any more. A client costs a few hundredths of a second; so, here and below, what is asked or told
# together goes through one.
look() {
  wait_for_statements "COALESCE((SELECT state FROM $MARKER), 'none'),
    (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema NOT IN ($NOT_USER_SCHEMAS))
    + (SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema NOT IN ($NOT_USER_SCHEMAS))
    + (SELECT COUNT(*) FROM information_schema.events WHERE event_schema NOT IN ($NOT_USER_SCHEMAS))" "${LOADERS[@]}"
  read -r STATE THINGS <<<"$ANSWER"
}

# Dropping the schemas, rather than loading over them, gives them the character sets of the backup.
drop_schemas() {
  sql >"$WORK/drop.sql" <<EOF
SELECT CONCAT('DROP DATABASE \`', REPLACE(schema_name, '\`', '\`\`'), '\`;')
FROM information_schema.schemata WHERE schema_name NOT IN ($NOT_USER_SCHEMAS);
EOF
  { echo 'SET SESSION foreign_key_checks = 0;'; cat "$WORK/drop.sql"; } | sql
}

drop_accounts() {
  local account
  user_accounts >"$WORK/accounts"
  while IFS= read -r account; do printf 'DROP USER %s;\n' "$account"; done <"$WORK/accounts" | sql
}

# --- the backup ----------------------------------------------------------------------------------------------------

no_backup() { # what was looked for
  [[ $RESTORE_POLICY == IfAvailable && $RESTORE_FROM == latest ]] || fail NoBackup \
    "$1 on the volume backup-$INSTANCE-pvc; put it there, or set restore.policy to IfAvailable and restore.from to latest"
}

choose_backup() {
  local path
  if [[ $RESTORE_FROM != latest ]]; then
    path=$BACKUP_DIR/$RESTORE_FROM
    [[ $RESTORE_FROM != */* && -f $path ]] || no_backup "there is no backup $RESTORE_FROM"
  else
    backups >"$WORK/backups"
    read -r path <"$WORK/backups" || no_backup "there is no backup"
  fi
  BACKUP=$path
}

# Says what is wrong with a backup; says nothing about a good one.
damage_of() {
  local receipt expected found
  receipt=$(receipt_of "$1")
  if [[ ! -r $receipt ]]; then
    echo "it has no receipt ${receipt##*/}"
    return
  fi
  expected=$(receipt_field size "$receipt")
  found=$(stat -c %s "$1")
  if [[ $found != "$expected" ]]; then
    echo "its size is $found bytes and the receipt says $expected"
    return
  fi
  expected=$(receipt_field sha256 "$receipt")
  found=$(checksum "$1")
  [[ $found == "$expected" ]] || echo "its SHA-256 is not that of the receipt"
}

# Nothing has been loaded yet, so the server is as it was. The other backup is offered, never taken: it is older, and only
# the owner of the data knows whether that will do.
refuse_damaged() {
  local damage other rest offer="no other backup is intact"
  damage=$(damage_of "$BACKUP")
  [[ -n $damage ]] || return 0
  backups >"$WORK/backups"
  while IFS= read -r other; do
    [[ $other != "$BACKUP" ]] || continue
    rest=$(damage_of "$other")
    if [[ -z $rest ]]; then
      offer="the newest good one is ${other##*/}: set restore.from to it to take that instead"
      break
    fi
  done <"$WORK/backups"
  fail ChecksumMismatch "the backup ${BACKUP##*/} is damaged ($damage); nothing was loaded; $offer"
}

refuse_unreadable() {
  [[ $BACKUP != *.zst ]] || command -v zstd >/dev/null || fail MissingProgram \
    "the backup ${BACKUP##*/} is compressed with zstd, which this image does not have; use an image that does, such as the server's of that backup"
}

# --- loading -------------------------------------------------------------------------------------------------------

# While the server is filled for the first time nothing in it is worth a log. Events must not run on half of the data. The
# old settings are kept in the marker row, so a second run does not take the first one's for the server's own.
# Only a server whose data directory may be made anew (serve.sh tells) goes without its redo log: see discard_unsafe_load.
begin_load() {
  local answer disposable quoted
  answer=$(sql <<EOF
SELECT (SELECT disposable FROM mysql_operator.server), COALESCE((SELECT NULLIF(settings, '') FROM $MARKER),
  CONCAT('SET GLOBAL max_allowed_packet = ', @@GLOBAL.max_allowed_packet,
    ', GLOBAL innodb_flush_log_at_trx_commit = ', @@GLOBAL.innodb_flush_log_at_trx_commit,
    IF(@@GLOBAL.event_scheduler = 'DISABLED', '', CONCAT(', GLOBAL event_scheduler = ', @@GLOBAL.event_scheduler)), ';'));
EOF
  )
  read -r disposable SETTINGS <<<"$answer"
  quoted=$(sql_string "$SETTINGS")
  {
    echo "REPLACE INTO mysql_operator.marker (id, state, result, settings, volume) SELECT 1, 'loading', '', $quoted, volume FROM mysql_operator.server;"
    echo 'SET GLOBAL max_allowed_packet = 1073741824, GLOBAL innodb_flush_log_at_trx_commit = 0;'
    [[ $SETTINGS != *event_scheduler* ]] || echo 'SET GLOBAL event_scheduler = OFF;'
    [[ $disposable != 1 ]] || echo "CREATE DATABASE IF NOT EXISTS $UNSAFE_LOAD;"
  } | sql
  if [[ $disposable == 1 ]]; then
    sql <<<"ALTER INSTANCE DISABLE INNODB REDO_LOG;" || log "This server cannot load without a redo log; it takes longer."
    : >"$ERRORS"
  fi
}

# Servers before 8.0.21 skip the comment, and never go without the log. The guard goes only when the log is back.
end_load() {
  local name
  name=$(sql_name "$MYSQL_DATABASE")
  sql <<EOF
/*!80021 ALTER INSTANCE ENABLE INNODB REDO_LOG */;
DROP DATABASE IF EXISTS $UNSAFE_LOAD;
$SETTINGS
CREATE DATABASE IF NOT EXISTS $name;
EOF
}

# The dump was intact, but only the loaded server shows that the dump was whole.
compare_with_receipt() {
  local receipt difference='' objects expected
  receipt=$(receipt_of "$BACKUP")
  count_rows >"$WORK/loaded"
  comm -3 "$WORK/expected" "$WORK/loaded" >"$WORK/difference"
  IFS= read -r difference <"$WORK/difference" || true
  [[ -z $difference ]] || fail DumpIncomplete "what was loaded from ${BACKUP##*/} is not what its receipt says, first at $difference"
  objects=$(count_objects)
  expected=$(receipt_field objects "$receipt")
  [[ $objects == "$expected" ]] || fail DumpIncomplete "what was loaded from ${BACKUP##*/} has $objects, and its receipt says $expected"
}

# Says in the marker row how much of the file has been read; probe.sh repeats it, and so it comes into the object's status. It is
# text and nothing else: a row that is not `loading` any more is left alone, and what goes wrong here is nobody's concern.
tell_progress() {
  local size bytes text turn=0 ERRORS=/dev/null
  size=$(stat -c %s "$BACKUP")
  sleep 1 # the file is open by then
  while true; do
    bytes=$(bytes_read "$BACKUP")
    text="${BACKUP##*/} ($((bytes / 1000000)) of $((size / 1000000)) MB)"
    ((turn++ % 12)) || log "Loading $text."
    text=$(sql_string "$text")
    sql <<<"UPDATE mysql_operator.marker SET result = $text WHERE id = 1 AND state = 'loading';" || true
    sleep 5
  done
}

# How far the program has come that reads this file; all of it where none has it open any more.
bytes_read() {
  local open key value
  for open in /proc/[0-9]*/fd/*; do
    [[ $open -ef $1 ]] || continue
    while read -r key value; do
      if [[ $key == pos: ]]; then
        echo "$value"
        return
      fi
    done <"${open/\/fd\///fdinfo/}"
  done 2>/dev/null
  stat -c %s "$1"
}

fail_load() {
  local way_out=
  [[ $(<"$ERRORS") != *'ERROR 1524 '* ]] || way_out="; an account in it logs in by a plugin that this server does not have: restore with the image of that backup ($(receipt_field serverVersion "$(receipt_of "$BACKUP")")), give the account a new password there WITH caching_sha2_password, and then change the image"
  fail "$(reason_of_errors LoadFailed)" "the backup ${BACKUP##*/} could not be loaded: $(last_error)$way_out"
}

restore() {
  local receipt result loading telling started=$SECONDS
  receipt=$(receipt_of "$BACKUP")
  log "Restoring ${BACKUP##*/}."
  begin_load
  drop_schemas
  receipt_tables "$receipt" >"$WORK/expected"
  load_dump "$BACKUP" "$WORK/expected" &
  loading=$!
  tell_progress &
  telling=$!
  wait "$loading" || fail_load
  kill -TERM -- "-$telling" 2>/dev/null || true
  wait "$telling" || true
  compare_with_receipt
  end_load
  log "Loaded in $((SECONDS - started)) s."
  result="{\"result\":\"restored\",\"file\":$(json_string "${BACKUP##*/}"),\"backupTime\":\"$(receipt_field time "$receipt")\""
  result+=",\"tables\":$(receipt_field tables "$receipt"),\"rows\":$(receipt_field rows "$receipt")"
  result+=",\"serverVersion\":$(json_string "$SERVER_VERSION"),\"time\":\"$(now)\"}"
  complete "$result"
}

main() {
  begin
  use_server "$MYSQL_HOST"
  wait_for_server
  take_lock
  look
  if [[ $STATE == complete ]]; then
    repeat_outcome
    return
  fi
  if [[ $STATE != loading && $THINGS != 0 ]]; then
    without_backup kept "the database already holds data"
    return
  fi
  [[ ${RESTORE_EXPECTS_DATA:-false} != true ]] || fail DataLost \
    "the volume $INSTANCE-pvc is empty, but this database was complete before; nothing was loaded, because a backup may be older: put the data back, or give it up: delete the object without a final backup and write it again, to start from the newest backup"
  BACKUP=
  [[ $RESTORE_POLICY == Never ]] || choose_backup
  if [[ -n $BACKUP ]]; then
    refuse_damaged
    refuse_unreadable
  fi
  if [[ $STATE == loading ]]; then
    log "An earlier run did not end: starting from the beginning."
    drop_accounts
    drop_schemas
    SETTINGS=$(marker settings)
    [[ -n $BACKUP ]] || end_load
  fi
  if [[ -n $BACKUP ]]; then
    restore
  elif [[ $RESTORE_POLICY == Never ]]; then
    without_backup fresh "the restore policy is Never"
  else
    without_backup fresh "no backup was found"
  fi
}

main
