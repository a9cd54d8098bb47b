#!/usr/bin/env bash
# Installs the PostgreSQL that the tests and the benchmarks start on ports of their own. Silent when
# nothing is to do, and when TEST_POSTGRES_URL names a server that runs already.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/debian.sh

if [ -n "${TEST_POSTGRES_URL:-}" ]; then
  exit 0
fi
# Debian keeps the server's programs off the PATH, in a folder for each version.
if missing postgres initdb && ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
  install_packages "the database that the tests write to" postgresql
fi
