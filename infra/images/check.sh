#!/usr/bin/env bash
# Builds the image and looks at it as an orchestrator would: who it runs as, whether it gets healthy, how it ends, what is in it.
# Needs a Docker engine, and `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH="$PWD/node_modules/.bin:$PATH"
image=fcode:0.1.0
base=$(sed -n 's/^ARG NODE_IMAGE=//p' infra/Dockerfile)
work=$(mktemp -d)
containers=()
engine=
tidy() {
  rm -rf "$work"
  [ ${#containers[@]} = 0 ] || docker rm --force "${containers[@]}" >/dev/null
  [ -z "$engine" ] || kill "$engine"
}
trap tidy EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
told() { echo "ok: $*"; }

infra/images/build.sh
size() { echo $(($(docker image inspect --format '{{.Size}}' "$1") / 1000000)); }
told "built; $(size "$image") MB, of which the base $(size "$base") MB"

[ "$(docker run --rm "$image" --print 'process.getuid()')" = 1000 ] || fail 'it runs as somebody else than uid 1000'
docker run --rm "$image" --eval 'fs.writeFileSync("/fcode/written", "")' 2>/dev/null && fail 'it may write to its own code'
told 'runs as uid 1000, which may not change the code'

unwanted=$(docker run --rm --entrypoint find "$image" /fcode -name testcontainers -o -name vitest -o -name vite \
  -o -name typescript -o -name turbo -o -name @biomejs -o -name oxlint -o -name @dynoxide -o -name 'node-linux-*' -o -name '*.jar' \
  -o -name .env -o -name '*.spec.ts' -not -path '*/node_modules/*')
[ -z "$unwanted" ] || fail "it holds what only development needs: $unwanted"
told 'nothing of development in it'

# With no environment at all, a service gets as far as to say what it misses: everything that it imports is there.
for main in services/*/src/main.ts; do
  said=$(docker run --rm "$image" "$main" 2>&1) || true
  grep -q '^The environment is not complete' <<<"$said" || fail "$main does not start: $said"
done
told 'every service starts'

# A store for one of them, on this machine.
endpoint=$work/endpoint
node --input-type=module --eval "
  import { writeFileSync } from 'node:fs';
  import { ensureTables, startEngine } from './infra/src/engine.ts';
  const { endpoint } = await startEngine('$work/store.sqlite');
  await ensureTables(endpoint);
  writeFileSync('$endpoint', endpoint);
  setInterval(() => {}, 1000);
" &
engine=$!
for _ in $(seq 100); do [ -s "$endpoint" ] && break; sleep 0.1; done
[ -s "$endpoint" ] || fail 'the store engine did not start'

# Hardened as in compose.yaml. Prints the seconds until it is healthy.
healthy() { # NAME PORT VARIABLE=VALUE…
  local name=fcode-check-$1 command=services/$1/src/main.ts port=$2 variables=()
  shift 2
  for variable in "$@"; do variables+=(--env "$variable"); done
  docker run --detach --name "$name" --network host --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
    --env HOST=127.0.0.1 --env PORT="$port" "${variables[@]}" "$image" "$command" >/dev/null
  local since=$SECONDS
  until [ "$(docker inspect --format '{{.State.Health.Status}}' "$name")" = healthy ]; do
    [ $((SECONDS - since)) -lt 20 ] || { docker logs "$name" >&2; return 1; }
    sleep 0.5
  done
  echo $((SECONDS - since))
}
ends() { # NAME
  local name=fcode-check-$1 since=$SECONDS code
  docker stop --time 30 "$name" >/dev/null
  code=$(docker inspect --format '{{.State.ExitCode}}' "$name")
  [ "$code" = 0 ] || { docker logs "$name" >&2; fail "$1 ended with code $code"; }
  [ $((SECONDS - since)) -lt 30 ] || fail "$1 had to be killed"
  told "$1 ended in order on SIGTERM, in $((SECONDS - since)) s"
}
secret=$(openssl rand -base64 32)
containers=(fcode-check-redemption fcode-check-gateway)
docker rm --force "${containers[@]}" >/dev/null 2>&1 || true
seconds=$(healthy redemption 18083 DYNAMODB_ENDPOINT="$(cat "$endpoint")" FCODE_EVENT_LOG=sqlite:/tmp/events.sqlite \
  FCODE_JWT_SECRET="$secret" FCODE_BUYER_KEY="$secret" FCODE_CODE_KEYS="1:$(tr '+/' '-_' <<<"$secret" | tr -d '=')") ||
  fail 'redemption was not healthy within 20 s'
told "redemption healthy after $seconds s"
elsewhere=http://127.0.0.1:18083
seconds=$(healthy gateway 18080 FCODE_REDEMPTION_URL=$elsewhere FCODE_MEMBERSHIP_URL=$elsewhere FCODE_ISSUANCE_URL=$elsewhere \
  FCODE_REFERRAL_URL=$elsewhere FCODE_INSIGHTS_URL=$elsewhere) || fail 'the gateway was not healthy within 20 s'
told "gateway healthy after $seconds s"
get() { node --eval "fetch('http://127.0.0.1:18080$1', { headers: { accept: '$2' } }).then(async (answer) => console.log(answer.status, await answer.text()))"; }
asset=$(get / text/html | grep -o '/assets/[^"]*\.js' | head -n 1) || fail 'the gateway has no pages'
[[ $(get "$asset" '*/*') == '200 '* ]] || fail "the gateway has no $asset"
told 'the gateway serves the pages'
ends gateway
ends redemption
