#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # texts for inner shells

load helper

# A member that says that it runs, in the file NAME, and waits.
waiting_member() {
	echo 'echo $$ >'"$1"'.new; mv '"$1"'.new '"$1"'; exec sleep 30'
}

both_run() {
	wait_until test -e first
	wait_until test -e second
	first=$(<first) second=$(<second)
	wait_until sleeping "$first"
	wait_until sleeping "$second"
}

start_two() {
	spawn pipeline sh -c "$(waiting_member first)" ::: sh -c "$(waiting_member second)"
	both_run
}

@test "each command's output is the next command's input" {
	run within 10 pipeline printf '%s\n' c a b ::: sort ::: head -n 2
	assert_success
	assert_output $'a\nb'
	run within 10 pipeline echo text ::: cat ::: cat ::: cat ::: cat ::: tr a-z A-Z
	assert_success
	assert_output TEXT
}

@test "the first command reads standard input, the last writes standard output" {
	within 10 pipeline cat ::: cat <<<text >out
	assert_equal "$(<out)" text
}

@test "all commands have the standard error of pipeline" {
	run --separate-stderr within 10 pipeline sh -c 'echo a >&2' ::: sh -c 'cat; echo b >&2'
	assert_success
	assert_equal "$(sort <<<"$stderr")" $'a\nb'
}

@test "any number of bytes passes unchanged" {
	head -c 3000001 /dev/urandom >bytes
	within 10 pipeline cat bytes ::: cat ::: cat >out
	cmp bytes out
}

@test "the arguments of a command are passed unchanged" {
	run within 10 pipeline printf '<%s>\n' '' 'a b' '$c' '*' '::::' ' ::: ' -v ::: cat
	assert_success
	assert_output $'<>\n<a b>\n<$c>\n<*>\n<::::>\n< ::: >\n<-v>'
}

@test "options after COMMAND belong to the command" {
	run within 10 pipeline echo -n --loop -v ::: cat -
	assert_output '--loop -v'
	run within 10 pipeline -- echo a ::: cat
	assert_output a
}

@test "the status is that of the last command that failed, as with bash's pipefail" {
	local row a b c theirs
	for row in '0 0 0' '1 0 0' '0 2 0' '0 0 3' '1 2 0' '1 0 3' '0 2 3' '1 2 3' '255 0 0'; do
		read -r a b c <<<"$row"
		echo "$row"
		theirs=0
		(
			set -o pipefail
			sh -c "exit $a" | sh -c "exit $b" | sh -c "exit $c"
		) || theirs=$?
		run within 10 pipeline sh -c "exit $a" ::: sh -c "exit $b" ::: sh -c "exit $c"
		assert_equal "$status" "$theirs"
		assert_output ''
	done
}

@test "a command that a signal kills has status 128 + N" {
	run within 10 pipeline sh -c 'kill -KILL $$' ::: cat
	assert_failure 137
	run within 10 pipeline cat /dev/null ::: sh -c 'kill -TERM $$'
	assert_failure 143
}

@test "a writer whose reader has exited is killed by SIGPIPE, as with pipefail" {
	run within 10 pipeline yes ::: head -n 1
	assert_failure 141
	assert_output y
}

@test "a command that does not exist has status 127, one that cannot be executed 126; the others end" {
	# a folder of root's in PATH may not be looked into
	local PATH=${PATH%%:*}:/usr/bin:/bin
	run -127 --separate-stderr within 10 pipeline nosuch-command ::: cat
	assert_stderr 'pipeline: nosuch-command: No such file or directory'
	run -127 --separate-stderr within 10 pipeline echo a ::: nosuch-command
	: >plain
	run --separate-stderr within 10 pipeline cat /dev/null ::: ./plain
	assert_failure 126
	assert_stderr 'pipeline: ./plain: Permission denied'
	run -127 --separate-stderr within 10 pipeline true ::: nosuch-command ::: cat
}

@test "a ::: without a command on both sides is a usage error, and nothing runs" {
	local words
	for words in '::: touch made' 'touch made :::' 'touch made ::: ::: touch made' ':::' '::: :::'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr within 10 pipeline $words
		assert_failure 125
		assert_output ''
		assert_equal "${#stderr_lines[@]}" 2
		assert_regex "${stderr_lines[0]}" "^pipeline: missing command (before|after) ':::'$"
	done
	run --separate-stderr within 10 pipeline touch made
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "pipeline: missing ':::' and a second command"
	run within 10 pipeline
	assert_failure 125
	run within 10 pipeline --nosuch touch made ::: touch made
	assert_failure 125
	assert [ ! -e made ]
}

@test "--verbose reports how each command ended, in order" {
	run --separate-stderr within 10 pipeline -v sh -c 'exit 3' ::: sh -c 'kill -KILL $$' ::: cat
	assert_failure 137
	assert_output ''
	assert_stderr $'sh: Exit status: 3\nsh: Terminated: Killed\ncat: Exit status: 0'
}

# ------------------------------------------------------------------- --loop

@test "--loop connects the last command's output to the first command's input" {
	run --separate-stderr within 10 pipeline --loop sh -c 'echo 5; read -r x; echo "got $x" >&2' ::: \
		sh -c 'read -r x; echo $((x * x))'
	assert_success
	assert_output ''
	assert_stderr 'got 25'
}

@test "--loop connects a program that uses only its standard input and output" {
	run --separate-stderr within 10 pipeline --loop \
		sh -c 'for n in 2 3 4; do echo $n; read -r x; echo $x >&2; done' ::: "$(peer pipe)" square
	assert_success
	assert_stderr $'4\n9\n16'
}

@test "--loop works with three commands" {
	run --separate-stderr within 10 pipeline --loop sh -c 'echo a; read -r x; echo "$x" >&2' ::: \
		sh -c 'read -r x; echo "${x}b"' ::: sh -c 'read -r x; echo "${x}c"'
	assert_success
	assert_stderr abc
}

@test "--loop does not touch the caller's standard input and output" {
	within 10 pipeline --loop sh -c 'echo a; cat >/dev/null' ::: sh -c 'read -r x; echo "$x"' <<<text >out
	assert_equal "$(<out)" ''
}

@test "--loop ends when a reader sees end of file" {
	run within 10 pipeline --loop cat ::: true
	assert_success
	run within 10 pipeline --loop true ::: cat
	assert_success
}

# ------------------------------------------------------------ descriptors

@test "a command inherits no descriptor of pipeline but its ends at 0 and 1" {
	local name
	within 10 sh -c 'ls /proc/self/fd >plain'
	within 10 pipeline sh -c 'ls /proc/self/fd >first' ::: sh -c 'ls /proc/self/fd >second' ::: sh -c 'ls /proc/self/fd >third'
	for name in first second third; do
		diff plain "$name"
	done
	within 10 pipeline --loop sh -c 'ls /proc/self/fd >first' ::: sh -c 'ls /proc/self/fd >second'
	diff plain first
	diff plain second
}

@test "a reader sees end of file when its writer has exited, while other commands run" {
	spawn pipeline true ::: sh -c 'cat >/dev/null; echo seen >end; exec sleep 30'
	wait_until test -e end
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
}

@test "--size sets the size of each pipe" {
	run within 10 pipeline --size 128K "$(peer pipe)" size 1 ::: cat
	assert_output 131072
	run within 10 pipeline --size=5000 true ::: "$(peer pipe)" size 0
	assert_output 8192
	run within 10 pipeline --size 1 true ::: sh -c "cat; exec '$(peer pipe)' size 0"
	assert_output 4096
	run within 10 pipeline true ::: "$(peer pipe)" size 0
	assert_output 65536
	run within 10 pipeline --size 1M --loop "$(peer pipe)" size 0 ::: sh -c 'cat >&2'
	assert_output 1048576
}

@test "a size over the limit is refused, with the limit, and nothing runs" {
	run --separate-stderr within 10 pipeline --size 2G touch made ::: touch made
	assert_failure 125
	assert_stderr "pipeline: a pipe of 2147483648 bytes exceeds fs.pipe-max-size ($(</proc/sys/fs/pipe-max-size))$(raised_by_sysctl fs.pipe-max-size 2147483648)"
	local size
	for size in 3G 4294971392 9223372036854775807; do
		run --separate-stderr within 10 pipeline --size "$size" touch made ::: touch made
		assert_failure 125
		assert_regex "${stderr_lines[0]}" '^pipeline: a pipe has at most 2147483648 bytes, not [0-9]+$'
	done
	for size in 0 -1 x ''; do
		run within 10 pipeline --size "$size" touch made ::: touch made
		assert_failure 125
	done
	assert [ ! -e made ]
}

@test "without a free descriptor all commands run or none does" {
	local most failures=0
	three() {
		exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
		ulimit -n "$1"
		pipeline touch a ::: touch b ::: touch c
	}
	for most in {4..12}; do
		rm -f a b c
		run within 10 three "$most"
		if ((status != 0)); then
			failures=$((failures + 1))
			assert_failure 125
			assert_output --regexp '^pipeline: (cannot create a pipe|signalfd): Too many open files \(RLIMIT_NOFILE is '"$most"'\)$'
			assert_equal "$(echo [abc])" '[abc]'
		else
			assert_equal "$(echo [abc])" 'a b c'
		fi
	done
	assert [ "$failures" -gt 0 ]
}

@test "if fork fails, no command runs" {
	# the sanitizers' search for leaks starts a process too
	requires nobody plain
	no_more_processes() {
		ulimit -u 1
		[[ $IPCTOOL_FRONT == bash ]] || exec pipeline touch made ::: touch made
		pipeline touch made ::: touch made
	}
	run no_more_processes
	assert_failure 125
	assert_output 'pipeline: cannot start touch: Resource temporarily unavailable (RLIMIT_NPROC is 1)'
	assert [ ! -e made ]
}

@test "the pipes are at 0 and 1 if the standard descriptors are closed" {
	# not under `run`, whose own pipe would take a closed number
	within 10 pipeline echo text ::: cat <&- >out
	assert_equal "$(<out)" text
	within 10 pipeline echo text ::: sh -c 'cat >got' >&- 2>&-
	assert_equal "$(<got)" text
	within 10 pipeline echo text ::: sh -c 'cat >got2' <&- >&- 2>&-
	assert_equal "$(<got2)" text
}

# ---------------------------------------------------------------- signals

@test "a signal to pipeline is forwarded to all commands" {
	local signal
	for signal in TERM HUP USR1 INT; do
		rm -f first second
		start_two
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		wait_until gone "$first"
		wait_until gone "$second"
	done
}

@test "a queued signal is forwarded to each command with its value" {
	local member
	member="'$(peer sig)' catch 1 35 >"
	spawn pipeline sh -c "exec $member first" ::: sh -c "exec $member second"
	within 10 wait_until members_sleep
	"$(peer sig)" send "$spawned" 35 42 >/dev/null
	collect
	assert_equal "$status" 0
	assert_equal "$(sed 's/.*value/value/' first second)" $'value 42\nvalue 42'
}

members_sleep() {
	local pid
	commands_number "$spawned" 2 || return
	for pid in "${commands[@]}"; do
		[[ $(<"/proc/$pid/comm") == sig ]] && sleeping "$pid" || return
	done
}

@test "a stop and a continuation are forwarded to the commands" {
	start_two
	kill -TSTP "$spawned"
	wait_until stopped "$first"
	wait_until stopped "$second"
	wait_until stopped "$spawned"
	kill -CONT "$spawned"
	wait_until sleeping "$first"
	wait_until sleeping "$second"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
}

@test "a command that ignores TERM continues, and pipeline waits for it" {
	command mkfifo go
	spawn pipeline sh -c 'trap "" TERM; echo >ready; read -r _ <go; exit 5' ::: sh -c "$(waiting_member second)"
	wait_until test -e ready
	wait_until test -e second
	kill -TERM "$spawned"
	wait_until gone "$(<second)"
	assert not_gone "$spawned"
	echo >go
	collect
	[[ $status == 143 ]]
}

not_gone() {
	! gone "$1"
}

@test "the commands have the mask and the dispositions of the caller" {
	local before
	before=$(env --ignore-signal=USR2 --block-signal=HUP grep -E '^Sig(Blk|Ign)' /proc/self/status)
	run env --ignore-signal=USR2 --block-signal=HUP "$IPCTOOL_BUILD/bin/pipeline" grep -E '^Sig(Blk|Ign)' /proc/self/status ::: cat
	assert_output "$before"
	run env --ignore-signal=USR2 --block-signal=HUP "$IPCTOOL_BUILD/bin/pipeline" true ::: grep -E '^Sig(Blk|Ign)' /proc/self/status
	assert_output "$before"
}

@test "the builtin leaves the shell's children, traps, mask and descriptors alone" {
	requires builtin
	local i other
	trap 'echo trapped >>traps' USR1
	signals_of_shell >before
	(exit 7) &
	other=$!
	echo /proc/$$/fd/* >descriptors
	for ((i = 0; i < 20; i++)); do
		within 10 pipeline echo a ::: cat >/dev/null
	done
	# a signal to pipeline is forwarded: the first command has ended by then
	pipeline true ::: sh -c 'cat; trap "" USR1; kill -USR1 "$1"' - $BASHPID
	echo /proc/$$/fd/* >descriptors.after
	cmp descriptors descriptors.after
	signals_of_shell >after
	cmp before after
	assert_equal "$(<traps)" trapped
	wait "$other" || status=$?
	assert_equal "$status" 7
	trap - USR1
}

@test "the commands continue if pipeline is killed" {
	start_two
	kill -KILL "$spawned"
	collect
	assert_equal "$status" 137
	assert not_gone "$first"
	assert not_gone "$second"
	kill "$first" "$second"
	wait_until gone "$first"
	wait_until gone "$second"
}

@test "pipeline -J prints the status of each command in its order" {
	run --separate-stderr pipeline -J sh -c 'exit 3' ::: sh -c 'cat; kill -KILL $$' ::: cat
	assert_failure 137
	assert_output '{"command":"sh","status":3,"signal":null}
{"command":"sh","status":137,"signal":"KILL"}
{"command":"cat","status":0,"signal":null}'
	run pipeline -J echo text ::: cat
	assert_success
	assert_line --index 0 text
	assert_equal "${#lines[@]}" 3
	to_full() { pipeline -J true ::: true >/dev/full; }
	run to_full
	assert_failure 1
}
