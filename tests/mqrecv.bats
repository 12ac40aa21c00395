#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mqrecv

# shellcheck disable=SC2059 # what is printed is a format here

load helper
load queues

# The number of messages on a queue.
messages() {
	mqstat -J "$1" | sed 's/.*"messages":\([0-9]*\).*/\1/'
}

@test "mqrecv receives the oldest message of the highest priority" {
	queue
	mqsend "$q" old new
	mqsend -p 10 "$q" ten
	for expected in ten old new; do
		run mqrecv "$q"
		assert_success
		assert_output "$expected"
	done
	run mqrecv -n "$q"
	assert_failure 3
}

@test "mqrecv receives what a C program sent" {
	queue
	"$(peer mq)" send "/$q" 32767 'from C'
	run mqrecv -P "$q"
	assert_output $'32767\tfrom C'
}

@test "mqrecv follows a message with a newline, a NUL, a comma or nothing" {
	queue
	received() {
		mqsend -p 7 "$q" abc
		mqrecv "$@" "$q" | od -An -c | tr -s ' '
	}
	run received
	assert_output ' a b c \n'
	run received -0
	assert_output ' a b c \0'
	run received -r
	assert_output ' a b c'
	run received -N
	assert_output ' 3 : a b c ,'
	run received -P
	assert_output ' 7 \t a b c \n'
	run received -0P
	assert_output ' 7 \t a b c \0'
	run received -rP
	assert_output ' 7 \t a b c'
	run received -NP
	assert_output ' 5 : 7 \t a b c ,'
}

@test "empty messages are messages" {
	queue
	mqsend "$q" '' ''
	run mqrecv -aN "$q"
	assert_success
	assert_output '0:,0:,'
	mqsend "$q" ''
	run --separate-stderr mqrecv -v "$q"
	assert_output ''
	assert_stderr 'Read 0 bytes; priority = 0'
}

@test "mqrecv --json writes an object for each message" {
	queue
	mqsend -p 10 "$q" Ten
	run mqrecv -J "$q"
	assert_output "{\"queue\":\"/$q\",\"priority\":10,\"size\":3,\"text\":\"Ten\"}"
	printf 'q"b\\s/n\nt\te\033 \303\244 \342\202\254 \360\237\230\200' | mqsend "$q"
	run mqrecv -JP "$q"
	assert_output "{\"queue\":\"/$q\",\"priority\":0,\"size\":24,\"text\":\"q\\\"b\\\\s/n\\nt\\te\\u001b ä € 😀\"}"
}

@test "mqrecv --json writes what is not UTF-8 as base64" {
	local bytes
	queue
	for bytes in '\377' 'a\200' '\300\200' '\355\240\200' '\364\220\200\200' 'cut \342\202'; do
		printf "$bytes" | mqsend "$q"
		run mqrecv -J "$q"
		assert_output "{\"queue\":\"/$q\",\"priority\":0,\"size\":$(printf "$bytes" | wc -c),\"base64\":\"$(printf "$bytes" | base64)\"}"
	done
}

@test "a message of the maximum length passes through every framing" {
	queue q -s 8192
	local option
	printf '%08192d' 0 >largest
	tr 0 '\001' <largest >control
	for option in -r -N -J -0; do
		mqsend -p 32767 "$q" <control
		mqrecv $option "$q" >received
		case $option in
		-r) run cmp control received ;;
		-N) run cmp <(printf 8192: && cat control && printf ,) received ;;
		-0) run cmp <(cat control && printf '\0') received ;;
		-J) run cmp <(printf '{"queue":"/%s","priority":32767,"size":8192,"text":"%s"}\n' "$q" "$(sed 's/0/\\u0001/g' largest)") received ;;
		esac
		assert_success
	done
}

@test "mqrecv --verbose reports what it received" {
	queue
	mqsend -p 10 "$q" Ten
	run --separate-stderr mqrecv -v "$q"
	assert_output Ten
	assert_stderr 'Read 3 bytes; priority = 10'
}

@test "mqrecv --count receives N messages" {
	queue
	mqsend "$q" 1 2 3 4
	run mqrecv -c 3 "$q"
	assert_success
	assert_output $'1\n2\n3'
	run mqrecv --count=1 "$q"
	assert_output 4
}

@test "mqrecv --count waits for the messages that are missing" {
	queue
	mqsend "$q" 1
	spawn mqrecv -c 3 "$q" >out
	wait_until grep -q 1 out
	mqsend "$q" 2 3 4
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" $'1\n2\n3'
	run mqrecv "$q"
	assert_output 4
}

@test "mqrecv --nonblock exits with status 3 if there is no message, or not enough" {
	queue
	run --separate-stderr mqrecv -n "$q"
	assert_failure 3
	assert_output ''
	assert_stderr "mqrecv: /$q: the queue is empty"
	mqsend "$q" 1 2
	run --separate-stderr mqrecv -n -c 3 "$q"
	assert_failure 3
	assert_output $'1\n2'
	assert_stderr "mqrecv: /$q: 2 messages received, then: the queue is empty"
	mqsend "$q" 1
	run --separate-stderr mqrecv -nF "$q"
	assert_failure 3
	assert_output 1
}

@test "mqrecv --all empties the queue, and exits with status 3 if it was empty" {
	queue
	mqsend "$q" 1 2 ''
	mqsend -p 1 "$q" 0
	run mqrecv -a "$q"
	assert_success
	assert_output $'0\n1\n2'
	run --separate-stderr mqrecv -a "$q"
	assert_failure 3
	assert_stderr "mqrecv: /$q: the queue is empty"
	run mqrecv -an "$q"
	assert_failure 3
}

@test "mqrecv --all with a time-out waits for the first message" {
	queue
	run within 5 mqrecv -a -t 50ms "$q"
	assert_failure 124
	spawn mqrecv -a -t 20 "$q" >out
	wait_until sleeping "$spawned"
	mqsend "$q" 1
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" 1
}

@test "mqrecv --follow receives until it is terminated" {
	queue
	spawn mqrecv -F "$q" >out
	mqsend "$q" 1 2
	wait_until grep -q 2 out
	mqsend "$q" 3
	wait_until grep -q 3 out
	assert [ -d "/proc/$spawned" ]
	kill "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(<out)" $'1\n2\n3'
}

@test "mqrecv --follow with a time-out exits if no message arrives for that time" {
	queue
	mqsend "$q" 1 2
	run --separate-stderr within 5 mqrecv -F -t 100ms "$q"
	assert_failure 124
	assert_output $'1\n2'
	assert_stderr "mqrecv: /$q: 2 messages received, then: timed out: the queue is still empty"
}

@test "mqrecv waits no longer than --timeout on an empty queue" {
	queue
	run --separate-stderr within 5 mqrecv -t 50ms "$q"
	assert_failure 124
	assert_output ''
	assert_stderr "mqrecv: /$q: timed out: the queue is still empty"
	mqsend "$q" 1
	run within 5 mqrecv -c 2 --timeout=0.05 "$q"
	assert_failure 124
	run within 5 mqrecv -t 0 "$q"
	assert_failure 124
}

@test "mqrecv with an expired time-out receives messages that are on the queue" {
	queue
	mqsend "$q" 1 2
	run mqrecv -t 0 -c 2 "$q"
	assert_success
	assert_output $'1\n2'
}

@test "a signal that does not terminate mqrecv neither shortens nor lengthens its wait" {
	queue
	other_signals_do_not_end
}

@test "a trap of the shell does not end the wait of mqrecv as its builtin" {
	requires builtin
	queue
	waiting_shell() {
		trap 'echo trapped' USR1
		mqrecv "$q"
	}
	spawn waiting_shell >out
	wait_until sleeping "$spawned"
	kill -USR1 "$spawned"
	wait_until sleeping "$spawned"
	mqsend "$q" got
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" $'got\ntrapped'
}

@test "TERM, INT and HUP terminate a waiting mqrecv" {
	local signal options
	queue
	for signal in TERM INT HUP; do
		for options in '' -F '-t 20' '-c 2'; do
			# shellcheck disable=SC2086
			spawn mqrecv $options "$q"
			wait_until sleeping "$spawned"
			kill -"$signal" "$spawned"
			collect
			assert_equal "$status" $((128 + $(kill -l "$signal")))
		done
	done
}

@test "a signal that the caller ignores does not end mqrecv" {
	queue
	ignoring() {
		trap '' TERM
		mqrecv "$q"
	}
	spawn ignoring >out
	wait_until sleeping "$spawned"
	kill -TERM -- "-$spawned"
	mqsend "$q" got
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" got
}

@test "a message that cannot be written is put back with its priority" {
	local option
	queue
	mqsend -p 10 "$q" Ten
	receive_full() { mqrecv "$option" "$q" >/dev/full; }
	for option in -c1 -a -F -J -NP; do
		run --separate-stderr within 5 receive_full
		assert_failure 1
		assert_stderr "mqrecv: standard output: No space left on device; the message of 3 bytes, priority 10, was put back"
	done
	run mqrecv -P "$q"
	assert_output $'10\tTen'
}

@test "no message is received if the output is closed or read-only" {
	queue
	mqsend "$q" 1 2 3
	receive_closed() { mqrecv -a "$q" >&-; }
	run --separate-stderr receive_closed
	assert_failure 1
	assert_stderr 'mqrecv: standard output: Bad file descriptor'
	receive_read_only() { mqrecv -a "$q" 1</dev/null; }
	run --separate-stderr receive_read_only
	assert_failure 1
	assert_stderr 'mqrecv: standard output: Bad file descriptor'
	run mqrecv -a "$q"
	assert_output $'1\n2\n3'
}

@test "no message is received if the reader has closed the pipe" {
	queue
	mqsend "$q" 1 2 3
	# Of a FIFO that no other process has open.
	mkfifo fifo
	exec 7<>fifo
	exec 8>fifo 7>&-
	run_for_none() { mqrecv -a "$q" >&8; }
	run --separate-stderr run_for_none
	exec 8>&-
	assert_failure 141
	assert_stderr ''
	run mqrecv -a "$q"
	assert_output $'1\n2\n3'
}

@test "messages of a batch that cannot be written are put back, in order" {
	local form
	queue
	for form in '' P NP 0 r J; do
		mqsend -p 5 "$q" one $'two\xff'
		mqsend -p 1 "$q" three
		run --separate-stderr eval 'mqrecv -a$form "$q" >/dev/full'
		assert_failure 1
		assert_stderr "mqrecv: standard output: No space left on device; 3 messages were put back"
		run mqrecv -aP "$q"
		assert_output $'5\tone\n5\ttwo\xff\n1\tthree'
	done
}

@test "of a batch only the messages that were written whole are removed" {
	requires program
	local i text
	queue
	text=$(printf '%0600d' 0)
	for i in 1 2 3; do mqsend "$q" "$i$text"; done
	receive_limited() {
		trap '' XFSZ
		ulimit -f 1
		mqrecv -aN "$q" >out
	}
	run --separate-stderr receive_limited
	assert_failure 1
	assert_stderr "mqrecv: standard output: File too large after a part of it (418 bytes); 2 messages were put back"
	assert_equal "$(mqrecv -a "$q" | cut -c 1)" $'2\n3'
	assert_equal "$(head -c 606 out)" "601:1$text,"
}

@test "if writing fails at the end of a message, the next one is put back whole" {
	requires program
	local text
	queue
	text=$(printf '%0511d' 0)
	mqsend "$q" "$text" "$text" last
	receive_limited() {
		trap '' XFSZ
		ulimit -f 1
		mqrecv -a "$q" >out
	}
	run --separate-stderr receive_limited
	assert_failure 1
	assert_stderr "mqrecv: standard output: File too large; the message of 4 bytes, priority 0, was put back"
	assert_equal "$(mqrecv -a "$q")" last
	assert_equal "$(wc -c <out)" 1024
}

@test "messages of a batch in JSON that cannot be written are put back unchanged" {
	requires program
	local i text line
	queue
	text=$(printf '%0600d' 0)
	for i in 1 2 3; do mqsend "$q" "$i$text"$'\xff'; done
	receive_limited() {
		trap '' XFSZ
		ulimit -f 1
		mqrecv -aJ "$q" >out
	}
	line="{\"queue\":\"/$q\",\"priority\":0,\"size\":602,\"base64\":\"$(printf '1%s\xff' "$text" | base64 -w0)\"}"
	run --separate-stderr receive_limited
	assert_failure 1
	assert_stderr "mqrecv: standard output: File too large after a part of it ($((1023 - ${#line})) bytes); 2 messages were put back"
	assert_equal "$(mqrecv -aJ "$q" | cut -d '"' -f 3-)" "$(
		for i in 2 3; do
			echo ":\"/$q\",\"priority\":0,\"size\":602,\"base64\":\"$(printf '%s%s\xff' "$i" "$text" | base64 -w0)\"}"
		done
	)"
	assert_equal "$(head -n 1 out)" "$line"
}

@test "mqrecv writes the messages that are there with one system call" {
	requires program plain command:strace
	local form
	queue
	for form in P NP 0 r J; do
		mqsend "$q" a b c d
		for _ in 1 2 3 4; do mqrecv "-$form" "$q"; done >singly
		mqsend "$q" a b c d
		strace -o calls -e trace=write,writev,pwritev2 "$(command -v mqrecv)" "-a$form" "$q" >out
		cmp singly out
		assert_equal "$(grep -c write calls)" 1
	done
}

@test "a waiting mqrecv exits at once if the reader closes the pipe, and no message is lost" {
	queue
	reader_gone_ends_the_wait
}

@test "no message is lost if the reader closes the pipe while one is written" {
	queue q -s 8192
	mkfifo fifo
	exec 7<>fifo
	fill_and_go_on() {
		exec 7>&-
		mqrecv -FN "$q"
	}
	spawn fill_and_go_on >fifo 2>err
	# The pipe takes 64 KiB; the next message is held.
	printf '%08192d' 0 >large
	local sent=0
	while mqsend -t 0.3 "$q" <large 2>/dev/null; do
		sent=$((sent + 1))
	done
	assert [ "$sent" -ge 14 ]
	mqrecv "$q" >/dev/null
	exec 7>&-
	collect
	assert_equal "$status" 141
	assert_equal "$(<err)" ''
	assert_equal "$(messages "$q")" 10
}

@test "a held message is put back after SIGTERM while the reader does not read" {
	local signal sent written
	queue q -s 8192
	printf '%08192d' 0 >large
	mkfifo fifo
	exec 7<>fifo
	for signal in TERM INT HUP; do
		spawn mqrecv -FN "$q" >fifo 2>err
		sent=0
		while mqsend -t 0.3 "$q" <large 2>/dev/null; do
			sent=$((sent + 1))
		done
		# Some are in the pipe, perhaps one in part; one is held; ten are on the queue.
		mqrecv "$q" >/dev/null
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		assert_equal "$(<err)" ''
		dd bs=1M count=1 iflag=nonblock status=none of=got <&7
		written=$(($(wc -c <got) / 8198))
		run mqrecv -a "$q"
		assert_success
		assert_equal $((${#lines[@]} + written)) $((sent - 1))
	done
}

@test "a held message is put back after SIGTERM with an unnamed pipe" {
	local sent=0 written
	queue q -s 8192
	printf '%08192d' 0 >large
	mkfifo gate
	coproc {
		read -r _ <gate
		exec cat >got
	} 3>&-
	local reader=$COPROC_PID pipe=${COPROC[1]}
	spawn mqrecv -FN "$q" 1>&"$pipe" 2>err
	exec {pipe}>&-
	while mqsend -t 0.3 "$q" <large 2>/dev/null; do
		sent=$((sent + 1))
	done
	mqrecv "$q" >/dev/null
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(<err)" ''
	echo go >gate
	wait "$reader"
	written=$(($(wc -c <got) / 8198))
	assert [ "$written" -ge 5 ]
	assert_equal $(($(messages "$q") + written)) $((sent - 1))
}

@test "after SIGTERM a message that finds the queue full is reported as lost" {
	queue q -s 8192
	printf '%08192d' 0 >large
	mkfifo fifo
	exec 7<>fifo
	spawn mqrecv -F "$q" >fifo 2>err
	while mqsend -p 5 -t 0.3 "$q" <large 2>/dev/null; do :; done
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	run cat err
	assert_output --regexp "^mqrecv: standard output: interrupted( after a part of it \\([0-9]+ bytes\\))?; the message of 8192 bytes, priority 5, is lost: the queue is full$"
	assert_equal "$(messages "$q")" 10
}

@test "a message that cannot be put back is reported as lost, with its size and priority" {
	queue q -d 1
	mqsend -p 3 "$q" mine
	spawn mqsend "$q" other
	wait_until sleeping "$spawned"
	receive_full() { mqrecv "$q" >/dev/full; }
	run --separate-stderr within 8 receive_full
	assert_failure 1
	assert_stderr "mqrecv: standard output: No space left on device; the message of 4 bytes, priority 3, is lost: the queue is full"
	collect
	run mqrecv "$q"
	assert_output other
}

@test "without permission to send, a message that cannot be written is reported as lost" {
	requires nobody namespaces
	queue
	mqsend -p 3 "$q" mine
	chmod 400 "$IPCTOOL_MQUEUE/$q"
	receive_full() { mqrecv "$q" >/dev/full; }
	run --separate-stderr receive_full
	assert_failure 1
	assert_stderr "mqrecv: standard output: No space left on device; the message of 4 bytes, priority 3, is lost: no permission to send it back"
}

@test "a message that was written in part is reported as such" {
	requires program
	queue q -s 8192
	printf '%08192d' 0 | mqsend "$q"
	receive_limited() {
		trap '' XFSZ
		ulimit -f 4
		mqrecv "$q" >limited
	}
	run --separate-stderr receive_limited
	assert_failure 1
	assert_stderr "mqrecv: standard output: File too large after a part of it (4096 bytes); the message of 8192 bytes, priority 0, was put back"
	assert_equal "$(messages "$q")" 1
}

@test "a queue with arbitrary bytes moves through a pipe without loss" {
	local from i
	queue a
	from=$q
	queue b
	mqsend "$from" '' $'a\nb' '1:x,' $'5\ttab'
	printf '\0\377\n' | mqsend -p 32767 "$from"
	printf 'a\0b' | mqsend -p 1 "$from"
	head -c 8192 /dev/urandom >random
	mqsend -p 1 "$from" <random
	mqrecv -aNP "$from" | mqsend -NP "$q"
	run mqrecv -J "$q"
	assert_output --partial '"priority":32767,"size":3,"base64":"AP8K"'
	run mqrecv -J "$q"
	assert_output --partial '"priority":1,"size":3,"text":"a\u0000b"'
	mqrecv -r "$q" | cmp - random
	run mqrecv -aJ "$q"
	assert_line -n 0 --partial '"priority":0,"size":0,"text":""'
	assert_line -n 1 --partial '"text":"a\nb"'
	assert_line -n 2 --partial '"text":"1:x,"'
	assert_line -n 3 --partial '"text":"5\ttab"'
	assert_equal "${#lines[@]}" 4
	run mqrecv -n "$from"
	assert_failure 3
}

@test "four senders and four receivers neither lose nor duplicate a message" {
	local i receivers=() senders=()
	queue
	for i in 1 2 3 4; do
		spawn mqrecv -c 500 "$q" >"received.$i"
		receivers+=("$spawned")
	done
	for i in 1 2 3 4; do
		seq -f "$i.%.0f" 500 >"sent.$i"
		spawn mqsend -l "$q" <"sent.$i"
		senders+=("$spawned")
	done
	for i in "${senders[@]}" "${receivers[@]}"; do
		collect "$i"
		assert_equal "$status" 0
	done
	run cmp <(sort received.?) <(sort sent.?)
	assert_success
	run mqrecv -n "$q"
	assert_failure 3
}

@test "C programs and mqrecv share a queue, and each message has one receiver" {
	local i
	queue
	spawn "$(peer mq)" receive "/$q" 300 >received.c
	spawn mqrecv -c 300 -P "$q" >received.mq
	for i in 1 2 3; do
		spawn "$(peer mq)" feed "/$q" 200 "$i"
	done
	all_succeed_within 10
	run cmp <(cat received.c <(tr '\t' ' ' <received.mq) | sort) \
		<(for i in 1 2 3; do seq -f "0 $i.%.0f" 200; done | sort)
	assert_success
}

@test "SIGTERM to mqrecv --follow in a pipeline loses no message" {
	local kills=0
	queue
	: >received
	mkfifo fifo
	spawn mqsend -l "$q" < <(seq 2000)
	local sender=$spawned
	while [[ $(wc -l <received) -lt 2000 ]] && ((kills++ < 200)); do
		spawn cat fifo >part
		local reader=$spawned
		spawn mqrecv -F "$q" >fifo
		wait_until test -s part
		kill -TERM "$spawned"
		collect
		assert_equal "$status" 143
		collect "$reader"
		cat part >>received
		! gone "$sender" || break
	done
	collect "$sender"
	assert_equal "$status" 0
	mqrecv -a "$q" >>received || true
	run cmp <(sort -n received) <(seq 2000)
	assert_success
}

@test "options that exclude each other are refused before a message is received" {
	local options
	queue
	mqsend "$q" kept
	for options in '-n -t1' -aF '-c2 -a' '-c2 -F' -0N -0r -NJ -rJ; do
		# shellcheck disable=SC2086
		run --separate-stderr mqrecv $options "$q"
		assert_failure 2
		assert_output ''
		assert_stderr --partial 'exclude each other'
	done
	for options in -c0 -c-1 -cx -t-1 -tx '-t 1y'; do
		# shellcheck disable=SC2086
		run --separate-stderr mqrecv $options "$q"
		assert_failure 2
	done
	run mqrecv "$q" other
	assert_failure 2
	run mqrecv
	assert_failure 2
	run mqrecv "$q"
	assert_output kept
}

@test "mqrecv exits with status 4 if the queue does not exist" {
	run --separate-stderr mqrecv "$(name none)"
	assert_failure 4
	assert_stderr "mqrecv: /$(name none): no such queue (mqcreate makes one)"
}

@test "mqrecv needs permission to read" {
	requires nobody
	queue q -m 200
	run --separate-stderr mqrecv "$q"
	assert_failure 1
	assert_stderr "mqrecv: /$q: Permission denied"
}

@test "mqrecv works with all its descriptors closed but the output" {
	queue
	mqsend "$q" text
	receive() { mqrecv "$q" <&- 2>&-; }
	run receive
	assert_output text
}

@test "a trap of the shell runs if mqrecv as its builtin gets a signal" {
	requires builtin
	local signal
	queue
	waiting_shell() {
		# shellcheck disable=SC2064
		trap "echo trapped" "$signal"
		mqrecv "$q" || echo "status $?"
		mqsend "$q" alive && mqrecv "$q"
	}
	for signal in TERM INT HUP; do
		spawn waiting_shell >out
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" 0
		run cat out
		assert_output $'trapped\nstatus '"$((128 + $(kill -l "$signal")))"$'\nalive'
	done
}
