#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Values reach what they are for; how each is written is tested in unit/base/value_test.c.

# bats file_tags=one-user
load helper

setup() {
	basic_setup
	s=$(name s) q=$(name q)
}

# assert_refused WHY COMMAND...: a usage error with WHY in it; no object comes of it
assert_refused() {
	local why=$1
	shift
	echo "$*"
	run --separate-stderr "$@"
	assert_failure 2
	assert_equal "$output" ''
	assert_equal "${#stderr_lines[@]}" 2
	[[ ${stderr_lines[0]} == "$1: "*"$why" ]]
	[[ ! -e /dev/shm/$s ]]
}

@test "a size reaches the object" {
	local row
	for row in 12:12 4K:4096 4kB:4000 8191P:9222246136947933184; do
		shmcreate "$s" "${row%:*}"
		assert_equal "${row%:*} is $(stat -c %s "/dev/shm/$s")" "${row%:*} is ${row#*:}"
		shmunlink "$s"
	done
	assert_refused "'1.5K' is not a size" shmcreate "$s" 1.5K
	assert_refused "'8192P' is more than 9223372036854775807" shmcreate "$s" 8192P
}

@test "an option says which one its wrong value was for" {
	assert_refused "option '-o': '1.5' is not a size" shmread -o 1.5 "$s"
	assert_refused "option '--length': '9223372036854775808' is more than 9223372036854775807" \
		shmread --length 9223372036854775808 "$s"
	assert_refused "option '-m': '999' is not a mode" shmcreate -m 999 "$s" 1
	assert_refused "option '-m': '1777' is outside the permission bits (0 to 0777)" shmcreate -m 1777 "$s" 1
}

@test "a mode reaches the object, without u, g, o or a less the umask, which stays" {
	local row
	umask 027
	# relative to 0600
	for row in 644:644 a=:0 g=u:660 +rwx:750 a+rwx:777; do
		shmcreate -m "${row%:*}" "$s" 0
		assert_equal "${row%:*} is $(stat -c %a "/dev/shm/$s")" "${row%:*} is ${row#*:}"
		shmunlink "$s"
	done
	assert_equal "$(umask)" 0027
}

@test "a duration passes" {
	mqcreate "$q"
	later mqunlink -f "$q"
	local duration
	for duration in 0 1ns 20ms .02s; do
		echo "$duration"
		run within 5 mqwait -t "$duration" "$q"
		assert_failure 124
	done
	mqsend "$q" there
	mqwait -t 9223372036.854775807 "$q"
	assert_refused "'1w' is not a duration" mqwait -t 1w "$q"
}

@test "a count is a whole number in its range" {
	assert_refused "'1.5' is not a number" mqsend -p 1.5 "$q" text
	assert_refused "'32768' is more than 32767" mqsend -p 32768 "$q" text
	# a type of System V may be as large as a number can be
	assert_refused "'99999999999999999999' is more than 9223372036854775807" mqsend -p 99999999999999999999 "$q" text
	assert_refused "'-1' is less than 0" mqsend -p -1 "$q" text
}

@test "a rate is a number of more than 0, and of 1000000000 at most" {
	mqcreate "$q"
	later mqunlink -f "$q"
	mqsend -n --rate 1000000000 "$q" 1
	mqsend -n --rate 2.5 "$q" 2
	assert_refused "'1s' is not a number" mqsend --rate 1s "$q" 3
	assert_refused "'0' is not greater than 0" mqsend --rate 0 "$q" 3
	assert_refused "'1000000001' is more than 1000000000" mqsend --rate 1000000001 "$q" 3
	run mqrecv -a "$q"
	assert_output $'1\n2'
}
