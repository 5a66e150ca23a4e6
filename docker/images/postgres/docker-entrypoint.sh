#!/bin/bash
# Keeps the official image's promises: the first start makes the cluster from POSTGRES_* variables
# and /docker-entrypoint-initdb.d, then the server takes this process's place as PID 1.
# POSIX only, since the images without bash run it with their sh.
set -e

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }

# NAME from the environment, or from the file that NAME_FILE points to, or the given default.
take() {
  eval "value=\${$1:-}" "file=\${$1_FILE:-}"
  if [ -n "$value" ] && [ -n "$file" ]; then die "$1 and $1_FILE are both set: keep one"; fi
  if [ -n "$file" ]; then value=$(cat "$file"); fi
  value=${value:-${2:-}}
  eval "$1=\$value"
  export "$1"
  unset "$1_FILE"
}

wants_a_server() {
  for argument in "$@"; do
    case "$argument" in -'?' | --help | --describe-config | -V | --version) return 1 ;; esac
  done
  [ "$1" = postgres ]
}

prepare_folders() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 0700 "$PGDATA" || :
  if [ "$(id -u)" = 0 ]; then
    find "$PGDATA" ! -user postgres -exec chown postgres {} +
    chown postgres:postgres /var/run/postgresql
    chmod 3777 /var/run/postgresql
  fi
}

require_a_password() {
  [ -n "$POSTGRES_PASSWORD" ] && return
  [ "${POSTGRES_HOST_AUTH_METHOD:-}" = trust ] && return
  die 'no password for the superuser: set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust'
}

make_cluster() {
  # An empty password file is an error of initdb, a missing option is not.
  secret=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" > "$secret"
  if [ -n "$POSTGRES_PASSWORD" ]; then set -- "--pwfile=$secret"; else set --; fi
  # The arguments are words by contract, quotes among them included.
  eval 'initdb --username="$POSTGRES_USER" "$@" '"${POSTGRES_INITDB_ARGS:-}" || { rm -f "$secret"; exit 1; }
  rm -f "$secret"
  method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption -D "$PGDATA")}
  printf '\nhost all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
}

run_sql() {
  psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}

make_database() {
  [ "$POSTGRES_DB" = postgres ] && return
  POSTGRES_DB=postgres run_sql --set "name=$POSTGRES_DB" > /dev/null <<'SQL'
SELECT format('CREATE DATABASE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SQL
}

run_init_files() {
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh)
        say "running $file"
        if [ -x "$file" ]; then "$file"; else . "$file"; fi
        ;;
      *.sql) say "running $file"; run_sql -f "$file" ;;
      *.sql.gz) say "running $file"; gunzip -c "$file" | run_sql ;;
      */\*) ;;
      *) say "ignoring $file" ;;
    esac
  done
}

first_start() {
  require_a_password
  make_cluster
  # Nobody outside may see the half-made database: this server has a socket and no port.
  export PGPASSWORD="$POSTGRES_PASSWORD"
  pg_ctl --pgdata "$PGDATA" --wait --silent -o "-c listen_addresses='' -p ${PGPORT:-5432}" start
  make_database
  run_init_files
  pg_ctl --pgdata "$PGDATA" --mode fast --wait --silent stop
  unset PGPASSWORD
  say 'the cluster is made; the server starts'
}

case "${1:-}" in -*) set -- postgres "$@" ;; esac

if wants_a_server "$@"; then
  # Before root is given up: secret files are often readable by root alone.
  take POSTGRES_PASSWORD
  take POSTGRES_USER postgres
  take POSTGRES_DB "$POSTGRES_USER"
  take POSTGRES_INITDB_ARGS
  prepare_folders
  if [ "$(id -u)" = 0 ]; then exec gosu postgres "$0" "$@"; fi
  [ -s "$PGDATA/PG_VERSION" ] || first_start
fi

exec "$@"
