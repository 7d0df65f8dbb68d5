# shellcheck shell=bash
# What the scripts of the server and of the check Job share: quoting, the client's option file, the session, the result that the
# operator reads, and the clean-up. Sourced, never run. A change of this file restarts every database, because the server
# reads it at its start.
#
# bash 4.2 and coreutils only: the official images have neither perl nor python, and MySQL 5.7's is Oracle Linux 7.
# shellcheck disable=SC2034 # the names are used by the scripts that source this
# shellcheck disable=SC2016 # backticks in single quotes are MySQL's

readonly FILES=${BASH_SOURCE[0]%/*}
readonly DATA_DIR=/var/lib/mysql/data
readonly INITIALIZING_DIR=/var/lib/mysql/.initializing
readonly NEVER_READY=/var/lib/mysql/.never-ready
readonly LAST_VERSION=/var/lib/mysql/.server-version
readonly VOLUME_ID=/var/lib/mysql/.volume-id # beside the data directory: a copy of that directory does not bring it along
readonly RUN_DIR=/var/run/mysqld
readonly SOCKET=$RUN_DIR/mysqld.sock
readonly CONFIG=/etc/mysql-operator/my.cnf
readonly CREDENTIALS=/etc/mysql-operator/credentials
readonly TERMINATION_LOG=/dev/termination-log
readonly OPERATOR=mysql_operator # the account of the probes and the Jobs, whatever is done to root; the SQL files name it too

# A schema whose directory in the data directory says: the server runs without a redo log, so a crash leaves nothing that
# InnoDB would start from. The restore Job makes and drops it; serve.sh looks for it.
readonly UNSAFE_LOAD=mysql_operator_load

umask 077
export LC_ALL=C # messages that classify() can read, and the same order of names everywhere
set -m          # each background job has its own process group, so stop_children reaches whole pipelines
# mysqld 5.7 takes 16 bytes for each file that it may open, and zeroes them: 16 GiB where containers have no limit.
NOFILE=$(ulimit -Sn)
if [[ $NOFILE == unlimited ]] || ((NOFILE > 1048576)); then ulimit -Sn 1048576; fi
# In memory: bash before 5.1 writes here-documents to it, with the passwords in them. No program that is started shall see it.
export -n TMPDIR=$RUN_DIR

begin() {
  WORK=$(mktemp -d "$RUN_DIR/work.XXXXXX") # in memory: passwords and their hashes are written to it
  ERRORS=$WORK/errors
  CLIENT=$WORK/client.cnf
  : >"$ERRORS"
  trap finish EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
}

finish() {
  local status=$?
  trap - EXIT TERM INT
  set +e
  stop_children
  if ((status != 0)) && [[ ! -e $WORK/failed ]]; then
    errors >&2
    if ((status == 143 || status == 130)); then
      report_failure Interrupted "the script was told to stop before it was done; it can be run again"
    else
      report_failure "$(reason_of_errors Failed)" "$(last_error)"
    fi
  fi
  rm -rf "$WORK"
  exit "$status"
}

# A statement that waits in the server must not outlive the script.
stop_children() {
  local job
  for job in $(jobs -p); do
    kill -TERM -- "-$job" 2>/dev/null
    wait "$job" 2>/dev/null
  done
}

log() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"; }

# --- results -------------------------------------------------------------------------------------------------------

json_string() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//[$'\001'-$'\037']/ }
  printf '"%s"' "$text"
}

# The operator reads this from the pod's status; 4096 bytes is kubelet's limit, so callers keep it short.
report() {
  printf '%s\n' "$1" >&2 # not where the caller's result goes
  printf '%s' "$1" >"$TERMINATION_LOG"
}

report_failure() {
  report "{\"result\":\"failed\",\"reason\":$(json_string "$1"),\"message\":$(json_string "${2:0:1500}")}"
}

# The file, not a variable, remembers that it was said: fail is called in subshells too.
fail() {
  errors >&2
  : >"$WORK/failed"
  report_failure "$1" "$2"
  exit 1
}

# What was said, without the hashes and passwords of a statement that is quoted in it.
errors() { sed -E -e 's/(0x|\*)[0-9A-Fa-f]{16,}/\1.../g' -e "s/\b((AS|BY) *').*/\1.../I" "$ERRORS"; }

last_error() {
  local line last="it failed without a message; see the log of this pod"
  while IFS= read -r line; do [[ -z $line ]] || last=$line; done < <(errors)
  printf '%s' "$last"
}

# Of what mysqld marks as an error the first line names the cause; the next ones are its consequences, the last is "Aborting".
mysqld_error() {
  local line
  while IFS= read -r line; do
    case $line in
      *'[ERROR] '*) line=${line#*'[ERROR] '} ;;
      'mysqld: '*) line=${line#mysqld: } ;;
      *) continue ;;
    esac
    while [[ $line == '['*'] '* ]]; do line=${line#*'] '}; done
    printf '%s' "$line"
    return
  done < <(errors)
  last_error
}

# The reason that the words of mysqld, mysql, mysqldump or coreutils stand for; $1 when they say nothing known.
reason_of_errors() {
  case $(<"$ERRORS") in
    *'No space left on device'* | *'Disk quota exceeded'* | *'Disk full'* | *'ERROR 1114 '*) echo DiskFull ;;
    *'ERROR 1045 '* | *': 1045: '* | *'Access denied for user'*) echo AccessDenied ;;
    *'ERROR 2002 '* | *'ERROR 2003 '* | *'ERROR 2005 '* | *'ERROR 2006 '* | *'ERROR 2013 '* | *'ERROR 1053 '*) echo ServerUnreachable ;;
    *'error: 2002'* | *'error: 2003'* | *'error: 2005'* | *'Error 2006'* | *'Error 2013'*) echo ServerUnreachable ;;
    *) echo "$1" ;;
  esac
}

# --- quoting -------------------------------------------------------------------------------------------------------

# 'text' for a session whose sql_mode is empty (NO_BACKSLASH_ESCAPES would change the meaning): every session of ours is.
sql_string() {
  local text=${1//\\/\\\\}
  text=${text//\'/\\\'}
  text=${text//$'\n'/\\n} # MySQL 5.7 reads an init-file line by line
  text=${text//$'\r'/\\r}
  printf "'%s'" "$text"
}

# password_of KEY: the content of the mounted file without trailing newlines, which many tools add to a Secret.
password_of() {
  local password=
  [[ ! -r $CREDENTIALS/$1 ]] || password=$(<"$CREDENTIALS/$1")
  [[ -n $password ]] || fail MissingCredentials "the Secret has no key $1, or it is empty; set it and run this again"
  printf '%s' "$password"
}

# The operator adds its own password to the Secret. A Secret for plain helm may do without: root's serves then.
operator_password() {
  if [[ -s $CREDENTIALS/operator-password ]]; then
    password_of operator-password
  else
    password_of root-password
  fi
}

# --- the client ----------------------------------------------------------------------------------------------------

# write_client_file FILE PASSWORD LINE...: an option file; passwords go into no argument and no environment.
write_client_file() {
  local file=$1 password=${2//\\/\\\\}
  password=${password//\"/\\\"}
  password=${password//$'\n'/\\n}
  shift 2
  {
    printf '[client]\npassword="%s"\ndefault-character-set=utf8mb4\n' "$password"
    printf 'loose-get-server-public-key\n' # logs in also where the server has no TLS
    printf '%s\n' "$@"
    printf '[mysql]\nconnect-timeout=5\ninit-command="%s"\n' "$(one_statement_a_line <"$FILES/session.sql")"
  } >"$file"
}

# sql [OPTION...]: runs the statements of its standard input, prints bare rows.
sql() {
  mysql --defaults-file="$CLIENT" --batch --skip-column-names --raw "$@" 2>>"$ERRORS"
}

# --- the data directory --------------------------------------------------------------------------------------------

server_version() {
  local text
  command -v mysqld >/dev/null || fail ImageNotMySQL "the image is not an image of MySQL: it has no mysqld"
  text=$(mysqld --version)
  [[ $text =~ Ver\ ([0-9]+\.[0-9]+\.[0-9]+) ]] || fail UnknownServer "the image's mysqld does not tell its version: $text"
  printf '%s' "${BASH_REMATCH[1]}"
}

# Makes the data directory under another name and renames it when it is whole, so a kill at any point leaves either none or
# a good one. Nothing needs to be durable before the rename: without its own syncs mysqld takes half the time, and one sync
# covers all. These settings leave no trace in the files; the server makes its doublewrite files when it starts.
initialize_data() {
  rm -rf "$INITIALIZING_DIR" "$LAST_VERSION"
  mysqld --defaults-file="$CONFIG" --datadir="$INITIALIZING_DIR" --initialize-insecure \
    --innodb-flush-method=nosync --innodb-use-native-aio=0 --innodb-doublewrite=0 --loose-skip-log-bin \
    --max-prepared-stmt-count=16382 2>>"$ERRORS" ||
    fail "$(reason_of_errors InitializeFailed)" "mysqld could not initialize the data directory: $(mysqld_error)"
  cat "$ERRORS" >&2
  : >"$NEVER_READY"
  name_volume
  sync_files /var/lib/mysql
  mv -T "$INITIALIZING_DIR" "$DATA_DIR"
  sync_files /var/lib/mysql
}

# The data directory's row that says `complete` names the volume (see serve.sh), so a row that came with a copy of somebody
# else's data directory says nothing.
name_volume() {
  local id
  [[ ! -s $VOLUME_ID ]] || return 0
  id=$(head -c 16 /dev/urandom | od -An -v -tx1)
  printf '%s' "${id// /}" >"$VOLUME_ID"
  sync_files "$VOLUME_ID"
  sync_files /var/lib/mysql
}

# coreutils before 8.24 (MySQL 5.7's image) sync everything or nothing, and hear of no error. Others must not be asked that way
# after an error: what could not be written is forgotten then, and the files look good as long as they are in memory.
sync_files() {
  local help
  help=$(sync --help)
  if [[ $help == *--file-system* ]]; then
    sync -f "$1" 2>>"$ERRORS"
  else
    sync
  fi
}
