#!/usr/bin/env bash
# Installs the Apache Kafka that the tests and the benchmarks start: a Java runtime from Debian, the
# jars from Maven Central into tests/.services/kafka. Silent when nothing is to do, and when
# TEST_KAFKA_BROKERS names brokers that run already or TEST_KAFKA_LIBS a folder of jars.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/debian.sh

if [ -n "${TEST_KAFKA_BROKERS:-}" ]; then
  exit 0
fi
# Kafka 4 needs Java 17. Debian 12 and Ubuntu have that, whatever their default is; later ones have
# a newer default.
java_is_new_enough() {
  local major
  major=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
  [ "${major:-0}" -ge 17 ]
}

if missing java || ! java_is_new_enough; then
  java=default-jre-headless
  if apt-cache show openjdk-17-jre-headless >/dev/null 2>&1; then
    java=openjdk-17-jre-headless
  fi
  install_packages "Java runtime for the Apache Kafka of the tests" "$java"
fi
if [ -n "${TEST_KAFKA_LIBS:-}" ]; then
  exit 0
fi

pom=tests/kafka/pom.xml
libs=tests/.services/kafka
# The pom that the jars were fetched for lies beside them: another version is another pom.
if cmp -s "$pom" "$libs/pom.xml"; then
  exit 0
fi
if missing mvn; then
  install_packages "Maven, to fetch Apache Kafka" maven
fi
say "fetching Apache Kafka from Maven Central into $libs (driven by the tests, 43 MB)"
rm -rf "$libs"
mkdir -p "$libs"
mvn --batch-mode --quiet --file "$pom" \
  org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$PWD/$libs/libs"
cp "$pom" "$libs/pom.xml"
