#!/usr/bin/env bash
# Installs a C compiler, what the Kafka client is built with, and Rust where they are missing or too
# old. Silent when nothing is to do.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/debian.sh

# The oldest Rust that Cargo.toml allows.
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

c_compiler_works() {
  echo 'int main(void) { return 0; }' | cc -x c - -o /dev/null 2>/dev/null
}

rust_is_new_enough() {
  local found
  found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2) || return 1
  [ -n "$found" ] && command -v cargo >/dev/null 2>&1 &&
    [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ]
}

if ! c_compiler_works; then
  install_packages "C compiler and linker, for the crates that hold C code" gcc libc6-dev
fi

# librdkafka comes as source with the crate `rdkafka`. It links OpenSSL and zlib; of libcurl it only
# wants the header.
header_is_there() {
  echo "#include <$1>" | cc -E -x c - -o /dev/null 2>/dev/null
}

if missing g++ make cmake pkg-config || ! header_is_there openssl/ssl.h ||
  ! header_is_there zlib.h || ! header_is_there curl/curl.h; then
  install_packages "to build the Kafka client librdkafka" \
    g++ make cmake pkg-config libssl-dev zlib1g-dev libcurl4-openssl-dev
fi

if ! rust_is_new_enough; then
  if command -v rustup >/dev/null 2>&1; then
    say "updating Rust with rustup (at least $wanted is needed)"
    rustup toolchain install stable --profile minimal --component rustfmt --component clippy
  else
    if missing curl; then
      install_packages "to fetch the Rust installer" curl ca-certificates
    fi
    say "installing Rust into ${CARGO_HOME:-$HOME/.cargo} with rustup (at least $wanted is needed); shell profiles stay as they are"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
      RUSTUP_INIT_SKIP_PATH_CHECK=yes sh -s -- -y --no-modify-path \
        --profile minimal --component rustfmt --component clippy || {
      echo "error: Rust could not be installed; install Rust $wanted or newer (https://rustup.rs) and try again" >&2
      exit 1
    }
  fi
  hash -r
  if ! rust_is_new_enough; then
    echo "error: 'rustc' on the PATH is still missing or older than $wanted: $(command -v rustc || echo none)" >&2
    exit 1
  fi
fi
