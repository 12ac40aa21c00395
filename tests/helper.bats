#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The helpers themselves.

load helper

@test "name gives the same word the same name, and other words others" {
	assert_equal "$(name a)" "$(name a)"
	assert_not_equal "$(name a)" "$(name b)"
}

@test "key gives the same word the same key, and other words others" {
	assert_equal "$(key a)" "$(key a)"
	assert_not_equal "$(key a)" "$(key b)"
}

@test "a System V object that a test leaves behind is named and removed" {
	"$(peer leave_set)" "$(key left)"
	BATS_TEST_COMPLETED=1 run basic_teardown
	assert_failure 1
	assert_output --regexp '^left behind: System V sem id [0-9]+$'
	run remove_keys
	assert_output ''
}

@test "an object that a test leaves behind is named and removed" {
	: >"/dev/shm/$(name left)"
	BATS_TEST_COMPLETED=1 run basic_teardown
	assert_failure 1
	assert_output "left behind: /dev/shm/$(name left)"
	assert [ ! -e "/dev/shm/$(name left)" ]
}

@test "a queue is found without a view of the queues" {
	local view=$IPCTOOL_MQUEUE
	requires namespaces
	IPCTOOL_MQUEUE=
	: >"$view/$(name q)"
	BATS_TEST_COMPLETED=1 run basic_teardown
	assert_failure 1
	assert_output "left behind: queue /$(name q)"
}

@test "later runs the last command first, with its arguments whole" {
	later echo first 'a  b'
	later echo second
	run basic_teardown
	assert_output $'second\nfirst a  b'
	later_commands=()
}

@test "spawn runs a program, and collect waits for its status" {
	spawn sh -c 'exit 3'
	collect
	assert_equal "$status" 3
}

@test "collect waits for the end of a process that was stopped and continued" {
	spawn sh -c 'trap "sleep 0.5; exit 3" TERM; echo >ready; while :; do sleep 0.05; done'
	wait_until test -s ready
	kill -STOP "$spawned"
	wait_until grep -q ') T ' "/proc/$spawned/stat"
	# a wait under job control tells bash which jobs were stopped
	set -m
	sleep 0.1
	set +m
	kill -CONT "$spawned"
	kill "$spawned"
	collect
	assert_equal "$status" 3
}

@test "spawn runs a function, its output redirected" {
	greet() { echo hello; }
	spawn greet >out
	collect
	assert_equal "$(<out)" hello
}

@test "a spawned command reads the input it is given, and can be interrupted" {
	spawn cat >out <<<text
	collect
	assert_equal "$(<out)" text
	spawn sleep 30
	kill -INT "$spawned"
	collect
	assert_equal "$status" 130
}

@test "what is spawned ends with the test" {
	spawn sh -c 'sleep 30 & sleep 30'
	basic_teardown
	assert gone "$spawned"
}

@test "within returns the status of a command that ends in time" {
	run within 5 sh -c 'cat; exit 4' <<<text
	assert_failure 4
	assert_output text
}

@test "within kills a command that does not" {
	run within 0.1 sleep 30
	assert_failure 98
	assert_line "still ran after 0.1 s: sleep 30"
	wait_forever() { while :; do :; done; }
	run within 0.1 wait_forever
	assert_failure 98
}

@test "wait_until waits until it is so" {
	spawn sh -c 'sleep 0.1; echo >there'
	wait_until test -e there
}

@test "sleeping distinguishes a blocked process from a busy one" {
	busy() { while :; do :; done; }
	spawn sleep 30
	wait_until sleeping "$spawned"
	spawn busy
	refute sleeping "$spawned"
	refute sleeping 999999999
}

@test "requires skips, and refuses a word it does not know" {
	skip() { echo "skipped: $*"; }
	run requires root nobody
	assert_output --partial skipped
	run requires roto
	assert_failure
	assert_output --partial "what is 'roto'"
}

@test "peer knows the programs on the other end" {
	assert [ -x "$(peer unlink_queue)" ]
	run peer nonesuch
	assert_failure
}

@test "standard error can be captured separately" {
	run --separate-stderr sh -c 'echo out; echo err >&2'
	assert_output out
	assert_stderr err
	assert_stderr --partial r
}
