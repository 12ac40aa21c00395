#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A stop of the process (SIGSTOP, the terminal's ^Z, the freezer of cgroups) does not lengthen a time-out.
# applets: mqrecv mqsend mqwait mqnotify fiforead fifowrite sockrecv socksend sockconnect socklisten sigwatch efd semop lockrun

# bats file_tags=slow

load helper
load queues

setup() {
	basic_setup
	labels=() waiting=()
	q=$(name q)
	full=$(name full)
	later mqunlink -f "$q"
	later mqunlink -f "$full"
	later mqunlink -f "key:$(key q)"
	later mqunlink -f "key:$(key full)"
}

# try LABEL CMD...: start a wait of three seconds, and stop it as soon as it waits; on a machine so busy that it ended
# before that was seen, start it again
try() {
	local attempt
	labels+=("$1")
	for attempt in 1 2 3 4 5; do
		spawn "${@:2}" </dev/null >/dev/null
		wait_until waits_or_gone
		if ! gone "$spawned" && kill -STOP -- "-$spawned"; then
			waiting+=("$spawned")
			return
		fi
	done
	fail "$1: not seen waiting in $attempt attempts"
}

waits_or_gone() {
	gone "$spawned" || "${waits_as:-sleeping}" "$spawned"
}

# Does it wait in many short sleeps?
dozing() {
	local before state i
	resting_state "$1"
	before=${state//[!0-9 ]/}
	for i in 1 2 3 4; do
		pause 0.01
	done
	resting_state "$1"
	state=${state//[!0-9 ]/}
	((${state%% *} > ${before%% *} + 1))
}

# Does it sleep, and its children too? On a busy machine it rather waits for a processor.
rests() {
	local pid children=()
	{ read -r -a children <"/proc/$1/task/$1/children"; } 2>/dev/null || true
	for pid in "$1" "${children[@]}"; do
		resting_state "$pid" || gone "$pid" || return
	done
}

# ends PID: to be found asleep for 1.5 s is too much for what has nothing more to wait for, and less than is left of
# the three seconds
ends() {
	local asleep=0
	while ((asleep < 150)); do
		! gone "$1" || return 0
		pause 0.01
		! rests "$1" || ((++asleep))
	done
	return 1
}

# All of them go on after their three seconds, and end.
all_end_at_once() {
	local i late=
	pause 3.1
	for ((i = 0; i < ${#waiting[@]}; i++)); do
		kill -CONT -- "-${waiting[i]}"
		ends "${waiting[i]}" || late+="${labels[i]} "
	done
	assert_equal "$late" ''
	for ((i = 0; i < ${#waiting[@]}; i++)); do
		collect "${waiting[i]}"
		assert_equal "${labels[i]}: $status" "${labels[i]}: 124"
	done
}

into_a_pipe() {
	"$@" | cat
	return "${PIPESTATUS[0]}"
}

@test "a stop lengthens no wait for a queue" {
	local key
	mqcreate -d 1 -s 8 "$q"
	mqcreate -d 1 -s 8 "$full"
	mqsend "$full" x
	try mqrecv mqrecv -t 3 "$q"
	try mqrecv-F mqrecv -F -t 3 "$q"
	try mqrecv-pipe into_a_pipe mqrecv -t 3 "$q"
	try mqrecv-progress mqrecv -t 3 --progress=always "$q"
	try mqrecv-exec mqrecv --exec -t 3 "$q" true
	try mqsend mqsend -t 3 "$full" y
	try mqsend-rate mqsend -t 3 --rate=1000 "$full" y
	try mqwait mqwait -t 3 "$q"
	try mqnotify mqnotify -t 3 "$q"
	for key in "key:$(key q)" "key:$(key full)"; do
		mqcreate "$key"
	done
	while head -c 8000 /dev/zero | mqsend -n "$key" 2>/dev/null; do :; done
	try sysv-mqrecv mqrecv -t 3 "key:$(key q)"
	try sysv-mqrecv-pipe into_a_pipe mqrecv -t 3 "key:$(key q)"
	try sysv-mqsend mqsend -t 3 "$key" "$(printf '%8000s' '')"
	all_end_at_once
}

@test "a stop lengthens no wait for a FIFO, a signal or an eventfd" {
	local held
	mkfifo empty empty-k unread full
	exec {held}<>full
	head -c 65536 /dev/zero >&"$held"
	try fiforead fiforead -t 3 empty
	try fiforead-k fiforead -k -t 3 empty-k
	try fifowrite fifowrite -t 3 unread text
	try fifowrite-full fifowrite -t 3 full text
	exec {held}>&-
	try sigwatch sigwatch -t 3 USR1
	try sigwatch-x sigwatch -t 3 -x true USR1
	spawn "$(peer efd)" hold 0 - >zero
	wait_until test -s zero
	zero=$spawned:$(<zero)
	spawn "$(peer efd)" hold 18446744073709551614 - >max
	wait_until test -s max
	max=$spawned:$(<max)
	try efd-read efd read -t 3 "$zero"
	try efd-wait efd wait -t 3 "$zero"
	try efd-add efd add -t 3 5 "$max"
	all_end_at_once
}

@test "a stop lengthens no wait for a socket" {
	local deaf=$PWD/deaf
	spawn "$(peer socket)" deaf stream "$deaf"
	wait_until grep -q " 00010000 .* $deaf\$" /proc/net/unix
	spawn "$(peer socket)" silent stream "$deaf" >silent
	wait_until test -s silent
	try sockrecv sockrecv -t 3 s1
	try sockrecv-dgram sockrecv --dgram -t 3 s2
	try socklisten socklisten -t 3 s3
	try socklisten-exec socklisten -t 3 s4 -- true
	try socklisten-dgram socklisten --dgram -t 3 s5
	waits_as=dozing try sockconnect-w sockconnect -w -t 3 none
	try sockconnect sockconnect -t 3 "$deaf"
	waits_as=dozing try socksend-w socksend -w -t 3 none text
	all_end_at_once
}

@test "a stop lengthens no wait for a semaphore or a lock" {
	local s api
	s=$(name s)
	later semop unlink -f "$s"
	later semop unlink -f "key:$(key s)"
	later rm -f "/dev/shm/$(name m)"
	semop create "$s" 0
	semop create "key:$(key s)" 0
	shmcreate "$(name m)" 4096
	semop create "shm:$(name m)" 0
	try semop-wait semop wait -t 3 "$s"
	try semop-run semop run -t 3 "$s" true
	try semop-memory semop wait -t 3 "shm:$(name m)"
	try semop-sysv semop wait -t 3 "key:$(key s)"
	try semop-op semop op -t 3 "key:$(key s)" 0-1
	for api in ofd posix flock; do
		: >"$api"
		spawn lockrun --api "$api" "$api" sleep 60
		wait_until eval '[[ $(lockinfo "$api") ]]'
		try "lockrun-$api" lockrun --api "$api" -t 3 "$api" true
	done
	for api in mutex rwlock; do
		later rm -f "/dev/shm/$(name "$api")"
		shmcreate "$(name "$api")" 4096
		spawn lockrun --api "$api" "shm:$(name "$api")" sleep 60
		wait_until eval '[[ $(lockinfo "shm:$(name "$api")") ]]'
		try "lockrun-$api" lockrun --api "$api" -t 3 "shm:$(name "$api")" true
	done
	all_end_at_once
}
