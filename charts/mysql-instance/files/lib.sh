# shellcheck shell=bash
# What the scripts share; not the probes, which run every few seconds. Sourced, never run, and by an image of which nobody knows
# yet what it is: bash alone must do. A change of it restarts every database, because the server reads it at its start.
#
# The others have bash 4.2, sed and coreutils 8.22: the official images have neither perl nor python, and MySQL 5.7's is Oracle
# Linux 7.
# shellcheck disable=SC2034 # the names are used by the scripts that source this

readonly FILES=${BASH_SOURCE[0]%/*}
readonly DATA_DIR=/var/lib/mysql/data
readonly NEVER_READY=/var/lib/mysql/.never-ready
readonly LAST_VERSION=/var/lib/mysql/.server-version
readonly VOLUME_ID=/var/lib/mysql/.volume-id # beside the data directory: a copy of that directory does not bring it along
readonly RUN_DIR=/var/run/mysqld             # in memory: passwords are written to it
readonly CONFIG=/etc/mysql-operator/my.cnf
readonly TERMINATION_LOG=/dev/termination-log

umask 077
export LC_ALL=C # messages that serve.sh can read
# mysqld 5.7 takes 16 bytes for each file that it may open, and zeroes them: 16 GiB where containers have no limit.
NOFILE=$(ulimit -Sn)
if [[ $NOFILE == unlimited ]] || ((NOFILE > 1048576)); then ulimit -Sn 1048576; fi
# In memory: bash before 5.1 writes here-documents to it, with the passwords in them. No program that is started shall see it.
export -n TMPDIR=$RUN_DIR

log() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"; }

# coreutils before 8.24 (MySQL 5.7's image) sync everything or nothing, and hear of no error. Others must not be asked that way
# after an error: what could not be written is forgotten then, and the files look good as long as they are in memory.
sync_files() {
  local help
  help=$(sync --help)
  if [[ $help == *--file-system* ]]; then sync -f "$1"; else sync; fi
}

# The operator reads this from the pod's status; 4096 bytes is kubelet's limit, so callers keep it short.
report() {
  printf '%s\n' "$1" >&2 # not where the caller's result goes
  printf '%s' "$1" >"$TERMINATION_LOG"
}

# Says why, and ends the script. Of what ends without it the operator reads the end of the log.
fail() {
  local message=${2:0:1500}
  message=${message//\\/\\\\}
  message=${message//\"/\\\"}
  message=${message//[$'\001'-$'\037']/ }
  report "{\"result\":\"failed\",\"reason\":\"$1\",\"message\":\"$message\"}"
  exit 1
}
