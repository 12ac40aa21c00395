#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

setup() {
	basic_setup
	s=$(name s)
}

size_of() {
	stat -c %s "/dev/shm/$1"
}

mode_of() {
	stat -c %a "/dev/shm/$1"
}

@test "shmcreate creates an object of SIZE zeros with mode 0600" {
	run shmcreate "$s" 4096
	assert_success
	assert_output ''
	assert_equal "$(size_of "$s") $(mode_of "$s")" '4096 600'
	cmp "/dev/shm/$s" <(head -c 4096 /dev/zero)
	shmunlink "$s"
}

@test "shmcreate accepts three spellings of a name" {
	shmcreate "$s" 1
	run shmcreate "/$s" 1
	assert_failure 5
	assert_output "shmcreate: /$s: File exists"
	run shmcreate "/dev/shm/$s" 1
	assert_failure 5
	shmunlink "/dev/shm/$s"
	[[ ! -e /dev/shm/$s ]]
}

@test "shmcreate does not change an object that exists" {
	shmcreate "$s" 6
	shmwrite "$s" Hello!
	run shmcreate "$s" 100
	assert_failure 5
	assert_output "shmcreate: /$s: File exists"
	assert_equal "$(shmread "$s")" Hello!
	shmunlink "$s"
}

@test "shmcreate and a program linked with the system's library map each other's objects" {
	local other
	other=$(name other)
	shmcreate "$s" 10
	"$(peer shm)" write "/$s" 3 abc
	assert_equal "$(shmread -o 3 -l 3 "$s")" abc
	"$(peer shm)" create "/$other" 20
	run shmcreate --ensure "$other" 20
	assert_success
	shmunlink "$s" "$other"
}

@test "shmcreate --mode does not apply the umask" {
	local mask mode
	for mask in 000 022 077 777; do
		for mode in 0 600 0644 666 777 u=rw,g=r; do
			umask "$mask"
			shmcreate -m "$mode" "$s" 1
			umask 022
			[[ $mode != *=* ]] || mode=640
			assert_equal "$(printf '%03o' "0$(mode_of "$s")")" "$(printf '%03o' "0$mode")"
			shmunlink "$s"
		done
	done
}

@test "shmcreate --mode: a symbolic mode is relative to 0600, and the last of several counts" {
	shmcreate -m g+r "$s" 1
	assert_equal "$(mode_of "$s")" 640
	shmunlink "$s"
	shmcreate -m g+r -m o+r "$s" 1
	assert_equal "$(mode_of "$s")" 604
	shmunlink "$s"
}

@test "shmcreate accepts units of sizes" {
	local row
	for row in 0:0 1:1 4096:4096 64K:65536 64KiB:65536 64k:65536 64KB:64000 1M:1048576 1MB:1000000 2G:2147483648 7B:7; do
		shmcreate "$s" "${row%:*}"
		assert_equal "$(size_of "$s")" "${row#*:}"
		shmunlink "$s"
	done
}

@test "shmcreate creates an object of the largest size without allocating memory" {
	shmcreate "$s" 9223372036854775807
	assert_equal "$(size_of "$s")" 9223372036854775807
	assert_equal "$(stat -c %b "/dev/shm/$s")" 0
	shmunlink "$s"
}

@test "shmcreate refuses an invalid size" {
	local size
	for size in '' 1.5K 9223372036854775808; do
		run --separate-stderr shmcreate "$s" "$size"
		assert_failure 2
		assert_equal "${#stderr_lines[@]}" 2
		[[ ${stderr_lines[0]} == "shmcreate: '$size' is "* ]]
		[[ ! -e /dev/shm/$s ]]
	done
}

@test "shmcreate refuses an invalid name" {
	local bad
	for bad in '' a/b key:0 "$(printf '%0256d' 0)"; do
		run --separate-stderr shmcreate "$bad" 1
		assert_failure 2
		assert_equal "${#stderr_lines[@]}" 2
	done
	s=$(name "$(printf '%0*d' $((255 - $(name '' | wc -c) + 1)) 0)")
	assert_equal ${#s} 255
	shmcreate "$s" 1
	shmunlink "$s"
}

@test "shmcreate --reserve allocates the memory at once" {
	shmcreate --reserve "$s" 64K
	assert_equal "$(size_of "$s") $(stat -c %b "/dev/shm/$s")" '65536 128'
	shmunlink "$s"
	shmcreate --reserve "$s" 0
	assert_equal "$(size_of "$s")" 0
	shmunlink "$s"
}

@test "shmcreate --reserve of more memory than available fails at once and leaves no object" {
	run --separate-stderr shmcreate --reserve "$s" 8000T
	assert_failure 1
	assert_stderr --regexp "^shmcreate: /$s: 8796093022208000 bytes: No space left on device \([0-9]* bytes are free in /dev/shm\)$"
	[[ ! -e /dev/shm/$s ]]
}

@test "shmcreate --reserve on a small file system reports how much is free" {
	requires mounts
	run tiny_shm 64k "shmcreate --reserve small 65537; ls -A /dev/shm; shmcreate --reserve small 64K && shmcreate --reserve more 1"
	assert_failure 1
	assert_line -n 0 'shmcreate: /small: 65537 bytes: No space left on device (65536 bytes are free in /dev/shm)'
	assert_line -n 1 'shmcreate: /more: 1 bytes: No space left on device (0 bytes are free in /dev/shm)'
	assert_equal "${#lines[@]}" 2
}

@test "shmcreate --reserve reports a name in use before it allocates memory" {
	shmcreate "$s" 1
	run shmcreate --reserve "$s" 8000T
	assert_failure 5
	shmunlink "$s"
}

@test "shmcreate past RLIMIT_FSIZE fails with the limit's value and leaves no object" {
	limited() { (ulimit -f 8 && "$@"); }
	run limited shmcreate "$s" 8193
	assert_failure 1
	assert_output "shmcreate: /$s: 8193 bytes: File too large (RLIMIT_FSIZE is 8192 bytes)"
	run limited shmcreate --reserve "$s" 1M
	assert_failure 1
	assert_output --partial 'RLIMIT_FSIZE is 8192 bytes'
	[[ ! -e /dev/shm/$s ]]
	run limited shmcreate "$s" 8192
	assert_success
	shmunlink "$s"
}

@test "shmcreate --ensure accepts an object of the same size, and creates one that does not exist" {
	shmcreate -e "$s" 4096
	shmwrite -o 0 "$s" kept
	shmcreate -e "$s" 4K
	assert_equal "$(shmread -l 4 "$s")" kept
	chmod 640 "/dev/shm/$s"
	shmcreate -e -m 640 "$s" 4K
	shmunlink "$s"
}

@test "shmcreate --ensure reports what differs, with status 5" {
	shmcreate "$s" 4096
	run shmcreate -e "$s" 8K
	assert_failure 5
	assert_output "shmcreate: /$s: exists, but with a size of 4096 bytes, not 8192"
	run shmcreate -e -m 644 "$s" 4096
	assert_failure 5
	assert_output "shmcreate: /$s: exists, but with mode 0600, not 0644"
	assert_equal "$(size_of "$s") $(mode_of "$s")" '4096 600'
	shmunlink "$s"
}

@test "shmcreate --ensure --reserve allocates the memory of an existing object" {
	shmcreate "$s" 64K
	assert_equal "$(stat -c %b "/dev/shm/$s")" 0
	shmcreate -e --reserve "$s" 64K
	assert_equal "$(stat -c %b "/dev/shm/$s")" 128
	shmunlink "$s"
}

@test "shmcreate --ensure reports the type of a file that is not a shared memory object" {
	mkdir "/dev/shm/$s"
	run shmcreate -e "$s" 1
	assert_failure 5
	assert_output "shmcreate: /$s: exists, but is a directory, not a shared memory object"
	rmdir "/dev/shm/$s"
	ln -s nowhere "/dev/shm/$s"
	run shmcreate "$s" 1
	assert_failure 5
	run shmcreate -e "$s" 1
	assert_failure 5
	assert_output --partial 'is a symbolic link'
	[[ ! -e /dev/shm/nowhere ]]
	rm "/dev/shm/$s"
}

@test "many shmcreate --ensure at the same time all succeed with one object" {
	local i
	for i in {1..20}; do
		spawn shmcreate -e "$s" 4096
	done
	for i in "${spawned_pids[@]}"; do
		collect "$i"
		assert_equal "$status" 0
	done
	shmunlink "$s"
}

@test "shmcreate --ensure tries again if the object that it found has been removed" {
	requires program plain command:strace
	strace -qq -o trace -e trace=linkat -e inject=linkat:error=EEXIST:when=1 shmcreate -e "$s" 8192
	assert_equal "$(size_of "$s")" 8192
	shmunlink "$s"
	run strace -qq -o trace -e trace=linkat -e inject=linkat:error=EEXIST shmcreate -e "$s" 8192
	assert_failure 5
	assert_output "shmcreate: /$s: File exists"
}

@test "of many shmcreate at the same time one succeeds" {
	local i count=0
	for i in {1..20}; do
		spawn shmcreate "$s" 4096 2>>errors
	done
	for i in "${spawned_pids[@]}"; do
		collect "$i"
		[[ $status == 0 || $status == 5 ]]
		[[ $status != 0 ]] || count=$((count + 1))
	done
	assert_equal "$count" 1
	assert_equal "$(sort -u errors)" "shmcreate: /$s: File exists"
	shmunlink "$s"
}

@test "shmcreate killed at any system call leaves no object or a complete one" {
	requires program plain command:strace
	local call left=0
	for call in ftruncate fallocate fchmod linkat exit_group; do
		strace -qq -o trace -e trace="$call" -e inject="$call":signal=KILL shmcreate --reserve "$s" 8192 || true
		if [[ -e /dev/shm/$s ]]; then
			assert_equal "$(size_of "$s") $(mode_of "$s")" '8192 600'
			rm "/dev/shm/$s"
			left=$((left + 1))
		fi
	done
	assert_equal $left 1
}

@test "shmcreate works without O_TMPFILE and without linkat(2)" {
	requires program plain command:strace
	# through /proc if the kernel does not link a descriptor itself; O_EXCL if neither works
	strace -qq -o trace -e trace=linkat -e inject=linkat:error=ENOENT:when=1 shmcreate "$s" 8192
	assert_equal "$(grep -c INJECTED trace) $(grep -c ' = 0$' trace)" '1 1'
	assert_equal "$(size_of "$s") $(mode_of "$s")" '8192 600'
	shmunlink "$s"
	strace -qq -o trace -e trace=linkat -e inject=linkat:error=ENOENT shmcreate -m 640 "$s" 8192
	assert_equal "$(grep -c INJECTED trace)" 2
	assert_equal "$(size_of "$s") $(mode_of "$s")" '8192 640'
	run strace -qq -o trace -e trace=linkat -e inject=linkat:error=ENOENT shmcreate "$s" 1
	assert_failure 5
	shmunlink "$s"
	run strace -qq -o trace -e trace=linkat,fchmod -e inject=linkat:error=ENOENT -e inject=fchmod:error=EIO:when=2 \
		shmcreate "$s" 1
	assert_failure 1
	[[ ! -e /dev/shm/$s ]]
}

@test "shmcreate reports the errors of the system" {
	requires program plain command:strace
	local row
	for row in "EACCES:/$s: Permission denied" "EMFILE:/$s: Too many open files (RLIMIT_NOFILE is $(ulimit -n))$(raised_by_ulimit n)" 'ENOENT:/dev/shm: No such file or directory'; do
		run strace -qq -o trace -P /dev/shm -e trace=open,openat -e inject=open,openat:error="${row%%:*}" shmcreate "$s" 4096
		assert_failure 1
		assert_output "shmcreate: ${row#*:}"
	done
}

@test "shmcreate --reserve that is interrupted leaves no object" {
	requires program plain command:strace
	run strace -qq -o trace -e trace=fallocate -e inject=fallocate:signal=TERM:error=EINTR:when=1 shmcreate --reserve "$s" 8192
	assert_failure 143
	[[ ! -e /dev/shm/$s ]]
}
