# fish completion of meshctl; made by 'meshctl completion'; do not edit

function __meshctl_words
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        string match -q -- '-*' $word; or echo $word
    end
end
function __meshctl_at
    set -l words (__meshctl_words)
    test (count $words) -ge (count $argv); and test "$words[1..$(count $argv)]" = "$argv"
end
function __meshctl_after
    test "$(__meshctl_words)" = "$argv"
end
complete -c meshctl -f
complete -c meshctl -n '__meshctl_after' -a completion -d 'print a completion script for a shell'
complete -c meshctl -n '__meshctl_after' -a env -d 'list the environment variables that matter, and their values'
complete -c meshctl -n '__meshctl_after' -a help -d 'explain a command, or list them all'
complete -c meshctl -n '__meshctl_after' -a version -d 'print the version'
complete -c meshctl -n '__meshctl_at completion' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at completion' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at completion' -a 'bash zsh fish'
complete -c meshctl -n '__meshctl_at completion' -F
complete -c meshctl -n '__meshctl_at env' -l output -s o -x -a 'table json jsonl yaml' -d 'how to print'
complete -c meshctl -n '__meshctl_at env' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at env' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at help' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at help' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at help' -F
complete -c meshctl -n '__meshctl_at version' -l output -s o -x -a 'text json' -d 'how to print; json has the build and compiler too'
complete -c meshctl -n '__meshctl_at version' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at version' -l help -s h -d 'show this help and end'
