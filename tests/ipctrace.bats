#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ipctrace: a line for each IPC call of a command or of processes.

load helper

setup() {
	basic_setup
	# LeakSanitizer fails in a program that is traced
	export ASAN_OPTIONS=detect_leaks=0
}

# calls FILE: its lines without the time, the thread and the numbers of descriptors.
calls() {
	sed -E 's/^ *[0-9.]+ +[0-9]+ //; s/, waited [0-9.]+ [a-z]+/, waited/; s/(woken by|from) [0-9]+/\1/; s/(open.*) = [0-9]+$/\1 = FD/; s/semtimedop/semop/' "$1"
}

@test "ipctrace prints the calls on a POSIX queue with sizes and priorities" {
	q=$(name q)
	mqcreate -d 2 -s 64 "$q"
	later mqunlink -f "$q"
	ipctrace -o out sh -c "exec '$(type -P mqsend)' -p 7 $q hello"
	ipctrace -o more sh -c "exec '$(type -P mqrecv)' $q" >text
	assert_equal "$(calls out)" "mqsend          mq_open /$q write = FD
mqsend          mq_timedsend /$q size 5 priority 7 = 0"
	run calls more
	assert_line "mqrecv          mq_timedreceive /$q size 5 priority 7 = 5"
	assert_equal "$(<text)" hello
}

@test "ipctrace says why a call failed, in words" {
	ipctrace -o out sh -c "exec '$(type -P mqsend)' $(name none) x" 2>/dev/null || status=$?
	assert_equal "$status" 4
	assert_equal "$(calls out)" "mqsend          mq_open /$(name none) write = No such file or directory"
}

@test "ipctrace returns the status of the command" {
	run ipctrace -o out sh -c 'exit 3'
	assert_failure 3
	run -127 ipctrace -o out "$BATS_TEST_TMPDIR/none"
	run -143 ipctrace -o out sh -c 'kill -TERM $$'
}

@test "ipctrace -J has numbers as numbers" {
	q=$(name q)
	mqcreate -d 2 -s 64 "$q"
	later mqunlink -f "$q"
	ipctrace -J -o out sh -c "exec '$(type -P mqsend)' -p 7 $q hello"
	run jq -c '[.command, .call, .object, .size, .priority, .result, .error, .by]' out
	assert_line "[\"mqsend\",\"mq_timedsend\",\"/$q\",5,7,0,null,null]"
}

@test "ipctrace prints the calls on a set of semaphores" {
	k=$(key k)
	ipctrace -o out sh -c "'$(type -P semop)' create --count 2 key:$k 0 >/dev/null
		'$(type -P semop)' op key:$k 0+3,1+1u; exit 0"
	run calls out
	assert_line --partial "semget key:$k create exclusively mode 0600 size 2 = "
	assert_line "semop           semop key:$k 0+3,1+1u = 0"
	semop unlink "key:$k"
}

@test "ipctrace prints the waits and the wake-ups of a semaphore in memory" {
	local s
	s=/$(name s)
	semop create "$s" 0
	later semop unlink -f "$s"
	has_waiter() { [[ $(semop value -J "$s") == *'"waiters":1'* ]]; }
	spawn ipctrace -o waits "$(type -P semop)" wait "$s"
	wait_until has_waiter
	ipctrace -o wakes "$(type -P semop)" post "$s"
	collect
	assert_equal "$status" 0
	run calls waits
	assert_line --regexp "^semop           futex_wait $s = 0, waited"
	run calls wakes
	assert_line "semop           futex_wake $s = 1"
}

@test "ipctrace says how long a call has waited and who has woken it" {
	q=$(name q)
	mqcreate -d 2 -s 64 "$q"
	later mqunlink -f "$q"
	ipctrace -o out sh -c "'$(type -P mqrecv)' $q & sleep 0.2; '$(type -P mqsend)' $q hello; wait" >text
	run calls out
	assert_line "mqrecv          mq_timedreceive /$q size 5 priority 0 = 5, waited, woken by mqsend"
}

@test "ipctrace prints what a signal does and who sent it" {
	run -0 ipctrace -o out sh -c 'trap : USR1; kill -USR1 $$; trap "" USR2; kill -USR2 $$'
	run calls out
	assert_line --regexp '^sh              kill pid:[0-9]+ USR1 = 0$'
	assert_line 'sh              signal USR1 caught, from sh'
	assert_line 'sh              signal USR2 ignored, from sh'
}

@test "ipctrace --summary prints a table of the objects" {
	q=$(name q)
	mqcreate -d 2 -s 64 "$q"
	later mqunlink -f "$q"
	ipctrace --summary -J -o out sh -c "'$(type -P mqsend)' $q hello; '$(type -P mqrecv)' $q" >text
	run jq -c 'select(.kind == "mq") | [.object, .failed, .bytes]' out
	assert_output "[\"/$q\",0,10]"
}

@test "ipctrace traces threads, and a program that a thread executes" {
	ipctrace -o out "$(peer traced)" threads 3 >sum
	run calls out
	assert_line --regexp '^traced          write eventfd:\[[0-9]+\] size 8 value 3 = 8$'
	assert_line --regexp '^traced          read eventfd:\[[0-9]+\] size 8 value 6 = 8$'
	run -5 ipctrace -o out "$(peer traced)" exec sh -c 'echo text | cat >got; exit 5'
	run calls out
	assert_line --regexp '^cat             read pipe:\[[0-9]+\] size 5 = 5'
}

@test "ipctrace decodes the calls of 32-bit programs" {
	"$(peer traced)" compat || skip "no 32-bit calls here"
	ipctrace -o out "$(peer traced)" compat
	run calls out
	assert_line --regexp '^traced          msgsnd id:[0-9]+ size 5 priority 7 = 0$'
}

# stay: the program that writes to and reads from a pipe, until it is ready; $stays is its PID
stay() {
	spawn "$(peer traced)" stay >ready
	stays=$spawned
	wait_until grep -q ready ready
}

# not_stopped PID: neither by a signal nor by a tracer
not_stopped() {
	local line
	while IFS= read -r line; do
		[[ $line != TracerPid:* || $line == *[[:blank:]]0 ]] || return
		[[ $line != State:*[[:blank:]][tT][[:blank:]]* ]] || return
	done <"/proc/$1/status"
}

pipe_is_used() {
	[[ $(grep -c ' write pipe:.* = 1' "$1") -gt 2 ]]
}

@test "ipctrace -p traces a process that runs, until it ends" {
	stay
	spawn ipctrace -o out -p "$stays"
	tracer=$spawned
	wait_until pipe_is_used out
	kill -TERM "$stays"
	collect "$tracer"
	assert_equal "$status" 0
	run calls out
	assert_line --regexp '^traced          signal TERM default action, from '
}

@test "ipctrace -p ends at a termination signal or its time-out, and the process goes on" {
	stay
	spawn ipctrace -o out -p "$stays"
	wait_until pipe_is_used out
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	not_stopped "$stays"
	run ipctrace -t 50ms -o out -p "$stays"
	assert_failure 124
	not_stopped "$stays"
	kill "$stays"
}

# bats test_tags=slow
@test "ipctrace that is killed leaves no process stopped, and no signal is lost" {
	local i
	spawn "$(peer sig)" catch 400 40 >got
	catcher=$spawned
	wait_until sleeping "$catcher"
	for ((i = 0; i < 8; i++)); do
		spawn ipctrace -o out -p "$catcher"
		"$(peer sig)" send "$catcher" 40 "$((50 * i))" 25 >sender
		kill -KILL "$spawned"
		"$(peer sig)" send "$catcher" 40 "$((50 * i + 25))" 25 >sender
		collect
		wait_until not_stopped_or_ended "$catcher"
	done
	collect "$catcher"
	assert_equal "$status" 0
	assert_equal "$(wc -l <got)" 400
	assert_equal "$(sed 's/.* value //' got)" "$(seq 0 399)"
}

not_stopped_or_ended() {
	[[ ! -e /proc/$1/status ]] || not_stopped "$1" 2>/dev/null || [[ ! -e /proc/$1/status ]]
}

@test "the command of an ipctrace that is killed goes on" {
	spawn ipctrace -o out "$(peer traced)" stay >ready
	wait_until grep -q ready ready
	wait_until pipe_is_used out
	stays=$(sed -n 's/^ *[0-9.]* *\([0-9]*\) traced  *write.*/\1/p' out | head -n 1)
	kill -KILL "$spawned"
	collect
	wait_until not_stopped "$stays"
	kill -TERM "$stays"
	wait_until gone "$stays"
}

@test "ipctrace stops with its command, and both continue" {
	requires program
	spawn ipctrace -o out "$(peer traced)" stay >ready
	wait_until pipe_is_used out
	stays=$(sed -n 's/^ *[0-9.]* *\([0-9]*\) traced  *write.*/\1/p' out | head -n 1)
	kill -STOP "$stays"
	wait_until grep -q '^State:.*[tT] ' "/proc/$stays/status"
	kill -CONT "$stays"
	: >out
	wait_until pipe_is_used out
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
}

@test "ipctrace -p leaves a thread alone that sleeps in semop" {
	id=$(semop create private: 0)
	later semop unlink -f "$id"
	spawn "$(peer traced)" semop "${id#id:}" >errno
	waiter=$spawned
	wait_until sleeping "$waiter"
	run ipctrace -t 100ms -o out -p "$waiter"
	assert_failure 124
	semop post "$id"
	collect "$waiter"
	assert_equal "$(<errno)" 0
}

@test "ipctrace names the process that traces already" {
	stay
	spawn "$(peer traced)" tracer "$stays" >second
	tracer=$spawned
	wait_until grep -q ready second
	refused 1 "ipctrace: process $stays is traced by process $tracer" ipctrace -p "$stays"
	kill "$tracer"
	kill "$stays"
}

@test "ipctrace refuses processes that do not exist and PIDs that are none" {
	refused 4 'ipctrace: process 2147483647: No such process' ipctrace -p 2147483647
	refused 2 "ipctrace: '1x' is not a PID" ipctrace -p 1x
	refused 125 'ipctrace: process 2147483647: No such process' ipctrace -p 2147483647 true
}

@test "ipctrace may not trace the processes of other users" {
	requires nobody
	refused 1 'ipctrace: process 1: Operation not permitted' ipctrace -p 1
}

@test "ipctrace ends with 141 if its reader closes the output, and the command goes on" {
	run bash -c "set -o pipefail; '$(type -P ipctrace)' sh -c 'echo a | cat >got; echo b | cat >>got; exit 3' | exec true 3>&-"
	assert_equal "$status:$(cat got)" $'3:a\nb'
}

@test "ipctrace prints calls that have not returned" {
	q=$(name q)
	mqcreate -d 2 -s 64 "$q"
	later mqunlink -f "$q"
	spawn "$(type -P mqrecv)" "$q" >text
	reader=$spawned
	wait_until sleeping "$reader"
	run -124 ipctrace -t 100ms -o out -p "$reader"
	run calls out
	assert_line "mqrecv          mq_timedreceive /$q = has not returned, waited"
	mqsend "$q" hello
	collect "$reader"
	assert_equal "$(<text)" hello
}

@test "ipctrace without a command or process needs privileges" {
	requires nobody
	refused 1 'ipctrace: all processes can be traced with CAP_SYS_ADMIN only; give a COMMAND or --pid' ipctrace
}

# The names of the instances of tracefs, by a mount of our own; all namespaces have the same.
instances() {
	mkdir -p tracefs
	unshare -m sh -c 'mount -t tracefs tracefs tracefs && ls tracefs/instances'
}

# The instance of the process $spawned, whose child has made it, into $instance.
find_instance() {
	local tracer
	# it has no newline at the end
	read -r tracer _ <"/proc/$spawned/task/$spawned/children" || [[ $tracer ]]
	instance=$(instances | grep "^ipctrace-$tracer-")
}

instance_is_gone() {
	! instances | grep -qxF "$instance"
}

# In the background, into the file out, until it has begun
trace_system() {
	spawn ipctrace -o out
	wait_until find_instance
	# the events of signals are the last to be enabled
	wait_until system_is_traced
}

system_is_traced() {
	builtin kill -CONT $$
	grep -q ' signal CONT ' out
}

@test "ipctrace prints the calls of all processes, and what becomes of signals" {
	requires root command:unshare
	trace_system
	k=$(key k)
	id=$(semop create "key:$k" 1)
	semop unlink "key:$k"
	tracer=$spawned
	# the lines of other tests are in the file too
	target=t$RANDOM$RANDOM
	cp "$(peer traced)" "$target"
	spawn "./$target" stay >ready
	wait_until grep -q ready ready
	builtin kill -WINCH "$spawned"
	builtin kill -TERM "$spawned"
	wait_until grep -q " $target  *signal TERM" out
	kill -TERM "$tracer"
	collect "$tracer"
	assert_equal "$status" 143
	run calls out
	assert_line --partial " semget $id create exclusively mode 0600 size 1 = "
	assert_line --partial " semctl $id remove = 0"
	assert_line --regexp "^$target +signal WINCH ignored, from "
	assert_line --regexp "^$target +signal TERM delivered, from "
	instance_is_gone
}

@test "ipctrace of the system leaves no instance when it is killed" {
	requires root command:unshare
	trace_system
	kill -KILL "$spawned"
	collect
	assert_equal "$status" 137
	wait_until instance_is_gone
}

@test "ipctrace of the system ends at its time-out" {
	requires root command:unshare
	run ipctrace -t 50ms -o out
	assert_failure 124
}
