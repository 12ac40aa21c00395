#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# socksend

load helper
load sockets

# A C program at $s prints what comes into ./got, "<text>" a message where there are any.
other() {
	rm -f s
	spawn "$(peer socket)" serve "$1" "$s" '' >got
	if [[ $1 == dgram ]]; then wait_until test -S s; else wait_until listening "$s"; fi
}

# received: what the C program got, when it has ended
received() {
	collect
	assert_equal "$(<got)" "$1"
}

@test "socksend sends each operand as a message of its own to a C program" {
	other seqpacket
	socksend "$s" one 'two words' $'a\nb'
	received $'<one>\n<two words>\n<a\nb>'
	other dgram
	socksend "$s" datagram
	received '<datagram>'
}

@test "on a stream each operand is a line, or as the framing says" {
	sent() {
		other stream
		socksend "$@"
		collect
		run od -An -c got
		output=$(tr -s ' ' <<<"$output")
	}
	sent "$s" one ''
	assert_output ' o n e \n \n'
	sent -l "$s" one
	assert_output ' o n e \n'
	sent -0 "$s" a b
	assert_output ' a \0 b \0'
	sent -N "$s" abc '' ,
	assert_output ' 3 : a b c , 0 : , 1 : , ,'
	sent -r "$s" a b
	assert_output ' a b'
}

@test "socksend sends its standard input whole, or cut as the framing says" {
	other seqpacket
	printf 'a\nb\n' | socksend "$s"
	received $'<a\nb\n>'
	other seqpacket
	printf 'a\nb' | socksend -l "$s"
	received $'<a>\n<b>'
	other seqpacket
	printf 'a\0b\nc\0' | socksend -0 "$s"
	received $'<a>\n<b\nc>'
	other seqpacket
	printf '2:x\n,1:y,' | socksend -N "$s"
	received $'<x\n>\n<y>'
	other stream
	printf '2:x\n,1:y,' | socksend -N "$s"
	received $'2:x\n,1:y,'
}

@test "on a stream a whole input of any length is sent" {
	head -c 20000000 /dev/zero >input
	spawn become socklisten "$s" </dev/null >got
	wait_until listening "$s"
	within 20 socksend "$s" <input
	collect
	cmp input got
}

@test "a message that is too long is refused before any is sent, with the limit" {
	local longest
	spawn become sockrecv --dgram -F "$s" >got
	wait_until test -S s
	longest=$(($(</proc/sys/net/core/wmem_default) - 32))
	head -c "$longest" /dev/zero | tr '\0' x >fits
	{ cat fits; echo -n x; } >long
	from() { within 5 socksend "${@:2}" "$s" <"$1"; }
	run --separate-stderr from long
	assert_failure 1
	assert_stderr "socksend: $s: message of at least $((longest + 1)) bytes is longer than $longest bytes (SO_SNDBUF)"
	if ((longest < 131000)); then
		refused 1 "socksend: $s: message of $((longest + 1)) bytes is longer than $longest bytes (SO_SNDBUF)$(raised_by_sysctl net.core.wmem_default $((longest + 33)))" socksend "$s" short "$(<long)"
	fi
	{ echo first; cat long; echo; echo never; } >lines
	run --separate-stderr from lines -l
	assert_failure 1
	assert_stderr --partial "socksend: $s: 1 message sent, then: message of "
	run from fits
	assert_success
	all() { [[ $(wc -c <got) -eq $((6 + longest + 1)) ]]; }
	wait_until all
	kill "$spawned"
	collect
	assert_equal "$(head -n 1 got)" first
}

@test "a full receive queue is status 3 with -n and 124 with -t, with the number of messages sent" {
	spawn "$(peer socket)" bind dgram "$s" >ready
	wait_until test -s ready
	flood() { yes | head -n 100000 | within 10 socksend -l "$@" "$s"; }
	run --separate-stderr flood -n
	assert_failure 3
	assert_stderr --regexp "^socksend: $s: [0-9]+ messages sent, then: the peer's receive queue is full$"
	run --separate-stderr flood -t 0.1
	assert_failure 124
	assert_stderr "socksend: $s: timed out: the peer's receive queue is full"
	spawn become socksend "$s" x
	wait_until sleeping "$spawned"
	kill -INT "$spawned"
	collect
	assert_equal "$status" 130
}

@test "a peer that closes is reported, with the number of messages sent" {
	spawn "$(peer socket)" deaf seqpacket "$s" >ready
	wait_until listening "$s"
	yes | head -n 100000 >input
	spawn socksend -l "$s" <input 2>err
	wait_until sleeping "$spawned"
	kill -KILL "${spawned_pids[0]}"
	collect "$spawned"
	assert_equal "$status" 1
	assert_regex "$(<err)" "^socksend: $s: [0-9]+ messages sent, then: the peer closed the socket\$"
}

@test "an invalid netstring is reported, and nothing after it is sent" {
	other seqpacket
	broken() { printf '1:a,1:bx1:c,' | socksend -N "$s"; }
	run --separate-stderr broken
	assert_failure 1
	assert_stderr "socksend: $s: 1 message sent, then: standard input: message 2 is a netstring without its comma"
	received '<a>'
}

@test "input read ahead of a failure is given back to a file" {
	spawn "$(peer socket)" bind dgram "$s" >ready
	wait_until test -s ready
	yes | head -n 100000 >input
	rest() { { socksend -nl "$s"; wc -l; } <input; }
	run --separate-stderr rest
	local sent=${stderr%% messages sent*}
	sent=${sent##* }
	assert_output $((100000 - sent))
}

# --------------------------------------------------------------- descriptors

@test "a C program gets the descriptor that socksend passes" {
	local type
	echo 'in the file' >file
	for type in stream seqpacket dgram; do
		rm -f s
		spawn "$(peer socket)" take "$type" "$s" >got
		wait_until test -S s
		[[ $type == dgram ]] || wait_until listening "$s"
		socksend --fd 7 "$s" 7<file
		received 'in the file'
	done
}

@test "with --fd nothing is read from the input, and the descriptor is passed with the first message" {
	echo 'in the file' >file
	spawn become sockrecv --fd "$s" -- sh -c 'echo "$SOCK_MESSAGE"; cat <&"$SOCK_FD"' >got
	wait_until listening "$s"
	mkfifo input
	within 5 socksend --fd 7 "$s" message 7<file <>input
	received $'message\nin the file'
	rm -f s
	spawn "$(peer socket)" take seqpacket "$s" >got
	wait_until listening "$s"
	within 5 socksend --fd 7 "$s" message more still 7<file <>input
	received $'in the file\n<more>\n<still>'
}

@test "a descriptor that is not open is refused before anything is sent" {
	refused 1 'socksend: descriptor 99: not open' socksend --fd 99 "$s" text
	refused 2 "socksend: option '--fd': '-1' is not a descriptor number" socksend --fd=-1 "$s" text
	refused 2 "socksend: option '--fd': 'x' is not a descriptor number" socksend --fd x "$s" text
	refused 1 'socksend: descriptor 99: not open' socksend --fd 0 --fd 99 "$s" text
}

# ---------------------------------------------------------------------- misuse

@test "sending to a missing socket is status 4, without a listener 3" {
	refused 4 "socksend: $s: no such socket (socklisten makes one)" socksend "$s" text
	refused 4 "socksend: @$(name none): no such abstract socket (socklisten makes one)" socksend "@$(name none)" text
	refused 124 "socksend: $s: timed out: no listener" socksend -w -t 0.05 "$s" text
	other dgram
	kill -KILL "$spawned"
	wait_until gone "$spawned"
	refused 3 "socksend: $s: connection refused: no listener" socksend "$s" text
}

@test "socksend --wait sends when the listener exists" {
	spawn become socksend -w "$s" late
	wait_until resting_state "$spawned"
	run within 5 sockrecv "$s"
	assert_output late
	collect
	assert_equal "$status" 0
}

@test "options that exclude each other and unknown options are refused" {
	refused 2 "socksend: options '-l' and '-0' exclude each other" socksend -l0 "$s"
	refused 2 "socksend: options '--dgram' and '--seqpacket' exclude each other" socksend --dgram --seqpacket "$s"
	refused 2 'socksend: missing operand ADDRESS' socksend
	refused 2 "socksend: '': the address of a socket must not be empty" socksend '' text
}

@test "socksend --verbose and --peercred report on standard error" {
	other stream
	run --separate-stderr socksend -v --peercred "$s" abc
	assert_success
	assert_stderr "Peer: pid $spawned, uid $EUID, gid $(id -g)
Sent 3 bytes"
}

@test "a closed input is a failure, not the socket's number" {
	other stream
	closed() { within 5 socksend "$s" <&-; }
	run --separate-stderr closed
	assert_failure 1
	assert_stderr "socksend: $s: standard input: Bad file descriptor"
	collect
	other seqpacket
	closed() { within 5 socksend "$s" x <&- >&- 2>&-; }
	closed
	received '<x>'
}

@test "socksend sends at most --rate messages a second" {
	local began=${EPOCHREALTIME/[.,]/}
	other seqpacket
	socksend --rate 20 "$s" 1 2 3
	received $'<1>\n<2>\n<3>'
	other seqpacket
	seq 3 | socksend -l --rate 20 "$s"
	assert [ $((${EPOCHREALTIME/[.,]/} - began)) -ge 200000 ]
}

@test "socksend --ack prints 0 for each message of its input that was sent, in order" {
	local type
	for type in seqpacket dgram stream; do
		other $type
		run --separate-stderr socksend -l --ack "$s" <<<one
		assert_success
		assert_output 0
		assert_equal "$stderr" ''
		if [[ $type == stream ]]; then received one; else received '<one>'; fi
	done
	other seqpacket
	printf '3:a\nb,1:b,1:c,' >in
	from_file() { socksend -N --ack "$s" <in; }
	run from_file
	assert_output $'0\n0\n0'
	received $'<a\nb>\n<b>\n<c>'
}

@test "socksend --ack: the status of a message that fails is the last line" {
	local size
	requires command:python3
	other seqpacket
	size=$(python3 -c 'import socket; print(socket.socket(1, 5).getsockopt(1, 7) - 32)')
	printf 'one\n%*s\ntwo\n' $((size + 1)) x >in
	from_file() { socksend -l --ack "$s" <in; }
	run --separate-stderr from_file
	assert_failure 1
	assert_output $'0\n1'
	assert_stderr --partial ": 1 message sent, then: message of $((size + 1)) bytes is longer than $size bytes (SO_SNDBUF)"
	received '<one>'
}

@test "socksend --ack holds no answer while the receiver's queue is full" {
	requires command:python3
	# nobody accepts: the messages stay in the queue of the listener
	spawn python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind(sys.argv[1])
s.listen()
time.sleep(100)' "$s"
	wait_until listening "$s"
	mkfifo answers
	# opened by the child: it must not inherit the other end
	to_fifo() { become socksend -v -l --ack "$s" <numbers >answers 2>err; }
	seq 100000 >numbers
	spawn to_fifo
	exec 8<answers
	local count=0 answer
	all_are_answered() {
		while read -r -t 0.1 answer <&8; do
			assert_equal "$answer" 0
			count=$((count + 1))
		done
		((count > 0 && count == $(wc -l <err)))
	}
	wait_until all_are_answered
	assert sleeping "$spawned"
	kill "$spawned"
	collect
	exec 8<&-
	assert_equal "$status" 143
}

@test "socksend --ack counts messages that were sent without an answer, and is for a stream of messages" {
	other seqpacket
	full() { socksend -l --ack "$s" <<<one >/dev/full; }
	refused 1 "socksend: $s: 1 message was sent, but not acknowledged: standard output: No space left on device" full
	received '<one>'
	refused 2 'socksend: --ack requires --lines or --null or --netstrings' socksend --ack "$s" one
	refused 2 "socksend: 'one': --ack excludes MESSAGE operands" socksend -l --ack "$s" one
	refused 2 "socksend: options '--ack' and '--fd' exclude each other" socksend -l --ack --fd 1 "$s"
}

@test "a shell that sends a thousand times is unchanged" {
	requires builtin
	spawn become sockrecv -F "$s" >got
	wait_until listening "$s"
	echo /proc/$$/fd/* >before
	local i
	for ((i = 0; i < 1000; i++)); do
		socksend "$s" "$i"
		socksend "$s.none" "$i" 2>/dev/null || true
	done
	echo /proc/$$/fd/* >after
	diff before after
	all() { [[ $(wc -l <got) -eq 1000 ]]; }
	wait_until all
	assert_equal "$(sort -un got | wc -l)" 1000
}
