#!/bin/sh
# Finds the Python interpreter of this container that has Alembic; the app's own where there are
# several. Writes one line of tab-separated fields, or none:
#   python  path  why    the interpreter, and for people why it was tried
# Plain POSIX sh that busybox runs too; arguments: folders to look for virtual environments in.

tab=$(printf '\t')
seen=:

# The working folder is off the path: a project's own folder named alembic is not the library.
check='
import sys
sys.path[:] = [path for path in sys.path if path]
from importlib.util import find_spec
found = find_spec("alembic"), find_spec("sqlalchemy")
if not all(spec and spec.origin for spec in found): sys.exit(1)
'

try() {
  case $1 in /*) ;; *) return 1 ;; esac
  case $1 in *"$tab"* | *:*) return 1 ;; esac
  case $seen in *":$1:"*) return 0 ;; esac
  seen=$seen$1:
  [ -x "$1" ] && [ ! -d "$1" ] || return 1
  "$1" -B -c "$check" >/dev/null 2>&1 </dev/null || return 1
  printf 'python\t%s\t%s\n' "$1" "$2"
  exit 0 # Each of the others would cost the start of a Python.
}

try_in() {
  try "${1%/}/python3" "$2" || try "${1%/}/python" "$2"
}

variable_of() {
  cat "/proc/$1/environ" 2>/dev/null | tr '\0' '\n' | sed -n "s/^$2=//p" | head -n 1
}

each_folder_of() {
  rest=$1:
  while [ -n "$rest" ]; do
    folder=${rest%%:*}
    rest=${rest#*:}
    [ -n "$folder" ] && try_in "$folder" "$2"
  done
}

parent_of() {
  sed -n 's/^PPid:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$1/status" 2>/dev/null
}

# Not one of an exec, whose first process has no parent in here, and not another container's.
belongs_here() {
  place=$(readlink "/proc/$1/ns/mnt" 2>/dev/null)
  [ -z "$place" ] || [ "$place" = "$here" ] || return 1
  above=$1
  while [ "${above:-0}" -gt 1 ]; do above=$(parent_of "$above"); done
  [ "$above" = 1 ]
}

here=$(readlink /proc/self/ns/mnt 2>/dev/null)
for pid in $(printf '%s\n' /proc/[0-9]* | sed 's/.*\///' | sort -n); do
  belongs_here "$pid" || continue
  first=$(cat "/proc/$pid/cmdline" 2>/dev/null | tr '\0' '\n' | head -n 1)
  [ -n "$first" ] || continue
  case $first in
    /*python*) try "$first" "process $pid" ;;
    *python*) each_folder_of "$(variable_of "$pid" PATH)" "PATH of process $pid" ;;
  esac
  environment=$(variable_of "$pid" VIRTUAL_ENV)
  [ -n "$environment" ] && try_in "$environment/bin" "VIRTUAL_ENV of process $pid"
done

[ -n "$VIRTUAL_ENV" ] && try_in "$VIRTUAL_ENV/bin" VIRTUAL_ENV
[ -n "$CONDA_PREFIX" ] && try_in "$CONDA_PREFIX/bin" CONDA_PREFIX

script=$(command -v alembic 2>/dev/null)
if [ -n "$script" ]; then
  try "$(sed -n '1s/^#! *\(\/[^ ]*python[^ ]*\).*/\1/p' "$script" 2>/dev/null)" "first line of $script"
  try_in "${script%/*}" "beside $script"
fi

for root in "$PWD" "${PWD%/*}" "$@" / /app /code /src /srv /srv/app /usr/src/app /opt /opt/app \
  /opt/pysetup /workspace "$HOME"; do
  for name in .venv venv env; do try_in "${root%/}/$name/bin" "${root%/}/$name"; done
done
for folder in "$HOME"/.cache/pypoetry/virtualenvs/* "$HOME"/.local/share/virtualenvs/* \
  ~root/.cache/pypoetry/virtualenvs/* /home/*/.cache/pypoetry/virtualenvs/* \
  /opt/* /srv/* "$HOME"/miniconda3 "$HOME"/.pyenv/versions/*; do
  try_in "$folder/bin" "$folder"
done

each_folder_of "$PATH:/usr/local/bin:/usr/bin:/bin" PATH

# That the last one tried had no Alembic is no failure.
exit 0
