#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# No event is missed: IPCWAIT_ROUNDS waits (default 20) for each source, each event made as soon as ipcwait waits.
# applets: ipcwait

load helper
load queues

rounds=${IPCWAIT_ROUNDS:-20}

# each_round SOURCE MAKE UNDO: SOURCE is not ready before MAKE and after UNDO. The longest time from MAKE to the end is
# printed, in microseconds.
each_round() {
	local i begin now longest=0
	for ((i = 0; i < rounds; i++)); do
		spawn ipcwait -t 30 "$1" >out
		wait_until sleeping "$spawned"
		begin=${EPOCHREALTIME/[.,]/}
		eval "$2"
		collect
		now=${EPOCHREALTIME/[.,]/}
		((now - begin <= longest)) || longest=$((now - begin))
		assert_equal "round $i: $status" "round $i: 0"
		assert_equal "$(<out)" "$1${4:+ $4}"
		eval "$3"
	done
	echo "# $1: $rounds rounds, the longest $longest us" >&3
}

# bats test_tags=slow
@test "no message is missed" {
	queue
	each_round "mq:$q" 'mqsend "$q" text' 'mqrecv -n "$q" >/dev/null'
	key=$(key q)
	later mqunlink -f "key:$key"
	mqcreate "key:$key" >/dev/null
	each_round "mq:key:$key" 'mqsend "key:$key" text' 'mqrecv -n "key:$key" >/dev/null'
}

# bats test_tags=slow
@test "no permit and no value is missed" {
	local s m
	s=$(name s)
	m=$(name m)
	later semop unlink -f "$s"
	later shmunlink -f "$m"
	semop create "$s" 0
	shmcreate "$m" 64
	each_round "sem:$s" 'semop post "$s"' 'semop wait -n "$s"' 'value 1'
	semop create "shm:$m+32" 0
	each_round "sem:shm:$m+32" 'semop post "shm:$m+32"' 'semop wait -n "shm:$m+32"' 'value 1'
	each_round "cell:shm:$m=1" 'shmcell set "shm:$m" 1' 'shmcell set "shm:$m" 0' 'value 1'
	key=$(key s)
	later semop unlink -f "key:$key"
	semop create --count 2 "key:$key" 0 >/dev/null
	each_round "sem:key:${key}[1]" 'semop post "key:${key}[1]"' 'semop wait -n "key:${key}[1]"' 'value 1'
}

# bats test_tags=slow
@test "no change of a file, no lock and no byte is missed" {
	requires command:flock
	local fd
	each_round path:f ': >f' 'rm f'
	each_round path:d/f 'mkdir d; : >d/f' 'rm -r d'
	: >f
	each_round path:f:changed 'echo >>f' :
	exec {fd}>>f
	flock "$fd"
	each_round lock:f 'flock -u "$fd"' 'flock "$fd"'
	exec {fd}>&-
	mkfifo p
	exec {fd}<>p
	each_round "fd:$fd" 'echo >&"$fd"' 'read -r line <&"$fd"' readable
	each_round line:x 'echo x >&"$fd"' : x <&"$fd"
	exec {fd}>&-
}

# bats test_tags=slow
@test "no signal, no end of a process and no listener is missed" {
	local pid
	each_round signal:USR1 'kill -USR1 "$spawned"' : "pid $$ uid $EUID"
	start() {
		sleep 1000 3>&- &
		pid=$!
	}
	local i
	for ((i = 0; i < rounds; i++)); do
		start
		spawn ipcwait -t 30 "pid:$pid" >out
		wait_until sleeping "$spawned"
		kill "$pid"
		collect
		assert_equal "round $i: $status" "round $i: 0"
	done
	for ((i = 0; i < rounds; i++)); do
		spawn ipcwait -t 30 socket:./s >out
		pid=$spawned
		wait_until sleeping "$pid"
		spawn socklisten ./s -- true
		collect "$pid"
		assert_equal "round $i: $status" "round $i: 0"
		kill "$spawned"
		collect
	done
}
