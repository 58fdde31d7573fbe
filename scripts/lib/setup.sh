# shellcheck shell=bash
# Sourced by the bash scripts. Defines:
#
#   rarena_root                        the folder of the repository
#   rarena_setup                       installs what is missing; silent when nothing is
#   rarena_build PRESET [TARGET...]    builds; silent when nothing is to be done
#
# Both return 3 and write to stderr when they cannot. Neither changes the current directory. Logs go to build/log/.

rarena_root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)"

# Debian 12; libgtest-dev brings the sources that the msan preset compiles.
rarena_packages=(
  git python3 cmake ninja-build ccache g++
  clang-19 libclang-rt-19-dev lld-19 llvm-19 clang-tidy-19 clang-format-19
  libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev relacy-dev
  libcli11-dev libfmt-dev nlohmann-json3-dev libboost-context-dev
)

rarena_missing_packages() {
  local have package
  have="$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${rarena_packages[@]}" 2>/dev/null)" || true
  for package in "${rarena_packages[@]}"; do
    grep -qx "installed $package" <<<"$have" || printf '%s\n' "$package"
  done
}

# rarena_setup_failed WHY PACKAGE...
rarena_setup_failed() {
  local why="$1"
  shift
  printf 'set-up: missing packages: %s; cannot install them: %s\n' "$*" "$why" >&2
  return 3
}

rarena_setup() {
  if ! command -v dpkg-query >/dev/null; then
    rarena_setup_failed "expected Debian 12 with dpkg-query and apt-get, found neither" "${rarena_packages[@]}"
    return 3
  fi
  local missing
  mapfile -t missing < <(rarena_missing_packages)
  ((${#missing[@]} == 0)) && return 0

  local as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      rarena_setup_failed "expected root or sudo, found neither" "${missing[@]}"
      return 3
    fi
    as_root=(sudo)
    [[ -t 0 ]] || as_root+=(-n)
  fi

  local log="$rarena_root/build/log/setup.log"
  mkdir -p -- "${log%/*}"
  printf 'installing: %s\n' "${missing[*]}" >&2
  # The lists may be old and still good, so it is the installation that decides.
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  if ! {
    "${apt[@]}" update || true
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
  } >"$log" 2>&1 </dev/null; then
    local why
    why="$(grep -m 1 -E '^(W|E): Failed to fetch' -- "$log" || grep -m 1 -E '^(E|sudo): ' -- "$log")" || true
    rarena_setup_failed "${why:-apt-get failed} (log: $log)" "${missing[@]}"
    return 3
  fi
}

# rarena_logged LOG COMMAND...: runs it in the repository with its output in LOG; on failure shows the end and the command.
rarena_logged() {
  local log="$1"
  shift
  (cd -- "$rarena_root" && "$@") >"$log" 2>&1 </dev/null && return 0
  {
    tail -n 60 -- "$log"
    printf 'failed: %s\n' "${*@Q}"
    printf 'log: %s\n' "$log"
  } >&2
  return 3
}

# A compiler that has seen a file before answers from its cache, in other folders and branches too.
rarena_use_ccache() {
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR="$rarena_root" CCACHE_NOHASHDIR=1
  export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
}

rarena_build() {
  local preset="$1"
  shift
  local folder="$rarena_root/build/$preset" logs="$rarena_root/build/log"
  local configured="$folder/.configured" built="$folder/.built"
  mkdir -p -- "$folder" "$logs"
  local targets=()
  (($# == 0)) || targets=(--target "$@")

  # One build of a preset at a time; the lock is released with the subshell.
  (
    flock 9
    rarena_use_ccache
    [[ -e $built ]] || printf 'building: %s (the first time takes minutes)\n' "$preset" >&2
    if [[ ! -e $folder/build.ninja || ! -e $configured || $rarena_root/CMakePresets.json -nt $configured ]]; then
      rarena_logged "$logs/$preset.configure.log" cmake --preset "$preset" || exit 3
      touch -- "$configured"
    fi
    rarena_logged "$logs/$preset.build.log" cmake --build --preset "$preset" "${targets[@]}" -- -j "$(nproc)" || exit 3
    touch -- "$built"
  ) 9>"$logs/$preset.lock"
}
