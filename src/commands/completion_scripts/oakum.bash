# bash completion for oakum; nothing that oakum answers is evaluated.
_oakum() {
  local line=${COMP_LINE:0:COMP_POINT} current head="" value
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=${words[${#words[@]} - 1]}
  # readline completes only what follows the last = or :, where these break words
  [[ $COMP_WORDBREAKS == *=* && $current == *=* ]] && head=${current%"${current##*=}"}
  [[ $COMP_WORDBREAKS == *:* && ${current#"$head"} == *:* ]] && head=${current%"${current##*:}"}
  COMPREPLY=()
  while IFS=$'\t' read -r value _; do
    case $value in
    :files | :folders)
      local what=-f
      [[ $value == :folders ]] && what=-d
      compopt -o filenames 2>/dev/null
      while IFS= read -r value; do
        COMPREPLY+=("$value")
      done < <(compgen "$what" -- "${current#"$head"}")
      ;;
    *) COMPREPLY+=("${value#"$head"}") ;;
    esac
  done < <("$1" __complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _oakum oakum
