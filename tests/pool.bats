#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mqrecv --exec: its end, its reports, and how it is controlled while it runs.
# applets: mqrecv

load helper

setup() {
	basic_setup
	q=$(name pool)
	dead=$(name dead)
	# small ones: see tests/README.md
	mqcreate -s 1024 "$q" "$dead"
	later mqunlink -f "$q" "$dead"
}

# How many messages a queue holds.
held() {
	local line
	line=$(mqstat -J "$1")
	line=${line#*\"messages\":}
	echo "${line%%,*}"
}

lines_of() {
	[[ -e $1 && $(wc -l <"$1") == "$2" ]]
}

# Has the pool handled the signals that were sent to it?
handled() {
	! sigmask "$spawned" | grep -q "pending.*$1" && sleeping "$spawned"
}

# ---- --until-pid

@test "--until-pid: the pool ends when the process has ended and the queue is empty" {
	local producer
	mkfifo go
	exec 8<>go
	spawn eval "mqsend $q 1 2; read -r _ <go; mqsend $q 3"
	producer=$spawned
	spawn mqrecv --exec --until-pid "$producer" "$q" -- sh -c 'echo "$1" >>done' sh {} 2>err
	wait_until lines_of 'done' 2
	wait_until sleeping "$spawned"
	echo >&8
	collect
	assert_equal "$status" 0
	assert_equal "$(<'done')" $'1\n2\n3'
	assert_equal "$(<err)" "/$q: 3 run, 0 failed, 0 put back, 0 given up"
	exec 8>&-
}

@test "--until-pid: of several processes the last one ends the pool, and a zombie has ended" {
	local first second
	# sleep does not wait for a child that the shell has started
	mkfifo end
	# shellcheck disable=SC2016 # for that shell
	spawn sh -c '(read -r _ <end) & echo $! >first; exec sleep 60'
	wait_until grep -qx sleep "/proc/$spawned/comm"
	first=$(<first)
	echo >end
	wait_until eval '[[ $(sed "s/.*) //" "/proc/$first/stat") == Z* ]]'
	mkfifo go
	exec 8<>go
	spawn eval 'read -r _ <go'
	second=$spawned
	mqsend "$q" a
	spawn mqrecv --exec -P 2 --until-pid "$first" --until-pid "$second" "$q" -- sh -c 'echo >>done' 2>err
	wait_until lines_of 'done' 1
	wait_until sleeping "$spawned"
	echo >&8
	collect
	assert_equal "$status" 0
	exec 8>&-
}

@test "--until-pid: a process that does not exist has ended, and without a message the status is 0" {
	spawn true
	collect
	run within 20 mqrecv --exec --until-pid "$spawned" "$q" -- cat
	assert_success
	assert_output "/$q: 0 run, 0 failed, 0 put back, 0 given up"
	mqsend "$q" a b
	run --separate-stderr within 20 mqrecv --exec -a --until-pid "$spawned" "$q" -- echo {}
	assert_success
	assert_output $'a\nb'
}

@test "--until-pid: messages that wait for another try are done first" {
	spawn true
	collect
	mqsend "$q" a
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv --exec --until-pid "$spawned" --retry 2 --delay 50ms "$q" -- sh -c 'echo $MQ_TRY; [ $MQ_TRY = 3 ]'
	assert_success
	assert_output $'1\n2\n3'
}

@test "--until-pid PID:INODE: another process with this PID is not waited for" {
	requires command:python3
	spawn sleep 60
	python3 -c 'import os, sys; print(os.fstat(os.pidfd_open(int(sys.argv[1]))).st_ino)' "$spawned" >inode
	local producer=$spawned
	run within 20 mqrecv --exec --until-pid "$producer:$(($(<inode) + 1))" "$q" -- cat
	[[ $output != *'requires Linux 6.9' ]] || skip 'no identity of a pidfd'
	assert_success
	mqsend "$q" a
	spawn mqrecv --exec --until-pid "$producer:$(<inode)" "$q" -- sh -c 'echo >>done' 2>err
	wait_until lines_of 'done' 1
	wait_until sleeping "$spawned"
	kill -KILL "$producer"
	collect
	assert_equal "$status" 0
}

@test "--until-pid refuses what is no process, and itself" {
	local text
	for text in x '' 0 -1 1: 1:x 12/13 99999999999; do
		run within 20 mqrecv --exec --until-pid="$text" "$q" -- cat
		assert_failure 125
		assert_line --index 0 "mqrecv: '$text' is not a process: PID (1 to 2147483647) or PID:INODE"
	done
	# shellcheck disable=SC2016 # for that shell
	run within 20 sh -c 'exec ipctool mqrecv --exec --until-pid $$ "$1" -- cat' sh "$q"
	assert_failure 125
	assert_line --index 0 --partial ': this process itself'
}

@test "--until-pid refuses the id of a thread" {
	requires command:python3
	spawn python3 -c '
import threading, time
t = threading.Thread(target=time.sleep, args=(60,), daemon=True)
t.start()
print(t.native_id, flush=True)
t.join()' >thread
	wait_until test -s thread
	run within 20 mqrecv --exec --until-pid "$(<thread)" "$q" -- cat
	assert_failure 125
	assert_output "mqrecv: $(<thread): a thread, not a process"
}

@test "--until-pid and --drain go with -a and -F, not with -c and -n" {
	local option
	for option in "--until-pid=1" --drain; do
		run within 20 mqrecv --exec -c 1 "$option" "$q" -- cat
		assert_failure 125
		run within 20 mqrecv --exec -n "$option" "$q" -- cat
		assert_failure 125
		run within 20 mqrecv --exec -F -t 10ms "$option" "$q" -- cat
		assert_failure 124
	done
	# --drain alone does not change the end of -a
	mqsend "$q" a
	run --separate-stderr within 20 mqrecv --exec -a --drain "$q" -- cat
	assert_success
	assert_output a
}

# ---- --drain

@test "--drain: SIGTERM ends the pool when the queue is empty and no message waits for another try" {
	mqsend "$q" 1 2 3
	# shellcheck disable=SC2016 # for the command's shell
	spawn mqrecv --exec --drain --retry 1 --delay 50ms "$q" -- sh -c '
		echo "$1 $MQ_TRY" >>tried
		until [ -e go ]; do sleep 0.01; done
		[ $MQ_TRY = 2 ]' sh {} 2>err
	wait_until lines_of tried 1
	kill -TERM "$spawned"
	wait_until handled TERM
	: >go
	collect
	[[ $IPCTOOL_FRONT == bash ]] || assert_equal "$status" 0
	assert_equal "$(sort tried)" $'1 1\n1 2\n2 1\n2 2\n3 1\n3 2'
	assert_equal "$(<err)" "/$q: 6 run, 3 failed, 3 put back, 0 given up"
}

@test "--drain: a second SIGTERM ends the pool at once, and the message of its command is put back" {
	mqsend "$q" 1 2 3
	# shellcheck disable=SC2016 # for the command's shell
	spawn mqrecv --exec --drain "$q" -- sh -c 'echo >>tried; exec sleep 60' 2>err
	wait_until lines_of tried 1
	kill -TERM "$spawned"
	wait_until handled TERM
	assert_equal "$(held "$q")" 2
	kill -TERM "$spawned"
	collect
	[[ $IPCTOOL_FRONT == bash ]] || assert_equal "$status" 0
	assert_equal "$(mqrecv -a "$q" | sort | tr '\n' ' ')" '1 2 3 '
	assert_equal "$(<err)" "/$q: 1 run, 1 failed, 1 put back, 0 given up"
}

@test "--drain: another termination signal ends the receiving, as without it" {
	mkfifo go
	exec 8<>go
	mqsend "$q" 1 2
	spawn mqrecv --exec --drain "$q" -- sh -c 'echo >>tried; read -r _ <go' 2>err
	wait_until lines_of tried 1
	kill -HUP "$spawned"
	wait_until handled HUP
	echo >&8
	collect
	assert_equal "$status" 129
	assert_equal "$(mqrecv -a "$q")" 2
	exec 8>&-
}

@test "--drain: a command that a SIGTERM to all has killed is run again, one that always dies is given up" {
	mqsend "$q" 1
	# shellcheck disable=SC2016 # for the command's shell
	spawn mqrecv --exec --drain --dead "$dead" "$q" -- sh -c 'echo >>tried; until [ -e go ]; do sleep 0.01; done; kill -TERM $$' 2>err
	wait_until lines_of tried 1
	# the command and the pool
	kill -TERM -- "-$spawned"
	wait_until lines_of tried 2
	: >go
	collect
	assert_equal "$(mqrecv -n "$dead")" 1
	assert_equal "$(wc -l <tried)" 2
	assert_equal "$(tail -n 1 err)" "/$q: 2 run, 2 failed, 1 put back, 1 given up"
}

@test "--drain: an idle pool ends at SIGTERM" {
	spawn mqrecv --exec --drain "$q" -- cat 2>err
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	[[ $IPCTOOL_FRONT == bash ]] || assert_equal "$status" 0
}

# ---- --rate

@test "--rate is the number of commands that are started a second" {
	mqsend "$q" 1 2 3
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv --exec -a -P 3 --rate 5 "$q" -- sh -c 'date +%s%3N'
	assert_success
	assert [ $((lines[1] - lines[0])) -ge 100 ]
	assert [ $((lines[2] - lines[0])) -ge 300 ]
}

@test "--rate does not delay the end of the pool, nor -t" {
	mqsend "$q" 1
	run --separate-stderr within 20 mqrecv --exec -c 1 --rate 0.001 "$q" -- cat
	assert_success
	mqsend "$q" 1
	spawn mqrecv --exec -F --rate 0.001 "$q" -- sh -c 'echo >>done' 2>err
	wait_until lines_of 'done' 1
	wait_until sleeping "$spawned"
	mqsend "$q" 2
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$(mqrecv -n "$q")" 2
}

@test "--rate and --workers-file with 0 workers do not delay the end of a pool whose queue is empty" {
	local option
	spawn true
	collect
	local ended=$spawned
	echo 0 >workers
	for option in --rate=0.001 --workers-file=workers; do
		# with --rate the pool waits for 1000 seconds after the first command
		[[ $option == --workers* ]] || mqsend "$q" 1
		run --separate-stderr within 20 mqrecv --exec --until-pid "$ended" "$option" "$q" -- cat
		assert_success
		[[ $option == --workers* ]] || mqsend "$q" 1
		run --separate-stderr within 20 mqrecv --exec -F -t 50ms "$option" "$q" -- cat
		assert_failure 124
		assert_stderr --partial "mqrecv: /$q: timed out: the queue is still empty"
	done
	run --separate-stderr within 20 mqrecv --exec -a --workers-file workers "$q" -- cat
	assert_failure 123
	assert_stderr "mqrecv: /$q: the queue is empty"
	run --separate-stderr within 20 mqrecv --exec -n --workers-file workers "$q" -- cat
	assert_failure 123
	mqsend "$q" 1
	run --separate-stderr within 20 mqrecv --exec -a --rate 0.001 "$q" -- cat
	assert_success
	assert_output 1
	# a message that comes meanwhile is not received, and does not end the pool
	spawn mqrecv --exec --drain --workers-file workers "$q" -- sh -c 'echo >>done' 2>err
	wait_until sleeping "$spawned"
	mqsend "$q" 1
	kill -TERM "$spawned"
	wait_until handled TERM
	assert_equal "$(held "$q")" 1
	echo 1 >workers
	collect
	assert_equal "$status" 0
	assert [ -e 'done' ]
}

# ---- --limit

@test "--limit: a command that runs longer is terminated, and its job has failed" {
	mqsend "$q" slow
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv --exec --limit 100ms --retry 1 --dead "$dead" --joblog log "$q" -- sh -c 'echo $MQ_TRY; exec sleep 60'
	assert_failure 124
	assert_output 1
	assert_equal "$(mqrecv -n "$q")" slow
	mqsend "$q" slow
	run --separate-stderr within 20 mqrecv --exec -a --limit 100ms --retry 1 --dead "$dead" --joblog log "$q" -- sleep 60
	assert_failure 124
	assert_stderr --partial "message 'slow' of 4 bytes, priority 0: moved to the dead-letter queue: its command exceeded the time limit"
	assert_equal "$(mqrecv -n "$dead")" slow
	assert_equal "$(cut -d , -f 3-5,9,10 log)" \
		'"try":1,"status":null,"signal":15,"result":"put back","reason":"time limit"}
"try":1,"status":null,"signal":15,"result":"put back","reason":"time limit"}
"try":2,"status":null,"signal":15,"result":"given up","reason":"time limit"}'
}

@test "--limit: the job has failed whatever the status is" {
	local status_of
	for status_of in 0 65; do
		mqsend "$q" "$status_of"
		run --separate-stderr within 20 mqrecv --exec --limit 100ms "$q" -- \
			sh -c "trap 'exit $status_of' TERM; while :; do sleep 0.01; done"
		assert_failure 124
		assert_stderr --partial "message '$status_of' of"
	done
}

# bats test_tags=slow
@test "--limit: a command that ignores SIGTERM is killed after 5 seconds, one that has stopped ends at once" {
	mqsend "$q" ignores
	run --separate-stderr within 20 mqrecv --exec --limit 100ms --joblog log "$q" -- sh -c "trap '' TERM; while :; do sleep 0.1; done"
	assert_failure 124
	assert_equal "$(cut -d , -f 4,5 log)" '"status":null,"signal":9'
	local seconds
	seconds=$(sed 's/.*"seconds":\([0-9]*\).*/\1/' log)
	assert [ "$seconds" -ge 5 ]
	mqsend "$q" stops
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv --exec --limit 100ms --joblog log2 "$q" -- sh -c 'kill -STOP $$; exec sleep 60'
	assert_failure 124
	assert_equal "$(cut -d , -f 4,5 log2)" '"status":null,"signal":15'
}

@test "--limit: each command has its own, and a quick one is not concerned" {
	mqsend "$q" quick slow quick
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv --exec -a -P 2 --limit 300ms "$q" -- sh -c '[ $1 = quick ] || exec sleep 60' sh {}
	assert_failure 124
	assert_stderr --partial "/$q: 3 run, 1 failed, 0 put back, 1 given up"
	run within 20 mqrecv --exec --limit 0 "$q" -- cat
	assert_failure 125
	assert_line --index 0 'mqrecv: --limit must be greater than 0'
}

# ---- --workers-file

@test "--workers-file: the number of workers changes while the pool runs" {
	mkfifo go
	exec 8<>go
	echo 1 >workers
	mqsend "$q" 1 2 3 4 5
	spawn mqrecv --exec -a --workers-file workers "$q" -- sh -c 'echo >>started; read -r _ <go' 2>err
	wait_until lines_of started 1
	wait_until sleeping "$spawned"
	assert_equal "$(held "$q")" 4
	# within a second
	echo 3 >workers
	wait_until lines_of started 3
	wait_until sleeping "$spawned"
	assert_equal "$(held "$q")" 2
	# running ones continue, and none is started
	echo 0 >workers
	printf '\n\n\n' >&8
	wait_until commands_number "$spawned" 0
	assert_equal "$(held "$q")" 2
	echo 2 >workers
	wait_until lines_of started 5
	printf '\n\n' >&8
	collect
	assert_equal "$status" 0
	assert_equal "$(<err)" "/$q: 5 run, 0 failed, 0 put back, 0 given up"
	exec 8>&-
}

@test "--workers-file: a file that is just being written is not read as an empty one" {
	mqsend "$q" 1
	: >workers
	spawn mqrecv --exec -c 1 --workers-file workers "$q" -- cat >out 2>err
	pause 0.1
	echo 1 >workers
	collect
	assert_equal "$status: $(<out)" '0: 1'
}

@test "--workers-file: a file that cannot be read is an error at the start, later it is reported once" {
	mqsend "$q" 1 2 3
	run within 20 mqrecv --exec -a --workers-file none "$q" -- cat
	assert_failure 125
	assert_output 'mqrecv: none: No such file or directory'
	: >empty
	run within 20 mqrecv --exec -a --workers-file empty "$q" -- cat
	assert_failure 125
	assert_output "mqrecv: empty: '' is not a number"
	echo 4097 >many
	run within 20 mqrecv --exec -a --workers-file many "$q" -- cat
	assert_failure 125
	assert_output "mqrecv: many: '4097' is more than 4096"
	run within 20 mqrecv --exec -a -P 2 --workers-file many "$q" -- cat
	assert_failure 125
	assert_equal "$(held "$q")" 3
	echo 1 >workers
	run within 20 mqrecv --exec -a --workers-file workers "$q" -- rm -f workers
	assert_success
	assert_output "mqrecv: workers: No such file or directory
/$q: 3 run, 0 failed, 0 put back, 0 given up"
	mqsend "$q" 1 2
	echo 1 >workers
	run within 20 mqrecv --exec -a --workers-file workers "$q" -- sh -c ': >workers'
	assert_success
	assert_output "/$q: 2 run, 0 failed, 0 put back, 0 given up"
}

@test "--workers-file: a number that is longer than the file may be is refused" {
	printf '%0100d' 8 >long
	run within 20 mqrecv --exec -n --workers-file long "$q" -- cat
	assert_failure 125
	assert_output 'mqrecv: long: File too large'
}

# ---- --joblog

@test "--joblog has a line for each command, and the file is appended to" {
	umask 0
	mqsend -p 3 "$q" a
	mqsend -p 2 "$q" $'\xff\n'
	mqsend -p 1 "$q" 'q"'
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv --exec -a --retry 1 --joblog log "$q" -- sh -c '
		case $MQ_PRIORITY:$MQ_TRY in 3:*) ;; 2:1) exit 9 ;; 1:*) kill -USR2 $$ ;; esac'
	assert_failure 140
	assert_equal "$(stat -c %a log)" 600
	assert_equal "$(cut -d , -f 3- log)" '"try":1,"status":0,"signal":null,"size":1,"priority":3,"text":"a","result":"done","reason":null}
"try":1,"status":9,"signal":null,"size":2,"priority":2,"text":{"base64":"/wo="},"result":"put back","reason":null}
"try":2,"status":0,"signal":null,"size":2,"priority":2,"text":{"base64":"/wo="},"result":"done","reason":null}
"try":1,"status":null,"signal":12,"size":2,"priority":1,"text":"q\"","result":"put back","reason":null}
"try":2,"status":null,"signal":12,"size":2,"priority":1,"text":"q\"","result":"given up","reason":null}'
	local now
	now=$(date +%s)
	while IFS= read -r line; do
		[[ $line =~ ^\{\"start\":([0-9]+)\.[0-9]{6},\"seconds\":[0-9]\.[0-9]{6}, ]] || fail "$line"
		assert [ $((now - BASH_REMATCH[1])) -lt 60 ]
	done <log
	mqsend "$q" b
	run within 20 mqrecv --exec --joblog log "$q" -- true
	assert_success
	assert_equal "$(wc -l <log)" 6
}

@test "--joblog has the first 64 bytes of a message, but no part of a character" {
	local sixtythree
	printf -v sixtythree '%063d' 0
	mqsend "$q" "${sixtythree}é" "${sixtythree}x€"
	run within 20 mqrecv --exec -a --joblog log "$q" -- sh -c 'exit 65'
	assert_failure 65
	assert_line --index 0 "mqrecv: /$q: message '$sixtythree'... of 65 bytes, priority 0: discarded: its command exited with status 65"
	assert_line --index 1 "mqrecv: /$q: message '${sixtythree}x'... of 67 bytes, priority 0: discarded: its command exited with status 65"
	assert_equal "$(cut -d , -f 6,8 log)" "\"size\":65,\"text\":\"$sixtythree\"
\"size\":67,\"text\":\"${sixtythree}x\""
}

@test "--joblog has a line for a message that no command can be run for" {
	printf 'a\0\033' | mqsend "$q"
	run within 20 mqrecv --exec --joblog log "$q" -- echo {}
	assert_failure 65
	assert_line --index 0 "mqrecv: /$q: message 'a\\x00\\x1b' of 3 bytes, priority 0: discarded: an argument cannot contain its NUL byte"
	assert_equal "$(cut -d , -f 3- log)" \
		'"try":1,"status":65,"signal":null,"size":3,"priority":0,"text":"a\u0000\u001b","result":"given up","reason":"an argument cannot contain its NUL byte"}'
}

@test "--joblog: if it cannot be opened no message is received, if a line cannot be written no more are" {
	mqsend "$q" a b
	run within 20 mqrecv --exec -a --joblog none/log "$q" -- cat
	assert_failure 125
	assert_output 'mqrecv: none/log: No such file or directory'
	mkfifo fifo
	run within 20 mqrecv --exec -a --joblog fifo "$q" -- cat
	assert_failure 125
	assert_output 'mqrecv: fifo: No such device or address'
	assert_equal "$(held "$q")" 2
	# its command has run: the job is done
	run within 20 mqrecv --exec -a --joblog /dev/full "$q" -- sh -c 'echo >>done'
	assert_failure 125
	assert_output "mqrecv: /$q: message 'a' of 1 bytes, priority 0: not in the job log: /dev/full: No space left on device
/$q: 1 run, 0 failed, 0 put back, 0 given up"
	assert_equal "$(mqrecv -a "$q")" b
	# one that is given up is moved all the same
	mqsend "$q" c
	run within 20 mqrecv --exec -a --dead "$dead" --joblog /dev/full "$q" -- false
	assert_failure 1
	assert_equal "$(mqrecv -a "$dead")" c
}

# Has its command ended, and does it wait for something else?
waits_for_the_log() {
	[[ $(held "$q") == 1 ]] && commands_number "$spawned" 0 && sleeping "$spawned" && commands_number "$spawned" 0
}

@test "--joblog: a full pipe is waited for, and a termination signal ends that" {
	local signal
	mkfifo fifo
	exec 8<>fifo
	for signal in TERM HUP ''; do
		dd if=/dev/zero bs=4096 oflag=nonblock >&8 2>/dev/null || true
		mqsend "$q" a b
		spawn mqrecv --exec -a --joblog fifo "$q" -- true 2>err
		wait_until waits_for_the_log
		if [[ $signal ]]; then
			kill -s "$signal" "$spawned"
			collect
			assert_equal "$(head -n 1 err)" "mqrecv: /$q: message 'a' of 1 bytes, priority 0: not in the job log: fifo: the pipe is full"
			assert_equal "$(mqrecv -a "$q")" b
			if [[ $signal == HUP ]]; then
				assert_equal "$status" 129
			else
				assert_equal "$status" 125
			fi
			continue
		fi
		head -c 65536 <&8 >/dev/null
		collect
		assert_equal "$status" 0
		assert_equal "$(head -n 2 <&8 | tr -d '\0' | grep -c '"result":"done"')" 2
	done
	exec 8>&-
}

@test "--joblog of two pools that write to one file: no line is torn" {
	local i
	spawn eval "seq 100 | mqsend -l $q"
	local producer=$spawned pools=()
	for i in 1 2; do
		spawn mqrecv --exec -P 3 --until-pid "$producer" --joblog log "$q" -- true 2>"err.$i"
		pools+=("$spawned")
	done
	collect "${pools[0]}"
	collect "${pools[1]}"
	assert_equal "$(grep -cx '{"start":[^{}]*,"result":"done","reason":null}' log)" 100
	assert_equal "$(wc -l <log)" 100
	assert_equal "$(sed 's/.*"text":"\([0-9]*\)".*/\1/' log | sort -n)" "$(seq 100)"
}

# ---- SIGUSR1 and --progress

@test "SIGUSR1 prints where the pool stands, and reaches no command" {
	mqsend "$q" 1 2 3
	spawn mqrecv --exec -F "$q" -- sh -c 'echo >>started; until [ -e go ]; do sleep 0.01; done' 2>err
	wait_until lines_of started 1
	kill -USR1 "$spawned"
	wait_until lines_of err 1
	assert_regex "$(<err)" "^/$q: 1 running  0 done  0 failed  2 waiting   0:0[0-9]  0\.0/s\$"
	: >go
	wait_until lines_of started 3
	wait_until sleeping "$spawned"
	kill -USR1 "$spawned"
	wait_until lines_of err 2
	assert_regex "$(tail -n 1 err)" "^/$q: 0 running  3 done  0 failed  0 waiting   0:0[0-9]  [0-9]+\.[0-9]/s\$"
	kill -TERM "$spawned"
	collect
	[[ $IPCTOOL_FRONT == bash ]] || assert_equal "$status" 0
	assert_equal "$(tail -n 1 err)" "/$q: 3 run, 0 failed, 0 put back, 0 given up"
}

@test "SIGUSR1 during a builtin: the shell's trap is as before, and is run for a later signal" {
	mqsend "$q" 1
	trap 'echo trapped >>trapped' USR1
	# shellcheck disable=SC2016 # for the command's shell
	in_subshell() {
		mqrecv --exec "$q" -- sh -c 'kill -USR1 $PPID; until grep -q running err; do sleep 0.01; done' 2>err
		kill -USR1 "$BASHPID"
		trap -p USR1
	}
	requires builtin
	in_subshell >out
	trap - USR1
	assert_equal "$(<trapped)" trapped
	assert_equal "$(<out)" "trap -- 'echo trapped >>trapped' SIGUSR1"
	assert_equal "$(wc -l <err)" 2
}

@test "SIGUSR1 stays ignored if it is at the start" {
	mqsend "$q" 1
	trap '' USR1
	# shellcheck disable=SC2016 # for the command's shell
	run within 20 mqrecv --exec "$q" -- sh -c 'kill -USR1 $PPID'
	trap - USR1
	assert_output "/$q: 1 run, 0 failed, 0 put back, 0 given up"
}

@test "--progress shows the commands, the time and the rate, with -c the percentage too" {
	local i
	for i in 1 2 3 4; do mqsend "$q" "$i"; done
	# shellcheck disable=SC2016 # for the command's shell
	mqrecv --exec -c 4 --progress=always --retry 1 "$q" -- sh -c '[ $1 != 2 ] || [ $MQ_TRY = 2 ]' sh {} 2>err || true
	run eval "tr '\r' '\n' <err | sed 's/ *\$//; /^\$/d'"
	assert_line --index 0 --regexp '^mqrecv: 0 running  0 done  0 failed  4 waiting   0:00  0\.0/s    0 %$'
	assert_line --index -2 --regexp '^mqrecv: 0 running  3 done  1 failed  1 waiting   0:0[0-9]  [0-9.]+/s   75 %$'
	assert_line --index -1 "/$q: 4 run, 1 failed, 1 put back, 0 given up"
}

@test "the values of --until-pid are completed with processes, those of --joblog and --workers-file with files" {
	requires program
	run ipctool --complete mqrecv --exec --until-pid ''
	assert_output --regexp '^kind	pid'
	local option
	for option in --joblog --workers-file; do
		run ipctool --complete mqrecv --exec "$option" ''
		assert_output --regexp '^kind	file'
	done
}
