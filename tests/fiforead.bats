#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

setup() {
	basic_setup
	mkfifo fifo
}

open_fifo() {
	exec 8<>fifo
}

# ------------------------------------------------- the rows of fifo(7)

@test "fiforead writes exactly what a writer writes, up to the end of file" {
	spawn "$(peer fifo)" write fifo 'a text'
	within 10 fiforead fifo >out
	assert_equal "$(<out)" 'a text'
	assert_equal "$(wc -c <out)" 6
	collect
	assert_equal "$status" 0
}

@test "without a writer fiforead waits for one" {
	spawn fiforead fifo >out
	wait_until sleeping "$spawned"
	within 10 "$(peer fifo)" write fifo text
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" text
}

@test "without a writer: 3 with --nonblock, 124 after --timeout" {
	run --separate-stderr within 5 fiforead -n fifo
	assert_failure 3
	assert_output ''
	assert_stderr 'fiforead: fifo: no writer has the FIFO open'
	run --separate-stderr within 5 fiforead -t 50ms fifo
	assert_failure 124
	assert_stderr 'fiforead: fifo: timed out: no writer has the FIFO open'
	run within 5 fiforead -t 0 fifo
	assert_failure 124
}

@test "empty, but open for a writer: 3 with --nonblock, 124 after --timeout" {
	open_fifo
	run --separate-stderr within 5 fiforead -n fifo
	assert_failure 3
	assert_stderr 'fiforead: fifo: the FIFO is empty'
	run --separate-stderr within 5 fiforead -t 50ms fifo
	assert_failure 124
	assert_stderr 'fiforead: fifo: timed out: the FIFO is empty'
}

@test "--nonblock reads what is available" {
	open_fifo
	echo text >fifo
	run --separate-stderr within 5 fiforead -n fifo
	assert_success
	assert_output text
	assert_stderr ''
	run within 5 fiforead -n fifo
	assert_failure 3
}

@test "--timeout writes what was read in time, and is status 124 if the end of file was not" {
	open_fifo
	echo text >fifo
	run --separate-stderr within 5 fiforead -t 50ms fifo
	assert_failure 124
	assert_output text
	assert_stderr 'fiforead: fifo: timed out: no end of file after 5 bytes'
}

@test "a time-out that has expired still reads what is available, the end of file included" {
	open_fifo
	echo text >fifo
	run --separate-stderr within 5 fiforead -t 0 fifo
	assert_failure 124
	assert_output text
	echo text >fifo
	exec 9<fifo 8<&-
	run --separate-stderr within 5 fiforead -t 0 fifo
	assert_output text
}

@test "a writer that never pauses does not extend the time-out" {
	# what it takes comes back, and is much less than the FIFO holds: that is never empty
	mkfifo back
	exec 8<>back
	spawn "$(peer fifo)" circulate fifo <back 8>&-
	wait_until sleeping "$spawned"
	within 10 fiforead -t 50ms fifo >back 2>err || status=$?
	assert_equal "$status" 124
	assert_regex "$(<err)" '^fiforead: fifo: timed out: no end of file after [0-9]+ bytes$'
	exec 8>&-
	collect
	assert_equal "$status" 0
}

@test "a writer that opens and closes without writing is an end of file" {
	spawn fiforead fifo >out
	wait_until sleeping "$spawned"
	: >fifo
	collect
	assert_equal "$status" 0
	assert [ ! -s out ]
}

@test "the end of file is when the last of several writers has closed the FIFO" {
	spawn fiforead fifo >out
	wait_until sleeping "$spawned"
	exec 7>fifo 8>fifo
	echo a >&7
	exec 7>&-
	wait_until test -s out
	wait_until sleeping "$spawned"
	echo b >&8
	exec 8>&-
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" $'a\nb'
}

@test "fiforead opens the FIFO for a writer that waits" {
	spawn fifowrite fifo text
	wait_until sleeping "$spawned"
	run within 10 fiforead -t 10 fifo
	assert_success
	assert_output text
	collect
	assert_equal "$status" 0
}

# -------------------------------------------------------------------- --keep

@test "--keep continues over successive writers" {
	local i
	spawn fiforead -k fifo >out
	for i in 1 2 3 4 5; do
		within 10 "$(peer fifo)" write fifo "$i"
	done
	wait_until same_text 12345
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(<out)" 12345
}

same_text() {
	[[ $(<out) == "$1" ]]
}

@test "--keep loses nothing of writers that follow each other immediately" {
	local i
	write_all() {
		for i in {1..100}; do
			"$(peer fifo)" write fifo "$i." || return
		done
	}
	spawn fiforead -k fifo >out
	within 20 write_all
	wait_until all_there
	kill -TERM "$spawned"
	collect
}

all_there() {
	[[ $(tr -d '\n' <out) == "$(printf '%s.' {1..100})" ]]
}

@test "--keep sleeps between two writers" {
	local before writer state i
	spawn fiforead -k fifo >out
	within 10 fifowrite fifo a
	wait_until same_text a
	wait_until sleeping "$spawned"
	resting_state "$spawned"
	before=$state
	# it sleeps while other processes come and go, and others use a FIFO of theirs
	mkfifo other
	for i in {1..20}; do
		fifowrite other "$i" 3>&- &
		writer=$!
		within 10 fiforead other >/dev/null
		wait "$writer"
	done
	resting_state "$spawned"
	assert_equal "$state" "$before"
}

@test "--keep ends with the time-out, or when the FIFO was removed" {
	run --separate-stderr within 5 fiforead -k -t 50ms fifo
	assert_failure 124
	spawn fiforead -k fifo >out 2>err
	wait_until sleeping "$spawned"
	exec 8>fifo
	rm fifo
	echo text >&8
	exec 8>&-
	collect
	assert_equal "$status" 4
	assert_equal "$(<out)" text
	assert_equal "$(<err)" 'fiforead: fifo: no such FIFO (mkfifo makes one)'
}

# removed_while_idle: the text one has been read, and then the name is removed
removed_while_idle() {
	spawn fiforead -k fifo >out 2>err
	within 10 "$(peer fifo)" write fifo one
	wait_until same_text one
	wait_until sleeping "$spawned"
	rm fifo
	collect
	assert_equal "$status: $(<err)" '4: fiforead: fifo: no such FIFO (mkfifo makes one)'
}

# continues_with_another: with what comes after "one"
continues_with_another() {
	within 10 "$(peer fifo)" write fifo two
	wait_until same_text onetwo
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
}

@test "--keep ends when the FIFO is removed while no writer has it open" {
	removed_while_idle
	mkfifo fifo
	spawn fiforead -k fifo 2>err
	wait_until sleeping "$spawned"
	rm fifo
	collect
	assert_equal "$status: $(<err)" '4: fiforead: fifo: no such FIFO (mkfifo makes one)'
}

@test "--keep continues with another FIFO that is given the name while no writer has it open" {
	spawn fiforead -k fifo >out
	within 10 "$(peer fifo)" write fifo one
	wait_until same_text one
	wait_until sleeping "$spawned"
	mkfifo new
	mv new fifo
	continues_with_another
}

@test "--keep continues with the FIFO that a symbolic link leads to when it is changed" {
	mv fifo first
	mkfifo second third
	ln -s first fifo
	spawn fiforead -k fifo >out
	within 10 "$(peer fifo)" write fifo one
	wait_until same_text one
	wait_until sleeping "$spawned"
	ln -sf second fifo
	within 10 "$(peer fifo)" write fifo two
	wait_until same_text onetwo
	wait_until sleeping "$spawned"
	ln -s third link
	mv link fifo
	within 10 "$(peer fifo)" write fifo three
	wait_until same_text onetwothree
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
}

@test "--keep reads what a writer of the removed FIFO writes before it opens another" {
	spawn fiforead -k fifo >out
	wait_until sleeping "$spawned"
	exec 8>fifo
	mkfifo new
	mv new fifo
	wait_until sleeping "$spawned"
	printf on >&8
	wait_until same_text on
	mkfifo new
	mv new fifo
	printf e >&8
	exec 8>&-
	wait_until same_text one
	continues_with_another
}

@test "--keep ignores a change of the mode and of another name" {
	ln fifo other
	spawn fiforead -k fifo >out
	wait_until sleeping "$spawned"
	chmod 600 fifo
	rm other
	wait_until sleeping "$spawned"
	printf one >fifo
	wait_until same_text one
	continues_with_another
}

# bats test_tags=slow
@test "--keep looks once a second if inotify is not available" {
	requires program plain command:strace
	fiforead() { become strace -o trace -qq -e trace=inotify_init1 -e inject=inotify_init1:error=EMFILE fiforead "$@"; }
	removed_while_idle
	grep -q INJECTED trace
}

# ------------------------------------------------------------------- output

@test "many bytes are written completely: to a file, to a pipe, to the end of a file" {
	head -c 1000001 /dev/urandom >bytes
	spawn "$(peer fifo)" write fifo x
	within 10 fiforead fifo >out
	spawn cp bytes fifo
	within 20 fiforead fifo >out
	cmp bytes out
	spawn cp bytes fifo
	within 20 fiforead fifo | cmp - bytes
	spawn cp bytes fifo
	: >out
	within 20 fiforead fifo >>out
	cmp bytes out
	spawn cp bytes fifo
	within 20 fiforead fifo >/dev/null
}

@test "an output without a reader: status 141, no message, and nothing is read" {
	open_fifo
	echo text >fifo
	mkfifo out
	exec 7<>out 6>out 7<&-
	to_nobody() {
		fiforead fifo >&6
	}
	run --separate-stderr within 10 to_nobody
	assert_failure 141
	assert_stderr ''
	run within 5 fiforead -n fifo
	assert_output text
}

@test "a reader of the output that closes it while the FIFO is empty is noticed" {
	open_fifo
	mkfifo out
	exec 7<>out
	to_out() {
		exec 6>out 7<&-
		become fiforead fifo >&6
	}
	spawn to_out
	wait_until sleeping "$spawned"
	exec 7<&-
	collect
	assert_equal "$status" 141
}

@test "an output that fails leaves the rest in the FIFO" {
	open_fifo
	head -c 5000 /dev/urandom >bytes
	cat bytes >fifo
	limited() {
		ulimit -f 1
		fiforead fifo >"$1"
	}
	run --separate-stderr within 5 limited out
	assert_failure 1
	assert_stderr 'fiforead: standard output: File too large (RLIMIT_FSIZE is 1024 bytes)'
	assert_equal "$(wc -c <out)" 1024
	within 5 fiforead -n fifo >rest
	cat out rest | cmp - bytes
}

@test "the number of bytes read and lost is reported" {
	open_fifo
	to_full() {
		fiforead -n fifo >/dev/full
	}
	echo text >fifo
	run --separate-stderr within 5 to_full
	assert_failure 1
	assert_stderr 'fiforead: fifo: 5 bytes read are lost: standard output: No space left on device'
}

@test "a closed output is a failure before the FIFO is opened" {
	closed() {
		fiforead fifo >&-
	}
	open_fifo
	echo text >fifo
	run --separate-stderr within 5 closed
	assert_failure 1
	assert_stderr 'fiforead: standard output: Bad file descriptor'
	run within 5 fiforead -n fifo
	assert_output text
}

@test "the FIFO itself as the output is refused" {
	open_fifo
	echo text >fifo
	onto_itself() {
		fiforead fifo >&8
	}
	run --separate-stderr within 5 onto_itself
	assert_failure 1
	assert_stderr 'fiforead: fifo: standard output is the FIFO itself'
}

@test "a signal ends fiforead while it waits for a writer, for bytes, or for its reader" {
	local signal
	for signal in TERM INT HUP; do
		spawn fiforead fifo
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
	done
	open_fifo
	mkfifo slow
	exec 7<>slow
	head -c 65536 /dev/zero >slow
	echo text >fifo
	for signal in TERM INT HUP; do
		spawn fiforead fifo >slow
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
	done
	run within 5 fiforead -n fifo
	assert_output text
}

# ------------------------------------------------------------------- others

@test "a file that is not a FIFO is refused" {
	local row
	echo text >file
	mkdir folder
	for row in 'file:a regular file' 'folder:a directory' '/dev/null:a device'; do
		run --separate-stderr within 5 fiforead "${row%%:*}"
		assert_failure 1
		assert_output ''
		assert_stderr "fiforead: ${row%%:*}: is ${row#*:}, not a FIFO"
	done
	run within 5 fiforead none
	assert_failure 4
	assert_output 'fiforead: none: no such FIFO (mkfifo makes one)'
	ln -s fifo link
	run within 5 fiforead -n link
	assert_failure 3
}

@test "a FIFO without read permission is refused" {
	requires nobody
	mkfifo -m 200 closed
	run within 5 fiforead -n closed
	assert_failure 1
	assert_output 'fiforead: closed: Permission denied'
}

@test "wrong operands and options are usage errors" {
	local words
	for words in '' '-n -t 1 fifo' '-t fifo' '-t x fifo' '-x fifo' 'fifo fifo'; do
		# shellcheck disable=SC2086 # words
		run within 5 fiforead $words
		assert_failure 2
	done
}

@test "the builtin fiforead leaves descriptors, mask and dispositions unchanged" {
	requires builtin
	local i
	signals_of_shell >before
	echo /proc/$$/fd/* >descriptors
	for ((i = 0; i < 20; i++)); do
		fiforead -n fifo 2>/dev/null || true
		fiforead -k -t 1ms fifo 2>/dev/null || true
		"$(peer fifo)" write fifo text &
		fiforead -t 10 fifo >out
		wait $!
	done
	signals_of_shell >after
	echo /proc/$$/fd/* >descriptors.after
	cmp before after
	cmp descriptors descriptors.after
}
