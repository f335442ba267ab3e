#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One step of the install test; CMakeLists.txt beside it says which, with CMAKE, CXX and EDDY set.
set -euo pipefail
consumer=$(dirname "$0")/consumer

build_and_run() {  # FOLDER CMAKE-OPTIONS...
  local folder=$1
  shift
  rm -rf "$folder"
  "$CMAKE" -G Ninja -S "$consumer" -B "$folder" -DCMAKE_CXX_COMPILER="$CXX" "$@"
  "$CMAKE" --build "$folder"
  (cd "$folder" && ./consumer)
}

install_tree() {  # BUILD PREFIX
  rm -rf "$2"
  "$CMAKE" --install "$1" --prefix "$2"
  if find "$2" -name '*.h' | grep -v '/include/eddy/[a-z_]*\.h$'; then
    echo "installed headers outside include/eddy" >&2
    exit 1
  fi
}

program() {  # PREFIX: it runs, and its manual and completions lie beside it
  local fresh part
  fresh=$(mktemp -d)
  "$1/bin/eddy" manual --out "$fresh"
  for part in man bash-completion zsh fish; do
    diff -r -I '^\.TH' "$fresh/$part" "$1/share/$part"  # .TH has the date
  done
  rm -r "$fresh"
}

headers() {  # PREFIX: each header compiles alone
  for header in "$1"/include/eddy/*.h; do
    "$CXX" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I"$1/include" -include "$header" \
        -x c++ /dev/null
  done
}

pkg_config() {  # PREFIX FOLDER
  local pc flags
  pc=$(find "$1" -name eddy.pc)
  mkdir -p "$2"
  flags=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs eddy)
  # shellcheck disable=SC2086
  "$CXX" -std=c++20 "$consumer/consumer.cc" $flags -Wl,-rpath,"$(dirname "$(dirname "$pc")")" \
      -o "$2/consumer"
  (cd "$2" && ./consumer)
}

case $1 in
  program) program "$2" ;;
  install) install_tree "$2" "$3" ;;
  headers) headers "$2" ;;
  find_package) build_and_run "$3" -DCMAKE_PREFIX_PATH="$2" ;;
  pkg_config) pkg_config "$2" "$3" ;;
  # Unoptimised and for one instruction set, for time's sake.
  add_subdirectory)
    build_and_run "$2" -DEDDY_SOURCE_DIR="$EDDY" -DBUILD_SHARED_LIBS=ON -DEDDY_INSTALL=ON \
        -DEDDY_UNITY=ON -DCMAKE_CXX_FLAGS=-DHWY_COMPILE_ONLY_STATIC ;;
  *) echo "unknown step $1" >&2; exit 2 ;;
esac
