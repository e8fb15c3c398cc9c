#!/usr/bin/env bash
# Installs the libraries and programs that Leat builds and runs with, where they are missing.
set -euo pipefail

needed=()
for package in libyaml-dev libsqlite3-dev zlib1g-dev libdeflate-dev libsnappy-dev libjq-dev pkg-config; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
    needed+=("$package")
done
command -v objcopy >/dev/null || needed+=(binutils)
command -v node >/dev/null || needed+=(nodejs)
command -v python3 >/dev/null || needed+=(python3)
# Puts walls around functions (--isolate).
command -v bwrap >/dev/null || needed+=(bubblewrap)
# A server that tests load into, and its client. The tests start their own.
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null ||
  needed+=(postgresql)
python3 -c 'import ensurepip' 2>/dev/null || needed+=(python3-venv)
[ ${#needed[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "Please install: ${needed[*]}" >&2
  exit 1
fi
root=()
[ "$(id -u)" -eq 0 ] || root=(sudo)
echo "Installing ${needed[*]}"
"${root[@]}" apt-get update -qq
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${needed[@]}" >/dev/null
