#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

setup() {
	basic_setup
	m=$(name m)
	c=shm:$m
	shmcreate "$m" 4104
}

teardown() {
	shmunlink -f "$m"
	basic_teardown
}

value_is() {
	assert_equal "$(shmcell get "$c")" "$1"
}

@test "shmcell get prints the value of a cell, which is 0 in new memory" {
	run shmcell get "$c"
	assert_success
	assert_output 0
	"$(peer shm)" write "/$m" 8 x
	run shmcell get "shm:/dev/shm/$m+8"
	# as the processor reads these bytes
	assert_output "$(printf 'x\0\0\0\0\0\0\0' | od -An -td8 | tr -d ' ')"
}

@test "shmcell set sets a cell, and prints nothing" {
	run shmcell set "$c+8" 18446744073709551615
	assert_success
	assert_output ''
	assert_equal "$(shmcell get "$c") $(shmcell get "$c+8") $(shmcell get "$c+16")" '0 18446744073709551615 0'
	shmcell set "$c+4096" 0xFFFFffff00000001
	assert_equal "$(shmcell get "$c+4096")" 18446744069414584321
	shmcell set -- "$c" -2
	value_is 18446744073709551614
}

@test "shmcell add adds N or 1, prints the new value, and wraps" {
	assert_equal "$(shmcell add "$c")" 1
	assert_equal "$(shmcell add "$c" 0x10)" 17
	assert_equal "$(shmcell add -- "$c" -7)" 10
	assert_equal "$(shmcell add "$c" 0)" 10
	assert_equal "$(shmcell add "$c" 18446744073709551615)" 9
	assert_equal "$(shmcell add -- "$c" -10)" 18446744073709551615
	assert_equal "$(shmcell add "$c")" 0
}

@test "shmcell add adds nothing if standard output is not open for writing" {
	closed() { shmcell add "$c" >&-; }
	refused 1 'shmcell: standard output: Bad file descriptor' closed
	value_is 0
}

@test "shmcell cas sets a cell that has the value OLD; otherwise it prints the value, status 3" {
	run shmcell cas "$c" 0 5
	assert_success
	assert_output ''
	run --separate-stderr shmcell cas "$c" 0 6
	assert_failure 3
	assert_output 5
	assert_stderr ''
	value_is 5
	run shmcell cas "$c" 0x5 18446744073709551615
	assert_success
	run shmcell cas -- "$c" -1 0
	assert_success
	value_is 0
}

@test "of processes that add at once each prints a number of its own" {
	local i pid
	for i in 1 2 3 4; do
		spawn sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do shmcell add "$0" 3 || exit; done' "$c" >"numbers.$i"
	done
	"$(peer cell)" add "/$m" 0 3 1000
	for pid in "${spawned_pids[@]}"; do collect "$pid"; done
	value_is 3240
	sort -un numbers.* | wc -l >count
	assert_equal "$(<count)" 80
}

@test "a cell is an _Atomic uint64_t of C" {
	shmcell set "$c+8" 1234567890123456789
	run "$(peer cell)" get "/$m" 8
	assert_output 1234567890123456789
	"$(peer cell)" add "/$m" 8 -1
	assert_equal "$(shmcell get "$c+8")" 1234567890123456788
}

@test "shmcell wait ends at once, silently, if the condition holds" {
	local condition
	shmcell set "$c" 5
	for condition in '= 5' '== 5' 'eq 0x5' '!= 4' 'ne 6' '< 6' 'lt 18446744073709551615' '<= 5' 'le 6' '> 4' 'gt 0' '>= 5' 'ge 4'; do
		run shmcell wait -n "$c" "${condition% *}" "${condition#* }"
		assert_success
		assert_output ''
	done
	run shmcell wait --print "$c" ge 2
	assert_output 5
}

@test "shmcell wait -n: status 3 if the condition does not hold" {
	local condition
	shmcell set "$c" 5
	for condition in '= 4' 'eq 6' '!= 5' 'ne 5' '< 5' 'lt 4' '<= 4' 'le 0' '> 5' 'gt 6' '>= 6' 'ge 18446744073709551615'; do
		run --separate-stderr shmcell wait -n --print "$c" "${condition% *}" "${condition#* }"
		assert_failure 3
		assert_output ''
		assert_stderr "shmcell: shm:/$m: would block: the value is 5"
	done
}

@test "shmcell wait waits no longer than --timeout" {
	shmcell set "$c" 7
	refused 124 "shmcell: shm:/$m: timed out: the value is 7" shmcell wait -t 0.12 "$c" ge 8
	refused 124 "shmcell: shm:/$m: timed out: the value is 7" shmcell wait -t 10ms "$c" ge 8
}

@test "set, add and cas wake all that wait for what they bring" {
	local change late words
	for change in 'set 3' 'add 3' 'cas 0 3'; do
		spawned_pids=()
		shmcell set "$c" 0
		spawn shmcell wait -t 30 --print "$c" ge 3 >seen.1
		spawn shmcell wait -t 30 --print "$c" eq 3 >seen.2
		spawn shmcell wait -t 0.5 "$c" gt 3
		late=${spawned_pids[2]}
		wait_until sleeping "${spawned_pids[0]}"
		wait_until sleeping "${spawned_pids[1]}"
		read -r -a words <<<"$change"
		shmcell "${words[0]}" "$c" "${words[@]:1}" >/dev/null
		collect "${spawned_pids[0]}"
		assert_equal "$status $(<seen.1)" '0 3'
		collect "${spawned_pids[1]}"
		assert_equal "$status $(<seen.2)" '0 3'
		collect "$late"
		assert_equal "$status" 124
	done
}

@test "a waiter is woken by a change of the high half alone" {
	shmcell set "$c" 1
	spawn shmcell wait -t 30 --print "$c" gt 1 >seen
	wait_until sleeping "$spawned"
	shmcell add "$c" 0x100000000 >/dev/null
	collect
	assert_equal "$status $(<seen)" '0 4294967297'
}

@test "a waiter notices what a C program stores, with a wake and without one" {
	local verb
	for verb in wake store; do
		shmcell set "$c+8" 0
		spawn shmcell wait -t 30 "$c+8" eq 4294967296
		wait_until sleeping "$spawned"
		"$(peer cell)" "$verb" "/$m" 8 4294967296
		collect
		assert_equal "$status" 0
	done
}

@test "shmcell wakes a C program that waits by futex(2)" {
	spawn "$(peer cell)" wait "/$m" 8 7 >answer
	wait_until sleeping "$spawned"
	shmcell set "$c+8" 7
	collect
	assert_equal "$status $(<answer)" '0 there'
}

@test "500 hand-overs between two waiters, none of them lost" {
	hand_over() {
		local i
		for ((i = $1; i < 500; i += 2)); do
			shmcell wait -t 20 "$c" eq "$i" && shmcell add "$c" >/dev/null || return
		done
	}
	spawn hand_over 1
	hand_over 0
	collect
	assert_equal "$status" 0
	value_is 500
}

@test "a termination signal ends a wait" {
	spawn shmcell wait "$c" eq 1
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
}

@test "get and wait require permission to read, the others to write" {
	requires nobody
	local verb words
	chmod 400 "/dev/shm/$m"
	value_is 0
	shmcell wait "$c" eq 0
	for verb in 'set 1' 'add' 'cas 0 1'; do
		read -r -a words <<<"$verb"
		refused 1 "shmcell: /$m: Permission denied" shmcell "${words[0]}" "$c" "${words[@]:1}"
	done
	chmod 200 "/dev/shm/$m"
	refused 1 "shmcell: /$m: Permission denied" shmcell get "$c"
	chmod 600 "/dev/shm/$m"
	value_is 0
}

@test "shmcell refuses an offset that is not a multiple of 8, and one past the end" {
	local verb
	for verb in get add; do
		run --separate-stderr shmcell "$verb" "$c+12"
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "shmcell: '$c+12': the offset of a cell must be a multiple of 8 bytes"
		refused 1 "shmcell: /$m: 8 bytes at offset 4104: past the end (size 4104)" shmcell "$verb" "$c+4104"
	done
	shmresize "$m" 4103
	refused 1 "shmcell: /$m: 8 bytes at offset 4096: past the end (size 4103)" shmcell get "$c+4096"
}

@test "shmcell refuses what is not a cell, a value or a condition" {
	run --separate-stderr shmcell get "$m"
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "shmcell: '$m': the name of a cell in memory is shm:NAME or shm:NAME+OFFSET"
	run --separate-stderr shmcell wait "$c" is 5
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "shmcell: 'is' is not one of = != < <= > >= (eq ne lt le gt ge)"
	run --separate-stderr shmcell set "$c" 18446744073709551616
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "shmcell: '18446744073709551616' is more than 18446744073709551615"
	run --separate-stderr shmcell add "$c" 1.5
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "shmcell: '1.5' is not a number"
	value_is 0
}

@test "a cell in an object that does not exist: status 4, and none is created" {
	shmunlink "$m"
	refused 4 "shmcell: /$m: no such shared memory object (shmcreate makes one)" shmcell add "$c"
	refused 4 "shmcell: /$m: no such shared memory object (shmcreate makes one)" shmcell wait -n "$c" eq 0
	[[ ! -e /dev/shm/$m ]]
}

@test "shmcell of what is not a shared memory object says what it is" {
	shmunlink "$m"
	mkfifo "/dev/shm/$m"
	run within 5 shmcell get "$c"
	assert_failure 1
	assert_output "shmcell: /$m: is a FIFO, not a shared memory object"
	rm "/dev/shm/$m"
}

@test "a wait ends when the object is truncated" {
	spawn shmcell wait -t 30 "$c+4096" eq 1 2>err
	wait_until sleeping "$spawned"
	shmresize "$m" 4096
	collect
	assert_equal "$status: $(<err)" "1: shmcell: shm:/$m+4096: the object has become shorter"
}

@test "shmcell as a builtin leaves the shell as it was after a truncation" {
	requires builtin
	spawn shmcell wait -t 30 "$c+4096" eq 1 2>err
	wait_until sleeping "$spawned"
	shmresize "$m" 0
	collect
	assert_equal "$status" 1
	shmresize "$m" 4104
	assert_equal "$(shmcell add "$c")" 1
}

@test "a condition variable: a script produces, a C program consumes, and none is missed" {
	local i
	"$(peer mutex)" create "/$(name q)" 8
	later shmunlink -f "$(name q)"
	: >queue
	spawn "$(peer cell)" consume "/$(name q)" 0 30 >out
	for ((i = 1; i <= 30; i++)); do
		lockrun --api mutex "shm:$(name q)+8" sh -c 'echo "$1" >>queue; shmcell add "shm:$0" >/dev/null' "$(name q)" "$i"
	done
	collect
	assert_equal "$status" 0
	seq 30 | cmp - out
}
