#!/usr/bin/env bash
# Starts everything in compose.yaml, as a project of its own, and looks whether it keeps answering: a code is sold, each container
# of each service ends and comes back, a release replaces both of a service. Needs Docker with compose v2, and `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH="$PWD/node_modules/.bin:$PATH"
export FCODE_PORT=18081 FCODE_URL=http://127.0.0.1:18081
unset FCODE_TOKEN FCODE_JWT_SECRET FCODE_CODE_KEYS FCODE_BUYER_KEY
work=$(mktemp -d)
compose() { docker compose --progress quiet --project-name fcode-check --env-file "$work/infra/.env" --file infra/compose.yaml "$@"; }
tidy() {
  compose down --volumes >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap tidy EXIT
fail() {
  echo "FAILED: $*" >&2
  compose ps --all >&2
  compose logs --tail 20 >&2
  exit 1
}
told() { echo "ok: $*"; }

docker compose version >/dev/null 2>&1 || { echo 'docker compose (version 2) is needed.' >&2; exit 1; }
infra/images/build.sh
for image in $(sed -n 's/^    image: //p' infra/compose.yaml); do
  docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" 2>/dev/null || infra/engines/images.sh
done
mkdir -p "$work/infra/images"
cp infra/images/secrets.sh "$work/infra/images/"
"$work/infra/images/secrets.sh" >/dev/null

since=$SECONDS
compose up --detach --wait --wait-timeout 180 || fail 'it does not start'
told "everything is healthy after $((SECONDS - since)) s"
get() { node --eval "fetch('$FCODE_URL$1').then(async (answer) => console.log(await answer.text()))"; }
[ "$(get /readyz)" = '{"status":"ready","away":[]}' ] || fail "the gateway says $(get /readyz)"

FCODE_JWT_SECRET=$(sed -n 's/^FCODE_JWT_SECRET=//p' "$work/infra/.env")
export FCODE_JWT_SECRET
fcode() { node libs/cli/src/main.ts "$@"; }
campaign=$(fcode campaign create --name 'Check' --sku PHONE-1 --starts now --ends +7d --quota 100 --allot fan=1 | grep -o 'cmp_[0-9A-Z]*' | head -n 1)
fcode campaign publish "$campaign" >/dev/null
grant=$(fcode grant --campaign "$campaign" --bearer 10 --reason Check --reference CHECK-1 | sed -n 's/^grant  *//p')
fcode grant approve --campaign "$campaign" --grant "$grant" --token "$(fcode token --role ops --subject another)" >/dev/null
batch=$(fcode grant status --campaign "$campaign" --grant "$grant" | sed -n 's/^batch  *//p')
fcode grant export --campaign "$campaign" --batch "$batch" --out "$work/codes.csv" >/dev/null
code=$(sed -n '2s/,.*//p' "$work/codes.csv")
fcode code redeem "$code" --order 1001 --sku PHONE-1 --email press@example.com >/dev/null || fail 'the code is not sold'
remembers() { fcode code history "$code" | grep -q 'order 1001'; }
soon() { # COMMAND…: within 20 s
  for _ in $(seq 100); do "$@" && return; sleep 0.2; done
  fail "waited 20 s for: $*"
}
soon remembers
told 'a code was granted, sold, and its history is known'

# The API document is put together of what all five services answer, and is 503 when one does not: asked for all the time.
node --input-type=module --eval "
  import { existsSync, writeFileSync } from 'node:fs';
  const counts = {};
  while (!existsSync('$work/enough')) {
    const word = await fetch('$FCODE_URL/openapi.json').then(async (answer) => (await answer.text(), answer.status), (error) => error.cause?.code);
    counts[word] = (counts[word] ?? 0) + 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  writeFileSync('$work/counts', JSON.stringify(counts));
" &
asker=$!
healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$1")" = healthy ]; }
services='membership issuance redemption referral insights'
for service in $services; do
  for container in $(compose ps --quiet "$service"); do
    docker stop --time 30 "$container" >/dev/null
    [ "$(docker inspect --format '{{.State.ExitCode}}' "$container")" = 0 ] || fail "$service did not end in order"
    docker start "$container" >/dev/null
    soon healthy "$container"
  done
done
# A release of one service: two more, then the two that were there before go.
before=$(compose ps --quiet redemption)
export LOG_LEVEL=warn
compose up --detach --wait --no-deps --no-recreate --scale redemption=4 redemption
compose up --detach --wait --no-deps --scale redemption=2 redemption
for container in $(compose ps --quiet redemption); do
  [[ $before != *$container* ]] || fail 'the release left what was there before'
done
touch "$work/enough"
wait "$asker"
told "$(cat "$work/counts") while every container was restarted, and redemption released anew"
[[ $(cat "$work/counts") =~ ^\{\"200\":[0-9]+\}$ ]] || fail 'somebody was sent away meanwhile'

since=$SECONDS
compose stop
for service in gateway $services; do
  for container in $(compose ps --all --quiet "$service"); do
    [ "$(docker inspect --format '{{.State.ExitCode}}' "$container")" = 0 ] || fail "$service did not end in order"
  done
done
told "all ended in order, within $((SECONDS - since)) s"
compose up --detach --wait --wait-timeout 180 || fail 'it does not start again'
remembers || fail 'the store forgot'
told 'started again, it remembers'
