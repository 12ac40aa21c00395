#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# killn: send a signal, with a value or without.

load helper

# Does the C program PID have a handler for signal NUMBER? (A shell has, before it becomes the program.)
catches() {
	local mask
	[[ $(<"/proc/$1/comm") == sig ]] && mask=$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status") && ((16#$mask >> ($2 - 1) & 1))
}

# A program that any signal ends; a shell that has not become it yet has handlers of its own.
spawn_sleep() {
	spawn sleep 60
	wait_until is_sleep "$spawned"
}

is_sleep() {
	[[ $(<"/proc/$1/comm") == sleep ]]
}

# spawn_catcher FILE COUNT SIGNAL...: a C program that prints what it catches into FILE
spawn_catcher() {
	local file=$1 count=$2
	shift 2
	spawn "$(peer sig)" catch "$count" "$@" >"$file"
	wait_until catches "$spawned" "$1"
}

# assert_refused MESSAGE CMD...: a usage error
assert_refused() {
	local message=$1
	shift
	run --separate-stderr "$@"
	assert_failure 2
	assert_equal "$output" ''
	assert_equal "${stderr_lines[0]}" "killn: $message"
}

not_a_process() {
	echo "'$1' is not a process: PID (1 to 2147483647), PID:INODE, PID/TID or -PGID"
}

@test "killn PID sends TERM" {
	spawn_sleep
	killn "$spawned"
	collect
	assert_equal "$status" 143
}

@test "killn PID SIGNAL accepts a name in either case, with SIG or without, or a number" {
	local signal
	for signal in INT sigint 2; do
		spawn_sleep
		killn "$spawned" "$signal"
		collect
		assert_equal "$signal $status" "$signal 130"
	done
}

@test "killn -s sends to each PID, and continues after one that does not exist" {
	local first second
	spawn_sleep
	first=$spawned
	spawn_sleep
	second=$spawned
	run --separate-stderr killn -s USR1 "$first" 2147483647 "$second"
	assert_failure 4
	assert_equal "$stderr" 'killn: 2147483647: No such process'
	collect "$first"
	assert_equal "$status" 138
	collect "$second"
	assert_equal "$status" 138
}

@test "killn: a signal that does not exist is refused with status 1" {
	local text
	spawn_sleep
	for text in NOPE '' 65 RTMIN+31; do
		run --separate-stderr killn -s "$text" "$spawned"
		assert_failure 1
		assert_equal "$stderr" "killn: ${text:-''}: No such signal"
	done
	run --separate-stderr killn "$spawned" NOPE
	assert_failure 1
	assert_equal "$stderr" 'killn: NOPE: No such signal'
	killn "$spawned" 0
}

@test "killn -l translates as bash does, each signal both ways" {
	local number names=()
	for number in {1..31} {34..64}; do
		names+=("$(kill -l "$number")")
	done
	assert_equal "$(killn -l {1..31} {34..64})" "$(printf '%s\n' "${names[@]#SIG}")"
	assert_equal "$(killn -l "${names[@]}")" "$(printf '%s\n' {1..31} {34..64})"
	assert_equal "$(killn -l 32 33)" $'32\n33'
}

@test "killn -l accepts the other spellings" {
	run killn -l IOT CLD POLL UNUSED RTMIN RTMIN+3 rtmin+3 RT3 RTMAX RTMAX-1 RTMAX-30 RTMIN+30 RT30
	assert_success
	assert_output $'6\n17\n29\n31\n34\n37\n37\n37\n64\n63\n34\n64\n64'
}

@test "killn -l translates an exit status" {
	run killn -l 143 130 137 165 192
	assert_success
	assert_output $'TERM\nINT\nKILL\nRTMIN+3\nRTMAX'
}

@test "killn -l refuses what is neither, and continues" {
	run --separate-stderr killn -l 128 INT 193 NOPE +143
	assert_failure 1
	assert_output 2
	assert_equal "$stderr" $'killn: 128: No such signal\nkilln: 193: No such signal\nkilln: NOPE: No such signal\nkilln: +143: No such signal'
}

@test "killn -l names 62 signals, one a line" {
	local names
	killn -l >names
	assert_equal "$(wc -l <names)" 62
	assert_equal "$(head -n 2 names)" $'HUP\nINT'
	mapfile -t names <names
	assert_equal "$(killn -l "${names[@]}")" "$(printf '%s\n' {1..31} {34..64})"
}

@test "killn -L is a table, the same with every library" {
	killn -L >table
	assert_equal "$(wc -l <table)" 63
	run cat table
	assert_line --index 0 'NUMBER NAME     DESCRIPTION'
	assert_line --index 2 '     2 INT      Interrupt'
	assert_line --index 10 '    10 USR1     User defined signal 1'
	assert_line --index 35 '    37 RTMIN+3  Real-time signal 3'
	assert_line --index 62 '    64 RTMAX    Real-time signal 30'
}

@test "killn refuses an operand that is not a process before it sends anything" {
	local text
	spawn_sleep
	for text in '' 1x 2147483648 1:x 1/0; do
		assert_refused "$(not_a_process "$text")" killn -s KILL "$spawned" "$text"
	done
	for text in -0 -1x -; do
		assert_refused "$(not_a_process "$text")" killn -s KILL -- "$spawned" "$text"
	done
	killn "$spawned" 0
}

@test "killn: 0 and -1 require --all, and nothing is sent without it" {
	spawn_sleep
	assert_refused "'0' is every process of the caller's group: --all permits it" killn 0
	assert_refused "'0' is every process of the caller's group: --all permits it" killn -s INT "$spawned" 0
	assert_refused "'-1' is every process: --all permits it" killn -- -1
	assert_refused "'-1': a value can be queued for a process, thread or group, not for every process" \
		killn --all -q 1 -s 0 -- -1
	killn "$spawned" 0
	killn --all -s 0 0
	killn --all -s 0 -- -1
}

@test "killn --all 0 sends to the caller's group" {
	# shellcheck disable=SC2064
	whole_group() {
		"$(peer sig)" catch 1 10 >member &
		wait_until catches $! 10
		trap 'echo caller >>got' USR1
		# The program is in the group itself.
		killn --all 0 USR1 || assert_equal $? 138
		until gone $!; do wait $! || true; done
	}
	within 10 whole_group
	assert_equal "$(<got)" caller
	assert_equal "$(wc -l <member)" 1
}

@test "killn: signal 0 only tests" {
	spawn_sleep
	killn "$spawned" 0
	killn -q 5 -s 0 "$spawned"
	killn -s 0 -- "-$spawned"
	killn -s 0 "$spawned/$spawned"
	refute gone "$spawned"
}

@test "killn: no such process, group or thread is status 4" {
	local who
	spawn_sleep
	for who in 2147483647 -2147483647 "2147483647/2147483647" "$spawned/2147483647" "2147483647/$spawned" \
		2147483647:1; do
		run --separate-stderr killn -s 0 -- "$who"
		assert_failure 4
		assert_equal "$stderr" "killn: $who: No such process"
		run --separate-stderr killn -q 1 -s 0 -- "$who"
		assert_failure 4
		assert_equal "$stderr" "killn: $who: No such process"
	done
}

@test "killn: not permitted is status 1" {
	requires nobody
	local other
	# A process of another user: the nearest parent that is not ours.
	other=$PPID
	while [[ $other -gt 0 && $(stat -c %u "/proc/$other") == "$EUID" ]]; do
		other=$(sed -n 's/^PPid:\t//p' "/proc/$other/status")
	done
	((other > 0)) || skip 'there is nobody else'
	run --separate-stderr killn -s 0 "$other"
	assert_failure 1
	assert_equal "$stderr" "killn: $other: Operation not permitted"
	run --separate-stderr killn -q 1 -s 0 "$other"
	assert_failure 1
	assert_equal "$stderr" "killn: $other: Operation not permitted"
}

@test "killn -q: a C program gets the value, with the sender" {
	local value
	spawn_catcher got 4 37 10
	for value in 7 -1 2147483647 -2147483648; do
		within 5 killn -q "$value" "$spawned" RTMIN+3
	done
	collect
	assert_equal "$status" 0
	assert_equal "$(wc -l <got)" 4
	for value in 7 -1 2147483647 -2147483648; do
		grep -qE "^signal 37 code -1 pid [1-9][0-9]* uid $EUID value $value\$" got
	done
}

@test "killn -q: a standard signal carries a value too" {
	spawn_catcher got 1 10
	killn -q 12 -s USR1 "$spawned"
	collect
	assert_equal "$(sed 's/pid [0-9]* uid [0-9]*//' got)" 'signal 10 code -1  value 12'
}

@test "killn without -q: a real-time signal is what kill sends" {
	spawn_catcher got 1 37
	killn "$spawned" RTMIN+3
	collect
	assert_equal "$(sed 's/ pid.*//' got)" 'signal 37 code 0'
}

@test "killn: a value that is not an int is refused" {
	local value
	spawn_sleep
	for value in 2147483648 -2147483649 x '' 1x 0x1 99999999999999999999; do
		run --separate-stderr killn -q "$value" "$spawned"
		assert_failure 2
		assert_equal "$output" ''
	done
	refute gone "$spawned"
}

# Two programs that catch signal 37, in the process group of their parent, which is $spawned.
spawn_group() {
	members() {
		"$(peer sig)" catch 1 37 >first &
		echo $! >first.pid
		"$(peer sig)" catch 1 37 >second &
		echo $! >second.pid
		[[ ${1-} == leaderless ]] || exec "$(peer sig)" catch 1 37 >leader
	}
	spawn members "$@"
	wait_until test -s second.pid
	wait_until catches "$(<first.pid)" 37
	wait_until catches "$(<second.pid)" 37
}

assert_each_got() {
	local file
	for file; do
		wait_until test -s "$file"
		assert_equal "$(sed 's/pid [0-9]* uid [0-9]*//' "$file")" 'signal 37 code -1  value 9'
	done
}

@test "killn -q: every process of a group gets the value once" {
	spawn_group
	wait_until catches "$spawned" 37
	killn -q 9 -s RTMIN+3 -- "-$spawned"
	collect
	assert_equal "$status" 0
	assert_each_got leader first second
}

@test "killn -q: every process of a group gets the value if its leader has exited" {
	spawn_group leaderless
	collect
	killn -q 9 -s RTMIN+3 -- "-$spawned"
	assert_each_got first second
}

@test "killn: every process of a group gets a signal without a value" {
	spawn_group
	wait_until catches "$spawned" 37
	killn -s RTMIN+3 -- "-$spawned"
	collect
	assert_equal "$status" 0
	wait_until test -s first
	wait_until test -s second
	assert_equal "$(sed 's/ pid.*//' leader first second)" $'signal 37 code 0\nsignal 37 code 0\nsignal 37 code 0'
}

@test "killn PID/TID: the thread gets the signal, with a value or without" {
	local first second
	spawn "$(peer sig)" threads 3 37 >got
	wait_until test -s got
	read -r _ first second <got
	killn -q 5 "$first/$second" RTMIN+3
	wait_until grep -q 'value 5' got
	killn -q 6 "$first/$first" RTMIN+3
	wait_until grep -q 'value 6' got
	killn "$first/$second" RTMIN+3
	collect
	assert_equal "$(tail -n +2 got | sed '$s/value.*//')" "thread $second signal 37 value 5
thread $first signal 37 value 6
thread $second signal 37 "
}

@test "killn PID:INODE: only the process with this identity gets the signal" {
	local inode
	spawn_catcher got 2 37
	inode=$("$(peer sig)" inode "$spawned") || skip 'this kernel gives pidfds no inode of their own'
	run --separate-stderr killn "$spawned:$((inode + 1))" RTMIN+3
	assert_failure 4
	assert_equal "$stderr" "killn: $spawned:$((inode + 1)): No such process"
	run --separate-stderr killn -q 1 "$spawned:1" RTMIN+3
	assert_failure 4
	killn "$spawned:$inode" 0
	killn "$spawned:$inode" RTMIN+3
	killn -q 8 "$spawned:$inode" RTMIN+3
	collect
	assert_equal "$(sed 's/pid [0-9]* uid [0-9]*//' got)" \
		'signal 37 code 0  value 0
signal 37 code -1  value 8'
	run killn "$spawned:$inode" 0
	assert_failure 4
}

@test "killn PID:INODE is refused if the kernel gives pidfds no identity" {
	local inode
	spawn_sleep
	! "$(peer sig)" inode "$spawned" >inode || skip 'this kernel gives them one'
	run --separate-stderr killn "$spawned:$(<inode)" 0
	assert_failure 1
	assert_equal "$stderr" \
		"killn: $spawned:$(<inode): PID:INODE requires Linux 6.9"
}

# A process whose user has as many signals queued as it may have, at once: none.
spawn_full() {
	spawn bash -c "ulimit -S -i 0; exec $(printf %q "$(peer sig)") catch 1 37 10 >got"
	wait_until catches "$spawned" 10
}

@test "killn -q reports a full queue with the limit and the count" {
	spawn_full
	local raised=''
	[[ $(ulimit -Hi) == 0 ]] || raised="; 'prlimit --pid $spawned --sigpending=$(ulimit -Hi)' raises it"
	run --separate-stderr killn -q 1 "$spawned" RTMIN+3
	assert_failure 1
	[[ $stderr =~ ^"killn: $spawned: the signal queue is full: "[0-9]+" signals are pending for that user "\
"(RLIMIT_SIGPENDING is 0)$raised"$ ]]
	run --separate-stderr killn -q 1 -s RTMIN+3 -- "-$spawned"
	assert_failure 1
	assert_equal "${stderr##* user }" "(RLIMIT_SIGPENDING is 0)$raised"
	assert [ ! -s got ]
}

@test "killn: with a full queue kill(2) succeeds, and the sender is not known" {
	spawn_full
	killn "$spawned" RTMIN+3
	collect
	assert_equal "$(<got)" 'signal 37 code 0 pid 0 uid 0 value 0'
}

@test "killn refuses options that exclude each other" {
	assert_refused "options '-s' and '-l' exclude each other" killn -s INT -l
	assert_refused "options '-l' and '-L' exclude each other" killn -l -L
	assert_refused "options '-l' and '-q' exclude each other" killn -l -q 3
	assert_refused "options '-L' and '--all' exclude each other" killn -L --all
	assert_refused "extra operand 'INT'" killn -L INT
	assert_refused "options '-l' and '-s' exclude each other" killn -l -9
	assert_refused 'missing operand PID' killn
	assert_refused 'missing operand PID' killn -s INT
	assert_refused 'missing operand PID' killn -9
	assert_refused "extra operand '3': several PIDs require -SIGNAL or -s" killn 1 2 3
}

@test "a signal is written after a dash, as kill(1) has it" {
	local signal
	for signal in -9 -KILL -SIGKILL -kill; do
		spawn_sleep
		killn "$signal" "$spawned"
		collect
		assert_equal "$status" 137
	done
	spawn_sleep
	killn "$spawned" -TERM
	collect
	assert_equal "$status" 143
	killn -0 $$
}

@test "after a signal a number below zero is a process group, and before it a signal" {
	assert_refused "unknown option '-4711': a signal is -s SIGNAL, -SIGNAL or the word after PID, a process group -- -PGID" killn -4711
	assert_refused "unknown option '-SIGNOPE': a signal is -s SIGNAL, -SIGNAL or the word after PID, a process group -- -PGID" killn -SIGNOPE 1
	assert_refused "unknown option '-SIGTREM' (did you mean -TERM?): a signal is -s SIGNAL, -SIGNAL or the word after PID, a process group -- -PGID" killn -SIGTREM 1
	assert_refused "unknown option '-kil' (did you mean -KILL?): a signal is -s SIGNAL, -SIGNAL or the word after PID, a process group -- -PGID" killn 1 -kil
	refused 1 'killn: RTMIM: No such signal (did you mean RTMIN?)' killn -s RTMIM 1
	assert_refused "unknown option '-ix': a signal is -s SIGNAL, -SIGNAL or the word after PID, a process group -- -PGID" killn -ix 1
	assert_refused "'-1' is every process: --all permits it" killn -9 -1
	run --separate-stderr killn -0 -2147483647
	assert_failure 4
	assert_stderr 'killn: -2147483647: No such process'
	run --separate-stderr killn -s 0 -- -2147483647
	assert_failure 4
	assert_stderr 'killn: -2147483647: No such process'
}

@test "killn --wait returns when the process has ended, and prints how" {
	spawn_sleep
	run within 10 killn --wait "$spawned"
	assert_success
	assert_output "$spawned signal TERM"
	spawn sh -c 'trap "exit 3" USR1; echo ready; while :; do sleep 0.05; done' >out
	wait_until test -s out
	run within 10 killn --wait "$spawned" USR1
	assert_success
	assert_output "$spawned exit 3"
}

@test "killn --wait waits for a process that is no child, with signal 0 and by PID:INODE too" {
	local name
	(
		sleep 60 3>&- &
		echo $! >pid
	)
	wait_until is_sleep "$(<pid)"
	run killn --wait=0.05 "$(<pid)" 0
	assert_failure 124
	assert_output "killn: $(<pid): Timed out"
	name=$(killn --inode "$(<pid)") || name=$(<pid)
	run within 10 killn --wait -KILL "$name"
	assert_success
	[[ $output == "$(<pid) signal KILL" || $output == "$(<pid) ended" ]]
	wait_until test ! -e "/proc/$(<pid)"
	run killn --wait "$name"
	assert_failure 4
}

@test "killn --wait waits for all, and goes on after one that does not exist" {
	local first second
	spawn_sleep
	first=$spawned
	spawn_sleep
	second=$spawned
	run --separate-stderr within 10 killn --wait -s KILL "$first" 2147483647 "$second"
	assert_failure 4
	assert_equal "$stderr" 'killn: 2147483647: No such process'
	assert_equal "$(sort <<<"$output")" "$(printf '%s signal KILL\n' "$first" "$second" | sort)"
}

@test "killn --wait: each process of a group gets the signal once, and is waited for" {
	spawn_group
	wait_until catches "$spawned" 37
	run within 10 killn --wait -q 9 -s RTMIN+3 -- "-$spawned"
	assert_success
	assert_equal "$(sort <<<"$output")" "$(printf '%s exit 0\n' "$spawned" "$(<first.pid)" "$(<second.pid)" | sort)"
	assert_each_got leader first second
}

@test "killn --wait and --inode refuse what is not a process" {
	local who
	for who in 0 -1 1/1; do
		run --separate-stderr killn --all --wait=0 -s 0 -- "$who"
		assert_failure 2
		assert_equal "$stderr" "killn: '$who': this requires processes: PID, PID:INODE or -PGID
Try 'killn --help' for more information."
	done
	for who in 2147483647 -2147483647 2147483647:1; do
		run --separate-stderr killn --wait=0 -s 0 -- "$who"
		assert_failure 4
		assert_equal "$stderr" "killn: $who: No such process"
	done
	assert_refused "'x' is not a duration" killn --wait=x $$
	assert_refused "'x' is not a duration" killn --wait-handler=x $$
	assert_refused "options '--inode' and '--wait' exclude each other" killn --inode --wait $$
}

@test "killn --wait exits with 1 if the line cannot be written" {
	to_full() { killn "$@" >/dev/full; }
	spawn_sleep
	run --separate-stderr within 10 to_full --wait "$spawned"
	assert_failure 1
	assert_equal "$stderr" 'killn: standard output: No space left on device'
	run --separate-stderr to_full --inode $$
	assert_failure 1
}

@test "killn --inode prints the name that no later process has" {
	local inode
	inode=$("$(peer sig)" inode $$) || skip 'this kernel gives pidfds no inode of their own'
	assert_equal "$(killn --inode $$ $$)" "$$:$inode"$'\n'"$$:$inode"
	run --separate-stderr killn --inode 2147483647 $$
	assert_failure 4
	assert_output "$$:$inode"
	killn "$(killn --inode $$)" 0
}

@test "killn --wait-handler signals once a handler is installed" {
	local waiter
	# Without a handler the signal would end it.
	mkfifo go
	spawn bash -c "read -r _ <go; exec $(printf %q "$(peer sig)") catch 1 37 >got"
	waiter=$spawned
	run killn --wait-handler=0.05 "$waiter" RTMIN+3
	assert_failure 124
	assert_output "killn: $waiter: no handler for RTMIN+3: Timed out"
	killn --wait-handler=30 -q 4 "$waiter" RTMIN+3 3>&- &
	local sender=$!
	echo >go
	collect "$waiter"
	assert_equal "$status" 0
	wait "$sender"
	assert_equal "$(sed 's/pid [0-9]* uid [0-9]*//' got)" 'signal 37 code -1  value 4'
}

@test "killn --wait-handler: a process that ends first is status 4" {
	mkfifo go
	spawn bash -c 'read -r _ <go'
	within 10 killn --wait-handler "$spawned" RTMIN+3 2>message 3>&- &
	local sender=$! result=0
	wait_until sleeping "$sender"
	echo >go
	collect
	wait "$sender" || result=$?
	assert_equal "$result" 4
	# It may have ended before it was opened.
	[[ $(<message) =~ ^"killn: $spawned: "(no handler for RTMIN\+3: )?"No such process"$ ]]
}

@test "killn --escalate sends the next signal to those that are left" {
	local first second
	spawn "$(peer sig)" catch 1 37
	first=$spawned
	wait_until catches "$first" 37
	spawn sh -c 'trap "" TERM; exec sleep 60'
	wait_until is_sleep "$spawned"
	second=$spawned
	run within 10 killn --escalate RTMIN+3:10s,KILL "$first"
	assert_success
	assert_output "$first exit 0"
	run killn --escalate TERM:0.05s,term:.05 "$second"
	assert_failure 124
	assert_output "killn: $second: Timed out"
	run within 10 killn --escalate TERM:0.05s,KILL "$second"
	assert_success
	assert_output "$second signal KILL"
}

@test "killn --escalate: the last signal waits for its time, or that of --wait" {
	spawn sh -c 'trap "" TERM INT; exec sleep 60'
	wait_until is_sleep "$spawned"
	run killn --escalate TERM:0.05s,INT --wait=0.05 "$spawned"
	assert_failure 124
	run killn --escalate TERM --wait=0.05 "$spawned"
	assert_failure 124
}

@test "killn --escalate refuses a list before it sends anything" {
	spawn_sleep
	assert_refused "--escalate: 'TERM' requires a DURATION, as in TERM:5s,KILL" killn --escalate TERM,KILL "$spawned"
	assert_refused "'x' is not a duration" killn --escalate TERM:x,KILL "$spawned"
	run killn --escalate TERM:1s,NOPE "$spawned"
	assert_failure 1
	assert_output 'killn: NOPE: No such signal'
	assert_refused "--escalate: more than 16 signals" killn --escalate "$(printf 'TERM:1,%.0s' {1..16})KILL" "$spawned"
	assert_refused "options '--escalate' and '-s' exclude each other" killn --escalate KILL -s TERM "$spawned"
	killn "$spawned" 0
}

# spawn_named NAME: a program that any signal ends, under this name
spawn_named() {
	[[ -e $1 ]] || ln -s "$(type -P sleep)" "$1"
	spawn "./$1" 60
	wait_until is_named "$spawned" "$1"
}

is_named() {
	[[ $(<"/proc/$1/comm") == "${2:0:15}" ]]
}

@test "killn --name signals each process with exactly this name" {
	local name=k$$ first second
	spawn_named "$name"
	first=$spawned
	spawn_named "$name"
	second=$spawned
	spawn_named "${name}x"
	run within 10 killn --wait --name "$name"
	assert_success
	assert_equal "$(sort <<<"$output")" "$(printf '%s signal TERM\n' "$first" "$second" | sort)"
	killn "$spawned" 0
	run --separate-stderr killn --name "$name"
	assert_failure 4
	assert_equal "$stderr" "killn: $name: no process of this user has that name"
	run --separate-stderr killn --all-users --name "$name"
	assert_failure 4
	assert_equal "$stderr" "killn: $name: no process has that name"
	killn --name "${name}x" USR1
	collect
	assert_equal "$status" 138
}

@test "killn --name: a name of more than 15 bytes, of a script too" {
	local name=ipct.$$.of-twenty-bytes
	spawn_named "$name"
	run killn --name "${name}x" 0
	assert_failure 4
	killn --name "${name:0:15}" 0
	killn --name "$name"
	collect
	assert_equal "$status" 143
	printf '#!/bin/sh\necho >up; read -r _\n' >"$name.sh"
	chmod +x "$name.sh"
	mkfifo in
	spawn "./$name.sh" <>in
	wait_until test -s up
	killn --name "$name.sh" KILL
	collect
	assert_equal "$status" 137
}

@test "killn --name signals neither itself nor the processes of other users" {
	requires root
	local name=k$$
	ln -s "$(type -P ipctool)" "$name"
	# It is called by that name itself, and waits.
	run --separate-stderr within 10 bash -c "exec -a killn ./$name --name $name"
	assert_failure 4
	rm "$name"
	spawn_named "$name"
	killn "$spawned"
	collect
	cp "$(type -P sleep)" "/tmp/$name"
	later rm -f "/tmp/$name"
	spawn setpriv --reuid 65534 --regid 65534 --clear-groups "/tmp/$name" 60
	wait_until is_named "$spawned" "$name"
	run --separate-stderr killn --name "$name"
	assert_failure 4
	killn --all-users --name "$name"
	collect
	assert_equal "$status" 143
}

@test "killn --name --inode prints the processes, and needs no PID" {
	local name=k$$ inode
	spawn_named "$name"
	inode=$("$(peer sig)" inode "$spawned") || skip 'this kernel gives pidfds no inode of their own'
	assert_equal "$(killn --name "$name" --inode)" "$spawned:$inode"
	assert_refused "extra operand '1': --name requires no PID" killn --name "$name" -s INT 1
	assert_refused "extra operand '1'" killn --name "$name" INT 1
	assert_refused "options '--name' and '--group' exclude each other" killn --name "$name" --group
	assert_refused '--all-users requires --name' killn --all-users 1
}

@test "killn --group signals the group of a process, whoever leads it" {
	spawn_group
	wait_until catches "$spawned" 37
	killn --group -q 9 -s RTMIN+3 "$(<first.pid)"
	collect
	assert_equal "$status" 0
	assert_each_got leader first second
	run --separate-stderr killn --group 2147483647
	assert_failure 4
	assert_equal "$stderr" 'killn: 2147483647: No such process'
}

@test "killn --explain prints what would happen, and sends nothing" {
	spawn_catcher got 1 37
	run killn --explain "$spawned" RTMIN+3
	assert_success
	assert_output "$spawned (sig): RTMIN+3 runs its handler"
	spawn_sleep
	assert_equal "$(killn --explain -s KILL "$spawned")" "$spawned (sleep): KILL terminates it"
	kill -STOP "$spawned"
	wait_until stopped "$spawned"
	assert_equal "$(killn --explain "$spawned")" \
		"$spawned (sleep): TERM terminates it; not before it is continued: it is stopped"
	assert_equal "$(killn --explain "$spawned" CONT)" "$spawned (sleep): CONT continues it"
	kill -CONT "$spawned"
	killn "$spawned" 0
	assert [ ! -s got ]
	run --separate-stderr killn --explain -s INT 2147483647 "$spawned"
	assert_failure 4
	assert_line --partial "$spawned (sleep): INT "
	assert_equal "$stderr" 'killn: 2147483647: No such process'
}

@test "killn --explain: a signal is blocked only if every thread blocks it" {
	spawn "$(type -P sigmask)" --block USR1 --ignore USR2 -- sleep 60
	wait_until is_sleep "$spawned"
	assert_equal "$(killn --explain "$spawned" USR1)" \
		"$spawned (sleep): USR1 is blocked, and stays pending until it is unblocked or read"
	assert_equal "$(killn --explain "$spawned" USR2)" "$spawned (sleep): USR2 is ignored"
	killn "$spawned" USR1
	assert_equal "$(killn --explain "$spawned" USR1)" \
		"$spawned (sleep): USR1 has no effect: it is pending already"
	spawn "$(peer sig)" threads 1 37 >got
	wait_until test -s got
	assert_equal "$(killn --explain "$spawned" RTMIN+3)" "$spawned (sig): RTMIN+3 runs its handler"
}

@test "killn --explain: a process that has ended, and one with a full queue" {
	local child
	# A program that does not wait for its child, which ends when the shell is that program.
	mkfifo go
	spawn sh -c 'cat go & echo $! >child; exec sleep 60'
	wait_until is_sleep "$spawned"
	child=$(<child)
	: >go
	wait_until grep -q '^State:.Z' "/proc/$child/status"
	run killn --explain "$child" KILL
	assert_success
	assert_output --regexp "^$child \(.*\): KILL has no effect: it has ended, and its parent $spawned has not waited for it\$"
	spawn_full
	run killn --explain -q 1 "$spawned" RTMIN+3
	assert_output --regexp "^$spawned \(sig\): RTMIN\+3 runs its handler; the signal queue of its user is full \([0-9]+ of 0\): it cannot be sent\$"
	run killn --explain "$spawned" RTMIN+3
	assert_output --partial ': it arrives once, without its sender'
}

@test "killn --explain: a process of another user is not permitted" {
	requires nobody
	local other=$PPID
	while [[ $other -gt 0 && $(stat -c %u "/proc/$other") == "$EUID" ]]; do
		other=$(sed -n 's/^PPid:\t//p' "/proc/$other/status")
	done
	((other > 0)) || skip 'there is nobody else'
	run killn --explain "$other" KILL
	assert_success
	assert_output --regexp "^$other \(.*\): KILL is not permitted: it is a process of another user\$"
}

@test "killn --explain: a process in another PID namespace" {
	requires root
	unshare --pid --fork true || skip 'no PID namespaces'
	spawn unshare --pid --fork --kill-child sh -c 'sleep 60 & wait'
	wait_until pgrep -P "$spawned" sh
	local init
	init=$(pgrep -P "$spawned" sh)
	wait_until pgrep -P "$init" sleep
	run killn --explain "$(pgrep -P "$init" sleep)" TERM
	assert_success
	assert_output --partial ' (sleep): TERM terminates it; in its PID namespace it is 2, and the sender is 0'
	run killn --explain "$init" USR1
	assert_output --partial 'has no effect: it is the init process of a PID namespace'
	run killn --explain "$init" KILL
	assert_output --partial ' (sh): KILL terminates it'
}

# spawn_tree: shells and programs that any signal ends, below $spawned; tree_pids has all of them, parents first.
spawn_tree() {
	spawn sh -c 'sleep 60 & sh -c "sleep 60 & sleep 60 & wait" & sh -c "sh -c \"sleep 60 & wait\" & wait" & wait'
	wait_until is_tree "$spawned" 8
}

is_tree() {
	tree_pids=("$1")
	local i pid
	for ((i = 0; i < ${#tree_pids[@]}; i++)); do
		for pid in $(pgrep -P "${tree_pids[i]}"); do
			tree_pids+=("$pid")
		done
	done
	((${#tree_pids[@]} == $2)) && (($(pgrep -c -P "$(IFS=, && echo "${tree_pids[*]}")" sleep) == 4))
}

@test "killn --tree signals a process and all its descendants" {
	local order
	for order in --tree --tree=last --tree=first; do
		spawn_tree
		run within 10 killn "$order" --wait "$spawned"
		assert_success
		assert_equal "$(wc -l <<<"$output")" 8
		wait_until all_gone "${tree_pids[@]}"
	done
}

@test "killn --tree: the order is parents first, or children first, and nothing is stopped to print it" {
	local pid want=()
	spawn_tree
	assert_equal "$(killn --tree --explain -s KILL "$spawned" | sed 's/ .*//' | head -n 1)" "$spawned"
	assert_equal "$(killn --tree=first --explain -s KILL "$spawned" | sed 's/ .*//' | tail -n 1)" "$spawned"
	assert_equal "$(killn --tree --explain -s KILL "$spawned" | sed 's/ .*//' | sort)" \
		"$(printf '%s\n' "${tree_pids[@]}" | sort)"
	killn --tree "$spawned" KILL
	wait_until all_gone "${tree_pids[@]}"
}

@test "killn --tree: a process that was stopped stays stopped, the others run" {
	local stopped
	spawn_tree
	stopped=${tree_pids[1]}
	kill -STOP "$stopped"
	wait_until stopped "$stopped"
	killn --tree "$spawned" 0
	wait_until none_stopped "$spawned" "${tree_pids[@]:2}"
	stopped "$stopped"
	killn --tree "$spawned" STOP
	wait_until all_stopped "${tree_pids[@]}"
	killn --tree=first "$spawned" CONT
	wait_until none_stopped "${tree_pids[@]}"
	killn --tree "$spawned" TSTP
	wait_until all_stopped "${tree_pids[@]}"
	run within 10 killn --tree --escalate TERM:0.05s,KILL "$spawned"
	assert_success
	wait_until all_gone "${tree_pids[@]}"
}

@test "killn --tree misses no process of a tree that grows" {
	local round left=0
	for round in 1 2 3 4 5; do
		spawn sh -c 'while :; do sh -c "sleep 6161; :" & sleep 6161 & sh -c "sleep 6161 & sleep 6161" & sleep 0.001; done'
		wait_until test "$(pgrep -c -P "$spawned")" -ge 0
		pause 0.1
		within 10 killn --tree "$spawned" KILL
		wait_until gone "$spawned"
	done
	# a process that was killed may take a while to end
	wait_until eval '! pgrep -f "^sleep 6161$" >pids'
}

# bats test_tags=slow
@test "killn --tree that is killed at any moment leaves no process stopped" {
	# a leak sanitizer cannot look at a process that is traced
	requires program plain
	local n status
	"$(peer kill_at)" 1 true 2>/dev/null || skip "no process may be traced here"
	spawn_tree
	for ((n = 1; n < 500; n++)); do
		status=0
		"$(peer kill_at)" $n killn --tree "$spawned" 0 2>/dev/null || status=$?
		wait_until none_stopped "${tree_pids[@]}"
		[[ $status != 0 ]] || break
		assert_equal "$status" 137
	done
	assert_equal "$status" 0
	# Each is stopped, and continued, and tested.
	assert [ "$n" -gt 40 ]
	killn --tree "$spawned" KILL
	wait_until all_gone "${tree_pids[@]}"
}

@test "killn --tree of the caller signals itself last" {
	requires program
	spawn_tree
	# The killn is a child of the shell that it ends, and not signalled.
	run bash -c 'sleep 60 & echo $!; killn --tree $$; echo after'
	assert_failure 143
	wait_until gone "$output"
	run bash -c 'sleep 60 & echo $!; exec killn --tree $$'
	assert_failure 143
	wait_until gone "$output"
	killn --tree "$spawned" KILL
	wait_until all_gone "${tree_pids[@]}"
}

@test "killn --tree refuses another order" {
	spawn_sleep
	assert_refused "'x' is not first or last" killn --tree=x "$spawned"
	assert_refused "options '--tree' and '--wait-handler' exclude each other" killn --tree --wait-handler "$spawned"
	killn "$spawned" 0
}

@test "killn exits with 1 if a list cannot be written" {
	to_full() { killn "$@" >/dev/full; }
	run --separate-stderr to_full -l
	assert_failure 1
	assert_equal "$stderr" 'killn: standard output: No space left on device'
	run --separate-stderr to_full -L
	assert_failure 1
	run --separate-stderr to_full -l INT
	assert_failure 1
}
