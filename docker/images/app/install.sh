# Installs Alembic and a driver as LAYOUT says, makes the user, and leaves the start command
# `serve`, whose interpreter is the layout's own.
set -eux

apt_install() {
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb \
    /var/log/apt /var/log/dpkg.log
}

# Debian's names of the drivers that PyPI knows as psycopg[binary] and so on.
debian_driver() {
  case "$DRIVER" in
    psycopg2*) echo python3-psycopg2 ;;
    psycopg*) echo python3-psycopg ;;
    asyncpg) echo python3-asyncpg ;;
    *) echo "no Debian package is known for the driver \"$DRIVER\"" >&2; return 1 ;;
  esac
}

useradd --uid 1000 --create-home --shell /bin/bash app

case "$LAYOUT" in
  venv) venv=/srv/venv ;;
  uv) venv=/app/.venv ;;
  poetry) venv=/home/app/.cache/pypoetry/virtualenvs/auction-Q3fXy9Zk-py3 ;;
  system) venv= ;;
  *) echo "unknown LAYOUT \"$LAYOUT\": venv, uv, poetry or system" >&2; exit 1 ;;
esac

if [ -n "$venv" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --no-cache-dir --disable-pip-version-check \
    "alembic${ALEMBIC_VERSION:+==$ALEMBIC_VERSION}" "$SQLALCHEMY" "$DRIVER"
  python="$venv/bin/python"
else
  driver=$(debian_driver)
  apt_install python3-sqlalchemy alembic "$driver"
  python=python3
fi

if [ "$RUN_AS" = app ]; then chown -R app:app /home/app; fi
printf '#!/bin/sh\nexec %s -m http.server 8000 --bind 0.0.0.0 --directory /var/empty\n' "$python" \
  > /usr/local/bin/serve
install -d /var/empty
chmod +x /usr/local/bin/serve
"$python" -c 'import alembic, sqlalchemy; print(alembic.__version__, sqlalchemy.__version__)'
