# Looks around in an app's container; changes nothing. Prints lines of fields parted by tabs:
#   process  pid  parent  uid  gid  program
#   cwd      folder of process 1
#   alembic | flask | django  path  checksum of the revision files
# and last the line "environ", then the environment of process 1 as it is.
# Arguments: a configuration file of Alembic's and a folder to look in, each may be empty; then what is
# mounted from the host.
tab=$(printf '\t')

for folder in /proc/[0-9]*; do
  [ "${folder#/proc/}" = "$$" ] && continue
  name= parent= uid= gid=
  while IFS=":$tab" read -r key value rest; do
    case $key in
      Name) name=$value ;;
      PPid) parent=$value ;;
      Uid) uid=$value ;;
      Gid) gid=$value; break ;;
    esac
  done < "$folder/status"
  program=$(tr '\0' '\n' < "$folder/cmdline" | head -n 1)
  [ -n "$uid" ] &&
    printf 'process\t%s\t%s\t%s\t%s\t%s\n' "${folder#/proc/}" "$parent" "$uid" "$gid" "${program:-$name}"
done
printf 'cwd\t%s\n' "$(readlink /proc/1/cwd)"

revisions() {
  (cd "$1" && find . -maxdepth 6 -path '*/versions/*' -name '*.py' -exec cksum {} + |
    LC_ALL=C sort | cksum)
}

judge() {
  case ${1##*/} in
    manage.py) grep -q DJANGO_SETTINGS_MODULE "$1" && printf 'django\t%s\t\n' "$1" ;;
    pyproject.toml)
      grep -q '^\[tool\.alembic\]' "$1" &&
        printf 'alembic\t%s\t%s\n' "$1" "$(revisions "${1%/*}")" ;;
    *)
      if grep -q -e flask_migrate -e current_app "${1%/*}/env.py"; then kind=flask; else kind=alembic; fi
      printf '%s\t%s\t%s\n' "$kind" "$1" "$(revisions "${1%/*}")" ;;
  esac
}

libraries='( -name node_modules -o -name .git -o -name .venv -o -name venv
  -o -name site-packages -o -name __pycache__ ) -prune'

judge_each() {
  while IFS= read -r path; do judge "$path"; done
}

# What the processes are started from: `/venv/bin/shop`, `-m shop.web` and `shop.web:app` name the
# package shop, and a script names what it imports.
started() {
  cat /proc/[0-9]*/cmdline | tr '\0' '\n' | while IFS= read -r word; do
    case $word in
      *[!A-Za-z0-9_.:/-]*) ;;
      */*)
        printf '%s\n' "${word##*/}"
        [ -f "$word" ] && head -c 4096 "$word" |
          sed -n -e 's/^from *\([A-Za-z0-9_]*\).*/\1/p' -e 's/^import *\([A-Za-z0-9_]*\).*/\1/p' ;;
      [A-Za-z_]*) printf '%s\n' "${word%%[.:]*}" ;;
    esac
  done | sort -u | head -n 100
}

# Installed packages that are the app's own: a process is started from them, or they were installed
# from a folder. A library may bring an Alembic for a database of its own.
own_packages() {
  names=$(started)
  rest=$VIRTUAL_ENV/bin:$PATH:
  while [ -n "$rest" ]; do
    bin=${rest%%:*}
    rest=${rest#*:}
    for site in "${bin%/bin}"/lib/python3*/site-packages "${bin%/bin}"/lib/python3*/dist-packages; do
      [ -d "$site" ] || continue
      local=$(grep -l '"file://' "$site"/*.dist-info/direct_url.json | while IFS= read -r file; do
        info=${file%/*}
        name=${info##*/}
        cat "$info/top_level.txt" || printf '%s\n' "${name%%-*}"
      done)
      for name in $names $local; do [ -d "$site/$name" ] && printf '%s\n' "$site/$name"; done
    done
  done | sort -u
}

here=$(pwd)
[ -n "$2" ] && cd "$2" && here=$(pwd)
if [ -n "$1" ]; then
  case $1 in /*) path=$1 ;; *) path=$here/$1 ;; esac
  [ -f "$path" ] && judge "$path"
else
  mounts=$(shift 2; printf '%s\n' "$@")
  set --
  for folder in "$here" "$(readlink /proc/1/cwd)" /app /code /src /srv /opt/app /usr/src /workspace; do
    # One look is enough, and the root is none: everything is below it.
    [ "$folder" = / ] || [ ! -d "$folder" ] && continue
    for seen in "$@"; do case $folder/ in "$seen"/*) continue 2 ;; esac; done
    set -- "$@" "$folder"
  done
  found=$(
    [ "$here" = / ] && [ -f /alembic.ini ] && judge /alembic.ini
    [ $# -gt 0 ] && find "$@" -maxdepth 4 $libraries \
      -o -type f \( -name alembic.ini -o -name manage.py -o -name pyproject.toml \) -print | judge_each
  )
  printf '%s\n' "$found"
  if [ -z "$found" ]; then
    # Only where there is nothing near by, and not for long: a folder of data may be large.
    command -v timeout >/dev/null && {
      for folder in "$@"; do printf '%s\n' "$folder"; done
      printf '%s\n' "$mounts"
    } | while IFS= read -r folder; do
      [ -d "$folder" ] || continue
      timeout 3 find "$folder" -maxdepth 9 $libraries -o -type f -name alembic.ini -print
    done | sort -u | head -n 10 | judge_each
    own_packages | while IFS= read -r folder; do
      find "$folder" -maxdepth 6 -type f -name alembic.ini | judge_each
    done
  fi
fi

echo environ
cat /proc/1/environ
