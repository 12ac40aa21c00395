#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# catchsig: count the seconds and print the signals that arrive.

load helper

# start FILE ARGUMENT...: its count has begun
start() {
	local file=$1
	shift
	spawn catchsig "$@" >"$file"
	wait_until grep -q ': 0$' "$file"
}

caught() {
	local found
	found=$(grep -o 'Caught' out | wc -l)
	((found >= $1))
}

@test "catchsig prints its PID and 0 immediately" {
	start out 1h
	assert_equal "$(<out)" "$spawned: 0"
	kill "$spawned"
}

@test "catchsig counts the periods" {
	start out 0.01
	wait_until grep -q ': 5$' out
	kill "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(head -n 6 out)" "$(printf "$spawned: %d\n" {0..5})"
}

@test "catchsig prints a caught signal immediately and without a newline" {
	start out 1h INT USR1 RTMIN+3
	kill -INT "$spawned"
	wait_until grep -q Interrupt out
	kill -USR1 "$spawned"
	wait_until grep -q User out
	killn "$spawned" RTMIN+3
	wait_until grep -q Real out
	kill "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(<out)" "$spawned: 0
[Caught: Interrupt][Caught: User defined signal 1][Caught: Real-time signal 3]"
}

@test "catchsig continues to count after a signal" {
	start out 0.05 INT
	kill -INT "$spawned"
	wait_until grep -q 'Interrupt\].*: ' out
	wait_until grep -q ': 6$' out
	kill "$spawned"
	assert_equal "$(sed 's/\[Caught: Interrupt\]//' out | head -n 7)" "$(printf "$spawned: %d\n" {0..6})"
}

@test "signals do not make catchsig count faster" {
	local i
	start out 1h USR1
	for ((i = 1; i <= 50; i++)); do
		kill -USR1 "$spawned"
		wait_until caught "$i"
	done
	assert_equal "$(grep -o "$spawned: [0-9]*" out)" "$spawned: 0"
	kill "$spawned"
}

@test "signals do not keep catchsig from counting" {
	flood() {
		while kill -USR1 "$1"; do :; done
	}
	start out 0.1 USR1
	flood "$spawned" 2>/dev/null 3>&- &
	wait_until grep -q ': 5$' out
	kill "$spawned"
	wait $! || true
}

@test "catchsig prints every arrival of one real-time signal" {
	start out 1h RTMIN+1
	kill -STOP "$spawned"
	"$(peer sig)" send "$spawned" 35 0 20
	kill -CONT "$spawned"
	wait_until caught 20
	kill "$spawned"
	collect
	assert_equal "$(grep -o 'Caught: Real-time signal 1' out | wc -l)" 20
}

@test "catchsig catches a signal that the caller ignores" {
	ignoring() {
		trap '' INT
		become catchsig 1h INT
	}
	spawn ignoring >out
	wait_until grep -q ': 0$' out
	kill -INT "$spawned"
	wait_until caught 1
	kill "$spawned"
}

@test "a signal that catchsig does not catch ends it" {
	local signal
	for signal in HUP INT QUIT TERM USR1 ALRM RTMIN; do
		start out 1h USR2
		killn "$spawned" "$signal"
		collect
		assert_equal "$signal $status" "$signal $((128 + $(killn -l "$signal")))"
	done
}

@test "catchsig can be stopped and continued" {
	start out 0.02 USR1
	kill -STOP "$spawned"
	kill -USR1 "$spawned"
	kill -CONT "$spawned"
	wait_until caught 1
	wait_until grep -q ': 5$' out
	kill "$spawned"
}

@test "catchsig refuses KILL and STOP by name, and what is not a signal" {
	local text
	for text in KILL SIGKILL kill 9; do
		run --separate-stderr catchsig 1 INT "$text"
		assert_failure 1
		assert_output ''
		assert_stderr 'catchsig: KILL: cannot be caught'
	done
	run --separate-stderr catchsig 1 STOP
	assert_failure 1
	assert_stderr 'catchsig: STOP: cannot be caught'
	for text in NOPE 0 65 ''; do
		run --separate-stderr catchsig 1 "$text"
		assert_failure 1
		assert_output ''
		assert_stderr "catchsig: ${text:-''}: No such signal"
	done
}

@test "catchsig refuses a wrong or zero SECONDS" {
	local text
	for text in x '' 1x -- 0x1 1e3 1ss .; do
		run --separate-stderr catchsig -- "$text"
		assert_failure 2
		assert_output ''
		assert_equal "${stderr_lines[0]}" "catchsig: '$text' is not a duration"
	done
	for text in 0 0s 0.0 0ms; do
		run --separate-stderr catchsig "$text"
		assert_failure 2
		assert_equal "${stderr_lines[0]}" 'catchsig: SECONDS must be greater than 0'
	done
	run --separate-stderr catchsig 99999999999999
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "catchsig: '99999999999999' is more than 292 years"
	run --separate-stderr catchsig -- -1
	assert_failure 2
}

@test "catchsig accepts a period of a century" {
	start out 36500d INT
	kill -INT "$spawned"
	wait_until caught 1
	kill "$spawned"
}

@test "catchsig exits with 1 if the output is full, with 141 if its reader has exited" {
	to_full() { catchsig 1h >/dev/full; }
	run --separate-stderr within 10 to_full
	assert_failure 1
	assert_stderr 'catchsig: standard output: No space left on device'
	mkfifo pipe
	to_pipe() { become catchsig 0.01 INT >pipe; }
	spawn to_pipe
	head -n 2 pipe >out
	collect
	assert_equal "$status" 141
}

@test "a signal ends a catchsig whose output blocks" {
	mkfifo pipe
	exec 7<>pipe
	dd if=/dev/zero of=pipe bs=4096 oflag=nonblock status=none 2>/dev/null || true
	spawn catchsig 1h INT >&7
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
}

@test "catchsig as a builtin leaves the shell as it was" {
	requires builtin
	look() {
		signals_of_shell
		printf '%s\n' /proc/$BASHPID/fd/*
	}
	in_a_shell() {
		trap 'echo trapped' HUP
		look >before
		(
			wait_until grep -q ': 0$' caught
			kill -USR1 "$1"
			wait_until grep -q User caught
			kill -HUP "$1"
		) &
		catchsig 1h USR1 USR2 >caught && return 1
		echo "status $?"
		wait
		look >after
		diff before after
	}
	call() { in_a_shell $BASHPID; }
	run within 10 call
	assert_output $'trapped\nstatus 129'
	assert_success
}

@test "catchsig prints signals and ends by TERM also while its count is behind" {
	mkfifo pipe
	grep -am1 -o '\[Caught: User defined signal 1\]' pipe >got 3>&- &
	spawn catchsig 1ns USR1 >pipe
	wait_until grep -q '^SigBlk:.*[2367abef]..$' "/proc/$spawned/status"
	wait_until eval 'kill -USR1 "$spawned"; gone "$spawned"'
	collect
	assert_equal "$(<got)" '[Caught: User defined signal 1]'
	assert_equal "$status" 141
	spawn catchsig 1ns USR1 >/dev/null
	wait_until grep -q '^SigBlk:.*[2367abef]..$' "/proc/$spawned/status"
	kill "$spawned"
	collect
	assert_equal "$status" 143
}
