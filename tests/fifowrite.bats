#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

setup() {
	basic_setup
	mkfifo fifo
}

# Open at both ends, by nobody who reads or writes; the pipe is then as large as it can fill.
open_fifo() {
	exec 8<>fifo
}

fill_fifo() {
	open_fifo
	head -c 65536 /dev/zero >fifo
}

empty_fifo() {
	fiforead -n fifo | wc -c
}

# ------------------------------------------------- the rows of fifo(7): open

@test "a reader that has the FIFO open gets exactly the text" {
	spawn "$(peer fifo)" read fifo >out
	within 10 fifowrite fifo 'a text'
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" 'a text'
	assert_equal "$(wc -c <out)" 6
}

@test "without a reader fifowrite waits for one" {
	spawn fifowrite fifo text
	wait_until sleeping "$spawned"
	run within 10 "$(peer fifo)" read fifo
	assert_success
	assert_output text
	collect
	assert_equal "$status" 0
}

@test "without a reader: 3 with --nonblock" {
	run --separate-stderr within 5 fifowrite -n fifo text
	assert_failure 3
	assert_output ''
	assert_stderr 'fifowrite: fifo: no reader has the FIFO open'
	run within 5 fifowrite -n fifo <<<text
	assert_failure 3
}

@test "without a reader: 124 after --timeout" {
	run --separate-stderr within 5 fifowrite -t 50ms fifo text
	assert_failure 124
	assert_stderr 'fifowrite: fifo: timed out: no reader has the FIFO open'
	run within 5 fifowrite --timeout=0 fifo text
	assert_failure 124
	run within 5 fifowrite -t 0.05 fifo <<<text
	assert_failure 124
}

@test "fifowrite meets a reader that opens the FIFO in time" {
	spawn fifowrite -t 30 fifo text
	wait_until sleeping "$spawned"
	run within 10 "$(peer fifo)" read fifo
	assert_output text
	collect
	assert_equal "$status" 0
}

@test "fifowrite meets a reader that waits already, with every time-out" {
	spawn "$(peer fifo)" read fifo >out
	wait_until sleeping "$spawned"
	within 10 fifowrite -t 0 fifo text
	collect
	assert_equal "$(<out)" text
	spawn "$(peer fifo)" read fifo >out
	wait_until sleeping "$spawned"
	within 10 fifowrite -n fifo more
	collect
	assert_equal "$(<out)" more
}

@test "after a time-out the FIFO is unchanged: the next reader waits for a writer" {
	run within 5 fifowrite -t 10ms fifo text
	assert_failure 124
	spawn "$(peer fifo)" read fifo >out
	wait_until sleeping "$spawned"
	within 10 fifowrite fifo later
	collect
	assert_equal "$(<out)" later
}

# ------------------------------------------------ the rows of fifo(7): write

@test "an empty text is an end of file for the reader" {
	spawn "$(peer fifo)" read fifo >out
	within 10 fifowrite fifo ''
	collect
	assert_equal "$status" 0
	assert [ ! -s out ]
}

@test "a full FIFO: 3 with --nonblock, 124 after --timeout, nothing written" {
	fill_fifo
	run --separate-stderr within 5 fifowrite -n fifo text
	assert_failure 3
	assert_stderr 'fifowrite: fifo: the FIFO is full'
	run --separate-stderr within 5 fifowrite -t 50ms fifo text
	assert_failure 124
	assert_stderr 'fifowrite: fifo: timed out: the FIFO is full'
	assert_equal "$(empty_fifo)" 65536
}

@test "fifowrite waits for room in a full FIFO" {
	fill_fifo
	spawn fifowrite fifo text
	wait_until sleeping "$spawned"
	head -c 4096 <&8 >first
	collect
	assert_equal "$status" 0
	assert_equal "$(empty_fifo)" $((65536 - 4096 + 4))
}

@test "up to 4096 bytes are written completely or not at all; for more the number written is reported" {
	local text
	open_fifo
	head -c 61441 /dev/zero >fifo
	text=$(printf '%04096d' 0)
	run --separate-stderr within 5 fifowrite -n fifo "$text"
	assert_failure 3
	assert_stderr 'fifowrite: fifo: the FIFO is full'
	assert_equal "$(empty_fifo)" 61441
	run --separate-stderr within 5 fifowrite -n fifo < <(head -c 100000 /dev/zero)
	assert_failure 3
	assert_stderr 'fifowrite: fifo: the FIFO is full after 65536 bytes'
	assert_equal "$(empty_fifo)" 65536
	run --separate-stderr within 5 fifowrite -t 50ms fifo < <(head -c 100000 /dev/zero)
	assert_failure 124
	assert_stderr 'fifowrite: fifo: timed out: the FIFO is full after 65536 bytes'
}

@test "texts of 4096 bytes do not mix with those of other writers" {
	local letter pids=()
	write_many() {
		local i
		for i in {1..15}; do
			fifowrite fifo "$(printf '%04096d' 0 | tr 0 "$1")" || return
		done
	}
	open_fifo
	for letter in a b c; do
		spawn write_many "$letter"
		pids+=("$spawned")
	done
	wait_until sleeping "${pids[0]}"
	within 20 head -c $((45 * 4096)) <&8 >out
	for spawned in "${pids[@]}"; do
		collect
		assert_equal "$status" 0
	done
	assert_equal "$(fold -w 4096 out | sort | uniq -c | awk '{ print $1, length($2) }' | sort -u)" '15 4096'
}

@test "a reader that closes: status 1, and the number of bytes written" {
	: >hold
	spawn "$(peer fifo)" hold fifo hold
	local reader=$spawned
	head -c 200000 /dev/zero >input
	spawn fifowrite fifo <input 2>err
	# it has read, and waits: for room, not for a reader
	has_read() { [[ $(grep pos: "/proc/$spawned/fdinfo/0") != *[[:blank:]]0 ]]; }
	wait_until has_read
	wait_until sleeping "$spawned"
	rm hold
	collect "$reader"
	collect
	assert_equal "$status" 1
	assert_equal "$(<err)" 'fifowrite: fifo: the reader closed the FIFO after 65536 bytes'
}

@test "standard input of any length is written completely" {
	head -c 1000001 /dev/urandom >bytes
	spawn "$(peer fifo)" read fifo >out
	within 20 fifowrite fifo <bytes
	collect
	cmp bytes out
	spawn "$(peer fifo)" read fifo >out
	tail -c +1 bytes | within 20 fifowrite -t 10 fifo
	collect
	cmp bytes out
}

# bats test_tags=slow
@test "a slow input does not use up the time-out" {
	fill_fifo
	mkfifo input other
	exec 7<>input
	slow() {
		exec 7>&-
		become fifowrite -t 3 fifo <input
	}
	spawn slow
	wait_until sleeping "$spawned"
	# a time-out as long, that begins later, has passed
	run fifowrite -t 3 other text
	assert_failure 124
	echo a >&7
	taken() { ! read -r -t 0 <&7; }
	wait_until taken
	wait_until sleeping "$spawned"
	head -c 65536 <fifo >/dev/null
	exec 7>&-
	collect
	assert_equal "$status" 0
	run fiforead -n fifo
	assert_output a
}

@test "an input that cannot be read is a failure" {
	open_fifo
	run --separate-stderr within 5 fifowrite fifo </
	assert_failure 1
	assert_stderr 'fifowrite: standard input: after 0 bytes were written to fifo: Is a directory'
	closed() {
		fifowrite fifo <&-
	}
	run --separate-stderr within 5 closed
	assert_failure 1
	assert_stderr 'fifowrite: standard input: after 0 bytes were written to fifo: Bad file descriptor'
}

# ------------------------------------------------------------------- others

@test "a file that is not a FIFO is refused and left unchanged" {
	local row
	echo text >file
	mkdir folder
	ln -s fifo link
	for row in 'file:a regular file' 'folder:a directory' '/dev/null:a device'; do
		run --separate-stderr within 5 fifowrite -n "${row%%:*}" text
		assert_failure 1
		assert_stderr "fifowrite: ${row%%:*}: is ${row#*:}, not a FIFO"
	done
	assert_equal "$(<file)" text
	open_fifo
	within 5 fifowrite -n link text
	assert_equal "$(empty_fifo)" 4
}

@test "a missing FIFO is status 4, and is not created" {
	run --separate-stderr within 5 fifowrite none text
	assert_failure 4
	assert_stderr 'fifowrite: none: no such FIFO (mkfifo makes one)'
	assert [ ! -e none ]
	run within 5 fifowrite '' text
	assert_failure 4
	run within 5 fifowrite fifo/x text
	assert_failure 1
}

@test "a text that begins with a dash must follow --" {
	open_fifo
	fifowrite -n fifo -- -x
	fifowrite -- fifo --text
	assert_equal "$(empty_fifo)" 8
	run --separate-stderr fifowrite -n fifo -x
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "fifowrite: unknown option '-x': a TEXT that begins with a dash must follow --"
}

@test "a FIFO without write permission is refused" {
	requires nobody
	mkfifo -m 400 closed
	run within 5 fifowrite -n closed text
	assert_failure 1
	assert_output 'fifowrite: closed: Permission denied'
}

@test "wrong operands and options are usage errors" {
	local words
	for words in '' '-n -t 1 fifo x' '-t fifo' '-t x fifo y' '-x fifo' 'fifo a b'; do
		# shellcheck disable=SC2086 # words
		run within 5 fifowrite $words
		assert_failure 2
	done
}

@test "a signal ends fifowrite while it waits for a reader or for room" {
	local signal
	for signal in TERM INT HUP; do
		spawn fifowrite fifo text
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		spawn fifowrite -t 30 fifo text
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
	done
	fill_fifo
	for signal in TERM INT HUP; do
		spawn fifowrite fifo text
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
	done
	assert_equal "$(empty_fifo)" 65536
}

@test "a signal that is not a termination signal does not shorten the time-out" {
	spawn fifowrite -t 30 fifo text
	wait_until sleeping "$spawned"
	kill -CONT "$spawned"
	kill -WINCH "$spawned"
	run within 10 "$(peer fifo)" read fifo
	assert_output text
	collect
	assert_equal "$status" 0
}

@test "the builtin fifowrite leaves descriptors, mask and dispositions unchanged" {
	requires builtin
	local i writer
	signals_of_shell >before
	echo /proc/$$/fd/* >descriptors
	for ((i = 0; i < 20; i++)); do
		fifowrite -n fifo text 2>/dev/null || true
		fifowrite -t 1ms fifo text 2>/dev/null || true
	done
	fifowrite fifo text 3>&- &
	writer=$!
	within 10 "$(peer fifo)" read fifo >out
	wait "$writer"
	signals_of_shell >after
	echo /proc/$$/fd/* >descriptors.after
	cmp before after
	cmp descriptors descriptors.after
}
