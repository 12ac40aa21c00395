#!/usr/bin/env bats

load helper

setup() {
	basic_setup
	printf 'Hello, world!\n' >file
}

@test "mmcat writes files, exactly and in order" {
	head -c 3000001 /dev/urandom >bytes
	printf 'a\0b\xff' >odd
	: >empty
	run mmcat file
	assert_success
	assert_output 'Hello, world!'
	mmcat bytes file empty odd bytes >out
	cat bytes file empty odd bytes | cmp - out
	mmcat bytes odd | cmp - <(cat bytes odd)
}

@test "the size may be anything around a page's" {
	local size
	for size in 0 1 4095 4096 4097 1048575 1048576 1048577; do
		head -c "$size" /dev/urandom >bytes
		mmcat bytes >out
		cmp bytes out
	done
}

@test "an empty file is nothing" {
	: >empty
	run mmcat empty
	assert_success
	assert_output ''
}

@test "holes are zeros" {
	truncate -s 100000 sparse
	mmcat sparse | cmp - <(head -c 100000 /dev/zero)
}

@test "it shows what a program wrote through a map of its own" {
	"$(peer map)" write file 7 there
	run mmcat file
	assert_output 'Hello, there!'
}

@test "what cannot be mapped is refused with the reason, and does not wait" {
	local row
	mkfifo fifo
	mkdir folder
	for row in 'fifo:a FIFO' 'folder:a directory' '/dev/null:a device'; do
		run --separate-stderr within 5 mmcat "${row%%:*}"
		assert_failure 1
		assert_output ''
		assert_stderr "mmcat: ${row%%:*}: is ${row#*:}, not a regular file"
	done
	run --separate-stderr within 5 mmcat /dev/fd/0 < <(echo text)
	assert_failure 1
	assert_stderr 'mmcat: /dev/fd/0: is a FIFO, not a regular file'
	run within 5 mmcat /dev/fd/0 <file
	assert_output 'Hello, world!'
}

@test "a file of /proc is refused instead of shown empty" {
	run --separate-stderr mmcat /proc/version
	assert_failure 1
	assert_output ''
	assert_stderr 'mmcat: /proc/version: not empty, but its size is 0: cannot be mapped'
}

@test "it goes on after a failure and returns the first one's status" {
	run --separate-stderr mmcat none file . file
	assert_failure 4
	assert_output $'Hello, world!\nHello, world!'
	assert_equal "${stderr_lines[0]}" 'mmcat: none: No such file or directory'
	assert_equal "${stderr_lines[1]}" 'mmcat: .: is a directory, not a regular file'
	run mmcat . none
	assert_failure 1
}

@test "a file that may not be read is refused" {
	requires nobody
	chmod 0 file
	run mmcat file
	assert_failure 1
	assert_output 'mmcat: file: Permission denied'
}

# -------------------------------------------------------------- it shrinks

@test "a file that shrinks meanwhile is refused with the reason, not a SIGBUS" {
	truncate -s 4M big
	mkfifo out
	exec 7<>out
	spawn mmcat big >out 2>err
	wait_until sleeping "$spawned"
	truncate -s 5000 big
	head -c 65536 <&7 >got
	collect
	assert_equal "$status" 1
	assert_regex "$(<err)" '^mmcat: big: truncated while it was read: stopped at byte [0-9]+$'
	mmcat file >out2
	assert_equal "$(<out2)" 'Hello, world!'
}

@test "a file that shrinks within its last page is refused too" {
	head -c 70000 /dev/urandom >big
	mkfifo out
	exec 7<>out
	spawn mmcat big >out 2>err
	wait_until sleeping "$spawned"
	truncate -s 69999 big
	head -c 70000 <&7 >got
	collect
	assert_equal "$status" 1
	assert_regex "$(<err)" '^mmcat: big: truncated while it was read'
}

# bats test_tags=slow
@test "a file that shrinks and grows all the time never ends it by a signal" {
	local i
	head -c 300000 /dev/urandom >big
	spawn "$(peer map)" shrink big 100
	for i in {1..50}; do
		status=0
		mmcat big >out 2>err || status=$?
		assert [ "$status" -le 1 ]
		status=0
		mmcat big 2>err | cat >out || status=$?
		assert [ "$status" -le 1 ]
		status=0
		mmcat --shared --write 200000 text big >out 2>err || status=$?
		assert [ "$status" -le 1 ]
	done
}

# -------------------------------------------------------------------- --write

@test "a private map shows what was written, the file does not" {
	run --separate-stderr mmcat --private --write 7 there file
	assert_success
	assert_output 'Hello, there!'
	assert_stderr ''
	assert_equal "$(<file)" 'Hello, world!'
}

@test "a shared map changes the file, nothing else in it" {
	run --separate-stderr mmcat --shared --write 7 there file
	assert_success
	assert_output 'Hello, there!'
	assert_equal "$(<file)" 'Hello, there!'
	assert_equal "$(wc -c <file)" 14
}

@test "a program that has the file mapped sees a shared write at once, a private one never" {
	mkfifo ask answer
	exec 7<>ask 8<>answer
	spawn "$(peer map)" watch file 0 JELLO <ask >answer
	it_has() {
		echo >&7
		read -r -t 10 <&8
		assert_equal "$REPLY" "$1"
	}
	it_has 'not seen'
	run mmcat --private --write 0 JELLO file
	assert_output 'JELLO, world!'
	it_has 'not seen'
	run mmcat --shared --write 0 JELLO file
	assert_success
	it_has seen
}

@test "a private map needs no permission to write to the file, a shared one does" {
	requires nobody
	chmod 400 file
	run mmcat --private --write 0 J file
	assert_success
	assert_output 'Jello, world!'
	run mmcat --shared --write 0 J file
	assert_failure 1
	assert_output 'mmcat: file: Permission denied'
}

@test "the offset may be anywhere, and the text long" {
	local text
	head -c 20000 /dev/zero >big
	text=$(printf '%010000d' 0)
	mmcat --shared --write 5000 "$text" big >out
	cmp out big
	cmp big <(head -c 5000 /dev/zero; printf %s "$text"; head -c 5000 /dev/zero)
	run mmcat --shared --write 13 '' file
	assert_success
	run mmcat --shared --write 14 '' file
	assert_success
	mmcat --shared --write 13 '!' file >out
	assert_equal "$(<file)" 'Hello, world!!'
}

@test "past the end nothing is written" {
	run --separate-stderr mmcat --shared --write 10 'long text' file
	assert_failure 1
	assert_output ''
	assert_stderr 'mmcat: file: 9 bytes at offset 10: past the end (size 14)'
	run --separate-stderr mmcat --private --write 15 '' file
	assert_failure 1
	assert_stderr 'mmcat: file: offset 15: past the end (size 14)'
	run mmcat --shared --write 9223372036854775807 x file
	assert_failure 1
	: >empty
	run mmcat --shared --write 0 x empty
	assert_failure 1
	assert_equal "$(<file)" 'Hello, world!'
}

@test "a hole that finds no room is an error, not a SIGBUS" {
	requires mounts
	run tiny_shm 8k 'truncate -s 1M /dev/shm/sparse; head -c 8k /dev/zero >/dev/shm/full; mmcat --shared --write 500000 text /dev/shm/sparse; echo $?'
	assert_output $'mmcat: /dev/shm/sparse: byte 500000 cannot be written: input/output error or no space left\n1'
}

@test "usage" {
	local words
	for words in '' '--private' '--write 0 x file' '--private --shared file' '--private --write 0 file' '--shared --write 0 x file file' \
		'--shared --write x y file' '--shared --write -1 y file' '-x file' '--private --shared --write 0 x file'; do
		# shellcheck disable=SC2086 # words
		run mmcat $words
		assert_failure 2
	done
	assert_equal "$(<file)" 'Hello, world!'
	run mmcat --private file
	assert_output 'Hello, world!'
}

# ------------------------------------------------------------------- output

@test "an output that cannot be written ends it, and is told once" {
	to_full() {
		mmcat file file >/dev/full
	}
	run --separate-stderr to_full
	assert_failure 1
	assert_stderr 'mmcat: standard output: No space left on device'
	closed() {
		mmcat --shared --write 0 J file >&-
	}
	run --separate-stderr closed
	assert_failure 1
	assert_stderr 'mmcat: standard output: Bad file descriptor'
	assert_equal "$(<file)" 'Hello, world!'
}

@test "a reader that went away ends it quietly with 141" {
	truncate -s 4M big
	to_head() {
		local result=0
		{ mmcat big big 2>err || result=$?; echo "$result" >result; } | head -c 1 >/dev/null
	}
	run within 10 to_head
	assert_equal "$(<result)" 141
	assert [ ! -s err ]
}

@test "the file itself as the output is refused" {
	append() {
		mmcat file >>file
	}
	run --separate-stderr append
	assert_failure 1
	assert_stderr 'mmcat: file: standard output is the file itself'
	assert_equal "$(<file)" 'Hello, world!'
}

@test "a signal ends it while nobody reads" {
	local signal
	truncate -s 4M big
	mkfifo out
	exec 7<>out
	for signal in TERM INT HUP; do
		spawn mmcat big >out
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
	done
}

@test "as a builtin it leaves descriptors, mappings, mask and dispositions as they were" {
	requires builtin
	local i
	mmcat file none . >out 2>err || true
	signals_of_shell >before
	echo /proc/$$/fd/* >descriptors
	grep -c "$PWD" /proc/$$/maps >maps || true
	for ((i = 0; i < 20; i++)); do
		mmcat file none . >out 2>err || true
		mmcat --shared --write 0 J file >out
		mmcat --private --write 99 J file >out 2>err || true
	done
	signals_of_shell >after
	echo /proc/$$/fd/* >descriptors.after
	grep -c "$PWD" /proc/$$/maps >maps.after || true
	cmp before after
	cmp descriptors descriptors.after
	cmp maps maps.after
}
