#!/usr/bin/env bats
# mqunlink

load helper

queue() {
	q=$(name q)
	later mqunlink -f "$q"
}

@test "mqunlink removes queues, and goes on after one that is missing" {
	mqcreate "$(name a)" "$(name b)"
	run --separate-stderr mqunlink "$(name a)" "$(name none)" "$(name b)"
	assert_failure 4
	assert_stderr "mqunlink: /$(name none): No such file or directory"
	run mqstat "$(name b)"
	assert_failure 4
}

@test "mqunlink --force is content with what is missing" {
	run mqunlink -f "$(name none)"
	assert_success
	assert_output ''
}

@test "mqunlink says what it removed when it is asked to" {
	mqcreate "$(name a)"
	run --separate-stderr mqunlink -v "$(name a)"
	assert_stderr "Removed /$(name a)"
	run --separate-stderr mqunlink -fv "$(name a)"
	assert_success
	assert_stderr ''
}

@test "a removed queue lives until who has it open is done" {
	queue
	mqcreate "$q"
	spawn mqrecv -c 2 "$q" >out
	mqsend "$q" first
	wait_until grep -q first out
	# The sender opens it before it goes, and sends after.
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

@test "only the owner may remove a queue" {
	requires root namespaces command:setpriv
	queue
	mqcreate -m 666 "$q"
	run setpriv --reuid 65534 --clear-groups --inh-caps=-all env PATH="$PATH" "$IPCTOOL_BUILD/ipctool" mqunlink "$q"
	assert_failure 1
	assert_output --partial 'Permission denied'
}
