#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# scripts/isolate and scripts/test: what keeps the other tests honest.

# bats file_tags=one-front,plain
load helper

isolate=$IPCTOOL_ROOT/scripts/isolate

# without_namespaces COMMAND...: isolate it while unshare refuses, as it does in a container. No other process is there:
# what other tests make and remove in the meantime would count. What COMMAND leaves, it also removes: objects, and the
# process in the file `pid`.
without_namespaces() {
	mkdir -p bin
	printf '#!/bin/sh\necho refused; exit 1\n' >bin/unshare
	chmod +x bin/unshare
	# shellcheck disable=SC2016 # for the inner shell
	"$isolate" bash -c 'PATH=$PWD/bin:$PATH; "$@"; status=$?
		rm -f /dev/shm/*; [[ ! -e pid ]] || kill "$(<pid)"; exit $status' - "$isolate" "$@"
}

@test "isolate returns the command's status" {
	run "$isolate" sh -c 'exit 7'
	assert_failure 7
}

@test "isolate gives the command objects of its own" {
	requires namespaces
	: >"/dev/shm/$(name outside)"
	later rm "/dev/shm/$(name outside)"
	# shellcheck disable=SC2016 # for the inner shell
	run "$isolate" sh -c 'ls /dev/shm "$IPCTOOL_MQUEUE"'
	assert_success
	refute_output --partial "$(name outside)"
}

@test "isolate names what is left behind, and fails" {
	requires namespaces
	run "$isolate" sh -c ': >/dev/shm/left; : >"$IPCTOOL_MQUEUE/left"; ipcmk -M 1 >/dev/null; sleep 60 & :'
	assert_failure 1
	assert_output --partial "left behind: process "
	assert_output --partial "(sleep 60 )"
	assert_output --partial "/dev/shm/left"
	assert_output --partial "System V shm id 0"
}

@test "isolate ends what it isolates when it is killed" {
	requires namespaces
	# The command holds a lock for as long as it lives.
	spawn "$isolate" flock lock sh -c 'echo >ready; exec sleep 60'
	wait_until test -e ready
	kill -KILL -- "-$spawned"
	collect
	within 5 flock lock true
}

@test "isolate --as-nobody takes every capability" {
	requires root
	run "$isolate" --as-nobody sh -c 'id -u; grep Cap /proc/self/status'
	assert_line 65534
	refute_line --regexp $'\t.*[1-9a-f]'
}

@test "root under isolate cannot exceed a limit" {
	requires root
	run "$isolate" sh -c 'ulimit -Hn 100; ulimit -Hn 1000'
	assert_failure
}

@test "without namespaces isolate compares before and after, and says so" {
	requires namespaces
	run without_namespaces sh -c 'exit 7'
	assert_failure 7
	assert_output --partial "for want of namespaces (refused)"
	run without_namespaces sh -c ": >/dev/shm/$(name left)"
	assert_failure 1
	assert_output --partial "left behind: /dev/shm/$(name left)"
}

@test "without namespaces isolate finds a process that still runs" {
	requires namespaces
	run without_namespaces sh -c 'sleep 60 3>&- >/dev/null 2>&1 & echo $! >pid'
	assert_failure 1
	assert_output --partial "(sleep 60 )"
}

@test "every tag is one that scripts/test knows" {
	local known='slow|one-front|one-user|program|builtin|static|glibc|plain|root|nobody|namespaces|mounts|terminal'
	run grep -nE '^# bats ' "$IPCTOOL_ROOT"/tests/*.bats
	assert_success
	run grep -vE ":# bats (test|file)_tags=($known)(,($known))*\$" <<<"$output"
	assert_output ''
}
