# Completion of ipctool and its applets for fish. All it knows it asks `ipctool --describe`.

function __ipctool_objects --argument-names what current
    switch $what
        case '*QUEUE*'
            set -l folder /dev/mqueue
            set -q IPCTOOL_MQUEUE; and set folder $IPCTOOL_MQUEUE
            for file in $folder/*
                echo /(string replace -r '.*/' '' $file)
            end
        case '*SEM*'
            for file in /dev/shm/sem.*
                echo /(string replace -r '.*/sem\.' '' $file)
            end
        case '*SHM*'
            for file in /dev/shm/*
                string match -q '*/sem.*' $file; or echo /(string replace -r '.*/' '' $file)
            end
        case '*SIG*'
            ipctool killn -l 2>/dev/null
        case '*PID*'
            __fish_complete_pids
    end
    switch $what
        case '*COMMAND*'
            __fish_complete_command
        case '*FILE*' '*FIFO*' '*PATH*' '*NAME*' '*DIR*'
            __fish_complete_path $current
    end
end

function __ipctool_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l applet (string replace -r '.*/' '' -- $words[1])
    if test "$applet" = ipctool
        if test (count $words) -eq 1
            ipctool --list --long 2>/dev/null | string replace -r '^(\S+)\s+' '$1\t'
            printf '%s\n' --list --describe --install --bash --help --version
            return
        end
        set applet $words[2]
        set -e words[1]
    end
    set -l rows (ipctool --describe $applet 2>/dev/null); or return
    set -l key $applet
    set -l verbs (string match -r '^verb\t.*' -- $rows)
    if test (count $verbs) -gt 0
        if test (count $words) -eq 1; and string match -q -- '-*' $current
            printf '%s\n' --help --version
        else if test (count $words) -eq 1
            for row in $verbs
                set -l fields (string split \t -- $row)
                printf '%s\t%s\n' (string replace -r '.* ' '' -- $fields[2]) $fields[3]
            end
        else
            set key "$applet $words[2]"
        end
    end
    set -l usage
    for row in $rows
        set -l fields (string split \t -- $row)
        test "$fields[2]" = "$key"; or continue
        switch $fields[1]
            case usage
                set usage $fields[3]
            case option
                if string match -qr '^[^[]' -- "$fields[5]"; and contains -- $words[-1] $fields[3..4]
                    __ipctool_objects $fields[5] $current
                    return
                end
                if string match -q -- '-*' $current
                    test -z "$fields[3]"; or printf '%s\t%s\n' $fields[3] $fields[6]
                    printf '%s\t%s\n' $fields[4] $fields[6]
                end
        end
    end
    # What stands in brackets with an option is not an operand.
    string match -q -- '-*' $current; or __ipctool_objects (string replace -ra '\[-[^\]]*\]' '' -- $usage) $current
end

for __ipctool_name in ipctool (ipctool --list 2>/dev/null)
    complete -c $__ipctool_name -f -a '(__ipctool_complete)'
end
set -e __ipctool_name
