#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# SIGSTOP, which cannot be caught, of an applet that runs commands: it stops the commands too.
# applets: pipeline lockrun semop sigwatch waitchild mqrecv socklisten
# shellcheck disable=SC2016 # texts for inner shells

# bats file_tags=slow

load helper

# A command that says that it runs, in the file NAME, and waits.
waiting() {
	echo 'echo $$ >'"$1"'.new; mv '"$1"'.new '"$1"'; exec sleep 60'
}

forwarder_of() {
	local pid children comm
	forwarder=
	read -r -a children 2>/dev/null <"/proc/$1/task/$1/children" || true
	for pid in "${children[@]}"; do
		read -r comm 2>/dev/null <"/proc/$pid/comm" || true
		[[ $comm != stop-forwarder ]] || forwarder=$pid
	done
	[[ $forwarder ]]
}

# Wait until the commands run that write the files NAME..., and stops are forwarded; sets $pids.
ready() {
	local name
	pids=()
	for name; do
		wait_until test -e "$name"
		pids+=("$(<"$name")")
		wait_until sleeping "${pids[-1]}"
	done
	wait_until forwarder_of "$spawned"
	wait_until sleeping "$forwarder"
}

start_pipeline() {
	rm -f first second
	spawn pipeline sh -c "$(waiting first)" ::: sh -c "$(waiting second)"
	ready first second
}

# all STATE: each of $pids is in it
all() {
	local pid
	for pid in "${pids[@]}"; do
		wait_until "$1" "$pid"
	done
}

stop_and_continue() {
	kill -STOP "$spawned"
	all stopped
	wait_until stopped "$spawned"
	kill -CONT "$spawned"
	all sleeping
}

@test "pipeline stops its commands when it is stopped, and continues them when it is continued" {
	start_pipeline
	stop_and_continue
	stop_and_continue
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	all gone
	wait_until gone "$forwarder"
}

@test "a pipeline that is stopped and continued twice in a moment is in order afterwards" {
	local i
	start_pipeline
	for i in 1 2 3 4 5; do
		kill -STOP "$spawned"
		kill -CONT "$spawned"
	done
	all sleeping
	kill -STOP "$spawned"
	all stopped
	kill -CONT "$spawned"
	all sleeping
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
}

@test "a command that another process has stopped stays stopped" {
	start_pipeline
	kill -STOP "${pids[0]}"
	wait_until stopped "${pids[0]}"
	kill -STOP "$spawned"
	wait_until stopped "${pids[1]}"
	kill -CONT "$spawned"
	wait_until sleeping "${pids[1]}"
	assert stopped "${pids[0]}"
	# CONT without a stop before it is forwarded as any signal
	kill -CONT "$spawned"
	all sleeping
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
}

@test "a command that was continued by another process stays continued" {
	start_pipeline
	kill -STOP "$spawned"
	all stopped
	kill -CONT "${pids[1]}"
	wait_until sleeping "${pids[1]}"
	# longer than the time between two looks at pipeline's state
	pause 0.5
	assert sleeping "${pids[1]}"
	assert stopped "${pids[0]}"
	kill -CONT "$spawned"
	all sleeping
	kill -TERM "$spawned"
	collect
}

@test "the commands continue if pipeline is killed while it is stopped" {
	start_pipeline
	kill -STOP "$spawned"
	all stopped
	kill -KILL "$spawned"
	collect
	assert_equal "$status" 137
	all sleeping
	wait_until gone "$forwarder"
	kill "${pids[@]}"
	all gone
}

@test "a command that is killed while pipeline is stopped is reported when it continues" {
	start_pipeline
	kill -STOP "$spawned"
	all stopped
	kill -KILL "${pids[@]}"
	all gone
	kill -CONT "$spawned"
	collect
	assert_equal "$status" 137
}

@test "TSTP stops only the commands that obey it" {
	spawn pipeline sh -c 'trap "" TSTP; '"$(waiting first)" ::: sh -c "$(waiting second)"
	ready first second
	kill -TSTP "$spawned"
	wait_until stopped "$spawned"
	wait_until stopped "${pids[1]}"
	pause 0.5
	assert sleeping "${pids[0]}"
	kill -CONT "$spawned"
	all sleeping
	kill -TERM "$spawned"
	collect
}

@test "pipeline that was started with CONT ignored continues its commands too" {
	ignoring() {
		trap '' CONT
		become pipeline "$@"
	}
	spawn ignoring sh -c "$(waiting first)" ::: sh -c "$(waiting second)"
	ready first second
	kill -STOP "$spawned"
	all stopped
	kill -CONT "$spawned"
	all sleeping
	kill -TERM "$spawned"
	collect
}

@test "what forwards stops keeps no pipe open and is not in the process group" {
	# one for each: the second reader could open the first one before its writer has closed it
	command mkfifo go leave
	spawn pipeline sh -c 'echo >started; read -r _ <go; echo text' ::: sh -c 'cat >got; echo >end; read -r _ <leave'
	wait_until test -e started
	wait_until forwarder_of "$spawned"
	wait_until eval '[[ $(readlink /proc/$forwarder/cwd) == / ]]'
	run ps -o pgid= -p "$forwarder"
	assert_equal $((output)) "$forwarder"
	two_descriptors() {
		local fds=("/proc/$forwarder/fd"/*)
		((${#fds[@]} == 2))
	}
	wait_until two_descriptors
	echo >go
	wait_until test -e end
	assert_equal "$(<got)" text
	echo >leave
	collect
	assert_equal "$status" 0
	assert gone "$forwarder"
}

@test "an applet that ends at once starts no process for stops" {
	requires program plain command:strace
	# without a signal at its end
	helpers() { grep 'clone(' trace | grep -vc SIGCHLD || true; }
	strace -f -qq -e trace=clone -o trace pipeline true ::: true
	assert_equal "$(helpers)" 0
	strace -f -qq -e trace=clone -o trace pipeline sleep 0.6 ::: true
	assert_equal "$(helpers)" 1
}

@test "the builtin leaves no process and no zombie" {
	requires builtin
	local before after
	read -r before <"/proc/$BASHPID/task/$BASHPID/children" || true
	within 20 pipeline sleep 0.5 ::: true
	signals_of_shell >signals
	pipeline sleep 0.5 ::: true
	signals_of_shell >signals.after
	cmp signals signals.after
	read -r after <"/proc/$BASHPID/task/$BASHPID/children" || true
	assert_equal "$after" "$before"
}

# forwards CMD...: a stop of it stops the command that it runs
forwards() {
	echo "$*"
	rm -f first
	spawn "$@" sh -c "$(waiting first)" >/dev/null
	ready first
	stop_and_continue
	kill -TERM "$spawned"
	collect
	all gone
}

@test "a stop of each applet that waits for a command stops the command" {
	local q s m
	q=$(name q) s=$(name s) m=$(name m)
	later semop unlink -f "$s"
	later shmunlink -f "$m"
	semop create "$s" 1
	: >lock
	forwards lockrun lock
	forwards lockrun --close lock
	forwards lockrun --api mutex "shm:$m"
	forwards semop run "$s"
	forwards sigwatch --
	forwards waitchild
	assert_equal "$(semop value "$s")" 1
}

@test "a stop of mqrecv --exec or socklisten stops the commands that run then" {
	local q s=$PWD/sock
	q=$(name q)
	later mqunlink -f "$q"
	mqcreate "$q"
	spawn mqrecv --exec -F -P 3 "$q" -- sh -c 'read -r name; echo $$ >"$name.new"; mv "$name.new" "$name"; exec sleep 60'
	mqsend "$q" first
	ready first
	mqsend "$q" second
	ready first second
	stop_and_continue
	# the first TERM is not forwarded to running commands
	kill -TERM "$spawned"
	kill -TERM "${pids[@]}"
	collect
	all gone
	rm -f first
	spawn socklisten "$s" -- sh -c "$(waiting first)"
	wait_until test -S "$s"
	# it has waited for longer than a command has to run
	pause 0.3
	local server=$spawned
	spawn sockconnect "$s" </dev/null >/dev/null
	spawned=$server
	ready first
	stop_and_continue
	kill -TERM "$server"
	collect
	all gone
}
