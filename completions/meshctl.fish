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
complete -c meshctl -n '__meshctl_after' -a config -d 'check, explain, schema, view'
complete -c meshctl -n '__meshctl_after config' -a check -d 'find everything that is wrong with configuration files'
complete -c meshctl -n '__meshctl_after config' -a explain -d 'say what a key of the configuration means'
complete -c meshctl -n '__meshctl_after config' -a schema -d 'print the JSON Schema of configuration files'
complete -c meshctl -n '__meshctl_after config' -a view -d 'print what configuration files say, merged, with defaults if asked for'
complete -c meshctl -n '__meshctl_after' -a env -d 'list the environment variables that matter, and their values'
complete -c meshctl -n '__meshctl_after' -a help -d 'explain a command, or list them all'
complete -c meshctl -n '__meshctl_after' -a version -d 'print the version'
complete -c meshctl -n '__meshctl_at completion' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at completion' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at completion' -a 'bash zsh fish'
complete -c meshctl -n '__meshctl_at completion' -F
complete -c meshctl -n '__meshctl_at config check' -l output -s o -x -a 'text json jsonl sarif junit tap github' -d 'how to print the findings'
complete -c meshctl -n '__meshctl_at config check' -l report -r -F -d 'also write the findings to a file, in a format of --output'
complete -c meshctl -n '__meshctl_at config check' -l fail-on -x -a 'error warning note' -d 'end with 1 when there is a finding of this severity or worse'
complete -c meshctl -n '__meshctl_at config check' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at config check' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at config check' -F
complete -c meshctl -n '__meshctl_at config explain' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at config explain' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at config explain' -F
complete -c meshctl -n '__meshctl_at config schema' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at config schema' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at config view' -l effective -d 'write every default out'
complete -c meshctl -n '__meshctl_at config view' -l origin -d 'say after each value where it was written'
complete -c meshctl -n '__meshctl_at config view' -l output -s o -x -a 'yaml json' -d 'how to print'
complete -c meshctl -n '__meshctl_at config view' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at config view' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at config view' -F
complete -c meshctl -n '__meshctl_at env' -l output -s o -x -a 'table json jsonl yaml' -d 'how to print'
complete -c meshctl -n '__meshctl_at env' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at env' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at help' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at help' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at help' -F
complete -c meshctl -n '__meshctl_at version' -l output -s o -x -a 'text json' -d 'how to print; json has the build and compiler too'
complete -c meshctl -n '__meshctl_at version' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at version' -l help -s h -d 'show this help and end'
