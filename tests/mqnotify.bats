#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mqnotify

load helper
load queues

setup() {
	basic_setup
	# Bytes written to 9 can be read from 9.
	mkfifo ready
	exec 9<>ready
}

# start ARGUMENT...: start mqnotify with its output in the file out; it is registered
start() {
	spawn mqnotify --ready-fd 9 "$@" >out
	read -r -t 10 <&9
}

registered() {
	mqstat -J "$q" | grep -o '"notify":[0-9a-z]*'
}

printed() {
	[[ $(wc -l <out) -ge $1 ]]
}

# send_one COUNT: send a message, and receive it when COUNT notifications were printed
send_one() {
	mqsend "$q" text
	wait_until printed "$1"
	mqrecv -n "$q" >taken
}

@test "mqnotify prints a line for a message, with the sender's pid and uid" {
	queue
	start "$q"
	spawn "$(peer mq)" send "/$q" 0 text
	wait_until printed 1
	assert_equal "$(<out)" "/$q: message from pid $spawned uid $EUID"
}

@test "mqnotify receives no message" {
	queue
	start -c 1 "$q"
	mqsend "$q" text
	collect
	assert_equal "$status" 0
	run mqrecv -n "$q"
	assert_output text
}

@test "mqnotify reports each message that arrives on an empty queue" {
	queue
	start -c 3 "$q"
	send_one 1
	send_one 2
	send_one 3
	collect
	assert_equal "$status" 0
	assert_equal "$(sed 's/ from pid [0-9]*//' out)" "/$q: message uid $EUID
/$q: message uid $EUID
/$q: message uid $EUID"
}

@test "mqnotify does not report a message on a queue that already has one" {
	queue
	mqsend "$q" first
	start -c 1 "$q"
	mqsend "$q" second
	mqrecv -n -c 2 "$q"
	assert_equal "$(<out)" ''
	mqsend "$q" third
	collect
	assert_equal "$status" 0
	printed 1
}

@test "a waiting receiver gets the message, and mqnotify is not notified" {
	queue
	start "$q"
	local mqnotify=$spawned
	spawn mqrecv "$q" >taken
	wait_until sleeping "$spawned"
	mqsend "$q" text
	collect
	assert_equal "$(<taken)" text
	assert_equal "$(<out)" ''
	mqsend "$q" text
	wait_until printed 1
	kill "$mqnotify"
}

@test "mqnotify shows a long name of control characters as in a message, and whole in JSON" {
	local controls shown json
	controls=$(printf '\001%.0s' {1..230})
	queue "$controls"
	shown=${q//$'\001'/\\x01}
	json=${q//$'\001'/\\u0001}
	start -c 1 "$q"
	mqsend "$q" text
	collect
	assert_equal "$(<out)" "/$shown: message from pid $(sed 's/.* pid //; s/ .*//' out) uid $EUID"
	mqrecv -n "$q" >taken
	start -J -c 1 "$q"
	mqsend "$q" text
	collect
	assert_equal "$(sed 's/"pid":[0-9]*/"pid":0/' out)" "{\"queue\":\"/$json\",\"pid\":0,\"uid\":$EUID}"
}

@test "a receiver that waits with -t does not count: mqnotify is notified" {
	queue
	start -c 1 "$q"
	spawn mqrecv -t 20 "$q" >taken
	wait_until sleeping "$spawned"
	mqsend "$q" text
	collect
	assert_equal "$status: $(<taken)" '0: text'
	wait_until printed 1
}

@test "mqnotify -J prints one JSON object a line" {
	queue
	start -J -c 1 "$q"
	local mqnotify=$spawned
	spawn "$(peer mq)" send "/$q" 0 text
	collect "$mqnotify"
	assert_equal "$(<out)" "{\"queue\":\"/$q\",\"pid\":$spawned,\"uid\":$EUID}"
}

@test "mqnotify -J writes a name that is not UTF-8 as base64" {
	queue $'q\xff'
	start -J -c 1 "$q"
	local mqnotify=$spawned
	spawn "$(peer mq)" send "/$q" 0 text
	collect "$mqnotify"
	local name
	name=$(printf '/%s' "$q" | base64 -w 0)
	assert_equal "$(<out)" "{\"queue\":{\"base64\":\"$name\"},\"pid\":$spawned,\"uid\":$EUID}"
}

@test "mqstat shows mqnotify as registered, also after a notification" {
	queue
	start "$q"
	assert_equal "$(registered)" "\"notify\":$spawned"
	send_one 1
	assert_equal "$(registered)" "\"notify\":$spawned"
	kill "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(registered)" '"notify":null'
}

@test "mqnotify leaves no registration, however it ends" {
	queue
	start -c 1 "$q"
	mqsend "$q" text
	collect
	assert_equal "$status $(registered)" '0 "notify":null'
	mqrecv -n "$q"
	run within 10 mqnotify -t 0.05 "$q"
	assert_equal "$status $(registered)" '124 "notify":null'
	start "$q"
	kill -INT "$spawned"
	collect
	assert_equal "$status $(registered)" '130 "notify":null'
	start "$q"
	kill -KILL "$spawned"
	collect
	assert_equal "$status $(registered)" '137 "notify":null'
}

@test "mqnotify reports which process is registered: a C program, or another mqnotify" {
	queue
	spawn "$(peer mq)" notify "/$q" >told
	wait_until grep -q registered told
	run --separate-stderr within 10 mqnotify "$q"
	assert_failure 1
	assert_output ''
	assert_stderr "mqnotify: /$q: process $spawned is registered for notification"
	mqsend "$q" text
	collect
	assert_equal "$(<told)" $'registered\n'"notified by $EUID"
	start "$q"
	run --separate-stderr within 10 mqnotify "$q"
	assert_failure 1
	assert_stderr "mqnotify: /$q: process $spawned is registered for notification"
	run "$(peer mq)" notify "/$q"
	assert_failure
	assert_output --partial 'Device or resource busy'
}

@test "without permission to read, mqnotify reports only that another process is registered" {
	requires nobody
	queue
	spawn "$(peer mq)" notify "/$q" >told
	wait_until grep -q registered told
	[[ ${IPCTOOL_MQUEUE-} ]] || skip 'the mode of a queue cannot be changed here'
	chmod 200 "$IPCTOOL_MQUEUE/$q"
	run --separate-stderr within 10 mqnotify "$q"
	assert_failure 1
	assert_stderr "mqnotify: /$q: another process is registered for notification"
}

@test "mqnotify -t exits with 124 after the time-out" {
	queue
	run --separate-stderr within 10 mqnotify -t 0.05 "$q"
	assert_failure 124
	assert_output ''
	assert_stderr "mqnotify: /$q: timed out"
	start -t 1 -c 2 "$q" 2>err
	mqsend "$q" text
	collect
	assert_equal "$status" 124
	assert_equal "$(<err)" "mqnotify: /$q: timed out: 1 of 2 notifications received"
}

@test "mqnotify ignores a signal of the same number from another process" {
	queue
	start "$q"
	kill -URG "$spawned"
	wait_until sleeping "$spawned"
	assert_equal "$(<out)" ''
	assert_equal "$(registered)" "\"notify\":$spawned"
	send_one 1
	kill "$spawned"
}

@test "mqnotify ignores a signal that another process sends as if it were a notification" {
	local count
	queue
	for count in 1 2; do
		start -c "$count" "$q"
		"$(peer sig)" feign "$spawned" "$(killn -l URG)"
		wait_until sleeping "$spawned"
		assert_equal "$(<out)" ''
		assert_equal "$(registered)" "\"notify\":$spawned"
		send_one 1
		kill "$spawned" || true
		collect
	done
}

@test "if no signal can be queued for its user, mqnotify reports a message without the sender" {
	queue
	limited() {
		ulimit -S -i 0
		become mqnotify --ready-fd 9 -c 2 "$q"
	}
	spawn limited >out
	read -r -t 10 <&9
	send_one 1
	send_one 2
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" "/$q: message from pid 0 uid 0
/$q: message from pid 0 uid 0"
}

@test "mqnotify refuses a queue that does not exist, an invalid name and System V" {
	local text
	run --separate-stderr mqnotify "$(name none)"
	assert_failure 4
	assert_stderr "mqnotify: /$(name none): no such queue (mqcreate makes one)"
	for text in '' a/b; do
		run --separate-stderr mqnotify "$text"
		assert_failure 2
		assert_output ''
	done
	for text in key:0x4a id:7; do
		run --separate-stderr mqnotify "$text"
		assert_failure 2
		assert_output ''
		assert_regex "${stderr_lines[0]}" 'System V'
	done
	run --separate-stderr mqnotify
	assert_failure 2
	run --separate-stderr mqnotify a b
	assert_failure 2
}

@test "mqnotify refuses invalid counts, times and descriptors" {
	local words
	queue
	for words in '-c 0' '-c -1' '-c x' '-t x' '-t -1' '--ready-fd -1' '--ready-fd x'; do
		echo "$words"
		# shellcheck disable=SC2086
		run --separate-stderr mqnotify $words "$q"
		assert_failure 2
		assert_output ''
		assert_equal "${#stderr_lines[@]}" 2
	done
	run --separate-stderr mqnotify --ready-fd 77 "$q"
	assert_failure 1
	assert_stderr 'mqnotify: --ready-fd 77: Bad file descriptor'
}

@test "mqnotify exits with 1 if its output is full, and is no longer registered" {
	queue
	to_full() { become mqnotify --ready-fd 9 "$q" >/dev/full; }
	spawn to_full 2>err
	read -r -t 10 <&9
	mqsend "$q" text
	collect
	assert_equal "$status" 1
	assert_equal "$(<err)" 'mqnotify: standard output: No space left on device'
	assert_equal "$(registered)" '"notify":null'
}

@test "mqnotify exits silently with 141 if its reader closes the pipe" {
	queue
	mkfifo pipe
	exec 7<>pipe 8>pipe 7<&-
	spawn mqnotify --ready-fd 9 "$q" >&8 2>err
	read -r -t 10 <&9
	mqsend "$q" text
	collect
	assert_equal "$status" 141
	assert_equal "$(<err)" ''
}

@test "mqnotify as a builtin leaves the shell its signals, its descriptors and no registration" {
	requires builtin
	queue
	look() {
		signals_of_shell
		printf '%s\n' /proc/$BASHPID/fd/*
	}
	in_a_shell() {
		trap 'echo trapped' URG
		look >before
		(
			read -r <&9
			mqsend "$q" text
		) &
		mqnotify --ready-fd 9 -c 1 "$q" >out
		echo "status $?"
		wait
		mqnotify -t 0 "$q" 2>/dev/null || echo "status $?"
		look >after
		diff before after
		registered
		kill -URG "$BASHPID"
	}
	run within 10 in_a_shell
	assert_success
	assert_output $'status 0\nstatus 124\n"notify":null\ntrapped'
}
