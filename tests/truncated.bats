#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# An object that another process truncates or writes to while it is in use: an error, never SIGBUS.
# applets: semop lockrun mqrecv
load helper

waited_for() {
	[[ $(semop value -J "$1") == *'"waiters":1'* ]]
}

# A waiter for more than 31 permits polls, so that it touches the memory soon after.
@test "a wait for a semaphore whose file is truncated fails" {
	s=$(name s)
	semop create "$s" 0
	later semop unlink "$s"
	spawn semop wait "$s" 33 2>err
	wait_until waited_for "$s"
	truncate -s 0 "/dev/shm/sem.$s"
	collect
	assert_equal "$status: $(<err)" "1: semop: /$s: the object has become shorter"
}

@test "a wait that ends by its time-out finds that the file was truncated" {
	s=$(name s)
	semop create "$s" 0
	later semop unlink "$s"
	spawn semop wait -t 3 "$s" 2>err
	wait_until waited_for "$s"
	truncate -s 0 "/dev/shm/sem.$s"
	collect
	assert_equal "$status: $(<err)" "1: semop: /$s: the object has become shorter"
}

@test "a wait for a semaphore in an object that is truncated fails, also if SIGBUS was blocked" {
	requires program
	m=$(name m)
	for block in TERM BUS; do
		shmcreate "$m" 8192
		later shmunlink -f "$m"
		semop create "shm:$m+4096"
		spawn env --block-signal=$block semop wait "shm:$m+4096" 33 2>err
		wait_until waited_for "shm:$m+4096"
		truncate -s 4096 "/dev/shm/$m"
		collect
		assert_equal "$status: $(<err)" "1: semop: shm:/$m+4096: the object has become shorter"
		shmunlink "$m"
	done
}

@test "semop run reports that its semaphore was truncated" {
	s=$(name s)
	semop create "$s" 1
	later semop unlink "$s"
	refused 125 "semop: /$s: the object has become shorter" semop run "$s" truncate -s 0 "/dev/shm/sem.$s"
}

@test "a shell outlives the truncation of a semaphore, and keeps its trap for SIGBUS" {
	requires builtin
	s=$(name s)
	semop create "$s" 0
	later semop unlink "$s"
	trapped=0 shell=$BASHPID
	trap 'trapped=1' BUS
	(
		wait_until waited_for "$s"
		truncate -s 0 "/dev/shm/sem.$s"
	) 3>&- &
	pid=$! result=0
	semop wait "$s" 33 2>err || result=$?
	assert_equal "$result: $(<err)" "1: semop: /$s: the object has become shorter"
	assert_equal "$trapped" 0
	kill -BUS "$shell"
	assert_equal "$trapped" 1
	wait "$pid"
}

# AddressSanitizer has a handler for SIGBUS, which is called as that of a caller would be.
@test "a signal BUS that is sent during a wait does what it does without the wait" {
	requires plain
	s=$(name s)
	semop create "$s" 0
	later semop unlink "$s"
	spawn semop wait "$s"
	wait_until waited_for "$s"
	kill -BUS "$spawned"
	collect
	assert_equal "$status" 135
	assert_equal "$(semop value "$s")" 0
}

@test "a lock in memory that is truncated while it is held is reported" {
	for api in mutex rwlock; do
		for options in '' -s; do
			[[ $api$options != mutex-s ]] || continue
			m=$(name m)
			refused 125 "lockrun: shm:/$m: the object has become shorter" \
				lockrun --api $api $options "shm:$m" truncate -s 0 "/dev/shm/$m"
			shmunlink "$m"
		done
	done
}

@test "of two locks the one that is truncated is reported, and the other one is released" {
	m=$(name m) n=$(name n)
	later shmunlink -f "$m" "$n"
	refused 125 "lockrun: shm:/$m: the object has become shorter" \
		lockrun --api rwlock -a "shm:$n" "shm:$m" truncate -s 0 "/dev/shm/$m"
	lockrun -n --api rwlock "shm:$n" true
	shmunlink "$m"
	refused 125 "lockrun: shm:/$n: the object has become shorter" \
		lockrun --api rwlock -a "shm:$n" "shm:$m" truncate -s 0 "/dev/shm/$n"
	lockrun -n --api rwlock "shm:$m" true
}

# The pointers of the robust list: 32 bytes into a mutex, 40 into a read-write lock.
@test "pointers that another process writes into a lock in memory are not followed" {
	m=$(name m)
	later shmunlink -f "$m"
	shmcreate "$m" 4096
	for pointer in '\x08\0\0\0\0\0\0\0' '\x40\0\0\0\0\0\0\0' '\xff\xff\xff\xff\xff\xff\xff\xff'; do
		within 20 lockrun --api mutex -a "shm:$m+64" -a "shm:$m+128" "shm:$m" bash -c "
			for at in 32 96 160; do printf %b '$pointer' | dd of=/dev/shm/$m bs=1 seek=\$at conv=notrunc status=none; done"
		lockrun -n --api mutex -a "shm:$m+64" -a "shm:$m+128" "shm:$m" true
	done
}

@test "a list of two locks that points to itself does not keep the holder process busy" {
	requires plain
	m=$(name m)
	later shmunlink -f "$m"
	shmcreate "$m" 4096
	# the address of the first node is in the second one: written there it is a circle
	within 20 lockrun --api mutex -a "shm:$m+64" "shm:$m" bash -c "
		dd if=/dev/shm/$m of=/dev/shm/$m bs=1 skip=96 seek=32 count=8 conv=notrunc status=none"
	lockrun -n --api mutex -a "shm:$m+64" "shm:$m" true
}

@test "a lock word that another process changed is reported, and left as it is" {
	m=$(name m)
	later shmunlink -f "$m"
	shmcreate "$m" 4096
	refused 125 "lockrun: shm:/$m: another process changed the lock while it was held" \
		lockrun --api mutex "shm:$m" dd if=/dev/zero "of=/dev/shm/$m" bs=4 count=1 conv=notrunc status=none
	lockrun -n --api mutex "shm:$m" true
}

@test "mqrecv --exec --stay --in-flight reports that its memory was truncated before several answers" {
	q=$(name q) flight=$(name f)
	mqcreate "$q" "$flight"
	later mqunlink -f "$q" "$flight"
	later shmunlink -f "$flight.in-flight"
	mqsend "$q" one two six
	# shellcheck disable=SC2016 # for that shell
	run --separate-stderr within 20 mqrecv -a --exec --stay --window 3 --in-flight "$flight" "$q" -- \
		sh -c 'head -c 18 >/dev/null; truncate -s 0 "$1"; printf "0\n0\n0\n"; cat >/dev/null' sh "/dev/shm/$flight.in-flight"
	assert_failure 1
	assert_stderr --partial "mqrecv: /$flight.in-flight: the object has become shorter"
	assert_stderr --partial "/$q: 3 run, 0 failed, 0 put back, 0 given up"
}

@test "mqrecv --in-flight reports that its memory was truncated, and loses no message" {
	q=$(name q) flight=$(name flight)
	mqcreate -d 3 -s 512 "$q" "$flight"
	later mqunlink -f "$q" "$flight"
	later shmunlink -f "$flight.in-flight"
	mqsend "$q" a b
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- truncate -s 0 "/dev/shm/$flight.in-flight"
	assert_failure 1
	assert_stderr --partial "mqrecv: /$flight.in-flight: the object has become shorter"
	# the job of the first could not be removed
	assert_equal "$(mqrecv -a "$flight") $(mqrecv -a "$q")" 'a b'
}
