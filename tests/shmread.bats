#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

setup() {
	basic_setup
	s=$(name s)
	shmcreate "$s" 6
	shmwrite "$s" Hello!
}

teardown() {
	shmunlink -f "$s"
	basic_teardown
}

@test "shmread writes the bytes, exactly" {
	run shmread "$s"
	assert_success
	assert_output Hello!
	printf 'a\0b\nc\xff\n' >bytes
	shmwrite "$s" <bytes
	shmread "$s" >out
	cmp bytes out
}

@test "shmread reads what a program linked with the system's library wrote through a mapping" {
	"$(peer shm)" write "/$s" 2 'y, '
	run shmread "$s"
	assert_output 'Hey, !'
}

@test "shmread of an empty object writes nothing" {
	shmresize "$s" 0
	run shmread "$s"
	assert_success
	assert_output ''
	run shmread -o 0 -l 5 "$s"
	assert_success
	assert_output ''
}

@test "shmread writes all of a large object" {
	head -c 3000001 /dev/urandom >bytes
	shmwrite "$s" <bytes
	shmread "$s" >out
	cmp bytes out
	shmread "$s" | cmp - bytes
	shmread -o 1000000 -l 1000001 "$s" | cmp - <(tail -c +1000001 bytes | head -c 1000001)
}

@test "shmread --offset and --length select a range" {
	local row
	for row in '-o 0:Hello!' '-o 2:llo!' '-o 5:!' '-o 6:' '-l 0:' '-l 1:H' '-l 6:Hello!' '-o 1 -l 3:ell' '-o 5 -l 1:!' '--offset=4 --length=1K:o!'; do
		# shellcheck disable=SC2086 # options
		run --separate-stderr shmread ${row%:*} "$s"
		assert_success
		assert_output "${row#*:}"
		assert_stderr ''
	done
}

@test "shmread --length past the end writes up to the end" {
	run --separate-stderr shmread -o 4 -l 9223372036854775807 "$s"
	assert_success
	assert_output 'o!'
	assert_stderr ''
}

@test "shmread refuses an offset past the end and reports the size" {
	run --separate-stderr shmread -o 7 "$s"
	assert_failure 1
	assert_output ''
	assert_stderr "shmread: /$s: offset 7: past the end (size 6)"
	run shmread -o 9223372036854775807 -l 0 "$s"
	assert_failure 1
}

@test "shmread refuses an invalid offset or length" {
	local value
	for value in '' 1.5; do
		run --separate-stderr shmread -o "$value" "$s"
		assert_failure 2
		assert_equal "${stderr_lines[0]%%:*}" shmread
		run --separate-stderr shmread -l "$value" "$s"
		assert_failure 2
		assert_output ''
	done
}

@test "shmread of an object that does not exist: status 4" {
	run shmread "$(name missing)"
	assert_failure 4
	assert_output "shmread: /$(name missing): no such shared memory object (shmcreate makes one)"
}

@test "shmread requires read permission" {
	requires nobody
	chmod 200 "/dev/shm/$s"
	run shmread "$s"
	assert_failure 1
	assert_output "shmread: /$s: Permission denied"
}

@test "shmread reports the type of a file that is not a shared memory object, without waiting" {
	local kind
	for kind in 'mkdir:a directory' 'mkfifo:a FIFO' "ln -s $s:a symbolic link"; do
		${kind%:*} "/dev/shm/$s.x"
		run within 5 shmread "$s.x"
		assert_failure 1
		assert_output "shmread: /$s.x: is ${kind#*:}, not a shared memory object"
		rm -d "/dev/shm/$s.x"
	done
}

@test "shmread fails if its output cannot be written" {
	to_full() { "$@" >/dev/full; }
	run --separate-stderr to_full shmread "$s"
	assert_failure 1
	assert_stderr 'shmread: standard output: No space left on device'
	to_nowhere() { "$@" >&-; }
	run --separate-stderr to_nowhere shmread "$s"
	assert_failure 1
	assert_stderr 'shmread: standard output: Bad file descriptor'
	shmresize "$s" 0
	run --separate-stderr to_nowhere shmread "$s"
	assert_failure 1
	assert_stderr 'shmread: standard output: Bad file descriptor'
}

@test "shmread exits silently if the reader has closed its output" {
	mkfifo pipe
	exec 7<>pipe 8>pipe 7<&-
	to_the_gone() { "$@" >&8; }
	run --separate-stderr to_the_gone shmread "$s"
	exec 8>&-
	assert_failure 141
	assert_stderr ''
}

@test "shmread refuses the object itself as its output" {
	onto_itself() { "$@" >>"/dev/shm/$s"; }
	run onto_itself shmread "$s"
	assert_failure 1
	assert_output "shmread: /$s: standard output is the object itself"
	assert_equal "$(shmread "$s")" Hello!
}

@test "shmread reports an object that is truncated while it reads, and is not killed" {
	shmresize "$s" 4M
	mkfifo pipe
	exec 8<>pipe 7<pipe
	spawn shmread "$s" >pipe 2>err 7<&- 8<&-
	exec 8<&-
	wait_until sleeping "$spawned"
	shmresize "$s" 10
	cat <&7 >out
	exec 7<&-
	collect
	assert_equal "$status" 1
	assert_equal "$(<err)" "shmread: /$s: truncated while it was read: stopped at byte $(stat -c %s out)"
}

@test "shmread ends although the object grows while it reads" {
	shmresize "$s" 1M
	mkfifo pipe
	exec 8<>pipe 7<pipe
	spawn shmread "$s" >pipe 7<&- 8<&-
	exec 8<&-
	wait_until sleeping "$spawned"
	shmresize "$s" 4M
	cat <&7 >out
	exec 7<&-
	collect
	assert_equal "$status $(stat -c %s out)" '0 1048576'
}

@test "shmread can be interrupted while the reader does not read" {
	shmresize "$s" 4M
	mkfifo pipe
	exec 7<>pipe
	local signal
	for signal in INT:130 TERM:143; do
		spawn shmread "$s" >pipe 7>&-
		wait_until sleeping "$spawned"
		kill "-${signal%:*}" "$spawned"
		collect
		assert_equal "$status" "${signal#*:}"
	done
	exec 7>&-
}

# random NAME SIZE: an object of random bytes, and the same in the file bytes
random() {
	head -c "$2" /dev/urandom >bytes
	shmwrite "$1" <bytes
}

@test "shmread writes a large object to a pipe, from any offset and of any length" {
	random "$s" 5000001
	local row
	for row in '-o 0' '-o 1' '-o 4095 -l 4000000' '-o 4097 -l 1179649' '-l 1179648' '-l 4999999' '-o 5000000' '--copy' '--copy -o 77'; do
		# shellcheck disable=SC2086 # options
		shmread $row "$s" | cat >out
		# shellcheck disable=SC2086 # options
		shmread $row "$s" >expected
		cmp out expected
	done
	shmread -o 4095 -l 4000000 "$s" | cat | cmp - <(tail -c +4096 bytes | head -c 4000000)
}

@test "what shmread leaves in a pipe does not change after it has exited" {
	random "$s" 2000000
	mkfifo pipe
	exec 8<>pipe 7<pipe
	spawn shmread "$s" >pipe 7<&- 8<&-
	exec 8<&-
	# at each step the pipe is as full as it can be
	: >out
	until gone "$spawned"; do
		wait_until eval "sleeping $spawned || gone $spawned"
		head -c 65536 <&7 >>out
	done
	collect
	assert_equal "$status" 0
	shmwrite -o 0 "$s" </dev/zero || true
	shmwrite "$s" 'something else'
	shmunlink "$s"
	cat <&7 >>out
	exec 7<&-
	cmp out bytes
}

@test "what shmread leaves in a pipe does not change if another process has enlarged the pipe" {
	requires command:python3
	random "$s" 3500000
	mkfifo pipe
	exec 8<>pipe 7<pipe
	python3 -c 'import fcntl; fcntl.fcntl(8, 1031, 1 << 20)'
	spawn shmread "$s" >pipe 7<&- 8<&-
	exec 8<&-
	: >out
	until gone "$spawned"; do
		wait_until eval "sleeping $spawned || gone $spawned"
		head -c 262144 <&7 >>out
	done
	collect
	shmwrite -o 0 "$s" </dev/zero || true
	shmunlink "$s"
	cat <&7 >>out
	exec 7<&-
	cmp out bytes
}

@test "shmread exits before anything is read if the pipe holds all of the object" {
	shmresize "$s" 65536
	mkfifo pipe
	exec 7<>pipe
	within 5 shmread "$s" >&7
	head -c 65536 <&7 | cmp - "/dev/shm/$s"
	exec 7>&-
}

@test "shmread writes holes, and to pipes with O_APPEND or O_NONBLOCK" {
	requires command:python3
	shmresize "$s" 4M
	shmwrite -o 2M "$s" middle
	shmread "$s" | cmp - "/dev/shm/$s"
	mkfifo pipe
	exec 8<>pipe 7<pipe
	python3 -c 'import fcntl, os; fcntl.fcntl(8, fcntl.F_SETFL, os.O_NONBLOCK)'
	spawn shmread "$s" >&8 7<&-
	exec 8<&-
	wait_until sleeping "$spawned"
	cat <&7 >out
	collect
	cmp out "/dev/shm/$s"
	spawn shmread "$s" >>pipe 7<&-
	cat <&7 >out
	collect
	exec 7<&-
	cmp out "/dev/shm/$s"
}

@test "shmread loses and doubles nothing if the kernel does not splice, from the start or later" {
	requires program plain command:strace
	random "$s" 3000000
	local error tries
	for error in EINVAL:when=1+ ENOSYS:when=2+ EPERM:when=3 EAGAIN:when=2+3 EINTR:when=1+2; do
		strace -qq -o trace -e trace=splice -e "inject=splice:error=$error" shmread "$s" | cat >out
		cmp out bytes
		grep -q INJECTED trace
		# tried again only if that may help
		[[ $error == EAGAIN* || $error == EINTR* ]] && tries=many || tries=few
		assert_equal "$tries" "$( (($(wc -l <trace) > 3)) && echo many || echo few)"
	done
	strace -qq -o trace -e trace=splice shmread "$s" | cat >out
	grep -q 'splice(.*= [1-9]' trace
	strace -qq -o trace -e trace=splice shmread --copy "$s" | cat >out
	assert_equal "$(<trace)" ''
	cmp out bytes
}

@test "shmread appends to a file that is open for appending, and writes at the offset of another" {
	random "$s" 2000000
	echo first >file
	shmread "$s" >>file
	cmp file <(echo first && cat bytes)
	{
		echo second
		shmread "$s"
		echo last
	} >file
	cmp file <(echo second && cat bytes && echo last)
}

@test "shmread reads the beginning of the largest object" {
	shmresize "$s" 9223372036854775807
	run -0 eval 'shmread "$s" | head -c 3000000 | tr -d "\\0" | wc -c; echo "${PIPESTATUS[0]}"'
	assert_output $'6\n141'
}

@test "shmread can be interrupted while the reader always reads" {
	shmresize "$s" 9223372036854775807
	local option
	for option in --copy --progress=always; do
		spawn shmread "$option" --progress=always "$s" >/dev/null 2>err
		wait_until grep -q iB err
		kill -INT "$spawned"
		collect
		assert_equal "$status" 130
		spawn shmread "$option" --progress=always "$s" > >(cat >/dev/null) 2>err
		wait_until grep -q iB err
		kill -INT "$spawned"
		collect
		assert_equal "$status" 130
	done
}
