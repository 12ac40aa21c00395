#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# efd: eventfds

load helper

max=18446744073709551614

setup() {
	basic_setup
	export -f sleeping resting_state gone wait_until pause fail batslib_err
}

# with_efd [OPTION...] SCRIPT: run SCRIPT in a bash that has an eventfd at 7, and its number in $EFD.
# The applets in SCRIPT are those of this front end.
with_efd() {
	run --separate-stderr script_with_efd "$@"
}

script_with_efd() {
	local options=("${@:1:$#-1}") script=${*: -1}
	if [[ $IPCTOOL_FRONT == bash ]]; then
		efd open -f 7 "${options[@]}" EFD || return
		export EFD
		eval "$script"
	else
		efd run -f 7 "${options[@]}" bash -c "$script"
	fi
}

# hold INIT [FLAGS]: an eventfd in another process, made by the system's library; $held is its PID:FD
hold() {
	spawn "$(peer efd)" hold "$1" "${2--}" >held
	wait_until test -s held
	held=$spawned:$(<held)
}

# The shell's own state, by builtins alone: what a subshell sees depends on the moment.
shell_state() {
	local status
	echo /proc/$$/fd/*
	# in one read: the file changes between two
	IFS= read -r -d '' status </proc/$$/status || true
	status=${status#*SigBlk:}
	echo "SigBlk:${status%%CapInh:*}"
}

# ------------------------------------------------------------------ efd N...

@test "a child adds each number and the parent reads the sum" {
	run --separate-stderr efd 1 2 4 7 14
	assert_success
	assert_output 28
	assert_stderr ''
}

@test "efd -v reports each step" {
	run --separate-stderr efd -v 1 2 4 7 14
	assert_success
	assert_output 28
	assert_stderr 'Child adding 1
Child adding 2
Child adding 4
Child adding 7
Child adding 14
Child has added all
Parent about to read
Parent read 28 (0x1c)'
}

@test "the sum goes from 0 to the maximum" {
	run efd 0 0
	assert_success
	assert_output 0
	run efd 18446744073709551613 1 0
	assert_success
	assert_output $max
}

@test "a sum above the maximum is refused before anything is done" {
	local too_much='efd: the sum exceeds 18446744073709551614'
	refused 2 "$too_much" efd -v $max 1
	refused 2 "$too_much" efd -v 9223372036854775808 9223372036854775808
	refused 2 "$too_much" efd -v 1 18446744073709551613 1
}

@test "numbers are decimal, hexadecimal or octal, as in C" {
	run efd 0x10 010 0X1f 0 2
	assert_success
	assert_output 57
	run efd run -i 0xfffffffffffffffe efd peek
	assert_output 18446744073709551614
	run efd run -i 011 efd read
	assert_output 9
	refused 2 "efd: '0xffffffffffffffff' is more than $max" efd 0xffffffffffffffff
	refused 2 "efd: '0x10000000000000000' is more than 18446744073709551615" efd 0x10000000000000000
	refused 2 "efd: '08' is not a number: 0 at the beginning means octal" efd 08
}

@test "a text that is not a number for an eventfd is refused" {
	local text
	refused 2 "efd: '18446744073709551615' is more than $max" efd 1 18446744073709551615
	refused 2 "efd: '18446744073709551616' is more than 18446744073709551615" efd 18446744073709551616
	for text in x 1x ' 1' 0x 0x1g 07x 1.5 +1 ''; do
		refused 2 "efd: '$text' is not a number" efd 1 "$text"
	done
	refused 2 "efd: 'red': unknown subcommand, and not a number (did you mean read?)" efd red
	refused 2 "efd: '-1': unknown subcommand, and not a number" efd -1
	refused 2 "efd: missing operand N" efd
}

@test "the sum is right if SIGCHLD is ignored" {
	requires program
	run --separate-stderr env --ignore-signal=CHLD efd 1 2 4
	assert_success
	assert_output 7
	assert_stderr ''
}

@test "efd N works with closed standard descriptors" {
	to_closed() { efd -v 1 2 <&- 2>&-; }
	run to_closed
	assert_success
	assert_output 3
	to_nowhere() { efd 1 2 >&-; }
	refused 1 'efd: standard output: Bad file descriptor' to_nowhere
	to_full() { efd 1 2 >/dev/full; }
	refused 1 'efd: standard output: No space left on device' to_full
}

# ------------------------------------------------------------------- efd run

@test "efd run gives a command an eventfd and its number" {
	run efd run sh -c 'echo "$EFD"; readlink /proc/self/fd/$EFD'
	assert_success
	assert_line --index 0 --regexp '^[3-9]$|^1[0-9]$'
	assert_line --index 1 'anon_inode:[eventfd]'
}

@test "efd run uses the lowest free descriptor from 3, also if 0 and 1 are closed" {
	without_standard() { efd run sh -c 'echo "$EFD"; ls /proc/self/fd/0' 3>&- <&-; }
	run --separate-stderr without_standard
	assert_output 3
	assert_stderr --partial 'No such file'
	beside_others() { efd run sh -c 'echo "$EFD"' 3</dev/null 4</dev/null; }
	run beside_others
	assert_output 5
}

@test "efd run -f uses that descriptor, which must be free" {
	run efd run -f 9 sh -c 'echo "$EFD"; efd add 3 9; efd peek 9'
	assert_success
	assert_output $'9\n3'
	at_an_open_one() { efd run -f 9 touch started 9</dev/null; }
	refused 125 'efd: descriptor 9: already open' at_an_open_one
	past_the_limit() { ulimit -n 100 && efd run -f 900 touch started; }
	refused 125 'efd: no free descriptor from 900 on (RLIMIT_NOFILE is 100)' past_the_limit
	run --separate-stderr efd run -f 2 touch started
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "efd: option '-f': '2' is less than 3"
	assert [ ! -e started ]
}

@test "-i sets the initial counter, also beyond 32 bits" {
	local initial
	for initial in 0 1 4294967295 4294967296 $max; do
		with_efd -i "$initial" 'efd peek; efd peek -J'
		assert_success
		assert_line --index 0 "$initial"
		assert_line --index 1 --partial "{\"count\":$initial,\"semaphore\":false,"
	done
	run --separate-stderr efd run -i 18446744073709551615 touch started
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "efd: option '-i': '18446744073709551615' is more than $max"
	run efd run -i -1 touch started
	assert_failure 125
	assert [ ! -e started ]
}

@test "efd run returns the command's status" {
	run efd run sh -c 'exit 7'
	assert_failure 7
	run efd run sh -c 'kill -KILL $$'
	assert_failure 137
	run efd run -- sh -c 'exit 3'
	assert_failure 3
	run efd run echo -n -- -x
	assert_output -- '-- -x'
}

@test "the status of efd run is that of env(1) if the command does not exist" {
	# a directory that may not be searched makes 126 of 127
	PATH=$(dirname "$(type -P efd)"):/usr/bin:/bin
	refused 127 'efd: /nonesuch: No such file or directory' efd run /nonesuch
	refused 127 'efd: nonesuch-command: No such file or directory' efd run nonesuch-command
	refused 126 'efd: /etc: Permission denied' efd run /etc
	run --separate-stderr efd run
	assert_failure 125
	assert_equal "${stderr_lines[0]}" 'efd: missing operand COMMAND'
}

@test "a signal to efd run reaches the command" {
	spawn efd run sh -c 'trap "echo got it; exit 5" USR1; echo ready; while :; do sleep 0.01; done' >out
	wait_until grep -q ready out
	kill -USR1 "$spawned"
	collect
	assert_equal "$status" 5
	assert_equal "$(<out)" $'ready\ngot it'
}

@test "the command of efd run has the dispositions and the environment of the caller" {
	run grep 'Sig[BIC]' /proc/self/status
	local expected=$output
	run efd run grep 'Sig[BIC]' /proc/self/status
	assert_output "$expected"
	export SOMETHING='a  b'
	run efd run sh -c 'echo "$SOMETHING"'
	assert_output 'a  b'
}

@test "a program and efd share an eventfd" {
	local peer
	peer=$(peer efd)
	with_efd "$peer write \$EFD 5; efd read; efd add 6; $peer read \$EFD"
	assert_output $'5\n6'
	run "$peer" give 3 s sh -c 'efd read; efd peek -J'
	assert_line --index 0 1
	assert_line --index 1 --regexp '^\{"count":2,"semaphore":true,"id":[0-9]+\}$'
	run "$peer" give $max - sh -c 'efd read'
	assert_output $max
}

@test "a shell alone can add and read what efd reads and adds" {
	with_efd 'printf "\1\2\0\0\0\0\0\0" >&7; efd read; efd add 28; od -An -N8 -tu8 <&7'
	assert_line --index 0 513
	assert_line --index 1 --regexp '^ *28$'
}

# ------------------------------------------------------- add, read, wait, peek

@test "five subshells add to one counter" {
	with_efd 'for n in 1 2 4 7 14; do (efd add $n) & done; wait; efd read; efd read -n'
	assert_failure 3
	assert_output 28
	assert_stderr 'efd: descriptor 7: would block: the counter is 0'
}

@test "efd read waits until something is added" {
	with_efd 'efd read >got & pid=$!
		until sleeping $pid; do sleep 0.01; done
		test -s got && echo "too early"
		efd add 5; wait $pid; cat got'
	assert_success
	assert_output 5
}

@test "the status of efd read -n and -t is 3 and 124 if the counter is 0" {
	with_efd 'efd read -n'
	assert_failure 3
	assert_stderr 'efd: descriptor 7: would block: the counter is 0'
	with_efd 'efd read -t 20ms'
	assert_failure 124
	assert_stderr 'efd: descriptor 7: timed out: the counter is 0'
	with_efd 'efd wait --nonblock'
	assert_failure 3
	with_efd 'efd wait --timeout=20ms'
	assert_failure 124
}

@test "a time-out of 0 still reads a counter that is not 0" {
	with_efd -i 5 'efd wait -t 0 && efd read -t 0 && efd add -t 0 3 && efd peek'
	assert_success
	assert_output $'5\n3'
}

@test "efd wait does not read the counter, and an add wakes all waiters" {
	with_efd 'for n in 1 2 3; do efd wait & pids+=($!); done
		for pid in "${pids[@]}"; do wait_until sleeping $pid; done
		efd add 1
		wait "${pids[0]}" && wait "${pids[1]}" && wait "${pids[2]}" && efd read'
	assert_success
	assert_output 1
}

@test "in semaphore mode a read subtracts 1, and adding 3 wakes three of four readers" {
	with_efd -s 'for n in 1 2 3 4; do efd read >>got & pids+=($!); done
		for pid in "${pids[@]}"; do wait_until sleeping $pid; done
		efd add 3
		read_are() { [[ $(wc -l <got) == "$1" ]]; }
		wait_until read_are 3
		efd peek
		ended_are() { [[ $(for pid in "${pids[@]}"; do gone $pid && echo $pid; done | wc -l) == "$1" ]]; }
		wait_until ended_are 3
		efd add 1; wait; cat got'
	assert_success
	assert_output $'0\n1\n1\n1\n1'
}

@test "the status of efd add is 3 or 124 if N does not fit, and nothing is added" {
	with_efd -i 18446744073709551610 'efd add -n 5; echo $?; efd add -t 20ms 5; echo $?; efd peek
		efd add -n 4; echo $?; efd add -n 1; echo $?; efd add -t 20ms 1; echo $?; efd peek'
	assert_output "3
124
18446744073709551610
0
3
124
$max"
	assert_stderr "efd: descriptor 7: would block: adding 5 would exceed $max
efd: descriptor 7: timed out: adding 5 would exceed $max
efd: descriptor 7: would block: adding 1 would exceed $max
efd: descriptor 7: timed out: adding 1 would exceed $max"
}

@test "efd add waits until N fits, after another process has read" {
	local mode
	for mode in '' -n; do
		with_efd -s $mode -i 18446744073709551612 'efd add 5 & pid=$!
			for n in 1 2; do efd read; done
			until sleeping $pid; do sleep 0.01; done
			efd peek; efd read
			wait $pid && efd peek'
		assert_success
		assert_output "1
1
18446744073709551610
1
$max"
	done
}

@test "adding 0 always succeeds and wakes no waiter" {
	with_efd -i $max 'efd add 0 && efd add -n 0 && efd add -t 1 0 && efd read && efd add 0 && efd wait -n'
	assert_failure 3
	assert_output $max
}

@test "18446744073709551615 is refused" {
	refused 2 "efd: '18446744073709551615' is more than $max" efd add 18446744073709551615 7
	refused 2 "efd: 'x' is not a number" efd add x 7
	refused 2 "efd: '' is not a number" efd add '' 7
}

@test "many processes that add and read at once lose nothing" {
	with_efd -i $((2 ** 62)) '
		for n in 1 2 3 4; do
			(for i in {1..25}; do efd add 3; efd add -t 10 4; done) &
		done
		for n in 1 2; do
			(for i in {1..50}; do efd read -n; done >read.$n 2>/dev/null) &
		done
		wait
		efd read -n >rest 2>/dev/null
		cat read.1 read.2 rest | { sum=0; while read -r n; do ((sum += n)); done; echo $((sum - 2 ** 62)); }'
	assert_output 700
}

@test "efd does not change the flags of the shared open file description" {
	local mode
	for mode in '' -n; do
		with_efd $mode -s -i 3 'grep flags /proc/self/fdinfo/7 >before
			efd read -n; efd read -t 1; efd read; efd read -n; efd read -t 10ms; efd wait -n
			efd add 1; efd add -n 1; efd add -t 1 1; efd add -n '$max'; efd add -t 10ms '$max'; efd peek
			grep flags /proc/self/fdinfo/7 >after; cmp before after && cat after'
		assert_success
		assert_line --index -1 --regexp "^flags:[^1-9]*$([[ $mode ]] && echo 4002 || echo 2)$"
	done
}

@test "efd waits also if the eventfd is in non-blocking mode" {
	with_efd -n 'efd read >got & pid=$!
		until sleeping $pid; do sleep 0.01; done
		efd add 5; wait $pid; cat got'
	assert_success
	assert_output 5
}

# ------------------------------------------------------------- which eventfd

@test "without FD the eventfd is the one in EFD" {
	unset EFD
	local form
	for form in 'add 1' read wait peek; do
		# shellcheck disable=SC2086
		refused 2 'efd: missing FD, and $EFD is not set' efd $form
	done
	export EFD=7even
	refused 2 "efd: EFD: '7even' is not a descriptor number, PID:FD or a name" efd peek
	hold 4
	export EFD=$held
	run efd read
	assert_output 4
}

@test "a text that is not the number of a descriptor is refused" {
	local text
	for text in .x 1x 2147483648 1: :1 0:1 1:x 1:1:1 -1:1 '' ' 1' +1; do
		refused 2 "efd: '$text' is not a descriptor number, PID:FD or a name" efd peek -- "$text"
	done
	refused 2 "efd: unknown option '-1'" efd peek -1
	refused 2 "efd: extra operand '4'" efd peek 3 4
}

@test "efd reports a descriptor that is not open or not an eventfd, and does not change it" {
	refused 1 'efd: descriptor 77: not open' efd add 1 77
	refused 1 'efd: descriptor 2147483647: not open' efd read 2147483647
	echo text >file
	on_a_file() { efd "$@" 8<>file; }
	refused 1 "efd: descriptor 8: not an eventfd: $PWD/file" on_a_file add 1 8
	refused 1 "efd: descriptor 8: not an eventfd: $PWD/file" on_a_file read 8
	refused 1 "efd: descriptor 8: not an eventfd: $PWD/file" on_a_file wait -n 8
	refused 1 "efd: descriptor 8: not an eventfd: $PWD/file" on_a_file peek 8
	assert_equal "$(<file)" text
}

@test "PID:FD reaches the eventfd of an unrelated process" {
	hold 0
	efd add 5 "$held"
	run efd peek "$held"
	assert_output 5
	run efd read "$held"
	assert_output 5
	run --separate-stderr efd read -n "$held"
	assert_failure 3
	assert_stderr "efd: $held: would block: the counter is 0"
	spawn efd read "$held" >got
	wait_until sleeping "$spawned"
	efd add 6 "$held"
	collect
	assert_equal "$status $(<got)" '0 6'
	run efd peek -J "$held"
	assert_output --regexp '^\{"count":0,"semaphore":false,"id":[0-9]+\}$'
}

@test "the status is 4 if the process or the descriptor of PID:FD does not exist" {
	hold 0
	local pid=${held%:*}
	refused 4 "efd: $pid:99: descriptor 99 is not open in the process" efd peek "$pid:99"
	refused 1 "efd: $pid:1: not an eventfd: $PWD/held" efd peek "$pid:1"
	kill -KILL "$pid"
	wait_until gone "$pid"
	collect
	refused 4 "efd: $pid:3: no such process" efd peek "$pid:3"
	refused 4 'efd: 2147483647:3: no such process' efd add 1 2147483647:3
}

@test "the eventfd of another user's process is refused" {
	requires nobody
	[[ $(stat -c %u /proc/1) != "$EUID" ]] || skip 'process 1 is our own'
	refused 1 "efd: 1:0: Operation not permitted: the process belongs to another user or is not dumpable" efd peek 1:0
}

@test "root reaches the eventfd of another user's process" {
	requires root command:setpriv
	spawn setpriv --reuid 65534 --regid 65534 --clear-groups "$(peer efd)" hold 5 - >held
	wait_until test -s held
	run efd read "$spawned:$(<held)"
	assert_success
	assert_output 5
}

# ---------------------------------------------------------- nothing is lost

@test "a value that cannot be printed is put back" {
	with_efd -i 5 'efd read >/dev/full; echo $?; efd peek'
	assert_output $'1\n5'
	assert_stderr 'efd: standard output: No space left on device; 5 was put back'
	with_efd -s -i 5 'efd read >/dev/full; echo $?; efd peek'
	assert_output $'1\n5'
	assert_stderr 'efd: standard output: No space left on device; 1 was put back'
	with_efd -n -i $max 'efd read >/dev/full; echo $?; efd peek'
	assert_output $'1\n'$max
}

@test "nothing is read if standard output is closed" {
	with_efd -i 5 'efd read >&-; echo $?; efd peek'
	assert_output $'1\n5'
	assert_stderr 'efd: standard output: Bad file descriptor'
	with_efd 'efd read >&-; echo $?'
	assert_output 1
}

# A pipe at 8 whose only reader is the process $reader, which does not read.
pipe_with_reader() {
	rm -f pipe
	mkfifo pipe
	exec 9<>pipe
	spawn sleep 60 <pipe 9>&-
	reader=$spawned
	exec 8>pipe 9>&-
}

reader_leaves() {
	kill -KILL "$reader"
	wait_until gone "$reader"
}

@test "a value that the reader of the output did not get is put back silently" {
	with_efd -i 5 'mkfifo pipe; exec 5<>pipe 6>pipe 5<&-
		efd read >&6; echo $?; efd peek'
	assert_output $'141\n5'
	assert_stderr ''
	hold 5
	pipe_with_reader
	fill pipe
	spawn efd read "$held" >&8 2>message
	wait_until count_is 0
	reader_leaves
	collect
	assert_equal "$status $(<message)" '141 '
	run efd peek "$held"
	assert_output 5
	exec 8>&-
}

@test "efd read stops waiting when the reader of its output closes it" {
	hold 0
	pipe_with_reader
	spawn efd read "$held" >&8 2>message
	wait_until sleeping "$spawned"
	reader_leaves
	collect
	assert_equal "$status $(<message)" '141 '
	exec 8>&-
}

@test "INT and TERM end a wait, and nothing is read or added" {
	local signal
	hold 0
	for signal in INT TERM; do
		spawn efd read "$held" >got
		wait_until sleeping "$spawned"
		kill -$signal "$spawned"
		collect
		assert_equal "$status" "$((128 + $(kill -l $signal)))"
		spawn efd wait "$held"
		wait_until sleeping "$spawned"
		kill -$signal "$spawned"
		collect
		assert_equal "$status" "$((128 + $(kill -l $signal)))"
	done
	assert_equal "$(<got)" ''
	hold $((2 ** 62)) s
	efd add 13835058055282163710 "$held"
	for signal in INT TERM; do
		spawn efd add 5 "$held"
		wait_until sleeping "$spawned"
		kill -$signal "$spawned"
		collect
		assert_equal "$status" "$((128 + $(kill -l $signal)))"
	done
	run efd peek "$held"
	assert_output $max
}

fill() {
	dd if=/dev/zero of="$1" oflag=nonblock bs=4096 status=none 2>/dev/null || true
}

count_is() {
	[[ $(efd peek "$held") == "$1" ]]
}

@test "INT while the output is blocked puts the value back" {
	hold 5
	pipe_with_reader
	fill pipe
	spawn efd read "$held" >&8 2>message
	wait_until count_is 0
	wait_until sleeping "$spawned"
	kill -INT "$spawned"
	collect
	assert_equal "$status $(<message)" '130 '
	run efd peek "$held"
	assert_output 5
	exec 8>&-
}

@test "a value that cannot be put back is reported as lost" {
	hold 5
	pipe_with_reader
	fill pipe
	spawn efd read "$held" >&8 2>message
	wait_until count_is 0
	efd add 18446744073709551610 "$held"
	wait_until sleeping "$spawned"
	kill -INT "$spawned"
	collect
	assert_equal "$status" 130
	assert_equal "$(<message)" 'efd: standard output: interrupted; 5 is lost: it cannot be put back'
	run efd peek "$held"
	assert_output 18446744073709551610
	exec 8>&-
}

@test "a time-out ends a wait also if the caller blocks all signals" {
	requires program
	hold $max
	run --separate-stderr within 5 env --block-signal efd add -t 20ms 1 "$held"
	assert_failure 124
	run --separate-stderr within 5 env --ignore-signal efd add -n 1 "$held"
	assert_failure 3
}

@test "without a timer efd add -n and -t fail, and efd add waits without limit" {
	hold 18446744073709551613
	few_signals() { ulimit -i 0 && efd "$@"; }
	refused 1 "efd: $held: no timer available (RLIMIT_SIGPENDING is 0)" few_signals add -n 1 "$held"
	refused 1 "efd: $held: no timer available (RLIMIT_SIGPENDING is 0)" few_signals add -t 1 1 "$held"
	run few_signals add 1 "$held"
	assert_success
	run few_signals read -t 1 "$held"
	assert_output 18446744073709551614
}

@test "efd add makes no timer for what fits by far" {
	requires plain command:strace
	strace -o /dev/null true || skip 'no tracing here'
	with_efd -i 5 'strace -f -qq -o trace -e trace=timer_create,rt_sigaction "$BASH" -c "efd add -n 1"; efd read'
	assert_output 6
	refute grep timer_create trace
}

@test "a value that cannot be printed is put back also if no timer is available" {
	requires plain
	with_efd -i 5 'ulimit -i 0; efd read >/dev/full; echo $?; efd peek'
	assert_output $'1\n5'
	assert_stderr 'efd: standard output: No space left on device; 5 was put back'
}

@test "efd reads also with a kernel that has no RWF_NOWAIT for eventfds" {
	requires static command:strace
	strace -o /dev/null true || skip 'no tracing here'
	hold 5
	older() { strace -qq -o trace -e inject=preadv2:error=EOPNOTSUPP efd "$@"; }
	run --separate-stderr older read -t 5 "$held"
	assert_success
	assert_output 5
	grep -q INJECTED trace
	refused 3 "efd: $held: would block: the counter is 0" older read -n "$held"
	refused 124 "efd: $held: timed out: the counter is 0" older read -t 20ms "$held"
}

# ------------------------------------------------------------------- the shell

@test "efd open is a builtin only" {
	requires program
	refused 2 "efd: 'open' is available only as a bash builtin" efd open VAR
}

@test "efd open makes an eventfd in the shell, which its children share" {
	requires builtin
	efd open -i 2 VAR
	((VAR >= 10))
	(efd add 3 "$VAR")
	"$IPCTOOL_BUILD/bin/efd" add 4 "$VAR"
	run efd read "$VAR"
	assert_output 9
	exec {VAR}>&-
	assert [ ! -e "/proc/$$/fd/$VAR" ]
	efd open -s -f 9 VAR
	assert_equal "$VAR" 9
	run efd peek -J "$VAR"
	assert_output --partial '"semaphore":true'
	exec 9>&-
	refused 1 'efd: descriptor 9: not open' efd peek 9
}

@test "efd open --cloexec makes one that the commands of the shell do not inherit" {
	requires builtin
	efd open --cloexec -i 3 VAR
	(efd add 4 "$VAR")
	run efd read "$VAR"
	assert_output 7
	run "$IPCTOOL_BUILD/bin/efd" peek "$VAR"
	assert_failure 1
	exec {VAR}>&-
	efd open -i 3 VAR
	"$IPCTOOL_BUILD/bin/efd" peek "$VAR"
	exec {VAR}>&-
}

@test "efd open leaves nothing open if it fails" {
	requires builtin
	local name
	shell_state >before
	for name in '' 1x a-b 'a[0]' 'a b'; do
		refused 2 "efd: '$name' is not a valid variable name" efd open "$name"
	done
	# shellcheck disable=SC2034
	readonly FIXED=1
	refused 1 'efd: FIXED: readonly variable' efd open FIXED
	# shellcheck disable=SC2034
	declare -n to_fixed=FIXED to_element='list[1+]' to_itself=to_other to_other=to_itself
	refused 1 'efd: to_fixed: readonly variable' efd open to_fixed
	refused 1 'efd: to_element: a name reference, but not to a variable' efd open to_element
	refused 1 'efd: to_itself: a name reference, but not to a variable' efd open to_itself
	# once more in this shell itself
	if efd open FIXED || efd open -i 18446744073709551615 VAR || efd open -f 1 VAR; then
		false
	fi
	shell_state >after
	diff before after
	assert [ -z "${VAR-}" ]
}

@test "efd open sets an integer variable, and the one that a name reference names" {
	requires builtin
	local -i number
	local target
	local -n reference=target
	efd open number
	efd open reference
	[[ $number -ge 10 && $target -gt $number ]]
	efd add 3 "$target"
	efd peek "$reference" >out
	exec {number}>&- {target}>&-
	assert_equal "$(<out)" 3
}

@test "efd run leaves the shell without the eventfd and without EFD" {
	requires builtin
	unset EFD
	shell_state >before
	efd run -f 9 true
	efd run /nonesuch || assert_equal $? 127
	shell_state >after
	diff before after
	assert [ -z "${EFD-}" ]
}

@test "10000 calls leave the shell as it was" {
	requires builtin
	local i full calls=2000
	# with the sanitizers a process forks slowly
	[[ ! ${IPCTOOL_SANITIZED-} ]] || calls=100
	efd open VAR
	efd open -i 18446744073709551614 full
	shell_state >before
	read -r -a children_before </proc/$$/task/$$/children || true
	for ((i = 0; i < calls; i++)); do
		efd add -n 1 "$VAR"
		efd wait -t 1 "$VAR"
		efd peek "$VAR"
		efd read "$VAR"
		efd read -n "$VAR" || efd peek 999
	done >/dev/null 2>&1 || true
	for ((i = 0; i < calls / 20; i++)); do
		efd 1 2 3
		efd run true
		efd add -t 1ms 1 "$full" 2>/dev/null || assert_equal $? 124
	done >/dev/null
	shell_state >after
	read -r -a children </proc/$$/task/$$/children || true
	diff before after
	assert_equal "${children[*]}" "${children_before[*]}"
	exec {VAR}>&- {full}>&-
}

# --------------------------------------------------------------------- serve

# serve [OPTION...]: an eventfd under the name $served, in the background
serve() {
	served=$(name served)
	spawn become efd serve "$@" "$served" 2>serve.err
	wait_until is_served
}

is_served() {
	efd peek "$served" >/dev/null 2>&1
}

@test "efd serve lets unrelated processes add to, wait for and read one eventfd by its name" {
	serve -i 3
	run efd peek "$served"
	assert_output 3
	(efd add 4 "$served")
	efd add 1 "/$served"
	efd wait -n "$served"
	run efd read "/$served"
	assert_output 8
	refused 3 "efd: /$served: would block: the counter is 0" efd read -n "$served"
	refused 124 "efd: /$served: timed out: the counter is 0" efd wait -t 0.05 "$served"
}

@test "a waiter by name is woken by an add by name" {
	serve
	spawn become efd read "$served" >sum
	wait_until sleeping "$spawned"
	efd add 5 "$served"
	collect
	assert_equal "$status $(<sum)" '0 5'
}

@test "efd serve -s makes a semaphore" {
	serve -s -i 2
	efd read "$served"
	run efd peek "$served"
	assert_output 1
}

@test "the variable EFD may hold a name" {
	serve -i 6
	EFD=$served run efd peek
	assert_output 6
}

@test "a C program gets a served eventfd as the page says, and adds to it" {
	serve
	"$(peer socket)" add "@ipctool/efd/$EUID/$served" 1234
	run efd read "$served"
	assert_output 1234
}

@test "fifty clients that connect and say nothing do not keep others from a served eventfd" {
	local i
	serve -i 9
	for ((i = 0; i < 50; i++)); do
		spawn "$(peer socket)" silent stream "@ipctool/efd/$EUID/$served" >>silent
	done
	all_silent() { [[ $(grep -c ready silent) -eq 50 ]]; }
	wait_until all_silent
	run within 5 efd peek "$served"
	assert_output 9
}

@test "a descriptor whose close waits does not keep others from a served eventfd" {
	requires root
	serve -i 9
	stall stream "@ipctool/efd/$EUID/$served"
	run within 5 efd peek "$served"
	assert_output 9
}

@test "serving a name twice is status 5" {
	serve -i 2
	refused 5 "efd: /$served: address already in use" efd serve "$served"
	run efd peek "$served"
	assert_output 2
}

@test "TERM and INT end efd serve, and the name with it" {
	local signal
	for signal in TERM INT; do
		serve
		kill -s "$signal" "$spawned"
		collect
		[[ $signal == TERM ]] && assert_equal "$status" 143 || assert_equal "$status" 130
		refused 4 "efd: /$served: no such eventfd (efd serve makes one)" efd add 1 "$served"
	done
	assert_equal "$(<serve.err)" ''
}

@test "after a SIGKILL of its server a name is free at once, and its users keep the eventfd" {
	serve
	spawn become efd read "$served" >sum
	local reader=$spawned
	wait_until sleeping "$reader"
	kill -KILL "${spawned_pids[0]}"
	wait_until gone "${spawned_pids[0]}"
	refused 4 "efd: /$served: no such eventfd (efd serve makes one)" efd peek "$served"
	wait_until sleeping "$reader"
	serve -i 7
	run efd peek "$served"
	assert_output 7
}

# bats test_tags=slow
@test "a server that does not answer is an error after a time-out" {
	serve
	kill -STOP "$spawned"
	refused 124 "efd: /$served: timed out: its server (pid $spawned) does not answer" within 10 efd peek "$served"
	kill -CONT "$spawned"
	is_served
}

@test "a text that is not a name is refused before anything is served" {
	local text long
	long=$(printf 'x%.0s' {1..85})
	for text in 7 1:2 '' -x .x; do
		refused 2 "efd: '$text' is not a name: it must begin with a letter, _ or /" efd serve -- "$text"
	done
	refused 2 "efd: 'a/b': the name of a served eventfd must not contain '/' after the first character" efd serve a/b
	refused 2 "efd: '/': the name of a served eventfd must not be empty" efd serve /
	refused 2 "efd: '$long': the name of a served eventfd must not be longer than 84 bytes, this one has 85" efd serve "$long"
	refused 2 "efd: option '-i': '18446744073709551615' is more than $max" efd serve -i 18446744073709551615 x
	refused 4 "efd: /${long:1}: no such eventfd (efd serve makes one)" efd peek "${long:1}"
}

@test "another user's request for a served eventfd is not answered" {
	requires root
	serve
	run setpriv --reuid=65534 --clear-groups "$(peer socket)" add "@ipctool/efd/0/$served" 1
	assert_failure 3
	run efd peek "$served"
	assert_output 0
}

@test "a name that another user has bound is not trusted" {
	requires root
	served=$(name served)
	spawn setpriv --reuid=65534 --clear-groups "$(peer socket)" deaf stream "@ipctool/efd/0/$served" >ready
	wait_until test -s ready
	refused 1 "efd: /$served: not trusted: served by another user (UID 65534)" efd peek "$served"
	refused 5 "efd: /$served: address already in use" efd serve "$served"
}

@test "the overflow user of a user namespace is trusted by no one" {
	requires root namespaces program
	served=$(name served)
	unshare -U --map-user=65534 true || skip 'no user namespaces'
	run --separate-stderr unshare -U --map-user=65534 efd serve "$served"
	assert_failure 1
	assert_stderr "efd: /$served: UID 65534 stands for all users without a number in this user namespace: no client can be trusted"
	spawn unshare -U --map-user=65534 "$(peer socket)" deaf stream "@ipctool/efd/65534/$served" >ready
	wait_until test -s ready
	run --separate-stderr unshare -U --map-user=65534 efd peek "$served"
	assert_failure 1
	assert_stderr "efd: /$served: not trusted: served by another user (UID 65534)"
}

@test "asking by name leaves no descriptor open in a shell" {
	requires builtin
	serve -i 1
	shell_state >before
	local i
	for ((i = 0; i < 300; i++)); do
		efd peek "$served" >/dev/null
		efd peek "$served.none" 2>/dev/null || true
	done
	shell_state >after
	diff before after
}

@test "efd add, read and wait need no /proc, but refuse what is not an anonymous inode" {
	requires root static
	mkdir bare
	cp -L "$(type -P ipctool)" bare/ipctool
	: >bare/file
	in_bare() { command chroot bare /ipctool "$@"; }
	in_bare efd run /ipctool efd add 5
	run in_bare efd run -i 5 /ipctool efd read
	assert_output 5
	in_bare efd run -i 5 /ipctool efd wait
	refused_file() { in_bare "$@" 8<bare/file; }
	refused 1 'efd: descriptor 8: cannot determine its type: /proc/self/fd/8: /proc is not mounted' refused_file efd read 8
	refused 1 'efd: descriptor 9: not open' in_bare efd read 9
}
