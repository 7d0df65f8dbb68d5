#!/usr/bin/env bash
# Init container: makes the data directory if there is none yet. An existing one is never touched. The accounts are not made
# here but at every start, by serve.sh.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=versions.sh
. "${BASH_SOURCE[0]%/*}/versions.sh"
# shellcheck source-path=SCRIPTDIR source=swap.sh
. "${BASH_SOURCE[0]%/*}/swap.sh"

main() {
  local version initialized=false
  begin
  version=$(server_version)
  swap_restored # a pod may have ended between two of its renames
  rmdir "$DATA_DIR" 2>/dev/null || true # goes only if it is empty
  if [[ -e $DATA_DIR ]]; then
    [[ ! -r $LAST_VERSION ]] || refuse_hop "$(<"$LAST_VERSION")" "$version"
  else
    initialize_data
    initialized=true
  fi
  report "{\"serverVersion\":$(json_string "$version"),\"initialized\":$initialized}"
}

main
