#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

setup() {
	basic_setup
	a=$(name a) b=$(name b)
}

@test "shmunlink removes objects" {
	shmcreate "$a" 1
	shmcreate "$b" 1
	run shmunlink "$a" "/$b"
	assert_success
	assert_output ''
	[[ ! -e /dev/shm/$a && ! -e /dev/shm/$b ]]
}

@test "shmunlink --verbose reports what was removed" {
	shmcreate "$a" 1
	run --separate-stderr shmunlink -v "$a"
	assert_success
	assert_output ''
	assert_stderr "Removed /$a"
}

@test "shmunlink of an object that does not exist: status 4, with --force 0" {
	run shmunlink "$a"
	assert_failure 4
	assert_output "shmunlink: /$a: no such shared memory object"
	run shmunlink -f -v "$a"
	assert_success
	assert_output ''
}

@test "shmunlink continues after a failure and returns the status of the first" {
	shmcreate "$b" 1
	run shmunlink "$a" a/b "$b"
	assert_failure 4
	[[ ! -e /dev/shm/$b ]]
	shmcreate "$b" 1
	run shmunlink a/b "$a" "$b"
	assert_failure 2
	[[ ! -e /dev/shm/$b ]]
}

@test "shmunlink does not affect a process that has mapped the object" {
	shmcreate "$a" 6
	mkfifo in
	exec 7<>in
	spawn "$(peer shm)" hold "/$a" <in >out 7>&-
	wait_until grep -q mapped out
	shmwrite -o 0 "$a" Hello!
	shmunlink "$a"
	exec 7>&-
	collect
	assert_equal "$(<out)" $'mapped\nHello!'
}

@test "shmunlink does not remove a directory" {
	mkdir "/dev/shm/$a"
	run shmunlink "$a"
	assert_failure 1
	assert_output "shmunlink: /$a: is a directory, not a shared memory object"
	rmdir "/dev/shm/$a"
}

@test "shmunlink refuses an invalid name" {
	local bad
	for bad in '' a/b key:0; do
		run --separate-stderr shmunlink "$bad"
		assert_failure 2
		assert_equal "${#stderr_lines[@]}" 2
	done
}
