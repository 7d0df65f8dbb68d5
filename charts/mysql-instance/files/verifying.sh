# shellcheck shell=bash
# Loads a dump into a server that lives for nothing else, and looks whether all of it is there; sourced by backup.sh, never
# run. The server has the instance's my.cnf and the image that took the dump, an empty directory where the instance has its
# data, and no port: only this pod reaches it, so its root has no password.

readonly TRIAL_SOCKET=$RUN_DIR/trial.sock
TRIAL_PID=

# What is kept small or left out costs time or memory and changes no row.
start_trial() {
  mysqld --defaults-file="$CONFIG" --datadir="$DATA_DIR" --socket="$TRIAL_SOCKET" --pid-file="$RUN_DIR/trial.pid" \
    --skip-networking --skip-log-bin --event-scheduler=OFF --performance-schema=OFF --innodb-buffer-pool-size=64M \
    --max-allowed-packet=1G --innodb-doublewrite=0 --innodb-flush-log-at-trx-commit=0 --innodb-fast-shutdown=2 2>>"$WORK/trial.log" &
  TRIAL_PID=$!
  until trial sql <<<'DO 1;' 2>/dev/null; do
    kill -0 "$TRIAL_PID" 2>/dev/null || return 1
    sleep 0.2
  done
  : >"$ERRORS"
}

# trial COMMAND...: lets a command that would speak to the instance speak to the trial server. In a subshell, because a trap of
# this shell that ran inside would clean up in the trial server, and leave the instance closed.
trial() (CLIENT=$WORK/trial.cnf "$@")

end_trial() {
  if [[ -n $TRIAL_PID ]]; then
    kill -KILL "$TRIAL_PID" 2>/dev/null || true
    wait "$TRIAL_PID" 2>/dev/null || true
  fi
  rm -rf "$DATA_DIR" "$INITIALIZING_DIR" "$TRIAL_SOCKET"
}

fail_verification() { # what went wrong
  cat "$WORK/trial.log" >>"$ERRORS"
  [[ $(reason_of_errors VerificationFailed) != DiskFull ]] || fail DiskFull \
    "the node has no room to load the backup for its verification; free some, or set backup.verify to false, and the backup is tried again"
  fail VerificationFailed "$1; the backup was not kept and is tried again; set backup.verify to false to do without"
}

compare_with_source() {
  local difference=
  trial count_rows >"$WORK/trial.rows"
  trial count_objects >"$WORK/trial.objects"
  trial user_accounts >"$WORK/trial.accounts"
  comm -3 "$WORK/rows" "$WORK/trial.rows" >"$WORK/difference"
  sort "$WORK/objects" "$WORK/accounts" >"$WORK/rest"
  sort "$WORK/trial.objects" "$WORK/trial.accounts" >"$WORK/trial.rest"
  comm -3 "$WORK/rest" "$WORK/trial.rest" >>"$WORK/difference"
  IFS= read -r difference <"$WORK/difference" || true
  [[ -z $difference ]] || fail_verification "what was loaded from the dump is not what the server holds, first at ${difference#$'\t'}"
}

# verify DUMP: of what is described by $WORK/rows, objects and accounts.
verify() {
  log "Loading the dump into a server of its own."
  : >"$WORK/trial.log"
  end_trial
  write_client_file "$WORK/trial.cnf" '' user=root host=localhost "socket=$TRIAL_SOCKET"
  initialize_data &
  wait $! || fail_verification "the server for the verification could not be made: $(last_error)"
  start_trial || fail_verification "the server for the verification did not start: $(tail -n 1 "$WORK/trial.log")"
  trial load_dump "$1" "$WORK/rows" &
  wait $! || fail_verification "the dump could not be loaded: $(last_error)"
  compare_with_source &
  wait $! || exit 1
  end_trial
  TRIAL_PID=
}
