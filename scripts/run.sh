#!/usr/bin/env bash
# Starts the built router with its defaults, shows its log, and once it listens what to try next.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${CARGO_TARGET_DIR:-target}/release/sluice

# Copies the log through and picks the bound addresses out of it.
announce() {
  trap '' INT TERM # the router still has lines to log while it stops
  local line mqtt='' api=''
  while IFS= read -r line; do
    printf '%s\n' "$line"
    if [[ $line =~ listener\ ready\ name=([^ ]+)\ addr=([^ ]+) ]]; then
      case ${BASH_REMATCH[1]} in
        tcp.default) mqtt=${BASH_REMATCH[2]} ;;
        api) api=${BASH_REMATCH[2]} ;;
      esac
      if [ -n "$mqtt" ] && [ -n "$api" ]; then
        try_next "$mqtt" "$api"
        mqtt=''
      fi
    fi
  done
}

try_next() {
  local host=${1%:*} port=${1##*:}
  cat <<TEXT

  Sluice is running.
    MQTT 3.1 to 5.0      mqtt://$1
    REST                 http://$2/status
    rules                rules/*.toml (edit one: a change applies within 2 s)

  Try next, in two other terminals (mosquitto_sub and mosquitto_pub do as well):
    $binary sub -h $host -p $port -t 'alerts/#' -v
    $binary pub -h $host -p $port -t sensor/4 -m '{"temp": 31.5}'

  Stop with Ctrl-C. The five-minute tour is in README.md.

TEXT
}

exec "$binary" serve 2> >(announce >&2)
