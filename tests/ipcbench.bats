#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ipcbench: what it measures, with which options, and that it leaves nothing behind.

load helper

every=(pipe fifo stream datagram seqpacket mq sysv semaphore futex eventfd signal)

# field NAME: of the JSON objects in $output, one a line.
field() {
	grep -o "\"$1\":[^,}]*" <<<"$output" | cut -d : -f 2- | tr -d '"'
}

# The words in the order of their numbers.
in_order() {
	local before=0 number
	for number; do
		((number >= before)) || fail "$* are not in order" || return
		before=$number
	done
}

@test "ipcbench measures every mechanism by default" {
	run within 60 ipcbench -J -c 200 -w 10
	assert_success
	assert_equal "$(field mechanism)" "$(printf '%s\n' "${every[@]}")"
	# a message takes time, and its answer more
	local line
	for line in "${lines[@]}"; do
		output=$line
		in_order 1 "$(field p50_ns)" "$(field p99_ns)" "$(field p999_ns)"
		in_order "$(field p50_ns)" "$(field rtt50_ns)" "$(field rtt99_ns)" "$(field rtt999_ns)"
		assert [ "$(field per_second)" -gt 0 ]
	done
}

@test "ipcbench lists the mechanisms that it measures" {
	run ipcbench --list
	assert_success
	assert_equal "$(cut -d ' ' -f 1 <<<"$output")" "$(printf '%s\n' "${every[@]}")"
	# completion offers the same
	run ipctool --describe ipcbench
	assert_line --regexp "--mechanism.*all ${every[*]}"
}

@test "ipcbench measures each given size, in order" {
	run within 60 ipcbench -J -M futex,pipe -s 1,4K,100KB -c 50 -w 1
	assert_success
	assert_equal "$(field mechanism)" $'futex\nfutex\nfutex\npipe\npipe\npipe'
	assert_equal "$(field size)" $'1\n4096\n100000\n1\n4096\n100000'
}

@test "ipcbench passes a message that is larger than the capacity of the mechanism" {
	run within 60 ipcbench -J -M pipe,fifo,stream -s 3M -c 3 -w 1
	assert_success
	assert_equal "$(field size)" $'3145728\n3145728\n3145728'
}

@test "the bytes per second of ipcbench are the messages per second times their size" {
	local per_second bytes
	run within 60 ipcbench -J -M datagram -s 1000 -c 500
	assert_success
	per_second=$(field per_second) bytes=$(field bytes_per_second)
	# both are cut to whole numbers
	assert [ $((bytes - per_second * 1000)) -ge 0 ]
	assert [ $((bytes - per_second * 1000)) -lt 1000 ]
}

# bats test_tags=slow
@test "ipcbench -d measures for that time" {
	local began=$SECONDS
	run within 60 ipcbench -J -M mq -d 1s -w 1
	assert_success
	# round trips, and in one direction
	assert [ $((SECONDS - began)) -ge 1 ]
	assert [ $((SECONDS - began)) -lt 20 ]
}

@test "ipcbench prints the figures in a table and as bars" {
	LC_ALL=C run --separate-stderr within 60 ipcbench -M mq,eventfd -c 100
	assert_success
	assert_line --index 0 --regexp '^MECHANISM +SIZE +P50 +P99 +P99.9 .* MSG/S +BYTES/S$'
	local time='( +[0-9.]+ (ns|us|ms|s)){6}' rates=' +[0-9.]+( [kM])? +[0-9.]+ [kMG]?B/s$'
	assert_line --index 1 --regexp "^mq +64 B$time$rates"
	assert_line --index 2 --regexp "^eventfd +64 B$time$rates"
	assert_line --regexp '^mq +64 B #+ [0-9.]+ (ns|us|ms)$'
	assert_line --regexp '^(eventfd|mq) +64 B #{40} [0-9.]+( [kM])?$'
	run awk 'length($0) > 80' <<<"$output"
	assert_output ''
	assert_equal "$stderr" ''
}

@test "ipcbench prints no bars for one row" {
	run within 60 ipcbench -M mq -c 100
	assert_success
	assert_equal "${#lines[@]}" 2
}

@test "ipcbench skips a size that a mechanism does not support, and reports the limit" {
	run --separate-stderr within 60 ipcbench -J -M mq,sysv,datagram,stream -s 1M -c 5
	assert_success
	assert_equal "$(field mechanism)" stream
	assert_stderr --partial "ipcbench: mq: skipped: 1048576 bytes exceed fs.mqueue.msgsize_max ("
	assert_stderr --partial "ipcbench: sysv: skipped: 1048576 bytes exceed kernel.msgmax ("
	assert_stderr --partial "ipcbench: datagram: skipped: 1048576 bytes exceed SO_SNDBUF ("
	run --separate-stderr ipcbench -M mq -s 1M
	assert_failure 1
	assert_output ''
	assert_stderr --partial 'ipcbench: nothing was measured'
}

@test "ipcbench reports a limit that leaves no room for a signal, and measures the rest" {
	limited() { (ulimit -i 0 && exec "$@"); }
	run --separate-stderr within 60 limited ipcbench -J -M signal,pipe -c 20
	assert_failure 1
	assert_equal "$(field mechanism)" pipe
	assert_stderr 'ipcbench: signal: messages of 8 bytes: RLIMIT_SIGPENDING is reached'
}

@test "ipcbench exits with status 1 if it cannot start a process, and names the limit" {
	requires nobody
	# LeakSanitizer starts a thread at the end
	limited() { (ulimit -u 1 && ASAN_OPTIONS=detect_leaks=0 exec "$@"); }
	run --separate-stderr within 60 limited ipcbench -M pipe -c 3
	assert_failure 1
	assert_stderr 'ipcbench: pipe: messages of 64 bytes: Resource temporarily unavailable (RLIMIT_NPROC is 1)'
}

@test "ipcbench reports a queue that it cannot remove" {
	requires static plain command:strace
	local names
	strace -o /dev/null true || skip 'no tracing here'
	run --separate-stderr strace -f -o trace -e inject=msgctl:error=EPERM:when=1 ipcbench -M sysv -c 3
	assert_failure 1
	assert_stderr 'ipcbench: sysv: a queue remains: Operation not permitted'
	mqunlink "id:$(sed -n 's/.*msgctl(\([0-9]*\), IPC_RMID.*INJECTED.*/\1/p' trace)"
	run --separate-stderr strace -f -o trace -e inject=mq_unlink:error=EACCES ipcbench -M mq -c 3
	assert_failure 1
	assert_stderr 'ipcbench: mq: a queue remains: Permission denied'
	mapfile -t names < <(sed -n 's/.*mq_unlink("\([^"]*\)").*INJECTED.*/\/\1/p' trace | sort -u)
	mqunlink "${names[@]}"
	# once only: it is tried again at the end
	run --separate-stderr strace -f -o trace -e inject=mq_unlink:error=EACCES:when=1 ipcbench -M mq -c 3
	assert_success
	assert_stderr ''
}

@test "ipcbench measures a signal once, with the size that it has" {
	run within 60 ipcbench -J -M signal -s 64,128 -c 20
	assert_success
	assert_equal "$(field size)" 8
}

@test "ipcbench --cpus runs the processes on these CPUs" {
	local first
	first=$(taskset -pc $$ | sed 's/.*: *\([0-9]*\).*/\1/')
	run within 60 ipcbench -J -M pipe -c 100 --cpus "$first,$first"
	assert_success
	run ipcbench --cpus "$first,1023" -M pipe
	assert_failure 1
	assert_output "ipcbench: CPU 1023 is not in this process's affinity mask"
}

@test "ipcbench --plot has a row for each line" {
	run within 60 ipcbench -M futex,mq -s 8,64 -c 50 --plot picture.svg
	assert_success
	assert_equal "$(head -c 5 picture.svg)" '<svg '
	assert_equal "$(tail -n 1 picture.svg)" '</svg>'
	assert_equal "$(sed -n '2s/<title>.*/title/p' picture.svg)" title
	assert_equal "$(grep -c '>futex<' picture.svg)" 2
	assert_equal "$(grep -c '>mq<' picture.svg)" 2
	refute [ "$(grep -ci -e nan -e inf picture.svg)" -gt 0 ]
}

@test "ipcbench refuses malformed options before it does anything" {
	local word
	for word in '-M pip' '-M pipe,' '-M ,' '-s 0' '-s 2G' '-s 64,' '-s x' '-d 0' '-d x' '-c 0' '-w 0' '--cpus 0' \
		'--cpus 0,' '--cpus 0,0,0' '--cpus x,0' '-c 1 -d 1' x; do
		# shellcheck disable=SC2086 # two words
		run --separate-stderr ipcbench --plot none.svg $word
		assert_failure 2
		assert_output ''
	done
	assert [ ! -e none.svg ]
	run ipcbench --plot no/where.svg
	assert_failure 1
	assert_output 'ipcbench: no/where.svg: No such file or directory'
}

@test "ipcbench reports that its output or its plot cannot be written" {
	run --separate-stderr within 20 eval 'ipcbench -M pipe -c 10 >/dev/full'
	assert_failure 1
	assert_stderr 'ipcbench: standard output: No space left on device'
	run --separate-stderr within 20 ipcbench -J -M pipe -c 10 --plot /dev/full
	assert_failure 1
	assert_stderr 'ipcbench: /dev/full: No space left on device'
}

# The System V queues to which one of these processes was the last to send.
queues_of() {
	awk -v pids=" $* " 'index(pids, " " $6 " ") { print $2 }' /proc/sysvipc/msg
}

@test "a termination signal ends ipcbench, and neither processes nor queues are left" {
	local players
	spawn ipcbench -M sysv -d 1h
	wait_until eval '[[ $(pgrep -c -P "$spawned") == 2 ]]'
	players=$(pgrep -P "$spawned" | tr '\n' ' ')
	# shellcheck disable=SC2086 # two pids
	wait_until eval '[[ $(queues_of $players) ]]'
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(pgrep -P "$spawned" || true)" ''
	# shellcheck disable=SC2086 # two pids
	assert_equal "$(queues_of $players)" ''
}

@test "ipcbench reports that one of its processes was killed" {
	local player
	spawn ipcbench -M mq -d 1h 2>err
	wait_until pgrep -P "$spawned"
	player=$(pgrep -P "$spawned" | tail -n 1)
	kill -KILL "$player"
	collect
	assert_equal "$status" 1
	assert_equal "$(cat err)" 'ipcbench: mq: one of the two processes was killed'
}

@test "a signal that its processes get too, as from a terminal, ends ipcbench alone" {
	local players player
	spawn ipcbench -M mq -d 1h 2>err
	wait_until eval '[[ $(pgrep -c -P "$spawned") == 2 ]]'
	players=$(pgrep -P "$spawned")
	for player in $players; do
		wait_until eval 'sigmask "$player" | grep -q "ignored.*HUP.*INT.*QUIT.*TERM"'
	done
	# shellcheck disable=SC2086 # two pids
	kill -INT $players
	# shellcheck disable=SC2086
	kill -TERM $players "$spawned"
	collect
	assert_equal "$status" 143
	assert_equal "$(cat err)" ''
}

@test "a stop does not end the measurement of signals by ipcbench" {
	requires program
	spawn ipcbench -M signal -d 300ms -J >out 2>err
	two_children() { mapfile -t children < <(pgrep -P "$spawned") && [ "${#children[@]}" -eq 2 ]; }
	wait_until two_children
	for ((i = 0; i < 20; i++)); do
		kill -STOP "${children[@]}" 2>/dev/null && kill -CONT "${children[@]}" 2>/dev/null || true
		pause 0.005
	done
	collect
	assert_equal "$status: $(<err)" '0: '
}

@test "the processes of ipcbench end with it" {
	local players player
	spawn ipcbench -M futex -d 1h
	wait_until eval '[[ $(pgrep -c -P "$spawned") == 2 ]]'
	players=$(pgrep -P "$spawned")
	kill -KILL "$spawned"
	for player in $players; do
		wait_until gone "$player"
	done
}
