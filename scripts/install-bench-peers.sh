#!/usr/bin/env bash
# Installs the broker that `make bench` compares with. Silent when nothing is to do.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/debian.sh

PATH=$PATH:/usr/sbin:/sbin
if missing mosquitto; then
  install_packages "the broker that the figures are compared with" mosquitto
  # The package starts a broker on the port that `make run` uses.
  if [ -d /run/systemd/system ]; then
    as_root systemctl disable --quiet --now mosquitto.service
  fi
fi
