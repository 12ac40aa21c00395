#!/usr/bin/env bats
# ipcls --why, and the waiters that ipcls counts.
# applets: ipcls

load helper

# waiters NAME [KIND]: how many processes wait for the object
waiters() {
	ipcls -o waiters --type "${2:-mq,shm,sem,fifo,pipe,eventfd}" "$1" 2>/dev/null | awk 'NR == 2 { print $1 }'
}

# has_waiters NUMBER NAME [KIND]
has_waiters() {
	[[ $(waiters "${@:2}") == "$1" ]]
}

# is_held LOCK
is_held() {
	[[ -n $(lockinfo "$1") ]]
}

@test "ipcls counts the processes that wait for a message, for room, and for the first of two queues" {
	local q r
	q=/$(name q)
	r=/$(name r)
	mqcreate -d 1 -s 64 "$q"
	mqcreate -d 1 -s 64 "$r"
	has_waiters 0 "$q"
	spawn mqrecv "$q"
	wait_until has_waiters 1 "$q"
	spawn mqwait "$q" "$r"
	wait_until has_waiters 2 "$q"
	has_waiters 1 "$r"
	end_spawned
	wait_until has_waiters 0 "$q"
	mqsend "$q" one
	spawn mqsend "$q" two
	wait_until has_waiters 1 "$q"
	run bash -c 'ipcls --who -o pid,command,access "$1" 2>/dev/null | grep waits' - "$q"
	assert_output --regexp "^ *$spawned .* waits$"
	end_spawned
	mqunlink "$q" "$r"
}

@test "ipcls counts the processes that wait for System V queues and sets" {
	local k
	k=$(key k)
	mqcreate "key:$k"
	semop create "key:$k" 0
	spawn mqrecv "key:$k"
	wait_until has_waiters 1 "key:$k" mq
	spawn semop wait "key:$k"
	wait_until has_waiters 1 "key:$k" sem
	end_spawned
	mqunlink "key:$k"
	semop unlink "key:$k"
}

@test "ipcls counts the processes that wait for a semaphore, a word in memory, and a mutex" {
	local s m
	s=/$(name s)
	m=/$(name m)
	semop create "$s" 0
	shmcreate "$m" 4K
	spawn semop wait "$s"
	wait_until has_waiters 1 "$s"
	spawn shmcell wait "shm:$m+8" = 5
	wait_until has_waiters 1 "$m"
	spawn lockrun --api mutex "shm:$m+64" cat "$IPCTOOL_SILENCE"
	wait_until is_held "shm:$m+64"
	spawn lockrun --api mutex "shm:$m+64" true
	wait_until has_waiters 2 "$m"
	end_spawned
	semop unlink "$s"
	shmunlink "$m"
}

@test "ipcls counts the processes that wait for the other end of a FIFO, which it does not open" {
	command mkfifo fifo
	spawn cat fifo
	wait_until has_waiters 1 "$PWD/fifo" fifo
	run bash -c 'ipcls -o name,holders,waiters --type fifo "$PWD/fifo" 2>/dev/null | tail -n 1'
	assert_output --regexp "^$PWD/fifo +0[+]? +1$"
	# it still waits
	has_waiters 1 "$PWD/fifo" fifo
	end_spawned
}

@test "ipcls shows what a process waits for by poll, select and epoll" {
	local call
	command mkfifo fifo
	exec 7<>fifo
	for call in 'select.select([7], [], [])' 'p = select.poll(); p.register(7, 1); p.poll()' \
		'e = select.epoll(); e.register(7, 1); e.poll()' \
		'e = select.epoll(); e.register(7, 1); select.select([e.fileno()], [], [])'; do
		spawn python3 -c "import select; $call"
		wait_until has_waiters 1 "$PWD/fifo" fifo
		end_spawned
		wait_until has_waiters 0 "$PWD/fifo" fifo
	done
	exec 7>&-
}
