#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ipcls --why, and the waiters that ipcls counts.
# applets: ipcls

load helper

# waiters NAME [KIND]: how many processes wait for the object
waiters() {
	ipcls -o waiters --type "${2:-mq,shm,sem,fifo,pipe,eventfd}" "$1" 2>/dev/null | awk 'NR == 2 { print $1 }'
}

# has_waiters NUMBER NAME [KIND]
has_waiters() {
	[[ $(waiters "${@:2}") == "$1" ]]
}

# is_held LOCK
is_held() {
	[[ -n $(lockinfo "$1") ]]
}

@test "ipcls counts the processes that wait for a message, for room, and for the first of two queues" {
	local q r
	q=/$(name q)
	r=/$(name r)
	mqcreate -d 1 -s 64 "$q"
	mqcreate -d 1 -s 64 "$r"
	has_waiters 0 "$q"
	spawn mqrecv "$q"
	wait_until has_waiters 1 "$q"
	spawn mqwait "$q" "$r"
	wait_until has_waiters 2 "$q"
	has_waiters 1 "$r"
	end_spawned
	wait_until has_waiters 0 "$q"
	mqsend "$q" one
	spawn mqsend "$q" two
	wait_until has_waiters 1 "$q"
	run bash -c 'ipcls --who -o pid,command,access "$1" 2>/dev/null | grep waits' - "$q"
	assert_output --regexp "^ *$spawned .* waits$"
	end_spawned
	mqunlink "$q" "$r"
}

@test "ipcls counts the processes that wait for System V queues and sets" {
	local k
	k=$(key k)
	mqcreate "key:$k"
	semop create "key:$k" 0
	spawn mqrecv "key:$k"
	wait_until has_waiters 1 "key:$k" mq
	spawn semop wait "key:$k"
	wait_until has_waiters 1 "key:$k" sem
	end_spawned
	mqunlink "key:$k"
	semop unlink "key:$k"
}

@test "ipcls counts the processes that wait for a semaphore, a word in memory, and a mutex" {
	local s m
	s=/$(name s)
	m=/$(name m)
	semop create "$s" 0
	shmcreate "$m" 4K
	spawn semop wait "$s"
	wait_until has_waiters 1 "$s"
	spawn shmcell wait "shm:$m+8" = 5
	wait_until has_waiters 1 "$m"
	command mkfifo fifo
	spawn lockrun --api mutex "shm:$m+64" cat fifo
	wait_until is_held "shm:$m+64"
	spawn lockrun --api mutex "shm:$m+64" true
	wait_until has_waiters 2 "$m"
	end_spawned
	semop unlink "$s"
	shmunlink "$m"
}

@test "ipcls counts the processes that wait for the other end of a FIFO, which it does not open" {
	command mkfifo fifo
	spawn cat fifo
	wait_until has_waiters 1 "$PWD/fifo" fifo
	run bash -c 'ipcls -o name,holders,waiters --type fifo "$PWD/fifo" 2>/dev/null | tail -n 1'
	assert_output --regexp "^$PWD/fifo +0[+]? +1$"
	# it still waits
	has_waiters 1 "$PWD/fifo" fifo
	end_spawned
}

@test "ipcls shows what a process waits for by poll, select and epoll" {
	local call
	command mkfifo fifo
	exec 7<>fifo
	for call in 'select.select([7], [], [])' 'p = select.poll(); p.register(7, 1); p.poll()' \
		'e = select.epoll(); e.register(7, 1); e.poll()' \
		'e = select.epoll(); e.register(7, 1); select.select([e.fileno()], [], [])'; do
		spawn python3 -c "import select; $call"
		wait_until has_waiters 1 "$PWD/fifo" fifo
		end_spawned
		wait_until has_waiters 0 "$PWD/fifo" fifo
	done
	# a set of which the text is long
	spawn python3 -c 'import os, select
e = select.epoll()
copies = [os.dup(7) for i in range(500)]
for copy in copies: e.register(copy, copy == copies[-1])
e.poll()'
	wait_until has_waiters 1 "$PWD/fifo" fifo
	end_spawned
	exec 7>&-
}

# why TARGET: the sentences, in which the commands of the builtins are those of the program
why() {
	ipcls --why "$1" 2>/dev/null | sed -E 's/^(pid [0-9]+) bash /\1 shell /'
}

@test "ipcls --why says what a process waits for, how full that is, and that no process can end it" {
	local q s
	q=/$(name q)
	mqcreate -d 2 -s 64 "$q"
	mqsend "$q" one two
	spawn mqsend "$q" three
	wait_until has_waiters 1 "$q"
	run why "$spawned"
	assert_success
	assert_line --index 0 --regexp "^pid $spawned [a-z]+ waits for room on $q \(2 of 2 messages\); no process (that may be inspected )?has it open for reading( \([0-9]+ may not\))?\$"
	assert_equal "${#lines[@]}" 1
	run why "$q"
	assert_line --index 0 --regexp "^$q \(2 of 2 messages\): a process waits for it; pid $spawned [a-z]+ has it\$"
	assert_line --index 1 --regexp "^pid $spawned [a-z]+ waits for room on $q "
	end_spawned
	wait_until has_waiters 0 "$q"
	# of a user without privileges only queues that a process has open
	if [[ $(id -u) == 0 ]]; then
		run why "$q"
		assert_output "$q (2 of 2 messages): no process waits for it"
	fi
	mqunlink "$q"
}

@test "ipcls --why names the process that could end the wait, and what that one waits for" {
	local q writer
	q=/$(name q)
	mqcreate -d 2 -s 64 "$q"
	command mkfifo fifo
	spawn mqsend "$q" <>fifo
	writer=$spawned
	spawn mqrecv "$q"
	wait_until has_waiters 1 "$q"
	wait_until sleeping "$writer"
	run why "$spawned"
	assert_line --index 0 --regexp "^pid $spawned [a-z]+ waits for a message on $q \(0 of 2 messages\); pid $writer [a-z]+ has it open for writing\$"
	assert_line --index 1 --regexp "^pid $writer [a-z]+ waits for data from $PWD/fifo; no other process "
	end_spawned
	mqunlink "$q"
}

@test "ipcls --why explains each kind of wait" {
	local k s
	k=$(key k)
	s=/$(name s)
	mqcreate "key:$k"
	semop create --count=3 "key:$k" 0
	semop create "$s" 0
	command mkfifo fifo
	spawn mqrecv --type=7 "key:$k"
	wait_until has_waiters 1 "key:$k" mq
	run why "$spawned"
	assert_line --index 0 --regexp "^pid $spawned [a-z]+ waits for a message of type 7 on key:$k \(0 messages\); no process has sent to it\$"
	spawn semop wait "key:${k}[1]"
	wait_until has_waiters 1 "key:$k" sem
	run why "$spawned"
	assert_line --index 0 --regexp "^pid $spawned [a-z]+ waits for a permit of key:$k\[1\] \(value 0,0,0\); (the process that|pid [0-9]+ [a-z]+) changed it last( \(pid [0-9]+\) has ended)?\$"
	spawn semop wait "$s"
	wait_until has_waiters 1 "$s"
	run why "$spawned"
	assert_line --index 0 --regexp "^pid $spawned [a-z]+ waits for a permit of $s \(value 0\); no other process "
	spawn cat fifo
	wait_until has_waiters 1 "$PWD/fifo" fifo
	run why "$spawned"
	assert_output "pid $spawned cat waits for a process that opens for writing $PWD/fifo"
	end_spawned
	mqunlink "key:$k"
	semop unlink "key:$k" "$s"
}

@test "ipcls --why prints how many processes more wait for an object" {
	local s
	s=/$(name s)
	semop create "$s" 0
	for ((i = 0; i < 18; i++)); do
		spawn semop wait "$s"
	done
	wait_until has_waiters 18 "$s"
	run why "$s"
	assert_line --index 0 --partial "$s (value 0): 18 processes wait for it; pid "
	assert_line --index 16 --regexp "^pid [0-9]+ [a-z]+ waits for a permit of $s "
	assert_line --index 17 '2 more processes wait for it'
	end_spawned
	semop unlink "$s"
}

@test "ipcls --why says of a process that waits for nothing what it does" {
	spawn sleep 100
	wait_until sleeping "$spawned"
	run why "$spawned"
	assert_output "pid $spawned sleep waits for a time"
	kill -STOP "$spawned"
	wait_until grep -q 'State:.T' "/proc/$spawned/status"
	run why "$spawned"
	assert_output "pid $spawned sleep waits for a time; it is stopped"
	end_spawned
	refused 4 'ipcls: 2147483647: no such process' ipcls --why 2147483647
	refused 4 "ipcls: /$(name none): no such object" ipcls --why "/$(name none)"
}

@test "ipcls says that it may not read what a process waits for, and in which kernel function it sleeps" {
	local s
	s=/$(name s)
	semop create "$s" 0
	spawn semop wait "$s"
	wait_until has_waiters 1 "$s"
	run "$(peer intercept)" open@syscall=EACCES -- ipctool ipcls --why "$spawned"
	assert_success
	assert_line --index 0 --regexp "^pid $spawned [a-z]+ sleeps; what it waits for may not be read( \\(kernel function [a-z0-9_.]+\\))?\$"
	run --separate-stderr "$(peer intercept)" open@syscall=EACCES -- ipctool ipcls --who "$s"
	assert_success
	assert_stderr --regexp '[0-9]+ process(es)? may not be traced: what they wait for is not shown'
	refute_output --partial waits
	end_spawned
	semop unlink "$s"
}

# Each of two scripts holds one lock and waits for the other.
deadlock() {
	command mkfifo first second
	spawn lockrun a sh -c 'echo >first; read -r _ <second; exec lockrun b true'
	one=$spawned
	spawn lockrun b sh -c 'read -r _ <first; echo >second; exec lockrun a true'
	two=$spawned
}

is_deadlock() {
	why "$1" >explained
	grep -q '^deadlock: ' explained
}

is_deadlock_in_json() {
	ipcls -J --why "$1" 2>/dev/null | grep -q "\"pid\":$1,.*\"deadlock\":true"
}

@test "ipcls --why explains a deadlock of two locks, and reports none that could still end" {
	local one two
	deadlock
	wait_until is_deadlock "$one"
	run cat explained
	assert_line --regexp "^pid [0-9]+ lockrun waits for a lock on $PWD/b; .*pid $two [a-z]+"
	assert_line --regexp "^pid [0-9]+ lockrun waits for a lock on $PWD/a; .*pid $one [a-z]+"
	assert_line --regexp "^deadlock: pid $one .* pid $two .*, which waits for pid $one [a-z]+\$"
	wait_until is_deadlock_in_json "$two"
	end_spawned
	# the holder sleeps, but not for the other
	spawn lockrun a sleep 100
	one=$spawned
	wait_until is_held a
	spawn lockrun a true
	wait_until waits_for_lock "$spawned"
	refute is_deadlock "$spawned"
	end_spawned
}

waits_for_lock() {
	why "$1" | grep -q 'waits for a lock on'
}

@test "ipcls --why explains a deadlock of a lock and a semaphore between two scripts" {
	local one two s
	s=/$(name s)
	semop create "$s" 1
	command mkfifo first second
	printf '%s\n' 'echo >first' 'read -r _ <second' "exec semop run $s true" >one
	printf '%s\n' 'read -r _ <first' 'echo >second' 'exec lockrun a true' >two
	spawn lockrun a sh one
	one=$spawned
	spawn semop run "$s" sh two
	two=$spawned
	wait_until is_deadlock "$one"
	run cat explained
	assert_line --regexp "^pid [0-9]+ sem-keeper waits for a permit of $s \\(value 0\\); pid [0-9]+ sem-keeper holds it\$"
	assert_line --regexp "^pid [0-9]+ lockrun waits for a lock on $PWD/a; .*pid $one [a-z]+"
	assert_line --regexp '^deadlock: '
	wait_until is_deadlock "$two"
	wait_until is_deadlock "$s"
	end_spawned
	wait_until has_waiters 0 "$s"
	semop unlink "$s"
}

@test "ipcls --why explains the waits of other users to root, and to them not those of root" {
	requires root command:setpriv
	local q r theirs
	q=/$(name q)
	r=/$(name r)
	mqcreate -m 666 -d 2 -s 64 "$q"
	mqcreate -m 666 -d 2 -s 64 "$r"
	spawn setpriv --reuid=65534 --clear-groups ipctool mqrecv "$q"
	theirs=$spawned
	wait_until has_waiters 1 "$q"
	run why "$theirs"
	assert_line --index 0 --regexp "^pid $theirs [a-z]+ waits for a message on $q \\(0 of 2 messages\\); no other process has it open for writing\$"
	spawn mqrecv "$r"
	wait_until has_waiters 1 "$r"
	run setpriv --reuid=65534 --clear-groups ipctool ipcls --why "$spawned"
	assert_success
	assert_output --regexp "^pid $spawned [a-z]+ sleeps; what it waits for may not be read"
	run setpriv --reuid=65534 --clear-groups ipctool ipcls --why "$theirs"
	assert_line --index 0 --regexp "^pid $theirs [a-z]+ waits for a message on $q .*; no other process that may be inspected has it open for writing \\([0-9]+ may not\\)\$"
	end_spawned
	mqunlink "$q" "$r"
}

@test "ipcls --why explains a deadlock of two mutexes, each held by a process for a command" {
	local one m
	m=/$(name m)
	shmcreate "$m" 4K
	command mkfifo first second
	# shellcheck disable=SC2016
	spawn lockrun --api mutex "shm:$m" sh -c 'echo >first; read -r _ <second; exec lockrun --api mutex "$0" true' "shm:$m+64"
	one=$spawned
	# shellcheck disable=SC2016
	spawn lockrun --api mutex "shm:$m+64" sh -c 'read -r _ <first; echo >second; exec lockrun --api mutex "$0" true' "shm:$m"
	wait_until is_deadlock "$one"
	run cat explained
	assert_line --regexp "^pid [0-9]+ lock-keeper waits for the mutex shm:$m\\+(0|64); pid [0-9]+ lock-keeper holds it\$"
	assert_line --regexp "^pid [0-9]+ lock-keeper or for data from .*; pid [0-9]+ [a-z]+ is at the other end\$"
	end_spawned
	wait_until has_waiters 0 "$m"
	shmunlink "$m"
}
