# SPDX-License-Identifier: MIT
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
    # the name is all that follows the seventh field: it may contain spaces
    for name in (string replace -rf '^(?:\S+\s+){6}\S+ (@.*)$' '$1' </proc/net/unix)
        string match -q -- $begin'*' $name
        and __ipctool_can_offer $name
        and printf '%s\n' $instead(string sub -s (math (string length -- $begin) + 1) -- $name)
    end
end

# fish reads an answer a line, and takes what follows a tab as its description: a name with one of them cannot be offered.
function __ipctool_can_offer --argument-names name
    not string match -qr '[\n\t]' -- $name
end

# Those that fish can offer, of the paths.
function __ipctool_print_names --argument-names prefix
    for name in $argv[2..-1]
        __ipctool_can_offer $name; and printf '%s\n' $prefix(string replace -r '.*/' '' -- $name)
    end
end

# The files that begin with this and for which a test holds, and directories. __fish_complete_path runs ls, to which a
# name that begins with a dash is options.
function __ipctool_files --argument-names option current
    set -l begin $current
    string match -q '~/*' -- $current; and set begin $HOME/(string sub -s 3 -- $current)
    for file in "$begin"*
        __ipctool_can_offer $file; or continue
        set -l path $current(string sub -s (math (string length -- "$begin") + 1) -- $file)
        if test -d $file
            printf '%s/\n' $path
        else if test $option $file
            printf '%s\n' $path
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
                __ipctool_print_names / $folder/*
            end
            __ipctool_system_v msg
        case semaphore
            __ipctool_print_names '' /dev/shm/sem.* | string replace -r '^sem\.' /
            __ipctool_system_v sem
        case shm lock
            set -l slash ''
            string match -q 'shm:/*' -- $current; and set slash /
            for file in /dev/shm/*
                test -f $file; and not string match -q '*/sem.*' -- $file; or continue
                if test $kind = lock
                    __ipctool_print_names shm:$slash $file
                else
                    __ipctool_print_names / $file
                end
            end
            test $kind = lock; or __ipctool_system_v shm
        case eventfd
            __ipctool_abstract @ipctool/efd/(id -u)/ ''
        case address
            __ipctool_abstract @ @
            printf '%s\n' tcp: udp: vsock:
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
            __ipctool_files -e $current
        case fifo
            __ipctool_files -p $current
        case directory
            __ipctool_files -d $current
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
                    printf '%s\n' $fields[3]$name
                end
            case command
                # counted from 0; fish counts from 1
                set -l line (string escape -- $words) $current
                __fish_complete_subcommand --commandline $line[(math $fields[2] + 1)..-1]
        end
    end
end

for __ipctool_name in ipctool (ipctool --list --applets 2>/dev/null)
    complete -c $__ipctool_name -f -a '(__ipctool_complete)'
end
set -e __ipctool_name
