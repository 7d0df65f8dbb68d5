#!/usr/bin/env bash
# Init container of the check Job, in the image that is to come: asks its mysqld what it is and what it makes of the new my.cnf,
# and leaves the answers for the agent, which judges them. It touches no data, mounts no Secret and starts no server.
#
# bash must do, and it alone: nobody knows yet what image this is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# ask QUESTION OPTION…: what mysqld says stands in QUESTION.out and QUESTION.err, its exit code in QUESTION.code.
ask() {
  local question=$1 code=0
  shift
  mysqld "$@" >"$RUN_DIR/$question.out" 2>"$RUN_DIR/$question.err" || code=$?
  printf '%d' "$code" >"$RUN_DIR/$question.code"
}

command -v mysqld >/dev/null || exit 0 # no answer is one too
ask version --version
# 5.7, and 8.0 before 8.0.16, have no --validate-config.
ask help --no-defaults --verbose --help
[[ $(<"$RUN_DIR/help.out") != *--validate-config* ]] || ask config --defaults-file="$CONFIG" --validate-config
# Where log-bin is set, mysqld writes its index even now.
ask values --defaults-file="$CONFIG" --verbose --help --log-bin-index="$RUN_DIR/index"
