#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mqstat

load helper
load queues

@test "mqstat shows a queue under a heading" {
	queue_name
	mqcreate -d 3 -s 64 -m 640 "$q"
	mqsend "$q" 12345
	run mqstat "$q"
	assert_success
	assert_line -n 0 --regexp '^QUEUE +MODE OWNER +DEPTH +SIZE MESSAGES +BYTES NOTIFY$'
	assert_line -n 1 --regexp "^/$q +0640 $(id -un) +3 +64 +1 +5 +-$"
}

@test "mqstat shows the same figures under the same names in JSON" {
	queue_name
	mqcreate -d 3 -s 64 "$q"
	mqsend "$q" 12345
	run mqstat -J "$q"
	assert_output "{\"queue\":\"/$q\",\"mode\":\"0600\",\"owner\":\"$(id -un)\",\"depth\":3,\"size\":64,\"messages\":1,\"bytes\":5,\"notify\":null}"
}

@test "mqstat shows the process that is registered for notification" {
	queue_name
	mqcreate "$q"
	spawn "$(peer mq)" notify "/$q" >out
	wait_until grep -q registered out
	run mqstat -J "$q"
	assert_output --partial "\"notify\":$spawned}"
	mqsend "$q" x
	collect
	assert_equal "$(<out)" "registered"$'\n'"notified by $(id -u)"
	run mqstat -J "$q"
	assert_output --partial '"notify":null}'
}

@test "mqstat prints no heading if there is nothing to show" {
	run --separate-stderr mqstat "$(name none)"
	assert_failure 4
	assert_output ''
	assert_stderr "mqstat: /$(name none): no such queue (mqcreate makes one)"
}

@test "mqstat continues after a failure, with one heading" {
	queue_name
	mqcreate "$q"
	run --separate-stderr mqstat "$(name none)" "$q" "$q"
	assert_failure 4
	assert_equal "${#lines[@]}" 3
	assert_line -n 0 --partial QUEUE
	refute_line -n 1 --partial QUEUE
}

@test "mqstat leaves out what cannot be read from a write-only queue" {
	requires nobody
	queue_name
	mqcreate -m 200 "$q"
	mqsend "$q" abc
	run mqstat -J "$q"
	assert_success
	assert_output --partial '"messages":1,"bytes":null,"notify":null}'
	run mqstat "$q"
	assert_output --regexp '1 +- +-$'
}

@test "mqstat fails if its output is closed or full" {
	queue_name
	mqcreate "$q"
	stat_full() { mqstat "$q" >/dev/full; }
	run --separate-stderr stat_full
	assert_failure 1
	assert_stderr 'mqstat: standard output: No space left on device'
	stat_closed() { mqstat "$q" >&-; }
	run --separate-stderr stat_closed
	assert_failure 1
	assert_stderr 'mqstat: standard output: Bad file descriptor'
}

@test "mqstat without an operand shows all queues that the user may open" {
	local q k
	q=/$(name q)
	k=$(key k)
	mqcreate "$q" "key:$k"
	mqsend "$q" one
	run --separate-stderr mqstat
	assert_success
	assert_line --regexp "^key:$k .* 0 "
	[[ $(id -u) != 0 && ! -e /dev/mqueue/${q#/} ]] || assert_line --regexp "^$q .* 1 "
	assert_equal "$(mqstat -J "key:$k")" "$(mqstat -J 2>/dev/null | grep -F "key:$k")"
	mqunlink "$q" "key:$k"
}
