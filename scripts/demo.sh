#!/usr/bin/env bash
# The main job from end to end, in a data directory of its own: deploy the workshop, serve it, send
# records, let time pass, look at what landed, destroy everything.
set -euo pipefail
cd "$(dirname "$0")/.."

leat=${LEAT:-.build/release/leat}
aws=.venv/bin/aws
data=$(mktemp -d)
export LEAT_DATA=$data/leat AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=000000000000 \
  AWS_SECRET_ACCESS_KEY=unchecked AWS_PAGER= AWS_EC2_METADATA_DISABLED=true
server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" || true; fi
  rm -rf "$data"
}
trap finish EXIT

step() { printf '\n\033[1m▸ %s\033[0m\n' "$*"; }

step "leat deploy kinesis-workshop --env dev"
$leat deploy kinesis-workshop --env dev --yes

step "leat serve --clock virtual"
mkfifo "$data/started"
$leat serve --port 0 --clock virtual >"$data/started" 2>"$data/server.log" &
server=$!
exec 3<"$data/started"
while read -r line <&3; do
  echo "$line"
  case $line in *http://*) export AWS_ENDPOINT_URL=http://${line##*http://}; break ;; esac
done
[ -n "${AWS_ENDPOINT_URL:-}" ] || { cat "$data/server.log"; exit 1; }

stream=$($leat outputs kinesis-workshop --env dev --key DeliveryStreamName)
bucket=$($leat outputs kinesis-workshop --env dev --key BucketName)

step "leat send $stream --file stacks/kinesis-workshop/payloads/events.jsonl   (60 records)"
$leat send "$stream" --file stacks/kinesis-workshop/payloads/events.jsonl

step "leat clock advance 2m   (60 seconds before the function, 60 before the bucket)"
$leat clock advance 2m

step "aws s3 ls s3://$bucket --recursive"
$aws s3 ls "s3://$bucket" --recursive

for key in $($aws s3api list-objects-v2 --bucket "$bucket" --query 'Contents[].Key' --output text); do
  step "aws s3 cp s3://$bucket/$key -   (first lines)"
  $aws s3 cp "s3://$bucket/$key" - >"$data/object"
  head -n 4 "$data/object" | cut -c 1-240
  echo "… $(wc -l <"$data/object") lines"
done

step "leat logs kinesis-workshop --env dev"
$leat logs kinesis-workshop --env dev

step "leat plan kinesis-workshop --env dev"
$leat plan kinesis-workshop --env dev

step "leat destroy kinesis-workshop --env dev   (the bucket is not empty: refused)"
if $leat destroy kinesis-workshop --env dev --yes; then echo "not refused" >&2; exit 1; fi

step "leat destroy kinesis-workshop --env dev --empty-buckets"
$leat destroy kinesis-workshop --env dev --empty-buckets --yes

step "leat list"
$leat list

step "Files of the stack that are left"
kill "$server"; wait "$server" || true; server=
left=$(find "$LEAT_DATA" -type f | grep -E '/(s3/objects|kinesis|firehose|lambda/code)/' || true)
if [ -n "$left" ]; then echo "$left"; exit 1; fi
echo "none"
