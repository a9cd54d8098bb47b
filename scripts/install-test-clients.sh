#!/usr/bin/env bash
# Installs the MQTT clients that the end-to-end tests drive. Silent when nothing is to do.
# The npm and PyPI ones stay below tests/.services; services such as databases belong there too.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/debian.sh

services=tests/.services
mqtt_js=5.16.0
paho=2.2.0

if missing mosquitto_pub mosquitto_sub; then
  install_packages "mosquitto_pub and mosquitto_sub, driven by the tests" mosquitto-clients
fi

if missing curl; then
  install_packages "the tour of README.md asks the REST port with it" curl
fi
if missing openssl; then
  install_packages "certificates of the HTTPS server that the tests send rows to" openssl
fi
if missing node npm; then
  install_packages "JavaScript runtime for the tests with MQTT.js" nodejs npm
fi
if ! grep -qs "\"version\": \"$mqtt_js\"" "$services/node/node_modules/mqtt/package.json"; then
  say "installing MQTT.js $mqtt_js from npm into $services/node (driven by the tests)"
  mkdir -p "$services/node"
  npm install --prefix "$services/node" --no-save --no-package-lock --no-audit --no-fund \
    --loglevel=error "mqtt@$mqtt_js"
fi

python=$services/python/bin/python
if ! [ -x "$python" ] ||
  ! "$python" -c "import paho.mqtt; assert paho.mqtt.__version__ == '$paho'" 2>/dev/null; then
  # `venv` alone can be there without `ensurepip`: Debian packs them apart.
  if missing python3 || ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    install_packages "Python for the tests with paho-mqtt" python3 python3-venv
  fi
  say "installing paho-mqtt $paho from PyPI into $services/python (driven by the tests)"
  python3 -m venv --clear "$services/python"
  "$python" -m pip install --quiet --disable-pip-version-check "paho-mqtt==$paho"
fi
