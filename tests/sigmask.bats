#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sigmask: what a process does with signals and which are pending.

load helper

# shown FIELD: the text after it, for a process with one thread
shown() {
	sed -n "s/^$1 *//p" out
}

# a process that ignores USR1 and USR2, catches HUP, blocks INT and RTMIN+3, and waits
start_victim() {
	spawn env --ignore-signal=USR1,USR2 --block-signal=INT,RTMIN+3 "$(peer sig)" catch 9 1
	wait_until grep -q '^SigCgt:.*1$' "/proc/$spawned/status"
	wait_until sleeping "$spawned"
}

@test "sigmask shows the ignored, caught and blocked signals by name" {
	start_victim
	sigmask "$spawned" >out
	assert_equal "$(shown process)" "$spawned (sig)"
	assert_equal "$(shown thread)" "$spawned (sig)"
	# posix_spawn(3) of glibc, which make uses, leaves the library's own signals 32 and 33 ignored
	assert_equal "$(shown ignored | sed 's/ 32 33$//')" 'USR1 USR2'
	assert_equal "$(shown caught)" HUP
	assert_equal "$(shown blocked)" 'INT RTMIN+3'
	assert_equal "$(shown pending)" $'-\n-'
}

@test "sigmask agrees with /proc and with the C library's numbers" {
	local field names name mask
	start_victim
	sigmask -J "$spawned" >out
	for field in ignored:SigIgn caught:SigCgt blocked:SigBlk; do
		mask=0
		names=$(grep -o "\"${field%:*}\":\[[^]]*" out | grep -o '"[^":]*"' | tail -n +2 | tr -d '"')
		for name in $names; do
			mask=$((mask | 1 << ($(killn -l "$name") - 1)))
		done
		assert_equal "$field $(printf '%016x' "$mask")" \
			"$field $(sed -n "s/^${field#*:}:\t//p" "/proc/$spawned/status")"
	done
}

@test "sigmask shows what is pending for the process and for a thread" {
	start_victim
	kill -INT "$spawned"
	"$(peer sig)" send "$spawned" 37 1 2 >/dev/null
	killn -q 1 "$spawned/$spawned" RTMIN+3
	sigmask "$spawned" >out
	assert_equal "$(shown pending)" $'INT RTMIN+3\nRTMIN+3'
	sigmask -J "$spawned" >json
	grep -qF '"pending":["INT","RTMIN+3"],"queued":' json
	grep -qF '"blocked":["INT","RTMIN+3"],"pending":["RTMIN+3"]}]}' json
}

@test "sigmask shows the number of signals queued for the user, and the limit" {
	local count limit
	start_victim
	# Others of that user have some queued as well, and take them at any time.
	"$(peer sig)" send "$spawned" 37 0 50 >/dev/null
	sigmask "$spawned" >out
	read -r count _ limit <<<"$(shown queued)"
	assert_equal "$limit" "$(ulimit -S -i)"
	((count >= 50 && count <= limit)) || fail "$count"
}

@test "sigmask shows each thread with its own mask; the operand may be a thread" {
	local first second
	spawn "$(peer sig)" threads 9 34 >ready
	wait_until grep -q threads ready
	read -r _ first second <ready
	wait_until sleeping "$first"
	sigmask "$first" >out
	assert_equal "$(grep -c '^thread' out)" 2
	assert_equal "$(grep -c '^process' out)" 1
	assert_equal "$(grep '^thread' out)" "thread   $first (sig)
thread   $second (sig)"
	sigmask "$second" >again
	assert_equal "$(head -n 1 again)" "process  $first (sig)"
	sigmask -J "$first" >json
	assert_equal "$(grep -o '"tid":[0-9]*' json)" "\"tid\":$first
\"tid\":$second"
}

@test "sigmask shows what is missing if nearly all signals are blocked" {
	spawn sigwatch >watched
	wait_blocked() { sigmask "$spawned" >out && grep -q '^blocked  all but CONT$' out; }
	wait_until wait_blocked
	sigmask -J "$spawned" >json
	assert_equal "$(grep -o '"blocked":\[[^]]*' json | grep -o '"[^":]*"' | tail -n +2 | wc -l)" 61
	kill "$spawned"
}

@test "sigmask shows what a shell traps" {
	in_a_shell() {
		trap '' USR1
		trap : USR2
		sigmask "$BASHPID" >out
	}
	(in_a_shell)
	grep -qw USR1 <<<"$(shown ignored)"
	grep -qw USR2 <<<"$(shown caught)"
}

@test "sigmask as a builtin: neither PIPE nor XFSZ is ignored by the shell" {
	requires builtin plain
	# shellcheck disable=SC2016
	run env --default-signal=PIPE --default-signal=XFSZ bash -c \
		'enable -f "$1/ipctool.so" sigmask; sigmask $$; sigmask $$' bash "$IPCTOOL_BUILD"
	assert_success
	refute_output --regexp 'ignored .*PIPE'
	refute_output --regexp 'ignored .*XFSZ'
}

@test "sigmask exits with 4 if a process does not exist, after it has shown the others" {
	local none
	true &
	none=$!
	wait "$none"
	run --separate-stderr sigmask "$none"
	assert_failure 4
	assert_output ''
	assert_stderr "sigmask: $none: No such process"
	run --separate-stderr sigmask "$none" $$
	assert_failure 4
	assert_equal "${lines[0]}" "process  $$ (bash)"
	run --separate-stderr sigmask 2147483647
	assert_failure 4
	assert_stderr 'sigmask: 2147483647: No such process'
}

@test "sigmask shows a zombie" {
	mkfifo fifo
	# shellcheck disable=SC2016
	spawn sh -c 'sh -c "read x; exit 3" <fifo & echo $! >child; exec sleep 30'
	became() { grep -qs sleep "/proc/$spawned/comm"; }
	wait_until became
	echo >fifo
	zombie() { grep -q '^State:.Z' "/proc/$(<child)/status"; }
	wait_until zombie
	run sigmask "$(<child)"
	assert_success
	assert_line --index 0 "process  $(<child) (sh)"
}

@test "sigmask prints no control characters of a process's name, JSON has them all" {
	cp "$(command -v sleep)" $'a\e[1m b\n"\x80'
	spawn $'./a\e[1m b\n"\x80' 30
	wait_until sleeping "$spawned"
	sigmask "$spawned" >out
	assert_equal "$(head -n 1 out)" "process  $spawned (a\\x1b[1m b\\x0a\"\\x80)"
	sigmask -J "$spawned" >out
	grep -qF '"command":{"base64":"' out
	assert_equal "$(sed 's/.*{"pid.*"command":{"base64":"\([^"]*\).*/\1/' out | base64 -d | od -c | head -n 1)" \
		"$(printf 'a\e[1m b\n"\x80' | od -c | head -n 1)"
}

@test "sigmask refuses an operand that is not a PID before it shows any process" {
	local text
	for text in '' 0 1x; do
		run --separate-stderr sigmask $$ "$text"
		assert_failure 2
		assert_output ''
		assert_regex "${stderr_lines[0]}" "^sigmask: '$text' is "
		assert_equal "${stderr_lines[1]}" "Try 'sigmask --help' for more information."
	done
	run --separate-stderr sigmask
	assert_failure 2
	assert_equal "${stderr_lines[0]}" 'sigmask: missing operand PID'
}

@test "sigmask exits with 1 if the output is full or closed, with 141 if its reader has exited" {
	to_full() { sigmask $$ >/dev/full; }
	run --separate-stderr to_full
	assert_failure 1
	assert_stderr 'sigmask: standard output: No space left on device'
	to_nowhere() { sigmask $$ >&-; }
	run --separate-stderr to_nowhere
	assert_failure 1
	assert_stderr 'sigmask: standard output: Bad file descriptor'
	mkfifo pipe
	exec 7<>pipe 8>pipe 7<&-
	to_pipe() { sigmask $$ $$ >&8; }
	run --separate-stderr to_pipe
	assert_failure 141
	assert_stderr ''
}

@test "sigmask reports a thread that it cannot read" {
	requires program
	few_descriptors() { ulimit -n 4; sigmask $$ 3>&-; }
	run --separate-stderr few_descriptors
	assert_failure 1
	assert_output ''
	assert_stderr --partial 'Too many open files (RLIMIT_NOFILE is 4)'
}

@test "sigmask as a builtin leaves the shell's memory and descriptors as they were" {
	requires builtin plain
	# shellcheck disable=SC2016
	run bash -c 'enable -f "$1/ipctool.so" sigmask
		resident() { awk "/^VmRSS/ { print \$2 }" /proc/$$/status; }
		call() { for ((i = 0; i < $1; i++)); do sigmask $$; sigmask -J $$; done >/dev/null; }
		call 500; before=$(resident); call 5000; after=$(resident)
		echo "$before KiB before, $after KiB after"
		((after <= before + 64))' bash "$IPCTOOL_BUILD"
	assert_success
}

@test "sigmask reports a process that /proc does not show" {
	requires root namespaces mounts
	mount -t proc -o hidepid=invisible proc /proc
	later umount /proc
	[[ $(setpriv --reuid=54321 --regid=54321 --clear-groups ls /proc/1 2>&1) == *'No such file'* ]] || skip 'no hidepid'
	run --separate-stderr setpriv --reuid=54321 --regid=54321 --clear-groups ipctool sigmask 1
	assert_failure 1
	assert_stderr 'sigmask: 1: exists, but /proc does not show it'
}

# inherited FIELD: the mask of that name in the file out
inherited() {
	printf '%x' $((0x$(sed -n "s/^$1:[[:blank:]]*//p" out)))
}

@test "sigmask --block, --ignore and --default run a command so" {
	env --ignore-signal=USR1,USR2 --block-signal=HUP \
		"$IPCTOOL_BUILD/bin/sigmask" --block INT,RTMIN+3 --ignore 64,sigpipe --default USR2 cat /proc/self/status >out
	# HUP INT RTMIN+3; USR1 PIPE RTMAX, and perhaps what the tests were started with
	assert_equal "$(inherited SigBlk)" 1000000003
	((0x$(inherited SigIgn) & 0x1000 && 0x$(inherited SigIgn) & 0x200 && 0x$(inherited SigIgn) & 1 << 63))
	((!(0x$(inherited SigIgn) & 0x800)))
	sigmask --block all -- sed -n /Sig/p /proc/self/status >out
	assert_equal "$(inherited SigBlk)" fffffffe7ffbfeff
	sigmask --default PIPE --ignore all --block 10 -- sed -n /Sig/p /proc/self/status >out 2>err || [[ $? == 125 ]]
	assert_equal "$(head -n 1 err)" 'sigmask: a signal is in both --ignore and --default'
	sigmask --ignore PIPE,XFSZ -- sed -n /Sig/p /proc/self/status >out
	((0x$(inherited SigIgn) & 0x1000))
	((0x$(inherited SigIgn) & 0x1000000))
	sigmask --default PIPE,XFSZ -- sed -n /Sig/p /proc/self/status >out
	((!(0x$(inherited SigIgn) & 0x1001000)))
}

@test "the options of a command that sigmask runs are its own, after -- or an option of sigmask" {
	run sigmask --block INT sh -c 'echo "$@"' sh -V --ignore USR1 -- --help
	assert_success
	assert_output -- '-V --ignore USR1 -- --help'
	run sigmask --default PIPE --ignore=INT -- printf '%s ' --block
	assert_success
	assert_output -- '--block '
	refused 125 "sigmask: unknown option '-c': options of COMMAND stand after a --" sigmask --block INT -c
	# without one the operands are processes
	run sigmask $$ -J
	assert_success
	assert_output --partial "{\"pid\":$$,"
}

@test "sigmask returns the status of its command, and becomes it as a program" {
	run sigmask --block INT -- sh -c 'exit 7'
	assert_failure 7
	run sigmask -- sh -c 'kill -KILL $$'
	assert_failure 137
	refused 127 'sigmask: /nothing: No such file or directory' sigmask --block INT /nothing
	refused 126 'sigmask: /: Permission denied' sigmask -- /
	refused 125 'sigmask: NOPE: No such signal' sigmask --block INT,NOPE true
	refused 125 'sigmask: a name is missing in a list of signals' sigmask --block INT, -- true
	run --separate-stderr sigmask --ignore KILL -- true
	assert_failure 125
	assert_stderr --partial 'KILL'
	run sigmask --block INT --
	assert_failure
	run sigmask -J -- true
	assert_failure 125
	run sigmask --json --block INT true
	assert_failure 125
	refused 2 "sigmask: 'true' is not a number" sigmask true
	if [[ $IPCTOOL_FRONT != bash ]]; then
		run sh -c 'echo $$; exec sigmask -- sh -c "echo \$\$"'
		assert_equal "${lines[0]}" "${lines[1]}"
	fi
}

@test "the signals of the shell are as before after sigmask with a command" {
	requires builtin
	signals_of_shell >before
	sigmask --block all --ignore INT,PIPE --default TERM -- true
	signals_of_shell >after
	diff before after
}
