# shellcheck shell=bash
# Loads a dump over several connections at once; sourced, never run. What is safe to do at once is told by the lines that
# backup.sh writes between the parts of a dump. A dump without them (an older one, or one with stubborn tables) goes through
# one connection, as it would without this.
# shellcheck disable=SC2016 # backticks in single quotes are MySQL's

# shellcheck disable=SC2034 # restore.sh waits for these locks of the sessions that load
readonly LOADERS=(load load1 load2 load3 load4)

# An index is made of sorted rows in a fraction of the time that it takes to grow it row by row, so large tables get theirs
# when the rows are in: not the primary key, nor what AUTO_INCREMENT or either end of a foreign key needs, nor a unique one
# that may be all the key there is. A line is matched to its very end, so whatever it says, it can do no more than add an index.
#
# Closing a pipe waits for its client, so no part begins before the one before it is in. Among the rows, what is no INSERT is
# for every session: its settings and the schema in use. A line is flushed, or its last bytes would wait for the next one.
readonly SPLIT='
  BEGIN {
    name = "`([^`]|``)+`"
    column = name "(\\([0-9]+\\))?( DESC)?"
    index_line = "^  (UNIQUE )?KEY " name " \\(" column "(," column ")*\\)( USING (BTREE|HASH))?,?$"
    while ((getline table < large_tables) > 0) large[table]
  }

  function put(session, text) {
    if (!(session in open)) {
      open[session] = client " # " session
      print "DO GET_LOCK(\047mysql_operator.load" session "\047, 0);" | open[session]
    }
    print text | open[session]
  }

  function put_in_turn(text) {
    turn = turn % sessions + 1
    put(turn, text)
    fflush(open[turn])
  }

  function finish(session, failed) {
    for (session in open) if (close(open[session]) != 0) failed = 1
    if (failed) exit 1
    split("", open)
  }

  function first_name(text) { return match(text, name) ? substr(text, RSTART, RLENGTH) : "" }
  function first_column(text) { return match(text, " \\(" name) ? substr(text, RSTART + 2, RLENGTH - 2) : "" }

  function enter(text) {
    if (text ~ /^USE `/) schema = first_name(text)
    if (text ~ /^CREATE TABLE `/) { table = first_name(text); whole_name = schema "." table }
    if (text ~ /^\)/) whole_name = ""
  }

  function note_needs(text) {
    if (text ~ /^  PRIMARY KEY /) primary[whole_name]
    if (text ~ /^  `.* AUTO_INCREMENT/) needed[table, first_name(text)]
    if (!match(text, / FOREIGN KEY \(`/)) return
    text = substr(text, RSTART)
    needed[table, first_column(text)]
    sub(/.* REFERENCES /, "", text)
    sub("^" name "\\.", "", text)
    needed[first_name(text), first_column(text)]
  }

  function is_movable(text) {
    return text ~ index_line && whole_name in large && !((table, first_column(text)) in needed) \
      && (text ~ /^  KEY/ || whole_name in primary)
  }

  function kind(text) { return text ~ /^  UNIQUE/ ? "unique" : "plain" }

  # In the order of the table, which the optimizer sees: nothing is moved behind a line that stays.
  function note_order(i, text) {
    if (text ~ /^  (UNIQUE )?KEY / && !is_movable(text)) stays[whole_name, kind(text)] = i
  }

  # A line waits for the next one, because the last one before the bracket has no comma.
  function put_tables(i, text, held, added) {
    for (i = 1; i <= lines; i++) { enter(tables[i]); note_needs(tables[i]) }
    for (i = 1; i <= lines; i++) { enter(tables[i]); note_order(i, tables[i]) }
    for (i = 1; i <= lines; i++) {
      text = tables[i]
      if (text ~ /^\)/ && added != "") {
        sub(/,$/, "", held)
        indexes[++waiting] = "ALTER TABLE " whole_name added ";"
        added = ""
      }
      enter(text)
      if (is_movable(text) && i > stays[whole_name, kind(text)] + 0) {
        sub(/,$/, "", text)
        added = added (added == "" ? " ADD" : ", ADD") text
        continue
      }
      if (i > 1) put("", held)
      held = text
    }
    if (lines) put("", held)
    finish()
  }

  function put_indexes(i) {
    for (i = 1; i <= waiting; i++) put_in_turn(indexes[i])
    finish()
  }

  NR == 1 && match($0, /, parts [0-9a-f]+$/) { token = substr($0, RSTART + 8) }
  token == "" { put("", $0); next }
  $0 == "-- " token " tables" { part = "tables"; next }
  $0 == "-- " token " rows" { part = "rows"; put_tables(); next }
  $0 == "-- " token " rest" { part = "rest"; finish(); put_indexes(); next }
  part == "tables" { tables[++lines] = $0; next }
  part != "rows" { put("", $0); next }
  /^INSERT INTO / { put_in_turn($0); next }
  { for (session = 1; session <= sessions; session++) put(session, $0) }
  END { finish() }
'

# Names that are not plain are left out; their tables take no more than longer.
large_tables() { # of lines as count_rows makes them: from a hundred thousand rows on
  local plain='"([A-Za-z0-9_$ -]+)"'
  sed -nE "s/^\{\"schema\":$plain,\"table\":$plain,\"rows\":[0-9]{6,}\}\$/\`\1\`.\`\2\`/p" "$1"
}

# load_dump DUMP ROWS: a file of lines as count_rows makes them tells which tables are large.
load_dump() {
  local sessions
  large_tables "$2" >"$WORK/large_tables"
  sessions=$(nproc)
  ((sessions <= 4)) || sessions=4
  decompress "$1" 2>>"$ERRORS" | awk -v sessions="$sessions" -v large_tables="$WORK/large_tables" -v \
    client="mysql --defaults-file=$CLIENT --batch --binary-mode --init-command=\"$SESSION\" 2>>$ERRORS" "$SPLIT"
}
