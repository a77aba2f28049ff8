#!/usr/bin/env bash
# Runs a command in Debian 13, which has oneDNN 3 and Node 20, with this checkout at /src. Without a command: the tests of the engines.
#   sudo test/support/debian-13.sh [COMMAND ...]
# The root is made by debootstrap the first time (500 MB) and kept; DEBIAN_13 names its folder. npm ci must have been run here.
# The command starts with an empty environment; env NAME=VALUE COMMAND sets something.
set -euo pipefail

checkout=$(realpath "$(dirname "$0")/../..")
modules=$(realpath "$checkout/node_modules")
root=${DEBIAN_13:-/var/tmp/morphogen-debian-13}

if [ "$(id -u)" != 0 ]; then
  echo "debian-13.sh changes the root folder: run it with sudo" >&2
  exit 1
fi
if [ ! -e "$root" ]; then
  rm -rf "$root.part"
  debootstrap --variant=minbase --include=nodejs,libdnnl3.6 trixie "$root.part" >&2
  mv "$root.part" "$root"
fi
[ $# -gt 0 ] || set -- sh -c 'node --import tsx --test $(find test/engines -name "*.test.ts" | sort)'

# In a mount namespace of its own, so that the mounts go when the command ends. node_modules may be a link to somewhere else.
mkdir -p "$root/src"
[ ! -L "$checkout/node_modules" ] || mkdir -p "$root$modules"
export checkout modules root
exec unshare --mount bash -euc '
  mount --bind "$checkout" "$root/src"
  if [ -L "$checkout/node_modules" ]; then mount --bind "$modules" "$root$modules"; fi
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  exec chroot "$root" env -i -C /src PATH=/usr/local/bin:/usr/bin:/bin HOME=/root "$@"
' debian-13.sh "$@"
