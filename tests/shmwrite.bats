#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

setup() {
	basic_setup
	s=$(name s)
	shmcreate "$s" 10
	shmwrite -o 0 "$s" 0123456789
}

teardown() {
	shmunlink -f "$s"
	basic_teardown
}

contents() {
	cat "/dev/shm/$s"
}

# In a subshell, so that the limit holds for builtins and not for the test.
limited() {
	(ulimit -f 8 && "$@")
}

@test "shmwrite replaces the contents: the object becomes as long as the text" {
	run shmwrite "$s" Hello!
	assert_success
	assert_output ''
	assert_equal "$(contents)" Hello!
	shmwrite "$s" 'a longer text than that'
	assert_equal "$(contents)" 'a longer text than that'
	shmwrite "$s" ''
	assert_equal "$(stat -c %s "/dev/shm/$s")" 0
}

@test "a program linked with the system's library reads through a mapping what shmwrite wrote" {
	shmwrite "$s" Hello!
	assert_equal "$("$(peer shm)" read "/$s")" Hello!
}

@test "shmwrite writes into an object that a program has mapped" {
	mkfifo in
	exec 7<>in
	spawn "$(peer shm)" hold "/$s" <in >out 7>&-
	wait_until grep -q mapped out
	shmwrite -o 3 "$s" abc
	exec 7>&-
	collect
	assert_equal "$(<out)" $'mapped\n012abc6789'
}

@test "shmwrite replaces the contents by standard input: a pipe, a file, nothing" {
	printf 'a\0b\n\xff' >bytes
	shmwrite "$s" <bytes
	cmp bytes "/dev/shm/$s"
	head -c 1000003 /dev/urandom >bytes
	shmwrite "$s" < <(cat bytes)
	cmp bytes "/dev/shm/$s"
	shmwrite "$s" </dev/null
	assert_equal "$(stat -c %s "/dev/shm/$s")" 0
	shmwrite "$s" </proc/self/mountinfo
	[[ -s /dev/shm/$s ]]
}

@test "shmwrite reads a file from its current offset" {
	echo first >file
	echo second >>file
	{
		read -r line
		shmwrite "$s"
	} <file
	assert_equal "$line" first
	assert_equal "$(contents)" second
}

@test "shmwrite --verbose reports the number of bytes" {
	run --separate-stderr shmwrite -v "$s" Hello!
	assert_success
	assert_output ''
	assert_stderr 'Copying 6 bytes'
	run --separate-stderr shmwrite -v -o 3 "$s" <<<abc
	assert_failure 1
	run --separate-stderr shmwrite -v "$s" <<<abc
	assert_stderr 'Copying 4 bytes'
	run --separate-stderr shmwrite -v "$s" ''
	assert_stderr 'Copying 0 bytes'
}

@test "shmwrite --offset writes in place" {
	shmwrite -o 3 "$s" abc
	assert_equal "$(contents)" 012abc6789
	shmwrite -o 0 "$s" x
	assert_equal "$(contents)" x12abc6789
	shmwrite -o 7 "$s" xyz
	assert_equal "$(contents)" x12abc6xyz
	printf ab | shmwrite -o 8 "$s"
	assert_equal "$(contents)" x12abc6xab
	shmwrite -o 10 "$s" ''
	shmwrite -o 10 "$s" </dev/null
	assert_equal "$(contents)" x12abc6xab
}

@test "shmwrite --offset refuses input past the end before anything is written" {
	run --separate-stderr shmwrite -o 8 "$s" abc
	assert_failure 1
	assert_stderr "shmwrite: /$s: 3 bytes at offset 8: past the end (size 10)"
	assert_equal "$(contents)" 0123456789
	printf abcdef >file
	run --separate-stderr shmwrite -o 5 "$s" <file
	assert_failure 1
	assert_stderr "shmwrite: /$s: 6 bytes at offset 5: past the end (size 10)"
	assert_equal "$(contents)" 0123456789
	run --separate-stderr shmwrite -o 11 "$s" ''
	assert_failure 1
	assert_stderr "shmwrite: /$s: offset 11: past the end (size 10)"
	run shmwrite -o 9223372036854775807 "$s" abc
	assert_failure 1
}

@test "shmwrite --offset writes a stream up to the end and no further" {
	printf abcdef >file
	from_pipe() { "$@" < <(cat file); }
	run --separate-stderr from_pipe shmwrite -o 7 "$s"
	assert_failure 1
	assert_stderr "shmwrite: /$s: input too long: 3 bytes written at offset 7 (size 10)"
	assert_equal "$(contents)" 0123456abc
	run --separate-stderr from_pipe shmwrite -o 11 "$s"
	assert_failure 1
	assert_stderr "shmwrite: /$s: offset 11: past the end (size 10)"
	run from_pipe shmwrite -o 4 "$s"
	assert_success
	assert_equal "$(contents)" 0123abcdef
}

@test "shmwrite --grow enlarges the object" {
	shmwrite -o 8 -g "$s" abcd
	assert_equal "$(contents)" 01234567abcd
	printf xy | shmwrite -o 12 --grow "$s"
	assert_equal "$(contents)" 01234567abcdxy
	shmwrite -g -o 16 "$s" z
	cmp "/dev/shm/$s" <(printf '01234567abcdxy\0\0z')
	shmwrite -g -o 0 "$s" X
	assert_equal "$(stat -c %s "/dev/shm/$s")" 17
}

@test "shmwrite --grow requires --offset" {
	run --separate-stderr shmwrite -g "$s" abc
	assert_failure 2
	assert_equal "${stderr_lines[0]}" 'shmwrite: --grow requires --offset'
	assert_equal "$(contents)" 0123456789
}

@test "shmwrite writes nothing past the largest size" {
	run shmwrite -g -o 9223372036854775806 "$s" abc
	assert_failure 1
	assert_equal "$(contents)" 0123456789
	shmwrite -g -o 9223372036854775806 "$s" a
	assert_equal "$(stat -c %s "/dev/shm/$s")" 9223372036854775807
}

@test "shmwrite to an object that does not exist: status 4" {
	run shmwrite "$(name missing)" text
	assert_failure 4
	assert_output "shmwrite: /$(name missing): no such shared memory object (shmcreate makes one)"
	[[ ! -e /dev/shm/$(name missing) ]]
}

@test "shmwrite does not require read permission" {
	chmod 200 "/dev/shm/$s"
	shmwrite "$s" abc
	chmod 600 "/dev/shm/$s"
	assert_equal "$(contents)" abc
}

@test "shmwrite requires write permission" {
	requires nobody
	chmod 400 "/dev/shm/$s"
	run shmwrite "$s" abc
	assert_failure 1
	assert_output "shmwrite: /$s: Permission denied"
	assert_equal "$(contents)" 0123456789
}

@test "shmwrite reports the type of a file that is not a shared memory object, without waiting" {
	local kind
	for kind in 'mkdir:a directory' 'mkfifo:a FIFO' "ln -s $s:a symbolic link"; do
		${kind%:*} "/dev/shm/$s.x"
		run within 5 shmwrite "$s.x" text
		assert_failure 1
		assert_output "shmwrite: /$s.x: is ${kind#*:}, not a shared memory object"
		rm -d "/dev/shm/$s.x"
	done
	assert_equal "$(contents)" 0123456789
}

@test "shmwrite refuses the object itself as its input" {
	run shmwrite "$s" <"/dev/shm/$s"
	assert_failure 1
	assert_output "shmwrite: /$s: standard input is the object itself"
	run shmwrite -g -o 10 "$s" <"/dev/shm/$s"
	assert_failure 1
	assert_equal "$(contents)" 0123456789
	shmwrite -o 0 "$s" xyz <"/dev/shm/$s"
	assert_equal "$(contents)" xyz3456789
	shmcreate "$s.x" 3
	shmwrite "$s" <"/dev/shm/$s.x"
	assert_equal "$(stat -c %s "/dev/shm/$s")" 3
	shmunlink "$s.x"
}

@test "shmwrite does not change the object if its input cannot be read" {
	closed() { "$@" <&-; }
	run --separate-stderr closed shmwrite "$s"
	assert_failure 1
	assert_stderr 'shmwrite: standard input: Bad file descriptor'
	run --separate-stderr shmwrite "$s" </
	assert_failure 1
	assert_stderr 'shmwrite: standard input: Is a directory'
	assert_equal "$(contents)" 0123456789
}

@test "shmwrite with TEXT works with closed standard descriptors" {
	shmwrite "$s" abc <&- >&- 2>&-
	assert_equal "$(contents)" abc
}

@test "shmwrite of a text that does not fit in memory changes nothing" {
	requires mounts
	run tiny_shm 64k "shmcreate s 3 && shmwrite s abc
		head -c 65537 /dev/zero >file
		shmwrite s <file; echo \$?; cat /dev/shm/s; shmstat -J s"
	assert_line -n 0 'shmwrite: /s: 65537 bytes at offset 0: No space left on device (61440 bytes are free in /dev/shm)'
	assert_line -n 1 1
	assert_line -n 2 --partial 'abc{'
	assert_line -n 2 --partial '"size":3,"allocated":4096}'
	run tiny_shm 64k "shmcreate s 3 && shmwrite s abc; shmcreate --reserve other 60K
		shmwrite -g -o 3 s \"\$(printf '%5000d' 0)\"; cat /dev/shm/s; shmstat -J s"
	assert_line -n 0 'shmwrite: /s: 5000 bytes at offset 3: No space left on device (0 bytes are free in /dev/shm)'
	assert_line -n 1 --partial '"size":3,"allocated":4096}'
}

@test "shmwrite of a stream that does not fit in memory reports how much was written" {
	requires mounts
	run tiny_shm 64k "shmcreate s 3; shmwrite s </dev/zero; echo \$?; stat -c %s /dev/shm/s"
	assert_line -n 0 'shmwrite: /s: short write: 65536 bytes written, the size is now 65536: No space left on device (0 bytes are free in /dev/shm)'
	assert_line -n 1 1
	assert_line -n 2 65536
}

@test "shmwrite into a hole without free memory fails, and is not killed" {
	requires mounts
	run tiny_shm 64k "shmcreate hole 1M; shmcreate --reserve other 64K
		shmwrite -o 512K hole x; shmstat -J hole"
	assert_line -n 0 'shmwrite: /hole: 1 bytes at offset 524288: No space left on device (0 bytes are free in /dev/shm)'
	assert_line -n 1 --partial '"size":1048576,"allocated":0}'
}

@test "shmwrite of a text past RLIMIT_FSIZE changes nothing and reports the limit's value" {
	head -c 9000 /dev/zero >file
	run limited shmwrite "$s" <file
	assert_failure 1
	assert_output "shmwrite: /$s: 9000 bytes at offset 0: File too large (RLIMIT_FSIZE is 8192 bytes)"
	assert_equal "$(contents)" 0123456789
}

@test "shmwrite of a stream past RLIMIT_FSIZE reports how much was written" {
	run limited shmwrite "$s" </dev/zero
	assert_failure 1
	assert_output "shmwrite: /$s: short write: 8192 bytes written, the size is now 8192: File too large (RLIMIT_FSIZE is 8192 bytes)"
}

@test "shmwrite reports that the object cannot be truncated" {
	requires program plain command:strace
	run strace -qq -o trace -e trace=ftruncate -e inject=ftruncate:error=EIO shmwrite "$s" abc
	assert_failure 1
	assert_output "shmwrite: /$s: short write: 3 bytes written, the size is now 10: Input/output error"
}

@test "shmwrite frees reserved memory if its input became shorter" {
	requires program plain command:strace
	head -c 100000 /dev/zero >file
	# the second part of the file is cut off before it is read
	shortened() { strace -qq -o trace -e trace=read,sendfile -P file -e inject=read,sendfile:retval=0:when=1 "$@" <file; }
	shortened shmwrite -g -o 5 "$s"
	assert_equal "$(contents) $(stat -c %b "/dev/shm/$s")" '0123456789 8'
	shortened shmwrite "$s"
	assert_equal "$(stat -c '%s %b' "/dev/shm/$s")" '0 0'
}

@test "shmwrite overwrites the old contents, and truncates last" {
	mkfifo pipe
	exec 7<>pipe
	from_pipe() { exec 7>&- && shmwrite "$s"; }
	spawn from_pipe <pipe
	wait_until sleeping "$spawned"
	assert_equal "$(contents)" 0123456789
	printf abc >&7
	wait_until grep -q abc3456789 "/dev/shm/$s"
	exec 7>&-
	collect
	assert_equal "$status" 0
	assert_equal "$(contents)" abc
}

@test "shmwrite that is interrupted leaves what had arrived in the object" {
	local signal
	mkfifo pipe
	exec 7<>pipe
	for signal in INT:130 TERM:143 HUP:129; do
		spawn shmwrite "$s" <pipe 2>err
		wait_until sleeping "$spawned"
		printf abc >&7
		wait_until grep -q abc "/dev/shm/$s"
		wait_until sleeping "$spawned"
		kill "-${signal%:*}" "$spawned"
		collect
		assert_equal "$status" "${signal#*:}"
		assert_equal "$(contents)" abc3456789
		assert_equal "$(<err)" ''
	done
	exec 7>&-
}

@test "shmwrite that is interrupted before the first byte does not change the object" {
	mkfifo pipe
	exec 7<>pipe
	spawn shmwrite "$s" <pipe
	wait_until sleeping "$spawned"
	kill -INT "$spawned"
	collect
	assert_equal "$status" 130
	assert_equal "$(contents)" 0123456789
	exec 7>&-
}

@test "shmwrite writes all of a large stream, from pipes of any pace and from files" {
	head -c 5000001 /dev/urandom >bytes
	shmwrite "$s" < <(cat bytes)
	cmp bytes "/dev/shm/$s"
	{
		head -c 100 && sleep 0.01 && head -c 65537 && sleep 0.01 && cat
	} <bytes | shmwrite -o 77 -g "$s"
	cmp bytes <(tail -c +78 "/dev/shm/$s")
	{
		head -c 1000 >/dev/null
		shmwrite "$s"
	} <bytes
	cmp <(tail -c +1001 bytes) "/dev/shm/$s"
}

@test "shmwrite --offset accepts a large stream up to the end of the object, and refuses one byte more" {
	shmresize "$s" 3000000
	head -c 2999990 /dev/urandom >bytes
	shmwrite -o 10 "$s" < <(cat bytes)
	cmp bytes <(tail -c +11 "/dev/shm/$s")
	echo >>bytes
	from_pipe() { "$@" < <(cat bytes); }
	run from_pipe shmwrite -o 10 "$s"
	assert_failure 1
	assert_output "shmwrite: /$s: input too long: 2999990 bytes written at offset 10 (size 3000000)"
	assert_equal "$(stat -c %s "/dev/shm/$s")" 3000000
}

@test "shmwrite loses and doubles nothing if the kernel does not splice, from the start or later" {
	requires program plain command:strace
	head -c 3000000 /dev/urandom >bytes
	local error
	for error in EINVAL:when=1+ ENOSYS:when=2+ EPERM:when=3 EAGAIN:when=2+3 EINTR:when=1+2; do
		strace -qq -o trace -e trace=splice -e "inject=splice:error=$error" shmwrite "$s" < <(cat bytes)
		grep -q INJECTED trace
		cmp bytes "/dev/shm/$s"
		strace -qq -o trace -e trace=sendfile -e "inject=sendfile:error=$error" shmwrite "$s" <bytes
		grep -q INJECTED trace
		cmp bytes "/dev/shm/$s"
	done
	strace -qq -o trace -e trace=splice shmwrite "$s" < <(cat bytes)
	grep -q 'splice(.*= [1-9]' trace
	strace -qq -o trace -e trace=sendfile shmwrite "$s" <bytes
	grep -q 'sendfile(.*= [1-9]' trace
}

@test "shmwrite from a pipe reports how much was written before memory or RLIMIT_FSIZE was exhausted" {
	head -c 100000 /dev/zero >file
	run limited shmwrite "$s" < <(cat file)
	assert_failure 1
	assert_output "shmwrite: /$s: short write: 8192 bytes written, the size is now 8192: File too large (RLIMIT_FSIZE is 8192 bytes)"
	requires mounts
	run tiny_shm 64k "shmcreate s 3; head -c 1M /dev/zero | shmwrite s; echo \$?; stat -c %s /dev/shm/s
		shmcreate hole 1M; head -c 100 /dev/zero | shmwrite -o 512K hole; echo \$?"
	assert_line -n 0 'shmwrite: /s: short write: 65536 bytes written, the size is now 65536: No space left on device (0 bytes are free in /dev/shm)'
	assert_line -n 1 1
	assert_line -n 2 65536
	assert_line -n 3 'shmwrite: /hole: short write: 0 bytes written, the size is now 1048576: No space left on device (0 bytes are free in /dev/shm)'
	assert_line -n 4 1
}

@test "shmwrite waits for a pipe with O_NONBLOCK" {
	requires command:python3
	mkfifo pipe
	exec 7<>pipe 8<pipe
	python3 -c 'import fcntl, os; fcntl.fcntl(8, fcntl.F_SETFL, os.O_NONBLOCK)'
	from_pipe() { exec 7>&- && shmwrite "$s"; }
	spawn from_pipe <&8
	exec 8<&-
	wait_until sleeping "$spawned"
	printf abc >&7
	wait_until grep -q abc "/dev/shm/$s"
	exec 7>&-
	collect
	assert_equal "$status" 0
	assert_equal "$(contents)" abc
}

@test "shmwrite accepts a text that begins with a dash after --" {
	shmwrite "$s" -- -v
	assert_equal "$(contents)" -v
	shmwrite -- "$s" --help
	assert_equal "$(contents)" --help
	run --separate-stderr shmwrite "$s" -x
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "shmwrite: unknown option '-x': a TEXT that begins with a dash must follow --"
}

@test "shmwrite refuses two texts" {
	run --separate-stderr shmwrite "$s" a b
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "shmwrite: extra operand 'b'"
	assert_equal "$(contents)" 0123456789
}

@test "shmwrite called many times as a builtin leaves the shell unchanged" {
	requires builtin plain
	local before after memory
	round() {
		local i
		for ((i = 0; i < $1; i++)); do
			shmwrite "$s" text
			shmread -o 1 "$s"
			shmresize "$s" 8
			shmcreate -e "$s" 8
			shmwrite "$s" <file
		done >/dev/null
	}
	echo input >file
	round 200
	before=(/proc/$$/fd/*) memory=$(awk '/VmRSS/ { print $2 }' /proc/$$/status)
	round 5000
	after=(/proc/$$/fd/*)
	assert_equal "${after[*]}" "${before[*]}"
	assert [ "$(awk '/VmRSS/ { print $2 }' /proc/$$/status)" -le $((memory + 256)) ]
}
