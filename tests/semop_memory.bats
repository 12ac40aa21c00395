#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# semop with semaphores inside shared memory.

load helper
load semaphores

setup() {
	basic_setup
	in_memory
}

# number BYTES N: N, at most 255, as an integer has it in memory, on processors of either order of bytes
number() {
	local byte zeros
	printf -v byte '\\x%x' "$2"
	printf -v zeros '%*s' "$(($1 - 1))" ''
	zeros=${zeros// /'\0'}
	if [[ $(printf '\1\0' | od -An -td2) -eq 1 ]]; then
		printf '%b' "$byte$zeros"
	else
		printf '%b' "$zeros$byte"
	fi
}

# The object's bytes that are not zeros.
bytes() {
	od -An -v -tx4 -w32 "/dev/shm/$m" | sort | uniq -c | sort -rn | sed 's/^ *//'
}

@test "semop create creates a semaphore of 1, or VALUE, in zeros" {
	local size
	make
	value_is 1
	run semop create "shm:$m" 2147483647
	assert_success
	assert_output ''
	run semop value "shm:/dev/shm/$m+0"
	assert_output 2147483647
	# the last one that fits, and one that lies on two pages
	semop create "shm:$m+8160" 3
	semop create "shm:/$m+4072" 4
	semop create "shm:$m+4128" 0
	size=$(stat -c %s "/dev/shm/$m")
	assert_equal "$size" 8192
	assert_equal "$(semop value "shm:$m+8160") $(semop value "shm:$m+4072") $(semop value "shm:$m+4128")" '3 4 0'
	value_is 1
}

@test "semop create does not change an existing semaphore or other data" {
	local at
	make 3
	run --separate-stderr semop create "$s" 5
	assert_failure 5
	assert_stderr "semop: $shown: File exists"
	semop create -e "$s" 5
	value_is 3
	for at in 40 56 72; do
		run --separate-stderr semop create "shm:$m+$at"
		assert_failure 1
		assert_stderr "semop: shm:/$m+$at: neither a process-shared semaphore nor zeros"
	done
	value_is 3
	printf 'some text' | dd of="/dev/shm/$m" bs=1 seek=1024 conv=notrunc status=none
	run semop create -e "shm:$m+1024"
	assert_failure 1
	assert_equal "$(dd if="/dev/shm/$m" bs=1 skip=1024 count=9 status=none)" 'some text'
}

@test "of several processes that create at once one creates it, the others find it: 15 times" {
	local i pid made
	for ((i = 0; i < 15; i++)); do
		spawned_pids=()
		for pid in 1 2 3 4; do
			spawn semop create "$s" "$pid" 2>>err
		done
		made=
		for pid in 0 1 2 3; do
			collect "${spawned_pids[pid]}"
			[[ $status == 5 ]] || made+=$status:$((pid + 1))
		done
		assert_equal "$made" "0:$(semop value "$s")"
		semop unlink "$s"
	done
}

# bats test_tags=slow
@test "semop waits for a semaphore that is being initialized, but not without limit" {
	# the mark of a process that was killed during initialization
	number 4 1 | dd of="/dev/shm/$m" bs=1 seek=72 conv=notrunc status=none
	run --separate-stderr within 5 semop value "$s"
	assert_failure 1
	assert_stderr "semop: $shown: neither a process-shared semaphore nor zeros"
	spawn semop value "$s" >out
	wait_until resting_state "$spawned"
	{ number 8 7 && number 4 128; } | dd of="/dev/shm/$m" bs=1 seek=64 conv=notrunc status=none
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" 7
}

@test "the object must exist and be large enough" {
	local verb at
	for verb in create wait post value unlink; do
		run --separate-stderr semop "$verb" "shm:$m.none+8"
		assert_failure 4
		assert_stderr "semop: shm:/$m.none+8: no such shared memory object (shmcreate makes one)"
		for at in 8168 8192 9223372036854775800; do
			run --separate-stderr semop "$verb" "shm:$m+$at"
			assert_failure 1
			assert_stderr "semop: shm:/$m+$at: the 32 bytes of a semaphore would exceed the object's size (8192)"
		done
	done
	run semop run "shm:$m.none" touch made
	assert_failure 125
	run semop run "shm:$m+8168" touch made
	assert_failure 125
	semop unlink -f "shm:$m.none"
	: >"/dev/shm/$m"
	run --separate-stderr semop value "shm:$m"
	assert_failure 1
	assert_stderr "semop: shm:/$m: the 32 bytes of a semaphore would exceed the object's size (0)"
	assert [ ! -e made ]
}

@test "zeros are not a semaphore: status 4" {
	local verb
	for verb in wait post value unlink; do
		run --separate-stderr semop "$verb" "$s"
		assert_failure 4
		assert_stderr "semop: $shown: no semaphore there (all bytes are zero)"
	done
	run semop run "$s" touch made
	assert_failure 125
	semop unlink -f "$s"
	assert [ ! -e made ]
	assert_equal "$(stat -c %b "/dev/shm/$m")" 0
}

@test "every subcommand refuses data that is not a semaphore, and says what it is" {
	local verb
	strange() {
		for verb in create wait post value unlink; do
			run --separate-stderr semop "$verb" "$s"
			assert_failure 1
			assert_stderr "semop: $shown: $1"
		done
	}
	head -c 4096 /dev/zero | tr '\0' '\377' >"/dev/shm/$m"
	strange 'neither a process-shared semaphore nor zeros'
	truncate -s 0 "/dev/shm/$m"
	truncate -s 4096 "/dev/shm/$m"
	"$(peer sem)" private "$s" 3
	strange 'neither a process-shared semaphore nor zeros'
	mv "/dev/shm/$m" "/dev/shm/$m.2"
	later rm "/dev/shm/$m.2"
	ln -s "$m.2" "/dev/shm/$m"
	strange 'is a symbolic link'
	rm "/dev/shm/$m"
	command mkfifo "/dev/shm/$m"
	# opened for writing too, which succeeds
	strange 'not a shared memory object'
}

@test "malformed addresses and options that do not apply are refused before anything is done" {
	local bad verb
	for bad in shm: "shm:$m+12"; do
		for verb in create wait post value unlink; do
			run --separate-stderr semop "$verb" "$bad"
			assert_failure 2
			assert_equal "${#stderr_lines[@]}" 2
		done
	done
	run --separate-stderr semop create -m 600 "$s"
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "semop: $shown: -m cannot be used: a semaphore in memory has the permission bits of the object"
	run semop create --count 1 "$s"
	assert_failure 2
	run semop op "$s" 0-1
	assert_failure 2
	assert_equal "$(stat -c %b "/dev/shm/$m")" 0
}

@test "on a full file system nothing is created, and no process ends by SIGBUS" {
	requires mounts
	run tiny_shm 8k 'truncate -s 16k /dev/shm/m; head -c 8k /dev/zero >/dev/shm/full
		semop create shm:m; echo $?; semop create shm:m+4080; echo $?; semop wait -n shm:m; echo $?
		rm /dev/shm/full; semop create shm:m+4072 3; head -c 8k /dev/zero >/dev/shm/full
		semop wait shm:m+4072; semop value shm:m+4072'
	assert_output "semop: shm:/m: No space left on device
1
semop: shm:/m+4080: No space left on device
1
semop: shm:/m: no semaphore there (all bytes are zero)
4
head: error writing 'standard output': No space left on device
2"
}

@test "semop unlink makes the bytes zeros, but not while there are waiters" {
	make 0
	semop create "shm:$m" 5
	spawn semop wait "$s"
	wait_until waiting 1
	run --separate-stderr semop unlink "$s"
	assert_failure 1
	assert_stderr "semop: $shown: busy: 1 waiter"
	semop post "$s"
	collect
	assert_equal "$status" 0
	run --separate-stderr semop unlink "$s" "$s.none" "shm:$m"
	assert_failure 4
	assert_equal "${#stderr_lines[@]}" 1
	assert_equal "$(bytes)" '256  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000'
	make 3
	value_is 3
}

@test "with read permission alone only semop value works" {
	requires nobody
	make 3
	chmod 400 "/dev/shm/$m"
	value_is 3
	for verb in create wait post unlink; do
		run --separate-stderr semop "$verb" "$s"
		assert_failure 1
		assert_stderr "semop: $shown: Permission denied"
	done
	chmod 0 "/dev/shm/$m"
	run semop value "$s"
	assert_failure 1
}

# -------------------------------------------------------------- the others

@test "a glibc program and semop use the same semaphore" {
	local glibc
	glibc=$(peer sem)
	make 2
	run "$glibc" value "$s"
	assert_output 2
	"$glibc" wait "$s"
	value_is 1
	semop wait "$s"
	run "$glibc" trywait "$s"
	assert_failure 3
	semop unlink "$s"
	"$glibc" create "$s" 7
	value_is 7
	run semop create "$s"
	assert_failure 5
	# the same bytes, and two in one object
	semop create "shm:$m+96" 7
	cmp <(tail -c +65 "/dev/shm/$m" | head -c 32) <(tail -c +97 "/dev/shm/$m" | head -c 32)
	semop wait "shm:$m+96" 7
	value_is 7
	"$glibc" unlink "$s"
}

@test "semop and a glibc program wake each other" {
	make 0
	spawn "$(peer sem)" wait "$s"
	wait_until waiting 1
	semop post "$s"
	collect
	assert_equal "$status" 0
	spawn semop wait "$s"
	wait_until waiting 1
	"$(peer sem)" post "$s"
	collect
	assert_equal "$status" 0
	semop unlink "$s"
	"$(peer sem)" create "$s" 0
	spawn semop wait "$s" 2
	wait_until waiting 1
	"$(peer sem)" post "$s" 2
	collect
	assert_equal "$status" 0
	value_is 0
}

# ---------------------------------------------------------------------- run

