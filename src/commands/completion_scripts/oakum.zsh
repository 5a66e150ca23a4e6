#compdef oakum
# zsh completion for oakum; nothing that oakum answers is evaluated.
_oakum() {
  local line value
  local -a values
  for line in "${(@f)$("${words[1]}" __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    value=${line%%$'\t'*}
    case $value in
    "") ;;
    :files) _files ;;
    :folders) _files -/ ;;
    *) values+=("${value//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  (( ${#values} )) && _describe -t values oakum values
}
if [[ ${funcstack[1]-} == _oakum ]]; then
  _oakum "$@"
else
  compdef _oakum oakum
fi
