#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# semop: tests of every kind of semaphore: named, in a System V set, in shared memory.

load helper
load semaphores

# ------------------------------------------------------------------- create

@test "semop create does not change an existing semaphore, and -e accepts it" {
	check() {
		make 3
		run --separate-stderr semop create "$s" 5
		assert_failure 5
		assert_output ''
		assert_stderr "semop: $shown: File exists"
		value_is 3
		run semop create -e "$s" 5
		assert_success
		assert_output "$id"
		value_is 3
		semop unlink "$s"
		semop create -e "$s" 5
		value_is 5
	}
	each_kind check
}

@test "several processes that create with -e at once get one semaphore of that value" {
	check() {
		local i
		for i in 1 2 3 4 5 6; do
			spawn semop create -e "$s" 2 >>ids
		done
		all_succeed_within 10
		assert_equal "$(sort -u ids)" "$(semop create -e "$s" 2)"
		value_is 2
		waiting 0
	}
	each_kind check
}

# --------------------------------------------------------------- wait, post

@test "semop wait subtracts from the value, semop post adds to it" {
	check() {
		make 2
		semop wait "$s"
		value_is 1
		semop wait "$s"
		value_is 0
		semop post "$s"
		value_is 1
		semop post "$s" 5
		value_is 6
		semop wait "$s" 4
		value_is 2
	}
	each_kind check
}

@test "semop wait -n does not wait: the status is 3, and the value is unchanged" {
	check() {
		make 2
		run --separate-stderr semop wait -n "$s" 3
		assert_failure 3
		assert_stderr "semop: $shown: would block: the value is less than 3"
		value_is 2
		semop wait --nonblock "$s" 2
		run --separate-stderr semop wait -n "$s"
		assert_failure 3
		assert_stderr "semop: $shown: would block: the value is 0"
		waiting 0
	}
	each_kind check
}

@test "semop wait waits no longer than --timeout, and then is not counted as a waiter" {
	check() {
		make 0
		run --separate-stderr within 5 semop wait -t 50ms "$s"
		assert_failure 124
		assert_stderr "semop: $shown: timed out: the value is 0"
		run within 5 semop wait --timeout=0.05 "$s" 32767
		assert_failure 124
		waiting 0
	}
	each_kind check
}

@test "semop wait with a time-out of 0 still takes what is available" {
	check() {
		make 2
		semop wait -t 0 "$s"
		semop wait --timeout=0ns "$s"
		run semop wait -t 0 "$s"
		assert_failure 124
	}
	each_kind check
}

@test "semop wait waits until the value is large enough, and is counted as a waiter" {
	check() {
		make 0
		spawn semop wait "$s" 2
		wait_until waiting 1
		semop post "$s"
		wait_until sleeping "$spawned"
		value_is 1
		semop post "$s"
		collect
		assert_equal "$status" 0
		value_is 0
		waiting 0
	}
	each_kind check
}

@test "semop post of several wakes as many waiters" {
	check() {
		local i
		make 0
		for i in 1 2 3 4; do
			spawn semop wait "$s"
		done
		wait_until waiting 4
		semop post "$s" 3
		wait_until value_is 0
		wait_until waiting 1
		semop post "$s"
		all_succeed_within 10
	}
	each_kind check
}

@test "a post that would exceed the maximum adds nothing and reports the limit" {
	check() {
		local most=2147483647 name=SEM_VALUE_MAX
		[[ $kind != in_set ]] || most=32767 name=SEMVMX
		make $((most - 1))
		semop post "$s"
		run --separate-stderr semop post "$s"
		assert_failure 1
		assert_stderr "semop: $shown: adding 1 would exceed $name ($most)"
		semop wait "$s" 2
		run --separate-stderr semop post "$s" 3
		assert_failure 1
		assert_stderr --partial 'adding 3 would exceed'
		value_is $((most - 2))
	}
	each_kind check
}

@test "a termination signal ends semop wait, and the value is unchanged" {
	check() {
		local signal
		make 0
		for signal in INT TERM HUP; do
			spawn semop wait "$s" 2
			wait_until waiting 1
			semop post "$s"
			kill -"$signal" "$spawned"
			collect
			assert_equal "$status" $((128 + $(kill -l "$signal")))
			waiting 0
			value_is 1
			semop wait "$s"
		done
	}
	each_kind check
}

@test "stopping and continuing semop wait neither ends nor extends its wait" {
	check() {
		make 0
		spawn semop wait -t 0.5 "$s"
		wait_until waiting 1
		for _ in 1 2 3 4 5; do
			kill -STOP "$spawned"
			kill -CONT "$spawned"
		done
		collect
		assert_equal "$status" 124
		spawn semop wait -t 10 "$s"
		wait_until waiting 1
		kill -STOP "$spawned"
		kill -CONT "$spawned"
		wait_until sleeping "$spawned"
		semop post "$s"
		collect
		assert_equal "$status" 0
	}
	each_kind check
}

@test "a waiter for more does not keep a waiter for less asleep" {
	check() {
		make 0
		spawn semop wait "$s" 3
		local big=$spawned
		wait_until waiting 1
		spawn semop wait "$s"
		wait_until waiting 2
		# of named ones the wake of a post reaches the longest sleeper
		c post
		collect
		assert_equal "$status" 0
		c post 3
		collect "$big"
		assert_equal "$status" 0
		value_is 0
	}
	each_kind check
}

@test "a waiter for two is woken although the value was as high before" {
	check() {
		make 2
		spawn semop wait "$s" 3
		local three=$spawned
		wait_until sleeping "$three"
		wait_until waiting 1
		semop wait "$s"
		spawn semop wait "$s" 2
		wait_until waiting 2
		wait_until sleeping "$spawned"
		c post
		collect
		assert_equal "$status" 0
		semop post "$s" 3
		collect "$three"
		assert_equal "$status" 0
	}
	each_kind check
}

@test "a waiter for more does not keep a waiter for 32 or more asleep" {
	check() {
		make 39
		spawn semop wait "$s" 100
		local more=$spawned
		wait_until waiting 1
		wait_until resting_state "$more"
		spawn semop wait "$s" 40
		wait_until waiting 2
		wait_until resting_state "$spawned"
		c post
		collect
		assert_equal "$status" 0
		semop post "$s" 100
		collect "$more"
		assert_equal "$status" 0
		value_is 0
	}
	each_kind check
}

waits_for_set() {
	make 0
	spawn semop wait "$s" 3
	wait_until waiting 1
	semop set "$s" 2
	waiting 1
	value_is 2
	semop set "$s" 5
	collect
	assert_equal "$status" 0
	value_is 2
	waiting 0
	semop set "$s" 0
	refused 3 "semop: $shown: would block: the value is 0" semop wait -n "$s"
	max=2147483647
	[[ $kind != in_set ]] || max=32767
	refused 2 "semop: VALUE must be a number from 0 to $max, not '-1'" semop set -- "$s" -1
	refused 2 "semop: VALUE must be a number from 0 to $max, not '$((max + 1))'" semop set "$s" $((max + 1))
	semop set "$s" "$max"
	value_is "$max"
	refused 1 "semop: $shown: adding 1 would exceed $([[ $kind == in_set ]] && echo SEMVMX || echo SEM_VALUE_MAX) ($max)" semop post --print "$s"
	semop unlink "$s"
	run semop set "$s" 1
	assert_failure 4
}

@test "semop set sets the value of each kind, and wakes the waiters that can proceed" {
	each_kind waits_for_set
}

prints_the_new_value() {
	make 2
	run semop post --print "$s"
	assert_success
	assert_output 3
	run semop post --print "$s" 4
	assert_output 7
	value_is 7
	closed() { semop post --print "$s" >&-; }
	run closed
	assert_failure 1
	value_is 7
	to_full() { semop post --print "$s" >/dev/full; }
	refused 1 "semop: standard output: No space left on device" to_full
	value_is 8
}

@test "semop post --print prints the new value, and adds nothing if standard output is closed" {
	each_kind prints_the_new_value
}

@test "each of many semop post --print prints another number" {
	local file
	named
	make 0
	numbers() { for _ in {1..40}; do semop post --print "$s"; done; }
	for file in one two three; do
		spawn numbers >"$file"
	done
	all_succeed_within 60
	assert_equal "$(sort -nu one two three | wc -l) $(sort -n one two three | tail -n 1)" '120 120'
}

@test "semop value fails if the value cannot be written" {
	check() {
		make
		to_full() { semop value "$s" >/dev/full; }
		run --separate-stderr to_full
		assert_failure 1
		assert_stderr 'semop: standard output: No space left on device'
	}
	each_kind check
}

# --------------------------------------------------------------- C programs

@test "a C program and semop see the same semaphore and value" {
	check() {
		make 2
		run c value
		assert_output 2
		c wait
		value_is 1
		semop wait "$s"
		run c trywait
		assert_failure 3
		c post
		value_is 1
	}
	each_kind check
}

@test "semop and a C program wake each other" {
	check() {
		make 0
		spawn c wait
		wait_until waiting 1
		semop post "$s"
		collect
		assert_equal "$status" 0
		spawn semop wait "$s"
		wait_until waiting 1
		c post
		collect
		assert_equal "$status" 0
		spawn semop wait "$s" 2
		wait_until waiting 1
		c post 2
		collect
		assert_equal "$status" 0
		value_is 0
	}
	each_kind check
}

# Four loops of semop and four in C, 100000 operations in all.
exchange_all() {
	local ours=250 count
	[[ $IPCTOOL_FRONT != bash ]] || ours=600
	[[ ! ${IPCTOOL_SANITIZED-} ]] || ours=100
	exchange() {
		local i
		for ((i = 0; i < ours; i++)); do
			semop wait "$s" "$1" && semop post "$s" "$1" || return
		done
	}
	make 3
	for count in 1 2 3 1; do
		spawn exchange "$count"
		spawn c exchange $((25000 - ours))
	done
	all_succeed_within 50
	value_is 3
	waiting 0
}

# bats test_tags=slow
@test "8 loops of wait and post on a named semaphore, four in C, end with the right value" {
	with_kind named exchange_all
}

# bats test_tags=slow
@test "8 loops of wait and post on a semaphore in a set, four in C, end with the right value" {
	with_kind in_set exchange_all
}

# bats test_tags=slow
@test "8 loops of wait and post on a semaphore in memory, four in C, do not change the one beside it" {
	check() {
		semop create "shm:$m+96" 5
		exchange_all
		assert_equal "$(semop value "shm:$m+96")" 5
	}
	with_kind in_memory check
}

# ---------------------------------------------------------------------- run

@test "semop run holds one permit while the command runs, and gives it back before it returns" {
	check() {
		local i
		make 2
		for ((i = 0; i < 20; i++)); do
			run semop run "$s" "$IPCTOOL_BUILD/bin/semop" value "$s"
			assert_success
			assert_output 1
			value_is 2
		done
	}
	each_kind check
}

@test "semop run returns the command's status" {
	check() {
		local code
		make
		for code in 0 1 7 255; do
			run semop run "$s" sh -c "exit $code"
			assert_equal "$status" "$code"
			value_is 1
		done
		run semop run "$s" sh -c 'kill -KILL $$'
		assert_failure 137
		run semop run "$s" sh -c 'kill -TERM $$'
		assert_failure 143
		value_is 1
	}
	each_kind check
}

@test "the status of semop run is 127 if the command is not found, 126 if it cannot be executed" {
	check() {
		make
		# a directory that may not be searched would be "Permission denied"
		PATH=${PATH%%:*}:/usr/bin:/bin run -127 --separate-stderr semop run "$s" nosuch-command
		assert_stderr 'semop: nosuch-command: No such file or directory'
		: >plain
		run --separate-stderr semop run "$s" ./plain
		assert_failure 126
		assert_stderr 'semop: ./plain: Permission denied'
		run -127 semop run "$s" ''
		value_is 1
	}
	each_kind check
}

@test "the status of semop run is 123 if it would block, 124 after the time-out, 125 for other failures" {
	check() {
		make 0
		run --separate-stderr semop run -n "$s" touch made
		assert_failure 123
		assert_stderr "semop: $shown: would block: the value is 0"
		run --separate-stderr within 5 semop run -t 0.05 "$s" touch made
		assert_failure 124
		assert_stderr "semop: $shown: timed out: the value is 0"
		run --separate-stderr semop run "$s"
		assert_failure 125
		run --separate-stderr semop run "$s" --
		assert_failure 125
		assert_equal "${stderr_lines[0]}" 'semop: missing COMMAND'
		run --separate-stderr semop run -n -t 1 "$s" touch made
		assert_failure 125
		assert [ ! -e made ]
		value_is 0
		waiting 0
	}
	each_kind check
}

@test "semop run waits until the permit is available" {
	check() {
		make 0
		spawn semop run "$s" touch made
		wait_until waiting 1
		assert [ ! -e made ]
		semop post "$s"
		collect
		assert_equal "$status" 0
		assert [ -e made ]
		value_is 1
	}
	each_kind check
}

@test "a termination signal ends a waiting semop run: no permit is taken, no command run" {
	check() {
		local signal
		make 0
		for signal in INT TERM HUP; do
			spawn semop run "$s" touch made
			wait_until waiting 1
			wait_until sleeping "$spawned"
			kill -"$signal" "$spawned"
			collect
			assert_equal "$status" $((128 + $(kill -l "$signal")))
			waiting 0
			value_is 0
		done
		assert [ ! -e made ]
	}
	each_kind check
}

@test "the command has the caller's descriptors, closed ones too" {
	local show='echo /proc/self/fd/*'
	check() {
		make
		sh -c "$show" >plain
		semop run "$s" sh -c "$show" >held
		cmp plain held
		sh -c "$show" >plain <&-
		semop run "$s" sh -c "$show" >held <&-
		cmp plain held
		sh -c "$show" >plain <&- 2>&-
		semop run "$s" sh -c "$show" >held <&- 2>&-
		cmp plain held
	}
	each_kind check
}

@test "the command has the caller's signal mask, dispositions and environment" {
	check() {
		make
		trap '' USR1
		trap : USR2
		grep -E '^Sig(Blk|Ign)' /proc/self/status >plain
		semop run "$s" grep -E '^Sig(Blk|Ign)' /proc/self/status >held
		diff plain held
		export exported=1
		# shellcheck disable=SC2016
		assigned=2 run semop run "$s" sh -c 'echo "$exported $assigned"'
		assert_output '1 2'
	}
	each_kind check
}

@test "the permit is given back if any signal terminates the command" {
	check() {
		local signal
		make
		for signal in TERM KILL USR1; do
			start_holding "$s"
			value_is 0
			kill -"$signal" "$(<pid)"
			collect
			assert_equal "$status" $((128 + $(kill -l "$signal")))
			value_is 1
		done
	}
	each_kind check
}

@test "the permit is given back if any signal terminates semop run, and the command is killed" {
	check() {
		local signal
		make
		for signal in TERM KILL USR1; do
			start_holding "$s"
			kill -"$signal" "$spawned"
			wait_until value_is 1
			assert gone "$(<pid)"
			wait_until waiting 0
		done
	}
	each_kind check
}

# bats test_tags=slow
@test "the permit is given back if semop run is killed at any moment while its command runs: 40 times" {
	check() {
		local i
		make 2
		for ((i = 0; i < 40; i++)); do
			spawn semop run "$s" sleep 30
			pause "0.0$((RANDOM % 5))$((RANDOM % 10))"
			kill -KILL "$spawned"
			wait_until gone "$spawned"
			wait_until value_is 2
			wait_until waiting 0
		done
	}
	each_kind check
}

# bats test_tags=slow
@test "no permit is lost if semop run is killed at any moment while it waits: 40 times" {
	check() {
		local i
		make 0
		for ((i = 0; i < 20; i++)); do
			spawn semop run "$s" sleep 30
			pause "0.0$((RANDOM % 5))$((RANDOM % 10))"
			kill -KILL "$spawned"
			wait_until waiting 0
			# every process that could take has ended: what is posted now stays
			semop post "$s"
			wait_until gone "$spawned"
			wait_until value_is 1
			semop wait "$s"
		done
		# and here some may take, but they give back
		for ((i = 0; i < 20; i++)); do
			spawn semop run "$s" sleep 30
			((i % 2)) || wait_until waiting 1
			semop post "$s" &
			kill -KILL "$spawned"
			wait $!
			wait_until gone "$spawned"
			wait_until value_is 1
			semop wait "$s"
		done
		wait_until waiting 0
	}
	each_kind check
}

# Four loops that add one to the number in a file.
count_all() {
	local i
	count() {
		local i
		for ((i = 0; i < 100; i++)); do
			# shellcheck disable=SC2016
			semop run "$s" sh -c 'read -r n <count; echo $((n + 1)) >count' || return
		done
	}
	make
	echo 0 >count
	for i in 1 2 3 4; do
		spawn count
	done
	all_succeed_within 50
	assert_equal "$(<count)" 400
	value_is 1
}

# bats test_tags=slow
@test "four parallel loops under semop run of a named semaphore lose no count" {
	with_kind named count_all
}

# bats test_tags=slow
@test "four parallel loops under semop run of a set lose no count" {
	with_kind in_set count_all
}

# bats test_tags=slow
@test "four parallel loops under semop run of a semaphore in memory lose no count" {
	with_kind in_memory count_all
}

# ----------------------------------------------------------------- the shell

@test "hundreds of calls of every subcommand leave a shell as it was" {
	requires builtin plain
	cycle() {
		semop wait "$s" && semop post "$s" && semop value "$s" && semop value -J "$s" &&
			! semop create "$s" && ! semop wait -n "$s" 9 && ! semop wait -t 0 "$s" 9 || return
		case $kind in
		named)
			semop create "$s.2" && semop create -e "$s.2" && semop unlink "$s.2" && ! semop wait "$s.2"
			;;
		in_set)
			semop wait -u "${s}[1]" && semop post -u "${s}[1]" && semop set "$s" 5 &&
				semop op "$s" 0-1,1-1u,0+1,1+1u && ! semop wait id:2147483647
			;;
		in_memory)
			semop create "shm:$m+4072" && semop create -e "shm:$m+4072" && semop unlink "shm:$m+4072" &&
				! semop wait "shm:$m" && ! semop wait "shm:$m+8168" && ! semop unlink "shm:$m"
			;;
		esac
	} >/dev/null 2>&1
	state() {
		echo /proc/$$/fd/*
		signals_of_shell
		grep VmData /proc/$BASHPID/status
		wc -l </proc/$BASHPID/maps
	}
	check() {
		local i
		make 5 "$([[ $kind != in_set ]] || echo 2)"
		for ((i = 0; i < 100; i++)); do cycle; done
		# twice: the first one makes room for itself
		state >before
		state >before
		for ((i = 0; i < 150; i++)); do cycle || break; done
		state >after
		assert_equal "$i" 150
		diff before after
	}
	each_kind check
}
