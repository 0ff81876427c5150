#!/bin/sh
# Writes the secrets that docker-compose.yml asks for into .env (or the file that is named), new and random, readable by
# its owner alone. A file that is there is left as it is: with other secrets every key and token would be invalid.
set -eu

file=${1:-$(dirname "$0")/../.env}
if [ -e "$file" ]; then
  echo "$file is there already, and was left as it is"
  exit 0
fi

text='# Secrets of this installation: keep a copy. Without KEY_PEPPER every agent key and SDK key is invalid.
'
for name in POSTGRES_PASSWORD CLICKHOUSE_WRITER_PASSWORD CLICKHOUSE_READER_PASSWORD CLICKHOUSE_MIGRATOR_PASSWORD USER_TOKEN_SECRETS SESSION_TOKEN_SECRETS KEY_PEPPER; do
  secret=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
  [ ${#secret} -eq 64 ] || { echo "no random bytes from /dev/urandom" >&2; exit 1; }
  text="$text$name=$secret
"
done

umask 077
set -C # A file that somebody else has written in the meantime stays too.
printf '%s' "$text" > "$file"
echo "wrote new secrets to $file"
