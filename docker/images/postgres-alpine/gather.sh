# Gathers into the folder $1 what a PostgreSQL server needs to run, and busybox; nothing else.
set -eu
root=$1
home=/usr/lib/postgresql/$PG_MAJOR

apt-get update
apt-get install -y --no-install-recommends busybox-static

mkdir -p "$root/bin" "$root/etc" "$root/root" "$root/usr/local/bin" "$root/usr/sbin"

keep() { cp --archive --parents "$@" "$root"; }
# Without the JIT compiler, as in Alpine's own packages; its library alone is 130 MB.
keep "$home" "/usr/share/postgresql/$PG_MAJOR" /usr/share/zoneinfo /usr/lib/locale
rm -rf "$root$home/lib/bitcode" "$root$home"/lib/llvmjit* "$root/usr/share/postgresql/$PG_MAJOR/man"
cp /usr/sbin/gosu "$root/usr/local/bin/"
for program in "$home"/bin/*; do ln -s "$program" "$root/usr/local/bin/"; done

# Libraries under the names by which the loader asks for them.
find "$root$home" -type f \( -perm -u+x -o -name '*.so' \) -exec ldd {} + 2> /dev/null |
  sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^\s*\(\/lib64\/[^ ]*\) .*/\1/p' | sort -u |
  while read -r library; do cp --dereference --parents "$library" "$root"; done

cp /bin/busybox "$root/bin/busybox"
mkdir -p "$root/usr/bin"
ln -s /bin/busybox "$root/usr/bin/env"
"$root/bin/busybox" --list | grep -vx busybox |
  while read -r applet; do ln -s /bin/busybox "$root/bin/$applet"; done

printf 'root:x:0:0:root:/root:/bin/sh\npostgres:x:70:70:postgres:/var/lib/postgresql:/bin/sh\n' \
  > "$root/etc/passwd"
printf 'root:x:0:\npostgres:x:70:\n' > "$root/etc/group"
sed '1s/.*/#!\/bin\/sh/' /usr/local/bin/docker-entrypoint.sh > "$root/usr/local/bin/docker-entrypoint.sh"
chmod +x "$root/usr/local/bin/docker-entrypoint.sh"
