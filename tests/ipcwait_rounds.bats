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

# bats test_tags=slow
@test "no number of an eventfd and no byte of a FIFO is missed" {
	local e p
	e=$(name e)
	spawn efd serve "$e"
	wait_until efd peek "$e"
	each_round "efd:$e" 'efd add 3 "$e"' 'efd read "$e" >/dev/null' 'value 3'
	mkfifo f
	exec {p}<>f
	each_round fifo:f 'echo text >&"$p"' 'read -r line <&"$p"' 'bytes 5'
	exec {p}>&-
	# without another reader a process keeps the byte, see ipcwait(1)
	each_round fifo:f 'echo text >f' 'read -r line <f' 'bytes 5'
}

# bats test_tags=slow
@test "no time is missed, and none comes early" {
	local i begin now due longest=0 sum=0 line
	for ((i = 0; i < rounds; i++)); do
		begin=${EPOCHREALTIME/[.,]/}
		run within 30 ipcwait time:20ms
		now=${EPOCHREALTIME/[.,]/}
		assert_equal "round $i: $status $output" "round $i: 0 time:20ms"
		((now - begin >= 20000)) || fail "round $i ended after $((now - begin)) us"
		((now - begin - 20000 <= longest)) || longest=$((now - begin - 20000))
	done
	echo "# time:20ms: $rounds rounds, the longest delay $longest us" >&3
	longest=0
	begin=${EPOCHREALTIME/[.,]/}
	while ((sum < rounds)); do
		read -r -t 30 line
		now=${EPOCHREALTIME/[.,]/}
		[[ $line =~ ^'every:20ms times '([0-9]+)$ ]] || fail "'$line'"
		sum=$((sum + BASH_REMATCH[1]))
		due=$((begin + sum * 20000))
		((now >= due)) || fail "the time $sum came $((due - now)) us early"
		((now - due <= longest)) || longest=$((now - due))
	done < <(ipcwait -t 600 -c "$rounds" every:20ms 3>&-)
	echo "# every:20ms: $rounds rounds, the longest delay $longest us" >&3
}

# sum_of FILE: how often the time has come, by the lines of `ipcwait every:`
sum_of() {
	awk '{ sum += $3 } END { print sum + 0 }' "$1"
}

# bats test_tags=slow
@test "the times that come while ipcwait is stopped are counted" {
	local before begin end lines
	spawn ipcwait -t 600 -c 100000 every:5ms >out
	wait_until test -s out
	kill -STOP "$spawned"
	wait_until stopped "$spawned"
	begin=${EPOCHREALTIME/[.,]/}
	before=$(sum_of out)
	lines=$(wc -l <out)
	pause 0.2
	end=${EPOCHREALTIME/[.,]/}
	kill -CONT "$spawned"
	wait_until has_more_lines "$lines"
	(($(sum_of out) - before >= (end - begin) / 5000 - 1))
	end_spawned
}

has_more_lines() {
	(($(wc -l <out) > $1))
}
