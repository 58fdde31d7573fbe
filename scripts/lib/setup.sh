#!/usr/bin/env bash
# Installs the packages of Debian 12 that one part of the work needs; silent when none is missing.
#
#   scripts/lib/setup.sh lab       what scripts/lab itself is made of
#   scripts/lib/setup.sh build     compilers and libraries
#   scripts/lib/setup.sh proofs    provers
#   scripts/lib/setup.sh plot      what draws
#   scripts/lib/setup.sh bench     allocators to compare with, and what counts instructions
#   scripts/lib/setup.sh docs      what makes pages of the headers
#
# Exit status: 0 all are there, 3 they cannot be installed, and why on standard error. The log is build/log/setup.log.
set -euo pipefail

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)"

# libgtest-dev brings the sources that the preset msan compiles.
case "${1:-}" in
  lab) packages=(git python3 python3-click python3-rich python3-jinja2) ;;
  build)
    packages=(
      git cmake ninja-build ccache g++ python3 python3-pytest python3-pytest-xdist
      clang-19 libclang-rt-19-dev libc++-19-dev libc++abi-19-dev lld-19 llvm-19 clang-tidy-19 clang-format-19
      libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev relacy-dev
      libcli11-dev libfmt-dev nlohmann-json3-dev libboost-context-dev valgrind pkgconf
    )
    ;;
  proofs) packages=(python3 gcc libc6-dev z3 cvc5 spin coq libcoq-iris libcoq-stdpp) ;;
  plot) packages=(python3 python3-matplotlib) ;;
  bench) packages=(libjemalloc2 libmimalloc2.0 libtbbmalloc2 libboost-dev libprotobuf-dev liblmdb-dev) ;;
  docs) packages=(doxygen) ;;
  *)
    printf 'set-up: expected lab, build, proofs, plot, bench or docs, found "%s"\n' "${1:-}" >&2
    exit 3
    ;;
esac

# cannot WHY PACKAGE...
cannot() {
  local why="$1"
  shift
  printf 'set-up: missing packages: %s; cannot install them: %s\n' "$*" "$why" >&2
  exit 3
}

command -v dpkg-query >/dev/null || cannot "expected Debian 12 with dpkg-query and apt-get, found neither" "${packages[@]}"
have="$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null)" || true
missing=()
for package in "${packages[@]}"; do
  [[ $'\n'$have$'\n' == *$'\n'"installed $package"$'\n'* ]] || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || cannot "expected root or sudo, found neither" "${missing[@]}"
  as_root=(sudo)
  [[ -t 0 ]] || as_root+=(-n)
fi

log="$root/build/log/setup.log"
mkdir -p -- "${log%/*}"
printf 'installing: %s\n' "${missing[*]}" >&2
# The lists may be old and still good, so it is the installation that decides.
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
if ! {
  "${apt[@]}" update || true
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
} >"$log" 2>&1 </dev/null; then
  why="$(grep -m 1 -E '^(W|E): Failed to fetch' -- "$log" || grep -m 1 -E '^(E|sudo): ' -- "$log")" || true
  cannot "${why:-apt-get failed} (log: $log)" "${missing[@]}"
fi
