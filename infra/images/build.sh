#!/usr/bin/env bash
# Builds the image of infra/Dockerfile, with a stand-in for its base where that cannot be pulled (base.sh).
set -euo pipefail
cd "$(dirname "$0")/../.."
base=$(sed -n 's/^ARG NODE_IMAGE=//p' infra/Dockerfile)
image=fcode:$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)

docker image inspect "$base" >/dev/null 2>&1 || docker pull --quiet "$base" 2>/dev/null || infra/images/base.sh "$base"
docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0
said=$(docker build --file infra/Dockerfile --tag "$image" . 2>&1) || {
  echo "$said" >&2
  exit 1
}
