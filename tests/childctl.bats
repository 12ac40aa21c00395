#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# childctl: count and print the signals that arrive, until one has arrived three times.

load helper

# start FILE ARGUMENT...: its count has begun
start() {
	local file=$1
	shift
	spawn childctl "$@" >"$file"
	wait_until grep -q ': 0$' "$file"
}

caught() {
	local found
	found=$(grep -o 'Caught' out | wc -l)
	((found >= $1))
}

# send_one SIGNAL: and wait until it is printed, so that the next is not the same one
send_one() {
	sent=$((${sent:-0} + 1))
	killn "$spawned" "$1"
	wait_until caught "$sent"
}

@test "childctl exits with 0 at the third signal, and completes the line" {
	start out 1h QUIT
	send_one QUIT
	send_one QUIT
	send_one QUIT
	collect
	assert_equal "$status" 0
	printf '%s: 0\n[Caught: Quit][Caught: Quit][Caught: Quit]\n' "$spawned" >expected
	cmp out expected
}

@test "childctl continues to count, and catches the other signals" {
	start out 0.02 INT USR1 RTMIN+3
	send_one INT
	send_one USR1
	send_one USR1
	send_one RTMIN+3
	send_one USR1
	wait_until grep -q ': 5$' out
	send_one INT
	kill -INT "$spawned"
	collect
	assert_equal "$status" 0
	assert_equal "$(tr -d '\n' <out | grep -o '\[[^]]*\]')" '[Caught: Interrupt]
[Caught: User defined signal 1]
[Caught: User defined signal 1]
[Caught: Real-time signal 3]
[Caught: User defined signal 1]
[Caught: Interrupt]
[Caught: Interrupt]'
	assert_equal "$(sed 's/\[[^]]*\]//g' out | head -n 6)" "$(printf "$spawned: %d\n" {0..5})"
}

@test "childctl accepts SIGQ again among the SIGNALs" {
	start out 1h QUIT QUIT SIGQUIT
	send_one QUIT
	send_one QUIT
	kill -QUIT "$spawned"
	collect
	assert_equal "$status" 0
}

@test "childctl exits at the third of many queued real-time signals" {
	start out 1h RTMIN+1
	kill -STOP "$spawned"
	"$(peer sig)" send "$spawned" 35 0 20
	kill -CONT "$spawned"
	collect
	assert_equal "$status" 0
	assert_equal "$(grep -o 'Caught' out | wc -l)" 3
}

@test "childctl counts a standard signal once if it is sent while pending" {
	start out 1h QUIT USR1
	kill -STOP "$spawned"
	kill -QUIT "$spawned"
	kill -QUIT "$spawned"
	kill -QUIT "$spawned"
	kill -CONT "$spawned"
	wait_until caught 1
	sent=1
	send_one USR1
	send_one QUIT
	send_one QUIT
	collect
	assert_equal "$status" 0
	assert_equal "$(grep -o 'Caught: Quit' out | wc -l)" 3
}

@test "a signal that childctl does not catch ends it" {
	local signal
	for signal in HUP INT TERM USR1 RTMIN; do
		start out 1h QUIT
		killn "$spawned" "$signal"
		collect
		assert_equal "$signal $status" "$signal $((128 + $(killn -l "$signal")))"
	done
}

@test "childctl refuses KILL, STOP and what is not a signal, in both places" {
	local text
	for text in KILL 9 SIGKILL; do
		run --separate-stderr childctl 1 "$text"
		assert_failure 1
		assert_output ''
		assert_stderr 'childctl: KILL: cannot be caught'
		run --separate-stderr childctl 1 QUIT INT "$text"
		assert_failure 1
		assert_output ''
		assert_stderr 'childctl: KILL: cannot be caught'
	done
	for text in NOPE 0 65 ''; do
		run --separate-stderr childctl 1 "$text"
		assert_failure 1
		assert_output ''
		assert_stderr "childctl: ${text:-''}: No such signal"
	done
}

@test "childctl refuses a wrong or zero SECONDS and a missing SIGQ" {
	local text
	for text in x '' 1x 0x1; do
		run --separate-stderr childctl -- "$text" QUIT
		assert_failure 2
		assert_output ''
		assert_equal "${stderr_lines[0]}" "childctl: '$text' is not a duration"
	done
	run --separate-stderr childctl 0 QUIT
	assert_failure 2
	assert_equal "${stderr_lines[0]}" 'childctl: SECONDS must be greater than 0'
	run --separate-stderr childctl
	assert_failure 2
	assert_equal "${stderr_lines[0]}" 'childctl: missing operand SECONDS'
	run --separate-stderr childctl 1
	assert_failure 2
	assert_output ''
	assert_equal "${stderr_lines[0]}" "childctl: missing operand SIGQ after '1'"
}

@test "childctl exits with 1 if the output is full, with 141 if its reader has exited" {
	to_full() { childctl 1h QUIT >/dev/full; }
	run --separate-stderr within 10 to_full
	assert_failure 1
	assert_stderr 'childctl: standard output: No space left on device'
	mkfifo pipe
	to_pipe() { become childctl 0.01 QUIT >pipe; }
	spawn to_pipe
	head -n 2 pipe >out
	collect
	assert_equal "$status" 141
}

@test "childctl as a builtin leaves the shell as it was, and drops signals after the third" {
	requires builtin
	look() {
		signals_of_shell
		printf '%s\n' /proc/$BASHPID/fd/*
	}
	in_a_shell() {
		# What comes after the end would end the shell.
		trap '' RTMIN+1
		look >before
		(
			wait_until grep -qs ': 0$' out
			"$(peer sig)" send "$1" 35 0 9
		) >/dev/null &
		childctl 1h RTMIN+1 >out
		echo "status $?"
		wait
		look >after
		diff before after
	}
	call() { in_a_shell $BASHPID; }
	run within 10 call
	assert_output 'status 0'
	assert_success
}

@test "childctl looks at signals also while its count is behind" {
	spawn childctl 1ns USR1 >/dev/null
	wait_until grep -q '^SigBlk:.*[2367abef]..$' "/proc/$spawned/status"
	wait_until eval 'kill -USR1 "$spawned"; gone "$spawned"'
	collect
	assert_equal "$status" 0
}
