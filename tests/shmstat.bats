#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

setup() {
	basic_setup
	s=$(name s)
	owner=$(id -un)
}

@test "shmstat prints one line for each object under a heading" {
	shmcreate -m 640 "$s" 12345
	run shmstat "$s"
	assert_success
	assert_equal "${#lines[@]}" 2
	assert_equal "$(tr -s ' ' <<<"${lines[0]}")" 'SHM MODE OWNER SIZE ALLOCATED'
	assert_equal "$(tr -s ' ' <<<"${lines[1]}")" "/$s 0640 $owner 12345 0"
	shmunlink "$s"
}

@test "shmstat --json has the same figures under the same names" {
	shmcreate --reserve -m 4 "$s" 8K
	run shmstat -J "$s"
	assert_success
	assert_output "{\"shm\":\"/$s\",\"mode\":\"0004\",\"owner\":\"$owner\",\"size\":8192,\"allocated\":8192}"
	shmunlink "$s"
}

@test "shmstat reports the memory of the pages that have been touched" {
	shmcreate "$s" 1M
	shmwrite -o 512K "$s" x
	assert_equal "$(shmstat -J "$s" | sed 's/.*allocated"://')" '4096}'
	shmunlink "$s"
}

@test "shmstat does not require read permission" {
	shmcreate -m 0 "$s" 1
	run shmstat -J "$s"
	assert_success
	assert_output --partial '"mode":"0000"'
	shmunlink "$s"
}

@test "shmstat continues after a failure and returns the status of the first" {
	shmcreate "$s" 1
	run --separate-stderr shmstat -J "$(name missing)" a/b "$s"
	assert_failure 4
	assert_output --partial "\"shm\":\"/$s\""
	assert_equal "${stderr_lines[0]}" "shmstat: /$(name missing): no such shared memory object (shmcreate makes one)"
	shmunlink "$s"
}

@test "shmstat reports the type of a file that is not a shared memory object" {
	local kind
	for kind in 'mkdir:a directory' 'mkfifo:a FIFO' 'ln -s x:a symbolic link'; do
		${kind%:*} "/dev/shm/$s"
		run --separate-stderr shmstat -J "$s"
		assert_failure 1
		assert_stderr "shmstat: /$s: is ${kind#*:}, not a shared memory object"
		rm -d "/dev/shm/$s"
	done
}

@test "shmstat --json encodes a name that is not UTF-8 in base64" {
	shmcreate "$s"$'\xff' 1
	run shmstat -J "$s"$'\xff'
	assert_output --partial "\"shm\":{\"base64\":\"$(printf '/%s\xff' "$s" | base64 -w0)\"}"
	shmunlink "$s"$'\xff'
}

@test "shmstat fails if its output cannot be written" {
	shmcreate "$s" 1
	to_full() { "$@" >/dev/full; }
	run --separate-stderr to_full shmstat "$s"
	assert_failure 1
	assert_stderr 'shmstat: standard output: No space left on device'
	to_nowhere() { "$@" >&-; }
	run --separate-stderr to_nowhere shmstat -J "$s"
	assert_failure 1
	assert_stderr 'shmstat: standard output: Bad file descriptor'
	shmunlink "$s"
}

@test "shmstat prints no heading without a line" {
	run --separate-stderr shmstat "$(name none)"
	assert_failure 4
	assert_output ''
}

@test "shmstat without an operand shows all objects and segments" {
	local m k
	m=/$(name m)
	k=$(key k)
	shmcreate "$m" 8K
	shmcreate "key:$k" 4K
	run shmstat
	assert_success
	assert_line --regexp "^$m .* 8192 "
	assert_line --regexp "^key:$k .* 4096 "
	assert_equal "$(shmstat -J "$m")" "$(shmstat -J | grep -F "\"$m\"")"
	shmunlink "$m" "key:$k"
}
