#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# semop: create, wait for, post and remove semaphores.

load helper
load semaphores

setup() {
	basic_setup
	named
}

# The holder process of the `semop run` with this PID.
holder_of() {
	awk -v parent="$1" '$2 == "(sem-keeper)" && $4 == parent { print $1 }' /proc/[0-9]*/stat 2>/dev/null
}

has_holder() {
	holder=$(holder_of "$1") && [[ $holder ]]
}

musl_peer() {
	[[ -x ${IPCTOOL_PEERS:-$IPCTOOL_ROOT/build/peers}/sem.musl ]] || skip 'no musl-gcc'
	peer sem.musl
}

# ------------------------------------------------------------------- create

@test "semop create creates a semaphore with the value 1, or VALUE" {
	make
	run semop value "$s"
	assert_output 1
	semop unlink "$s"
	semop create "$s" 0
	run semop value "$s"
	assert_output 0
	semop unlink "$s"
	semop create "$s" 2147483647
	run semop value "$s"
	assert_output 2147483647
}

@test "semop create sets exactly the mode, 0600 by default, whatever the umask" {
	umask 077
	make
	assert_equal "$(stat -c %a "/dev/shm/sem.$s")" 600
	semop unlink "$s"
	semop create -m 666 "$s"
	assert_equal "$(stat -c %a "/dev/shm/sem.$s")" 666
	semop unlink "$s"
	semop create --mode=u=rw,g+r "$s"
	assert_equal "$(stat -c %a "/dev/shm/sem.$s")" 640
	semop unlink "$s"
	semop create -m 0 "$s"
	assert_equal "$(stat -c %a "/dev/shm/sem.$s")" 0
}

@test "semop create -e accepts an existing semaphore, but not with another mode" {
	make 3
	semop create -e "$s" 5
	value_is 3
	semop create -em 600 "$s"
	run --separate-stderr semop create -e -m 640 "$s"
	assert_failure 5
	assert_stderr "semop: /$s: exists, but with mode 0600, not 0640"
	semop unlink "$s"
	semop create -e "$s" 5
	value_is 5
}

@test "semop create -e creates a semaphore that another process unlinks before it can be compared" {
	requires static plain command:strace
	strace -o /dev/null true || skip 'no tracing here'
	strace -qq -o trace -e 'inject=link,linkat:error=EEXIST:when=1' semop create -e "$s" 5
	grep -q INJECTED trace || fail "no link: $(<trace)"
	value_is 5
}

@test "semop create -e does not accept a file that is not a semaphore" {
	: >"/dev/shm/sem.$s"
	run --separate-stderr semop create -e "$s"
	assert_failure 1
	assert_stderr "semop: /$s: not a semaphore: the file has 0 bytes, not 32"
	semop unlink "$s"
}

@test "the forms of a name refer to the same semaphore" {
	make
	semop wait "/$s"
	semop post "/dev/shm/sem.$s"
	value_is 1
	run semop value -J "/dev/shm/sem.$s"
	assert_output "{\"semaphore\":\"/$s\",\"value\":1,\"waiters\":0}"
}

@test "a name of 251 bytes is the longest" {
	local long
	long=$s$(printf '%0251d' 0)
	long=${long::251}
	later semop unlink -f "$long"
	semop create "$long"
	run --separate-stderr semop create "${long}x"
	assert_failure 2
	assert_stderr --partial 'must not be longer than 251 bytes, this one has 252'
}

@test "every subcommand refuses a malformed name before it does anything" {
	local verb bad
	for verb in create wait post value unlink; do
		for bad in '' a/b key:x shm:; do
			run --separate-stderr semop "$verb" "$bad"
			assert_failure 2
			assert_equal "${#stderr_lines[@]}" 2
		done
	done
	for bad in '' a/b; do
		run --separate-stderr semop run "$bad" touch made
		assert_failure 125
	done
	assert [ ! -e made ]
}

@test "a number out of range is refused, and the message has the range" {
	local bad
	make
	for bad in -1 2147483648 1x; do
		run --separate-stderr semop create "$(name other)" "$bad"
		assert_failure 2
		assert_equal "${stderr_lines[0]}" \
			"semop: VALUE must be a number from 0 to 2147483647, not '$bad'"
	done
	for bad in 0 2147483648 x; do
		run --separate-stderr semop wait "$s" "$bad"
		assert_failure 2
		assert_equal "${stderr_lines[0]}" \
			"semop: COUNT must be a number from 1 to 2147483647, not '$bad'"
		run --separate-stderr semop post "$s" "$bad"
		assert_failure 2
	done
	value_is 1
	run semop create "$(name other)" 1 2
	assert_failure 2
	run semop value "$s" "$s"
	assert_failure 2
	run semop nosuch
	assert_failure 2
}

@test "semop create on a full file system leaves nothing behind" {
	requires mounts
	run tiny_shm 8k "head -c 8k /dev/zero >/dev/shm/full; semop create s; echo \$?; ls -A /dev/shm"
	assert_output $'semop: /s: No space left on device\n1\nfull'
}

@test "semop wait on a hole in a full file system fails without SIGBUS" {
	requires mounts
	run tiny_shm 8k "head -c 8k /dev/zero >/dev/shm/full; truncate -s 32 /dev/shm/s; semop wait -n musl:s; echo \$?"
	assert_output $'semop: musl:/s: No space left on device\n1'
}

@test "semop create beyond RLIMIT_FSIZE leaves nothing behind" {
	small() (
		ulimit -f 0
		semop create "$s"
	)
	# standard error must not be a file either
	run small
	assert_failure 1
	assert_output "semop: /$s: File too large (RLIMIT_FSIZE is 0 bytes)"
	assert [ ! -e "/dev/shm/sem.$s" ]
}

@test "semop create works without /proc, and uses musl's layout on a system of musl" {
	requires root static namespaces
	mkdir -p root/dev/shm root/lib
	cp -L "$(command -v semop)" root/semop
	chroot root /semop create s 3
	assert_equal "$(ls -A root/dev/shm)" sem.s
	assert_equal "$(chroot root /semop value s)" 3
	chroot root /semop unlink s
	: >"root/lib/ld-musl-$(uname -m).so.1"
	chroot root /semop create -m 640 s 3
	assert_equal "$(ls -A root/dev/shm)" s
	assert_equal "$(stat -c '%a %s' root/dev/shm/s)" '640 32'
	chroot root /semop wait s 2
	assert_equal "$(chroot root /semop value -J s)" '{"semaphore":"/s","value":1,"waiters":0}'
	: >root/dev/shm/s
	run --separate-stderr chroot root /semop wait s
	assert_failure 1
	assert_stderr 'semop: /s: not a semaphore: the file has 0 bytes, not 32'
	chroot root /semop unlink s
	assert_equal "$(ls -A root/dev/shm)" ''
}

# --------------------------------------------------------------- wait, post

# -------------------------------------------------------------- the others

@test "a glibc program and semop see the same semaphores" {
	local glibc
	glibc=$(peer sem)
	make 2
	run "$glibc" value "$s"
	assert_output 2
	"$glibc" wait "$s"
	value_is 1
	semop wait "$s"
	run "$glibc" trywait "$s"
	assert_failure 3
	semop unlink "$s"
	"$glibc" create "$s" 7
	value_is 7
	assert_equal "$(od -An -tx4 "/dev/shm/sem.$s" | tr -s ' \n' ' ')" \
		' 00000007 00000000 00000080 00000000 00000000 00000000 00000000 00000000 '
	cp "/dev/shm/sem.$s" theirs
	"$glibc" unlink "$s"
	run semop value "$s"
	assert_failure 4
	semop create "$s" 7
	cmp theirs "/dev/shm/sem.$s"
}

@test "semop value counts a waiting glibc program, and semop post wakes it" {
	make 0
	spawn "$(peer sem)" wait "$s"
	wait_until waiting 1
	semop post "$s"
	collect
	assert_equal "$status" 0
	spawn "$(peer sem)" timedwait "$s" 20
	wait_until waiting 1
	semop post "$s"
	collect
	assert_equal "$status" 0
	value_is 0
}

@test "a musl program's semaphore is named musl:NAME, and is not that of glibc" {
	local musl
	musl=$(musl_peer)
	"$musl" create "$s" 2
	run semop value -J "musl:$s"
	assert_output "{\"semaphore\":\"musl:/$s\",\"value\":2,\"waiters\":0}"
	semop wait "musl:/$s"
	run "$musl" value "$s"
	assert_output 1
	semop post "musl:/dev/shm/$s" 3
	run "$musl" value "$s"
	assert_output 4
	refused 4 "semop: /$s: no such semaphore (semop create makes one)" semop value "$s"
	semop create "$s" 9
	assert_equal "$(semop value "$s") $(semop value "musl:$s")" '9 4'
	semop unlink "$s"
	assert_equal "$(semop value "musl:$s")" 4
	semop unlink "musl:$s"
	run "$musl" value "$s"
	assert_failure
	refused 4 "semop: musl:/$s: no such semaphore (semop create makes one)" semop unlink "musl:$s"
	semop unlink -f "musl:$s"
}

@test "semop creates a semaphore of a musl program" {
	local musl
	musl=$(musl_peer)
	semop create -m 640 "musl:$s" 3
	assert_equal "$(stat -c '%a %s' "/dev/shm/$s")" '640 32'
	"$musl" wait "$s"
	assert_equal "$(semop value "musl:$s")" 2
	refused 5 "semop: musl:/$s: File exists" semop create "musl:$s"
	semop create -e -m 640 "musl:$s"
	semop run "musl:$s" "$musl" wait "$s"
	assert_equal "$(semop value "musl:$s")" 1
	semop unlink "musl:$s"
}

@test "an object that is no semaphore is not removed as musl:NAME" {
	shmcreate "$s" 4096
	later shmunlink "$s"
	refused 1 "semop: musl:/$s: not a semaphore: the file has 4096 bytes, not 32" semop unlink -f "musl:$s"
	shmstat "$s"
}

@test "semop and a musl program wake each other" {
	local musl i m=$s
	musl=$(musl_peer)
	s=musl:$s
	later semop unlink -f "$s"
	"$musl" create "$m" 0
	for i in 1 2; do
		spawn "$musl" wait "$m"
		wait_until waiting 1
		value_is 0
		semop post "$s"
		collect
		assert_equal "$status" 0
		spawn semop wait "$s" 2
		wait_until waiting 1
		"$musl" post "$m" 2
		collect
		assert_equal "$status" 0
		value_is 0
		waiting 0
	done
}

@test "semop wait notices a post of a newer musl, which wakes no waiter" {
	local m=$s
	s=musl:$s
	head -c 32 /dev/zero >"/dev/shm/$m"
	spawn semop wait "$s"
	wait_until waiting 1
	printf '\1' | dd of="/dev/shm/$m" conv=notrunc status=none
	collect
	assert_equal "$status" 0
	value_is 0
	# bit 31 is the mark for waiters of that version
	printf '\2\0\0\200' | dd of="/dev/shm/$m" conv=notrunc status=none
	value_is 2
	semop wait "$s"
	semop post "$s" 2
	value_is 3
	assert_equal "$(od -An -tx4 -N4 "/dev/shm/$m")" ' 80000003'
	semop unlink "$s"
}

# bats test_tags=slow
@test "parallel waits and posts of musl and semop neither lose nor gain a permit" {
	local musl calls=200 m=$s
	musl=$(musl_peer)
	s=musl:$s
	later semop unlink -f "$s"
	# with the sanitizers a process starts slowly
	[[ ! ${IPCTOOL_SANITIZED-} ]] || calls=50
	"$musl" create "$m" 2
	exchange() {
		local i
		for ((i = 0; i < calls; i++)); do
			semop wait "$s" && semop post "$s"
		done
	}
	spawn exchange
	spawn exchange
	spawn "$musl" exchange "$m" 20000
	spawn "$musl" exchange "$m" 20000
	all_succeed_within 100
	value_is 2
}

@test "semop run reports that it requires pidfd_open(2), and gives the permit back" {
	requires program plain command:strace
	make 1
	run --separate-stderr strace -f -qq -o trace -e trace=pidfd_open -e inject=pidfd_open:error=ENOSYS semop run "$s" touch made
	assert_failure 125
	assert_stderr 'semop: pidfd_open(2), which requires Linux 5.3: Function not implemented'
	value_is 1
	assert [ ! -e made ]
}

@test "every subcommand that opens a semaphore refuses another file, and says what it is" {
	local verb what
	strange() {
		for verb in value wait post; do
			run --separate-stderr semop "$verb" "$s"
			assert_failure 1
			assert_stderr "semop: /$s: not a semaphore: $1"
		done
		run --separate-stderr semop run "$s" touch made
		assert_failure 125
		semop unlink "$s"
	}
	: >"/dev/shm/sem.$s"
	strange 'the file has 0 bytes, not 32'
	head -c 31 /dev/zero >"/dev/shm/sem.$s"
	strange 'the file has 31 bytes, not 32'
	head -c 16 /dev/zero >"/dev/shm/sem.$s"
	strange 'the file has 16 bytes, not 32 (of a 32-bit program)'
	head -c 4096 /dev/zero >"/dev/shm/sem.$s"
	strange 'the file has 4096 bytes, not 32'
	head -c 32 /dev/zero >"/dev/shm/sem.$s"
	strange 'the file holds other data'
	head -c 32 /dev/zero | tr '\0' '\377' >"/dev/shm/sem.$s"
	strange 'the file holds other data'
	ln -s "/dev/shm/$s.none" "/dev/shm/sem.$s"
	strange 'a symbolic link'
	make
	mv "/dev/shm/sem.$s" "/dev/shm/sem.$s.2"
	ln -s "sem.$s.2" "/dev/shm/sem.$s"
	strange 'a symbolic link'
	semop unlink "$s.2"
	command mkfifo "/dev/shm/sem.$s"
	strange 'not a regular file'
	assert [ ! -e made ]
}

@test "a shared memory object of the same name is neither used nor removed" {
	local verb size hint
	later shmunlink "$s"
	for size in 4096 32; do
		shmcreate "$s" $size
		for verb in value wait post unlink; do
			hint=' (semop create makes one)'
			[[ $verb != unlink ]] || hint=
			refused 4 "semop: /$s: no such semaphore$hint" semop "$verb" "$s"
		done
		refused 125 "semop: /$s: no such semaphore (semop create makes one)" semop run "$s" true
		semop unlink -f "$s"
		semop create "$s"
		semop unlink "$s"
		cmp <(shmread "$s") <(head -c $size /dev/zero)
		[[ $size == 32 ]] || shmunlink "$s"
	done
}

@test "without permission semop reports 'Permission denied'" {
	requires nobody
	make
	chmod 400 "/dev/shm/sem.$s"
	run --separate-stderr semop wait "$s"
	assert_failure 1
	assert_stderr "semop: /$s: Permission denied"
	semop value "$s"
	chmod 0 "/dev/shm/sem.$s"
	run --separate-stderr semop value "$s"
	assert_failure 1
	assert_stderr "semop: /$s: Permission denied"
}

@test "semop unlink removes each semaphore, continues after a failure, and -f ignores missing ones" {
	make
	semop create "$s.2"
	run --separate-stderr semop unlink "$s.none" "$s" a/b "$s.2"
	assert_failure 4
	assert_equal "${#stderr_lines[@]}" 3
	assert_equal "${stderr_lines[0]}" "semop: /$s.none: no such semaphore"
	assert [ ! -e "/dev/shm/sem.$s" ]
	assert [ ! -e "/dev/shm/sem.$s.2" ]
	semop unlink -f "$s" "$s.2"
}

@test "a waiter continues to wait after the name is removed" {
	make 0
	spawn semop wait -t 0.2 "$s"
	wait_until waiting 1
	semop unlink "$s"
	semop create "$s" 5
	collect
	assert_equal "$status" 124
}

@test "the status is 4 if the semaphore does not exist, and 125 of semop run" {
	local verb hint
	for verb in value wait post unlink; do
		run --separate-stderr semop "$verb" "$s"
		assert_failure 4
		hint=' (semop create makes one)'
		[[ $verb != unlink ]] || hint=
		assert_stderr "semop: /$s: no such semaphore$hint"
	done
	run --separate-stderr semop run "$s" touch made
	assert_failure 125
	assert_stderr "semop: /$s: no such semaphore (semop create makes one)"
	assert [ ! -e made ]
}

# ---------------------------------------------------------------------- run

@test "semop run executes a file without a #! line by the shell, also one found in PATH" {
	make
	# shellcheck disable=SC2016
	echo 'echo "$0: $1"' >script
	chmod +x script
	run semop run "$s" ./script 'a b'
	assert_output './script: a b'
	PATH=$PWD:$PATH run semop run "$s" script c
	assert_output "$PWD/script: c"
}

@test "semop run accepts a -- before the command, and does not parse the command's options" {
	make
	run semop run "$s" -- echo -n --
	assert_output -- --
	run semop run -t 1 "$s" echo -t -n
	assert_output -- '-t -n'
}

@test "semop run reports that it cannot give its permit back" {
	make 2147483647
	run --separate-stderr semop run "$s" "$IPCTOOL_BUILD/bin/semop" post "$s"
	assert_failure 125
	assert_stderr "semop: /$s: adding 1 would exceed SEM_VALUE_MAX (2147483647)"
}

@test "200 calls of semop run give back 200 permits" {
	local i before after
	make
	read -r before <"/proc/$BASHPID/task/$BASHPID/children" || true
	for ((i = 0; i < 200; i++)); do
		semop run "$s" true
	done
	value_is 1
	read -r after <"/proc/$BASHPID/task/$BASHPID/children" || true
	assert_equal "$after" "$before"
}

@test "the command has the caller's standard input and output" {
	make
	run semop run "$s" tr a-z A-Z <<<text
	assert_output TEXT
}

@test "semop run does not change a shell's traps, children or descriptors" {
	requires builtin
	local i status
	make
	trap 'echo trapped >>traps' USR1
	trap >before
	echo /proc/$$/fd/* >descriptors
	command mkfifo go
	sh -c 'read -r _ <go; exit 4' 3>&- &
	for ((i = 0; i < 20; i++)); do
		semop run "$s" true
	done
	semop run "$s" sh -c 'trap "" USR1; kill -USR1 "$1"' - $BASHPID
	echo >go
	wait $! || status=$?
	assert_equal "$status" 4
	trap >after
	cmp before after
	echo /proc/$$/fd/* >descriptors.after
	cmp descriptors descriptors.after
	assert_equal "$(cat traps)" trapped
	trap - USR1
}

@test "semop run forwards signals that a process sends, with their value" {
	make
	start_holding "$s"
	kill -USR1 "$spawned"
	collect
	assert_equal "$status" $((128 + $(kill -l USR1)))
	value_is 1
	rm pid
	start_holding "$s"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	value_is 1
}

@test "a command that ignores TERM continues to run and to hold the permit" {
	make
	command mkfifo go
	# shellcheck disable=SC2016
	spawn semop run "$s" sh -c 'trap "" TERM; echo >ready; read -r _ <go; exit 5'
	wait_until test -e ready
	kill -TERM "$spawned"
	wait_until sleeping "$spawned"
	value_is 0
	echo >go
	collect
	value_is 1
	# after a termination signal to its builtin a shell ends as soon as it can
	[[ $status == 5 || ($IPCTOOL_FRONT == bash && $status == 143) ]]
}

@test "a command that goes into the background counts as ended" {
	make
	# shellcheck disable=SC2016
	within 10 semop run "$s" sh -c 'sleep 30 >/dev/null 2>&1 3>&- & echo $! >pid'
	value_is 1
	kill "$(<pid)"
}

@test "the permit is given back if the holder process is killed" {
	make
	start_holding "$s" 2>err
	wait_until has_holder "$spawned"
	kill -KILL "$holder"
	value_is 0
	kill -TERM "$(<pid)"
	collect
	assert_equal "$status" 143
	assert_equal "$(<err)" "semop: the holder process was killed"
	value_is 1
}

@test "semop run fails if the holder process is killed while it waits, and no permit is taken" {
	make 0
	spawn semop run "$s" touch made 2>err
	wait_until waiting 1
	wait_until has_holder "$spawned"
	kill -KILL "$holder"
	collect
	assert_equal "$status" 125
	assert_equal "$(<err)" "semop: the holder process was killed"
	assert [ ! -e made ]
	value_is 0
}

@test "the holder process uses no file, directory or session of the caller" {
	local session
	make
	: >file
	exec 8<file
	start_holding "$s"
	exec 8<&-
	wait_until has_holder "$spawned"
	read -r _ _ _ _ _ session _ <"/proc/$holder/stat"
	assert_equal "$session" "$holder"
	assert_equal "$(readlink "/proc/$holder/cwd")" /
	run readlink "/proc/$holder"/fd/*
	refute_output --partial "$PWD"
	kill -TERM "$spawned"
	collect
}

@test "other signals do not end the holder process while the command runs" {
	local signal
	make
	start_holding "$s"
	wait_until has_holder "$spawned"
	for signal in HUP INT QUIT TERM USR1 ALRM PIPE; do
		kill -"$signal" "$holder"
	done
	wait_until sleeping "$holder"
	value_is 0
	kill -TERM "$spawned"
	collect
	value_is 1
}

@test "stopping and continuing semop run stops and continues the command" {
	make
	start_holding "$s"
	kill -TSTP "$spawned"
	wait_until stopped "$(<pid)"
	wait_until stopped "$spawned"
	value_is 0
	kill -CONT "$spawned"
	wait_until sleeping "$(<pid)"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	value_is 1
}

@test "semop run reports the limit if it gets no process or no descriptor" {
	[[ $IPCTOOL_FRONT == @(musl|bash) ]] || skip 'the loader needs descriptors too'
	requires plain
	make
	few() (
		ulimit -n "$1"
		semop run "$s" touch made
	)
	local limit
	for limit in 5 6 7; do
		run --separate-stderr few "$limit"
		[[ $status == 0 ]] || assert_failure 125
		value_is 1
	done
	rm -f made
	run --separate-stderr few 4
	assert_failure 125
	assert_stderr --partial 'Too many open files (RLIMIT_NOFILE is 4)'
	assert [ ! -e made ]
}

# --------------------------------------------- what a shell keeps of a semaphore

# How many semaphores this shell has mapped.
mapped() {
	local line count=0
	while read -r line; do [[ $line != */dev/shm/sem.* ]] || ((count += 1)); done </proc/$BASHPID/maps
	echo "$count" >mapped
}

@test "a shell that has used a semaphore sees the one that has the name now" {
	requires builtin
	local program=("$IPCTOOL_BUILD/ipctool" semop)
	make 2
	semop wait "$s" 2
	"${program[@]}" unlink "$s"
	run -4 --separate-stderr semop post "$s"
	"${program[@]}" create "$s" 9
	semop post "$s"
	value_is 10
	"${program[@]}" unlink "$s"
	"${program[@]}" create "$s" 3
	semop post "$s"
	value_is 4
	semop unlink "$s"
	ln -s sem.other "/dev/shm/sem.${s#/}"
	refused 1 "semop: /$s: not a semaphore: a symbolic link" semop post "$s"
	rm "/dev/shm/sem.${s#/}"
}

@test "a shell that has used a semaphore examines it at each call" {
	requires builtin
	local file
	make
	file=/dev/shm/sem.${s#/}
	semop post "$s"
	printf 'no semaphore, but 32 bytes long ' >text
	dd if=text of="$file" conv=notrunc status=none
	refused 1 "semop: /$s: not a semaphore: the file holds other data" semop post "$s"
	refused 1 "semop: /$s: not a semaphore: the file holds other data" semop wait -n "$s"
	refused 1 "semop: /$s: not a semaphore: the file holds other data" semop set "$s" 1
	cmp text "$file"
	rm "$file"
	make 5
	semop post "$s"
	truncate -s 0 "$file"
	refused 1 "semop: /$s: not a semaphore: the file has 0 bytes, not 32" semop post "$s"
	rm "$file"
}

# bats test_tags=nobody
@test "a shell that has used a semaphore is refused when its mode forbids that" {
	requires builtin
	make
	semop post "$s"
	chmod 0400 "/dev/shm/sem.${s#/}"
	refused 1 "semop: /$s: Permission denied" semop post "$s"
	chmod 0600 "/dev/shm/sem.${s#/}"
	semop post "$s"
	value_is 3
}

@test "a shell keeps at most four semaphores mapped, and none after enable -d" {
	requires builtin
	local i
	for i in {1..9}; do
		semop create "$s.$i" 1
		semop wait "$s.$i"
	done
	mapped
	assert_equal "$(<mapped)" 4
	for i in {1..9}; do
		semop post "$s.$i"
		semop unlink "$s.$i"
	done
	mapped
	assert_equal "$(<mapped)" 0
	make
	(
		semop post "$s"
		mapped
		assert_equal "$(<mapped)" 1
		enable -d semop
		mapped
		assert_equal "$(<mapped)" 0
	)
}
