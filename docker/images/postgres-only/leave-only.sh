# Installs TOOL where it is missing, then takes away every other way to open a connection.
set -eu

case "$TOOL" in
  bash | perl) package= ;;
  nc) package=netcat-openbsd ;;
  socat | python3) package=$TOOL ;;
  *) echo "unknown TOOL \"$TOOL\": bash, nc, socat, perl or python3" >&2; exit 1 ;;
esac

if [ -n "$package" ]; then
  apt-get update
  apt-get install -y --no-install-recommends "$package"
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
fi

# Debian's client commands are a Perl program that picks a version: link to the programs instead.
for program in "/usr/lib/postgresql/$PG_MAJOR/bin"/*; do ln -sf "$program" "/usr/bin/${program##*/}"; done

rm -f /usr/bin/openssl
if [ "$TOOL" != perl ]; then
  rm -rf /usr/bin/perl* /usr/share/perl* /usr/lib/*/perl* /usr/lib/*/perl-base
fi
if [ "$TOOL" != bash ]; then
  sed -i '1s/.*/#!\/bin\/sh/' /usr/local/bin/docker-entrypoint.sh
  usermod --shell /bin/sh postgres
  usermod --shell /bin/sh root
  rm -f /bin/bash /bin/rbash
fi
