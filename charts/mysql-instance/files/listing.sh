# shellcheck shell=bash
# Says which backups are on the volume, beside the result of a Job; sourced by restore.sh and backup.sh, never run. The operator
# shows it in the object's status. It is news and never a proof: what cannot be listed or read shortens it, and fails nothing.

readonly NEWEST=20
# kubelet keeps 4096 bytes of a termination message; the result itself takes less than a thousand.
readonly LIST_LIMIT=3000

# report_with_backups RESULT: a JSON object, to which it adds `backups`, newest first, and `newest` with all that is known of the first.
report_with_backups() {
  local path entry list='' newest='' number=0
  if ! (backups >"$WORK/listed"); then
    report "$1"
    return
  fi
  while IFS= read -r path; do
    entry=$(describe_backup "$path" 'size\|rows\|time')
    [[ -n $entry ]] || continue
    ((number < NEWEST && ${#list} + ${#entry} < LIST_LIMIT)) || break
    ((number)) || newest=$(describe_backup "$path" '[A-Za-z0-9]*')
    list+=${list:+,}$entry
    number=$((number + 1))
  done <"$WORK/listed"
  report "${1%\}},\"backups\":[$list]${newest:+,\"newest\":$newest}}"
}

# describe_backup DUMP FIELDS: by its receipt, nothing where that is unreadable. Only lines that are one plain field are taken, so
# whatever stands in the file, this is JSON.
describe_backup() {
  local fields plain='"[A-Za-z0-9.:_-]*"\|[0-9][0-9]*\|true\|false'
  fields=$(sed -n -e '/^  "file":/d' -e "s/^  \(\"\($2\)\":\($plain\)\),\{0,1\}\$/\1/p" "$(receipt_of "$1")" 2>/dev/null) || return 0
  [[ -n $fields ]] || return 0
  printf '{"file":%s,%s}' "$(json_string "${1##*/}")" "${fields//$'\n'/,}"
}
