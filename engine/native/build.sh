#!/usr/bin/env bash
# Builds the native libraries once for each version, set of flags, compiler and
# CPU, into the user's cache folder, and links them to .deps in the repository.
#   LLAMA_CPP_DIR=DIR   build from that llama.cpp tree instead of the pinned one
#   VISCODER_MARCH=ARCH target CPU (default native)
#   build.sh [TARGET…]  extra CMake targets: llama-bench, llama-server, shim_test
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/viscoder/native
march=${VISCODER_MARCH:-native}
mkdir -p "$cache"
say() { printf 'native: %s\n' "$*" >&2; }

# One builder at a time: two clones share the cache.
exec 9>"$cache/lock"
flock 9

tools=$cache/tools-$(sha256sum "$here/tools.lock" | cut -c1-12)
make_tools() {
  [ -f "$tools/complete" ] && return
  say "installing build tools"
  rm -rf "$tools"
  python3 -m venv "$tools" || { say "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 4; }
  "$tools/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$here/tools.lock"
  touch "$tools/complete"
}

if [ -n "${LLAMA_CPP_DIR:-}" ]; then
  source_dir=$(cd "$LLAMA_CPP_DIR" && pwd)
  # Any file of the tree may change, so the key follows the newest of them.
  source_key="$source_dir $(find "$source_dir" -name '*.[ch]*' -newermt 1970-01-01 -printf '%T@ %p\n' | sort | sha256sum)"
else
  source_key=$(sha256sum <"$here/source.lock")
  source_root=$cache/source-$(sha256sum "$here/source.lock" | cut -c1-12)
  source_dir=$source_root/llama.cpp
  if [ ! -f "$source_root/complete" ]; then
    make_tools
    say "fetching the pinned llama.cpp source"
    rm -rf "$source_root" "$source_root.part"
    mkdir -p "$source_root.part"
    PATH=$tools/bin:$PATH "$tools/bin/pip" download --quiet --disable-pip-version-check --require-hashes --no-deps \
      --no-binary :all: --no-build-isolation -d "$source_root.part" -r "$here/source.lock"
    tar -xzf "$source_root.part"/*.tar.gz -C "$source_root.part"
    mv "$source_root.part"/*/vendor/llama.cpp "$source_root.part/llama.cpp"
    rm -rf "$source_root.part"/*.tar.gz "$source_root.part"/llama_cpp_python-*
    touch "$source_root.part/complete"
    mv "$source_root.part" "$source_root"
  fi
fi

cpu=$march
# "native" means another thing on another machine: the macros say which.
[ "$march" = native ] && cpu=$(gcc -march=native -E -dM - </dev/null | sort | sha256sum)
key=$({
  echo "$source_key $cpu"
  gcc --version | head -1
  sha256sum "$here/CMakeLists.txt" "$here"/*.cc "$repo/engine/llama/shim.h" | cut -d' ' -f1
} | sha256sum | cut -c1-16)
build=$cache/$key

if [ ! -f "$build/complete" ] || [ $# -gt 0 ]; then
  cmake=$(command -v cmake || true) ninja=$(command -v ninja || true)
  if [ -z "$cmake" ] || [ -z "$ninja" ]; then
    make_tools
    cmake=$tools/bin/cmake ninja=$tools/bin/ninja
  fi
  if [ ! -f "$build/build.ninja" ]; then
    say "configuring for -march=$march"
    "$cmake" -S "$here" -B "$build" -G Ninja -DCMAKE_MAKE_PROGRAM="$ninja" -DCMAKE_BUILD_TYPE=Release \
      -DLLAMA_CPP_DIR="$source_dir" -DVISCODER_MARCH="$march" >"$build.log" 2>&1 ||
      { tail -20 "$build.log" >&2; rm -rf "$build"; exit 4; }
  fi
  say "building ${*:-the libraries (a few minutes, once)}"
  if [ -t 2 ]; then
    NINJA_STATUS='native: [%f/%t, %es] ' "$ninja" -C "$build" viscoder_shim llama ggml "$@" >&2
  else
    # Without a terminal: a line each ten per cent, and all of it on an error.
    NINJA_STATUS='[%p] ' "$ninja" -C "$build" viscoder_shim llama ggml "$@" 2>&1 | tee "$build.log" |
      awk '/^\[ *[0-9]+%\]/ { p = substr($0, 2) + 0; if (p >= last + 10) { last = p - p % 10; print "native: " last "%"; fflush() } }' >&2 ||
      { tail -40 "$build.log" >&2; exit 4; }
  fi
  touch "$build/complete"
fi

# Go does not notice that a linked archive changed; this constant makes it.
ln -sfn "$build" "$repo/.deps"
native_key=$(cd "$build/lib" && sha256sum libviscoder_shim.a libllama.a libggml.a libggml-cpu.a libggml-base.a | sha256sum | cut -c1-16)
header=$(printf '#define NATIVE_KEY "%s"\n' "$native_key")
[ "$(cat "$repo/engine/llama/native_key.h" 2>/dev/null)" = "$header" ] || printf '%s\n' "$header" >"$repo/engine/llama/native_key.h"
say "ready ($native_key)"
