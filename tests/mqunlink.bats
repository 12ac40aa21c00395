#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mqunlink

load helper
load queues

@test "mqunlink removes queues, and continues after one that does not exist" {
	mqcreate "$(name a)" "$(name b)"
	run --separate-stderr mqunlink "$(name a)" "$(name none)" "$(name b)"
	assert_failure 4
	assert_stderr "mqunlink: /$(name none): no such queue"
	run mqstat "$(name b)"
	assert_failure 4
}

@test "mqunlink --force succeeds if the queue does not exist" {
	run mqunlink -f "$(name none)"
	assert_success
	assert_output ''
}

@test "mqunlink --verbose reports what it removed" {
	mqcreate "$(name a)"
	run --separate-stderr mqunlink -v "$(name a)"
	assert_stderr "Removed /$(name a)"
	run --separate-stderr mqunlink -fv "$(name a)"
	assert_success
	assert_stderr ''
}

@test "a removed queue exists until the last process closes it" {
	queue_name
	mqcreate "$q"
	spawn mqrecv -c 2 "$q" >out
	mqsend "$q" first
	wait_until grep -q first out
	# The sender opens it before it is removed, and sends afterwards.
	mkfifo gate
	exec 7<>gate
	send_lines() {
		exec 7>&-
		mqsend -l "$q"
	}
	spawn send_lines <gate
	local sender=$spawned
	wait_until sleeping "$sender"
	mqunlink "$q"
	echo second >&7
	exec 7>&-
	collect "$sender"
	assert_equal "$status" 0
	wait_until grep -q second out
}

@test "only the owner can remove a queue" {
	requires root namespaces command:setpriv
	queue_name
	mqcreate -m 666 "$q"
	run setpriv --reuid 65534 --clear-groups --inh-caps=-all env PATH="$PATH" "$IPCTOOL_BUILD/ipctool" mqunlink "$q"
	assert_failure 1
	assert_output --partial 'Permission denied'
}
