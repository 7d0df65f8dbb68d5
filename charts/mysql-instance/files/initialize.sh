#!/usr/bin/env bash
# Init container: makes the data directory if there is none yet. An existing one is never touched. The accounts are not made
# here but at every start, by serve.sh.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# mysqld itself refuses the files of a newer series, but in words that help nobody.
refuse_downgrade() {
  local text last new
  [[ -r $LAST_VERSION ]] || return 0
  text=$(<"$LAST_VERSION")
  IFS=. read -r -a last <<<"$text"
  IFS=. read -r -a new <<<"$1"
  ((last[0] * 1000 + last[1] <= new[0] * 1000 + new[1])) || fail DowngradeRefused \
    "the data was last used by MySQL ${last[0]}.${last[1]} and the image has ${new[0]}.${new[1]}; set the image to ${last[0]}.${last[1]} or later"
}

main() {
  local version initialized=false
  begin
  version=$(server_version)
  rmdir "$DATA_DIR" 2>/dev/null || true # goes only if it is empty
  if [[ -e $DATA_DIR ]]; then
    refuse_downgrade "$version"
  else
    initialize_data
    initialized=true
  fi
  report "{\"serverVersion\":$(json_string "$version"),\"initialized\":$initialized}"
}

main
