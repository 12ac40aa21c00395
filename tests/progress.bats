#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --progress, which is the same for all applets that have it.
# applets: mqrecv mqsend shmread shmwrite

# bats file_tags=one-user
load helper

setup() {
	basic_setup
	s=$(name s)
	shmcreate "$s" 3M
}

teardown() {
	shmunlink -f "$s"
	basic_teardown
}

# The lines as they were written over each other, without the blanks after them.
shown() {
	tr '\r' '\n' <"$1" | sed 's/ *$//; /^$/d'
}

# on_terminal SETTINGS COMMAND: what a program writes to a terminal
on_terminal() {
	script -qec "stty $1; $2" /dev/null </dev/null >typed
	shown typed
}

@test "--progress=always shows bytes, time, rate and percent of a known end" {
	shmread --progress=always "$s" >out 2>err
	assert_equal "$(stat -c %s out)" 3145728
	run shown err
	assert_line --index 0 --regexp '^shmread:        0 B   0:0[0-9] '
	assert_line --index -1 --regexp '^shmread:   3\.00 MiB   0:[0-9]{2} +[0-9.]{3,4} [KMG]iB/s  100 %$'
	assert_equal "$(tail -c 1 err | od -An -tx1)" ' 0a'
}

@test "it shows the number of messages, and the percentage if their total is known" {
	local q
	q=$(name q)
	later mqunlink -f "$q"
	mqcreate "$q"
	mqsend --progress=always "$q" a b c 2>err
	run shown err
	assert_line --index -1 --regexp '^mqsend: +3 messages   0:[0-9]{2}  [0-9]+/s  100 %$'
	mqrecv --progress=always -c 2 "$q" 2>err >out
	run shown err
	assert_line --index -1 --regexp '^mqrecv: +2 messages   0:[0-9]{2}  [0-9]+/s  100 %$'
	mqrecv --progress=always -c 2 -n "$q" 2>err >out || true
	run shown err
	assert_line --index -2 "mqrecv: /$q: 1 message received, then: the queue is empty"
	assert_line --index -1 --regexp '^mqrecv: +1 messages   0:[0-9]{2}  [0-9]+/s   50 %$'
}

@test "of a stream of messages it is known for a file" {
	local q
	q=$(name q)
	later mqunlink -f "$q"
	mqcreate "$q"
	seq 12 >lines
	mqsend -nl --progress=always "$q" <lines 2>err || true
	run shown err
	assert_line --index -2 "mqsend: /$q: 10 messages sent, then: the queue is full"
	# 21 bytes of 27
	assert_line --index -1 --regexp '^mqsend: +10 messages   0:[0-9]{2}  [0-9]+/s   83 %$'
	mqrecv -a --progress=always "$q" 2>err >out
	run shown err
	assert_line --index -1 --regexp '^mqrecv: +10 messages   0:[0-9]{2}  [0-9]+/s$'
	mqsend -l --progress=always "$q" < <(echo 1 && echo 2) 2>err
	run shown err
	assert_line --index -1 --regexp '^mqsend: +2 messages   0:[0-9]{2}  [0-9]+/s$'
	run mqsend -l --progress "$q" <<<3
	assert_success
	assert_output ''
}

@test "of a pipe the end is not known" {
	head -c 3M /dev/zero | shmwrite --progress=always "$s" 2>err
	run shown err
	assert_line --index -1 --regexp '^shmwrite:   3\.00 MiB   0:[0-9]{2} +[0-9.]{3,4} [KMG]iB/s$'
}

# bats test_tags=slow
@test "how much time is left follows from the rate" {
	local q
	q=$(name q)
	later mqunlink -f "$q"
	mqcreate "$q"
	# shellcheck disable=SC2046
	spawn mqsend --rate 10 --progress=always "$q" $(seq 50000) 2>err
	wait_until grep -qE '0:(0[1-9]|[1-5][0-9]) .* left' err
	kill "$spawned"
	collect
	assert_equal "$status" 143
	shown err | grep 'left$' >lines
	# the rate is rounded: 10/s is 9.5 to 10.5
	run awk '{
		sub("/s", "", $5)
		parts = split($8, time, ":")
		left = parts == 3 ? time[1] * 3600 + time[2] * 60 + time[3] : time[1] * 60 + time[2]
		todo = 50000 - $2
		if (left < todo / ($5 + 0.5) - 1 || ($5 >= 1 && left > todo / ($5 - 0.5)))
			print "wrong: " $0
		long += parts == 3
	} END { print (long > 0 ? "hours" : "no hours") }' lines
	assert_output hours
}

@test "a slow stream is seen to move" {
	mkfifo pipe
	exec 7<>pipe
	from_pipe() { exec 7>&- && shmwrite --progress=always "$s"; }
	spawn from_pipe <pipe 2>err
	wait_until grep -q '0 B' err
	printf abc >&7
	wait_until grep -q '      3 B' err
	# and time to pass, where nothing moves
	wait_until grep -qE '3 B   [0-9]:(0[1-9]|[1-5])' err
	exec 7>&-
	collect
	assert_equal "$status" 0
}

# bats test_tags=slow
@test "time is seen to pass while a queue is empty, and while it is full" {
	local queues=("$(name q)" "key:$(key q)") pids=() i
	# both kinds of queue at the same time
	for i in 0 1; do
		later mqunlink -f "${queues[i]}"
		mqcreate "${queues[i]}" >id
		spawn mqrecv -F --progress=always "${queues[i]}" >"out$i" 2>"err$i"
		pids[i]=$spawned
	done
	for i in 0 1; do
		wait_until grep -qE '0 messages   [0-9]:(0[1-9]|[1-5])' "err$i"
		mqsend "${queues[i]}" a
		wait_until grep -q '1 messages   [0-9]:' "err$i"
		kill "${pids[i]}"
		collect "${pids[i]}"
		assert_equal "$status: $(<"out$i")" '143: a'
	done
	for i in 0 1; do
		mqsend -nl "${queues[i]}" < <(yes 2>/dev/null) 2>err || true
		spawn mqsend --progress=always "${queues[i]}" b 2>"err$i"
		pids[i]=$spawned
	done
	for i in 0 1; do
		wait_until grep -qE '0 messages   [0-9]:(0[1-9]|[1-5])' "err$i"
		mqrecv "${queues[i]}" >out
		collect "${pids[i]}"
		assert_equal "$status" 0
		mqsend -nl "${queues[i]}" < <(yes 2>/dev/null) 2>err || true
		run within 20 mqsend --progress=always -t 0.3 "${queues[i]}" b
		assert_failure 124
	done
}

@test "it is not shown where standard error is no terminal, nor without the option, nor with never" {
	local option
	for option in --progress --progress=auto --progress=never --; do
		shmread "$option" "$s" 2>err >out
		assert_equal "$(<err)" ''
		run shmwrite "$option" "$s" text
		assert_success
		assert_output ''
		shmresize "$s" 3M
	done
}

@test "on a terminal it is shown, and fits its width" {
	requires program terminal
	run on_terminal 'cols 70' "shmread --progress $s >out"
	assert_line --index -1 --regexp '^shmread:   3\.00 MiB   0:0[0-9] .*100 %$'
	run on_terminal 'cols 39' "shmread --progress $s >out"
	assert_line --index -1 --regexp '^shmread:   3\.00 MiB   0:0[0-9] +[0-9.]{3,4} [KMG]iB/s$'
	run on_terminal 'cols 38' "shmread --progress $s >out"
	assert_line --index -1 --regexp '^shmread:   3\.00 MiB   0:0[0-9]$'
	run on_terminal 'cols 9' "shmread --progress $s >out"
	assert_line --index -1 'shmread:'
	run on_terminal 'cols 3' "shmread --progress=always $s >out"
	cmp out "/dev/shm/$s"
	run on_terminal 'cols 70' "shmread --progress=never $s"
	refute_output --partial shmread
}

@test "a message takes the line's place, and the line comes again below it" {
	to_full() { "$@" >/dev/full; }
	run --separate-stderr to_full shmread --progress=always "$s"
	assert_failure 1
	printf '%s\n' "$stderr" >err
	run shown err
	assert_line --index 0 --regexp '^shmread:        0 B '
	assert_line --index 1 'shmread: standard output: No space left on device'
	assert_line --index 2 --regexp '^shmread:        0 B '
	assert_equal "$(grep -c '' err)" 2
	shmwrite -v --progress=always "$s" abc 2>err
	run shown err
	assert_line --index -1 'Copying 3 bytes'
}

@test "an interrupt ends the line too" {
	mkfifo pipe
	exec 7<>pipe
	spawn shmwrite --progress=always "$s" <pipe 2>err
	wait_until sleeping "$spawned"
	kill -INT "$spawned"
	collect
	assert_equal "$status" 130
	assert_equal "$(tail -c 1 err | od -An -tx1)" ' 0a'
	exec 7>&-
}

@test "that it cannot be shown changes nothing" {
	local to
	for to in /dev/full '&-' '&7'; do
		mkfifo pipe
		exec 7<>pipe 8>pipe 7>&-
		[[ $to != '&7' ]] || exec 7>&8
		exec 8>&-
		eval "shmread --progress=always $s >out 2>$to" 7>&7
		cmp out "/dev/shm/$s"
		exec 7>&-
		rm pipe
	done
}

@test "a reader of the line that does not read holds nothing up" {
	mkfifo pipe
	exec 7<>pipe
	(head -c 1000000 /dev/zero | timeout 1 dd bs=64 oflag=nonblock >&7) 2>out || true
	within 5 shmread --progress=always "$s" >out 2>&7
	exec 7>&-
	cmp out "/dev/shm/$s"
}

@test "a value is one of three words, behind an equals sign" {
	local value hint
	for value in '' automatic ALWAYS 1; do
		hint=
		[[ $value != ALWAYS ]] || hint=' (did you mean always?)'
		run --separate-stderr shmread --progress="$value" "$s"
		assert_failure 2
		assert_output ''
		assert_equal "${stderr_lines[0]}" "shmread: option '--progress': '$value' is not auto, always or never$hint"
	done
	run --separate-stderr shmread --progress always "$s"
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "shmread: extra operand '$s'"
}
