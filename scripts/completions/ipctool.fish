# Completion of ipctool and its applets for fish. `ipctool --complete` says what a word can be.

# key: and id: of the objects, whose first columns in /proc/sysvipc are these
function __ipctool_system_v --argument-names kind
    for line in (cat /proc/sysvipc/$kind 2>/dev/null)
        set -l fields (string match -ra '\S+' -- $line)
        string match -qr '^[0-9]+$' -- $fields[2]; or continue
        echo id:$fields[2]
        test $fields[1] = 0; or printf 'key:0x%x\n' (math "bitand($fields[1], 4294967295)")
    end
end

# The abstract sockets whose names begin with this, without it and with another prefix.
function __ipctool_abstract --argument-names begin instead
    for line in (cat /proc/net/unix)
        set -l name (string match -ra '\S+' -- $line)[8]
        string match -q -- $begin'*' $name; and echo $instead(string sub -s (math (string length -- $begin) + 1) -- $name)
    end
end

# The files that a test accepts, and directories.
function __ipctool_files --argument-names option current
    for file in (__fish_complete_path $current)
        set -l path (string replace -r '\t.*' '' -- $file)
        set -l real (string replace -r '^~/' $HOME/ -- $path)
        if test -d $real; or test $option $real
            echo $path
        end
    end
end

function __ipctool_objects --argument-names kind current
    switch $kind
        case queue
            set -l folders $IPCTOOL_MQUEUE
            for line in (cat /proc/self/mounts)
                set -l fields (string split ' ' -- $line)
                test "$fields[3]" = mqueue; and set -a folders (printf '%b' $fields[2])
            end
            for folder in (printf '%s\n' $folders | sort -u)
                for file in $folder/*
                    echo /(string replace -r '.*/' '' -- $file)
                end
            end
            __ipctool_system_v msg
        case semaphore
            for file in /dev/shm/sem.*
                echo /(string replace -r '.*/sem\.' '' -- $file)
            end
            __ipctool_system_v sem
        case shm lock
            for file in /dev/shm/*
                test -f $file; and not string match -q '*/sem.*' -- $file; or continue
                if test $kind = lock
                    echo shm:(string replace -r '.*/' '' -- $file)
                else
                    echo /(string replace -r '.*/' '' -- $file)
                end
            end
            test $kind = lock; or __ipctool_system_v shm
        case eventfd
            __ipctool_abstract @ipctool/efd/(id -u)/ ''
        case address
            __ipctool_abstract @ @
            __ipctool_files -S $current
        case signal
            ipctool killn -l 2>/dev/null
        case applet
            ipctool --list --long 2>/dev/null | string replace -r '^(\S+)\s+' '$1\t'
        case pid
            __fish_complete_pids
        case fd
            for file in /proc/$fish_pid/fd/*
                string replace -r '.*/' '' -- $file
            end
        case variable
            set --names
        case file
            __fish_complete_path $current
        case fifo
            __ipctool_files -p $current
        case directory
            __fish_complete_directories $current ''
        case command
            __fish_complete_command
    end
end

function __ipctool_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set words[1] (string replace -r '.*/' '' -- $words[1])
    # the word without its quotes
    set -l typed (string unescape -- $current); or set typed $current
    for row in (ipctool --complete $words "$typed" 2>/dev/null)
        set -l fields (string split \t -- $row)
        switch $fields[1]
            case word
                printf '%s\t%s\n' $fields[2] $fields[3]
            case kind
                set -l rest (string sub -s (math (string length -- "$fields[3]") + 1) -- "$typed")
                for name in (__ipctool_objects $fields[2] "$rest")
                    echo $fields[3]$name
                end
            case command
                # counted from 0; fish counts from 1
                set -l line $words $current
                __fish_complete_subcommand --commandline $line[(math $fields[2] + 1)..-1]
        end
    end
end

for __ipctool_name in ipctool (ipctool --list 2>/dev/null)
    complete -c $__ipctool_name -f -a '(__ipctool_complete)'
end
set -e __ipctool_name
