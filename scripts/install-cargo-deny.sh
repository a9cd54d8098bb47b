#!/usr/bin/env bash
# Installs cargo-deny where it is missing: it keeps the rules of deny.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/debian.sh

if missing cargo-deny; then
  say "installing cargo-deny from crates.io (checks licences and sources of dependencies; takes some minutes)"
  cargo install --locked --quiet cargo-deny
fi
