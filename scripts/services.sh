#!/usr/bin/env bash
# Starts what rules can write to, for trying them out and for the benchmarks: a PostgreSQL, an Apache Kafka and
# an HTTP server that prints what is posted to it. Each listens on a free loopback port and keeps its data
# in a folder of its own, which is removed at the end.
#
#   scripts/services.sh up [postgres] [kafka] [webhook]   starts them (all, when none is named) and says where
#   scripts/services.sh consume TOPIC COUNT               prints the first records of a Kafka topic, key and value
#   scripts/services.sh down                              stops what `up` started, and nothing else
#
# `up` writes target/services/env: POSTGRES_URL, KAFKA_BROKERS, WEBHOOK_URL, to be sourced.
set -Eeuo pipefail
cd "$(dirname "$0")/.."
. scripts/debian.sh

state=$PWD/target/services

usage() {
  sed -n '6,8p' "$0" | sed 's/^# *//' >&2
  exit 2
}

free_port() {
  local port
  for _ in $(seq 100); do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  echo "error: no free port found" >&2
  return 1
}

# wait_for WHAT PID COMMAND...: until the command succeeds, while the process lives.
wait_for() {
  local what=$1 pid=$2
  shift 2
  for _ in $(seq 300); do
    if "$@" >/dev/null 2>&1; then
      return
    fi
    if ! kill -0 "$pid" 2>/dev/null; then
      break
    fi
    sleep 0.1
  done
  echo "error: $what did not start; its log is in $state" >&2
  return 1
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# started NAME PID: so that `down` knows it, and no other process of that number.
started() {
  echo "$2 $(ps -o lstart= -p "$2")" >"$state/$1.pid"
}

up_postgres() {
  scripts/install-postgres.sh
  local tools port data
  tools=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  tools=${tools:-$(dirname "$(command -v postgres)")}
  port=$(free_port)
  # Not below the clone: the user that runs it may not be let in there.
  data=$(mktemp -d "${TMPDIR:-/tmp}/sluice-postgres.XXXXXX")
  echo "$data" >"$state/postgres.folder"
  # It refuses to run as root: then its package's user runs it.
  local as=()
  if [ "$(id -u)" -eq 0 ]; then
    as=(--reuid postgres --regid postgres --clear-groups)
    chown postgres "$data"
  fi
  (cd / && setpriv --no-new-privs "${as[@]}" "$tools/initdb" -D "$data/data" -U sluice -A trust -E UTF8 --no-sync) >"$state/postgres.log"
  (cd / && exec setsid setpriv --no-new-privs "${as[@]}" \
    "$tools/postgres" -D "$data/data" -p "$port" -h 127.0.0.1 -k "$data") >>"$state/postgres.log" 2>&1 &
  local pid=$!
  started postgres "$pid"
  wait_for PostgreSQL "$pid" "$tools/pg_isready" -h 127.0.0.1 -p "$port" -U sluice
  "$tools/createdb" -h 127.0.0.1 -p "$port" -U sluice sluice
  echo "export POSTGRES_URL=postgres://sluice@127.0.0.1:$port/sluice" >>"$state/env"
}

up_kafka() {
  scripts/install-kafka.sh
  local libs=${TEST_KAFKA_LIBS:-$PWD/tests/.services/kafka/libs}
  local port controller data
  port=$(free_port)
  controller=$(free_port)
  data=$(mktemp -d "${TMPDIR:-/tmp}/sluice-kafka.XXXXXX")
  echo "$data" >"$state/kafka.folder"
  cat >"$data/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$data/log
num.partitions=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
PROPERTIES
  java -cp "$libs/*" kafka.tools.StorageTool format -t 4L6g3nShT-eMCtK--X86sw \
    -c "$data/server.properties" >"$state/kafka.log" 2>&1
  setsid java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$libs/*" kafka.Kafka "$data/server.properties" \
    >>"$state/kafka.log" 2>&1 &
  local pid=$!
  started kafka "$pid"
  wait_for Kafka "$pid" port_answers "$port"
  echo "export KAFKA_BROKERS=127.0.0.1:$port" >>"$state/env"
}

up_webhook() {
  if missing python3; then
    install_packages "to run the HTTP server that prints webhooks" python3
  fi
  local port
  port=$(free_port)
  setsid python3 scripts/webhook-printer.py "$port" >"$state/webhook.log" 2>&1 &
  local pid=$!
  started webhook "$pid"
  wait_for "the webhook printer" "$pid" port_answers "$port"
  echo "export WEBHOOK_URL=http://127.0.0.1:$port" >>"$state/env"
}

down() {
  local file pid since name
  for file in "$state"/*.pid; do
    [ -e "$file" ] || continue
    name=$(basename "$file" .pid)
    read -r pid since <"$file"
    if [ "$(ps -o lstart= -p "$pid" 2>/dev/null)" = "$since" ]; then
      # PostgreSQL: INT is its fast shutdown.
      kill -INT "$pid" 2>/dev/null || true
      for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
      done
      kill -KILL "$pid" 2>/dev/null || true
      say "stopped $name (pid $pid)"
    fi
    if [ -e "$state/$name.folder" ]; then
      rm -rf "$(cat "$state/$name.folder")"
    fi
  done
  rm -rf "$state"
}

case ${1:-} in
  up)
    shift
    wanted=("$@")
    [ ${#wanted[@]} -gt 0 ] || wanted=(postgres kafka webhook)
    down
    mkdir -p "$state"
    trap 'echo "error: stopping what was started" >&2; down' ERR
    for service in "${wanted[@]}"; do
      case $service in
        postgres | kafka | webhook) "up_$service" ;;
        *) usage ;;
      esac
    done
    sed 's/^export //' "$state/env"
    echo "webhooks are printed to target/services/webhook.log; 'scripts/services.sh down' stops everything"
    ;;
  consume)
    [ $# -eq 3 ] || usage
    . "$state/env"
    java -cp "${TEST_KAFKA_LIBS:-tests/.services/kafka/libs}/*" org.apache.kafka.tools.consumer.ConsoleConsumer \
      --bootstrap-server "$KAFKA_BROKERS" --topic "$2" --from-beginning --max-messages "$3" --timeout-ms 20000 \
      --property print.key=true 2>/dev/null
    ;;
  down) down ;;
  *) usage ;;
esac
