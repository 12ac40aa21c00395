#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mqsend

# shellcheck disable=SC2059 # what is printed is a format here

load helper
load queues

# Receive all messages: "PRIO<tab>text" a line.
contents() {
	mqrecv -aP "$q"
}

@test "mqsend sends each operand as one message, in order" {
	queue
	run mqsend "$q" one 'two words' '' $'a\nb'
	assert_success
	assert_output ''
	run mqrecv -aJ "$q"
	assert_line -n 0 --partial '"text":"one"'
	assert_line -n 1 --partial '"text":"two words"'
	assert_line -n 2 --partial '"size":0,"text":""'
	assert_line -n 3 --partial '"text":"a\nb"'
	assert_equal "${#lines[@]}" 4
}

@test "a C program receives what mqsend sent, the highest priority first" {
	queue
	mqsend "$q" low
	mqsend -p 10 "$q" ten
	mqsend --priority=32767 "$q" highest
	run "$(peer mq)" receive "/$q" 3
	assert_output $'32767 highest\n10 ten\n0 low'
}

@test "mqsend refuses an invalid priority" {
	local bad
	queue
	for bad in 32768 -1 x; do
		run --separate-stderr mqsend -p "$bad" "$q" text
		assert_failure 2
		assert_stderr --partial "mqsend: option '-p': '$bad' is "
	done
	run mqrecv -n "$q"
	assert_failure 3
}

@test "options after the queue are options, and messages that begin with a dash follow --" {
	queue
	mqsend "$q" -p 5 five
	mqsend "$q" one -n two
	mqsend "$q" -- -n --help --
	run contents
	assert_output $'5\tfive\n0\tone\n0\ttwo\n0\t-n\n0\t--help\n0\t--'
	mqsend -- "$q" -p
	run contents
	assert_output $'0\t-p'
	run --separate-stderr mqsend "$q" one -x
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "mqsend: unknown option '-x': a MESSAGE that begins with a dash must follow --"
	run --separate-stderr mqsend "$q" -please
	assert_failure 2
	assert_equal "${stderr_lines[0]}" \
		"mqsend: option '-p': 'lease' is not a number: a MESSAGE that begins with a dash must follow --"
	run -3 --separate-stderr mqrecv -n "$q"
}

@test "mqsend sends its whole standard input as one message" {
	queue
	printf 'a\nb\0c\n' | mqsend "$q"
	run mqrecv -J "$q"
	assert_output --partial '"size":6,"text":"a\nb\u0000c\n"'
}

@test "mqsend of an empty input sends one empty message" {
	queue
	mqsend "$q" </dev/null
	run mqrecv -aJ "$q"
	assert_output --partial '"size":0,"text":""'
}

@test "mqsend --lines sends each line without its newline" {
	queue
	printf 'one\n\n two \r\nlast' | mqsend -l "$q"
	run contents
	assert_output $'0\tone\n0\t\n0\t two \r\n0\tlast'
}

@test "mqsend --lines of an empty input sends nothing" {
	local option
	queue
	for option in -l -0 -N; do
		run mqsend $option "$q" </dev/null
		assert_success
	done
	run mqrecv -n "$q"
	assert_failure 3
}

@test "mqsend --null sends each NUL-terminated string" {
	queue
	printf 'a\nb\0\0last' | mqsend -0 "$q"
	run mqrecv -aJ "$q"
	assert_line -n 0 --partial '"text":"a\nb"'
	assert_line -n 1 --partial '"text":""'
	assert_line -n 2 --partial '"text":"last"'
}

@test "mqsend --netstrings sends the contents of each netstring" {
	queue
	printf '3:a,b,0:,2:\0\n,' | mqsend -N "$q"
	run mqrecv -aJ "$q"
	assert_line -n 0 --partial '"text":"a,b"'
	assert_line -n 1 --partial '"size":0,'
	assert_line -n 2 --partial '"text":"\u0000\n"'
}

@test "mqsend --priorities reads the priority before each message" {
	queue
	printf '1\tone\n10\tten\n0\t\n32767\t\tx\n' | mqsend -Pl "$q"
	run contents
	assert_output $'32767\t\tx\n10\tten\n1\tone\n0\t'
	printf '6:5\tfive,2:7\t,' | mqsend -PN "$q"
	run contents
	assert_output $'7\t\n5\tfive'
	printf '9\ta\0008\tb' | mqsend -P0 "$q"
	run contents
	assert_output $'9\ta\n8\tb'
	printf '3\ta\nb' | mqsend -P "$q"
	run mqrecv -J "$q"
	assert_output --partial '"priority":3,"size":3,"text":"a\nb"'
	mqsend -P "$q" $'4\tfour' $'5\t'
	run contents
	assert_output $'5\t\n4\tfour'
}

@test "mqsend refuses a message without a valid priority, and reports its number" {
	local bad
	queue
	for bad in x $'32768\tx' '5 text'; do
		send_bad() { printf '1\tgood\n%s\n2\tnever\n' "$bad" | mqsend -Pl "$q"; }
		run --separate-stderr send_bad
		assert_failure 1
		assert_stderr --partial "mqsend: /$q: 1 message sent, then: standard input: message 2 "
		run contents
		assert_output $'1\tgood'
	done
}

@test "mqsend refuses an operand without a valid priority before it sends any" {
	queue
	run --separate-stderr mqsend -P "$q" $'1\tgood' bad
	assert_failure 2
	assert_stderr --partial "mqsend: message 'bad' does not begin with a priority and a tab"
	run mqrecv -n "$q"
	assert_failure 3
}

@test "mqsend stops at an invalid netstring, and reports its number" {
	local bad
	queue
	for bad in 3:abc x '03:abc,' 1:; do
		send_bad() { printf '1:a,%s' "$bad" | mqsend -N "$q"; }
		run --separate-stderr send_bad
		assert_failure 1
		assert_stderr --partial "mqsend: /$q: 1 message sent, then: "
		run contents
		assert_output $'0\ta'
	done
}

@test "the length of a netstring is checked before its bytes are read" {
	queue q -s 5
	mkfifo in
	exec 7<>in
	# told WHY NETSTRING [OPTION]: reported before more than that has been read
	told() {
		printf "$2" >in
		run --separate-stderr within 5 mqsend -N"${3-}" "$q" <in
		assert_failure 1
		assert_stderr "mqsend: /$q: $1"
	}
	local longer="exceeds the message size of the queue (5)"
	told "message of 6 bytes $longer" 6:
	told "message of 999999999999999999 bytes $longer" 999999999999999999:
	told 'standard input: message 1 is a netstring whose length is out of range' 1000000000000000000:
	# after the longest priority
	told "message of at least 6 bytes $longer" 12: P
	exec 7>&-
}

@test "a netstring whose comma arrives later is complete then" {
	queue
	mkfifo in
	exec 7<>in
	spawn mqsend -N "$q" <in
	printf 3:one >&7
	wait_until sleeping "$spawned"
	printf ,3:two, >&7
	run mqrecv -c 2 -t 5 "$q"
	assert_output $'one\ntwo'
	kill "$spawned"
	collect
	exec 7>&-
}

@test "mqsend sends a message of the maximum length, and refuses a longer one" {
	queue q -s 5
	mqsend "$q" 12345
	run --separate-stderr mqsend "$q" 123456
	assert_failure 1
	assert_stderr "mqsend: /$q: message of 6 bytes exceeds the message size of the queue (5)"
	run contents
	assert_output $'0\t12345'
}

@test "mqsend checks all its operands before it sends the first" {
	queue q -s 5
	run --separate-stderr mqsend "$q" ok 'too long' ok
	assert_failure 1
	assert_stderr "mqsend: /$q: message of 8 bytes exceeds the message size of the queue (5)"
	run mqrecv -n "$q"
	assert_failure 3
}

@test "a message that is too long ends the stream, in every framing" {
	queue q -s 5
	try() {
		printf "$1" | mqsend "$2" "$q"
	}
	run --separate-stderr try '12345\n123456\nnever\n' -l
	assert_failure 1
	assert_stderr "mqsend: /$q: 1 message sent, then: message of 6 bytes exceeds the message size of the queue (5)"
	run --separate-stderr try '12345\000123456' -0
	assert_failure 1
	run contents
	assert_output $'0\t12345\n0\t12345'
	run --separate-stderr try '5:12345,6:123456,1:x,' -N
	assert_failure 1
	assert_stderr "mqsend: /$q: 1 message sent, then: message of 6 bytes exceeds the message size of the queue (5)"
	run --separate-stderr try '1\t12345\n32767\t123456\n1\tnever' -Pl
	assert_failure 1
	assert_stderr --partial 'message of 6 bytes exceeds'
	run contents
	assert_output $'1\t12345\n0\t12345'
	run --separate-stderr try '123456' --
	assert_failure 1
	assert_stderr "mqsend: /$q: message of at least 6 bytes exceeds the message size of the queue (5)"
	run --separate-stderr try '1\t123456' -P
	assert_failure 1
	run mqrecv -n "$q"
	assert_failure 3
}

@test "a message of the maximum length is sent in every framing, with and without a priority" {
	local text prefix
	queue q -s 5
	try() {
		printf "$1" | mqsend "${@:2}" "$q" && contents
	}
	for prefix in '' '0\t' '32767\t'; do
		text=$(printf "$prefix")
		run try "${prefix}12345\n" -l${prefix:+P}
		assert_output "${text:-0$'\t'}12345"
		run try "${prefix}12345" -0${prefix:+P}
		assert_output "${text:-0$'\t'}12345"
		run try "$((5 + ${#text})):${prefix}12345," -N${prefix:+P}
		assert_output "${text:-0$'\t'}12345"
		run try "${prefix}12345" ${prefix:+-P}
		assert_output "${text:-0$'\t'}12345"
	done
}

@test "mqsend reads no more of an endless input than it needs to see that it is too long" {
	queue q -s 10
	run --separate-stderr within 5 mqsend "$q" < <(yes)
	assert_failure 1
	assert_stderr "mqsend: /$q: message of at least 11 bytes exceeds the message size of the queue (10)"
	run --separate-stderr within 5 mqsend -l "$q" < <(tr '\0' x </dev/zero)
	assert_failure 1
	assert_stderr --partial "bytes exceeds the message size of the queue (10)"
}

@test "mqsend sends a message as soon as it is complete" {
	local option
	queue
	mkfifo in
	exec 7<>in
	for option in -l -0 -N; do
		spawn mqsend $option "$q" <in
		case $option in
		-l) printf 'one\ntw' >&7 ;;
		-0) printf 'one\0tw' >&7 ;;
		-N) printf '3:one,3:tw' >&7 ;;
		esac
		run mqrecv -t 5 "$q"
		assert_output one
		case $option in
		-l) printf 'o\n' >&7 ;;
		-0) printf 'o\0' >&7 ;;
		-N) printf 'o,' >&7 ;;
		esac
		run mqrecv -t 5 "$q"
		assert_output two
		kill "$spawned"
		collect
		assert_equal "$status" 143
	done
}

@test "lines longer than a block of the input arrive whole, from a file and from a pipe" {
	local i size
	queue
	for i in {1..10}; do
		for size in 8192 1 0 8191 4096 8192; do
			head -c 6144 /dev/urandom | base64 -w 0 | head -c "$size"
			echo
		done
	done >lines
	spawn mqrecv -c 120 "$q" >received
	mqsend -l "$q" <lines
	# shellcheck disable=SC2002 # a pipe is what is meant
	cat lines | mqsend -l "$q"
	collect
	assert_equal "$status" 0
	run cmp received <(cat lines lines)
	assert_success
}

@test "mqsend --nonblock does not wait for room, and reports how many were sent" {
	queue q -d 2
	run --separate-stderr mqsend -n "$q" 1 2 3 4
	assert_failure 3
	assert_stderr "mqsend: /$q: 2 messages sent, then: the queue is full"
	run --separate-stderr mqsend -n "$q" 3
	assert_failure 3
	assert_stderr "mqsend: /$q: the queue is full"
	mqrecv "$q"
	run --separate-stderr mqsend -nl "$q" <<<$'3\n4'
	assert_failure 3
	assert_stderr "mqsend: /$q: 1 message sent, then: the queue is full"
	run contents
	assert_output $'0\t2\n0\t3'
}

@test "mqsend waits for room" {
	queue q -d 1
	mqsend "$q" 1
	spawn mqsend "$q" 2
	wait_until sleeping "$spawned"
	run mqrecv "$q"
	assert_output 1
	collect
	assert_equal "$status" 0
	run mqrecv -n "$q"
	assert_output 2
}

@test "mqsend waits no longer than --timeout" {
	queue q -d 1
	mqsend "$q" 1
	run --separate-stderr within 5 mqsend -t 50ms "$q" 2
	assert_failure 124
	assert_stderr "mqsend: /$q: timed out: the queue is still full"
	run --separate-stderr within 5 mqsend -t 0 "$q" 2
	assert_failure 124
	run --separate-stderr within 5 mqsend -t 50ms -l "$q" <<<$'2\n3'
	assert_failure 124
	run contents
	assert_output $'0\t1'
}

@test "mqsend with an expired time-out sends to a queue with room" {
	queue q
	mqsend -t 0 "$q" 1
	run contents
	assert_output $'0\t1'
}

@test "a signal that does not terminate mqsend neither shortens nor lengthens its time-out" {
	queue q -d 1
	mqsend "$q" 1
	spawn mqsend -t 1 "$q" 2
	wait_until sleeping "$spawned"
	kill -WINCH "$spawned"
	kill -STOP "$spawned"
	kill -CONT "$spawned"
	collect
	assert_equal "$status" 124
	spawn mqsend -t 20 "$q" 2
	wait_until sleeping "$spawned"
	kill -STOP "$spawned"
	kill -CONT "$spawned"
	mqrecv "$q"
	collect
	assert_equal "$status" 0
}

@test "a trap of the shell does not end the wait of mqsend as its builtin" {
	requires builtin
	queue q -d 1
	mqsend "$q" 1
	waiting_shell() {
		trap 'echo trapped' USR1
		mqsend "$q" 2
	}
	spawn waiting_shell >out
	wait_until sleeping "$spawned"
	kill -USR1 "$spawned"
	wait_until sleeping "$spawned"
	mqrecv "$q"
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" trapped
	run contents
	assert_output $'0\t2'
}

@test "TERM and INT terminate a mqsend that waits for room or for input" {
	local signal input
	queue q -d 1
	mqsend "$q" 1
	mkfifo never
	exec 7<>never
	for signal in TERM INT HUP; do
		for input in room input; do
			if [[ $input == room ]]; then
				spawn mqsend "$q" 2
			else
				spawn mqsend -l "$q" <never
			fi
			wait_until sleeping "$spawned"
			kill -"$signal" "$spawned"
			collect
			assert_equal "$status" $((128 + $(kill -l "$signal")))
		done
	done
	run contents
	assert_output $'0\t1'
}

@test "mqsend from a closed input sends nothing" {
	local option
	queue
	for option in -- -l -0 -N -P; do
		send_closed() { mqsend "$option" "$q" <&-; }
		run --separate-stderr send_closed
		assert_failure 1
		assert_stderr "mqsend: /$q: standard input: Bad file descriptor"
	done
	run --separate-stderr mqsend "$q" <.
	assert_failure 1
	assert_stderr "mqsend: /$q: standard input: Is a directory"
	run mqrecv -n "$q"
	assert_failure 3
}

@test "mqsend with operands does not read standard input" {
	queue
	send_one() {
		mqsend "$q" operand
		cat
	}
	run send_one <<<input
	assert_output input
	mqsend "$q" closed <&- >&- 2>&-
	run contents
	assert_output $'0\toperand\n0\tclosed'
}

@test "the offset of an input file is after the last line that was sent" {
	queue q -d 2
	send_what_fits() {
		mqsend -nl "$q"
		cat
	}
	printf '1\n2\n3\n4\n' >lines
	run --separate-stderr send_what_fits <lines
	assert_output $'3\n4'
	mqrecv -a "$q"
	printf '1:a,1:b,1:c,' >netstrings
	send_what_fits() {
		mqsend -nN "$q"
		cat
	}
	run --separate-stderr send_what_fits <netstrings
	assert_output '1:c,'
	mqrecv -a "$q"
	printf 'the whole' >whole
	send_whole() {
		mqsend "$q"
		cat
	}
	run --separate-stderr send_whole <whole
	assert_success
	assert_output ''
	run mqrecv "$q"
	assert_output 'the whole'
}

# at_least MILLISECONDS COMMAND...: it succeeds, and not sooner
at_least() {
	local began=${EPOCHREALTIME/[.,]/}
	"${@:2}"
	assert [ $((${EPOCHREALTIME/[.,]/} - began)) -ge "${1}000" ]
}

# bats test_tags=slow
@test "mqsend sends at most --rate messages a second" {
	queue
	seq 5 >lines
	at_least 200 mqsend --rate 20 "$q" 1 2 3 4 5
	at_least 200 mqsend -l --rate 20 "$q" <lines
	run mqrecv -a "$q"
	assert_output "$(seq 5 && seq 5)"
	tr '\n' '\0' <lines | at_least 200 mqsend -0 --rate=20 "$q"
	printf '1:%d,' 1 2 3 4 5 | at_least 200 mqsend -N --rate=20 "$q"
	run mqrecv -a "$q"
	assert_output "$(seq 5 && seq 5)"
	at_least 800 mqsend --rate 1.25 "$q" 1 2
}

@test "--rate sends the first message at once, and holds a message until its time" {
	local signal
	queue
	seq 3 >lines
	exec 7<lines
	for signal in TERM INT; do
		spawn mqsend -l --rate 0.01 "$q" <&7
		mqwait -t 20 "$q"
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		mqrecv "$q"
	done
	assert_equal "$(cat <&7)" 3
	spawn mqsend --rate 0.01 "$q" 4 5
	mqwait -t 20 "$q"
	wait_until sleeping "$spawned"
	kill "$spawned"
	collect
	assert_equal "$status" 143
	run contents
	assert_output $'0\t4'
}

@test "--rate does not catch up after a stall" {
	queue q -d 10
	slow_input() {
		echo 1
		sleep 0.5
		seq 9
	}
	# 9 after the stall: the last of them 8 periods after the first, and a tenth of a second is caught up
	slow_input | at_least 800 mqsend -l --rate 20 "$q"
}

@test "waiting for --rate does not count as waiting for room" {
	queue q -d 3
	at_least 400 mqsend --rate 5 -t 0.1 "$q" 1 2 3
	mqrecv -a "$q"
	at_least 100 mqsend --rate 20 -n "$q" 1 2 3
	run -3 mqsend --rate 20 -n "$q" 4
	run -124 mqsend --rate 20 -t 0.1 "$q" 4
	# half a second until its time, and then as long for room
	out_of_time() { mqsend --rate 2 -t 0.5 "$q" 4 5 || echo $? >status; }
	mqrecv "$q"
	at_least 1000 out_of_time
	assert_equal "$(<status)" 124
}

@test "framing options and operands exclude each other" {
	local option
	queue
	for option in -l -0 -N; do
		run --separate-stderr mqsend $option "$q" text
		assert_failure 2
		assert_stderr --partial "mqsend: 'text': -l, -0 and -N exclude MESSAGE operands"
	done
	for option in -l0 -lN -0N '-P -p1' '-n -t1'; do
		# shellcheck disable=SC2086 # two options
		run --separate-stderr mqsend $option "$q" </dev/null
		assert_failure 2
		assert_stderr --partial 'exclude each other'
	done
	run mqrecv -n "$q"
	assert_failure 3
}

@test "mqsend exits with status 4 if the queue does not exist, and creates none" {
	run --separate-stderr mqsend "$(name none)" text
	assert_failure 4
	assert_stderr "mqsend: /$(name none): no such queue (mqcreate makes one)"
	run mqstat "$(name none)"
	assert_failure 4
}

@test "mqsend needs permission to write" {
	requires nobody
	queue q -m 400
	run --separate-stderr mqsend "$q" text
	assert_failure 1
	assert_stderr "mqsend: /$q: Permission denied"
}

@test "mqsend --verbose reports what it sent" {
	queue
	run --separate-stderr mqsend -vp 10 "$q" Ten ''
	assert_output ''
	assert_stderr $'Sent 3 bytes; priority = 10\nSent 0 bytes; priority = 10'
}

@test "a C program receives exactly the messages that mqsend read" {
	queue
	spawn "$(peer mq)" receive "/$q" 200 >received
	seq 200 | mqsend -l "$q"
	collect
	assert_equal "$(<received)" "$(seq -f '0 %.0f' 200)"
}

@test "the memory of mqsend does not grow with the length of a stream" {
	requires program plain
	queue q -d 10 -s 64
	peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"; }
	mkfifo in
	exec 7<>in
	spawn mqrecv -F "$q" >count
	spawn mqsend -l "$q" <in
	local sender=$spawned before
	# more than its buffer, and all of the code that it runs, have been touched
	seq 20000 >&7
	wait_until grep -qx 20000 count
	before=$(peak "$sender")
	seq 200000 >&7
	wait_until grep -qx 200000 count
	assert [ "$(peak "$sender")" -le $((before + 64)) ]
}

# three queues: $q of POSIX, $other of POSIX with room for one message of 8 bytes, $third of System V
three_queues() {
	queue q -d 3 -s 64
	other=$(name other) third=key:$(key third)
	mqcreate -d 1 -s 8 "$other"
	mqcreate "$third" >/dev/null
	later mqunlink -f "$other" "$third"
}

@test "mqsend --to sends each message to all queues, POSIX and System V" {
	three_queues
	run --separate-stderr mqsend -v --to "$other" --to "$third" "$q" one
	assert_success
	assert_stderr "/$q: Sent 3 bytes; priority = 0
/$other: Sent 3 bytes; priority = 0
$third: Sent 3 bytes; priority = 1"
	for each in "$q" "$other" "$third"; do
		assert_equal "$(mqrecv -n "$each")" one
	done
	printf '%s\n' a b | mqsend -l -p 7 --to "$third" "$q"
	assert_equal "$(mqrecv -aP "$q")" $'7\ta\n7\tb'
	assert_equal "$(mqrecv -aP "$third")" $'7\ta\n7\tb'
	printf whole | mqsend --to "$third" "$q"
	assert_equal "$(mqrecv -n "$q") $(mqrecv -n "$third")" 'whole whole'
}

@test "mqsend --to says which queue did not get a message; the others get it, and no later one is sent" {
	three_queues
	mqsend "$other" first
	refused 3 "mqsend: /$other: the queue is full" mqsend -n --to "$other" --to "$third" "$q" one two
	assert_equal "$(mqrecv -a "$q") $(mqrecv -a "$third") $(mqrecv -a "$other")" 'one one first'
	refused 3 "mqsend: /$other: 1 message sent, then: the queue is full" mqsend -n --to "$other" --to "$third" "$q" one two three
	assert_equal "$(mqrecv -a "$q") $(mqrecv -a "$third") $(mqrecv -a "$other")" $'one\ntwo one\ntwo one'
	mqsend "$other" first
	refused 124 "mqsend: /$other: timed out: the queue is still full" mqsend -t 50ms --to "$third" "$other" one
	assert_equal "$(mqrecv -a "$third")" one
	# the full one is waited for, and the others need not wait
	spawn mqsend --to "$third" "$other" later
	wait_until eval '[[ $(mqrecv -n "$third" 2>/dev/null) == later ]]'
	assert_equal "$(mqrecv "$other")" first
	collect
	assert_equal "$status $(mqrecv "$other")" '0 later'
}

@test "a termination signal while mqsend --to waits: the queue that lacks the message is named" {
	three_queues
	mqsend "$other" first
	spawn mqsend --to "$third" "$other" one 2>err
	wait_until eval '[[ $(mqrecv -n "$third" 2>/dev/null) == one ]]'
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(<err)" "mqsend: /$other: terminated by a signal before the message was sent"
	assert_equal "$(mqrecv -a "$other")" first
}

@test "mqsend --to sends nothing unless each queue exists and each message fits into it" {
	three_queues
	refused 4 "mqsend: /$(name none): no such queue (mqcreate makes one)" mqsend --to "$third" --to "$(name none)" "$q" one
	refused 1 "mqsend: /$other: message of 9 bytes exceeds the message size of the queue (8)" mqsend --to "$other" "$q" one 123456789
	echo 123456789 >in
	from_file() { mqsend -l --to "$other" "$q" <in; }
	refused 1 "mqsend: /$other: message of 9 bytes exceeds the message size of the queue (8)" from_file
	refused 2 "mqsend: option '-p': '0' is less than 1" mqsend -p 0 --to "$third" "$q" one
	refused 2 "mqsend: -P requires queues of one kind, POSIX or System V" mqsend -P --to "$third" "$q" $'1\tone'
	mqsend -P --to "$other" "$q" $'4\tone'
	assert_equal "$(mqrecv -P "$other") $(mqrecv -P "$q")" $'4\tone 4\tone'
	for each in "$q" "$other" "$third"; do
		run mqrecv -n "$each"
		assert_failure 3
	done
}

# ---------------------------------------------------------------- --ack

# answering CMD...: spawn it; descriptor 7 writes to its input, 8 reads its output, err has its messages
answering() {
	mkfifo in out
	# opened by the child: it must not inherit the other ends
	from_fifos() { become "$@" <in >out 2>err; }
	spawn from_fifos "$@"
	exec 7>in 8<out
}

# The next line is this answer.
assert_answer() {
	local answer=none
	read -r -t 30 answer <&8 || true
	assert_equal "$answer" "$1"
}

@test "mqsend --ack prints 0 for each message that is on the queue" {
	queue
	run --separate-stderr mqsend -l --ack "$q" <<<$'one\n\ntwo'
	assert_success
	assert_output $'0\n0\n0'
	assert_equal "$stderr" ''
	run contents
	assert_output $'0\tone\n0\t\n0\ttwo'
	printf 'a\0b' >nul
	printf '3:5\tx,2:6\t,' >netstrings
	nul() { mqsend -0 --ack "$q" <nul; }
	netstrings() { mqsend -NP --ack "$q" <netstrings; }
	run nul
	assert_output $'0\n0'
	run netstrings
	assert_output $'0\n0'
	run contents
	assert_output $'6\t\n5\tx\n0\ta\n0\tb'
	run mqsend -l --ack "$q" </dev/null
	assert_success
	assert_output ''
}

@test "mqsend --ack: more messages than answers fit into one write, all are answered" {
	queue
	spawn become mqrecv -c 5000 "$q" >got
	run mqsend -l --ack "$q" < <(seq 5000)
	assert_success
	assert_equal "${#lines[@]}" 5000
	assert_equal "$(sort -u <<<"$output")" 0
	collect
	cmp got <(seq 5000)
}

@test "mqsend --ack: the status of a message that fails is the last line, and no later one is sent" {
	queue q -d 2 -s 8
	run --separate-stderr mqsend -nl --ack "$q" <<<$'1\n2\n3\n4'
	assert_failure 3
	assert_output $'0\n0\n3'
	assert_stderr "mqsend: /$q: 2 messages sent, then: the queue is full"
	run --separate-stderr mqsend -t 50ms -l --ack "$q" <<<x
	assert_failure 124
	assert_output 124
	assert_equal "$(mqrecv -a "$q")" $'1\n2'
	run --separate-stderr mqsend -l --ack "$q" <<<$'1\n123456789\n2'
	assert_failure 1
	assert_output $'0\n1'
	assert_stderr "mqsend: /$q: 1 message sent, then: message of 9 bytes exceeds the message size of the queue (8)"
	printf '1:a,1:b' >half
	send_half() { mqsend -N --ack "$q" <half; }
	run --separate-stderr send_half
	assert_failure 1
	assert_output $'0\n1'
	assert_stderr "mqsend: /$q: 1 message sent, then: standard input: message 2 is an incomplete netstring"
	assert_equal "$(mqrecv -a "$q")" $'1\na'
	run --separate-stderr mqsend -lP --ack "$q" <<<$'5\ta\nb'
	assert_failure 1
	assert_output $'0\n1'
	assert_equal "$(mqrecv -aP "$q")" $'5\ta'
}

@test "mqsend --ack holds no answer while it waits for input, nor for room" {
	queue q -d 2
	answering mqsend -l --ack "$q"
	echo one >&7
	assert_answer 0
	printf '%s\n' two three four >&7
	assert_answer 0
	wait_until sleeping "$spawned"
	assert_equal "$(mqrecv "$q")" one
	assert_answer 0
	assert_equal "$(mqrecv "$q")" two
	assert_answer 0
	exec 7>&-
	collect
	assert_equal "$status" 0
	assert_answer ''
	exec 8<&-
	assert_equal "$(mqrecv -a "$q")" $'three\nfour'
}

@test "mqsend --ack holds no answer until the time that --rate gives the next message" {
	queue
	answering mqsend -l --rate 0.01 --ack "$q"
	printf '%s\n' one two >&7
	assert_answer 0
	kill "$spawned"
	collect
	exec 7>&- 8<&-
	assert_equal "$(mqrecv -a "$q")" one
}

@test "mqsend --ack: a termination signal while it waits gives no line, what was sent has its own" {
	queue q -d 1
	spawn become mqsend -l --ack "$q" <<<$'one\ntwo' >out
	wait_until test -s out
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(<out)" 0
	assert_equal "$(mqrecv -a "$q")" one
}

@test "mqsend --ack sends nothing if its answers cannot be written, and counts those that were not" {
	queue
	closed() { mqsend -l --ack "$q" <<<one >&-; }
	refused 1 'mqsend: standard output: Bad file descriptor' closed
	assert_equal "$(mqstat -J "$q" | grep -o '"messages":[0-9]*')" '"messages":0'
	full() { mqsend -l --ack "$q" <<<$'one\ntwo' >/dev/full; }
	refused 1 "mqsend: /$q: 2 messages were sent, but not acknowledged: standard output: No space left on device" full
	assert_equal "$(mqrecv -a "$q")" $'one\ntwo'
	# what follows is not sent
	mkfifo in
	to_full() { become mqsend -l --ack "$q" <in >/dev/full 2>err; }
	spawn to_full
	exec 7>in
	echo one >&7
	collect
	exec 7>&-
	assert_equal "$status" 1
	assert_equal "$(<err)" "mqsend: /$q: 1 message was sent, but not acknowledged: standard output: No space left on device"
	assert_equal "$(mqrecv -a "$q")" one
}

@test "mqsend --ack ends when nobody reads its answers any more: at the next one, or while it waits for room" {
	queue q -d 3
	answering mqsend -l --ack "$q"
	echo zero >&7
	assert_answer 0
	exec 8<&-
	echo one >&7
	collect
	assert_equal "$status" 141
	assert_equal "$(<err)" "mqsend: /$q: 1 message was sent, but not acknowledged: standard output: Broken pipe"
	exec 7>&-
	mqsend "$q" two
	rm in out
	answering mqsend -l --ack "$q"
	echo three >&7
	exec 7>&-
	wait_until sleeping "$spawned"
	exec 8<&-
	collect
	assert_equal "$status" 141
	assert_equal "$(<err)" ''
	assert_equal "$(mqrecv -a "$q")" $'zero\none\ntwo'
}

@test "mqsend --ack --to: 0 when a message is on each queue, its answers are not held while one is full" {
	three_queues
	mqsend "$other" first
	answering mqsend -l --ack --to "$other" "$q"
	printf '%s\n' one two >&7
	wait_until eval '[[ $(mqrecv -n "$q" 2>/dev/null) == one ]]'
	wait_until sleeping "$spawned"
	assert_equal "$(mqrecv "$other")" first
	assert_answer 0
	wait_until eval '[[ $(mqrecv -n "$q" 2>/dev/null) == two ]]'
	assert_equal "$(mqrecv "$other")" one
	assert_answer 0
	exec 7>&- 8<&-
	collect
	assert_equal "$status" 0
	assert_equal "$(mqrecv "$other")" two
	run --separate-stderr mqsend -n -l --ack --to "$other" "$q" <<<$'one\ntwo\nthree'
	assert_failure 3
	assert_output $'0\n3'
	assert_equal "$(mqrecv -a "$q")" $'one\ntwo'
	assert_equal "$(mqrecv -a "$other")" one
}

@test "mqsend --ack to a System V queue" {
	mqcreate --bytes 10 "key:$(key q)"
	answering mqsend -l --ack "key:$(key q)"
	printf '%s\n' 12345 67890 abcde >&7
	assert_answer 0
	assert_answer 0
	wait_until sleeping "$spawned"
	mqunlink "key:$(key q)"
	collect
	assert_equal "$status" 4
	assert_answer 4
	exec 7>&- 8<&-
}

@test "mqsend --ack is for a stream: it requires -l, -0 or -N" {
	queue
	refused 2 'mqsend: --ack requires --lines or --null or --netstrings' mqsend --ack "$q" text
	refused 2 "mqsend: 'text': -l, -0 and -N exclude MESSAGE operands" mqsend -l --ack "$q" text
}
