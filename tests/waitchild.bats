#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# waitchild: run a command and report how its process ends.

load helper

# The command's PID, once it has been reported.
reported_pid() {
	wait_until grep -qs 'Forking a child: [0-9]' out
	child=$(sed -n 's/^Forking a child: //p' out)
}

# A full FIFO "pipe", open as descriptor 7.
make_full_pipe() {
	mkfifo pipe
	exec 7<>pipe
	dd if=/dev/zero of=pipe bs=4096 oflag=nonblock status=none 2>/dev/null || true
}

@test "waitchild reports the child's PID, then its exit status, and exits with that" {
	# shellcheck disable=SC2016
	run waitchild sh -c 'echo "I am $$"; exit 3'
	assert_failure 3
	local pid=${lines[0]#Forking a child: }
	assert_output "Forking a child: $pid
I am $pid
Exit status: 3"
	run waitchild true
	assert_success
	assert_line --index 1 'Exit status: 0'
}

@test "waitchild reports the start before the child writes, each time" {
	local i
	for ((i = 0; i < 50; i++)); do
		waitchild echo child >out
		assert_equal "$(sed 's/[0-9]*$//' out | tr -d '\n')" 'Forking a child: childExit status: '
	done
}

@test "waitchild reports the signal that killed the child, and exits with 128 + N" {
	local signal text
	while read -r signal text; do
		# shellcheck disable=SC2016
		run waitchild sh -c 'ulimit -c 0; kill -s "$1" $$' - "$signal"
		assert_equal "$signal $status ${lines[1]}" \
			"$signal $((128 + $(killn -l "$signal"))) Terminated: $text"
	done <<-END
		KILL Killed
		TERM Terminated
		INT Interrupt
		SEGV Segmentation fault
		USR1 User defined signal 1
	END
	# shellcheck disable=SC2016
	run waitchild bash -c 'kill -s RTMIN+3 $$'
	assert_failure 165
	assert_line --index 1 'Terminated: Real-time signal 3'
}

@test "waitchild reports a core dump" {
	# If cores are piped to a program or the folder is not writable there may be none.
	[[ $(</proc/sys/kernel/core_pattern) != '|'* ]] || skip 'core dumps are piped to a program'
	# shellcheck disable=SC2016
	run waitchild sh -c 'ulimit -c unlimited; kill -s ABRT $$'
	assert_failure 134
	compgen -G '*core*' >/dev/null || skip 'there are no core dumps here'
	assert_line --index 1 'Terminated: Aborted (core dumped)'
}

@test "waitchild reports stops and continuations as they happen" {
	spawn waitchild sleep 30 >out
	reported_pid
	kill -STOP "$child"
	wait_until grep -q '^Stopped: Stopped (signal)$' out
	kill -CONT "$child"
	wait_until grep -q '^Continued$' out
	kill -STOP "$child"
	twice() { [[ $(grep -c '^Stopped' out) == 2 ]]; }
	wait_until twice
	kill -KILL "$child"
	collect
	assert_equal "$status" 137
	assert_equal "$(<out)" "Forking a child: $child
Stopped: Stopped (signal)
Continued
Stopped: Stopped (signal)
Terminated: Killed"
}

@test "waitchild reports the continuation of a child that exits immediately after it" {
	local i
	for ((i = 0; i < 20; i++)); do
		# shellcheck disable=SC2016
		spawn waitchild sh -c 'kill -STOP $$; exec true' >out
		wait_until grep -q Stopped out
		reported_pid
		kill -CONT "$child"
		collect
		assert_equal "$(tail -n 3 out)" $'Stopped: Stopped (signal)\nContinued\nExit status: 0'
	done
}

@test "waitchild stops with its child, after it has reported the stop" {
	spawn waitchild sleep 30 >out
	reported_pid
	kill -TSTP "$spawned"
	wait_until stopped "$spawned"
	assert_equal "$(tail -n 1 out)" 'Stopped: Stopped'
	kill -CONT "$spawned"
	wait_until grep -q '^Continued$' out
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(tail -n 1 out)" 'Terminated: Terminated'
}

@test "waitchild -J prints an object for each event" {
	spawn waitchild -J sleep 30 >out
	wait_until grep -q started out
	child=$(sed 's/.*"pid":\([0-9]*\).*/\1/' out)
	kill -STOP "$child"
	wait_until grep -q stopped out
	kill -CONT "$child"
	wait_until grep -q continued out
	kill -KILL "$child"
	collect
	assert_equal "$status" 137
	assert_equal "$(<out)" '{"event":"started","pid":'"$child"'}
{"event":"stopped","pid":'"$child"',"signal":19,"name":"STOP"}
{"event":"continued","pid":'"$child"'}
{"event":"killed","pid":'"$child"',"signal":9,"name":"KILL","core":false}'
	run waitchild -J sh -c 'exit 7'
	assert_failure 7
	assert_line --index 1 --regexp '^\{"event":"exited","pid":[0-9]+,"status":7\}$'
}

@test "waitchild forwards signals with their values" {
	spawn waitchild "$(peer sig)" catch 2 37 10 >out
	reported_pid
	wait_until sleeping "$child"
	killn -q 7 "$spawned" RTMIN+3
	wait_until grep -q 'signal 37.*value 7$' out
	kill -USR1 "$spawned"
	collect
	assert_equal "$status" 0
	grep -q '^signal 10 code 0' out
	assert_equal "$(tail -n 1 out)" 'Exit status: 0'
}

@test "waitchild gives the command its own environment, mask and dispositions" {
	trap '' USR2
	local caller
	caller=$(grep 'Sig[BIC]' /proc/self/status)
	SOMETHING=seen run waitchild sh -c 'echo "$SOMETHING"; exec grep "Sig[BIC]" /proc/self/status'
	assert_success
	assert_line --index 1 seen
	assert_equal "$(sed -n '3,5p' <<<"$output")" "$caller"
	run waitchild sh -c 'ls /proc/self/fd'
	assert_equal "$(sed '1d;$d' <<<"$output" | grep -cvxE '[0123]|[1-9][0-9]+')" \
		"$(sh -c 'ls /proc/self/fd' | grep -cvxE '[0123]|[1-9][0-9]+')"
}

@test "the reason why a program with a corrupted loader cannot be executed" {
	local loader=/lib64/ld-linux-x86-64.so.2
	LC_ALL=C sed "s#$loader#./lib//${loader##*/}#" "$(type -P sleep)" >program
	cmp -s program "$(type -P sleep)" && skip "$loader is not the loader"
	chmod 755 program
	mkdir lib
	head -c 200 /dev/zero >"lib/${loader##*/}"
	chmod 755 "lib/${loader##*/}"
	run --separate-stderr waitchild ./program
	assert_failure 126
	assert_stderr 'waitchild: ./program: Accessing a corrupted shared library'
}

@test "waitchild exits with 127 for a command that does not exist, 126 for one that cannot be executed" {
	# A folder that may not be searched could have it: that would be 126.
	PATH=${PATH%%:*}:/usr/bin:/bin run --separate-stderr -127 waitchild nosuch-command
	assert_stderr 'waitchild: nosuch-command: No such file or directory'
	assert_line --index 1 'Exit status: 127'
	run --separate-stderr waitchild /etc
	assert_failure 126
	assert_stderr 'waitchild: /etc: Permission denied'
	assert_line --index 1 'Exit status: 126'
	run --separate-stderr waitchild
	assert_failure 125
	assert_output ''
	assert_equal "${stderr_lines[0]}" 'waitchild: missing operand COMMAND'
	run --separate-stderr waitchild --nonesuch true
	assert_failure 125
}

@test "options after COMMAND belong to the command of waitchild" {
	run waitchild -- echo -n -J --
	assert_success
	assert_output --partial '-J --Exit status: 0'
}

@test "waitchild executes nothing if the start cannot be printed" {
	to_full() { waitchild touch made >/dev/full; }
	run --separate-stderr to_full
	assert_failure 125
	assert_stderr 'waitchild: standard output: No space left on device'
	to_nowhere() { waitchild touch made >&-; }
	run --separate-stderr to_nowhere
	assert_failure 125
	assert_stderr 'waitchild: standard output: Bad file descriptor'
	mkfifo pipe
	exec 7<>pipe 8>pipe 7<&-
	to_pipe() { waitchild touch made >&8; }
	run --separate-stderr to_pipe
	assert_failure 141
	assert_stderr ''
	[[ ! -e made ]] || fail 'it was started'
}

@test "waitchild whose reader exits later waits for the command, and exits with 141" {
	mkfifo pipe fifo
	exec 7<>pipe 8>pipe 9<>fifo
	alone() {
		# A redirection of a builtin keeps what it replaces.
		exec 7<&-
		# shellcheck disable=SC2016
		become waitchild sh -c 'exec >/dev/null; read x <&9; exit "$x"' >&8
	}
	spawn alone
	read -r _ <&7
	exec 7<&- 8>&-
	echo 0 >&9
	collect
	assert_equal "$status" 141
}

@test "a signal ends a waitchild whose output blocks at the start, and nothing is executed" {
	make_full_pipe
	spawn waitchild touch made >&7
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	[[ ! -e made ]] || fail 'it was started'
}

@test "a signal ends a waitchild whose output blocks at the end" {
	mkfifo pipe
	exec 7<>pipe
	# shellcheck disable=SC2016
	spawn waitchild sh -c 'dd if=/dev/zero of=pipe bs=4096 oflag=nonblock status=none 2>/dev/null
		dd if=/dev/zero of=pipe bs=1 oflag=nonblock status=none 2>/dev/null; : >filled; exit 0' >&7
	wait_until [ -e filled ]
	wait_until commands_number "$spawned" 0
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
}

@test "waitchild killed before the start executes no command" {
	make_full_pipe
	spawn waitchild touch made >&7
	wait_until sleeping "$spawned"
	forked() { child=$(<"/proc/$spawned/task/$spawned/children") && [[ $child ]]; }
	wait_until forked
	kill -KILL "$spawned"
	collect
	wait_until gone "${child%% *}"
	[[ ! -e made ]] || fail 'it was started'
}

@test "waitchild as a builtin leaves the shell's children, signals and descriptors alone" {
	requires builtin
	look() {
		signals_of_shell
		printf '%s\n' /proc/$BASHPID/fd/*
	}
	in_a_shell() {
		trap 'echo trapped' USR1
		(exit 4) &
		look >before
		# shellcheck disable=SC2016
		waitchild sh -c 'trap "exit 3" USR1; kill -USR1 $PPID; while :; do sleep 0.01; done' >/dev/null && return 1
		echo "status $?"
		waitchild nosuch 2>/dev/null >&2 && return 1
		look >after
		diff before after
		wait $! || echo "waited $?"
	}
	run within 10 in_a_shell
	assert_success
	assert_output $'trapped\nstatus 3\nwaited 4'
}
