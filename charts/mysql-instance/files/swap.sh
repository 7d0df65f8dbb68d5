# shellcheck shell=bash
# The place of the data directory after a restore into a complete database; sourced by serve.sh and initialize.sh.
#
# The server itself has cloned the backup to .restored-TOKEN beside its data, while it was read-only. The agent then names that copy by
# SET PERSIST, in mysqld-auto.cnf of the data directory, and asks for a RESTART. Each step here is a rename, and what is there
# says which one is next, so a kill between two of them loses nothing:
#   data                                  serves
#   data with the name of a complete copy  data -> .before-restore
#   .before-restore and no data           the copy -> data; where the copy is not there any more, .before-restore -> data
#   data and .before-restore              the copy serves, and nobody has said yet that the restore is complete
#   .replaced                             what .before-restore was, once it is (probe.sh); it goes
# shellcheck disable=SC2034 # serve.sh uses them too

readonly BEFORE_DIR=/var/lib/mysql/.before-restore
readonly REPLACED_DIR=/var/lib/mysql/.replaced
readonly COPIES=/var/lib/mysql/.restored-

# wanted_copy FOLDER: the copy that mysqld-auto.cnf of a data directory names; nothing where it names none.
wanted_copy() {
  local persisted=$1/mysqld-auto.cnf pattern='"restored-([0-9a-f]+):1"'
  [[ ! -s $persisted ]] || ! [[ $(<"$persisted") =~ $pattern ]] || printf '%s%s' "$COPIES" "${BASH_REMATCH[1]}"
}

# Not one in which MySQL is still writing, or that it could not complete.
is_complete_copy() {
  local state=''
  [[ -d $1 && ! -e $1/#clone/#status_in_progress && -s $1/#clone/#view_status ]] || return 1
  read -r state _ <"$1/#clone/#view_status" || true
  [[ $state == 2 ]]
}

move() {
  mv -T "$1" "$2"
  sync_files /var/lib/mysql
}

# Before each start of mysqld, and before a data directory would be made where none is.
swap_restored() {
  local copy path
  copy=$(wanted_copy "$DATA_DIR")
  if [[ -n $copy ]] && is_complete_copy "$copy"; then
    log "A restored copy of the data is complete: it takes the place of the data directory."
    rm -rf "$REPLACED_DIR"
    # Of an earlier restore, which was complete: the agent names no copy before.
    [[ ! -e $BEFORE_DIR ]] || move "$BEFORE_DIR" "$REPLACED_DIR"
    move "$DATA_DIR" "$BEFORE_DIR"
  fi
  if [[ -e $BEFORE_DIR && ! -e $DATA_DIR ]]; then
    copy=$(wanted_copy "$BEFORE_DIR")
    if [[ -n $copy && -e $copy ]]; then
      move "$copy" "$DATA_DIR"
    else
      move "$BEFORE_DIR" "$DATA_DIR"
    fi
  fi
  rm -rf "$REPLACED_DIR"
  for path in "$COPIES"*; do
    rm -rf "$path" # of attempts that were given up
  done
}

# The copy has been served, so it stays: the agent may have said by now that the restore is complete.
copy_serves() { [[ ! -e $BEFORE_DIR ]] || : >"$BEFORE_DIR/.served" || true; }

# The first start on the copy has failed, so no client has seen it.
swap_back() {
  [[ -e $BEFORE_DIR && ! -e $BEFORE_DIR/.served ]] || return 1
  log "The server does not start on the restored copy: its own data takes its place again."
  move "$DATA_DIR" "${COPIES}refused"
  move "$BEFORE_DIR" "$DATA_DIR"
}
