# bash completion of meshctl; made by 'meshctl completion'; do not edit

_meshctl() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  local path=${COMP_WORDS[1]}
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W 'completion config echo env gateway help version --help --version --color' -- "$cur"))
    return
  fi
  case "$path" in
    config)
      if [[ $COMP_CWORD -eq 2 ]]; then
        COMPREPLY=($(compgen -W 'check explain fmt schema view' -- "$cur"))
        return
      fi
      path+=" ${COMP_WORDS[2]}"
      ;;
    echo)
      if [[ $COMP_CWORD -eq 2 ]]; then
        COMPREPLY=($(compgen -W 'serve' -- "$cur"))
        return
      fi
      path+=" ${COMP_WORDS[2]}"
      ;;
    gateway)
      if [[ $COMP_CWORD -eq 2 ]]; then
        COMPREPLY=($(compgen -W 'drain reload serve status' -- "$cur"))
        return
      fi
      path+=" ${COMP_WORDS[2]}"
      ;;
  esac
  case "$path" in
    'completion')
      case "$prev" in
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--color --help' -- "$cur"))
      else
        COMPREPLY=($(compgen -W 'bash zsh fish' -- "$cur"))
      fi
      ;;
    'config check')
      case "$prev" in
        --output | -o) COMPREPLY=($(compgen -W 'text json jsonl sarif junit tap github' -- "$cur")); return ;;
        --report) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --fail-on) COMPREPLY=($(compgen -W 'error warning note' -- "$cur")); return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--output --report --fail-on --color --help' -- "$cur"))
      else
        COMPREPLY=($(compgen -f -- "$cur"))
      fi
      ;;
    'config explain')
      case "$prev" in
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--color --help' -- "$cur"))
      else
        COMPREPLY=($(compgen -f -- "$cur"))
      fi
      ;;
    'config fmt')
      case "$prev" in
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--write --check --color --help' -- "$cur"))
      else
        COMPREPLY=($(compgen -f -- "$cur"))
      fi
      ;;
    'config schema')
      case "$prev" in
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--color --help' -- "$cur"))
      fi
      ;;
    'config view')
      case "$prev" in
        --output | -o) COMPREPLY=($(compgen -W 'yaml json' -- "$cur")); return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--effective --origin --output --color --help' -- "$cur"))
      else
        COMPREPLY=($(compgen -f -- "$cur"))
      fi
      ;;
    'echo serve')
      case "$prev" in
        --listen) COMPREPLY=(); return ;;
        --name) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --delay) COMPREPLY=(); return ;;
        --error-rate) COMPREPLY=(); return ;;
        --status) COMPREPLY=(); return ;;
        --bytes) COMPREPLY=(); return ;;
        --tls) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --ready-fd) COMPREPLY=(); return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--listen --name --delay --error-rate --status --bytes --tcp --tls --ready-fd --color --help' -- "$cur"))
      fi
      ;;
    'env')
      case "$prev" in
        --output | -o) COMPREPLY=($(compgen -W 'table json jsonl yaml' -- "$cur")); return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--output --color --help' -- "$cur"))
      fi
      ;;
    'gateway drain')
      case "$prev" in
        --admin) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--admin --color --help' -- "$cur"))
      fi
      ;;
    'gateway reload')
      case "$prev" in
        --admin) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--admin --wait --color --help' -- "$cur"))
      fi
      ;;
    'gateway serve')
      case "$prev" in
        --config | -c) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --from) COMPREPLY=(); return ;;
        --to) COMPREPLY=(); return ;;
        --workers) COMPREPLY=(); return ;;
        --admin) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --drain-timeout) COMPREPLY=(); return ;;
        --ready-fd) COMPREPLY=(); return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--config --from --to --workers --watch --admin --drain-timeout --ready-fd --color --help' -- "$cur"))
      fi
      ;;
    'gateway status')
      case "$prev" in
        --admin) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --output | -o) COMPREPLY=($(compgen -W 'table json' -- "$cur")); return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--admin --output --color --help' -- "$cur"))
      fi
      ;;
    'help')
      case "$prev" in
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--color --help' -- "$cur"))
      else
        COMPREPLY=($(compgen -f -- "$cur"))
      fi
      ;;
    'version')
      case "$prev" in
        --output | -o) COMPREPLY=($(compgen -W 'text json' -- "$cur")); return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
      esac
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--output --color --help' -- "$cur"))
      fi
      ;;
  esac
}
complete -o filenames -F _meshctl meshctl
