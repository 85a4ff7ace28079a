#!/bin/sh
# Indexes code that every machine with Python has, and searches it: sh scripts/demo.sh KODIT PYTHON
# Everything is kept in ./.demo, which is made anew each time.
set -eu
kodit=$1
python=$2
cd "$(dirname "$0")/.."

KODIT_DATA_DIR=$PWD/.demo
KODIT_CONFIG=$KODIT_DATA_DIR/config.toml
export KODIT_DATA_DIR KODIT_CONFIG
rm -rf "$KODIT_DATA_DIR"
library=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')

bold=
plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$(printf '\033[1m')
    plain=$(printf '\033[0m')
fi

title() {
    printf '\n%s%s%s\n\n' "$bold" "$*" "$plain"
}

# try COMMAND...: shows a command as a reader would type it, then runs it.
try() {
    shown=
    for word in "$@"; do
        case $word in
            *' '*) shown="$shown \"$word\"" ;;
            *) shown="$shown $word" ;;
        esac
    done
    printf '%s$ kodit%s%s\n' "$bold" "$shown" "$plain"
    "$kodit" "$@"
    echo
}

title "1. Index: five phases from a durable queue, for kodit's own source and four packages of Python's library"
try index src/kodit --name kodit
for package in http json email asyncio; do
    try index "$library/$package" --name "$package"
done

title "2. Index again: nothing changed, so four of the five phases have nothing to do"
try index src/kodit

title "3. Search by name: identifiers match whole and by their parts"
try search parse_headers --limit 2 --lines 4
try search "json encoder" --source json --limit 1 --lines 4

title "4. Search by meaning: ask in plain words"
try search "take over work of a crashed worker" --source kodit --limit 1 --lines 9
try search "wait until the first of several tasks is done" --source asyncio --limit 1 --lines 4
try search "read a body sent in chunks" --source http --limit 1 --lines 4

title "5. Look at what there is"
try sources

title "What to try next"
cat <<NEXT
  .venv/bin/kodit index .                      index this checkout, or any directory or git URL
  .venv/bin/kodit search "your own question"   then ask it something
  .venv/bin/kodit queue list --state all       see the tasks that were carried out
  .venv/bin/kodit --help                       everything else
  docs/tutorial.md                             the same, step by step

The demo's index is in .demo; to use it: export KODIT_DATA_DIR=$KODIT_DATA_DIR
NEXT
