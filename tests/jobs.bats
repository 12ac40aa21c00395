#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mqrecv --exec: a command for each message, several at once, none lost.
# applets: mqrecv

load helper

setup() {
	basic_setup
	q=$(name jobs)
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

@test "the message is the standard input of the command" {
	printf 'two\nlines' | mqsend "$q"
	run within 20 mqrecv --exec "$q" -- cat
	assert_success
	assert_line --index 0 two
	assert_output --partial lines
}

@test "the environment of the command describes the message" {
	mqsend -p 7 "$q" hello
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv --exec "$q" sh -c 'echo "$MQ_NAME $MQ_PRIORITY $MQ_SIZE $MQ_TRY"'
	assert_success
	assert_output "/$q 7 5 1"
	assert_stderr "/$q: 1 run, 0 failed, 0 put back, 0 given up"
}

@test "the environment of the command is what the shell exports, each variable once" {
	export_variables
	mqsend "$q" a
	MQ_TRY=9 MQ_WINDOW=8 run --separate-stderr within 20 mqrecv --exec "$q" -- sh -c 'env | grep -E "^(MQ|VAR)_" | sort'
	assert_success
	assert_output "MQ_NAME=/$q"$'\nMQ_PRIORITY=0\nMQ_SIZE=1\nMQ_TRY=1'"$exported"
}

@test "--dead-reason: the dead letter begins with the tries, the status and the queue" {
	local large
	large=$(name large)
	mqcreate -s 1100 "$large"
	later mqunlink -f "$large"
	mqsend -p 3 "$q" $'two\nlines'
	run --separate-stderr within 20 mqrecv -a --exec --retry 1 --dead "$large" --dead-reason "$q" -- sh -c 'exit 7'
	assert_failure 7
	assert_equal "$(mqrecv -r -P "$large")" $'3\ttries=2 status=7 queue=/'"$q"$'\ntwo\nlines'
	mqsend "$q" ''
	run within 20 mqrecv --exec --limit 0.1 --dead "$large" --dead-reason "$q" -- sleep 60
	assert_failure 124
	assert_equal "$(mqrecv -r "$large")" "tries=1 status=124 queue=/$q"
	mqsend "$q" a
	run within 20 mqrecv -a --exec --stay --retry 1 --dead "$large" --dead-reason "$q" -- sh -c 'head -c 4 >/dev/null; kill -9 $$'
	assert_failure 137
	assert_equal "$(mqrecv -n -r "$large")" "tries=2 status=137 queue=/$q"$'\na'
}

@test "--dead-reason: a message that is too long with it is moved without it" {
	local line="tries=1 status=7 queue=/$q" length
	length=$((1024 - ${#line} - 1))
	head -c "$length" /dev/zero | mqsend "$q"
	head -c $((length + 1)) /dev/zero | mqsend "$q"
	run --separate-stderr within 20 mqrecv -a --exec --dead "$dead" --dead-reason "$q" -- sh -c 'exit 7'
	assert_failure 7
	assert_regex "${stderr_lines[0]}" 'moved to the dead-letter queue: its command exited with status 7$'
	assert_regex "${stderr_lines[1]}" 'moved to the dead-letter queue, too long for the reason with it: its command exited with status 7$'
	assert_equal "$(mqrecv -r "$dead" | wc -c)" 1024
	assert_equal "$(mqrecv -r "$dead" | wc -c)" $((length + 1))
}

@test "--dead-reason: in flight, the message is found though its dead letter differs" {
	local second
	second=$(name second)
	mqcreate -s 1024 "$second"
	later mqunlink -f "$second"
	mqsend "$q" a a b
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$second" --dead "$dead" --dead-reason "$q" -- sh -c 'exit 7'
	assert_failure 7
	assert_equal "$(held "$second") $(held "$q") $(held "$dead")" '0 0 3'
	refute_regex "$stderr" 'another process'
}

@test "the message replaces every {} in the arguments" {
	mqsend "$q" 'a b'
	run --separate-stderr within 20 mqrecv --exec "$q" -- printf '<%s>' {} 'x{}y{}z' '{' ''
	assert_success
	assert_output '<a b><xa bya bz><{><>'
}

@test "a message with a NUL byte can be standard input, but not an argument" {
	printf 'a\0b' | mqsend "$q"
	printf 'a\0b' | mqsend "$q"
	run --separate-stderr within 20 mqrecv --exec "$q" -- wc -c
	assert_success
	assert_output 3
	run --separate-stderr within 20 mqrecv --exec --retry 3 --dead "$dead" "$q" -- echo {}
	assert_failure 65
	assert_output ''
	assert_stderr --partial 'moved to the dead-letter queue: an argument cannot contain its NUL byte'
	assert_equal "$(mqrecv -r "$dead" | tr '\0' 0)" a0b
}

@test "a message that is too long for an argument is given up, and the next one is run" {
	local most long
	most=$(($(getconf PAGESIZE) * 32 - 1))
	printf -v long '%*s{}' $((most - 5)) ''
	mqsend "$q" fives sixsix fives
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec --dead "$dead" "$q" -- sh -c 'echo ${#1}' sh "$long"
	assert_failure 65
	assert_output "$most"$'\n'"$most"
	assert_stderr --partial "an argument with it exceeds $most bytes"
	assert_equal "$(mqrecv -n "$dead")" sixsix
}

@test "a message that makes the arguments too long together is given up, and the next one is run" {
	requires plain
	local placeholders long
	read -r -a placeholders <<<"$(printf '{} %.0s' {1..200})"
	printf -v long '%1000s' ''
	mqsend "$q" one "$long" two
	# shellcheck disable=SC2016 # for the command's shell
	in_small_stack() { ulimit -s 256 && within 20 mqrecv -a --exec --dead "$dead" "$q" -- sh -c 'echo $1 $#' sh "${placeholders[@]}"; }
	run --separate-stderr in_small_stack
	assert_failure 65
	assert_output $'one 200\ntwo 200'
	assert_stderr --partial "message '$(printf '%64s' '')'... of 1000 bytes, priority 0: moved to the dead-letter queue: the arguments with it are too long"
	assert_equal "$(mqrecv -n "$dead")" "$long"
}

@test "arguments that are too long without the message stop the pool, and the message is put back" {
	requires plain
	local long i many=()
	printf -v long '%4000s' ''
	for i in {1..33}; do many+=("$long"); done
	mqsend "$q" one
	in_small_stack() { ulimit -s 256 && within 20 mqrecv -a --exec --dead "$dead" "$q" -- echo {} "${many[@]}"; }
	run --separate-stderr in_small_stack
	assert_failure 126
	assert_stderr --partial 'Argument list too long'
	assert_equal "$(mqrecv -n "$q")" one
}

@test "--keep-order notices a closed standard output before a message is taken" {
	closed() { within 20 mqrecv -a --exec -k "$q" -- touch ran >&-; }
	mqsend "$q" one
	run closed
	assert_failure 125
	assert_output 'mqrecv: standard output: Bad file descriptor'
	assert [ ! -e ran ]
	assert_equal "$(mqrecv -n "$q")" one
}

@test "an empty message and one of the maximum length reach the command unchanged" {
	local size
	size=$(mqstat -J "$q" | sed 's/.*"size":\([0-9]*\).*/\1/')
	mqsend "$q" ''
	head -c "$size" /dev/urandom >long
	mqsend "$q" <long
	run --separate-stderr within 20 mqrecv --exec "$q" -- wc -c
	assert_output 0
	mqrecv --exec "$q" -- cat >got 2>err
	cmp long got
}

@test "mqrecv --exec runs the commands in the order of priority" {
	mqsend -p 1 "$q" low
	mqsend -p 9 "$q" high
	mqsend -p 5 "$q" middle
	run --separate-stderr within 20 mqrecv -a --exec "$q" -- echo {}
	assert_success
	assert_output $'high\nmiddle\nlow'
}

@test "-P limits the number of commands that run at once, and is reached" {
	local i
	mkfifo go
	exec 8<>go
	for i in 1 2 3 4 5; do mqsend "$q" "$i"; done
	spawn mqrecv -a --exec -P 3 "$q" -- sh -c 'echo >>started; read -r _ <go' 2>err
	wait_until eval '[[ $(wc -l <started) == 3 ]]'
	wait_until sleeping "$spawned"
	assert_equal "$(wc -l <started)" 3
	assert_equal "$(held "$q")" 2
	for i in 1 2 3 4 5; do echo >&8; done
	collect
	assert_equal "$status" 0
	assert_equal "$(cat err)" "/$q: 5 run, 0 failed, 0 put back, 0 given up"
	exec 8>&-
}

@test "mqrecv --exec exits with the status of a failed command" {
	mqsend "$q" a
	run --separate-stderr within 20 mqrecv --exec "$q" -- sh -c 'exit 7'
	assert_failure 7
	assert_stderr --partial "mqrecv: /$q: message 'a' of 1 bytes, priority 0: discarded: its command exited with status 7"
	mqsend "$q" a
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv --exec "$q" -- sh -c 'kill -KILL $$'
	assert_failure 137
	assert_stderr --partial 'its command was terminated by a signal: Killed'
}

@test "the message of a failed command is put back with its priority, at most --retry times" {
	mqsend -p 3 "$q" again
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec --retry 2 "$q" -- sh -c 'echo "$MQ_TRY $MQ_PRIORITY"; exit 1'
	assert_failure 1
	assert_output $'1 3\n2 3\n3 3'
	assert_stderr --partial "/$q: 3 run, 3 failed, 2 put back, 1 given up"
	assert_equal "$(held "$q")" 0
}

@test "equal texts with different priorities are two messages, and their tries are counted separately" {
	mqsend -p 1 "$q" equal
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec --retry 1 "$q" -- sh -c '
		echo "$MQ_PRIORITY $MQ_TRY"
		[ -e other ] || { : >other && "$1" send "/$0" 2 equal; }
		exit 1' "$q" "$(peer mq)"
	assert_failure 1
	assert_output $'1 1\n2 1\n2 2\n1 2'
}

@test "a job that succeeds at a later try is not a failure" {
	mqsend "$q" again
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec --retry 5 "$q" -- sh -c '[ $MQ_TRY = 3 ]'
	assert_success
	assert_stderr "/$q: 3 run, 2 failed, 2 put back, 0 given up"
}

@test "after status 65 a command is not tried again" {
	mqsend "$q" useless
	run --separate-stderr within 20 mqrecv -a --exec --retry 5 "$q" -- sh -c 'exit 65'
	assert_failure 65
	assert_stderr --partial "/$q: 1 run, 1 failed, 0 put back, 1 given up"
}

@test "the message of a job that is given up is moved to the dead-letter queue with its priority" {
	mqsend -p 4 "$q" corpse
	run --separate-stderr within 20 mqrecv --exec --dead "$dead" "$q" -- false
	assert_failure 1
	assert_stderr --partial "/$q: 1 run, 1 failed, 0 put back, 1 given up"
	run mqrecv -nP "$dead"
	assert_output $'4\tcorpse'
}

@test "a dead-letter queue that is the same queue or a System V queue is refused, and no message is received" {
	local other
	mqsend "$q" a
	for other in "$q" key:1; do
		run within 20 mqrecv -a --exec --dead "$other" "$q" -- false
		assert_failure 125
		assert_line --index 0 --partial ': --dead requires another POSIX queue'
	done
	assert_equal "$(held "$q")" 1
}

@test "a dead-letter queue with a smaller message size is refused, and no message is received" {
	local small
	small=$(name small)
	mqcreate -s 1023 "$small"
	later mqunlink -f "$small"
	mqsend "$q" a
	run within 20 mqrecv -a --exec --dead "$small" "$q" -- false
	assert_failure 125
	assert_output "mqrecv: /$small: too small for /$q: message size 1023 (required: 1024)"
	assert_equal "$(held "$q")" 1
}

@test "without permission to put a message back, a failed job is given up, and its message is not lost" {
	requires nobody namespaces
	mqsend -p 2 "$q" a b
	chmod 400 "$IPCTOOL_MQUEUE/$q"
	run --separate-stderr within 20 mqrecv --exec --retry 3 --dead "$dead" "$q" -- sh -c 'exit 7'
	assert_failure 7
	assert_stderr --partial "/$q: 1 run, 1 failed, 0 put back, 1 given up"
	assert_equal "$(mqrecv -nP "$dead")" $'2\ta'
	# a command that cannot be started is not a try
	printf '#!/no/such/interpreter\n' >broken
	chmod +x broken
	run --separate-stderr within 20 mqrecv --exec --retry 3 --dead "$dead" "$q" -- ./broken
	assert_failure 127
	assert_stderr --partial "mqrecv: /$q: message 'b' of 1 bytes, priority 2: lost: Permission denied"
}

@test "mqrecv --exec waits until a full dead-letter queue has room" {
	local i
	for i in {1..10}; do mqsend "$dead" old; done
	mqsend "$q" corpse
	spawn mqrecv --exec --dead "$dead" "$q" -- false 2>err
	wait_until grep -q 'dead-letter queue' err
	run within 20 mqrecv "$dead"
	collect
	assert_equal "$status" 1
	assert_equal "$(mqrecv -a "$dead" | tail -n 1)" corpse
}

@test "a message for a full dead-letter queue is reported as lost after SIGTERM" {
	local i
	for i in {1..10}; do mqsend "$dead" old; done
	mqsend "$q" corpse
	spawn mqrecv --exec --dead "$dead" "$q" -- false 2>err
	wait_until grep -q 'dead-letter queue' err
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 1
	assert_equal "$(sed -n 2p err)" \
		"mqrecv: /$q: message 'corpse' of 6 bytes, priority 0: lost: the queue is full"
}

# bats test_tags=slow
@test "a retry does not wait for room on a queue that senders keep full" {
	spawn eval "seq 300 | mqsend -l $q"
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 60 mqrecv --exec -F -t 2 -P 2 --retry 1 "$q" -- sh -c '
		echo "$1 $MQ_TRY"; [ "$MQ_TRY" = 2 ]' sh {}
	assert_failure 124
	collect
	assert_equal "${#lines[@]}" 600
	assert [ "$(grep -nx '1 2' <<<"$output" | cut -d : -f 1)" -lt "$(grep -nx '100 1' <<<"$output" | cut -d : -f 1)" ]
}

@test "--delay passes before the first retry, and doubles for each further one" {
	local first second third
	mqsend "$q" slow
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec --retry 2 --delay 200ms "$q" -- sh -c 'date +%s%3N; [ $MQ_TRY = 3 ]'
	assert_success
	first=${lines[0]} second=${lines[1]} third=${lines[2]}
	assert [ $((second - first)) -ge 200 ]
	assert [ $((third - second)) -ge 400 ]
}

@test "after SIGTERM no more messages are received, and running commands finish" {
	mkfifo go
	exec 8<>go
	mqsend "$q" first second
	spawn mqrecv -F --exec "$q" -- sh -c 'echo started; read -r _ <go; echo finished' >out 2>err
	wait_until grep -q started out
	kill -TERM "$spawned"
	wait_until sleeping "$spawned"
	echo >&8
	collect
	assert_equal "$(cat out)" $'started\nfinished'
	assert_equal "$(cat err)" "/$q: 1 run, 0 failed, 0 put back, 0 given up"
	assert_equal "$(mqrecv -n "$q")" second
	[[ $IPCTOOL_FRONT == bash ]] || assert_equal "$status" 0
	exec 8>&-
}

# Once the command has written: TERM for the pool, and one for the commands.
end_by_two_signals() {
	wait_until grep -q . out
	kill -TERM "$spawned"
	# it has handled the first one: it waits again, and none is pending
	wait_until eval '! sigmask "$spawned" | grep -q "pending.*TERM"'
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
}

@test "a second SIGTERM is forwarded to the commands, and their messages are put back" {
	mqsend "$q" first
	# shellcheck disable=SC2016 # for the command's shell
	spawn mqrecv -F --exec "$q" -- sh -c 'echo $$; exec sleep 60' >out 2>err
	end_by_two_signals
	wait_until gone "$(cat out)"
	assert_equal "$(mqrecv -n "$q")" first
}

@test "if a command catches the second SIGTERM and fails with any status, its message is put back" {
	mqsend -p 2 "$q" caught
	# shellcheck disable=SC2016 # for the command's shell
	spawn mqrecv -F --exec --dead "$dead" "$q" -- sh -c \
		'trap "exit 3" TERM; echo $$; while :; do sleep 0.1; done' >out 2>err
	end_by_two_signals
	assert_equal "$(mqrecv -nP "$q")" $'2\tcaught'
	assert_equal "$(held "$dead")" 0
	assert_equal "$(cat err)" "/$q: 1 run, 1 failed, 1 put back, 0 given up"
}

@test "a command that fails after the first SIGTERM is not tried again" {
	mkfifo go
	exec 8<>go
	mqsend "$q" a
	spawn mqrecv -F --exec --dead "$dead" "$q" -- sh -c 'echo started; read -r _ <go; exit 3' >out 2>err
	wait_until grep -q started out
	kill -TERM "$spawned"
	wait_until eval '! sigmask "$spawned" | grep -q "pending.*TERM"'
	echo >&8
	collect
	assert_equal "$(mqrecv -n "$dead")" a
	exec 8>&-
}

@test "a message that waits for another try is put back at once after SIGTERM" {
	mqsend -p 2 "$q" again
	spawn mqrecv -F --exec --retry 1 --delay 1h "$q" -- sh -c 'echo >>tried; exit 1' 2>err
	wait_until test -s tried
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$(mqrecv -nP "$q")" $'2\tagain'
}

@test "if the command cannot be executed, the messages stay on the queue" {
	mqsend "$q" a b
	run -127 within 20 mqrecv -a --exec "$q" -- ./no-such-command {}
	assert_output 'mqrecv: ./no-such-command: No such file or directory'
	assert_equal "$(held "$q")" 2
	: >not-executable
	run within 20 mqrecv -a --exec "$q" -- ./not-executable
	assert_failure 126
	assert_equal "$(held "$q")" 2
	# a command that is found but cannot be executed fails after a message was received
	printf '#!/no/such/interpreter\n' >broken
	chmod +x broken
	run -127 --separate-stderr within 20 mqrecv -a --exec "$q" -- ./broken
	assert_equal "$(held "$q")" 2
	# also for another reason than permissions: a program that is being written
	cp "$(type -P true)" busy
	exec 9>>busy
	run -126 --separate-stderr within 20 mqrecv -a --exec "$q" -- ./busy
	assert_stderr --partial 'mqrecv: ./busy: Text file busy'
	exec 9>&-
	assert_equal "$(mqrecv -a "$q" | sort)" $'a\nb'
}

@test "a file without a #! line is run as a script of the shell" {
	echo 'echo "script $1"' >script
	chmod +x script
	mqsend "$q" x
	run --separate-stderr within 20 mqrecv --exec "$q" -- ./script {}
	assert_success
	assert_output 'script x'
}

@test "--keep-order writes the outputs in the order of the messages" {
	local i
	for i in 5 4 3 2 1; do mqsend "$q" "$i"; done
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec -k -P 5 "$q" -- sh -c '
		# the last one ends first
		[ $1 = 1 ] || until [ -e ended.$(($1 - 1)) ]; do sleep 0.01; done
		echo $1; echo + >&2
		: >ended.$1' sh {}
	assert_success
	assert_output $'5\n4\n3\n2\n1'
	assert_equal "$(grep -c '^+$' <<<"$stderr")" 5
}

@test "mqrecv --exec honours -n, -a and -t" {
	run within 20 mqrecv -n --exec "$q" -- true
	assert_failure 123
	assert_output "mqrecv: /$q: the queue is empty"
	run within 20 mqrecv -a --exec "$q" -- true
	assert_failure 123
	run within 20 mqrecv -t 0.1 --exec "$q" -- true
	assert_failure 124
	assert_output "mqrecv: /$q: timed out: the queue is still empty"
	mqsend "$q" one
	run --separate-stderr within 20 mqrecv -F -t 0.2 --exec "$q" -- cat
	assert_failure 124
	assert_output one
}

@test "--exec may stand anywhere among the options, and selects its own" {
	mqsend "$q" a
	run --separate-stderr within 20 mqrecv -P 2 -a --exec "$q" cat
	assert_success
	assert_output a
	run within 20 mqrecv --retry 2 "$q"
	assert_failure 2
	mqsend "$q" b
	run --separate-stderr within 20 mqrecv -a "$q" --exec cat
	assert_success
	assert_output b
	# after -- it is an operand
	run within 20 mqrecv -n -- "$q" --exec cat
	assert_failure 2
	assert_line --index 0 "mqrecv: extra operand '--exec'"
	run within 20 mqrecv --exec -N "$q" -- cat
	assert_failure 125
	run within 20 mqrecv --exec "$q"
	assert_failure 125
	run within 20 mqrecv --exec "$q" --
	assert_failure 125
	run within 20 mqrecv --exec -P 0 "$q" cat
	assert_failure 125
	run within 20 mqrecv --exec --dead "$(name none)" "$q" cat
	assert_failure 125
	run within 20 mqrecv --exec "$(name none)" cat
	assert_failure 125
}

@test "the commands of mqrecv --exec have the caller's mask, dispositions and descriptors" {
	local caller look='grep -E "^Sig(Blk|Ign)" /proc/self/status; ls /proc/self/fd'
	mqsend "$q" a
	trap '' USR1
	run --separate-stderr within 20 sh -c "$look"
	caller=$output
	run --separate-stderr within 20 mqrecv --exec "$q" -- sh -c "$look"
	trap - USR1
	assert_success
	assert_equal "$output" "$caller"
}

# bats test_tags=slow
@test "thousands of jobs with failures and killed commands: each message is done once" {
	local jobs=3000
	[[ $IPCTOOL_FRONT == musl ]] || jobs=500
	[[ ! ${IPCTOOL_SANITIZED-} ]] || jobs=100
	spawn eval "seq $jobs | mqsend -l $q"
	# every 7th fails at first, every 11th is killed at first
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 120 mqrecv -F -t 2 --exec -P 4 --retry 3 "$q" -- sh -c '
		n=$1
		[ $((n % 7)) != 0 ] || [ "$MQ_TRY" -gt 1 ] || exit 1
		[ $((n % 11)) != 0 ] || [ "$MQ_TRY" -gt 2 ] || kill -KILL $$
		echo "$n"' sh {}
	assert_equal "$status" 124
	collect
	assert_equal "$(sort -n <<<"$output")" "$(seq $jobs)"
	assert_stderr --partial ' 0 given up'
}

# ---- the in-flight queue

# Kill mqrecv and its commands while one runs for each message.
killed_pool() {
	local count=$1
	shift
	# shellcheck disable=SC2016 # for the command's shell
	spawn mqrecv -F --exec -P "$count" --in-flight "$flight" "$@" "$q" -- sh -c 'echo $$ >>running; exec sleep 60' 2>err
	wait_until eval "[[ \$(wc -l <running) == $count ]]"
	kill -KILL -- "-$spawned"
	wait "$spawned" 2>/dev/null || true
	while read -r pid; do wait_until gone "$pid"; done <running
}

in_memory() {
	find /dev/shm -name "$flight*" -printf '%f'
}

@test "a message is on the in-flight queue, unchanged, while its command runs" {
	# a shell that was preloaded with the sanitizers has another PATH for its commands
	local program
	program=$(type -P ipctool)
	flight=$(name flight)
	mqcreate -d 4 "$flight"
	later mqunlink -f "$flight"
	mqsend -p 7 "$q" $'a\tb\n'
	mqsend -p 3 "$q" failing
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- sh -c "
		'$program' mqrecv -NP '$flight' | tee -a seen | '$program' mqsend -NP '$flight'; ! grep -q failing seen"
	assert_failure 1
	assert_equal "$(cat seen)" $'6:7\ta\tb\n,9:3\tfailing,'
	assert_equal "$(held "$flight")" 0
	assert_equal "$(in_memory)" ''
}

@test "messages that a killed mqrecv left in flight are run first by the next one" {
	flight=$(name flight)
	mqcreate -d 4 "$flight"
	later mqunlink -f "$flight"
	mqsend -p 1 "$q" one two
	mqsend -p 2 "$q" three
	killed_pool 3
	assert_equal "$(held "$flight")" 3
	mqsend -p 9 "$q" later
	run --separate-stderr within 20 mqrecv --exec --in-flight "$flight" "$q" -- sh -c 'echo {} $MQ_PRIORITY $MQ_TRY'
	assert_success
	assert_equal "$(head -n 3 <<<"$output" | sort)" $'one 1 1\nthree 2 1\ntwo 1 1'
	assert_line --index 3 'later 9 1'
	assert_stderr "/$q: 4 run, 0 failed, 0 put back, 0 given up, 3 recovered"
	assert_equal "$(held "$flight")" 0
	assert_equal "$(in_memory)" ''
}

@test "a message left in flight may exceed the message size of the queue" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mqunlink "$q" && mqcreate -s 1 "$q"
	head -c 8192 /dev/zero >long
	mqsend "$flight" <long
	mqsend -p 1 "$flight" failing
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$flight" --retry 1 "$q" -- sh -c 'cat >got; [ "$(wc -c <got)" = 8192 ]'
	assert_failure 1
	cmp got long
	assert_stderr --partial "mqrecv: /$q: message 'failing' of 7 bytes, priority 1: left on /$flight: Message too long"
	assert_stderr --partial "mqrecv: /$flight: messages left on the queue: 1"
	assert_equal "$(mqrecv -a "$flight")" failing
}

@test "messages in flight can be put back by hand" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mqsend -p 5 "$q" a
	mqsend -p 6 "$q" ''
	killed_pool 2
	later rm -f "/dev/shm/$flight.in-flight"
	mqrecv -aNP "$flight" | mqsend -NP "$q"
	assert_equal "$(mqrecv -aP "$q")" $'6\t\n5\ta'
}

# bats test_tags=slow
@test "killed at any moment, mqrecv --in-flight loses no message and runs none again without need" {
	requires program plain
	local n status most
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	"$(peer kill_at)" 1 true 2>/dev/null || skip "no process may be traced here"
	for ((n = 1; ; n++)); do
		printf '%s\n' fails same same b c | mqsend -l "$q"
		: >finished
		status=0
		# shellcheck disable=SC2016 # for the command's shell
		"$(peer kill_at)" $n mqrecv -a --exec -P 2 --retry 1 --in-flight "$flight" "$q" -- \
			sh -c '[ "$1" != fails ] || [ $MQ_TRY = 2 ] || exit 1; echo "$1" >>finished' sh {} 2>err || status=$?
		[[ $status == 137 ]] || break
		within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- echo {} >again 2>err || assert_equal $? 123
		assert_equal "$(sort -u finished again | tr '\n' ' ')" 'b c fails same '
		assert [ "$(cat finished again | grep -c same)" -ge 2 ]
		# the failed message may be on the queue and in flight; each other one is run once more at most
		most=$(sed /fails/d again | sort | uniq -c | sort -rn | head -n 1)
		[[ $most =~ ^\ *(1|2 same) || ! $most ]] || fail "after moment $n: $(<again)"
		assert_equal "$(held "$q") $(held "$flight") $(in_memory)" '0 0 '
	done
	assert_equal "$status" 0
	assert [ "$n" -gt 30 ]
}

# bats test_tags=slow
@test "killed while it recovers orphaned messages, mqrecv --in-flight loses none" {
	requires program plain
	local n status
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	"$(peer kill_at)" 1 true 2>/dev/null || skip "no process may be traced here"
	for ((n = 1; ; n++)); do
		rm -f running
		mqsend -p 2 "$q" ''
		mqsend -p 1 "$q" same same
		killed_pool 3
		status=0
		"$(peer kill_at)" $n mqrecv -a --exec --in-flight "$flight" "$q" -- echo '<{}>' >first 2>err || status=$?
		[[ $status == 137 ]] || break
		within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- echo '<{}>' >again 2>err || assert_equal $? 123
		wait_until eval "[[ \$(sort -u first again | tr '\n' ' ') == '<> <same> ' ]]"
		assert [ "$(cat first again | grep -c same)" -ge 2 ]
		assert_equal "$(held "$q") $(held "$flight") $(in_memory)" '0 0 '
	done
	assert_equal "$status $(sort first | tr '\n' ' ')" '0 <> <same> <same> '
	assert [ "$n" -gt 10 ]
}

@test "killed with a full in-flight queue at any moment, mqrecv --in-flight recovers" {
	requires program plain
	local n status
	flight=$(name flight)
	mqcreate -d 1 "$flight"
	later mqunlink -f "$flight"
	"$(peer kill_at)" 1 true 2>/dev/null || skip "no process may be traced here"
	for ((n = 1; ; n++)); do
		mqsend "$q" a b
		status=0
		"$(peer kill_at)" $n mqrecv -a --exec --in-flight "$flight" "$q" -- echo {} >first 2>err || status=$?
		[[ $status == 137 ]] || break
		within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- echo {} >again 2>err || assert_equal $? 123
		wait_until eval "[[ \$(sort -u first again | tr '\n' ' ') == 'a b ' ]]"
		assert_equal "$(held "$q") $(held "$flight") $(in_memory)" '0 0 '
	done
	assert_equal "$status: $(tr '\n' ' ' <first)" '0: a b '
	assert [ "$n" -gt 8 ]
}

@test "killed in the system call that receives a message, mqrecv --in-flight keeps it whole" {
	requires program plain
	local size
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	"$(peer kill_at)" 1 true 2>/dev/null || skip "no process may be traced here"
	size=$(mqstat -J "$q" | sed 's/.*"size":\([0-9]*\).*/\1/')
	head -c "$size" </dev/zero | tr '\0' '\377' >longest
	printf 'text \303\251' >text
	printf 'a\0b\0' >binary
	: >empty
	for message in longest text binary empty; do
		mqsend -p 4 "$q" <$message
		# the in-flight queue is received from first: one system call, two moments
		"$(peer kill_at)" 4 mqrecv -a --exec --in-flight "$flight" "$q" -- true || assert_equal $? 137
		assert_equal "$(held "$q") $(held "$flight") $(in_memory)" "0 0 $flight.in-flight"
		mqrecv -a --exec --in-flight "$flight" "$q" -- sh -c "cat >got; echo \$MQ_PRIORITY" >priority 2>err
		cmp $message got
		assert_equal "$(cat priority)" 4
	done
}

@test "no message is received while as many wait for another try as the queue holds" {
	small=$(name small)
	mqcreate -d 3 -s 64 "$small"
	later mqunlink -f "$small"
	mqsend "$small" a b c
	spawn mqrecv -F --exec -P 2 --retry 1 --delay 1h "$small" -- sh -c 'echo >>tried; exit 1' 2>err
	wait_until eval '[[ -e tried && $(wc -l <tried) == 3 ]]'
	# a message whose command still runs does not wait for another try yet
	wait_until commands_number "$spawned" 0
	wait_until sleeping "$spawned"
	mqsend "$small" d e
	wait_until sleeping "$spawned"
	assert_equal "$(held "$small") $(wc -l <tried)" '2 3'
	# room for those that are put back at the end
	assert_equal "$(mqrecv -a "$small")" $'d\ne'
	kill -TERM "$spawned"
	collect
	assert_equal "$(held "$small") $(wc -l <tried)" '3 3'
}

@test "messages that wait for another try are in flight, at most as many as the queue holds" {
	flight=$(name flight)
	mqcreate -d 2 "$flight"
	later mqunlink -f "$flight"
	mqsend "$q" a b c
	spawn mqrecv -F --exec -P 2 --retry 1 --delay 1h --in-flight "$flight" "$q" -- sh -c 'echo >>tried; exit 1' 2>err
	wait_until eval '[[ $(wc -l <tried) == 2 ]]'
	wait_until sleeping "$spawned"
	assert_equal "$(held "$q") $(held "$flight") $(wc -l <tried)" '1 2 2'
	kill -TERM "$spawned"
	collect
	assert_equal "$(mqrecv -a "$q" | sort | tr '\n' ' ')" 'a b c '
	assert_equal "$(held "$flight")" 0
}

# bats test_tags=slow
@test "messages in flight that wait for room on the queue do not block the others" {
	flight=$(name flight)
	mqunlink "$q"
	mqcreate -d 2 "$q" "$flight"
	later mqunlink -f "$flight"
	spawn eval "seq 40 | mqsend -l $q"
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 60 mqrecv --exec -F -t 2 -P 2 --retry 1 --in-flight "$flight" "$q" -- sh -c '
		[ "$MQ_TRY" = 2 ] && echo "$1"' sh {}
	assert_failure 124
	collect
	assert_equal "$(sort -n <<<"$output")" "$(seq 40)"
}

@test "a message that cannot be sent after SIGTERM is left on the in-flight queue" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	for _ in {1..10}; do mqsend "$dead" old; done
	mqsend "$q" corpse
	spawn mqrecv --exec --in-flight "$flight" --dead "$dead" "$q" -- false 2>err
	wait_until grep -q 'dead-letter queue' err
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 1
	assert_equal "$(sed -n 2p err)" \
		"mqrecv: /$q: message 'corpse' of 6 bytes, priority 0: left on /$flight: the queue is full"
	assert_equal "$(tail -n 1 err)" "mqrecv: /$flight: messages left on the queue: 1"
	assert_equal "$(mqrecv -n "$flight")" corpse
	assert_equal "$(in_memory)" ''
}

@test "every termination signal removes the memory of an in-flight queue that holds no message" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	local signal
	for signal in HUP INT QUIT TERM; do
		spawn mqrecv --exec -F --in-flight "$flight" "$q" -- cat >out
		wait_until test -e "/dev/shm/$flight.in-flight"
		wait_until sleeping "$spawned"
		kill "-$signal" "$spawned"
		collect
		assert_equal "$signal: $(in_memory)" "$signal: "
	done
}

@test "memory of an in-flight queue that cannot be removed is reported, with status 1" {
	requires static plain command:strace
	strace -o /dev/null true || skip 'no tracing here'
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	later shmunlink -f "/$flight.in-flight"
	mqsend "$q" job
	run --separate-stderr strace -qq -o trace -e inject=unlink:error=EPERM mqrecv --exec --in-flight "$flight" "$q" -- cat
	assert_failure 1
	assert_output job
	assert_equal "$(tail -n 1 <<<"$stderr")" "mqrecv: /$flight.in-flight: Operation not permitted"
	assert grep -q INJECTED trace
}

@test "SIGTERM while orphaned messages are run leaves the others in flight" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mqsend "$q" 1 2 3
	killed_pool 3
	mkfifo go
	exec 8<>go
	spawn mqrecv -F --exec --in-flight "$flight" "$q" -- sh -c 'echo {}; read -r _ <go' >out 2>err
	wait_until grep -q 1 out
	kill -TERM "$spawned"
	wait_until sleeping "$spawned"
	echo >&8
	collect
	exec 8>&-
	assert_equal "$(cat out)" 1
	assert_equal "$(mqrecv -a "$flight")" $'2\n3'
	assert_equal "$(in_memory)" ''
}

@test "processes that begin and end at the same moment agree on who uses the in-flight queue" {
	local pids
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	later rm -f "/dev/shm/$flight.in-flight"
	come_and_go() {
		local i
		for ((i = 0; i < 200; i++)); do
			mqrecv -n --exec --in-flight "$flight" "$q" -- true 2>>err || echo $?
		done | sort | uniq -c
	}
	come_and_go >first 3>&- &
	pids=($!)
	come_and_go >second 3>&- &
	pids+=($!)
	come_and_go >third
	# not for all: the clock of bats is one of them
	wait "${pids[@]}"
	assert_equal "$(cat first second third | awk '{ print $1, $2 }')" $'200 123\n200 123\n200 123'
	assert_equal "$(sort -u err)" "mqrecv: /$q: the queue is empty"
}

@test "a second mqrecv with the same in-flight queue is refused" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mqsend "$q" a
	spawn mqrecv -F --exec --in-flight "$flight" "$q" -- sh -c 'echo >>started; exec sleep 60' 2>err
	wait_until test -s started
	run within 20 mqrecv -F --exec --in-flight "$flight" "$q" -- true
	assert_failure 123
	assert_output "mqrecv: /$flight.in-flight: in use by another mqrecv"
	assert_equal "$(held "$flight")" 1
	kill -TERM "$spawned"
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$(in_memory)" ''
}

@test "an in-flight queue that is too small or not another POSIX queue is refused, and no message is received" {
	flight=$(name flight)
	mqcreate -d 2 -s 100 "$flight"
	later mqunlink -f "$flight"
	mqunlink "$q" && mqcreate -s 100 "$q"
	mqsend "$q" a
	run within 20 mqrecv --exec -P 3 --in-flight "$flight" "$q" -- cat
	assert_failure 125
	assert_output "mqrecv: /$flight: too small for /$q: depth 2, message size 100 (required: 3, 100)"
	mqunlink "$flight" && mqcreate -s 99 "$flight"
	run within 20 mqrecv --exec --in-flight "$flight" "$q" -- cat
	assert_failure 125
	assert_output "mqrecv: /$flight: too small for /$q: depth 10, message size 99 (required: 1, 100)"
	for other in "$q" "$dead" key:1; do
		run within 20 mqrecv --exec --in-flight "$other" --dead "$dead" "$q" -- cat
		assert_failure 125
		assert_line --index 0 --partial '--in-flight requires another POSIX queue'
	done
	run within 20 mqrecv --exec --in-flight "$(name none)" "$q" -- cat
	assert_failure 125
	assert_output --partial 'no such queue (mqcreate makes one)'
	assert_equal "$(held "$q") $(held "$flight") $(in_memory)" '1 0 '
}

@test "--in-flight needs permission to read and to write the queue" {
	requires nobody
	flight=$(name flight)
	later mqunlink -f "$flight"
	mqsend "$q" a
	for mode in 0200 0400; do
		mqcreate -m $mode "$flight"
		run within 20 mqrecv --exec --in-flight "$flight" "$q" -- cat
		assert_failure 125
		assert_output "mqrecv: /$flight: Permission denied"
		mqunlink "$flight"
	done
	assert_equal "$(held "$q")" 1
}

@test "the removal of the in-flight queue is reported, and no message is lost" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mkfifo go
	exec 8<>go
	mqsend "$q" a
	spawn mqrecv -F --exec --in-flight "$flight" "$q" -- sh -c 'echo {}; read -r _ <go' >out 2>err
	wait_until grep -q a out
	mqunlink "$flight"
	mqsend "$q" b
	echo >&8
	collect
	exec 8>&-
	assert_equal "$status" 125
	assert_equal "$(cat out)" a
	assert_equal "$(head -n 1 err)" "mqrecv: /$flight: it or /$flight.in-flight was removed"
	assert_equal "$(mqrecv -n "$q") $(in_memory)" 'b '
}

@test "messages that other processes add to the in-flight queue or remove from it are noticed" {
	flight=$(name flight)
	mqcreate -d 2 "$flight"
	later mqunlink -f "$flight"
	mkfifo go
	exec 8<>go
	mqsend "$q" a
	spawn mqrecv -F --exec -P 2 --in-flight "$flight" "$q" -- sh -c 'echo {}; read -r _ <go' >out 2>err
	wait_until grep -q a out
	mqsend "$flight" other
	mqsend "$q" b
	wait_until grep -q full err
	echo >&8
	collect
	exec 8>&-
	assert_equal "$status" 125
	assert_equal "$(cat out)" a
	assert_equal "$(head -n 1 err)" "mqrecv: /$flight: full: another process added messages"
	assert_equal "$(mqrecv -a "$flight" | sort | tr '\n' ' ')" 'b other '
	mqsend "$q" c
	run --separate-stderr within 20 mqrecv --exec --in-flight "$flight" "$q" -- ipctool mqrecv -n "$flight"
	assert_failure 1
	assert_output c
	assert_stderr --partial "mqrecv: /$flight: another process removed messages"
	assert_equal "$(in_memory)" ''
}

@test "a message held for an earlier in-flight queue with other attributes is refused, not lost" {
	requires program plain
	flight=$(name flight)
	mqcreate -d 5 "$flight"
	later mqunlink -f "$flight"
	"$(peer kill_at)" 1 true 2>/dev/null || skip "no process may be traced here"
	mqsend "$q" precious
	"$(peer kill_at)" 4 mqrecv -a --exec --in-flight "$flight" "$q" -- true || assert_equal $? 137
	mqunlink "$flight" && mqcreate -d 6 "$flight"
	run within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- cat
	assert_failure 125
	assert_output "mqrecv: /$flight.in-flight: holds messages of an earlier /$flight with depth 5, message size 8192: 1"
	mqunlink "$flight" && mqcreate -d 5 "$flight"
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- cat
	assert_success
	assert_output precious
	# without a message it is created again
	mqsend "$q" a
	killed_pool 1
	mqunlink "$flight" && mqcreate -d 6 "$flight"
	mqsend "$q" b
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- cat
	assert_success
	assert_output b
}

# A number in the machine's bytes (little-endian).
number() {
	local i text=
	for ((i = 0; i < $2; i++)); do
		printf -v text '%s\\x%02x' "$text" $(($1 >> 8 * i & 255))
	done
	printf %b "$text"
}

# What a killed mqrecv leaves in /dev/shm/QUEUE.in-flight: a slot with TEXT, and empty ones up to COUNT. The next
# number is 2.
slots() {
	local queue=$1 count=$2 size=$3 state=$4 priority=$5 length=$6 copies=$7 text=$8 stride
	stride=$(((32 + size + 7) / 8 * 8))
	{
		printf 'ipctool slots 2\0'
		number "$count" 8
		number "$size" 8
		number 7 8
		number 2 8
		printf %s "$queue"
		head -c $((288 - ${#queue})) /dev/zero
		number "$state" 4
		number "$priority" 4
		number "$length" 8
		number "$copies" 8
		number "${9-0}" 8
		printf %s "$text"
		head -c $((stride - 32 - ${#text})) /dev/zero
		((count > 1)) && head -c $(((count - 1) * stride)) /dev/zero
	} >slots
}

foreign="damaged or foreign: not a private file of this user"
damaged="damaged or foreign: not as mqrecv leaves it"

# Nothing is run, nothing is changed, and the message is still on the queue.
refused_slots() {
	cp "/dev/shm/$flight.in-flight" before
	refused 125 "mqrecv: /$flight.in-flight: $1" mqrecv -a --exec --in-flight "$flight" "$q" -- touch ran
	assert [ ! -e ran ]
	cmp before "/dev/shm/$flight.in-flight"
	assert_equal "$(held "$q") $(held "$flight")" '1 0'
}

begin_slots() {
	flight=$(name flight)
	mqcreate -d 2 -s 1024 "$flight"
	later mqunlink -f "$flight"
	later shmunlink -f "$flight.in-flight"
	mqsend "$q" a
	umask 077
}

@test "a message that lies in the memory of the in-flight queue is run if all of that is valid" {
	begin_slots
	slots "/$flight" 3 1024 2 7 5 0 first
	cp slots "/dev/shm/$flight.in-flight"
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- sh -c 'echo {} $MQ_PRIORITY'
	assert_success
	assert_output $'first 7\na 0'
	assert [ ! -e "/dev/shm/$flight.in-flight" ]
}

@test "memory of an in-flight queue that mqrecv did not create is refused, and no message is received" {
	begin_slots
	for size in 5 0 100000; do
		head -c $size /dev/zero >"/dev/shm/$flight.in-flight"
		refused_slots "$damaged"
	done
}

@test "a state, length, priority or count that cannot be in the memory of the in-flight queue is refused" {
	begin_slots
	# count size state priority length copies
	local rows=(
		'3 1024 2 0 1025 0' '3 1024 2 0 65536 0' '3 1024 4 0 1099511627776 0' '3 1024 4 0 9223372036854775807 0'
		'3 1024 4 0 -1 0' '3 1024 5 0 5 0' '3 1024 4294967295 0 5 0' '3 1024 2 32768 5 0' '3 1024 1 40000 5 0'
		'3 1024 3 0 5 0' '3 1024 0 0 1025 0'
	)
	for row in "${rows[@]}"; do
		# shellcheck disable=SC2086 # words
		slots "/$flight" $row evil!
		cp slots "/dev/shm/$flight.in-flight"
		refused_slots "$damaged"
	done
	# counts that do not fit the object, and one whose product is right in 64 bits
	for count in 0 2 4 4611686018427387904 $(((1 << 61) + 3)); do
		slots "/$flight" 3 1024 2 0 5 0 evil!
		number "$count" 8 | dd of=slots bs=8 seek=2 conv=notrunc status=none
		cp slots "/dev/shm/$flight.in-flight"
		refused_slots "$damaged"
	done
	# that of another queue
	# a number that the next message would get
	slots "/$flight" 3 1024 2 0 5 0 evil! 2
	cp slots "/dev/shm/$flight.in-flight"
	refused_slots "$damaged"
	slots "/$flight.2" 3 1024 2 0 5 0 evil!
	cp slots "/dev/shm/$flight.in-flight"
	refused_slots "$damaged"
}

@test "memory of an in-flight queue that others may access, or that has two names, is refused" {
	begin_slots
	slots "/$flight" 3 1024 2 0 5 0 evil!
	cp slots "/dev/shm/$flight.in-flight"
	for mode in 640 620 604 602 601; do
		chmod "$mode" "/dev/shm/$flight.in-flight"
		refused_slots "$foreign"
	done
	chmod 600 "/dev/shm/$flight.in-flight"
	ln "/dev/shm/$flight.in-flight" "/dev/shm/$flight.2"
	later shmunlink -f "$flight.2"
	refused_slots "$foreign"
}

@test "a job of another user in the memory of the in-flight queue is not run" {
	requires root
	begin_slots
	slots "/$flight" 3 1024 2 0 5 0 evil!
	# by a hard link, as fs.protected_hardlinks permits it to whom may read and write the file
	board=$(name board)
	later shmunlink -f "$board"
	install -m 666 /dev/null "/dev/shm/$board"
	setpriv --reuid=54321 --regid=54321 --clear-groups sh -c "cat >/dev/shm/$board && ln /dev/shm/$board /dev/shm/$flight.in-flight" <slots
	refused_slots "$foreign"
	# by a file of that user
	rm "/dev/shm/$flight.in-flight"
	setpriv --reuid=54321 --regid=54321 --clear-groups sh -c "umask 077; cat >/dev/shm/$flight.in-flight" <slots
	refused_slots "$foreign"
}

# bats test_tags=slow
@test "hundreds of jobs survive random kills of mqrecv and its commands" {
	requires static
	local jobs=300
	# On a busy machine a pool must get further than its start between two kills. What killtest started ends with it.
	run within 110 timeout 100 "$IPCTOOL_ROOT/scripts/killtest" pool --isolated --jobs $jobs --kills-per-minute 600
	assert_success
}

@test "as a builtin mqrecv --exec leaves the shell as it was" {
	requires builtin
	# into a file: in a substitution, the shell may still have its pipe open
	state() {
		echo /proc/$$/fd/*
		signals_of_shell
	}
	state >before
	mqsend "$q" a b c
	mqrecv -a --exec -P 2 -k --retry 1 "$q" -- sh -c 'exit 1' >out 2>err || true
	state >after
	assert_equal "$(<after)" "$(<before)"
}
