#!/usr/bin/env bats
# ipctrace: a line for each IPC call of a command or of processes.

load helper

# The lines of the file out without the time, the thread and the numbers of descriptors.
calls() {
	sed -E 's/^ *[0-9.]+ +[0-9]+ //; s/, waited [0-9.]+ [a-z]+/, waited/; s/(woken by|from) [0-9]+/\1/; s/(open.*) = [0-9]+$/\1 = FD/; s/semtimedop/semop/' "${1:-out}"
}

@test "ipctrace prints the calls on a POSIX queue with sizes and priorities" {
	q=$(name q)
	mqcreate -d 2 -s 64 "$q"
	later mqunlink -f "$q"
	ipctrace -o out sh -c "exec '$(type -P mqsend)' -p 7 $q hello"
	ipctrace -o more sh -c "exec '$(type -P mqrecv)' $q" >text
	assert_equal "$(calls)" "mqsend          mq_open /$q write = FD
mqsend          mq_timedsend /$q size 5 priority 7 = 0"
	run calls more
	assert_line "mqrecv          mq_timedreceive /$q size 5 priority 7 = 5"
	assert_equal "$(<text)" hello
}

@test "ipctrace says why a call failed, in words" {
	ipctrace -o out sh -c "exec '$(type -P mqsend)' $(name none) x" 2>/dev/null || status=$?
	assert_equal "$status" 4
	assert_equal "$(calls)" "mqsend          mq_open /$(name none) write = No such file or directory"
}

@test "ipctrace returns the status of the command" {
	run ipctrace -o out sh -c 'exit 3'
	assert_failure 3
	run ipctrace -o out "$BATS_TEST_TMPDIR/none"
	assert_failure 127
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
	run calls
	assert_line --partial "semget key:$k create exclusively mode 0600 size 2 = "
	assert_line "semop           semop key:$k 0+3,1+1u = 0"
	semop unlink "key:$k"
}

@test "ipctrace says how long a call has waited and who has woken it" {
	q=$(name q)
	mqcreate -d 2 -s 64 "$q"
	later mqunlink -f "$q"
	ipctrace -o out sh -c "'$(type -P mqrecv)' $q & sleep 0.2; '$(type -P mqsend)' $q hello; wait" >text
	run calls
	assert_line "mqrecv          mq_timedreceive /$q size 5 priority 0 = 5, waited, woken by mqsend"
}

@test "ipctrace prints what a signal does and who sent it" {
	run -0 ipctrace -o out sh -c 'trap : USR1; kill -USR1 $$; trap "" USR2; kill -USR2 $$'
	run calls
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

@test "ipctrace without a command or process needs privileges" {
	requires nobody
	refused 1 'ipctrace: all processes can be traced with CAP_SYS_ADMIN only; give a COMMAND or --pid' ipctrace
}

# The names of the instances of tracefs, by a mount of our own.
instances() {
	mkdir -p tracefs
	unshare -m sh -c 'mount -t tracefs tracefs tracefs && ls tracefs/instances' | grep ipctrace-
}

no_instances() {
	! instances
}

# trace_system OPTION...: in the background, into the file out, until it has begun
trace_system() {
	spawn ipctrace -o out "$@"
	wait_until instances
	# the events are enabled after that: until one is printed
	wait_until system_is_traced
}

system_is_traced() {
	kill -0 $$
	kill -CONT $$
	[[ -s out ]]
}

@test "ipctrace prints the calls of all processes, and what becomes of signals" {
	requires root command:unshare
	trace_system
	k=$(key k)
	id=$(semop create "key:$k" 1)
	semop unlink "key:$k"
	"$(type -P sleep)" 60 3>&- &
	sleeper=$!
	disown
	builtin kill -WINCH "$sleeper"
	builtin kill -TERM "$sleeper"
	wait_until grep -q 'sleep .* signal TERM' out
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	run calls
	assert_line --partial " semget $id create exclusively mode 0600 size 1 = "
	assert_line --partial " semctl $id remove = 0"
	assert_line --regexp ' signal WINCH ignored, from '
	assert_line --regexp ' signal TERM delivered, from '
	no_instances
}

@test "ipctrace of the system leaves no instance when it is killed" {
	requires root command:unshare
	trace_system
	kill -KILL "$spawned"
	collect
	assert_equal "$status" 137
	wait_until no_instances
}

@test "ipctrace of the system ends at its time-out" {
	requires root command:unshare
	run ipctrace -t 50ms -o out
	assert_failure 124
	no_instances
}
