#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

setup() {
	basic_setup
	printf 'Hello, world!\n' >file
}

@test "mapcat writes files, exactly and in order" {
	head -c 3000001 /dev/urandom >bytes
	printf 'a\0b\xff' >odd
	: >empty
	run mapcat file
	assert_success
	assert_output 'Hello, world!'
	mapcat bytes file empty odd bytes >out
	cat bytes file empty odd bytes | cmp - out
	mapcat bytes odd | cmp - <(cat bytes odd)
}

@test "mapcat writes files of any size around a page's" {
	local size
	for size in 0 1 4095 4096 4097 1048575 1048576 1048577; do
		head -c "$size" /dev/urandom >bytes
		mapcat bytes >out
		cmp bytes out
	done
}

@test "mapcat of an empty file writes nothing" {
	: >empty
	run mapcat empty
	assert_success
	assert_output ''
}

@test "mapcat writes holes as zeros" {
	truncate -s 100000 sparse
	mapcat sparse | cmp - <(head -c 100000 /dev/zero)
}

@test "mapcat shows what a program wrote through its own map" {
	"$(peer map)" write file 7 there
	run mapcat file
	assert_output 'Hello, there!'
}

@test "mapcat refuses a file that cannot be mapped, with the reason and without waiting" {
	local row
	mkfifo fifo
	mkdir folder
	for row in 'fifo:a FIFO' 'folder:a directory' '/dev/null:a device'; do
		run --separate-stderr within 5 mapcat "${row%%:*}"
		assert_failure 1
		assert_output ''
		assert_stderr "mapcat: ${row%%:*}: is ${row#*:}, not a regular file"
	done
	run --separate-stderr within 5 mapcat /dev/fd/0 < <(echo text)
	assert_failure 1
	assert_stderr 'mapcat: /dev/fd/0: is a FIFO, not a regular file'
	run within 5 mapcat /dev/fd/0 <file
	assert_output 'Hello, world!'
}

@test "mapcat refuses a file of /proc, whose size is 0" {
	run --separate-stderr mapcat /proc/version
	assert_failure 1
	assert_output ''
	assert_stderr 'mapcat: /proc/version: not empty, but its size is 0: cannot be mapped'
}

@test "mapcat continues after a failure and returns the status of the first" {
	run --separate-stderr mapcat none file . file
	assert_failure 4
	assert_output $'Hello, world!\nHello, world!'
	assert_equal "${stderr_lines[0]}" 'mapcat: none: No such file or directory'
	assert_equal "${stderr_lines[1]}" 'mapcat: .: is a directory, not a regular file'
	run mapcat . none
	assert_failure 1
}

@test "mapcat requires read permission" {
	requires nobody
	chmod 0 file
	run mapcat file
	assert_failure 1
	assert_output 'mapcat: file: Permission denied'
}

# ---------------------------------------------------- a file that is truncated

@test "mapcat reports a file that is truncated while it is written, and gets no SIGBUS" {
	truncate -s 4M big
	mkfifo out
	exec 7<>out
	spawn mapcat big >out 2>err
	wait_until sleeping "$spawned"
	truncate -s 5000 big
	head -c 65536 <&7 >got
	collect
	assert_equal "$status" 1
	assert_regex "$(<err)" '^mapcat: big: truncated while it was read: stopped at byte [0-9]+$'
	mapcat file >out2
	assert_equal "$(<out2)" 'Hello, world!'
}

@test "mapcat reports a file that is truncated within its last page" {
	head -c 70000 /dev/urandom >big
	mkfifo out
	exec 7<>out
	spawn mapcat big >out 2>err
	wait_until sleeping "$spawned"
	truncate -s 69999 big
	head -c 70000 <&7 >got
	collect
	assert_equal "$status" 1
	assert_regex "$(<err)" '^mapcat: big: truncated while it was read'
}

# bats test_tags=slow
@test "mapcat is not killed by a file that shrinks and grows all the time" {
	local i
	head -c 300000 /dev/urandom >big
	spawn "$(peer map)" shrink big 100
	for i in {1..50}; do
		status=0
		mapcat big >out 2>err || status=$?
		assert [ "$status" -le 1 ]
		status=0
		mapcat big 2>err | cat >out || status=$?
		assert [ "$status" -le 1 ]
		status=0
		mapcat --shared --write 200000 text big >out 2>err || status=$?
		assert [ "$status" -le 1 ]
	done
}

# -------------------------------------------------------------------- --write

@test "mapcat --private --write changes the map, not the file" {
	run --separate-stderr mapcat --private --write 7 there file
	assert_success
	assert_output 'Hello, there!'
	assert_stderr ''
	assert_equal "$(<file)" 'Hello, world!'
}

@test "mapcat --shared --write changes these bytes of the file only" {
	run --separate-stderr mapcat --shared --write 7 there file
	assert_success
	assert_output 'Hello, there!'
	assert_equal "$(<file)" 'Hello, there!'
	assert_equal "$(wc -c <file)" 14
}

@test "mapcat --write is visible to a program that has mapped the file if the map is shared" {
	mkfifo ask answer
	exec 7<>ask 8<>answer
	spawn "$(peer map)" watch file 0 JELLO <ask >answer
	it_has() {
		echo >&7
		read -r -t 10 <&8
		assert_equal "$REPLY" "$1"
	}
	it_has 'not seen'
	run mapcat --private --write 0 JELLO file
	assert_output 'JELLO, world!'
	it_has 'not seen'
	run mapcat --shared --write 0 JELLO file
	assert_success
	it_has seen
}

@test "mapcat --write requires write permission for a shared map, not for a private one" {
	requires nobody
	chmod 400 file
	run mapcat --private --write 0 J file
	assert_success
	assert_output 'Jello, world!'
	run mapcat --shared --write 0 J file
	assert_failure 1
	assert_output 'mapcat: file: Permission denied'
}

@test "mapcat --write accepts any offset and a long text" {
	local text
	head -c 20000 /dev/zero >big
	text=$(printf '%010000d' 0)
	mapcat --shared --write 5000 "$text" big >out
	cmp out big
	cmp big <(head -c 5000 /dev/zero; printf %s "$text"; head -c 5000 /dev/zero)
	run mapcat --shared --write 13 '' file
	assert_success
	run mapcat --shared --write 14 '' file
	assert_success
	mapcat --shared --write 13 '!' file >out
	assert_equal "$(<file)" 'Hello, world!!'
}

@test "mapcat --write writes nothing past the end" {
	run --separate-stderr mapcat --shared --write 10 'long text' file
	assert_failure 1
	assert_output ''
	assert_stderr 'mapcat: file: 9 bytes at offset 10: past the end (size 14)'
	run --separate-stderr mapcat --private --write 15 '' file
	assert_failure 1
	assert_stderr 'mapcat: file: offset 15: past the end (size 14)'
	run mapcat --shared --write 9223372036854775807 x file
	assert_failure 1
	: >empty
	run mapcat --shared --write 0 x empty
	assert_failure 1
	assert_equal "$(<file)" 'Hello, world!'
}

@test "mapcat reports that a hole cannot be filled, and gets no SIGBUS" {
	requires mounts
	run tiny_shm 8k 'truncate -s 1M /dev/shm/sparse; head -c 8k /dev/zero >/dev/shm/full; mapcat --shared --write 500000 text /dev/shm/sparse; echo $?'
	assert_output $'mapcat: /dev/shm/sparse: byte 500000 cannot be written: input/output error or no space left\n1'
}

@test "mapcat reports usage errors: status 2, nothing is written" {
	local words
	for words in '' '--private' '--write 0 x file' '--private --shared file' '--private --write 0 file' '--shared --write 0 x file file' \
		'--shared --write x y file' '--shared --write -1 y file' '-x file' '--private --shared --write 0 x file'; do
		# shellcheck disable=SC2086 # words
		run mapcat $words
		assert_failure 2
	done
	assert_equal "$(<file)" 'Hello, world!'
	run mapcat --private file
	assert_output 'Hello, world!'
}

# ------------------------------------------------------------------- output

@test "mapcat fails once if its output cannot be written" {
	to_full() {
		mapcat file file >/dev/full
	}
	run --separate-stderr to_full
	assert_failure 1
	assert_stderr 'mapcat: standard output: No space left on device'
	closed() {
		mapcat --shared --write 0 J file >&-
	}
	run --separate-stderr closed
	assert_failure 1
	assert_stderr 'mapcat: standard output: Bad file descriptor'
	assert_equal "$(<file)" 'Hello, world!'
}

@test "mapcat exits silently with 141 if the reader has closed its output" {
	truncate -s 4M big
	to_head() {
		local result=0
		{ mapcat big big 2>err || result=$?; echo "$result" >result; } | head -c 1 >/dev/null
	}
	run within 10 to_head
	assert_equal "$(<result)" 141
	assert [ ! -s err ]
}

@test "mapcat refuses the file itself as its output" {
	append() {
		mapcat file >>file
	}
	run --separate-stderr append
	assert_failure 1
	assert_stderr 'mapcat: file: standard output is the file itself'
	assert_equal "$(<file)" 'Hello, world!'
}

@test "mapcat can be interrupted while its output is not read" {
	local signal
	truncate -s 4M big
	mkfifo out
	exec 7<>out
	for signal in TERM INT HUP; do
		spawn mapcat big >out
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
	done
}

@test "mapcat as a builtin leaves descriptors, mappings, mask and dispositions unchanged" {
	requires builtin
	local i
	mapcat file none . >out 2>err || true
	signals_of_shell >before
	echo /proc/$$/fd/* >descriptors
	grep -c "$PWD" /proc/$$/maps >maps || true
	for ((i = 0; i < 20; i++)); do
		mapcat file none . >out 2>err || true
		mapcat --shared --write 0 J file >out
		mapcat --private --write 99 J file >out 2>err || true
	done
	signals_of_shell >after
	echo /proc/$$/fd/* >descriptors.after
	grep -c "$PWD" /proc/$$/maps >maps.after || true
	cmp before after
	cmp descriptors descriptors.after
	cmp maps maps.after
}

@test "mapcat -o and -l write a part of each file" {
	printf 'hello world' >first
	printf 'another text' >second
	run mapcat -o 6 -l 3 first second
	assert_success
	assert_output 'worr t'
	assert_equal "$(mapcat -l 5 first)" hello
	assert_equal "$(mapcat -o 6 -l 1K first)" world
	assert_equal "$(mapcat --offset=0 --length=0 first)$(mapcat -o 11 first)" ''
	run --separate-stderr mapcat -o 12 first
	assert_failure 1
	assert_output ''
	assert_stderr "mapcat: first: offset 12: past the end (size 11)"
}
