#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

setup() {
	basic_setup
	s=$(name s)
	shmcreate "$s" 6
	shmwrite "$s" Hello!
}

teardown() {
	shmunlink -f "$s"
	basic_teardown
}

size_of() {
	stat -c %s "/dev/shm/$1"
}

@test "shmresize adds zeros, and removes bytes for good" {
	run shmresize "$s" 8
	assert_success
	assert_output ''
	cmp "/dev/shm/$s" <(printf 'Hello!\0\0')
	shmresize "$s" 3
	shmresize "$s" 6
	cmp "/dev/shm/$s" <(printf 'Hel\0\0\0')
	shmresize "$s" 0
	assert_equal "$(size_of "$s")" 0
}

@test "shmresize enlarges an object that is mapped, and the mapping has the new bytes" {
	shmresize "$s" 64K
	"$(peer shm)" write "/$s" 60000 far
	assert_equal "$(shmread -o 60000 -l 3 "$s")" far
}

@test "shmresize allocates no memory, up to the largest size" {
	shmresize "$s" 9223372036854775807
	assert_equal "$(size_of "$s") $(stat -c %b "/dev/shm/$s")" '9223372036854775807 8'
}

@test "shmresize refuses an invalid size and changes nothing" {
	local size
	for size in '' 1.5K; do
		run --separate-stderr shmresize "$s" "$size"
		assert_failure 2
		assert_equal "${#stderr_lines[@]}" 2
		assert_equal "$(size_of "$s")" 6
	done
}

@test "shmresize past RLIMIT_FSIZE fails with the limit's value and changes nothing" {
	limited() { (ulimit -f 8 && "$@"); }
	run limited shmresize "$s" 8193
	assert_failure 1
	assert_output "shmresize: /$s: 8193 bytes: File too large (RLIMIT_FSIZE is 8192 bytes)"
	assert_equal "$(shmread "$s")" Hello!
	run limited shmresize "$s" 8192
	assert_success
}

@test "shmresize of an object that does not exist: status 4, and it is not created" {
	run shmresize "$(name missing)" 1
	assert_failure 4
	assert_output "shmresize: /$(name missing): no such shared memory object (shmcreate makes one)"
	[[ ! -e /dev/shm/$(name missing) ]]
}

@test "shmresize requires write permission" {
	requires nobody
	chmod 444 "/dev/shm/$s"
	run shmresize "$s" 1
	assert_failure 1
	assert_output "shmresize: /$s: Permission denied"
	assert_equal "$(size_of "$s")" 6
}

@test "shmresize does not require read permission" {
	chmod 200 "/dev/shm/$s"
	shmresize "$s" 1
	assert_equal "$(size_of "$s")" 1
}

@test "shmresize reports the type of a file that is not a shared memory object" {
	shmunlink "$s"
	mkfifo "/dev/shm/$s"
	run within 5 shmresize "$s" 1
	assert_failure 1
	assert_output "shmresize: /$s: is a FIFO, not a shared memory object"
	rm "/dev/shm/$s"
}
