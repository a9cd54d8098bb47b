# Sourced by the install scripts: how a Debian or Ubuntu package gets on the machine.

# say WHAT: one line on what a step is doing.
say() { printf '==> %s\n' "$*"; }

# missing PROGRAM...: succeeds when any of the programs is not on the PATH.
missing() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 || return 0
  done
  return 1
}

# as_root COMMAND...: directly as root, through sudo otherwise.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    echo "error: this needs root, and there is no sudo: $*" >&2
    return 1
  fi
}

# install_packages WHY PACKAGE...: installs Debian packages and says why.
install_packages() {
  local why=$1
  shift
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "error: please install $* ($why); only apt is known to this script" >&2
    return 1
  fi
  say "installing the Debian packages $* ($why)"
  as_root apt-get -o DPkg::Lock::Timeout=300 update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@" >/dev/null
}
