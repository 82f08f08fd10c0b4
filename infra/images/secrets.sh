#!/usr/bin/env bash
# Writes infra/.env: the secrets of the system that infra/compose.yaml starts. Run once; what is there is never overwritten,
# since codes that were given out and guests' pseudonyms live by it.
set -euo pipefail
umask 077
set -o noclobber
file="$(cd "$(dirname "$0")/.." && pwd)/.env"

secret() { openssl rand -base64 32; }
base64url() { tr '+/' '-_' | tr -d '='; }

if [ -e "$file" ]; then
  echo "$file is there already. Keep it: codes that were given out can be read by its keys only." >&2
  exit 1
fi
command -v openssl >/dev/null || { echo 'openssl is needed to make secrets: install it, and run this again.' >&2; exit 1; }
jwt_secret=$(secret) code_key=$(secret | base64url) buyer_key=$(secret)
cat >"$file" <<ENV
FCODE_JWT_SECRET=$jwt_secret
FCODE_CODE_KEYS=1:$code_key
FCODE_BUYER_KEY=$buyer_key
ENV
echo "Secrets are in $file. Keep it, and keep it out of git."
