#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# semop with System V sets.

load helper
load semaphores

setup() {
	basic_setup
	in_set
}

waiting_for_zero() {
	[[ $(semop value -J "$s${2-}") == *'"waiters_for_zero":'"$1,"* ]]
}

# As c, but for a set: the index is an argument.
c_set() {
	local verb=$1
	shift
	"$(peer sysv_sem)" "$verb" "${s#key:}" "$@"
}

limit() {
	awk -v field="$1" '{ print $field }' /proc/sys/kernel/sem
}

# ------------------------------------------------------------------- create

@test "semop create creates a set, each semaphore with the value, and prints its id" {
	make 2 3
	[[ $id =~ ^id:[0-9]+$ ]] || fail "printed $id"
	value_is 2
	value_is 2 '[0]'
	value_is 2 '[2]'
	s=$id value_is 2 '[1]'
	semop unlink "$id"
	make
	value_is 1
	semop unlink "$s"
	make 0
	value_is 0
	semop unlink "$s"
	make 32767
	value_is 32767
}

@test "semop create creates a set of SEMMSL semaphores, and not of more" {
	local most
	most=$(limit 1)
	make 1 "$most"
	value_is 1 "[$((most - 1))]"
	semop unlink "$s"
	run --separate-stderr semop create --count $((most + 1)) "$s"
	assert_failure 1
	assert_stderr "semop: $shown: $((most + 1)) semaphores exceed kernel.sem SEMMSL ($most)$(raised_by_sysctl kernel.sem "\"$((most + 1)) $(limit 2) $(limit 3) $(limit 4)\"")"
	run semop value "$s"
	assert_failure 4
}

@test "semop create sets exactly the mode, 0600 by default" {
	local mode expected
	mode_is() {
		expected=$1
		while read -r _ number mode _; do
			[[ $number != "${id#id:}" ]] || break
		done </proc/sysvipc/sem
		assert_equal "$mode" "$expected"
	}
	umask 077
	make
	mode_is 600
	for mode in 666 640 400 44 0; do
		semop unlink "$s"
		id=$(semop create -m "$mode" "$s" 3)
		mode_is "$mode"
	done
}

@test "a set without write permission gets its value all the same" {
	requires root
	id=$(semop create -m 0 "$s" 3)
	value_is 3
}

@test "semop create -e accepts a set with the same attributes only" {
	make 3 2
	run semop create -e --count 2 "$s" 5
	assert_success
	assert_output "$id"
	value_is 3
	run --separate-stderr semop create -e "$s"
	assert_failure 5
	assert_stderr "semop: $shown: exists, but with 2 semaphores, not 1"
	run --separate-stderr semop create -e -m 640 --count 2 "$s"
	assert_failure 5
	assert_stderr "semop: $shown: exists, but with mode 0600, not 0640"
	semop unlink "$s"
	run semop create -e --count 2 "$s" 5
	assert_success
	value_is 5 '[1]'
}

@test "private: creates a set that has only an id" {
	local id other
	id=$(semop create private: 3)
	other=$(semop create -e private:)
	later semop unlink -f "$id" "$other"
	assert [ "$id" != "$other" ]
	run semop value "$id"
	assert_output 3
	semop unlink "$id" "$other"
	run --separate-stderr semop value "$id"
	assert_failure 4
	assert_stderr "semop: $id: no such semaphore set"
}

@test "the key of ftok:FILE is that of ftok(3)" {
	: >file
	s=ftok:$PWD/file:A
	make 4
	later semop unlink -f "$id"
	run semop value -J "$s"
	assert_output --regexp "^\{\"semaphore\":\"key:0x41[0-9a-f]{6}\",\"value\":4,"
	rm file
	run --separate-stderr semop value "$s"
	assert_failure 4
	assert_stderr "semop: $PWD/file: No such file or directory"
	semop unlink "$id"
}

@test "a set whose id cannot be printed is not left behind" {
	to_full() { semop create "$s" >/dev/full; }
	run --separate-stderr to_full
	assert_failure 1
	assert_stderr 'semop: standard output: No space left on device'
	run semop value "$s"
	assert_failure 4
	to_nowhere() { semop create "$s" >&-; }
	run to_nowhere
	assert_failure 1
	run semop value "$s"
	assert_failure 4
	# but an existing one stays
	make
	create_again() { semop create -e "$s" >/dev/full; }
	run create_again
	assert_failure 1
	value_is 1
}

@test "the message has the limit if the system has no room for another set" {
	requires root namespaces program
	run unshare --ipc sh -c 'echo "32000 1024000 500 1" >/proc/sys/kernel/sem
		semop create private:; semop create private:'
	assert_failure 1
	assert_line --partial 'kernel.sem SEMMNI (1)'
	assert_line --partial "; 'sysctl kernel.sem=\"32000 2048000 500 2\"' raises it"
}

@test "a post during the creation of a set is not lost: 100 times" {
	local i
	spawn "$(peer sysv_sem)" greet "${s#key:}" 100
	for ((i = 0; i < 100; i++)); do
		semop create "$s" 3 >id
		wait_until value_is 4
		semop unlink "$s"
	done
	collect
	assert_equal "$status" 0
}

@test "no process sees a set without its value: 100 times" {
	local i before
	# "ROUND WHAT", if it was seen within that round
	tell() {
		[[ ! $1 || $1 != "$(<round)" ]] || echo "$1 $2"
	}
	look() {
		local round value
		while [[ ! -e stop ]]; do
			round=$(<round)
			value=$(semop value "$s" 2>&1) || continue
			tell "$round" "$value"
		done
	}
	take() {
		local round
		while [[ ! -e stop ]]; do
			round=$(<round)
			tell "$round" "$(semop wait -n "$s" 2>&1)"
		done
	}
	: >round
	: >slow
	spawn look >seen
	spawn take >taken
	for ((i = 0; i < 100; i++)); do
		echo "$i" >round
		before=${EPOCHREALTIME//[!0-9]/}
		semop create "$s" 30000 >id
		# a value is read at the latest after 20 ms: this creator had not been given the processor by then
		((${EPOCHREALTIME//[!0-9]/} - before < 20000)) || echo "$i" >>slow
		semop unlink "$s"
	done
	: >stop
	collect "${spawned_pids[0]}"
	collect "${spawned_pids[1]}"
	# some permits were taken, but never as many
	assert_equal "$(awk 'FILENAME == "slow" { slow[$1] } FILENAME == "seen" && !($1 in slow) && $2 < 20000' slow seen)" ''
	assert_equal "$(awk 'FILENAME == "slow" { slow[$1] } FILENAME == "taken" && !($1 in slow) && / is zero/' slow taken)" ''
}

@test "a 0 is read again after a wait if the set may not have its values yet, and at once if it has" {
	requires program plain command:strace
	strace -o /dev/null true || skip 'no tracing here'
	local verb
	waits() {
		run strace -o trace -qq -e trace=ppoll semop "$@" "$s"
		grep -c ppoll trace
	}
	c_set bare 1
	for verb in value 'wait -n'; do
		# shellcheck disable=SC2086 # words
		assert [ "$(waits $verb)" -ge 1 ]
	done
	semop post "$s"
	semop wait "$s"
	for verb in value 'wait -n'; do
		# shellcheck disable=SC2086 # words
		assert_equal "$(waits $verb)" 0
	done
}

@test "a process that waits for the zero of a new set waits for the values first" {
	c_set bare 2
	spawn semop op -t 60 "$s" 1=0,0-1
	wait_until resting_state "$spawned"
	"$(peer sysv_sem)" setall "${s#key:}" 3
	wait_until waiting_for_zero 1 '[1]'
	semop wait "${s}[1]" 3
	collect
	assert_equal "$status" 0
	value_is 2
}

@test "value and -n do not wait long for the values of a set that is never initialized" {
	requires program plain command:strace
	c_set bare 1
	# each checks the set once a millisecond, at most for 20 of the 2000 in which it is new
	looks() {
		local expected=$1
		shift
		run strace -qq -f -o trace -e trace=semctl "$@"
		assert_failure "$expected"
		(($(wc -l <trace) < 100)) || fail "$(wc -l <trace)"
	}
	strace -qq -o trace -e trace=semctl semop value "$s" >out
	(($(wc -l <trace) < 100))
	assert_equal "$(<out)" 0
	looks 3 semop wait -n "$s"
	looks 123 semop run -n "$s" true
	looks 3 semop op -n "$s" 0=0,0-1
}

# bats test_tags=slow
@test "semop does not wait without limit for a set that is never initialized" {
	c_set bare 1
	run within 5 semop value "$s"
	assert_output 0
	run --separate-stderr semop create -e "$s"
	assert_failure 5
	assert_stderr "semop: $shown: exists, but was never initialized"
	semop create -e "$s" 0
	semop post "$s"
	semop create -e "$s"
}

# --------------------------------------------------------------- wait, post

@test "semop wait and post change the semaphore of INDEX, 0 by default" {
	make 5 3
	semop wait "$s"
	semop wait "${s}[2]" 3
	semop post "${id}[1]" 4
	value_is 4
	value_is 9 '[1]'
	value_is 2 '[2]'
}

@test "semop wait -n does not wait, and -t waits no longer than its time-out" {
	make 2
	run --separate-stderr semop wait -n "$s" 3
	assert_failure 3
	assert_stderr "semop: $shown: would block: the value is less than 3"
	semop wait -t 0 "$s" 2
	run --separate-stderr within 5 semop wait -t 50ms "${s}[0]"
	assert_failure 124
	assert_stderr "semop: ${shown}[0]: timed out: the value is 0"
	waiting 0
}

@test "values above the maximum are refused, and the message has its name" {
	local verb bad
	make 32767
	run --separate-stderr semop post "$s"
	assert_failure 1
	assert_stderr "semop: $shown: adding 1 would exceed SEMVMX (32767)"
	value_is 32767
	for bad in -1 32768 2147483647 x '' 1x 0x1; do
		run --separate-stderr semop set "$s" "$bad"
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "semop: VALUE must be a number from 0 to 32767, not '$bad'"
		run semop create private: "$bad"
		assert_failure 2
		for verb in wait post; do
			run --separate-stderr semop "$verb" "$s" "$bad"
			assert_failure 2
			assert_equal "${stderr_lines[0]}" \
				"semop: COUNT must be a number from 1 to 32767, not '$bad'"
		done
	done
	value_is 32767
}

@test "a waiter reports that the set was removed" {
	make 0
	spawn semop wait "$s" 2>err
	wait_until waiting 1
	semop unlink "$s"
	collect
	assert_equal "$status" 4
	assert_equal "$(<err)" "semop: $shown: the set was removed while waiting"
	make 0
	spawn semop run "$s" touch made 2>err
	wait_until waiting 1
	c_set remove
	collect
	assert_equal "$status" 125
	assert_equal "$(<err)" "semop: $shown: the set was removed while waiting"
	make 0
	spawn semop op "$s" 0-1 2>err
	wait_until waiting 1
	c_set remove
	collect
	assert_equal "$status" 4
	assert_equal "$(<err)" "semop: $shown: the set was removed while waiting"
	assert [ ! -e made ]
}

@test "semop value -J prints the waiters, those for zero, and the last PID" {
	make 0 2
	run semop value -J "${s}[1]"
	assert_output --regexp "^\{\"semaphore\":\"$shown\[1\]\",\"value\":0,\"waiters\":0,\"waiters_for_zero\":0,\"last_pid\":[0-9]+\}$"
	spawn semop wait "${s}[1]"
	wait_until waiting 1 '[1]'
	semop post "$s"
	spawn semop op "$s" 0=0
	wait_until waiting_for_zero 1
	semop wait "$s"
	collect
	run semop value -J "$s"
	assert_output --partial "\"last_pid\":$spawned}"
}

# ---------------------------------------------------------------- set, op

@test "semop set sets any value, and wakes the waiters that can proceed" {
	make 0 2
	spawn semop wait "${s}[1]" 3
	wait_until waiting 1 '[1]'
	semop set "${s}[1]" 5
	collect
	assert_equal "$status" 0
	value_is 2 '[1]'
	value_is 0
	semop set "$s" 32767
	value_is 32767
	semop set "$id" 0
	value_is 0
}

@test "semop value of a set prints the values of all its semaphores" {
	make 4 3
	semop set "${s}[1]" 0
	run semop value "$s"
	assert_output $'4\n0\n4'
	run semop value "$id"
	assert_output $'4\n0\n4'
	run semop value "${s}[0]"
	assert_output 4
	run semop value -J "$s"
	assert_line --index 0 --partial "{\"semaphore\":\"${shown}[0]\",\"value\":4,\"waiters\":0,"
	assert_line --index 1 --partial "{\"semaphore\":\"${shown}[1]\",\"value\":0,"
	assert_line --index 2 --partial "{\"semaphore\":\"${shown}[2]\",\"value\":4,"
	assert_equal "${#lines[@]}" 3
	if [[ -w /dev/full ]]; then
		to_full() { semop value "$s" >/dev/full; }
		refused 1 "semop: standard output: No space left on device" to_full
	fi
	semop unlink "$s"
	refused 4 "semop: $shown: no such semaphore set (semop create makes one)" semop value "$s"
}

@test "semop op performs all operations or none" {
	make 1 3
	semop op "$s" 0-1,1+2n,2-1
	value_is 0
	value_is 3 '[1]'
	value_is 0 '[2]'
	semop op "$s" 2=0,0+1,0+1,0-1
	value_is 1
	run --separate-stderr semop op -n "$s" 1-3,0-2
	assert_failure 3
	assert_stderr "semop: $shown: would block: not all operations can be done"
	run --separate-stderr semop op "$s" 1-3,0-2n
	assert_failure 3
	run --separate-stderr semop op -t 5 "$s" 1-3,0-2n
	assert_failure 3
	run --separate-stderr within 5 semop op -t 50ms "$id" 1-3,0=0
	assert_failure 124
	assert_stderr "semop: $id: timed out: not all operations can be done"
	value_is 1
	value_is 3 '[1]'
}

@test "semop op waits until all operations can be done" {
	make 0 2
	spawn semop op "$s" 0-1,1-1
	wait_until waiting 1
	semop post "$s"
	wait_until waiting 1 '[1]'
	value_is 1
	semop post "${s}[1]"
	collect
	assert_equal "$status" 0
	value_is 0
	value_is 0 '[1]'
	semop post "$s"
	spawn semop op "$s" 0=0,1+7
	wait_until waiting_for_zero 1
	semop wait "$s"
	collect
	assert_equal "$status" 0
	value_is 7 '[1]'
}

@test "a termination signal ends a waiting semop op, and nothing is done" {
	make 1 2
	semop wait "${s}[1]"
	spawn semop op "$s" 0-1,1-1
	wait_until waiting 1 '[1]'
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	value_is 1
}

@test "malformed operations are refused before anything is done, and the message says why" {
	local bad
	make 5 2
	for bad in '' 0-0 65536-1 0-1,,1-1 '0-1 '; do
		run --separate-stderr semop op "$s" "$bad"
		assert_failure 2
		assert_equal "${#stderr_lines[@]}" 2
	done
	run --separate-stderr semop op "$s" 0-1,1+2q,0-1
	assert_equal "${stderr_lines[0]}" "semop: '1+2q': may only be followed by u (undo) and n (no wait), each once"
	value_is 5
	value_is 5 '[1]'
	semop op "$s" 0-1un,1-1nu
}

@test "an index out of range is refused, and the message has the range" {
	local verb
	make 1 3
	for verb in wait post value; do
		run --separate-stderr semop "$verb" "${s}[3]"
		assert_failure 1
		assert_stderr "semop: ${shown}[3]: semaphore index 3 is out of range (0 to 2)"
		run --separate-stderr semop "$verb" "${s}[2147483647]"
		assert_failure 1
		run --separate-stderr semop "$verb" "${s}[65536]"
		assert_failure 1
		assert_stderr --partial 'semaphore index 65536 is out of range ('
	done
	run --separate-stderr semop set "${s}[3]" 1
	assert_failure 1
	assert_stderr "semop: ${shown}[3]: semaphore index 3 is out of range (0 to 2)"
	run --separate-stderr semop op "$s" 0-1,65535-1
	assert_failure 1
	assert_stderr "semop: $shown: semaphore index 65535 is out of range (0 to 2)"
	run --separate-stderr semop run "${s}[3]" touch made
	assert_failure 125
	assert [ ! -e made ]
	value_is 1
}

@test "for too many operations, and values above the maximum, the message has the limit" {
	local most list
	most=$(limit 3)
	make 32767
	list=$(printf '0-1,%.0s' $(seq "$most"))
	semop op "$s" "${list%,}"
	run --separate-stderr semop op "$s" "${list}0-1"
	assert_failure 1
	assert_stderr "semop: $shown: $((most + 1)) operations exceed kernel.sem SEMOPM ($most)$(raised_by_sysctl kernel.sem "\"$(limit 1) $(limit 2) $((most + 1)) $(limit 4)\"")"
	value_is $((32767 - most))
	run --separate-stderr semop op "$s" "0-1,0+$((most + 2))"
	assert_failure 1
	assert_stderr "semop: $shown: a value would exceed SEMVMX (32767), or an undo adjustment SEMAEM (32767)"
	value_is $((32767 - most))
}

# ------------------------------------------------------------------ names

@test "an index is refused for a whole set, and an id for a new one" {
	local verb
	make
	for verb in create unlink; do
		run --separate-stderr semop "$verb" "${s}[0]"
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "semop: ${shown}[0]: [INDEX] cannot be used: the whole set is meant"
	done
	run semop op "${s}[0]" 0-1
	assert_failure 2
	run --separate-stderr semop create "$id"
	assert_failure 2
	assert_stderr --partial 'key:, ftok: '
	for verb in 'wait private:' 'post private:' 'value private:' 'unlink private:' 'set private: 1' \
		'op private: 0-1'; do
		# shellcheck disable=SC2086
		run --separate-stderr semop $verb
		assert_failure 2
		assert_stderr --partial 'private:'
	done
	value_is 1
}

@test "options and subcommands of System V only are refused for other semaphores" {
	named
	semop create "$s"
	run --separate-stderr semop op "$s" 0-1
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "semop: /$s: op requires a System V semaphore (key:, id:, ftok:)"
	run semop create --count 2 "$s.2"
	assert_failure 2
	run semop wait -u "$s"
	assert_failure 2
	run semop value "$s"
	assert_output 1
}

@test "the status is 4 if the set does not exist, and 125 of semop run" {
	local verb hint
	for verb in value wait post unlink; do
		run --separate-stderr semop "$verb" "$s"
		assert_failure 4
		hint=' (semop create makes one)'
		[[ $verb != unlink ]] || hint=
		assert_stderr "semop: $shown: no such semaphore set$hint"
		run --separate-stderr semop "$verb" id:2147483647
		assert_failure 4
		assert_stderr "semop: id:2147483647: no such semaphore set"
	done
	run semop set "$s" 1
	assert_failure 4
	run semop op "$s" 0-1
	assert_failure 4
	run --separate-stderr semop run "$s" touch made
	assert_failure 125
	run --separate-stderr semop run id:2147483647 touch made
	assert_failure 125
	assert_stderr "semop: id:2147483647: no such semaphore set"
	assert [ ! -e made ]
	semop unlink -f "$s" id:2147483647
}

@test "without permission semop reports 'Permission denied' for a set" {
	requires nobody
	local verb
	semop create -m 0 "$s" >id
	for verb in value wait post; do
		run --separate-stderr semop "$verb" "$s"
		assert_failure 1
		assert_stderr "semop: $shown: Permission denied"
	done
	run --separate-stderr semop create -e "$s"
	assert_failure 1
	assert_stderr "semop: $shown: Permission denied"
}

@test "semop unlink removes each set, continues after a failure, and -f ignores missing ones" {
	local other
	other=$(semop create private:)
	later semop unlink -f "$other"
	make
	run --separate-stderr semop unlink "key:$(key none)" "$other" "$s"
	assert_failure 4
	assert_equal "${#stderr_lines[@]}" 1
	run semop value "$s"
	assert_failure 4
	semop unlink -f "$other" "$s"
}

# ------------------------------------------------------------------- others

@test "a C program and semop see the same sets" {
	make 2 2
	run c_set value 1
	assert_output 2
	c_set wait 1
	value_is 1 '[1]'
	semop wait "${s}[1]"
	run c_set trywait 1
	assert_failure 3
	semop unlink "$s"
	c_set create 3 7
	value_is 7 '[2]'
	run semop create -e --count 3 "$s"
	assert_success
	c_set remove
	run semop value "$s"
	assert_failure 4
}

@test "semop and a C program wake each other" {
	make 0
	spawn "$(peer sysv_sem)" wait "${s#key:}" 0
	wait_until waiting 1
	semop post "$s"
	collect
	assert_equal "$status" 0
	spawn semop wait "$s" 2
	wait_until waiting 1
	c_set post 0 2
	collect
	assert_equal "$status" 0
	value_is 0
	semop post "$s"
	spawn "$(peer sysv_sem)" zero "${s#key:}" 0
	wait_until waiting_for_zero 1
	semop set "$s" 0
	collect
	assert_equal "$status" 0
}

@test "the end of a C program that holds with SEM_UNDO wakes semop wait" {
	local holder
	make
	spawn "$(peer sysv_sem)" hold "${s#key:}" 0
	holder=$spawned
	wait_until value_is 0
	spawn semop wait "$s"
	wait_until waiting 1
	kill -KILL "$holder"
	collect
	assert_equal "$status" 0
	value_is 0
}

# --------------------------------------------------------------------- undo

@test "-u is refused by the program, and the message says what to use" {
	requires program
	make
	for verb in wait post; do
		run --separate-stderr semop "$verb" -u "$s"
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "semop: -u lasts until the calling process exits: use semop run, or the builtin of bash"
	done
	# as a program: undone when it ends
	semop op "$s" 0-1u
	value_is 1
}

@test "semop wait -u of a shell is undone when the shell ends, however it ends" {
	requires builtin
	make 3 2
	(
		semop wait -u "$s" 2
		semop wait "$s"
		semop op "$s" 1-1u,1-1u
		value_is 0
		value_is 1 '[1]'
	)
	value_is 2
	value_is 3 '[1]'
	hold() {
		semop wait -u "$s"
		: >held
		sleep 30
	}
	spawn hold
	wait_until test -e held
	value_is 1
	kill -KILL "$spawned"
	wait_until value_is 2
}

@test "after semop post -u a wait -u is not undone once more" {
	requires builtin
	make 3
	(
		semop wait -u "$s" 2
		semop post -u "$s" 2
		value_is 3
	)
	value_is 3
	(
		semop wait -u "$s" 2
		semop post "$s" 2
	)
	value_is 5
	# the undo adjustment has 16 bits
	semop set "$s" 32767
	run --separate-stderr semop op "$s" 0-32767u,0+32767,0-1u
	assert_failure 1
	value_is 32767
}

@test "semop set clears the undo adjustments" {
	requires builtin
	make 3
	(
		semop wait -u "$s"
		semop set "$s" 7
	)
	value_is 7
}

# ---------------------------------------------------------------------- run

@test "semop run holds a permit of a set while the command runs, and gives it back before it returns" {
	local i
	make 2 2
	for ((i = 0; i < 20; i++)); do
		run semop run "${s}[1]" "$IPCTOOL_BUILD/bin/semop" value "${s}[1]"
		assert_success
		assert_output 1
		value_is 2 '[1]'
	done
	value_is 2
}

# ----------------------------------------------------------------- the shell

@test "a stop in the first system call of a wait does not end it" {
	requires program plain command:strace
	local call child
	semop create "key:$(key s)" 0
	later semop unlink -f "key:$(key s)"
	for call in "wait -t 30 key:$(key s)" "op key:$(key s) 0-1" "run key:$(key s) true"; do
		echo "$call"
		rm -f trace
		# shellcheck disable=SC2086
		spawn strace -qq -o trace -e trace=semtimedop -e inject=semtimedop:signal=SIGSTOP:when=1 semop $call
		wait_until grep -qs 'stopped by SIGSTOP' trace
		child=$(<"/proc/$spawned/task/$spawned/children")
		kill -CONT "${child%% *}"
		semop post "key:$(key s)"
		collect
		assert_equal "$status" 0
	done
}
