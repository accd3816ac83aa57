#!/usr/bin/env bash
# Builds the native libraries into the user's cache folder, llama.cpp once for
# each version, set of flags, compiler and CPU, and our own C++ over it, and links
# them to .deps in the repository.
#   LLAMA_CPP_DIR=DIR   build from that llama.cpp tree instead of the pinned one
#   VISCODER_MARCH=ARCH target CPU (default native)
#   build.sh [TARGET…]  also llama.cpp's own tools: llama-bench, llama-server
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/viscoder/native
march=${VISCODER_MARCH:-native}
mkdir -p "$cache"
say() { printf 'native: %s\n' "$*" >&2; }
key_of() { sha256sum | cut -c1-16; }

# One builder at a time: clones share the cache.
exec 9>"$cache/lock"
flock 9

tools=$cache/tools-$(key_of <"$here/tools.lock")
make_tools() {
  [ -f "$tools/complete" ] && return
  say "installing build tools"
  rm -rf "$tools"
  python3 -m venv "$tools" || { say "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 4; }
  "$tools/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$here/tools.lock"
  touch "$tools/complete"
}

# --- the source of llama.cpp
if [ -n "${LLAMA_CPP_DIR:-}" ]; then
  source_dir=$(cd "$LLAMA_CPP_DIR" && pwd)
  # Any file of the tree may have changed.
  source_key=$(find "$source_dir" -name .git -prune -o -type f -printf '%T@ %p\n' | sort | key_of)
else
  source_key=$(key_of <"$here/source.lock")
  source_root=$cache/source-$source_key
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

# --- llama.cpp
# "native" means another thing on another machine: the compiler's macros say which.
cpu=$march
[ "$march" = native ] && cpu=$(gcc -march=native -E -dM - </dev/null | sort | key_of)
toolchain_key="$cpu $(g++ --version | head -1)"
llama_key=$({ echo "$source_key $toolchain_key"; cat "$here/CMakeLists.txt"; } | key_of)
llama=$cache/llama-$llama_key
log=$llama.log
if [ ! -f "$llama/complete" ] || [ $# -gt 0 ]; then
  cmake=$(command -v cmake || true) ninja=$(command -v ninja || true)
  if [ -z "$cmake" ] || [ -z "$ninja" ]; then
    make_tools
    cmake=$tools/bin/cmake ninja=$tools/bin/ninja
  fi
  if [ ! -f "$llama/build.ninja" ]; then
    say "configuring llama.cpp for -march=$march"
    # The cache outlives this clone, so it keeps its own copy of the recipe.
    mkdir -p "$llama/recipe"
    cp "$here/CMakeLists.txt" "$llama/recipe/"
    "$cmake" -S "$llama/recipe" -B "$llama" -G Ninja -DCMAKE_MAKE_PROGRAM="$ninja" -DCMAKE_BUILD_TYPE=Release \
      -DLLAMA_CPP_DIR="$source_dir" -DVISCODER_MARCH="$march" >"$log" 2>&1 ||
      { tail -20 "$log" >&2; rm -rf "$llama"; exit 4; }
  fi
  say "building ${*:-llama.cpp (a few minutes, once)}"
  if [ -t 2 ]; then
    NINJA_STATUS='native: [%f/%t, %es] ' "$ninja" -C "$llama" llama ggml "$@" >&2
  else
    # Without a terminal: a line each ten per cent, and all of it on an error.
    NINJA_STATUS='[%p] ' "$ninja" -C "$llama" llama ggml "$@" 2>&1 | tee "$log" |
      awk '/^\[ *[0-9]+%\]/ { p = substr($0, 2) + 0; if (p >= last + 10) { last = p - p % 10; print "native: " last "%"; fflush() } }' >&2 ||
      { tail -40 "$log" >&2; exit 4; }
  fi
  touch "$llama/complete"
fi

# --- our own kernels
kernels_key=$({ echo "$llama_key"; cat "$here/build.sh" "$repo"/engine/kernels/*; } | key_of)
kernels=$cache/kernels-$kernels_key
if [ ! -f "$kernels/complete" ]; then
  say "compiling the kernels and their test (a minute)"
  rm -rf "$kernels"
  mkdir -p "$kernels/checked"
  # Files of packed weights name the code that packed them.
  layout_key=$(cat "$repo"/engine/kernels/{packed.h,pack.cc,type_of.h,image.cc} | key_of)
  flags=(-std=c++17 -fPIC -Wall -Wextra -Werror -fno-math-errno -fno-trapping-math "-DVISCODER_LAYOUT_KEY=\"$layout_key\"")
  for part in include src src/ggml-cpu; do flags+=("-isystem$source_dir/ggml/$part"); done
  # An instruction set is named by its own file only, and never by -march=native.
  declare -A isa=([isa_avx2]="-march=x86-64-v3" [isa_avxvnni]="-march=x86-64-v3 -mavxvnni"
    [isa_avx512]="-march=x86-64-v4 -mavx512vnni -mprefer-vector-width=512")
  [ "$(uname -m)" = x86_64 ] || isa=()
  files=(attention buffer image isa isa_portable lazy matmul pack peak unpack "${!isa[@]}")
  sanitize=(-g1 -O1 -fsanitize=address,undefined -fno-sanitize-recover=all)
  compile() {
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    g++ "${flags[@]}" "$@" &
  }
  for file in "${files[@]}"; do
    # gcc 12 warns of its own AVX-512 headers.
    read -ra own <<<"${isa[$file]:+${isa[$file]} -O3 -Wno-uninitialized -Wno-maybe-uninitialized}"
    [ ${#own[@]} -gt 0 ] || own=("-march=$march" -O3)
    [ "$file" != isa_portable ] || own+=(-O2)
    compile "${own[@]}" -c "$repo/engine/kernels/$file.cc" -o "$kernels/$file.o"
    compile "${own[@]}" "${sanitize[@]}" -c "$repo/engine/kernels/$file.cc" -o "$kernels/checked/$file.o"
  done
  compile "-march=$march" "${sanitize[@]}" -c "$repo/engine/kernels/kernels_test.cc" -o "$kernels/checked/kernels_test.o"
  while [ -n "$(jobs -rp)" ]; do wait -n; done
  objects=("${files[@]/%/.o}")
  ar rcD "$kernels/libviscoder_kernels.a" "${objects[@]/#/$kernels/}"
  g++ -fsanitize=address,undefined "$kernels"/checked/*.o \
    "$llama"/lib/lib{ggml,ggml-cpu,ggml-base}.a -lm -lpthread -o "$kernels/kernels_test"
  touch "$kernels/complete"
fi

# --- our own C++
ours_key=$({ echo "$llama_key $kernels_key"; cat "$here/build.sh" "$here"/*.cc "$here"/*.h "$repo/engine/llama/shim.h" "$repo"/engine/kernels/{kernels,image,peak}.h; } | key_of)
ours=$cache/ours-$ours_key
if [ ! -f "$ours/complete" ]; then
  say "compiling the shim and its test"
  rm -rf "$ours"
  mkdir -p "$ours"
  flags=(-std=c++17 -fPIC -Wall -Wextra -Werror "-march=$march" "-I$repo/engine/llama" "-I$repo/engine/kernels"
    "-isystem$source_dir/include" "-isystem$source_dir/ggml/include")
  libraries=("$kernels/libviscoder_kernels.a" "$llama"/lib/lib{llama,ggml,ggml-cpu,ggml-base}.a -lm -lpthread)
  for file in shim parts; do g++ "${flags[@]}" -O2 -c "$here/$file.cc" -o "$ours/$file.o"; done
  ar rcD "$ours/libviscoder_shim.a" "$ours/shim.o" "$ours/parts.o"
  g++ "${flags[@]}" -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
    "$here"/{shim_test,shim,parts}.cc "${libraries[@]}" -o "$ours/shim_test"
  touch "$ours/complete"
fi

rm -rf "$repo/.deps"
mkdir -p "$repo/.deps"
ln -s "$llama/lib" "$repo/.deps/lib"
ln -s "$llama/bin" "$repo/.deps/bin"
ln -s "$ours" "$repo/.deps/ours"
ln -s "$kernels" "$repo/.deps/kernels"
# Go does not notice that a linked archive changed; this constant makes it.
native_key=$(sha256sum "$ours/libviscoder_shim.a" "$kernels/libviscoder_kernels.a" "$llama"/lib/lib{llama,ggml,ggml-cpu,ggml-base}.a | cut -d' ' -f1 | key_of)
header=$(printf '#define NATIVE_KEY "%s"\n' "$native_key")
[ "$(cat "$repo/engine/llama/native_key.h" 2>/dev/null)" = "$header" ] || printf '%s\n' "$header" >"$repo/engine/llama/native_key.h"
say "ready ($native_key)"
