# The commands of this repository. Each installs what it needs first and skips what is there.
#
#   make run     build the release binary and start the router on loopback
#   make test    every test, against real MQTT clients, PostgreSQL and Kafka
#   make bench   side-by-side figures against Debian's mosquitto
#   make bench-sinks  rows into PostgreSQL, Kafka and a web server, beside bare loaders
#   make services     start a PostgreSQL, a Kafka and a webhook printer to try rules with
#   make docs    the API documentation of every crate
#   make soak    fuzz bodies and simulation for long (FUZZ_SECONDS, SIMULATION_SEEDS)
#   make fmt     format the code
#   make lint    formatting, clippy, and the rules on dependencies

SHELL := /bin/bash
.DEFAULT_GOAL := help

# A toolchain that rustup has just installed is not yet on the PATH of the calling shell.
CARGO_HOME ?= $(HOME)/.cargo
export PATH := $(CARGO_HOME)/bin:$(PATH)

.PHONY: help
help:
	@sed -n 's/^#   //p' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: toolchain
	cargo build --release --locked --package sluice
	@scripts/run.sh

# FUZZ_SECONDS and SIMULATION_SEEDS pass through to the tests that read them.
.PHONY: test
test: toolchain test-clients test-services
	cargo test --workspace --locked --no-fail-fast

.PHONY: bench
bench: toolchain bench-peers
	cargo build --release --locked --package sluice
	cargo run --release --locked --package sluice-benches

.PHONY: bench-sinks
bench-sinks: toolchain
	cargo build --release --locked --package sluice
	scripts/services.sh up postgres kafka
	trap 'scripts/services.sh down' EXIT; . target/services/env; \
	cargo run --release --locked --package sluice-benches -- --sinks \
	  --postgres "$$POSTGRES_URL" --kafka "$$KAFKA_BROKERS"

.PHONY: services services-down
services:
	scripts/services.sh up
services-down:
	scripts/services.sh down

.PHONY: docs
docs: toolchain
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --locked --no-deps --document-private-items

# The same test bodies as in `make test`, for as long as wanted, optimised.
.PHONY: soak
soak: export FUZZ_SECONDS ?= 600
soak: export SIMULATION_SEEDS ?= 20000
soak: toolchain
	cargo test --workspace --exclude sluice-tests --locked --release --no-fail-fast -- --nocapture

.PHONY: fmt
fmt: toolchain
	cargo fmt --all

.PHONY: lint
lint: toolchain cargo-deny
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo deny --locked check bans licenses sources

# What has to be on the machine; each script names what it installs and why.
.PHONY: toolchain test-clients test-services bench-peers cargo-deny
toolchain:
	@scripts/install-toolchain.sh
test-clients: toolchain
	@scripts/install-test-clients.sh
test-services: toolchain
	@scripts/install-postgres.sh
	@scripts/install-kafka.sh
bench-peers: toolchain
	@scripts/install-bench-peers.sh
cargo-deny: toolchain
	@scripts/install-cargo-deny.sh
