#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mqwait

load helper
load queues

@test "mqwait prints the name of a queue that has a message, and receives none" {
	queue
	mqsend "$q" text
	run mqwait "$q"
	assert_success
	assert_output "/$q"
	run mqwait "$q"
	assert_output "/$q"
	run mqrecv -n "$q"
	assert_output text
}

@test "mqwait waits until a message arrives" {
	queue
	spawn mqwait "$q" >out
	wait_until sleeping "$spawned"
	assert_equal "$(<out)" ''
	"$(peer mq)" send "/$q" 0 text
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" "/$q"
}

@test "mqwait notices an empty message" {
	queue
	mqsend "$q" ''
	run mqwait -n "$q"
	assert_success
}

@test "mqwait waits for several queues, and prefers the first of its operands" {
	local a b c
	queue a
	a=$q
	queue b
	b=$q
	queue c
	c=$q
	spawn mqwait "$a" "$b" "$c" >out
	wait_until sleeping "$spawned"
	mqsend "$b" text
	collect
	assert_equal "$(<out)" "/$b"
	mqsend "$c" text
	run mqwait "$a" "$c" "$b"
	assert_output "/$c"
	run mqwait "$a" "$b" "$c"
	assert_output "/$b"
	run mqwait "$b" "$b"
	assert_output "/$b"
}

@test "any number of mqwait processes see one message" {
	local i pids=()
	queue
	for i in {1..8}; do
		spawn mqwait "$q" >"out.$i"
		pids+=("$spawned")
	done
	for i in "${pids[@]}"; do
		wait_until sleeping "$i"
	done
	mqsend "$q" text
	for i in "${pids[@]}"; do
		collect "$i"
		assert_equal "$status" 0
	done
	assert_equal "$(sort -u out.*)" "/$q"
}

@test "mqwait does not affect a registered notification" {
	queue
	spawn "$(peer mq)" notify "/$q" >notified
	local notified=$spawned
	wait_until grep -q registered notified
	spawn mqwait "$q" >out
	wait_until sleeping "$spawned"
	mqsend "$q" text
	collect "$spawned"
	assert_equal "$status" 0
	collect "$notified"
	assert_equal "$status" 0
}

@test "mqwait --nonblock exits with status 3 if there is no message" {
	queue a
	run --separate-stderr mqwait -n "$q"
	assert_failure 3
	assert_output ''
	assert_stderr "mqwait: /$q: the queue is empty"
	local a=$q
	queue b
	run --separate-stderr mqwait -n "$a" "$q"
	assert_failure 3
	assert_stderr 'mqwait: none of the 2 queues has a message'
}

@test "mqwait waits no longer than --timeout" {
	queue a
	run --separate-stderr within 5 mqwait -t 50ms "$q"
	assert_failure 124
	assert_stderr "mqwait: /$q: timed out: the queue is still empty"
	run --separate-stderr within 5 mqwait -t 50ms "$q" "$q"
	assert_failure 124
	assert_stderr 'mqwait: timed out: none of the 2 queues has a message'
	mqsend "$q" text
	run mqwait -t 0 "$q"
	assert_success
}

@test "TERM, INT and HUP terminate mqwait" {
	local signal
	queue
	for signal in TERM INT HUP; do
		spawn mqwait "$q"
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
	done
}

@test "mqwait does not wait if a queue does not exist or a name is invalid" {
	queue
	run --separate-stderr within 5 mqwait "$q" "$(name none)"
	assert_failure 4
	assert_stderr "mqwait: /$(name none): no such queue (mqcreate makes one)"
	run --separate-stderr within 5 mqwait "$(name none)" a/b
	assert_failure 2
	run --separate-stderr mqwait
	assert_failure 2
	run --separate-stderr mqwait -n -t 1 "$q"
	assert_failure 2
}

@test "mqwait fails if its output is closed or full, and the message stays" {
	queue
	mqsend "$q" text
	wait_full() { mqwait "$q" >/dev/full; }
	run --separate-stderr wait_full
	assert_failure 1
	assert_stderr 'mqwait: standard output: No space left on device'
	wait_closed() { mqwait "$q" >&-; }
	run --separate-stderr wait_closed
	assert_failure 1
	assert_stderr 'mqwait: standard output: Bad file descriptor'
	run mqrecv -n "$q"
	assert_output text
}

@test "mqwait and mqrecv form a loop over two queues, the first one preferred" {
	local a
	queue a
	a=$q
	queue b
	mqsend "$q" later
	mqsend "$a" first
	serve() {
		local ready
		while ready=$(mqwait -n "$a" "$q"); do
			mqrecv "$ready"
		done
	}
	run --separate-stderr serve
	assert_output $'first\nlater'
}

@test "mqwait prints a name as it is, but not to a terminal" {
	requires terminal program
	queue $'q\xc2\x9b\\'
	mqsend "$q" text
	assert_equal "$(mqwait "$q")" "/$q"
	printf '%s' "$q" >name
	# shellcheck disable=SC2016
	script -qec 'mqwait "$(cat name)"' /dev/null </dev/null >out
	assert_equal "$(tr -d '\r' <out)" "/$(name q)\\xc2\\x9b\\\\"
}
