# Looks around in an app's container; changes nothing. Prints lines of fields parted by tabs:
#   process  pid  parent  uid  gid  program
#   cwd      folder of process 1
#   alembic | flask | django  path  checksum of the revision files
# and last the line "environ", then the environment of process 1 as it is.
# Arguments: a configuration file of Alembic's and a folder to look in, each may be empty.
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

here=$(pwd)
[ -n "$2" ] && cd "$2" && here=$(pwd)
if [ -n "$1" ]; then
  case $1 in /*) path=$1 ;; *) path=$here/$1 ;; esac
  [ -f "$path" ] && judge "$path"
else
  set --
  for folder in "$here" "$(readlink /proc/1/cwd)" /app /code /src /srv /opt/app /usr/src /workspace; do
    # One look is enough, and the root is none: everything is below it.
    [ "$folder" = / ] || [ ! -d "$folder" ] && continue
    for seen in "$@"; do case $folder/ in "$seen"/*) continue 2 ;; esac; done
    set -- "$@" "$folder"
  done
  [ "$here" = / ] && [ -f /alembic.ini ] && judge /alembic.ini
  [ $# -gt 0 ] && find "$@" -maxdepth 4 \
    \( -name node_modules -o -name .git -o -name .venv -o -name venv -o -name site-packages \
       -o -name __pycache__ \) -prune \
    -o -type f \( -name alembic.ini -o -name manage.py -o -name pyproject.toml \) -print |
    while IFS= read -r path; do judge "$path"; done
fi

echo environ
cat /proc/1/environ
