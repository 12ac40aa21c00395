#!/usr/bin/env bats
# An object that another process truncates while it is mapped: an error, never SIGBUS.
# applets: semop lockrun mqrecv
load helper

# A waiter for more than 31 permits polls, so that it touches the memory soon after.
@test "a wait for a semaphore whose file is truncated fails" {
	s=$(name s)
	semop create "$s" 0
	later semop unlink "$s"
	spawn semop wait "$s" 33 2>err
	wait_until sleeping "$spawned"
	truncate -s 0 "/dev/shm/sem.$s"
	collect
	assert_equal "$status: $(<err)" "1: semop: /$s: the object has become shorter"
}

@test "a wait that ends by its time-out finds that the file was truncated" {
	s=$(name s)
	semop create "$s" 0
	later semop unlink "$s"
	spawn semop wait -t 3 "$s" 2>err
	wait_until sleeping "$spawned"
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
		wait_until sleeping "$spawned"
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
		wait_until sleeping "$shell"
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

@test "a signal BUS that is sent during a wait does what it does without the wait" {
	s=$(name s)
	semop create "$s" 0
	later semop unlink "$s"
	spawn semop wait "$s"
	wait_until sleeping "$spawned"
	kill -BUS "$spawned"
	collect
	assert_equal "$status" 135
	assert_equal "$(semop value "$s")" 0
}
