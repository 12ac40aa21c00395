#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# IPCTOOL_TRACE: a debug build shows what it waits for, any other says nothing.

# bats file_tags=one-user,one-front,plain

load helper

@test "a debug build traces a wait and how it ends, with IPCTOOL_TRACE=1 only" {
	local debug=$IPCTOOL_BUILD/debug/ipctool
	mqcreate "$(name q)"
	run --separate-stderr "$debug" mqrecv -t 0.01 "$(name q)"
	assert_equal "${#stderr_lines[@]}" 1
	IPCTOOL_TRACE=1 run --separate-stderr "$debug" mqrecv -t 0.01 "$(name q)"
	assert_failure 124
	assert_stderr --regexp $'trace [0-9]+ mqrecv: wait [a-z]+, at most 0\\.0[0-9]+ s\n'
	assert_stderr --regexp $'trace [0-9]+ mqrecv: woken [a-z]+: 0\n'
	assert_stderr --regexp $'trace [0-9]+ mqrecv: queue_receive /ipct'
	mqunlink "$(name q)"
}

@test "a build that is not for debugging does not know IPCTOOL_TRACE" {
	IPCTOOL_TRACE=1 run --separate-stderr mqrecv -t 0 "$(name none)"
	assert_equal "${#stderr_lines[@]}" 1
}
