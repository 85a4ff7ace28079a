#!/usr/bin/env bash
set -euo pipefail

readonly VERSION="1.2"

# Prints how to use it.
usage() {
  cat <<TEXT
# not a comment
usage: sample.sh
TEXT
}

function build {
  local target=$1
  make "$target"
}

case "${1:-}" in
  build) build all ;;
  *) usage ;;
esac
