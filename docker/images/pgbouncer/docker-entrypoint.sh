#!/bin/sh
# Writes PgBouncer's configuration from the environment, unless one is mounted.
set -eu
umask 077

if [ ! -e /etc/pgbouncer/userlist.txt ]; then
  quoted() { printf '%s' "$1" | sed 's/"/""/g'; }
  printf '"%s" "%s"\n' "$(quoted "$DB_USER")" "$(quoted "$DB_PASSWORD")" \
    > /etc/pgbouncer/userlist.txt
fi

if [ ! -e /etc/pgbouncer/pgbouncer.ini ]; then
  cat > /etc/pgbouncer/pgbouncer.ini <<INI
[databases]
* = host=$DB_HOST port=${DB_PORT:-5432}

[pgbouncer]
listen_addr = *
listen_port = ${LISTEN_PORT:-6432}
unix_socket_dir =
auth_type = ${AUTH_TYPE:-scram-sha-256}
auth_file = /etc/pgbouncer/userlist.txt
pool_mode = ${POOL_MODE:-transaction}
ignore_startup_parameters = extra_float_digits
INI
fi

exec "$@"
