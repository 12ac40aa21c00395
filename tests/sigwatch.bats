#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sigwatch: print the signals that arrive, their senders and values.

load helper

setup() {
	basic_setup
	# What is written to 9 can be read from 9.
	mkfifo ready
	exec 9<>ready
}

wait_ready() {
	read -r -t 10 <&9
}

# start ARGUMENT...: its output is in the file out; it is ready
start() {
	spawn sigwatch --ready-fd 9 "$@" >out
	wait_ready
}

# ended STATUS: it has ended, so
ended() {
	collect
	assert_equal "$status" "$1"
}

send_values() {
	"$(peer sig)" send "$spawned" "$@"
}

# The lines without the senders.
lines() {
	sed 's/ from pid [0-9]* uid [0-9]*//' out
}

# has_one_child PID: a zombie counts
has_one_child() {
	[[ $(ps -o pid= --ppid "$1" | wc -l) -eq 1 ]]
}

printed() {
	[[ $(wc -l <out) -ge $1 ]]
}

# A fifo "pipe", open as 7, in which nothing more has room.
make_full_pipe() {
	mkfifo pipe
	exec 7<>pipe
	dd if=/dev/zero of=pipe bs=4096 oflag=nonblock status=none 2>/dev/null || true
}

@test "sigwatch prints number, name, sender and user" {
	start USR1
	# The sender is this shell, whose kill is a builtin.
	builtin kill -USR1 "$spawned"
	wait_until printed 1
	builtin kill -TERM "$spawned"
	ended 0
	assert_equal "$(<out)" "Got signal 10 (USR1) from pid $BASHPID uid $EUID"
}

@test "sigwatch prints the value that a C program queued" {
	local pid
	start RTMIN+3 USR1
	pid=$(send_values 37 -7)
	wait_until printed 1
	send_values 10 12
	wait_until printed 2
	kill "$spawned"
	ended 0
	assert_equal "$(head -n 1 out)" "Got signal 37 (RTMIN+3) from pid $pid uid $EUID value -7"
	assert_equal "$(lines)" $'Got signal 37 (RTMIN+3) value -7\nGot signal 10 (USR1) value 12'
}

@test "sigwatch prints what killn sends" {
	start USR2 RTMIN RTMAX
	killn "$spawned" USR2
	wait_until printed 1
	killn -q 2147483647 "$spawned" RTMIN
	wait_until printed 2
	killn -q -2147483648 -s RTMAX -- "-$spawned"
	wait_until printed 3
	killn -q 0 "$spawned/$spawned" RTMIN
	wait_until printed 4
	killn "$spawned"
	ended 0
	assert_equal "$(lines)" 'Got signal 12 (USR2)
Got signal 34 (RTMIN) value 2147483647
Got signal 64 (RTMAX) value -2147483648
Got signal 34 (RTMIN) value 0'
}

@test "sigwatch -J prints one JSON object a line" {
	local pid
	start -J USR1 RTMIN+3
	pid=$(send_values 37 7)
	wait_until printed 1
	builtin kill -USR1 "$spawned"
	wait_until printed 2
	kill "$spawned"
	ended 0
	assert_equal "$(<out)" \
		'{"signal":37,"name":"RTMIN+3","code":"SI_QUEUE","pid":'"$pid"',"uid":'$EUID',"value":7}
{"signal":10,"name":"USR1","code":"SI_USER","pid":'$BASHPID',"uid":'$EUID'}'
}

@test "sigwatch -J shows that a signal was sent to a thread" {
	start -J USR1
	killn "$spawned/$spawned" USR1
	wait_until printed 1
	kill "$spawned"
	ended 0
	assert_equal "$(sed 's/"pid.*//' out)" '{"signal":10,"name":"USR1","code":"SI_TKILL",'
}

@test "sigwatch without operands watches all signals but KILL, STOP and CONT" {
	local mask signal
	start
	mask=$(sed -n 's/^SigBlk:\t//p' "/proc/$spawned/status")
	for signal in {1..64}; do
		case $signal in
		9 | 18 | 19) assert_equal "$signal $((16#$mask >> (signal - 1) & 1))" "$signal 0" ;;
		*) assert_equal "$signal $((16#$mask >> (signal - 1) & 1))" "$signal 1" ;;
		esac
	done
	for signal in INT QUIT HUP TSTP TTOU WINCH CHLD; do
		kill "-$signal" "$spawned"
	done
	kill "$spawned"
	ended 0
	for signal in INT QUIT HUP TSTP TTOU WINCH CHLD; do
		grep -q "($signal)" out
	done
	assert_equal "$(tail -n 1 out | sed 's/ from.*//')" 'Got signal 15 (TERM)'
}

@test "sigwatch prints a line for TERM only if it is watched, as the last" {
	start USR1
	kill "$spawned"
	ended 0
	assert_equal "$(<out)" ''
	start USR1 TERM
	kill -STOP "$spawned"
	kill -TERM "$spawned"
	kill -USR1 "$spawned"
	kill -CONT "$spawned"
	ended 0
	assert_equal "$(lines)" $'Got signal 10 (USR1)\nGot signal 15 (TERM)'
}

@test "sigwatch -u ends at another signal, TERM is then a signal like any other" {
	start -u USR2 USR1 TERM
	kill -TERM "$spawned"
	wait_until printed 1
	kill -USR2 "$spawned"
	ended 0
	assert_equal "$(lines)" 'Got signal 15 (TERM)'
}

@test "sigwatch -u leaves TERM its default action if TERM is not watched" {
	start -u USR2 USR1
	kill -TERM "$spawned"
	ended 143
}

@test "sigwatch -u of a real-time signal prints each of them, the last at the end" {
	start -u RTMIN RTMIN RTMIN+1
	kill -STOP "$spawned"
	send_values 34 1 3
	send_values 35 4 2
	kill -CONT "$spawned"
	ended 0
	assert_equal "$(lines)" 'Got signal 34 (RTMIN) value 1
Got signal 34 (RTMIN) value 2
Got signal 35 (RTMIN+1) value 4
Got signal 35 (RTMIN+1) value 5
Got signal 34 (RTMIN) value 3'
}

@test "sigwatch prints what was queued before TERM, which the kernel delivers first" {
	start RTMIN RTMAX
	kill -STOP "$spawned"
	send_values 64 0 100
	send_values 34 0 100
	kill -TERM "$spawned"
	kill -CONT "$spawned"
	ended 0
	assert_equal "$(lines)" "$(printf 'Got signal 34 (RTMIN) value %d\n' {0..99}
		printf 'Got signal 64 (RTMAX) value %d\n' {0..99})"
}

@test "sigwatch prints 1000 real-time signals with their values, in order" {
	start -c 1000 RTMIN+1
	send_values 35 0 1000
	ended 0
	assert_equal "$(lines)" "$(printf 'Got signal 35 (RTMIN+1) value %d\n' {0..999})"
}

@test "sigwatch: a standard signal that is pending keeps its first value" {
	start USR1
	kill -STOP "$spawned"
	send_values 10 1 3
	kill -CONT "$spawned"
	kill "$spawned"
	ended 0
	assert_equal "$(lines)" 'Got signal 10 (USR1) value 1'
}

@test "sigwatch: at the limit of queued signals kill's sender is not known" {
	limited() {
		ulimit -S -i 0
		become sigwatch "$@"
	}
	spawn limited --ready-fd 9 RTMIN >out
	wait_ready
	killn "$spawned" RTMIN
	wait_until printed 1
	kill "$spawned"
	ended 0
	assert_equal "$(<out)" 'Got signal 34 (RTMIN) from pid 0 uid 0'
}

@test "sigwatch -c N ends after N lines, the signals left over have no effect" {
	start -c 2 RTMIN USR1 INT
	kill -STOP "$spawned"
	send_values 34 0 5
	kill -USR1 "$spawned"
	kill -CONT "$spawned"
	ended 0
	assert_equal "$(lines)" $'Got signal 10 (USR1)\nGot signal 34 (RTMIN) value 0'
}

# blocking SCRIPT: run in a bash that had RTMIN blocked when it was started, with the applets as here
blocking() {
	local load=:
	[[ $IPCTOOL_FRONT != bash ]] ||
		load="enable -f '$IPCTOOL_BUILD/ipctool.so' killn sigwatch"
	env --block-signal=RTMIN bash -c "$load; $1"
}

@test "sigwatch -c leaves signals pending that the caller blocked and it did not read" {
	# Without a fork between them: pending signals belong to one process.
	requires builtin plain
	# shellcheck disable=SC2016
	run blocking 'killn -q 1 $$ RTMIN; killn -q 2 $$ RTMIN; sigwatch -c 1 RTMIN; sigwatch -c 1 RTMIN'
	assert_success
	assert_line --index 0 --regexp 'value 1$'
	assert_line --index 1 --regexp 'value 2$'
}

@test "sigwatch prints what is already pending, also with a time-out of 0" {
	requires plain
	# shellcheck disable=SC2016
	run blocking 'killn -q 1 $$ RTMIN; exec sigwatch -t 0 -c 1 RTMIN'
	assert_success
	assert_output --regexp 'value 1$'
}

@test "sigwatch -t exits with 124 when the time has passed" {
	run --separate-stderr within 10 sigwatch -t 0.05
	assert_failure 124
	assert_output ''
	assert_stderr 'sigwatch: timed out'
	run --separate-stderr within 10 sigwatch -t 0 USR1
	assert_failure 124
	start -t 0.5 -c 2 USR1 2>err
	kill -USR1 "$spawned"
	ended 124
	assert_equal "$(lines)" 'Got signal 10 (USR1)'
	assert_equal "$(<err)" 'sigwatch: timed out: 1 of 2 signals arrived'
}

@test "sigwatch ends in time, or at TERM, if signals arrive without end" {
	flood() {
		while kill -USR1 "$1"; do :; done
	}
	flooded() {
		# A shell goes on after its builtin, and would be ended by the next one.
		[[ $IPCTOOL_FRONT != bash ]] || trap '' USR1
		become sigwatch --ready-fd 9 "$@" USR1
	}
	spawn flooded -t 0.3 >out 2>err
	wait_ready
	flood "$spawned" 2>/dev/null 3>&- &
	flood=$!
	ended 124
	wait "$flood" || true
	spawn flooded >out
	wait_ready
	flood "$spawned" 2>/dev/null 3>&- &
	flood=$!
	wait_until printed 1
	kill "$spawned"
	ended 0
	wait "$flood" || true
}

@test "a signal that sigwatch does not watch ends it" {
	local signal
	for signal in HUP INT QUIT ALRM RTMIN; do
		start USR1
		killn "$spawned" "$signal"
		collect
		assert_equal "$signal $status" "$signal $((128 + $(killn -l "$signal")))"
	done
}

@test "sigwatch watches a signal that the caller ignores" {
	ignoring() {
		trap '' USR1 TERM
		become sigwatch "$@"
	}
	spawn ignoring --ready-fd 9 USR1 >out
	wait_ready
	kill -USR1 "$spawned"
	kill -TERM "$spawned"
	ended 0
	assert_equal "$(lines)" 'Got signal 10 (USR1)'
}

@test "sigwatch refuses KILL and STOP by name, and what is not a signal" {
	local text
	for text in KILL SIGKILL 9; do
		run --separate-stderr sigwatch USR1 "$text"
		assert_failure 1
		assert_output ''
		assert_stderr 'sigwatch: KILL: cannot be caught'
		run --separate-stderr sigwatch -u "$text"
		assert_failure 1
		assert_stderr 'sigwatch: KILL: cannot be caught'
	done
	run --separate-stderr sigwatch STOP
	assert_failure 1
	assert_stderr 'sigwatch: STOP: cannot be caught'
	for text in NOPE 0 ''; do
		run --separate-stderr sigwatch "$text"
		assert_failure 1
		assert_stderr "sigwatch: ${text:-''}: No such signal"
		run --separate-stderr sigwatch -u "$text"
		assert_failure 1
		assert_stderr "sigwatch: ${text:-''}: No such signal"
	done
}

@test "sigwatch refuses a wrong count, time or descriptor" {
	local words
	for words in '-c 0' '-c -1' '-c x' '-c 9223372036854775808' '-t x' '-t -1' '--ready-fd -1' \
		'--ready-fd x' '--ready-fd 2147483648'; do
		echo "$words"
		# shellcheck disable=SC2086
		run --separate-stderr sigwatch $words USR1
		assert_failure 2
		assert_output ''
		assert_equal "${#stderr_lines[@]}" 2
	done
}

@test "sigwatch --ready-fd must be open for writing" {
	run --separate-stderr sigwatch --ready-fd 77 USR1
	assert_failure 1
	assert_stderr 'sigwatch: --ready-fd 77: Bad file descriptor'
	# The lowest numbers are those that its own descriptors get.
	closed() { sigwatch --ready-fd 4 USR1 4>&-; }
	run --separate-stderr closed
	assert_failure 1
	assert_stderr 'sigwatch: --ready-fd 4: Bad file descriptor'
	read_only() { sigwatch --ready-fd 4 USR1 4</dev/null; }
	run --separate-stderr read_only
	assert_failure 1
	assert_stderr 'sigwatch: --ready-fd 4: Bad file descriptor'
	full() { sigwatch --ready-fd 4 USR1 4>/dev/full; }
	run --separate-stderr full
	assert_failure 1
	assert_stderr 'sigwatch: --ready-fd 4: No space left on device'
}

@test "sigwatch does not close the descriptor of --ready-fd" {
	start USR1
	[[ -e /proc/$spawned/fd/9 ]]
	kill "$spawned"
	ended 0
}

@test "sigwatch exits with 1 and the reason if its output is full or closed" {
	to_full() { become sigwatch "$@" >/dev/full; }
	spawn to_full --ready-fd 9 2>err
	wait_ready
	kill -USR1 "$spawned"
	ended 1
	assert_equal "$(<err)" 'sigwatch: standard output: No space left on device'
	to_nowhere() { become sigwatch "$@" >&-; }
	spawn to_nowhere --ready-fd 9 2>err
	wait_ready
	kill -USR1 "$spawned"
	ended 1
	assert_equal "$(<err)" 'sigwatch: standard output: Bad file descriptor'
}

@test "sigwatch exits silently with 141 when its reader has exited, also if it watches PIPE" {
	local signals
	for signals in USR1 ''; do
		mkfifo pipe
		exec 7<>pipe 8>pipe 7<&-
		# shellcheck disable=SC2086
		spawn sigwatch --ready-fd 9 $signals >&8 2>err
		wait_ready
		kill -USR1 "$spawned"
		ended 141
		assert_equal "$(<err)" ''
		exec 8>&-
		rm pipe
	done
}

@test "sigwatch exits with 1 if the output reaches RLIMIT_FSIZE" {
	small() {
		head -c 1024 /dev/zero >small
		ulimit -f 1
		become sigwatch "$@" >>small
	}
	spawn small --ready-fd 9 2>err
	wait_ready
	kill -USR1 "$spawned"
	ended 1
	assert_equal "$(<err)" 'sigwatch: standard output: File too large (RLIMIT_FSIZE is 1024 bytes)'
}

# bats test_tags=slow
@test "sigwatch whose output blocks ends at TERM, and counts what is not shown" {
	make_full_pipe
	spawn sigwatch --ready-fd 9 RTMIN >&7 2>err
	wait_ready
	send_values 34 0 3
	wait_until sleeping "$spawned"
	kill "$spawned"
	ended 1
	run cat err
	assert_output --regexp '^sigwatch: standard output: blocked by its reader; [123] signals? not shown$'
}

@test "sigwatch whose output blocks ends when the time has passed" {
	make_full_pipe
	spawn sigwatch -t 1 --ready-fd 9 RTMIN >&7 2>err
	wait_ready
	send_values 34 0
	ended 124
	assert_equal "$(<err)" 'sigwatch: standard output: blocked by its reader; 1 signal not shown'
}

@test "INT ends a sigwatch whose output blocks" {
	make_full_pipe
	spawn sigwatch --ready-fd 9 RTMIN >&7 2>err
	wait_ready
	send_values 34 0
	wait_until sleeping "$spawned"
	kill -INT "$spawned"
	ended 130
}

@test "sigwatch waits for a slow reader, also after TERM" {
	mkfifo pipe
	exec 7<>pipe
	spawn sigwatch --ready-fd 9 RTMIN >&7 7>&-
	wait_ready
	# More than a pipe holds.
	send_values 34 0 4000
	wait_until sleeping "$spawned"
	kill "$spawned"
	cat pipe >out 3>&- 7>&- &
	reader=$!
	exec 7>&-
	ended 0
	wait "$reader"
	assert_equal "$(lines)" "$(printf 'Got signal 34 (RTMIN) value %d\n' {0..3999})"
}

@test "sigwatch as a program prints how its child ended" {
	requires program
	# The process that has the child becomes sigwatch.
	run within 10 sh -c 'sh -c "read x <&9; exit 3" & exec sigwatch --ready-fd 9 -J -c 1 CHLD'
	assert_success
	assert_output --regexp '^\{"signal":17,"name":"CHLD","code":"CLD_EXITED","pid":[0-9]+,"uid":[0-9]+,"status":3\}$'
}

@test "sigwatch -J prints no status of a CHLD that was sent" {
	start -J -c 1 CHLD
	kill -CHLD "$spawned"
	ended 0
	assert_equal "$(sed 's/"pid.*//' out)" '{"signal":17,"name":"CHLD","code":"SI_USER",'
	refute grep status out
}

@test "sigwatch as a builtin prints how the shell's child ended, and the shell can wait for it" {
	requires builtin
	watch_child() {
		(
			read -r <&9
			exit 4
		) &
		sigwatch --ready-fd 9 -J -c 1 CHLD >out
		grep -o '"status":4' out
		wait $! || echo "waited $?"
		(exit 5) &
		wait $! || echo "waited $?"
	}
	run within 10 watch_child
	assert_success
	assert_output $'"status":4\nwaited 4\nwaited 5'
}

@test "sigwatch as a builtin: the shell reaps children that end afterwards" {
	requires builtin
	# A shell that did not hear of the first one would not run the trap.
	hear() {
		trap 'echo reaped >>reaped' CHLD
		(
			read -r <&9
			exit 4
		) &
		sigwatch --ready-fd 9 -c 1 CHLD >out
		:
		wait
	}
	run within 10 hear
	assert_success
	assert_equal "$(<reaped)" reaped
}

@test "sigwatch as a builtin leaves the mask, the dispositions and the descriptors as they were" {
	requires builtin
	look() {
		signals_of_shell
		printf '%s\n' /proc/"$BASHPID"/fd/*
	}
	leave_alone() {
		trap 'echo trapped' USR1
		look >before
		sigwatch -t 0 2>/dev/null || true
		sigwatch -t 0 -J USR1 2>/dev/null || true
		sigwatch KILL 2>/dev/null || true
		sigwatch -c 1 USR1 --nonesuch 2>/dev/null || true
		look >after
		diff before after
		kill -USR1 "$BASHPID"
	}
	run within 10 leave_alone
	assert_success
	assert_output trapped
}

# ---------------------------------------------------------------------- sigwatch -x

@test "sigwatch -x runs a command for each signal, with its details in the environment" {
	local pid
	start -x 'echo "$SIGNAL $SI_PID $SI_UID $SI_CODE <$SI_VALUE>"'
	pid=$(send_values 37 -7)
	wait_until printed 1
	builtin kill -USR1 "$spawned"
	wait_until printed 2
	builtin kill -TERM "$spawned"
	ended 0
	assert_equal "$(<out)" "RTMIN+3 $pid $EUID SI_QUEUE <-7>
USR1 $BASHPID $EUID SI_USER <>
TERM $BASHPID $EUID SI_USER <>"
}

@test "sigwatch -x skips no standard signal that arrives while a command runs, as a trap would" {
	mkfifo go
	exec 8<>go
	# The first command waits; then each signal that was sent and taken in the meantime has its own.
	start -x 'echo "$SIGNAL $SI_VALUE"; read x <&8'
	local i
	taken() { [[ $(sed -n 's/^ShdPnd:\t//p' "/proc/$spawned/status") == 0000000000000000 ]]; }
	for i in 1 2 3 4 5; do
		killn -q "$i" "$spawned" USR1
		wait_until taken
	done
	wait_until printed 1
	printf '\n\n\n\n\n' >&8
	wait_until printed 5
	kill -TERM "$spawned"
	echo >&8
	ended 0
	assert_equal "$(<out)" $'USR1 1\nUSR1 2\nUSR1 3\nUSR1 4\nUSR1 5\nTERM '
}

@test "sigwatch -x reports a signal that it has no memory to remember, and exits with status 1" {
	requires static plain command:prlimit
	mkfifo go
	exec 8<>go
	start -x 'echo "$SIGNAL"; read x <&8' 2>err
	taken() { [[ $(sed -n 's/^ShdPnd:\t//p' "/proc/$spawned/status") == 0000000000000000 ]]; }
	killn "$spawned" USR1
	wait_until printed 1
	local i bytes
	bytes=$(awk '/VmSize/ {print $2 * 1024}' "/proc/$spawned/status")
	prlimit --pid "$spawned" "--as=$bytes:unlimited"
	for i in {1..150}; do
		killn "$spawned" USR1
		wait_until taken
	done
	prlimit --pid "$spawned" --as=unlimited:unlimited
	kill -TERM "$spawned"
	yes '' | head -n 150 >&8
	ended 1
	assert_equal "$(<err)" 'sigwatch: USR1: no command runs for it: Cannot allocate memory'
	local ran
	ran=$(grep -c USR1 out)
	((ran > 16 && ran < 151)) || fail "$ran commands"
}

@test "sigwatch -x runs its commands one at a time, none skipped, also those before TERM" {
	start -x 'echo "begin $SI_VALUE"; echo "end $SI_VALUE"' RTMIN USR1
	kill -STOP "$spawned"
	send_values 34 0 20
	kill -USR1 "$spawned"
	kill -TERM "$spawned"
	kill -CONT "$spawned"
	ended 0
	assert_equal "$(<out)" "$(printf 'begin \nend \n'
		for i in {0..19}; do printf 'begin %d\nend %d\n' "$i" "$i"; done)"
}

@test "sigwatch -x -c N ends after N commands, -t when the time has passed" {
	start -c 2 -x 'echo "$SI_VALUE"' RTMIN
	kill -STOP "$spawned"
	send_values 34 0 5
	kill -CONT "$spawned"
	ended 0
	assert_equal "$(<out)" $'0\n1'
	run --separate-stderr within 10 sigwatch -t 0.05 -x 'echo run' USR1
	assert_failure 124
	assert_output ''
	assert_stderr 'sigwatch: timed out'
}

@test "sigwatch -x continues after a command that fails, and exits with the first one's status" {
	start -x 'echo "$SI_VALUE"; exit "$SI_VALUE"' RTMIN
	kill -STOP "$spawned"
	send_values 34 0 3
	kill -TERM "$spawned"
	kill -CONT "$spawned"
	ended 1
	assert_equal "$(<out)" $'0\n1\n2'
}

@test "sigwatch -x CHLD does not watch its own commands, but other children" {
	requires program
	mkfifo gate
	exec 8<>gate
	# The process that has the child becomes sigwatch.
	with_child() {
		sh -c 'read x; exit 3' <&8 &
		exec sigwatch --ready-fd 9 -c 2 -x 'echo "$SIGNAL $SI_CODE"' CHLD USR1
	}
	spawn with_child >out
	wait_ready
	kill -USR1 "$spawned"
	wait_until printed 1
	# the kernel keeps one CHLD for two children that end at once
	wait_until has_one_child "$spawned"
	echo >&8
	ended 0
	assert_equal "$(<out)" $'USR1 SI_USER\nCHLD CLD_EXITED'
}

@test "sigwatch -x: a signal that is not watched is forwarded to the command, then ends sigwatch" {
	start -x 'trap "echo ended; exit 9" INT; echo begun; while :; do sleep 0.01; done' USR1
	kill -USR1 "$spawned"
	wait_until grep -q begun out
	kill -INT "$spawned"
	ended 130
	assert_equal "$(<out)" $'begun\nended'
}

@test "sigwatch -x gives its commands the caller's mask and dispositions" {
	trap '' USR2
	local caller
	caller=$(grep 'Sig[BIC]' /proc/self/status)
	start -c 1 -x "grep 'Sig[BIC]' /proc/self/status"
	kill -USR1 "$spawned"
	ended 0
	assert_equal "$(<out)" "$caller"
}

@test "sigwatch -x exits with the shell's status if the command does not exist" {
	start -c 1 -x nosuch-command USR1 2>err
	kill -USR1 "$spawned"
	collect
	assert_regex "$status" '^12[67]$'
	run --separate-stderr sigwatch -x true -J
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "sigwatch: options '-x' and '-J' exclude each other"
}

@test "sigwatch -x as a builtin leaves the shell's children, signals and descriptors alone" {
	requires builtin
	look() {
		signals_of_shell
		printf '%s\n' /proc/"$BASHPID"/fd/*
	}
	in_a_shell() {
		trap 'echo trapped' USR2
		(exit 4) &
		child=$!
		look >before
		(
			read -r <&9
			kill -USR1 "$1"
		) &
		sigwatch --ready-fd 9 -c 1 -x 'trap : USR2; kill -USR2 $PPID; echo ran' USR1 >out
		echo "status $?"
		look >after
		diff before after
		wait "$child" || echo "waited $?"
		wait
	}
	call() { in_a_shell $BASHPID; }
	run within 10 call
	assert_success
	assert_output $'trapped\nstatus 0\nwaited 4'
	assert_equal "$(<out)" ran
}

# ---------------------------------------------------------------------- sigwatch --

# The pid of the command that the spawned sigwatch runs.
find_command() {
	has_child() { command=$(<"/proc/$spawned/task/$spawned/children") && [[ $command ]]; }
	wait_until has_child
	command=${command%% *}
}

@test "sigwatch -- runs a command, prints the signals and forwards them with their values" {
	spawn sigwatch USR1 RTMIN+3 -- "$(peer sig)" catch 3 37 10 12 >out
	find_command
	catching() { [[ $(sed -n 's/^SigCgt:\t//p' "/proc/$command/status") == *1000000a00 ]]; }
	wait_until catching
	killn -q 7 "$spawned" RTMIN+3
	# with its sender too, which the kernel does not fill in
	wait_until grep -q "signal 37 code -1 pid [0-9]* uid $EUID value 7\$" out
	kill -USR1 "$spawned"
	wait_until grep -q 'signal 10 code 0' out
	# not named, so it has no line
	kill -USR2 "$spawned"
	collect
	assert_equal "$status" 0
	assert_equal "$(grep '^Got' out | sed 's/ from pid [0-9]*//')" "Got signal 37 (RTMIN+3) uid $EUID value 7
Got signal 10 (USR1) uid $EUID"
	grep -q '^signal 12 ' out
}

@test "sigwatch -- forwards TERM to the command, and exits with its status" {
	run sigwatch -- sh -c 'exit 7'
	assert_failure 7
	assert_output ''
	spawn sigwatch --ready-fd 9 -- sleep 30 >out
	wait_ready
	kill -TERM "$spawned"
	ended 143
	assert_equal "$(lines)" 'Got signal 15 (TERM)'
	PATH=${PATH%%:*}:/usr/bin:/bin run --separate-stderr -127 sigwatch USR1 -- nosuch-command
	[[ $stderr == 'sigwatch: nosuch-command: '* ]] || fail "$stderr"
	run --separate-stderr sigwatch -- /etc
	assert_failure 126
}

@test "sigwatch -- forwards each of 1000 real-time signals, in order" {
	spawn sigwatch -- "$(peer sig)" catch 1000 35 >out
	find_command
	catching() { [[ $(sed -n 's/^SigCgt:\t//p' "/proc/$command/status") == 0000000400000000 ]]; }
	wait_until catching
	send_values 35 0 1000
	collect
	assert_equal "$status" 0
	assert_equal "$(grep '^signal' out | sed 's/.*value //')" "$(seq 0 999)"
	assert_equal "$(grep -c '^Got' out)" 1000
}

@test "sigwatch --map forwards another signal, or none" {
	spawn sigwatch --map INT:TERM,USR1:0 --map RTMIN:USR2 --ready-fd 9 -- \
		sh -c 'trap "echo TERM; exit 3" TERM; trap "echo USR2" USR2; echo up; while :; do sleep 0.01; done' >out
	wait_ready
	wait_until grep -q up out
	kill -USR1 "$spawned"
	killn -q 1 "$spawned" RTMIN
	wait_until grep -q '^USR2' out
	kill -INT "$spawned"
	ended 3
	assert_equal "$(grep -v '^Got' out)" $'up\nUSR2\nTERM'
	assert_equal "$(lines | grep '^Got')" 'Got signal 10 (USR1)
Got signal 34 (RTMIN) value 1
Got signal 2 (INT)'
}

@test "sigwatch --map refuses what is not a pair of signals" {
	local text
	for text in INT INT,TERM '' 'INT:TERM,' 'INTINTINTINTINTINTINTINTINTINTINTINT:TERM'; do
		run --separate-stderr sigwatch --map "$text" -- touch made
		assert_failure 125
		assert_output ''
		assert_regex "${stderr_lines[0]}" "^sigwatch: option '--map': '.*' is not FROM:TO$"
	done
	run --separate-stderr sigwatch --map INT:NOPE -- touch made
	assert_failure 125
	assert_stderr 'sigwatch: NOPE: No such signal'
	run --separate-stderr sigwatch --map KILL:TERM -- touch made
	assert_failure 125
	assert_stderr 'sigwatch: KILL: cannot be caught'
	run --separate-stderr sigwatch --map INT:TERM USR1
	assert_failure 2
	assert_equal "${stderr_lines[0]}" 'sigwatch: --map requires COMMAND'
	[[ ! -e made ]] || fail 'it was started'
}

@test "sigwatch -- refuses options that exclude a command" {
	local words
	for words in '-c 1' '-t 1' '-u INT' '-x true'; do
		# shellcheck disable=SC2086
		run --separate-stderr sigwatch $words -- touch made
		assert_failure 125
		assert_equal "${#stderr_lines[@]}" 2
		assert_regex "${stderr_lines[0]}" '^sigwatch: --(count|timeout|until|execute) and COMMAND exclude each other$'
	done
	run --separate-stderr sigwatch USR1 --
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "sigwatch: missing COMMAND"
	run --separate-stderr sigwatch NOPE -- touch made
	assert_failure 125
	assert_stderr 'sigwatch: NOPE: No such signal'
	[[ ! -e made ]] || fail 'it was started'
}

@test "sigwatch -- gives the command the caller's mask, dispositions and environment" {
	trap '' USR2
	local caller
	caller=$(grep 'Sig[BIC]' /proc/self/status)
	SOMETHING=seen run sigwatch -- sh -c 'echo "$SOMETHING"; exec grep "Sig[BIC]" /proc/self/status'
	assert_success
	assert_output $'seen\n'"$caller"
}

# bats test_tags=slow
@test "sigwatch -- forwards signals while its output blocks, and counts what is not shown" {
	make_full_pipe
	# shellcheck disable=SC2016
	spawn sigwatch --ready-fd 9 -- sh -c 'exec "$0" catch 2 10 >caught' "$(peer sig)" >&7 2>err
	wait_ready
	find_command
	catching() { [[ $(sed -n 's/^SigCgt:\t//p' "/proc/$command/status") == 0000000000000200 ]]; }
	wait_until catching
	taken() { [[ $(sed -n 's/^ShdPnd:\t//p' "/proc/$spawned/status") == 0000000000000000 ]]; }
	kill -USR1 "$spawned"
	wait_until taken
	wait_until grep -qs 'signal 10' caught
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(<err)" 'sigwatch: standard output: blocked by its reader; 2 signals not shown'
}

@test "sigwatch -- whose output fails waits for the command, and exits with 125" {
	to_full() { become sigwatch --ready-fd 9 -- sh -c 'trap "exit 0" USR1; echo >&9; while :; do sleep 0.01; done' >/dev/full; }
	spawn to_full 2>err
	wait_ready
	wait_ready
	kill -USR1 "$spawned"
	ended 125
	assert_equal "$(<err)" 'sigwatch: standard output: No space left on device'
}

@test "sigwatch -- stops and continues with its command" {
	spawn sigwatch --ready-fd 9 -- sleep 30 >out
	wait_ready
	find_command
	kill -TSTP "$spawned"
	wait_until stopped "$command"
	wait_until stopped "$spawned"
	kill -CONT "$spawned"
	running() { ! stopped "$1"; }
	wait_until running "$command"
	kill -TERM "$spawned"
	ended 143
}

# as_first COMMAND: as process 1 of a process namespace
as_first() {
	local options=(--pid --fork --kill-child --mount-proc)
	[[ $EUID -eq 0 ]] || options+=(--user --map-current-user)
	unshare "${options[@]}" -- "$IPCTOOL_BUILD/bin/sigwatch" "$@"
}

@test "sigwatch -- as init of a namespace reaps orphans, and exits with the command's status" {
	requires program mounts
	# shellcheck disable=SC2016
	run within 20 as_first -- bash -c 'echo "$$ $PPID"
		for i in {1..20}; do (sh -c "exit 3" & exec true); done
		# one that outlives its parent
		mkfifo go
		(sh -c "read -r _ <go" & exec true)
		# but the helper of sigwatch itself
		orphans() { grep -Ls "^Name:.stop-forwarder" $(grep -ls "^PPid:.1$" /proc/[0-9]*/status) | wc -l; }
		for ((i = 0; i < 500; i++)); do
			[[ ! $told || $(orphans) -gt 1 ]] || { echo "none left"; exit 5; }
			[[ $told || $(orphans) -gt 2 ]] || { echo >go; told=1; }
			sleep 0.01
		done
		grep -h "^State" /proc/[0-9]*/status'
	assert_failure 5
	assert_output $'2 1\nnone left'
}

@test "sigwatch -- as init of a namespace forwards TERM, which an init without a handler ignores" {
	requires program mounts
	# shellcheck disable=SC2016
	run within 20 as_first -- sh -c 'trap "echo TERM; exit 4" TERM; kill -TERM 1
		while :; do sleep 0.01; done'
	assert_line 'TERM'
	assert_line --regexp '^Got signal 15 \(TERM\) from pid 2 '
	assert_failure 4
}

@test "sigwatch -- as a builtin leaves the shell's children, signals and descriptors alone" {
	requires builtin
	look() {
		signals_of_shell
		printf '%s\n' /proc/"$BASHPID"/fd/*
	}
	in_a_shell() {
		trap 'echo trapped' USR1
		trap 'echo TERM' TERM
		(exit 4) &
		look >before
		# shellcheck disable=SC2016
		sigwatch USR2 TERM -- sh -c 'trap a=1 USR1; trap b=1 USR2; trap c=1 TERM
			kill -USR1 $PPID; kill -USR2 $PPID; kill $PPID
			until [ "$a$b$c" = 111 ]; do sleep 0.01; done; exit 3' >out
		echo "status $?"
		look >after
		diff before after
		wait $! || echo "waited $?"
	}
	run within 10 in_a_shell
	assert_success
	# what was not watched the shell hears of too
	assert_output $'trapped\nstatus 3\nwaited 4'
	assert_equal "$(lines)" $'Got signal 12 (USR2)\nGot signal 15 (TERM)'
}
