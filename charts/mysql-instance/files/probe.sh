#!/usr/bin/env bash
# Probes of the main container: probe.sh started [PATIENCE]|alive|ready. They run every few seconds, so this sources nothing and
# starts one client at a time.
set -Eeuo pipefail

readonly RUN_DIR=/var/run/mysqld
readonly SOCKET=$RUN_DIR/mysqld.sock
readonly NEVER_READY=/var/lib/mysql/.never-ready
readonly BEFORE_RESTORE=/var/lib/mysql/.before-restore
readonly REPLACED=/var/lib/mysql/.replaced
readonly SET_UP=$RUN_DIR/set-up

# The answer, or what the client says went wrong.
ask() { mysql --defaults-file=$RUN_DIR/probe.cnf --batch --skip-column-names --execute="$1" 2>&1; }

# loading, with how far it is; complete; or nothing yet
state() {
  ask "SELECT CONCAT(state, IF(state = 'loading' AND result <> '', CONCAT(' ', result), ''))
    FROM mysql_operator.marker JOIN mysql_operator.server USING (id, volume) WHERE id = 1"
}

# pause SECONDS: waits without starting a program, which sleep is: the server that is waited for needs the processor.
exec {PAUSE}<> <(:)
pause() { read -r -t "$1" -u "$PAUSE" || true; }

refuse() {
  printf '%s\n' "$1"
  exit 1
}

# started [PATIENCE]: serve.sh has set the server up. Until then it may be at work on a long recovery, and kubelet must not end
# it for that. It looks again for PATIENCE seconds.
started() {
  local patience=${1:-0}
  until [[ -e $SET_UP ]]; do
    ((SECONDS < patience)) || refuse "MySQL is starting; see the log of this container"
    pause 0.05
  done
}

# Any error of the server itself is an answer too (too many connections, say). The client's own errors, 2000 to 2999, are not.
# While serve.sh starts mysqld again, after a RESTART or a clone, it may recover for long.
alive() {
  local said
  [[ -e $SET_UP ]] || return 0
  said=$(state) || [[ $said == *'ERROR '[13]* ]] || refuse "$said"
}

# ready [PATIENCE]: once seen, the end of the restore is remembered for the life of this server, so one that is out of
# connections stays ready. Until then it looks again for PATIENCE seconds, because kubelet comes back only seconds later.
# From the first time on the data may not be made anew (see serve.sh), therefore that file goes before anybody is told.
ready() {
  local said seconds patience=${1:-0}
  if [[ -e $RUN_DIR/restored ]]; then
    alive
    return
  fi
  [[ -e $SET_UP ]] || refuse "MySQL is starting; see the log of this container"
  seconds=$(pause_between_looks)
  while true; do
    said=$(state) || refuse "$said"
    if [[ $said == complete ]] || ((SECONDS >= patience)); then break; fi
    pause "$seconds"
  done
  [[ -n $said ]] || refuse "the restore has not begun"
  [[ $said == complete ]] || refuse "the restore is not complete: $said"
  if [[ -e $NEVER_READY ]]; then
    rm -f $NEVER_READY
    sync "${NEVER_READY%/*}" 2>/dev/null || sync # coreutils before 8.24 sync everything or nothing
  fi
  drop_data_of_before
  : >$RUN_DIR/restored
}

# Of a restore into a complete database, now that this is complete. The rename says so to swap.sh, which removes what is left; the removal
# itself may take longer than a probe.
drop_data_of_before() {
  [[ -e $BEFORE_RESTORE ]] || return 0
  mv -T $BEFORE_RESTORE $REPLACED
  rm -rf $REPLACED >/dev/null 2>&1 &
}

# A server that has just started will be complete in no time; one that is not after seconds may be loading for hours.
pause_between_looks() {
  local now began
  now=$(date +%s) began=$(stat -c %Y $SOCKET 2>/dev/null || echo 0)
  if ((now - began < 10)); then echo 0.05; else echo 1; fi
}

case ${1:-} in
  started | alive | ready) "$@" ;;
  *) refuse "usage: probe.sh started|alive|ready" ;;
esac
