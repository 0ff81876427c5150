#!/bin/sh
# Writes the secrets that docker-compose.yml asks for into .env (or the file that is named), new and random, readable by
# its owner alone. A file that is there gets those that it lacks added at its end, and is else left as it is: with other
# secrets every key and token would be invalid.
set -eu
umask 077

file=${1:-$(dirname "$0")/../.env}
if [ -e "$file" ]; then
  existed=yes
  text=
  # A last line without an end would run into the next one.
  [ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || text='
'
else
  existed=
  text='# Secrets of this installation: keep a copy. Without KEY_PEPPER every agent key and SDK key is invalid.
'
fi

added=
for name in POSTGRES_PASSWORD CLICKHOUSE_WRITER_PASSWORD CLICKHOUSE_READER_PASSWORD CLICKHOUSE_MIGRATOR_PASSWORD \
  CLICKHOUSE_CLUSTER_SECRET USER_TOKEN_SECRETS SESSION_TOKEN_SECRETS KEY_PEPPER UASAM_SERVICE_TOKEN GRAFANA_PASSWORD; do
  [ -z "$existed" ] || ! grep -Eq "^[[:space:]]*(export[[:space:]]+)?$name=" "$file" || continue
  secret=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
  [ ${#secret} -eq 64 ] || { echo "no random bytes from /dev/urandom" >&2; exit 1; }
  text="$text$name=$secret
"
  added="$added $name"
done

if [ -z "$added" ]; then
  echo "$file is there already, and was left as it is"
elif [ -n "$existed" ]; then
  printf '%s' "$text" >> "$file"
  echo "added to $file:$added"
else
  set -C # A file that somebody else has written in the meantime stays as it is.
  printf '%s' "$text" > "$file"
  echo "wrote new secrets to $file"
fi
