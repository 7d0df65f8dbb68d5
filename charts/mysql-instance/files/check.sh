#!/usr/bin/env bash
# Job before an upgrade: looks at the new image and the new my.cnf in a pod of its own, while the server runs on with the old ones. It
# touches no data, mounts no Secret and starts no server: a failure means that nothing has happened.
#
# What it does not see: what the files of the data directory decide (time zones by name, options of plugins installed with SQL), and
# what mysqld looks at late in its start (gtid_mode without enforce_gtid_consistency, default_storage_engine,
# authentication_policy). Starting a server on scratch files would see the latter: seconds instead of 0.2, the memory of a second
# server beside the first, and refusals of what only the real files allow.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=versions.sh
. "${BASH_SOURCE[0]%/*}/versions.sh"

# The line of my.cnf after which they stand.
# shellcheck disable=SC2016 # backticks are only backticks
readonly USER_SETTINGS='# From `config` in the values.'

not_mysql() { fail ImageNotMySQL "spec.image: $IMAGE is not an image of MySQL: $1"; }

version_of_image() {
  local text
  command -v mysqld >/dev/null || not_mysql "it has no mysqld"
  text=$(mysqld --version 2>>"$ERRORS") || not_mysql "its mysqld does not run: $(last_error)"
  [[ $text != *MariaDB* && $text =~ Ver\ ([0-9]+\.[0-9]+\.[0-9]+) ]] || not_mysql "its mysqld says that it is: $text"
  printf '%s' "${BASH_REMATCH[1]}"
}

# What mysqld says first, without time, code and program; the lines that only say that it gives up are left out. Also of a
# server that would start without what was asked of it, a plugin say.
complaint() {
  errors | sed -nE -e '/\[ERROR\].*(Aborting|Parsing options for plugin)/d' \
    -e 's/^.*\[ERROR\] (\[[^]]*\] )*([^ ]*mysqld: )?//p' | sed -e 's/\.$//' -e q
}

# One `name value` a line, as the server reads them.
user_settings() {
  sed -nE -e "1,/^$USER_SETTINGS\$/d" -e 's/^([a-z][a-z0-9_.]*) = "?(.*[^"])"?$/\1 \2/p' "$CONFIG"
}

# setting_of WORDS: the user's setting that mysqld means: it names most of them, and quotes at least the value of the others.
setting_of() {
  local name value bare by_value='' words=${1//-/_}
  while read -r name value; do
    bare=${name#loose_}
    if [[ $words =~ (^|[^a-z0-9_])$bare([^a-z0-9_]|$) ]]; then
      printf '.%s' "$name"
      return
    fi
    [[ ${#value} -lt 3 || $1 != *"$value"* ]] || by_value=.$name
  done < <(user_settings)
  printf '%s' "$by_value"
}

# A plugin that was installed with SQL stands in the data directory, where this does not look.
way_out() {
  [[ $1 == unknown\ * && -n $2 ]] || return 0
  printf '; if a plugin or component that was installed with SQL brings it, write loose_%s' "${2#.}"
}

refuse_config() {
  local setting
  setting=$(setting_of "$1")
  fail ConfigInvalid "spec.config$setting: mysqld $VERSION does not accept it: $1$(way_out "$1" "$setting")"
}

# 5.7, and 8.0 before 8.0.16, have no --validate-config: they read the values of what they know when they print their help.
validate_config() {
  local said status=0 help
  local -a how=(--validate-config)
  help=$(mysqld --no-defaults --verbose --help 2>/dev/null) || true
  [[ $help == *--validate-config* ]] || how=(--verbose --help "--log-bin-index=$WORK/index")
  : >"$ERRORS"
  mysqld --defaults-file="$CONFIG" "${how[@]}" >/dev/null 2>>"$ERRORS" || status=$?
  said=$(complaint)
  [[ -z $said ]] || refuse_config "$said"
  ((status == 0)) || refuse_config "$(last_error)"
}

# MEMORY_BYTES is the limit of the container, or what the node has where there is none.
refuse_large_pool() {
  local size
  size=$(mysqld --defaults-file="$CONFIG" --verbose --help "--log-bin-index=$WORK/index" 2>/dev/null |
    sed -nE 's/^innodb[-_]buffer[-_]pool[-_]size +([0-9]+)$/\1/p') || true
  [[ -n $size && -n ${MEMORY_BYTES:-} ]] || return 0
  ((size < MEMORY_BYTES)) || fail ConfigInvalid \
    "spec.config.innodb_buffer_pool_size: $size bytes do not fit into the $MEMORY_BYTES bytes of memory that the server may have; set a smaller one, or a larger spec.resources.limits.memory"
}

main() {
  begin
  VERSION=$(version_of_image)
  refuse_hop "${CURRENT_VERSION:-}" "$VERSION"
  validate_config
  refuse_large_pool
  report "{\"result\":\"accepted\",\"serverVersion\":$(json_string "$VERSION")}"
}

main
