#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# System V segments with shmcreate, shmwrite, shmread, shmstat, shmresize and shmunlink.
# applets: shmcreate shmwrite shmread shmstat shmresize shmunlink

load helper

# Choose a key of our own: $s as messages have it, $key for the other end.
segment() {
	key=$(key s)
	s=key:$key
	later shmunlink -f "$s"
	shmcreate "$@" >/dev/null
}

limit() {
	cat "/proc/sys/kernel/$1"
}

@test "shmcreate creates a segment with a key, prints its id, and a C program uses it" {
	key=$(key s)
	later shmunlink -f "key:$key"
	run shmcreate "key:$key" 100
	assert_success
	assert_output --regexp '^id:[0-9]+$'
	local by_id=$output
	run "$(peer sysv)" attached "$key"
	assert_output '0600 100 0'
	"$(peer sysv)" write "$key" 10 'from C'
	run shmread -o 10 -l 6 "$by_id"
	assert_output 'from C'
	shmwrite -o 94 "$by_id" 'to C!!'
	run "$(peer sysv)" read "$key" 94 6
	assert_output 'to C!!'
	run shmread "key:$key"
	assert_success
	assert_equal "$(shmread "key:$key" | wc -c)" 100
}

@test "shmread and shmwrite use a segment of a C program" {
	key=$(key s)
	later shmunlink -f "key:$key"
	"$(peer sysv)" segment "$key" 8192
	shmwrite "key:$key" text
	run "$(peer sysv)" read "$key" 0 4
	assert_output text
}

@test "shmcreate private: creates a segment that only its id names" {
	local id command
	id=$(shmcreate private: 10)
	later shmunlink -f "$id"
	shmwrite "$id" 0123456789
	run shmread "$id"
	assert_output 0123456789
	run shmstat -J "$id"
	assert_output --partial '"key":null'
	for command in shmread shmwrite shmstat shmunlink; do
		run --separate-stderr "$command" private:
		assert_failure 2
		assert_stderr --partial "$command: private: always creates a new object"
	done
}

@test "every command refuses an invalid System V address and reports the rule" {
	local command bad
	for bad in key:0 id:x ftok:/:0 private:x; do
		for command in shmread shmwrite shmstat shmunlink; do
			run --separate-stderr "$command" "$bad"
			assert_failure 2
			assert_stderr --partial "$command: '$bad': "
		done
		for command in shmcreate shmresize; do
			run --separate-stderr "$command" "$bad" 1
			assert_failure 2
			assert_output ''
		done
	done
	run --separate-stderr shmcreate id:7 10
	assert_failure 2
	assert_stderr --partial "shmcreate: 'id:7': an id cannot be chosen"
}

@test "shmcreate --mode of a segment does not apply the umask" {
	local option
	umask 077
	for option in '' --reserve; do
		# shellcheck disable=SC2086
		segment -m 646 $option "key:$(key s)" 10
		run shmstat -J "$s"
		assert_output --partial '"mode":"0646"'
		shmunlink "$s"
		# shellcheck disable=SC2086
		segment -m 0 $option "key:$(key s)" 10
		run shmstat -J "$s"
		assert_output --partial '"mode":"0000"'
		shmunlink "$s"
	done
}

@test "shmcreate of a segment that exists: status 5, with --ensure 0 if size and mode are the same" {
	segment -m 640 "key:$(key s)" 100
	run --separate-stderr shmcreate "$s" 100
	assert_failure 5
	assert_output ''
	assert_stderr "shmcreate: $s: File exists"
	local option
	for option in -m640 --reserve; do
		run shmcreate -e -m 640 "$option" "$s" 100
		assert_success
		assert_output --regexp '^id:[0-9]+$'
	done
	run --separate-stderr shmcreate -e -m 640 "$s" 101
	assert_failure 5
	assert_stderr "shmcreate: $s: exists, but with a size of 100 bytes, not 101"
	run --separate-stderr shmcreate -e -m 600 "$s" 100
	assert_failure 5
	assert_stderr "shmcreate: $s: exists, but with mode 0640, not 0600"
}

@test "many shmcreate --ensure of a segment at the same time all succeed" {
	local i
	s=key:$(key s)
	later shmunlink -f "$s"
	for i in {1..8}; do
		spawn shmcreate -e -m 640 "$s" 1000 >>ids
	done
	all_succeed_within 10
	assert_equal "$(sort -u ids | wc -l)" 1
}

@test "shmcreate --ensure gives up if the segment is removed each time" {
	requires program plain command:strace
	s=key:$(key s)
	later shmunlink -f "$s"
	strace -qq -o trace -e trace=shmget -e inject=shmget:error=EEXIST:when=2 shmcreate -e "$s" 10
	assert_equal "$(wc -l <trace)" 4
	shmunlink "$s"
	run --separate-stderr within 10 strace -qq -o trace -e trace=shmget -e inject=shmget:error=EEXIST:when=2+2 shmcreate -e "$s" 10
	assert_failure 5
	assert_stderr "shmcreate: $s: 10 bytes: File exists"
}

@test "shmcreate refuses a size that no segment can have, and leaves none" {
	s=key:$(key s)
	run --separate-stderr shmcreate "$s" 0
	assert_failure 2
	assert_stderr --partial "shmcreate: $s: a System V segment has at least 1 byte"
	run --separate-stderr shmcreate "$s" 4000P
	assert_failure 1
	assert_output ''
	assert_stderr --regexp "^shmcreate: $s: 4503599627370496000 bytes"
	run shmstat "$s"
	assert_failure 4
}

@test "shmcreate reports the limits of System V segments with their values" {
	requires program root namespaces command:unshare
	run --separate-stderr unshare --ipc sh -c 'echo 4096 >/proc/sys/kernel/shmmax && exec shmcreate key:1 4097'
	assert_failure 1
	assert_stderr 'shmcreate: key:0x00000001: a size of 4097 bytes exceeds kernel.shmmax (4096)'"; 'sysctl kernel.shmmax=4097' raises it"
	run --separate-stderr unshare --ipc sh -c 'echo 1 >/proc/sys/kernel/shmmni && shmcreate key:1 1 && exec shmcreate key:2 1'
	assert_failure 1
	assert_stderr 'shmcreate: key:0x00000002: the number of segments has reached kernel.shmmni (1)'"; 'sysctl kernel.shmmni=2' raises it"
	run --separate-stderr unshare --ipc sh -c 'echo 2 >/proc/sys/kernel/shmall && exec shmcreate key:1 8193'
	assert_failure 1
	assert_stderr 'shmcreate: key:0x00000001: 8193 bytes exceed kernel.shmall (2 pages, 0 in use)'"; 'sysctl kernel.shmall=3' raises it"
}

@test "shmcreate removes a segment whose id cannot be printed" {
	s=key:$(key s)
	create_full() { shmcreate "$s" 10 >/dev/full; }
	run --separate-stderr create_full
	assert_failure 1
	assert_stderr 'shmcreate: standard output: No space left on device'
	create_closed() { shmcreate "$s" 10 >&-; }
	run create_closed
	assert_failure 1
	run shmstat "$s"
	assert_failure 4
	segment "$s" 10
	ensure_full() { shmcreate -e "$s" 10 >/dev/full; }
	run ensure_full
	assert_failure 1
	shmstat "$s"
}

@test "commands report that memory is not available, and are not killed" {
	requires program plain command:strace
	with() { strace -qq -o trace -e trace=madvise -e "inject=madvise:$1" "${@:2}"; }
	s=key:$(key s)
	run with error=EFAULT shmcreate --reserve "$s" 8192
	assert_failure 1
	assert_output "shmcreate: $s: 8192 bytes: Cannot allocate memory"
	run shmstat "$s"
	assert_failure 4
	# the reason is the same if the segment was removed in the meantime
	run with error=EFAULT -e trace=madvise,shmctl -e inject=shmctl:error=EIDRM:when=2 shmcreate --reserve "$s" 8192
	assert_failure 1
	assert_output "shmcreate: $s: 8192 bytes: Cannot allocate memory"
	shmunlink "$s"
	segment "$s" 1M
	run with error=EFAULT shmcreate -e --reserve "$s" 1M
	assert_failure 1
	assert_output "shmcreate: $s: 1048576 bytes: Cannot allocate memory"
	run with error=EFAULT shmread "$s"
	assert_failure 1
	assert_output "shmread: $s: Cannot allocate memory"
	run with error=EFAULT shmwrite -o 5000 "$s" text
	assert_failure 1
	assert_output --partial 'Cannot allocate memory'
	# an older kernel
	with error=EINVAL shmwrite -o 5000 "$s" text
	strace -qq -o trace -e trace=madvise shmread -o 5000 -l 4 "$s" >out
	assert_equal "$(<out)" text
	refute grep -q EINVAL trace
}

@test "shmcreate --reserve that is interrupted leaves no segment" {
	requires program plain command:strace
	local how
	s=key:$(key s)
	for how in signal=TERM:when=1 error=EINTR:signal=TERM; do
		run within 5 strace -qq -o trace -e trace=madvise -e "inject=madvise:$how" shmcreate --reserve "$s" 8192
		assert_failure 143
		assert_output ''
		run shmstat "$s"
		assert_failure 4
	done
}

@test "shmwrite writes a segment from the start, and refuses input that does not fit before it writes any" {
	segment "key:$(key s)" 8
	shmwrite -v "$s" abcdefgh
	shmwrite "$s" 123
	run shmread "$s"
	assert_output 123defgh
	run --separate-stderr shmwrite "$s" 123456789
	assert_failure 1
	assert_stderr "shmwrite: $s: 9 bytes at offset 0: past the end (size 8)"
	printf 123456789 >file
	write_file() { shmwrite "$s" <file; }
	run write_file
	assert_failure 1
	run --separate-stderr shmwrite -o 6 "$s" xyz
	assert_failure 1
	assert_stderr "shmwrite: $s: 3 bytes at offset 6: past the end (size 8)"
	run shmwrite -o 9 "$s" ''
	assert_failure 1
	run shmread "$s"
	assert_output 123defgh
	shmwrite -o 8 "$s" ''
}

@test "shmwrite of a stream stops at the end of a segment, and reports how much was written" {
	segment "key:$(key s)" 8
	write_stream() { printf 123456789 | cat | shmwrite "$s"; }
	run write_stream
	assert_failure 1
	assert_output "shmwrite: $s: input too long: 8 bytes written at offset 0 (size 8)"
	run shmread "$s"
	assert_output 12345678
}

@test "shmread reads what shmwrite wrote, over many pages and blocks" {
	segment "key:$(key s)" 1M
	head -c 1048576 /dev/urandom >bytes
	shmwrite "$s" <bytes
	shmread "$s" | cmp - bytes
	# shellcheck disable=SC2002 # a pipe is what is meant
	cat bytes | shmwrite "$s"
	shmread -o 4095 -l 300000 "$s" | cmp - <(tail -c +4096 bytes | head -c 300000)
	run shmread -o 1M "$s"
	assert_success
	assert_output ''
	run --separate-stderr shmread -o 1048577 "$s"
	assert_failure 1
	assert_stderr "shmread: $s: offset 1048577: past the end (size 1048576)"
}

@test "shmresize and shmwrite --grow refuse a segment: its size is fixed" {
	segment "key:$(key s)" 8
	run --separate-stderr shmresize "$s" 16
	assert_failure 2
	assert_stderr --partial "shmresize: $s: System V segments have a fixed size"
	run --separate-stderr shmwrite -o 4 -g "$s" 123456
	assert_failure 2
	assert_stderr --partial "shmwrite: $s: --grow: System V segments have a fixed size"
}

@test "shmstat shows the number of attaches, and a removed segment that is still attached" {
	local posix id
	posix=$(name posix)
	later shmunlink -f "$posix"
	shmcreate "$posix" 5
	segment -m 640 "key:$(key s)" 100
	id=$(shmcreate -e -m 640 "$s" 100)
	mkfifo gate
	exec 7<>gate
	spawn "$(peer sysv)" hold "$key" <gate >out
	wait_until grep -q attached out
	run shmstat "$posix" "$s"
	assert_line -n 0 --regexp '^SHM +MODE OWNER +SIZE +ALLOCATED ATTACHED +ID REMOVED$'
	assert_line -n 1 --regexp "^/$posix +0600 $(id -un) +5 +0 +- +- +-$"
	assert_line -n 2 --regexp "^$s +0640 $(id -un) +100 +- +1 +${id#id:} +false$"
	run shmstat -J "$s"
	assert_output --regexp "^\\{\"shm\":\"$s\",\"mode\":\"0640\",\"owner\":\"$(id -un)\",\"size\":100,\"allocated\":null,\"attached\":1,\"id\":${id#id:},\"removed\":false,\"key\":\"$key\",\"creator\":[0-9]+,\"last\":$spawned\\}$"
	shmunlink "$s"
	run shmstat "$s"
	assert_failure 4
	run shmstat -J "$id"
	assert_output --partial '"removed":true'
	kill -KILL "$spawned"
	collect
	exec 7>&-
	run --separate-stderr shmstat "$id"
	assert_failure 4
	assert_stderr "shmstat: $id: no such shared memory segment"
}

@test "shmstat shows a segment that may not be read; shmread and shmwrite refuse it" {
	requires nobody
	segment -m 0 "key:$(key s)" 10
	run shmstat -J "$s"
	assert_success
	assert_output --partial '"mode":"0000"'
	run shmread "$s"
	assert_failure 1
	assert_output "shmread: $s: Permission denied"
	run shmwrite "$s" x
	assert_failure 1
	shmunlink "$s"
	segment -m 400 "key:$(key s)" 3
	run shmread "$s"
	assert_success
	run shmwrite "$s" x
	assert_failure 1
	assert_output "shmwrite: $s: Permission denied"
}

@test "every command reports a segment that does not exist: status 4" {
	local command gone hint
	gone=$(shmcreate private: 1)
	shmunlink "$gone"
	for s in "key:$(key none)" "$gone"; do
		for command in shmread shmwrite shmstat shmunlink; do
			run --separate-stderr "$command" "$s" </dev/null
			assert_failure 4
			hint=' (shmcreate makes one)'
			[[ $command != shmunlink && $s == key:* ]] || hint=
			assert_stderr "$command: $s: no such shared memory segment$hint"
		done
		run shmunlink -f "$s"
		assert_success
	done
}

@test "shmread leaves no segment attached if its output fails" {
	segment "key:$(key s)" 10
	read_full() { shmread "$s" >/dev/full; }
	run --separate-stderr read_full
	assert_failure 1
	assert_stderr 'shmread: standard output: No space left on device'
	read_closed() { shmread "$s" >&-; }
	run read_closed
	assert_failure 1
	write_closed() { shmwrite "$s" <&-; }
	run write_closed
	assert_failure 1
	run "$(peer sysv)" attached "$key"
	assert_output '0600 10 0'
}

@test "20000 calls of builtins on a segment leave nothing attached" {
	requires builtin plain
	segment "key:$(key s)" 100
	local i maps
	maps=$(wc -l </proc/$$/maps)
	for ((i = 0; i < 10000; i++)); do
		shmwrite "$s" text
		shmread -l 4 "$s"
	done >/dev/null
	assert_equal "$(wc -l </proc/$$/maps)" "$maps"
	run "$(peer sysv)" attached "$key"
	assert_output '0600 100 0'
}
