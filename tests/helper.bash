# SPDX-License-Identifier: MIT
# helper.bash - what every test file loads: `load helper`
#
#   name WORD            a private name for an object, e.g. ipct.4711.WORD; the same WORD gives the same name
#                        throughout a test. A test that leaves such an object behind fails.
#   key WORD             a private key for a System V object, e.g. 0x49126701; otherwise as name. What has no key,
#                        or that of ftok, the test removes itself: `later ipcrm -q "$id"`
#   run CMD...           bats' own: $status and $output. `run --separate-stderr CMD...` sets $stderr too.
#   assert_stderr [--partial | --regexp] TEXT      as assert_output of bats-assert, for $stderr
#   refused STATUS MESSAGE CMD...    CMD fails with this status and this one line (after a usage error also the
#                        hint at --help), and prints nothing on standard output
#   spawn CMD...         start CMD (a builtin, a function, a program) in the background; its pid is $spawned.
#                        Redirect as usual: `spawn mqrecv -F "$q" >out 2>err`. It ends with the test at the latest.
#   become CMD...        as the last command of a spawned function: the process itself is CMD, as with exec, but
#                        a builtin stays one
#   collect [PID]        wait, at most 30 s, until a spawned command ($spawned) ends; its status is in $status
#   all_succeed_within SECONDS    each spawned command ends with status 0, within SECONDS after the one before
#   end_spawned          kill what was spawned, as the end of the test does
#   stall TYPE ADDRESS   pass to the process $spawned, which receives there, a descriptor whose close waits for long,
#                        with the line "text", and that line once more; for root, who may configure the network
#   later CMD...         run CMD at the end of the test, the last one first
#   wait_until CMD...    try CMD every 10 ms until it succeeds, its messages discarded; after 30 s the test fails
#   within SECONDS CMD...  run CMD here and now, but not longer: then it is killed and the status is 98. A time of a
#                        second or more means at least 30 s: it is for commands that hang, and a busy machine is slow
#   sleeping PID         is PID blocked in a system call? `spawn …; wait_until sleeping $spawned`
#   signals_of_shell     the masks and dispositions of the shell itself, read without a fork: around one it
#                        blocks signals of its own
#   listening ADDRESS    does a process accept connections there? Finds out without connecting. A file is named from
#                        the root: others may use the same short name. `test -S` succeeds between bind and listen too
#   pause SECONDS        sleep without starting a process; for a loop that polls
#   gone PID             has PID ended?
#   requires WORD...     skip the test unless all hold:
#                        root, nobody           who runs it
#                        program, builtin       through which front end
#                        static, glibc          how the program is built
#                        plain                  not under the sanitizers
#                        namespaces             objects of our own: limits may be changed
#                        mounts                 tiny_shm works here
#                        command:NAME           this program exists
#   tiny_shm SIZE TEXT   run TEXT in a bash whose /dev/shm is empty and holds no more than SIZE bytes (64k)
#   peer NAME            path of the C program tests/peers/NAME.c: the other end, linked with the system's library
#   raised_by_sysctl NAME VALUE    what a message about a limit ends with: "; 'sysctl NAME=VALUE' raises it" if this
#                        user may write it, otherwise nothing
#   raised_by_ulimit LETTER        the same for a resource limit, if the soft limit is below the hard one
#
# A file with its own setup or teardown calls basic_setup or basic_teardown in it.

# 1.8 filters by tags.
bats_require_minimum_version 1.8.0

# Every test loads this file anew. The libraries' own load.bash forks for each of their files.
load_libraries() {
	local folder file
	for folder in ${BATS_LIB_PATH:+"${BATS_LIB_PATH%%:*}"} /usr/lib/bats /usr/share/bats; do
		[[ -e $folder/bats-assert/load.bash ]] || continue
		for file in "$folder"/bats-support/src/*.bash "$folder"/bats-assert/src/*.bash; do
			# shellcheck disable=SC1090
			source "$file"
		done
		return
	done
	echo 'bats-assert is not installed' >&2
	return 1
}
load_libraries

# scripts/test says which front end; someone who calls bats by hand gets the default build.
IPCTOOL_FRONT=${IPCTOOL_FRONT:-musl}
IPCTOOL_ROOT=${BATS_TEST_DIRNAME%/*}
IPCTOOL_BUILD=${IPCTOOL_BUILD:-$IPCTOOL_ROOT/build}

choose_front() {
	case $IPCTOOL_FRONT in
	glibc) PATH=$IPCTOOL_BUILD/glibc/bin:$PATH ;;
	*) PATH=$IPCTOOL_BUILD/bin:$PATH ;;
	esac
	if [[ $IPCTOOL_FRONT == bash ]]; then
		# The shell that runs the file asks once for all its tests.
		export IPCTOOL_BUILTIN_NAMES=${IPCTOOL_BUILTIN_NAMES:-$(ipctool --bash --names)}
		read -r -a builtin_names <<<"$IPCTOOL_BUILTIN_NAMES"
		enable -f "$IPCTOOL_BUILD/ipctool.so" "${builtin_names[@]}"
	fi
	umask 022
}
choose_front

# Nothing ever comes out of this FIFO: to wait for it takes no process, as sleep would.
IPCTOOL_SILENCE=$BATS_RUN_TMPDIR/silence
export IPCTOOL_SILENCE
[[ -p $IPCTOOL_SILENCE ]] || mkfifo -m 600 "$IPCTOOL_SILENCE"

pause() {
	IFS= read -r -t "$1" _ <>"$IPCTOOL_SILENCE" || true
}

setup() {
	basic_setup
}

teardown() {
	basic_teardown
}

basic_setup() {
	spawned_pids=()
	later_commands=()
	# The sanitizer's library was for the shell that loads the builtins, not for what tests start.
	unset LD_PRELOAD
	# Whoever runs the tests may have a shell that runs no lines of sh, or none at all.
	export SHELL=/bin/sh
	locate_failures_cheaply
	cd "$BATS_TEST_TMPDIR" || return
}

# To report where a test failed, bats records its position before every command, in all functions: half of the time
# that a test takes. It is enough to record it when a command fails, and when the time-out expires.
locate_failures_cheaply() {
	[[ ${BATS_TRACE_LEVEL:-0} == 0 ]] || return 0
	declare -F bats_check_status_from_trap bats_capture_stack_trace bats_timeout_trap >/dev/null || return 0
	trap - DEBUG
	BATS_DEBUG_LAST_STACK_TRACE=() BATS_DEBUG_LASTLAST_STACK_TRACE=()
	trap note_failure ERR
	[[ ! ${BATS_TEST_TIMEOUT-} ]] || trap note_timeout ABRT
}

note_failure() {
	bats_check_status_from_trap
	if [[ ! ${BATS_DEBUG_LAST_STACK_TRACE_IS_VALID-} ]]; then
		bats_capture_stack_trace
		BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
	fi
}

note_timeout() {
	echo "the time was up during: $BASH_COMMAND"
	bats_capture_stack_trace
	# shellcheck disable=SC2034 # for bats
	BATS_DEBUG_LASTLAST_STACK_TRACE=("${BATS_DEBUG_LAST_STACK_TRACE[@]}")
	bats_timeout_trap
}

basic_teardown() {
	local i left
	for ((i = ${#later_commands[@]} - 1; i >= 0; i--)); do
		eval "${later_commands[i]}" || true
	done
	end_spawned
	left=$(remove_objects; remove_keys)
	if [[ $left && ${BATS_TEST_COMPLETED-} ]]; then
		echo "left behind: ${left//$'\n'/, }"
		return 1
	fi
}

# Remove whatever bears one of this test's names; say what was there.
remove_objects() {
	local word file prefix=ipct.$$.
	for file in /dev/shm/"$prefix"* /dev/shm/sem."$prefix"*; do
		[[ -e $file ]] || continue
		echo "$file"
		rm -f "$file"
	done
	if [[ ${IPCTOOL_MQUEUE-} ]]; then
		for file in "$IPCTOOL_MQUEUE/$prefix"*; do
			[[ -e $file ]] || continue
			echo "queue ${file##*/}"
			rm -f "$file"
		done
	elif [[ -e $BATS_TEST_TMPDIR/.words ]]; then
		# The queues cannot be listed: try every word that name was asked for.
		sort -u "$BATS_TEST_TMPDIR/.words" | while IFS= read -r word; do
			"$(peer unlink_queue)" "/$prefix$word" || true
		done
	fi
}

# Remove whatever bears one of this test's keys; say what was there.
remove_keys() {
	local kind option number id rest base=$((0x49000000 | ($$ & 0xffff) << 8))
	while read -r kind option; do
		while read -r number id rest; do
			# the file shows a key of 32 bits as a number with a sign
			[[ $number != key ]] || continue
			(((number & 0xffffff00) == base)) || continue
			echo "System V $kind id $id"
			ipcrm "$option" "$id"
		done <"/proc/sysvipc/$kind"
	done <<<$'msg -q\nshm -m\nsem -s'
}

key() {
	# One line for each word; its number is the last byte of the key.
	local keys=$BATS_TEST_TMPDIR/.keys known=() i
	[[ ! -e $keys ]] || mapfile -t known <"$keys"
	for ((i = 0; i < ${#known[@]}; i++)); do
		[[ ${known[i]} != "$1" ]] || break
	done
	((i < ${#known[@]})) || echo "$1" >>"$keys"
	printf '0x%08x\n' $((0x49000000 | ($$ & 0xffff) << 8 | (i + 1)))
}

name() {
	# `name` is called in command substitutions, where only a file can remember.
	[[ ! $1 || ${IPCTOOL_MQUEUE-} ]] || echo "$1" >>"$BATS_TEST_TMPDIR/.words"
	echo "ipct.$$.$1"
}

spawn() {
	# Job control gives it a process group and lets it keep the signals that a shell ignores for
	# background commands. bats waits for every process that holds its descriptor 3.
	set -m
	"$@" 3>&- <&0 &
	spawned=$!
	set +m
	spawned_pids+=("$spawned")
}

end_spawned() {
	local pid
	for pid in "${spawned_pids[@]}"; do
		kill -KILL -- "-$pid" 2>/dev/null || true
		end_of "$pid" || true
	done
	spawned_pids=()
}

# Wait for a child, and return its status. wait reports a child that the shell has seen stopped, by a signal of the
# test, as if it had ended: 147 for SIGSTOP. `wait -f` is for that, but under load it has also given 127.
end_of() {
	local result=0
	wait "$1" 2>/dev/null || result=$?
	if ((result > 128)) && kill -0 "$1" 2>/dev/null; then
		while kill -0 "$1" 2>/dev/null; do
			pause 0.01
		done
		result=0
		wait "$1" 2>/dev/null || result=$?
	fi
	return "$result"
}

# The receiver is stopped meanwhile, so that it has the last copy. Where the kernel refuses the descriptor (since
# Linux 6.16), TEXT comes only once.
stall() {
	local receiver=$spawned
	rm -f stalling
	kill -STOP "$receiver"
	spawn "$(peer linger)" "$1" "$2" $'text\n' >stalling
	wait_until test -s stalling
	kill -CONT "$receiver"
	spawned=$receiver
	assert_regex "$(<stalling)" '^(passed|Operation not permitted)$'
}

# Without a command substitution: sleeping() would take the shell that waits for it for the command.
become() {
	if ! declare -F "$1" >/dev/null && ! compgen -b -X "!$1" >/dev/null; then
		exec "$@"
	fi
	"$@"
}

collect() {
	local pid=${1:-$spawned} watchdog
	start_watchdog 30 "$pid"
	# shellcheck disable=SC2034 # as after run: for the test
	end_of "$pid" && status=0 || status=$?
	if ! stop_watchdog; then
		fail "process $pid still ran after 30 s"
	fi
}

all_succeed_within() {
	local limit=$1 pid
	for pid in "${spawned_pids[@]}"; do
		within "$limit" tail --pid="$pid" -f /dev/null
		collect "$pid"
		assert_equal "$status" 0
	done
}

within() {
	local limit=$1 pid watchdog result=0
	shift
	[[ $limit == *.* ]] || ((limit >= 30)) || limit=30
	set -m
	"$@" 3>&- <&0 &
	pid=$!
	set +m
	start_watchdog "$limit" "$pid"
	end_of "$pid" || result=$?
	if ! stop_watchdog; then
		echo "still ran after $limit s: $*" >&2
		return 98
	fi
	return "$result"
}

# start_watchdog SECONDS PID: kill that process group then. Sets $watchdog.
start_watchdog() {
	watchdog=
	! gone "$2" || return 0
	set -m
	{
		pause "$1"
		: >"$BATS_TEST_TMPDIR/.barked.$BASHPID"
		kill -KILL -- "-$2"
	} >/dev/null 2>&1 3>&- &
	watchdog=$!
	set +m
}

# False if it was too late: the watchdog has killed the group.
stop_watchdog() {
	[[ $watchdog ]] || return 0
	kill -KILL "$watchdog" 2>/dev/null || true
	wait "$watchdog" 2>/dev/null || true
	[[ ! -e $BATS_TEST_TMPDIR/.barked.$watchdog ]]
}

later() {
	later_commands+=("$(printf '%q ' "$@")")
}

wait_until() {
	local deadline=$((SECONDS + 31))
	until "$@" 2>/dev/null; do
		if ((SECONDS >= deadline)); then
			fail "still not true after 30 s: $*"
			return
		fi
		pause 0.01
	done
}

# Twice, 10 ms apart, in the same system call and not running between them.
sleeping() {
	local before state
	resting_state "$1" || return
	before=$state
	pause 0.01
	resting_state "$1" && [[ $before == "$state" ]]
}

# Sets $state.
resting_state() {
	local status=
	IFS= read -r -d '' status 2>/dev/null <"/proc/$1/status" || true
	state=${status#*$'\nvoluntary_ctxt_switches:'}
	[[ $status == *$'\nState:\tS '* ]]
}

signals_of_shell() {
	local status field value
	# in one read: the kernel writes it anew for each, and numbers in it grow
	IFS= read -r -d '' status </proc/$BASHPID/status || true
	while read -r field value; do
		[[ $field != Sig[BIC]* ]] || echo "$field $value"
	done <<<"$status"
}

listening() {
	grep -q " 00010000 .* $1\$" /proc/net/unix
}

gone() {
	local state=
	IFS= read -r -d '' state 2>/dev/null <"/proc/$1/stat" || true
	[[ ! $state || ${state##*) } == [ZX]* ]]
}

# Sets the array $commands to the children of a process but its helper (src/process/stop_forwarder.h).
commands_of() {
	local pid children comm
	commands=()
	read -r -a children 2>/dev/null <"/proc/$1/task/$1/children" || true
	for pid in "${children[@]}"; do
		comm=
		read -r comm 2>/dev/null <"/proc/$pid/comm" || true
		[[ $comm == stop-forwarder ]] || commands+=("$pid")
	done
}

# commands_number PID N
commands_number() {
	commands_of "$1"
	((${#commands[@]} == $2))
}

stopped() {
	local stat=
	read -r stat 2>/dev/null <"/proc/$1/stat" || true
	[[ ${stat##*) } == T* ]]
}

# none_stopped PID..., all_stopped PID..., all_gone PID...: of processes; a zombie is gone.
none_stopped() {
	local pid
	for pid; do
		! stopped "$pid" || return 1
	done
}

all_stopped() {
	local pid
	for pid; do
		stopped "$pid" || return 1
	done
}

all_gone() {
	local pid
	for pid; do
		[[ ! -e /proc/$pid ]] || grep -q '^State:.Z' "/proc/$pid/status" || return 1
	done
}

# export_variables: forty of one length; $exported has their lines of env(1)
export_variables() {
	local i
	exported=
	for i in {10..49}; do
		export "VAR_$i=$i"
		exported+=$'\n'VAR_$i=$i
	done
}

requires() {
	local word
	for word; do
		case $word in
		root) [[ $EUID -eq 0 ]] || skip "for root" ;;
		nobody) [[ $EUID -ne 0 ]] || skip "for others than root" ;;
		program) [[ $IPCTOOL_FRONT != bash ]] || skip "for the program" ;;
		builtin) [[ $IPCTOOL_FRONT == bash ]] || skip "for the builtins" ;;
		static) [[ $IPCTOOL_FRONT == musl ]] || skip "for the static program" ;;
		glibc) [[ $IPCTOOL_FRONT == glibc ]] || skip "for the glibc program" ;;
		plain) [[ ! ${IPCTOOL_SANITIZED-} ]] || skip "not under the sanitizers" ;;
		namespaces) [[ ${IPCTOOL_MQUEUE:-/dev/mqueue} != /dev/mqueue ]] || skip "needs namespaces" ;;
		mounts) tiny_shm_works || skip "needs a mount of its own" ;;
		terminal) script -qec true /dev/null </dev/null &>/dev/null || skip "no terminal is available here" ;;
		command:*) command -v "${word#*:}" >/dev/null || skip "no ${word#*:} here" ;;
		*) fail "requires: what is '$word'?" ;;
		esac
	done
}

tiny_shm() {
	local options=(--mount)
	[[ $EUID -eq 0 ]] || options+=(--user --map-root-user)
	IPCTOOL_FRONT=$IPCTOOL_FRONT IPCTOOL_BUILD=$IPCTOOL_BUILD unshare "${options[@]}" bash -c "
		mount -t tmpfs -o 'mode=1777,size=$1' tiny /dev/shm || exit
		$(declare -f choose_front)
		choose_front
		$2"
}

# The sanitizer's library is not there for a second shell.
tiny_shm_works() {
	[[ ! ${IPCTOOL_SANITIZED-} || $IPCTOOL_FRONT != bash ]] && tiny_shm 64k : 2>/dev/null
}

raised_by_sysctl() {
	[[ ! -w /proc/sys/${1//./\/} ]] || printf "; 'sysctl %s=%s' raises it" "$1" "$2"
}

raised_by_ulimit() {
	[[ $(ulimit "-S$1") == "$(ulimit "-H$1")" ]] || printf "; 'ulimit -%s %s' raises it" "$1" "$(ulimit "-H$1")"
}

peer() {
	local path=${IPCTOOL_PEERS:-$IPCTOOL_ROOT/build/peers}/$1
	if [[ ! -x $path ]]; then
		fail "there is no tests/peers/$1.c, or it is not built"
		return
	fi
	echo "$path"
}

refused() {
	local expected=$1 message=$2 expected_lines=1
	shift 2
	run "-$expected" --separate-stderr within 10 "$@" </dev/null
	# shellcheck disable=SC2154 # set by run
	assert_equal "$status: ${stderr_lines[0]}" "$expected: $message"
	assert_output ''
	# a command that runs another has no status of its own for misuse
	if [[ $expected == 2 || ($expected == 125 && ${stderr_lines[1]-} == Try*) ]]; then
		assert_equal "${stderr_lines[1]-}" "Try '${message%%:*} --help' for more information."
		expected_lines=2
	fi
	assert_equal "${#stderr_lines[@]}" "$expected_lines"
}

assert_stderr() {
	# shellcheck disable=SC2034,SC2154 # set by run, read by assert_output
	local output=$stderr
	assert_output "$@"
}
