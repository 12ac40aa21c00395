#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# socklisten as a service: readiness, draining, limits of time

load helper
load sockets

# listen [OPTION...]: in the background at $s, with no input
listen() {
	spawn become socklisten "$@" </dev/null >out 2>err
	wait_until listening "$s"
}

# client TEXT: a connection that has sent TEXT and stays open until the file `end` exists
client() {
	{
		echo "$1"
		until [[ -e end ]]; do pause 0.01; done
	} | become sockconnect "$s"
}

@test "socklisten --ready-fd: a newline when connections are accepted" {
	mkfifo ready
	exec 9<>ready
	# opening a FIFO for reading and writing does not wait
	spawn become socklisten --ready-fd 9 -c 1 "$s" -- cat </dev/null
	local line
	IFS= read -r -t 30 line <&9
	assert_equal "<$line>" '<>'
	run sockconnect "$s" <<<'at once'
	assert_output 'at once'
	collect
	assert_equal "$status" 0
	exec 9>&-
	refused 1 'socklisten: --ready-fd 77: Bad file descriptor' socklisten --ready-fd 77 "$s"
	assert [ ! -e s ]
}

@test "with --drain TERM ends the accepting, and the running commands finish undisturbed" {
	listen --drain "$s" -- sh -c 'trap "echo disturbed" TERM; read x; until [ -e go ]; do sleep 0.01; done; echo "done $x"'
	local server=$spawned
	spawn client work >got
	wait_until commands_number "$server" 1
	kill "$server"
	wait_until test ! -e s
	: >go
	: >end
	collect "$server"
	assert_equal "$status: $(<err)" '0: '
	collect
	assert_equal "$(<got)" 'done work'
}

@test "a second TERM ends socklisten --drain as without it" {
	listen --drain "$s" -- sh -c 'trap "echo told; exit" TERM; echo ready; while :; do sleep 0.01; done'
	local server=$spawned
	spawn client hold >got
	wait_until grep -q ready got
	kill "$server"
	wait_until test ! -e s
	kill "$server"
	collect "$server"
	assert_equal "$status" 143
	: >end
	collect
	assert_equal "$(<got)" $'ready\ntold'
}

@test "with --drain a socklisten without commands ends at TERM with status 0, at INT with 130" {
	listen --drain "$s" -- cat
	kill "$spawned"
	collect
	assert_equal "$status" 0
	assert [ ! -e s ]
	listen --drain "$s" -- cat
	kill -INT "$spawned"
	collect
	assert_equal "$status" 130
	refused 2 'socklisten: --drain requires COMMAND' socklisten --drain "$s"
}

@test "with --drain a TERM that comes as soon as socklisten listens ends it with status 0, too" {
	requires program plain command:strace
	run within 30 strace -qqq -o trace -e trace=listen -e inject=listen:signal=TERM socklisten --drain "$s" -- cat </dev/null
	assert_success
	assert_output ''
	assert [ ! -e s ]
	run within 30 strace -qqq -o trace -e trace=listen -e inject=listen:signal=INT socklisten --drain "$s" -- cat </dev/null
	assert_failure 130
	assert [ ! -e s ]
}

@test "TERM ends a socklisten that was started with TERM ignored; its commands ignore it" {
	ignoring() {
		trap '' TERM
		become socklisten "$@"
	}
	spawn ignoring "$s" -- sh -c 'echo ready; until [ -e go ]; do sleep 0.01; done; echo finished' </dev/null
	local server=$spawned
	wait_until listening "$s"
	spawn client x >got
	wait_until grep -q ready got
	kill "$server"
	wait_until test ! -e s
	: >go
	: >end
	collect "$server"
	assert_equal "$status" 143
	collect
	assert_equal "$(<got)" $'ready\nfinished'
	spawn ignoring "$s" </dev/null
	wait_until listening "$s"
	kill "$spawned"
	collect
	assert_equal "$status" 143
	spawn ignoring --dgram "$s" </dev/null
	wait_until test -S s
	kill "$spawned"
	collect
	assert_equal "$status" 143
}

@test "a HUP that is ignored, as nohup does, does not end socklisten" {
	ignoring() {
		trap '' HUP
		become socklisten "$@"
	}
	spawn ignoring -c 1 "$s" -- cat </dev/null
	wait_until listening "$s"
	kill -HUP "$spawned"
	run sockconnect "$s" <<<'still there'
	assert_output 'still there'
	collect
	assert_equal "$status" 0
}

@test "a shell that ignores TERM still does after a socklisten" {
	in_a_shell() {
		trap '' TERM
		socklisten -t 0.01 "$s"
		trap -p TERM
		kill "$BASHPID"
		echo alive
	}
	run in_a_shell </dev/null
	assert_line --partial "SIGTERM"
	assert_line alive
}

@test "with --limit the command of a connection gets TERM, and KILL if it does not end" {
	listen --limit 0.2 -c 2 "$s" -- sh -c 'read x; trap "echo told; exit" TERM; while :; do sleep 0.01; done'
	run --separate-stderr within 30 sockconnect -k "$s" <<<x
	assert_output told
	run --separate-stderr within 30 sockconnect -k "$s" <<<x
	assert_output told
	collect
	assert_equal "$status: $(wc -l <err)" '0: 2'
	assert_regex "$(<err)" "^socklisten: $s: the time of a connection is over: TERM to its command, process [0-9]+"
	listen --limit 0.1 -c 1 "$s" -- sh -c 'trap "" TERM; echo ready; while :; do sleep 0.01; done'
	run --separate-stderr within 30 sockconnect -k "$s" </dev/null
	assert_output ready
	collect
	assert_equal "$status" 0
}

@test "--timeout is the limit of each connection of a command too, unless --limit sets another" {
	listen -t 0.5 "$s" -- sh -c 'echo ready; exec sleep 60'
	run --separate-stderr within 30 sockconnect -k "$s" </dev/null
	assert_output ready
	# it still waits, as long again, for the next one
	run --separate-stderr within 30 sockconnect -k "$s" </dev/null
	assert_output ready
	collect
	assert_equal "$status" 124
	assert_equal "$(sed 's/process [0-9]*/process N/' err)" "socklisten: $s: the time of a connection is over: TERM to its command, process N
socklisten: $s: the time of a connection is over: TERM to its command, process N
socklisten: $s: timed out: no connection"
	listen -t 0.3 --limit 60 "$s" -- sh -c 'echo ready; sleep 0.8; echo undisturbed'
	run --separate-stderr within 30 sockconnect -k "$s" </dev/null
	assert_output $'ready\nundisturbed'
	collect
	assert_equal "$status" 124
}

@test "with --limit a process that a command left behind does not keep the connection" {
	listen --limit 0.2 -c 1 "$s" -- sh -c 'sleep 60 & exec sleep 60'
	local began=$SECONDS
	run --separate-stderr within 30 sockconnect -k "$s" </dev/null
	assert_success
	assert [ $((SECONDS - began)) -lt 25 ]
	collect
	assert_equal "$status" 0
}

# bats test_tags=slow,plain
@test "with --limit the connection ends also if the command cannot be killed" {
	requires program
	local intercept
	intercept=$(peer intercept)
	"$intercept" -- true 2>/dev/null || skip 'no seccomp_unotify(2) here'
	spawn "$intercept" kill=EPERM -- socklisten --limit 0.1 -c 1 "$s" -- sh -c 'echo ready; until [ -e go ]; do sleep 0.05; done' </dev/null 2>err
	wait_until listening "$s"
	run --separate-stderr within 20 sockconnect -k "$s" </dev/null
	assert_success
	assert_output ready
	assert [ ! -e go ]
	: >go
	collect
	assert_equal "$status" 0
}

@test "a connection that keeps within --limit is not disturbed" {
	listen --limit 60 -c 2 "$s" -- cat
	run within 5 sockconnect "$s" <<<one
	assert_output one
	run within 5 sockconnect "$s" <<<two
	assert_output two
	collect
	assert_equal "$status: $(<err)" '0: '
}

@test "without COMMAND --limit ends a connection, however much it sends, and -k takes the next" {
	listen --limit 0.3 -k "$s"
	flood() { yes | become sockconnect "$s"; }
	spawn flood >/dev/null 2>&1
	wait_until test -s err
	assert_equal "$(<err)" "socklisten: $s: timed out: the connection (the limit of --limit)"
	within 5 sockconnect "$s" <<<next
	wait_until grep -q next out
	kill "${spawned_pids[0]}"
	collect "${spawned_pids[0]}"
	spawn become socklisten --limit 0.1 "$s" </dev/null
	wait_until listening "$s"
	local server=$spawned
	spawn client x >/dev/null 2>&1
	collect "$server"
	assert_equal "$status" 124
	: >end
	collect
}

# ------------------------------------------------- sockconnect --answer

@test "sockconnect --answer ends with status 124 if no answer comes in time" {
	listen -P 4 "$s" -- sleep 60
	refused 124 "sockconnect: $s: timed out: no answer" within 30 sockconnect --answer 0.1 "$s" </dev/null
	# with an input that stays open
	mkfifo input
	exec 8<>input
	echo question >&8
	refused 124 "sockconnect: $s: timed out: no answer" within 30 sockconnect --answer 0.3 "$s" <&8
	exec 8>&-
	# after an answer, if the end of it does not come
	kill "$spawned"
	collect
	listen "$s" -- sh -c 'cat; exec sleep 60'
	run --separate-stderr within 30 sockconnect --answer 0.3 "$s" <<<part
	assert_failure 124
	assert_output part
	assert_stderr "sockconnect: $s: timed out: no answer"
}

@test "sockconnect --answer lets a peer answer that keeps sending, and waits for its own input" {
	listen -c 2 "$s" -- sh -c 'read x; for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done'
	run within 30 sockconnect --answer 0.8 "$s" <<<question
	assert_success
	assert_output $'1\n2\n3\n4\n5\n6'
	slow() { sleep 1; echo question; }
	run within 30 sockconnect --answer 0.8 "$s" < <(slow)
	assert_success
	assert_output $'1\n2\n3\n4\n5\n6'
	collect
}

@test "sockconnect --answer ends if the peer does not read" {
	listen -k "$s"
	head -c 10000000 /dev/zero >input
	kill -STOP "$spawned"
	run --separate-stderr within 30 sockconnect --answer 0.2 "$s" <input
	kill -CONT "$spawned"
	assert_failure 124
	assert_stderr "sockconnect: $s: timed out: no answer"
}

@test "with --answer sockconnect waits for the datagram that answers" {
	spawn "$(peer socket)" serve dgram "$s" 'the answer' >other.out
	wait_until test -S s
	run within 30 sockconnect --answer 20 "$s" <<<question
	assert_success
	assert_output --partial 'the answer'
}
