#!/usr/bin/env bash
# Init container: makes the data directory if there is none yet. An existing one is never touched. The accounts are not made
# here but at every start, by serve.sh, which also runs this where it has removed a data directory that is of no use.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=swap.sh
. "${BASH_SOURCE[0]%/*}/swap.sh"

readonly INITIALIZING_DIR=/var/lib/mysql/.initializing

# The releases that may not be skipped: mysqld itself refuses to, but only once it has been started on the files. The agent has
# the same steps (version_hops.py), and looks before a running server is ended.
readonly UPGRADE_STEPS=(5.7 8.0 8.4 9.7)

server_version() {
  local text
  command -v mysqld >/dev/null || fail ImageNotMySQL "the image is not an image of MySQL: it has no mysqld"
  text=$(mysqld --version)
  [[ $text =~ Ver\ ([0-9]+\.[0-9]+\.[0-9]+) ]] || fail UnknownServer "the image's mysqld does not report a version of MySQL: $text"
  printf '%s' "${BASH_REMATCH[1]}"
}

# is_older SERIES SERIES: as numbers, 8.4 before 8.10.
is_older() { [[ $1 != "$2" ]] && printf '%s\n' "$1" "$2" | sort -VC; }

# refuse_hop LAST NEW: ends the script unless NEW may open what LAST has used. Nothing is refused beyond the last step that is
# known here.
refuse_hop() {
  local last new=${2%.*} step
  [[ $1 =~ ^[0-9]+\.[0-9]+ ]] || return 0
  last=${BASH_REMATCH[0]}
  ! is_older "$new" "$last" || fail DowngradeRefused \
    "spec.image: MySQL $last has last used the data, and MySQL $new of the image cannot read what a newer one has written; set the image to $last or later"
  for step in "${UPGRADE_STEPS[@]}"; do
    is_older "$last" "$step" || continue
    ! is_older "$step" "$new" || fail UpgradeRefused \
      "spec.image: MySQL $new does not take over the data of $last; set the image to $step first, wait until the database is Ready, then go on"
    return 0
  done
}

# The data directory's row that says `complete` names the volume (see init.sql), so a row that came with a copy of somebody
# else's data directory says nothing.
name_volume() {
  local id
  [[ ! -s $VOLUME_ID ]] || return 0
  id=$(head -c 16 /dev/urandom | od -An -v -tx1)
  printf '%s' "${id// /}" >"$VOLUME_ID"
  sync_files "$VOLUME_ID"
  sync_files /var/lib/mysql
}

# Makes the data directory under another name and renames it when it is whole, so a kill at any point leaves either none or
# a good one. Nothing needs to be durable before the rename: without its own syncs mysqld takes half the time, and one sync
# covers all. These settings leave no trace in the files; the server makes its doublewrite files when it starts.
initialize_data() {
  rm -rf "$INITIALIZING_DIR" "$LAST_VERSION"
  mysqld --defaults-file="$CONFIG" --datadir="$INITIALIZING_DIR" --initialize-insecure \
    --innodb-flush-method=nosync --innodb-use-native-aio=0 --innodb-doublewrite=0 --loose-skip-log-bin \
    --max-prepared-stmt-count=16382
  : >"$NEVER_READY"
  sync_files /var/lib/mysql
  mv -T "$INITIALIZING_DIR" "$DATA_DIR"
  sync_files /var/lib/mysql
}

main() {
  local version initialized=false
  trap 'exit 143' TERM INT # of a container's first process nothing ends it otherwise
  version=$(server_version)
  name_volume
  swap_restored # a pod may have ended between two of its renames
  rmdir "$DATA_DIR" 2>/dev/null || true # goes only if it is empty
  if [[ -e $DATA_DIR ]]; then
    [[ ! -r $LAST_VERSION ]] || refuse_hop "$(<"$LAST_VERSION")" "$version"
  else
    initialize_data
    initialized=true
  fi
  report "{\"serverVersion\":\"$version\",\"initialized\":$initialized}"
}

main
