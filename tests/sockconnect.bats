#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sockconnect

load helper
load sockets

# A C program at $s in the background: other WHAT TYPE [TEXT]
other() {
	spawn "$(peer socket)" "$1" "$2" "${4-$s}" "${@:3:1}" >other.out
}

@test "sockconnect sends its input and the end of it, and prints the answer of a C program" {
	local type
	for type in stream seqpacket; do
		other serve "$type" 'the answer'
		wait_until listening "$s"
		run --separate-stderr within 5 sockconnect "$s" <<<'a question'
		assert_success
		assert_output 'the answer'
		assert_stderr ''
		collect
		assert_equal "$(grep -c question other.out)" 1
	done
}

@test "sockconnect finds out that the socket is a datagram socket" {
	other serve dgram ''
	wait_until test -S s
	run within 5 sockconnect "$s" <<<'to whom it may concern'
	assert_success
	collect
	assert_equal "$(<other.out)" $'<to whom it may concern\n>'
}

@test "a datagram socket can answer sockconnect, whose socket has an abstract name" {
	other serve dgram 'the answer'
	wait_until test -S s
	{
		echo 'a question'
		wait_until grep -q answer out
	} | within 10 sockconnect "$s" >out
	assert_equal "$(<out)" 'the answer'
	collect
}

@test "sockconnect finds out the type of an abstract socket" {
	local n type
	n=@$(name abstract)
	for type in stream seqpacket dgram; do
		other serve "$type" '' "$n"
		wait_until grep -q " $n\$" /proc/net/unix
		[[ $type == dgram ]] || wait_until listening "$n"
		run within 5 sockconnect "$n" <<<"by $type"
		assert_success
		collect
		assert_equal "$(grep -o 'by [a-z]*' other.out)" "by $type"
	done
	run within 5 sockconnect "$n" </dev/null
	assert_failure 4
	assert_output "sockconnect: $n: no such abstract socket (socklisten makes one)"
}

@test "sockconnect with a type connects to a socket of that type only" {
	other bind dgram ''
	wait_until test -s other.out
	refused 1 "sockconnect: $s: not a seqpacket socket" sockconnect --seqpacket "$s"
	rm s
	other deaf stream ''
	wait_until listening "$s"
	refused 1 "sockconnect: $s: not a datagram socket" sockconnect --dgram "$s"
	refused 1 "sockconnect: $s: not a seqpacket socket" sockconnect --seqpacket "$s"
	refused 2 "sockconnect: options '--dgram' and '--seqpacket' exclude each other" sockconnect --dgram --seqpacket "$s"
}

@test "sockconnect carries a megabyte in each direction at the same time" {
	head -c 1000000 /dev/urandom >question
	head -c 1500000 /dev/urandom >answer
	spawn become socklisten "$s" <answer >asked
	wait_until listening "$s"
	within 20 sockconnect "$s" <question >answered
	collect
	assert_equal "$status" 0
	cmp question asked
	cmp answer answered
}

@test "sockconnect exits when the peer has closed, even if its input is still open" {
	other serve stream 'that is all'
	wait_until listening "$s"
	mkfifo input
	# The C program reads until our end, so kill it: it closes without having got one.
	spawn become sockconnect "$s" <>input >got
	local client=$spawned
	wait_until grep -q 'all' got
	kill "${spawned_pids[0]}"
	collect "$client"
	assert_equal "$status: $(<got)" '0: that is all'
}

@test "sockconnect --keep-open gets the answer of a server that takes an end of file for the end" {
	local type
	for type in stream seqpacket; do
		other hasty "$type" 'the answer'
		wait_until listening "$s"
		run --separate-stderr within 5 sockconnect "$s" <<<'a question'
		assert_success
		assert_output ''
		collect
		other hasty "$type" 'the answer'
		wait_until listening "$s"
		run --separate-stderr within 5 sockconnect -k "$s" <<<'a question'
		assert_success
		assert_output 'the answer'
		assert_stderr ''
		collect
	done
}

@test "sockconnect --keep-open exits when the peer closes, and receives datagrams until a signal" {
	mkfifo input
	spawn become socklisten "$s" <>input >out
	wait_until listening "$s"
	spawn become sockconnect --keep-open "$s" <<<question
	wait_until grep -q question out
	wait_until sleeping "$spawned"
	kill "${spawned_pids[0]}"
	collect
	assert_equal "$status" 0
	other serve dgram 'the answer'
	wait_until test -S s
	spawn become sockconnect -k "$s" <<<question >got
	wait_until grep -q answer got
	wait_until sleeping "$spawned"
	kill "$spawned"
	collect
	assert_equal "$status" 143
}

@test "a peer that closes without accepting is reported as such" {
	spawn "$(peer socket)" refuse stream "$s"
	wait_until listening "$s"
	hold() { exec 8<>input; within 5 sockconnect "$s" <&8; }
	mkfifo input
	run --separate-stderr hold
	assert_failure 1
	assert_stderr "sockconnect: $s: the peer closed before it accepted the connection (Connection reset by peer)"
}

@test "data that the peer has not read is a failure, reported after all received data is written" {
	spawn become socklisten -c 1 "$s" -- sh -c 'read x; echo "answer to $x"'
	wait_until listening "$s"
	# in one piece: what comes after the answer is nothing that was sent
	{ echo first && head -c 1000000 /dev/zero; } >question
	ask() { within 10 sockconnect "$s" <question; }
	run --separate-stderr ask
	assert_failure 1
	assert_output 'answer to first'
	assert_stderr --regexp "^sockconnect: $s: the peer closed before all data was read \((Connection reset by peer|Broken pipe)\)\$"
}

@test "a missing socket is status 4, one without a listener 3, a file that is not a socket 1" {
	refused 4 'sockconnect: ./none: no such socket (socklisten makes one)' sockconnect ./none
	refused 4 'sockconnect: ./no/folder: no such socket (socklisten makes one)' sockconnect ./no/folder
	refused 4 "sockconnect: @$(name none): no such abstract socket (socklisten makes one)" sockconnect "@$(name none)"
	: >file
	refused 1 'sockconnect: file: not a socket' sockconnect file
	refused 1 'sockconnect: file/x: Not a directory' sockconnect file/x
	other bind stream ''
	wait_until test -s other.out
	refused 3 "sockconnect: $s: connection refused: no listener" sockconnect "$s"
	kill -KILL "$spawned"
	wait_until gone "$spawned"
	refused 3 "sockconnect: $s: connection refused: no listener" sockconnect "$s"
}

@test "a socket without write permission is refused" {
	requires nobody
	other deaf stream ''
	wait_until listening "$s"
	chmod 0 s
	refused 1 "sockconnect: $s: Permission denied" sockconnect "$s"
}

@test "a full backlog is status 3 with -n and 124 with -t, within the time" {
	other deaf stream ''
	wait_until listening "$s"
	spawn "$(peer socket)" silent stream "$s" >silent
	wait_until test -s silent
	refused 3 "sockconnect: $s: the listener's backlog is full" sockconnect -n "$s"
	refused 124 "sockconnect: $s: timed out: the listener's backlog is full" sockconnect -t 0.2 "$s"
	spawn become sockconnect "$s" </dev/null
	wait_until sleeping "$spawned"
	kill "$spawned"
	collect
	assert_equal "$status" 143
}

@test "sockconnect --wait waits until a process listens, no longer than --timeout" {
	refused 124 "sockconnect: $s: timed out: no listener" sockconnect -w -t 0.1 "$s"
	refused 4 "sockconnect: $s: no such socket (socklisten makes one)" sockconnect -wn "$s"
	spawn become sockconnect -w "$s" </dev/null >got
	local client=$spawned
	wait_until resting_state "$client"
	other serve stream 'at last'
	collect "$client"
	assert_equal "$status: $(<got)" '0: at last'
	spawn become sockconnect -w "@$(name late)" </dev/null
	wait_until resting_state "$spawned"
	kill -INT "$spawned"
	collect
	assert_equal "$status" 130
}

@test "sockconnect --peercred prints the credentials of the listener" {
	other serve stream ''
	wait_until listening "$s"
	run --separate-stderr within 5 sockconnect --peercred "$s" </dev/null
	assert_success
	assert_stderr "Peer: pid $spawned, uid $EUID, gid $(id -g)"
	rm -f s
	other serve dgram ''
	wait_until test -S s
	refused 1 "sockconnect: $s: a datagram socket has no peer" sockconnect --peercred "$s"
}

@test "an invalid address is refused before any system call, with the limit" {
	local long
	long=$(printf 'x%.0s' {1..108})
	refused 2 "sockconnect: '': the address of a socket must not be empty" sockconnect ''
	refused 2 "sockconnect: '@': a name must follow the '@'" sockconnect @
	refused 2 "sockconnect: 'a/': is a directory, not a socket address" sockconnect a/
	refused 2 "sockconnect: '$long': in a path of more than 107 bytes the last component must not be longer than 82 bytes, this one has 108" sockconnect "$long"
	refused 2 "sockconnect: '@$long': the name of a socket must not be longer than 107 bytes, this one has 108" sockconnect "@$long"
	refused 4 "sockconnect: ${long:1}: no such socket (socklisten makes one)" sockconnect "${long:1}"
	refused 4 "sockconnect: @${long:1}: no such abstract socket (socklisten makes one)" sockconnect "@${long:1}"
	refused 2 'sockconnect: missing operand ADDRESS' sockconnect
}

@test "a failed output is a failure, and an output without a reader ends sockconnect with 141" {
	other serve stream 'the answer'
	wait_until listening "$s"
	to_full() { within 5 sockconnect "$s" </dev/null >/dev/full; }
	run --separate-stderr to_full
	assert_failure 1
	assert_stderr 'sockconnect: standard output: No space left on device'
	spawn become socklisten -k "$s" </dev/null >/dev/null
	wait_until listening "$s"
	to_nobody() { within 5 sockconnect "$s" < <(sleep 20) | :; echo "${PIPESTATUS[0]}"; }
	run --separate-stderr to_nobody
	assert_output 141
	assert_stderr ''
}

@test "sockconnect with closed standard descriptors does not use the socket as one of them" {
	other serve stream 'the answer'
	wait_until listening "$s"
	closed() { within 5 sockconnect "$s" <&-; }
	run --separate-stderr closed
	assert_failure 1
	assert_output ''
	assert_stderr 'sockconnect: standard input: Bad file descriptor'
	collect
	other serve stream 'the answer'
	wait_until listening "$s"
	closed() { within 5 sockconnect "$s" </dev/null >&-; }
	run --separate-stderr closed
	assert_failure 1
	assert_stderr 'sockconnect: standard output: Bad file descriptor'
}

@test "INT and TERM end sockconnect while it waits for its input or the peer" {
	local signal expected
	spawn become socklisten -k "$s" </dev/null >/dev/null
	wait_until listening "$s"
	mkfifo input
	for signal in INT:130 TERM:143; do
		spawn become sockconnect "$s" <>input
		wait_until sleeping "$spawned"
		kill "-${signal%:*}" "$spawned"
		collect
		assert_equal "$status" "${signal#*:}"
	done
}

@test "a shell that connects a thousand times is unchanged" {
	requires builtin
	spawn become socklisten -k "$s" </dev/null >/dev/null
	wait_until listening "$s"
	echo /proc/$$/fd/* >before
	local i
	for ((i = 0; i < 1000; i++)); do
		sockconnect "$s" </dev/null
		sockconnect ./none 2>/dev/null || true
	done
	echo /proc/$$/fd/* >after
	diff before after
}
