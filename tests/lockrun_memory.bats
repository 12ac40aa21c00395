#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# lockrun --api mutex, rwlock: locks in shared memory.

load helper
load locks

setup() {
	basic_setup
	m=$(name m)
	later shmunlink -f "$m"
}

# free API [OPTION...]
free() {
	lockrun -n --api "$@" "shm:$m" true 2>/dev/null
}

both() {
	local api
	for api in mutex rwlock; do
		echo "$api"
		"$@" "$api"
		shmunlink -f "$m"
		rm -f pid
	done
}

# waits PID: its holder process sleeps
waits() {
	has_keeper "$1" && sleeping "$keeper"
}

# c_holds VERB NAME OFFSET: a C program holds it; its pid is $holder
c_holds() {
	rm -f held go
	command mkfifo go
	# shellcheck disable=SC2016
	spawn sh -c 'exec "$0" "$@" <go >held' "$(peer mutex)" "$@"
	holder=$spawned
	exec 7>go
	wait_until grep -q held held
}

c_ends() {
	echo >&7
	exec 7>&-
	collect "$holder"
}

# The command prints whether the last owner died.
told() {
	# shellcheck disable=SC2016
	lockrun --api "$1" "shm:$m" sh -c 'echo "died:$LOCKRUN_OWNER_DIED"' 2>err
}

# ------------------------------------------------------------------------ both

@test "a failure of the socket to the holder process does not mark the lock" {
	requires program plain command:strace
	strace -o /dev/null true || skip 'no tracing here'
	check() {
		# of lockrun, not of the holder process
		strace -qq -o trace -e inject=sendto:error=ENOMEM lockrun --api "$1" "shm:$m" true
		assert_equal "$1: $(told "$1")$(<err)" "$1: died:"
	}
	both check
}

@test "lockrun holds a lock in shared memory while the command runs, and no longer" {
	check() {
		start_holding --api "$1" "shm:$m"
		taken "$1"
		stop_holding
		assert_equal "$status" 143
		# a command that was killed leaves a mark
		run told "$1"
		assert_output died:1
		run told "$1"
		assert_output died:
		[ ! -s err ]
		free "$1"
	}
	both check
}

@test "lockrun creates the object with mode 0600 and the size of the lock" {
	lockrun --api mutex "shm:$m" true
	assert_equal "$(stat -c '%a %s' "/dev/shm/$m")" '600 40'
	shmunlink "$m"
	umask 077
	lockrun --api rwlock "shm:$m+8" true
	assert_equal "$(stat -c '%a %s' "/dev/shm/$m")" '600 4104'
}

@test "lockrun with a lock in shared memory returns the command's status" {
	check() {
		local code
		for code in 0 1 7 255; do
			run lockrun --api "$1" "shm:$m" sh -c "exit $code"
			assert_equal "$status" "$code"
		done
		PATH=${PATH%%:*}:/usr/bin:/bin run -127 lockrun --api "$1" "shm:$m" nosuch-command
		assert_output 'lockrun: nosuch-command: No such file or directory'
		free "$1"
	}
	both check
}

@test "lockrun does not wait for a lock in shared memory with -n, and no longer than --timeout" {
	check() {
		start_holding --api "$1" "shm:$m"
		run --separate-stderr lockrun -n --api "$1" "shm:$m" touch made
		assert_failure 123
		assert_stderr "lockrun: shm:/$m: locked by another process"
		run --separate-stderr within 5 lockrun -t 50ms --api "$1" "shm:$m" touch made
		assert_failure 124
		assert_stderr "lockrun: shm:/$m: timed out: locked by another process"
		assert [ ! -e made ]
		stop_holding
	}
	both check
}

@test "lockrun -v reports the time of a lock in shared memory, and which process holds it" {
	check() {
		start_holding --api "$1" "shm:$m"
		wait_until has_keeper "$spawned"
		run lockrun -n -v -E 9 --api "$1" "shm:$m" touch made
		assert_failure 9
		assert_equal "${lines[0]}" "lockrun: shm:/$m: locked by another process"
		assert_equal "${lines[1]}" "shm:/$m: process $keeper (lock-keeper) holds a lock of kind $1"
		assert_equal "${#lines[@]}" 2
		stop_holding
		run --separate-stderr lockrun -v --api "$1" "shm:$m" true
		assert_success
		assert_regex "${stderr_lines[0]}" "^shm:/$m: locked after [0-9.]+ .?s$"
		assert [ ! -e made ]
	}
	both check
}

@test "lockrun waits until a lock in shared memory is free" {
	check() {
		local first
		start_holding --api "$1" "shm:$m"
		first=$spawned
		spawn lockrun --api "$1" -t 20 "shm:$m" touch made
		wait_until waits "$spawned"
		assert [ ! -e made ]
		kill "$(<pid)"
		collect
		assert_equal "$status" 0
		rm made
		collect "$first"
	}
	both check
}

@test "a termination signal ends lockrun while it waits for a lock in shared memory: nothing is run" {
	check() {
		local signal first
		start_holding --api "$1" "shm:$m"
		first=$spawned
		for signal in INT TERM HUP; do
			spawn lockrun --api "$1" "shm:$m" touch made
			wait_until waits "$spawned"
			kill -"$signal" "$spawned"
			collect
			assert_equal "$status" $((128 + $(kill -l "$signal")))
		done
		kill "$(<pid)"
		collect "$first"
		assert [ ! -e made ]
	}
	both check
}

@test "the next process acquires the lock when lockrun, its command or its holder process is killed" {
	check() {
		start_holding --api "$1" "shm:$m"
		kill -KILL "$spawned"
		run within 5 told "$1"
		assert_output died:1
		assert_equal "$(<err)" "lockrun: shm:/$m: the last owner died: the protected data may be inconsistent"
		assert gone "$(<pid)"
		start_holding --api "$1" "shm:$m"
		kill -KILL "$(<pid)"
		collect
		assert_equal "$status" 137
		run within 5 told "$1"
		assert_output died:1
		start_holding --api "$1" "shm:$m" 2>err
		wait_until has_keeper "$spawned"
		kill -KILL "$keeper"
		run within 5 told "$1"
		assert_output died:1
		assert gone "$(<pid)"
		collect
		assert_equal "$status" 125
		run told "$1"
		assert_output died:
	}
	both check
}

@test "a process that acquires the lock of a killed holder process waits until its command is dead" {
	check() {
		local first
		start_holding --api "$1" "shm:$m"
		first=$spawned
		wait_until has_keeper "$first"
		# it cannot kill its command while it is stopped
		kill -STOP "$first"
		kill -KILL "$keeper"
		wait_until gone "$keeper"
		run lockrun -n --api "$1" "shm:$m" touch made
		assert_failure 123
		run lockrun -t 50ms --api "$1" "shm:$m" touch made
		assert_failure 124
		assert [ ! -e made ]
		kill -CONT "$first"
		run within 5 told "$1"
		assert_output died:1
		collect "$first"
	}
	both check
}

@test "the mark of a killed owner stays until a command has exited with status 0" {
	check() {
		run lockrun --api "$1" "shm:$m" sh -c 'kill -KILL $$'
		assert_failure 137
		run lockrun --api "$1" "shm:$m" sh -c 'exit 3'
		assert_failure 3
		run told "$1"
		assert_output died:1
		run told "$1"
		assert_output died:
	}
	both check
}

@test "a waiter that is killed acquires nothing" {
	check() {
		local first
		start_holding --api "$1" "shm:$m"
		first=$spawned
		spawn lockrun --api "$1" "shm:$m" touch made
		wait_until waits "$spawned"
		kill -KILL "$spawned"
		wait_until gone "$keeper"
		kill "$(<pid)"
		collect "$first"
		free "$1"
		assert [ ! -e made ]
	}
	both check
}

@test "several locks in shared memory are acquired in one order, each once" {
	check() {
		local pid
		shmcreate "$m" 20000
		loop() {
			local i
			for ((i = 0; i < 20; i++)); do
				lockrun --api "$@" true || return
			done
		}
		spawned_pids=()
		spawn loop "$1" -a "shm:$m+4096" -a "shm:$m" "shm:/$m+8192"
		spawn loop "$1" -a "shm:$m+8192" -a "shm:$m+4096" "shm:$m+0"
		spawn loop "$1" -a "shm:$m+4096" -a "shm:$m+8192" "shm:$m+4096"
		for pid in "${spawned_pids[@]}"; do
			collect "$pid"
			assert_equal "$status" 0
		done
		run lockrun -n --api "$1" -a "shm:$m+4096" "shm:$m" lockrun -n --api "$1" "shm:$m+4096" true
		assert_failure 123
		lockrun -n --api "$1" -a "shm:$m+4096" "shm:$m" lockrun -n --api "$1" "shm:$m+8192" true
	}
	both check
}

@test "lockrun that cannot acquire the second of two locks in shared memory releases the first, unmarked" {
	check() {
		shmcreate "$m" 20000
		run lockrun -n --api "$1" "shm:$m+4096" lockrun -n --api "$1" -a "shm:$m+4096" "shm:$m" true
		assert_failure 123
		run --separate-stderr lockrun -n --api "$1" "shm:$m" true
		assert_equal "$status $stderr" '0 '
	}
	both check
}

@test "lockrun refuses invalid names and options of locks in shared memory before anything is done" {
	local bad
	for bad in '' key:1 shm: "shm:$m+4"; do
		run --separate-stderr lockrun --api mutex "$bad" touch made
		assert_failure 125
		assert_equal "${#stderr_lines[@]}" 2
	done
	run --separate-stderr lockrun --api mutex "$m" touch made
	assert_equal "${stderr_lines[0]}" "lockrun: '$m': the name of a lock in memory is shm:NAME or shm:NAME+OFFSET"
	run --separate-stderr lockrun --api mutex "shm:$m+4" touch made
	assert_equal "${stderr_lines[0]}" "lockrun: 'shm:$m+4': the offset of a lock must be a multiple of 8 bytes"
	run --separate-stderr lockrun -s --api mutex "shm:$m" touch made
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "lockrun: option '-s': requires --api rwlock"
	run --separate-stderr lockrun -r 0:1 --api rwlock "shm:$m" touch made
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "lockrun: option '-r': requires a lock on a file"
	run --separate-stderr lockrun "shm:$m" touch made
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "lockrun: 'shm:$m': requires --api mutex or rwlock"
	run --separate-stderr lockrun --api mutex "shm:$m+9223372036854775800" touch made
	assert_failure 125
	assert [ ! -e made ]
	assert [ ! -e "/dev/shm/$m" ]
	assert [ ! -e "shm:$m" ]
}

@test "lockrun refuses memory that is not a lock" {
	printf 'something else%4096s' '' >"/dev/shm/$m"
	run --separate-stderr lockrun --api mutex "shm:$m" touch made
	assert_failure 125
	assert_stderr "lockrun: shm:/$m: not a robust, process-shared mutex of glibc"
	run --separate-stderr lockrun --api rwlock "shm:$m" touch made
	assert_failure 125
	assert_stderr "lockrun: shm:/$m: not a read-write lock"
	shmunlink "$m"
	lockrun --api mutex "shm:$m" true
	run --separate-stderr lockrun --api mutex "shm:$m+8" touch made
	assert_failure 125
	assert_stderr "lockrun: /$m: 40 bytes at offset 8: past the end (size 40)"
	run --separate-stderr lockrun --api rwlock "shm:$m" touch made
	assert_failure 125
	shmunlink "$m"
	: >"/dev/shm/$m"
	run --separate-stderr lockrun --api mutex "shm:$m" touch made
	assert_failure 125
	assert_stderr "lockrun: /$m: 40 bytes at offset 0: past the end (size 0)"
	shmunlink "$m"
	"$(peer mutex)" plain "$m" 0
	run --separate-stderr lockrun --api mutex "shm:$m" touch made
	assert_failure 125
	assert_stderr "lockrun: shm:/$m: not a robust, process-shared mutex of glibc"
	shmunlink "$m"
	"$(peer mutex)" inherit "$m" 0
	refused 125 "lockrun: shm:/$m: a mutex with priority inheritance is not supported" \
		lockrun --api mutex "shm:$m" touch made
	assert [ ! -e made ]
}

@test "a lock in shared memory on a full file system fails, and raises no SIGBUS" {
	requires mounts
	run tiny_shm 8k "head -c 8k /dev/zero >/dev/shm/full; truncate -s 4096 /dev/shm/m
		for api in mutex rwlock; do
			lockrun --api \$api shm:m true; echo \$?; lockrun --api \$api shm:other true; echo \$?
		done; ls -A /dev/shm"
	assert_line --index 1 125
	assert_line --index 3 125
	assert_equal "$(grep -c 'No space left on device' <<<"$output")" 4
	assert_equal "$(tail -n 2 <<<"$output" | tr '\n' ' ')" 'full m '
}

@test "lockrun with locks in shared memory as a builtin leaves the shell unchanged" {
	requires builtin
	local i api before after
	trap 'echo trapped >>traps' USR1
	trap >before
	signals_of_shell >signals
	echo /proc/$$/fd/* >descriptors
	grep -c . /proc/self/maps >maps || true
	read -r before <"/proc/$BASHPID/task/$BASHPID/children" || true
	for api in mutex rwlock; do
		for ((i = 0; i < 20; i++)); do
			lockrun --api "$api" "shm:$m.$api" true
			lockrun --api "$api" "shm:$m.$api+3" true 2>/dev/null || true
		done
		shmunlink "$m.$api"
	done
	trap >after
	cmp before after
	signals_of_shell >signals.after
	cmp signals signals.after
	echo /proc/$$/fd/* >descriptors.after
	cmp descriptors descriptors.after
	assert_equal "$(grep -c "$m" "/proc/$$/maps")" 0
	read -r after <"/proc/$BASHPID/task/$BASHPID/children" || true
	assert_equal "$after" "$before"
	trap - USR1
}

# ------------------------------------------------------------------------ mutex

@test "lockrun and C programs lock each other's mutexes" {
	"$(peer mutex)" create "$m" 4088
	lockrun -n --api mutex "shm:$m+4088" true
	c_holds hold "$m" 4088
	run lockrun -n --api mutex "shm:$m+4088" true
	assert_failure 123
	spawn lockrun -t 20 --api mutex "shm:$m+4088" true
	wait_until waits "$spawned"
	c_ends
	assert_equal "$status" 0
	collect "${spawned_pids[-1]}"
	assert_equal "$status" 0
	shmunlink "$m"
	start_holding --api mutex "shm:$m"
	run "$(peer mutex)" try "$m" 0
	assert_failure 3
	spawn "$(peer mutex)" hold "$m" 0 </dev/null
	wait_until sleeping "$spawned"
	kill "$(<pid)"
	collect
	assert_equal "$status" 0
	free mutex
}

@test "lockrun acquires the mutex of a C program that was killed, and reports it" {
	lockrun --api mutex "shm:$m" true
	c_holds hold "$m" 0
	kill -KILL "$holder"
	exec 7>&-
	run within 5 told mutex
	assert_output died:1
	run told mutex
	assert_output died:
	# also one that waits
	c_holds hold "$m" 0
	spawn lockrun -t 20 --api mutex "shm:$m" true 2>err
	wait_until waits "$spawned"
	kill -KILL "$holder"
	exec 7>&-
	collect
	assert_equal "$status" 0
	assert_equal "$(<err)" "lockrun: shm:/$m: the last owner died: the protected data may be inconsistent"
	run "$(peer mutex)" try "$m" 0
	assert_success
	assert_output ''
}

@test "a C program gets EOWNERDEAD if lockrun, its command or its holder process is killed" {
	local victim
	for victim in lockrun command keeper; do
		start_holding --api mutex "shm:$m" 2>err
		wait_until has_keeper "$spawned"
		case $victim in
		lockrun) kill -KILL "$spawned" ;;
		command) kill -KILL "$(<pid)" ;;
		keeper) kill -KILL "$keeper" ;;
		esac
		run within 5 "$(peer mutex)" hold "$m" 0 </dev/null
		assert_success
		assert_output $'died\nheld'
		run "$(peer mutex)" try "$m" 0
		assert_output ''
	done
}

@test "lockrun reports a mutex that was not made consistent as not recoverable" {
	lockrun --api mutex "shm:$m" true
	c_holds hold "$m" 0
	kill -KILL "$holder"
	exec 7>&-
	wait_until gone "$holder"
	c_holds abandon "$m" 0
	c_ends
	run --separate-stderr lockrun --api mutex "shm:$m" touch made
	assert_failure 125
	assert_stderr "lockrun: shm:/$m: not recoverable: not marked consistent after its owner had died"
	run "$(peer mutex)" try "$m" 0
	assert_failure 4
	assert [ ! -e made ]
}

# bats test_tags=slow
@test "lockrun and C programs, some of them killed, count under one mutex without a loss" {
	local i
	echo 0 >count
	lockrun --api mutex "shm:$m" true
	count() {
		local j
		for ((j = 0; j < 25; j++)); do
			# shellcheck disable=SC2016
			lockrun --api mutex "shm:$m" sh -c 'read -r n <count; echo $((n + 1)) >count' 2>/dev/null || return
		done
	}
	spawned_pids=()
	for ((i = 0; i < 4; i++)); do
		spawn count
		spawn "$(peer mutex)" count "$m" 0 475
	done
	for ((i = 0; i < 15; i++)); do
		killed_at_any_moment --api mutex "shm:$m"
	done
	all_succeed_within 30
	assert_equal "$(<count)" 2000
	wait_until free mutex
}

# ----------------------------------------------------------------------- rwlock

@test "readers of an rwlock share it, a writer excludes all" {
	start_holding -s --api rwlock "shm:$m"
	free rwlock -s
	taken rwlock
	stop_holding
	free rwlock
	start_holding -x --api rwlock "shm:$m"
	taken rwlock -s
	taken rwlock
	stop_holding
	run told rwlock
}

@test "readers that arrive after a waiting writer wait for it" {
	local reader writer
	start_holding -s --api rwlock "shm:$m"
	reader=$spawned
	spawn lockrun -t 20 --api rwlock "shm:$m" sh -c 'echo writer >>order'
	writer=$spawned
	wait_until waits "$writer"
	taken rwlock -s
	spawn lockrun -s -t 20 --api rwlock "shm:$m" sh -c 'echo reader >>order'
	wait_until waits "$spawned"
	kill "$(<pid)"
	collect "$reader"
	collect "$writer"
	assert_equal "$status" 0
	collect
	assert_equal "$status" 0
	assert_equal "$(<order)" $'writer\nreader'
}

@test "a writer that gives up no longer keeps readers out" {
	local reader
	start_holding -s --api rwlock "shm:$m"
	reader=$spawned
	run lockrun -t 50ms --api rwlock "shm:$m" true
	assert_failure 124
	free rwlock -s
	spawn lockrun -t 20 --api rwlock "shm:$m" true
	wait_until waits "$spawned"
	spawn lockrun -s -t 20 --api rwlock "shm:$m" true
	wait_until waits "$spawned"
	kill -KILL "${spawned_pids[-2]}"
	collect
	assert_equal "$status" 0
	kill "$(<pid)"
	collect "$reader"
}

@test "a reader that is killed does not keep a writer out, and leaves no mark" {
	local victim
	for victim in lockrun command keeper; do
		start_holding -s --api rwlock "shm:$m" 2>err
		wait_until has_keeper "$spawned"
		case $victim in
		lockrun) kill -KILL "$spawned" ;;
		command) kill -KILL "$(<pid)" ;;
		keeper) kill -KILL "$keeper" ;;
		esac
		run within 5 told rwlock
		assert_output died:
	done
}

@test "readers are notified of a writer that was killed, until a writer has exited with status 0" {
	run lockrun --api rwlock "shm:$m" sh -c 'kill -KILL $$'
	# shellcheck disable=SC2016
	run lockrun -s --api rwlock "shm:$m" sh -c 'echo "died:$LOCKRUN_OWNER_DIED"'
	assert_line died:1
	# shellcheck disable=SC2016
	run lockrun -s --api rwlock "shm:$m" sh -c 'echo "died:$LOCKRUN_OWNER_DIED"'
	assert_line died:1
	run told rwlock
	assert_output died:1
	# shellcheck disable=SC2016
	run lockrun -s --api rwlock "shm:$m" sh -c 'echo "died:$LOCKRUN_OWNER_DIED"'
	assert_output died:
}

# bats test_tags=slow
@test "writers count, and readers see consistent data, while some of both are killed" {
	local i
	echo 0 0 >pair
	lockrun --api rwlock "shm:$m" true
	# shellcheck disable=SC2016
	write() {
		local j
		for ((j = 0; j < 25; j++)); do
			lockrun --api rwlock "shm:$m" sh -c '
				read -r a b <pair; echo "$((a + 1)) x" >pair; echo "$((a + 1)) $((b + 1))" >pair' 2>/dev/null || return
		done
	}
	# shellcheck disable=SC2016
	look() {
		local j
		for ((j = 0; j < 25; j++)); do
			lockrun -s --api rwlock "shm:$m" sh -c 'read -r a b <pair; [ "$a" = "$b" ]' 2>/dev/null || return
		done
	}
	spawned_pids=()
	for ((i = 0; i < 4; i++)); do
		spawn write
		spawn look
	done
	for ((i = 0; i < 20; i++)); do
		killed_at_any_moment "$( ((i & 1)) && echo -x || echo -s)" --api rwlock "shm:$m"
	done
	all_succeed_within 30
	assert_equal "$(<pair)" '100 100'
	wait_until free rwlock
}
