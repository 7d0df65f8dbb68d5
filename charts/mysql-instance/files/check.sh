#!/usr/bin/env bash
# Init container of the check Job, in the image that is to come: asks its mysqld what it is and what it makes of the new my.cnf,
# and leaves the answers for the agent, which judges them. It touches no data, mounts no Secret and starts no server.
#
# bash 4.2 must do, and it alone: nobody knows yet what image this is.
set -euo pipefail

readonly CONFIG=/etc/mysql-operator/my.cnf
readonly ANSWERS=/var/run/mysqld

export LC_ALL=C
# mysqld 5.7 takes 16 bytes for each file that it may open, and zeroes them: 16 GiB where containers have no limit.
NOFILE=$(ulimit -Sn)
if [[ $NOFILE == unlimited ]] || ((NOFILE > 1048576)); then ulimit -Sn 1048576; fi

# ask QUESTION OPTION…: what mysqld says stands in QUESTION.out and QUESTION.err, its exit code in QUESTION.code.
ask() {
  local question=$1 code=0
  shift
  mysqld "$@" >"$ANSWERS/$question.out" 2>"$ANSWERS/$question.err" || code=$?
  printf '%d' "$code" >"$ANSWERS/$question.code"
}

command -v mysqld >/dev/null || exit 0 # no answer is one too
ask version --version
# 5.7, and 8.0 before 8.0.16, have no --validate-config.
ask help --no-defaults --verbose --help
[[ $(<"$ANSWERS/help.out") != *--validate-config* ]] || ask config --defaults-file="$CONFIG" --validate-config
# Where log-bin is set, mysqld writes its index even now.
ask values --defaults-file="$CONFIG" --verbose --help --log-bin-index="$ANSWERS/index"
