#!/usr/bin/env bash
# Sidecar of the backup and restore Jobs, in the image of the server: runs the scratch mysqld that the agent asks for, and knows
# nothing else. They share the volume that holds the scratch data; in its folder .scratch are
#   commands    FIFO, one a line: initialize OPTION…, start OPTION…, stop, kill
#   ended       exit code of the mysqld that ended last
#   mysqld.log  what mysqld said
#   mysqld.sock
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

readonly CONTROL=/var/lib/mysql/.scratch
readonly PROCESS=$RUN_DIR/process # in memory: the volume may be full
SUPERVISOR=

# run OPTION…: one mysqld.
run() {
  rm -f "$PROCESS"
  {
    mysqld --defaults-file="$CONFIG" --socket="$CONTROL/mysqld.sock" \
      --pid-file="$CONTROL/mysqld.pid" --log-error="$CONTROL/mysqld.log" "$@" >>"$CONTROL/mysqld.log" 2>&1 &
    printf '%d' $! >"$PROCESS"
    wait $!
    printf '%d' $? >"$CONTROL/ended.new"
    mv -f "$CONTROL/ended.new" "$CONTROL/ended"
  } 2>/dev/null & # bash would report a mysqld that was killed
  SUPERVISOR=$!
  until [[ -s $PROCESS ]]; do sleep 0.01; done # the next command may be its end
}

signal() {
  [[ ! -s $PROCESS ]] || kill "-$1" "$(<"$PROCESS")" 2>/dev/null
}

# Nobody needs what is in the scratch data any more.
end() {
  [[ -z $SUPERVISOR ]] || signal KILL
  exit 0
}

obey() {
  local part line='' options status
  while true; do
    status=0
    # In short waits: a trap may have to wait for the end of one. What has come of a line by then is kept.
    IFS= read -r -t 2 -u 3 part || status=$?
    line+=$part
    ((status == 0)) || continue
    options=${line#* }
    [[ $line == *' '* ]] || options=
    # shellcheck disable=SC2086 # the agent's options hold no blanks
    case ${line%% *} in
      initialize) run --initialize-insecure $options ;;
      start) run $options ;;
      stop) signal TERM ;;
      kill) signal KILL ;;
    esac
    line=
  done
}

trap end TERM INT
mkdir -p "$CONTROL"
rm -f "$CONTROL/ended" "$PROCESS" "$CONTROL/commands" "$CONTROL/commands.new"
mkfifo "$CONTROL/commands.new"
# For writing too: opening a FIFO for reading alone waits for the other end. It gets its name when somebody listens.
exec 3<>"$CONTROL/commands.new"
mv "$CONTROL/commands.new" "$CONTROL/commands"
obey # until kubelet ends this container, as it does once the agent's has ended
