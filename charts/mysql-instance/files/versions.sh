# shellcheck shell=bash
# Which version of MySQL may take over the data of which other. Sourced after lib.sh: by check.sh, which looks before a running
# server is ended, and by initialize.sh, which looks again before the files are opened.

# The releases that may not be skipped: mysqld itself refuses to, but only once it has been started on the files.
readonly UPGRADE_STEPS=(5.7 8.0 8.4 9.7)

# series_number 8.4.1: 8004, to compare 8.4 with 8.10 and 26.7 as numbers.
series_number() {
  local parts
  IFS=. read -r -a parts <<<"$1"
  printf '%d' $((10#${parts[0]} * 1000 + 10#${parts[1]}))
}

series_of() {
  local parts
  IFS=. read -r -a parts <<<"$1"
  printf '%s.%s' "${parts[0]}" "${parts[1]}"
}

# refuse_hop LAST NEW: ends the script unless NEW may open what LAST has used. Nothing is refused beyond the last step that is
# known here.
refuse_hop() {
  local last=$1 new=$2 last_number new_number step
  [[ $last =~ ^[0-9]+\.[0-9]+ ]] || return 0
  last_number=$(series_number "$last") new_number=$(series_number "$new")
  ((last_number <= new_number)) || fail DowngradeRefused \
    "spec.image: MySQL $(series_of "$last") has last used the data, and MySQL $(series_of "$new") of the image cannot read what a newer one has written; set the image to $(series_of "$last") or later"
  for step in "${UPGRADE_STEPS[@]}"; do
    (($(series_number "$step") > last_number)) || continue
    ((new_number <= $(series_number "$step"))) || fail UpgradeRefused \
      "spec.image: MySQL $(series_of "$new") does not take over the data of $(series_of "$last"); set the image to $step first, wait until the database is Ready, then go on"
    return 0
  done
}
