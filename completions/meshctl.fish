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
complete -c meshctl -n '__meshctl_after' -a config -d 'check, explain, fmt, schema, view'
complete -c meshctl -n '__meshctl_after config' -a check -d 'find everything that is wrong with configuration files'
complete -c meshctl -n '__meshctl_after config' -a explain -d 'say what a key of the configuration or a reason of the access log means'
complete -c meshctl -n '__meshctl_after config' -a fmt -d 'tidy the layout of configuration files'
complete -c meshctl -n '__meshctl_after config' -a schema -d 'print the JSON Schema of configuration files'
complete -c meshctl -n '__meshctl_after config' -a view -d 'print what configuration files say, merged, with defaults if asked for'
complete -c meshctl -n '__meshctl_after' -a echo -d 'serve'
complete -c meshctl -n '__meshctl_after echo' -a serve -d 'run an upstream for tests that answers with what it got'
complete -c meshctl -n '__meshctl_after' -a env -d 'list the environment variables that matter, and their values'
complete -c meshctl -n '__meshctl_after' -a gateway -d 'drain, reload, serve, status'
complete -c meshctl -n '__meshctl_after gateway' -a drain -d 'make a running gateway finish what is under way and end'
complete -c meshctl -n '__meshctl_after gateway' -a reload -d 'make a running gateway read its configuration again'
complete -c meshctl -n '__meshctl_after gateway' -a serve -d 'run the API gateway'
complete -c meshctl -n '__meshctl_after gateway' -a status -d 'print what a running gateway serves'
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
complete -c meshctl -n '__meshctl_at config fmt' -l write -s w -d 'change the files in place and name those that changed'
complete -c meshctl -n '__meshctl_at config fmt' -l check -d 'name the files that would change, and end with 1'
complete -c meshctl -n '__meshctl_at config fmt' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at config fmt' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at config fmt' -F
complete -c meshctl -n '__meshctl_at config schema' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at config schema' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at config view' -l effective -d 'write every default out'
complete -c meshctl -n '__meshctl_at config view' -l origin -d 'say after each value where it was written'
complete -c meshctl -n '__meshctl_at config view' -l output -s o -x -a 'yaml json' -d 'how to print'
complete -c meshctl -n '__meshctl_at config view' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at config view' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at config view' -F
complete -c meshctl -n '__meshctl_at echo serve' -l listen -x -d 'where to listen; port 0 takes a free one'
complete -c meshctl -n '__meshctl_at echo serve' -l name -r -F -d 'name of this instance, told in answers'
complete -c meshctl -n '__meshctl_at echo serve' -l delay -x -d 'wait before each answer'
complete -c meshctl -n '__meshctl_at echo serve' -l error-rate -x -d 'share of requests answered with 503'
complete -c meshctl -n '__meshctl_at echo serve' -l status -x -d 'status of answers'
complete -c meshctl -n '__meshctl_at echo serve' -l bytes -x -d 'answer with so many bytes of a pattern'
complete -c meshctl -n '__meshctl_at echo serve' -l tcp -d 'send every byte back, whatever it is'
complete -c meshctl -n '__meshctl_at echo serve' -l tls -r -F -d 'serve TLS with this certificate and key'
complete -c meshctl -n '__meshctl_at echo serve' -l ready-fd -x -d 'write a line of JSON there once ready'
complete -c meshctl -n '__meshctl_at echo serve' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at echo serve' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at env' -l output -s o -x -a 'table json jsonl yaml' -d 'how to print'
complete -c meshctl -n '__meshctl_at env' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at env' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at gateway drain' -l admin -r -F -d 'admin socket of the gateway'
complete -c meshctl -n '__meshctl_at gateway drain' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at gateway drain' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at gateway reload' -l admin -r -F -d 'admin socket of the gateway'
complete -c meshctl -n '__meshctl_at gateway reload' -l wait -d 'return when every worker serves the new configuration'
complete -c meshctl -n '__meshctl_at gateway reload' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at gateway reload' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at gateway serve' -l config -s c -r -F -d 'configuration file or folder'
complete -c meshctl -n '__meshctl_at gateway serve' -l from -x -d 'listen here, without a configuration'
complete -c meshctl -n '__meshctl_at gateway serve' -l to -x -d 'send everything there; several share the load'
complete -c meshctl -n '__meshctl_at gateway serve' -l workers -x -d 'threads that serve; 0 is one per core'
complete -c meshctl -n '__meshctl_at gateway serve' -l watch -d 'reload when a file of the configuration changes'
complete -c meshctl -n '__meshctl_at gateway serve' -l admin -r -F -d 'path of the admin socket'
complete -c meshctl -n '__meshctl_at gateway serve' -l drain-timeout -x -d 'how long what is under way may take to end'
complete -c meshctl -n '__meshctl_at gateway serve' -l ready-fd -x -d 'write a line of JSON there once ready'
complete -c meshctl -n '__meshctl_at gateway serve' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at gateway serve' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at gateway status' -l admin -r -F -d 'admin socket of the gateway'
complete -c meshctl -n '__meshctl_at gateway status' -l output -s o -x -a 'table json' -d 'how to print'
complete -c meshctl -n '__meshctl_at gateway status' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at gateway status' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at help' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at help' -l help -s h -d 'show this help and end'
complete -c meshctl -n '__meshctl_at help' -F
complete -c meshctl -n '__meshctl_at version' -l output -s o -x -a 'text json' -d 'how to print; json has the build and compiler too'
complete -c meshctl -n '__meshctl_at version' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshctl -n '__meshctl_at version' -l help -s h -d 'show this help and end'
