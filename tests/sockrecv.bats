#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sockrecv

load helper
load sockets

# recv OPTION... [-- COMMAND]: in the background at $s, into ./got and ./err
recv() {
	local options=() command=()
	while (($#)) && [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	command=("$@")
	spawn become sockrecv "${options[@]}" "$s" "${command[@]}" >got 2>err
	if [[ " ${options[*]} " == *' --dgram '* ]]; then wait_until test -S s; else wait_until listening "$s"; fi
}

# received [STATUS] TEXT: what was written until the end
received() {
	collect
	assert_equal "$status: $(<got)" "${1?}: ${2?}"
}

@test "sockrecv receives the messages of a C program with their boundaries" {
	recv --seqpacket -c 3
	"$(peer socket)" call seqpacket "$s" one 'two words' $'a\nb' >/dev/null
	received 0 $'one\ntwo words\na\nb'
	assert [ ! -e s ]
	recv --dgram -c 2 -N
	"$(peer socket)" call dgram "$s" $'a\n' b
	received 0 $'2:a\n,1:b,'
	assert [ ! -e s ]
}

@test "on a stream a message is a line, or as the framing says" {
	recv -c 3 -J
	"$(peer socket)" call stream "$s" $'one\ntwo\nla' st >/dev/null
	collect
	assert_equal "$(sed 's/.*"size"/"size"/' got)" $'"size":3,"text":"one"}\n"size":3,"text":"two"}\n"size":4,"text":"last"}'
	recv -a -N
	"$(peer socket)" call stream "$s" '2:a' $'\n,0:,' >/dev/null
	received 0 $'2:a\n,0:,'
	recv -a -0
	printf 'x\0y z\0' | socksend "$s"
	collect
	assert_equal "$(tr '\0' , <got)" 'x,y z,'
	recv -r
	printf 'a\nb' | socksend "$s"
	received 0 $'a\nb'
}

@test "messages are counted over successive connections" {
	recv -c 4
	socksend "$s" 1 2
	socksend "$s" 3
	socksend "$s" 4
	received 0 $'1\n2\n3\n4'
	recv --seqpacket -c 2
	sockconnect "$s" </dev/null
	socksend "$s" 1
	socksend "$s" 2
	received 0 $'1\n2'
}

@test "an empty message is a message, not the end" {
	recv --seqpacket -a -N
	socksend "$s" '' a ''
	received 0 '0:,1:a,0:,'
	recv --dgram -c 2 -N
	socksend "$s" '' ''
	received 0 '0:,0:,'
	recv -a -N
	socksend -N "$s" '' ''
	received 0 '0:,0:,'
}

@test "sockrecv --all ends with the connection, with status 3 if that carried no message" {
	recv -a
	socksend "$s" one two
	received 0 $'one\ntwo'
	recv -a
	sockconnect "$s" </dev/null
	received 3 ''
	assert_equal "$(<err)" "sockrecv: $s: the connection ended after 0 messages"
}

@test "sockrecv --follow continues until a termination signal, and then removes the file" {
	recv --dgram -F
	local i
	for i in 1 2 3; do
		socksend "$s" "$i"
	done
	three() { [[ $(wc -l <got) -eq 3 ]]; }
	wait_until three
	kill -INT "$spawned"
	received 130 $'1\n2\n3'
	assert [ ! -e s ]
	refused 124 "sockrecv: $s: timed out: no message" sockrecv -F -t 0.1 --dgram "$s"
	assert [ ! -e s ]
}

# dropped: the reasons in ./err, and whose connections they were
dropped() {
	sed "s|^sockrecv: $s: connection from pid [0-9]* uid $EUID dropped: ||" err
}

@test "sockrecv --follow drops a connection that breaks the framing or is too long, and goes on" {
	recv -F -N
	printf garbage | sockconnect "$s"
	socksend -N "$s" one two
	printf '1:a,1:bx1:c,' | sockconnect "$s"
	printf '16777217:' | sockconnect "$s"
	printf '3:ab' | sockconnect "$s"
	socksend -N "$s" three
	wait_until grep -q three got
	kill "$spawned"
	received 143 '3:one,3:two,1:a,5:three,'
	assert_equal "$(dropped)" 'message is not a netstring, LENGTH:BYTES,
message is a netstring without its comma
message of 16777217 bytes is longer than 16777216 bytes (the maximum on a stream)
message is an incomplete netstring'
	assert [ ! -e s ]
}

@test "sockrecv --follow drops an endless line, and goes on" {
	recv -F
	endless() { head -c 40000000 /dev/zero | within 20 sockconnect "$s" 2>/dev/null; }
	endless || true
	socksend "$s" short
	wait_until grep -q short got
	kill "$spawned"
	received 143 short
	assert_regex "$(dropped)" '^message of at least [0-9]+ bytes is longer than 16777216 bytes \(the maximum on a stream\)$'
}

@test "with --follow a connection that sends nothing holds no other one" {
	local type
	for type in stream seqpacket; do
		# shellcheck disable=SC2046
		recv -F $([[ $type == stream ]] || echo "--$type")
		spawn "$(peer socket)" silent "$type" "$s" >silent
		wait_until test -s silent
		socksend "$s" one
		socksend "$s" two
		wait_until grep -q two got
		assert_equal "$(<got)" $'one\ntwo'
		end_spawned
		rm -f s silent
	done
}

# bats test_tags=slow
@test "with --follow each connection has the time of --timeout for each message" {
	local type
	for type in stream seqpacket; do
		# shellcheck disable=SC2046
		recv -F -t 1 $([[ $type == stream ]] || echo "--$type")
		local server=$spawned
		spawn "$(peer socket)" silent "$type" "$s" >silent
		slow() { for i in 1 2 3 4; do echo "$i"; sleep 0.3; done | sockconnect "$s"; }
		slow
		wait_until test -s err
		assert_equal "$(dropped): $(tr -d '\n' <got)" 'timed out: no message: 1234'
		# the receiver itself does not end
		assert_equal "$(ps -o stat= -p "$server" | head -c 1)" S
		kill "$server"
		collect "$server"
		assert_equal "$status" 143
		end_spawned
		rm -f silent
	done
}

# bats test_tags=slow
@test "with --follow a hundred silent connections are dropped in time, and a message is received" {
	local i
	recv -F -t 0.5
	for ((i = 0; i < 100; i++)); do
		spawn "$(peer socket)" silent stream "$s" >>silent
	done
	socksend "$s" text
	wait_until grep -q text got
	all() { [[ $(grep -c 'dropped: timed out: no message$' err) -eq 100 ]]; }
	wait_until all
}

@test "with --follow many long messages of several connections arrive whole, in bounded memory" {
	local i
	head -c 12000000 /dev/zero | tr '\0' x >long
	recv -F
	local server=$spawned
	long() { { cat long; wait_until test -e go; echo "$1"; } | sockconnect "$s"; }
	for i in 1 2 3 4 5 6; do
		spawn long "$i"
	done
	wait_until sleeping "$server"
	: >go
	six() { [[ $(wc -l <got) -eq 6 ]]; }
	wait_until six
	assert_equal "$(awk '{ print length($0) }' got | sort -u)" 12000001
	[[ ${IPCTOOL_SANITIZED-} || $IPCTOOL_FRONT == bash ]] ||
		assert [ "$(awk '/VmHWM/ { print $2 }' "/proc/$server/status")" -lt 80000 ]
}

@test "sockrecv waits no longer than --timeout, also for the rest of a message" {
	refused 124 "sockrecv: $s: timed out: no message" sockrecv -t 0.1 "$s"
	refused 124 "sockrecv: $s: timed out: no message" sockrecv -t 0.1 --dgram "$s"
	recv -t 0.3
	spawn "$(peer socket)" silent stream "$s" >silent
	received_late() { collect "${spawned_pids[0]}"; }
	received_late
	assert_equal "$status: $(<err)" "124: sockrecv: $s: timed out: no message"
	recv -c 2 -t 0.5
	mkfifo input
	half() { exec 8<>input; printf 'whole\nhalf' >&8; sockconnect "$s" <&8; }
	spawn half
	local client=$spawned
	collect "${spawned_pids[-2]}"
	assert_equal "$status: $(<got): $(<err)" "124: whole: sockrecv: $s: 1 message received, then: timed out: no message"
	collect "$client"
	refused 3 "sockrecv: $s: no message" sockrecv -n "$s"
}

@test "sockrecv --json prints the sender of each message" {
	local type
	for type in --dgram --seqpacket --; do
		recv -J ${type/%--/}
		client() { echo "$BASHPID" >pid; exec "$(peer socket)" call "$1" "$s" hello; }
		[[ $type == -- ]] && type=--stream
		spawn client "${type#--}" >/dev/null
		collect "${spawned_pids[-2]}"
		assert_equal "$(<got)" "{\"socket\":\"$s\",\"pid\":$(<pid),\"uid\":$EUID,\"gid\":$(id -g),\"size\":5,\"text\":\"hello\"}"
	done
	recv --dgram -J
	printf '\377' | socksend "$s"
	collect
	assert [ "$(grep -c '"size":1,"base64":"/w=="}$' got)" -eq 1 ]
}

@test "sockrecv --peercred and --verbose report on standard error" {
	recv --dgram --peercred -v
	socksend "$s" abc
	collect
	assert_equal "$(sed 's/pid [0-9]*/pid N/' err)" "Peer: pid N, uid $EUID, gid $(id -g)
Received 3 bytes from pid N uid $EUID"
}

@test "sockrecv --connect receives from a listener of any type" {
	local type
	for type in stream seqpacket; do
		rm -f s
		spawn "$(peer socket)" serve "$type" "$s" $'text from C'
		wait_until listening "$s"
		run within 5 sockrecv -C "$s"
		assert_success
		assert_output 'text from C'
		collect
	done
	spawn become socklisten -c 1 "$s" -- seq 3
	run within 5 sockrecv -Cwa "$s"
	assert_output $'1\n2\n3'
	spawn become socklisten -c 1 "$s" -- seq 2
	refused_after() { sockrecv -Cw -c 3 "$s" >got 2>err; }
	run refused_after
	assert_failure 3
	assert_equal "$(<got)$(<err)" $'1\n2'"sockrecv: $s: the connection ended after 2 messages"
}

@test "sockrecv --connect to a missing socket is status 4, without a listener 3" {
	refused 4 "sockrecv: $s: no such socket (socklisten makes one)" sockrecv -C "$s"
	spawn "$(peer socket)" bind stream "$s" >ready
	wait_until test -s ready
	refused 3 "sockrecv: $s: connection refused: no listener" sockrecv -C "$s"
	spawn "$(peer socket)" bind dgram "$s.d" >ready.d
	wait_until test -s ready.d
	refused 1 "sockrecv: $s.d: a datagram socket has no connection to receive from" sockrecv -C "$s.d"
}

@test "a message of 16 MiB is received whole on a stream, a longer one is refused" {
	head -c 16777216 /dev/zero | tr '\0' x >fits
	recv -r
	within 20 socksend "$s" <fits
	collect
	assert_equal "$status" 0
	cmp fits got
	recv -r
	more() { { cat fits; echo; } | within 20 socksend "$s" 2>/dev/null; }
	more || true
	received 1 ''
	assert_equal "$(<err)" "sockrecv: $s: message of at least 16777217 bytes is longer than 16777216 bytes (the maximum on a stream)"
}

@test "an invalid netstring is reported, after the messages before it" {
	recv -c 3 -N
	printf '1:a,1:bx' | socksend "$s"
	received 1 1:a,
	assert_equal "$(<err)" "sockrecv: $s: 1 message received, then: message is a netstring without its comma"
}

@test "an error after some messages is reported in one sentence" {
	requires program plain command:strace
	spawn strace -o trace -e trace=recvmsg -e inject=recvmsg:error=ENOMEM:when=2 \
		sockrecv --dgram -c 2 "$s" >got 2>err
	wait_until test -S s
	socksend --dgram "$s" one two
	received 1 one
	assert_equal "$(<err)" "sockrecv: $s: 1 message received, then: Cannot allocate memory"
}

# --------------------------------------------------------------- the output

@test "a message that cannot be written is lost, which is reported" {
	spawn become sockrecv --dgram "$s" >/dev/full 2>err
	wait_until test -S s
	socksend "$s" hello
	collect
	assert_equal "$status: $(<err)" '1: sockrecv: standard output: No space left on device; the message of 5 bytes is lost'
	assert [ ! -e s ]
}

@test "a closed output is a failure before anything is received" {
	closed() { within 5 sockrecv "$s" >&-; }
	run --separate-stderr closed
	assert_failure 1
	assert_stderr 'sockrecv: standard output: Bad file descriptor'
	assert [ ! -e s ]
}

@test "an output whose reader closes ends a waiting sockrecv with 141" {
	local options
	mkfifo pipe
	for options in --dgram --seqpacket -0; do
		exec 8<>pipe
		server() { exec >pipe 8>&- && become sockrecv -F "$options" "$s" 2>err; }
		spawn server
		if [[ $options == --dgram ]]; then wait_until test -S s; else wait_until listening "$s"; fi
		exec 8<&-
		collect
		assert_equal "$status: $(<err)" '141: '
		assert [ ! -e s ]
	done
}

@test "TERM ends a receiver that always has something to receive" {
	spawn become sockrecv -F "$s" >out
	wait_until listening "$s"
	local receiver=$spawned
	flood() { yes flood | become sockconnect "$s"; }
	spawn flood 2>/dev/null
	wait_until grep -q flood out
	kill "$receiver"
	collect "$receiver"
	assert_equal "$status" 143
}

# --------------------------------------------------------------- descriptors

@test "a command gets the descriptor that a C program passes" {
	local type
	echo 'in the file' >file
	for type in stream seqpacket dgram; do
		# shellcheck disable=SC2046
		recv --fd $([[ $type == stream ]] || echo "--$type") -- sh -c 'echo "$SOCK_FD $SOCK_MESSAGE $SOCK_PEER_UID"; cat <&"$SOCK_FD"; test ! -e s || echo still there; exit 9'
		"$(peer socket)" give "$type" "$s" file
		received 9 "3 x $EUID"$'\nin the file'
	done
}

@test "descriptors beyond the first are closed, which is reported" {
	local type
	echo 'in the file' >file
	for type in stream seqpacket dgram; do
		# shellcheck disable=SC2046
		recv --fd $([[ $type == stream ]] || echo "--$type") -- sh -c 'cat <&3; ls -l "/proc/$$/fd" 2>/dev/null | grep -c "/file$"'
		"$(peer socket)" pair "$type" "$s" file
		received 0 $'in the file\n1'
		assert_equal "$(<err)" "sockrecv: $s: 2 descriptors came with the message: only the first is kept (--fds keeps all)"
	done
}

@test "with --fds a command gets all descriptors of a message, in their order" {
	local type
	echo 'in the file' >file
	for type in stream seqpacket dgram; do
		# shellcheck disable=SC2046,SC2016
		recv --fds $([[ $type == stream ]] || echo "--$type") -- sh -c 'set -- $SOCK_FDS; echo "$# $(($1 == SOCK_FD))"; cat <&"$1"; readlink "/proc/$$/fd/$2"'
		"$(peer socket)" pair "$type" "$s" file
		received 0 $'2 1\nin the file\n'"$PWD/file"
		assert_equal "$(<err)" ''
	done
}

@test "socksend passes several descriptors with the first message, which sockrecv --fds gets" {
	echo one >f1
	echo two >f2
	echo three >f3
	# shellcheck disable=SC2016
	recv --fds -- sh -c 'echo "$SOCK_MESSAGE"; for fd in $SOCK_FDS; do cat <&"$fd"; done'
	socksend --fd 7 --fd 6 --fd 8 "$s" text 6<f1 7<f2 8<f3
	received 0 $'text\ntwo\none\nthree'
	# one of them twice, and the most that an option can be given
	# shellcheck disable=SC2016
	recv --fds -- sh -c 'set -- $SOCK_FDS; echo "$#"'
	# shellcheck disable=SC2046
	socksend $(printf -- '--fd 6 %.0s' {1..16}) "$s" text 6<f1
	received 0 16
}

@test "253 descriptors are all received, and none stays in a shell that has not asked for them" {
	recv --fds -- sh -c 'set -- $SOCK_FDS; echo "$#"; cat <&"$SOCK_FD" >/dev/null; echo "$?"'
	"$(peer hostile)" pass "$s" 253
	received 0 $'253\n0'
}

@test "with fewer free descriptors than a message has, --fds keeps those that can be open" {
	few() {
		ulimit -n 20
		become sockrecv --fds "$s" -- sh -c 'set -- $SOCK_FDS; echo "$(($# < 20 && $# > 5))"'
	}
	spawn few >out 2>err
	wait_until listening "$s"
	"$(peer hostile)" pass "$s" 100
	collect
	assert_equal "$status: $(<out)" '0: 1'
	assert_regex "$(<err)" "^sockrecv: $s: more descriptors came with the message than this process may open: only [0-9]+ are kept$"
}

@test "in a shell --fds leaves all descriptors open, their numbers in SOCK_FDS" {
	requires builtin
	echo one >f1
	echo two >f2
	spawn "$IPCTOOL_BUILD/bin/socksend" -w --fd 6 --fd 7 "$s" 'a message' 6<f1 7<f2
	sockrecv --fds "$s"
	local numbers
	read -r -a numbers <<<"$SOCK_FDS"
	assert_equal "${#numbers[@]} ${numbers[0]}" "2 $SOCK_FD"
	assert_equal "$(cat <&"${numbers[0]}") $(cat <&"${numbers[1]}")" 'one two'
	local fd
	for fd in "${numbers[@]}"; do
		exec {fd}<&-
	done
	readonly SOCK_FDS
	refused 1 'sockrecv: SOCK_FDS: readonly variable' sockrecv --fds "$s"
}

@test "an eventfd is passed from shell to shell" {
	recv --fd -- sh -c 'efd add 5 "$SOCK_FD"'
	if [[ $IPCTOOL_FRONT == bash ]]; then
		efd open -f 7 EFD
		socksend --fd "$EFD" "$s"
		collect
		run efd read "$EFD"
	else
		# shellcheck disable=SC2016
		run efd run -f 7 sh -c 'socksend --fd 7 "$0" && while ! efd read -n 2>/dev/null; do sleep 0.01; done' "$s"
	fi
	assert_output 5
}

@test "in a shell a descriptor stays open, its number in SOCK_FD" {
	requires builtin
	echo 'in the file' >file
	spawn "$IPCTOOL_BUILD/bin/socksend" -w --fd 7 "$s" 'a message' 7<file
	sockrecv --fd "$s"
	assert [ "$SOCK_FD" -ge 10 ]
	assert_equal "$SOCK_MESSAGE: $(cat <&"$SOCK_FD")" 'a message: in the file'
	assert_equal "$SOCK_PEER_UID" "$EUID"
	exec {SOCK_FD}<&-
}

@test "a message is not evaluated by an integer variable, and a variable that cannot be set is refused before" {
	requires builtin
	echo /proc/$$/fd/* >before
	signals_of_shell >signals.before
	# in this shell itself; what would be evaluated jumps out of the builtin, or runs a command
	tried() { sockrecv --fd -n "$s" 2>err || echo "$?: $(<err)"; }
	local -i SOCK_MESSAGE
	run tried
	assert_output "1: sockrecv: SOCK_MESSAGE: integer variable: the text would be evaluated"
	! sockrecv --fd -n "$s" 2>/dev/null || fail 'an integer variable was accepted'
	unset -v SOCK_MESSAGE
	local -n SOCK_MESSAGE='list[$(touch ran)]'
	run tried
	assert_output "1: sockrecv: SOCK_MESSAGE: a name reference, but not to a variable"
	! sockrecv --fd -n "$s" 2>/dev/null || fail 'the element of an array was accepted'
	[[ ! -e $s ]] || fail 'it listened'
	unset -n SOCK_MESSAGE
	local -r SOCK_FD=7
	run tried
	assert_output "1: sockrecv: SOCK_FD: readonly variable"
	[[ ! -e ran ]] || fail 'it was evaluated'
	echo /proc/$$/fd/* >after
	signals_of_shell >signals.after
	diff before after
	diff signals.before signals.after
}

@test "in a shell a number is stored in an integer variable" {
	requires builtin
	local -i SOCK_FD SOCK_PEER_UID
	echo text >file
	spawn "$IPCTOOL_BUILD/bin/socksend" -w --fd 7 "$s" '1 +' 7<file
	sockrecv --fd "$s"
	assert_equal "$SOCK_MESSAGE: $(cat <&"$SOCK_FD") $SOCK_PEER_UID" "1 +: text $EUID"
	exec {SOCK_FD}<&-
}

@test "the program needs a command for a descriptor" {
	requires program
	refused 2 'sockrecv: --fd requires COMMAND: only a builtin can keep a descriptor open in the shell' sockrecv --fd "$s"
}

@test "a message without a descriptor is a failure with --fd" {
	recv --fd -- echo never
	socksend "$s" text
	received 125 ''
	assert_equal "$(<err)" "sockrecv: $s: no descriptor received"
	recv --fd -- echo never
	sockconnect "$s" </dev/null
	received 125 ''
}

# A kernel before Linux 6.16 cannot refuse it: then it is closed.
@test "a descriptor that was not asked for is refused by the kernel, or closed" {
	local type
	echo 'in the file' >file
	for type in stream seqpacket dgram; do
		# shellcheck disable=SC2046
		recv $([[ $type == stream ]] || echo "--$type")
		give() { "$(peer socket)" give "$type" "$s" file; }
		run give
		if ((status)); then
			assert_output 'sendmsg: Operation not permitted'
			run socksend --fd 0 "$s" x <file
			assert_failure 1
			assert_output "socksend: $s: the receiver accepts no descriptors"
			# a connection, which has ended without a message
			socksend "$s" x
		fi
		received 0 x
	done
}

@test "a descriptor whose close waits stops no receiver" {
	requires root
	local type
	for type in stream seqpacket dgram; do
		# shellcheck disable=SC2046
		recv -F $([[ $type == stream ]] || echo "--$type")
		stall "$type" "$s"
		wait_until grep -q text got
		kill "$spawned"
		collect
		assert_equal "$status" 143
		assert [ ! -e s ]
		end_spawned
	done
}

# As a kernel before Linux 6.16: the first setsockopt(2) is SO_PASSRIGHTS.
@test "a descriptor whose close waits stops no receiver whose kernel cannot refuse it" {
	requires root program plain command:strace
	local options s
	for options in '-c 2' -F '--seqpacket -F' '--dgram -F'; do
		# another address each time: a killed receiver that waits in close(2) still listens
		s=$BATS_TEST_TMPDIR/s${options//[^a-z]/}
		traced() {
			# shellcheck disable=SC2086
			strace -o trace -e trace=setsockopt -e inject=setsockopt:error=ENOPROTOOPT:when=1 sh -c 'echo $$ >pid
				exec "$@"' sh sockrecv $options "$s" >got 2>err
		}
		spawn traced
		if [[ $options == --dgram* ]]; then wait_until test -S "$s"; else wait_until listening "$s"; fi
		spawned=$(<pid)
		stall "$(sed 's/-c 2\|^-F/stream/; s/--//; s/ -F//' <<<"$options")" "$s"
		assert_equal "$(<stalling)" passed
		twice() { [[ $(grep -c text got) -eq 2 ]]; }
		wait_until twice
		end_spawned
		rm -f "$s" pid
	done
}

@test "a command that receives a descriptor: its failures are 123 to 127" {
	refused 124 "sockrecv: $s: timed out: no message" sockrecv --fd -t 0.1 "$s" -- true
	refused 123 "sockrecv: $s: no message" sockrecv --fd -n "$s" -- true
	recv --fd -- ./no-such
	echo x >file
	"$(peer socket)" give stream "$s" file
	received 127 ''
}

# ---------------------------------------------------------------------- misuse

@test "contradictory operands and options are refused before anything is created" {
	refused 2 "sockrecv: '': the address of a socket must not be empty" sockrecv ''
	refused 2 "sockrecv: unexpected operand 'x': COMMAND must follow --" sockrecv "$s" x
	refused 2 'sockrecv: missing COMMAND' sockrecv --fd "$s" --
	refused 2 'sockrecv: COMMAND requires --fd or --fds' sockrecv "$s" -- true
	refused 2 "sockrecv: options '-a' and '--dgram' exclude each other" sockrecv -a --dgram "$s"
	refused 2 "sockrecv: --mode cannot be used with '@$(name x)', which has no file" sockrecv -m 600 "@$(name x)"
	refused 2 "sockrecv: options '-C' and '-m' exclude each other" sockrecv -C -m 600 "$s"
	refused 2 "sockrecv: options '-C' and '--replace-stale' exclude each other" sockrecv -C --replace-stale "$s"
	refused 2 "sockrecv: options '-C' and '--dgram' exclude each other" sockrecv -C --dgram "$s"
	refused 2 'sockrecv: --wait requires --connect' sockrecv -w "$s"
	refused 2 "sockrecv: options '-c' and '-a' exclude each other" sockrecv -c 1 -a "$s"
	refused 2 "sockrecv: option '-c': '0' is less than 1" sockrecv -c 0 "$s"
	assert [ ! -e s ]
}

@test "an address in use is status 5, a stale file is replaced, the mode is exact" {
	recv -m 622
	assert_equal "$(stat -c %a s)" 622
	refused 5 "sockrecv: $s: address already in use" sockrecv --replace-stale "$s"
	kill -KILL "$spawned"
	wait_until gone "$spawned"
	refused 5 "sockrecv: $s: stale socket file (no listener); --replace-stale replaces it" sockrecv "$s"
	recv --replace-stale
	socksend "$s" text
	received 0 text
}

@test "a file that cannot be removed is reported, with status 1 and all messages" {
	requires nobody
	mkdir folder
	later chmod 755 "$PWD/folder"
	s=folder/s
	recv
	chmod 555 folder
	socksend "$s" hello
	received 1 hello
	assert_equal "$(<err)" 'sockrecv: folder/s: cannot be removed: Permission denied'
	chmod 755 folder
	rm folder/s
	recv --fd -- sh -c 'cat <&3'
	chmod 555 folder
	socksend --fd 7 "$s" 7<<<contents
	received 0 contents
	assert_equal "$(<err)" 'sockrecv: folder/s: cannot be removed: Permission denied'
}

@test "a shell that receives many times is unchanged" {
	requires builtin
	local i
	echo /proc/$$/fd/* >before
	signals_of_shell >signals.before
	for ((i = 0; i < 200; i++)); do
		socksend -w "$s" "$i" 2>/dev/null 3>&- &
		sockrecv "$s" >/dev/null
		wait $! || true
		sockrecv -n "$s" 2>/dev/null || true
		sockrecv --fd -n "$s" 2>/dev/null || true
	done
	echo /proc/$$/fd/* >after
	signals_of_shell >signals.after
	diff before after
	diff signals.before signals.after
}

@test "no memory for a message is not taken for no message" {
	requires static plain command:strace
	strace -o /dev/null true || skip 'no tracing here'
	# EAGAIN: mmap(2) of a process that locks its memory
	spawn strace -qq -o trace -e inject=mmap:error=EAGAIN sockrecv --seqpacket "$s" >out 2>err
	wait_until listening "$s"
	socksend "$s" one
	collect
	assert_equal "$status: $(<err)" "1: sockrecv: $s: Cannot allocate memory"
}
