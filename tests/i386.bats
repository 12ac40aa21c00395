#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# 32-bit programs: what they have and wait for, and their calls. Their system calls have other numbers and
# structures, and those of System V and of sockets are made by ipc(2) and socketcall(2).
# applets: ipcls ipctrace

load helper

setup() {
	basic_setup
	i386=${IPCTOOL_PEERS:-$IPCTOOL_ROOT/build/peers}/i386
	[[ -x $i386 ]] || skip 'the compiler makes no 32-bit programs'
	"$i386" || skip 'this kernel runs no 32-bit programs'
}

# waits SENTENCE VERB [ARGUMENT]: ipcls --why explains what the 32-bit program waits for
waits() {
	spawn "$i386" "${@:2}" >ready
	wait_until grep -qx ready ready
	wait_until sleeping "$spawned"
	run --separate-stderr ipcls --why "$spawned"
	assert_success
	assert_line --index 0 --regexp "^pid $spawned i386 waits for $1\$"
}

# in_the_way FILE API: the process $holder holds a lock on the file
in_the_way() {
	command mkfifo "$1.wait"
	spawn lockrun --api "$2" "$1" cat "$1.wait"
	holder=$spawned
	wait_until is_held "$1"
}

is_held() {
	[[ -n $(lockinfo "$1") ]]
}

@test "ipcls --why explains what a 32-bit program waits for: queues and semaphores" {
	local k q s
	q=/$(name q)
	s=$(name s)
	k=$(key k)
	mqcreate -d 1 -s 64 "$q"
	mqcreate "key:$k"
	semop create "/$s" 0
	semop create --count=2 "key:$k" 5
	semop op "key:$k" 1-4
	waits "a message on $q \(0 of 1 messages\);.*" queue "$q"
	waits "a message of type 7 on key:$k \(0 messages\);.*" msgrcv "$k"
	waits "a permit of /$s \(value 0\);.*" semaphore "$s"
	waits "3 permits of key:$k\[1\] .*" semop "$k"
	end_spawned
	semop unlink "/$s" "key:$k"
	mqunlink "$q" "key:$k"
}

@test "ipcls --why explains what a 32-bit program waits for: locks" {
	in_the_way lock posix
	waits "a lock of bytes 8 to 17 on .*/lock; pid $holder .*" setlkw lock
	waits "a lock of bytes 8 to 17 on .*/lock; pid $holder .*" setlkw32 lock
	in_the_way flock flock
	waits "a read lock on .*/flock; pid $holder .*" flock flock
}

@test "ipcls --why explains what a 32-bit program waits for: a FIFO, an eventfd, a connection, a signal" {
	command mkfifo fifo
	waits 'a process that opens for writing .*/fifo' fifo fifo
	waits 'data from [0-9]*:[0-9]*; .*' poll
	waits 'data from [0-9]*:[0-9]*; .*' select
	waits "a connection to @$(name s) .*" accept "$(name s)"
	waits 'a signal' pause
}

@test "ipcls --why tells a system call that it does not know from one that may not be read" {
	spawn "$i386" events >ready
	wait_until grep -q . ready
	[[ $(<ready) == ready ]] || skip 'this kernel has no asynchronous input and output'
	wait_until sleeping "$spawned"
	run --separate-stderr ipcls --why "$spawned"
	assert_output --regexp "^pid $spawned i386 sleeps in a system call that is not known( \\(kernel function [a-z0-9_.]+\\))?\$"
}

@test "ipcls -p shows what a 32-bit program has" {
	local q
	q=$(name q)
	mqcreate -d 1 -s 64 "/$q"
	shmcreate "$q" 4K
	spawn "$i386" hold "$q" >ready
	wait_until grep -qx ready ready
	run --separate-stderr ipcls --who --type mq,shm,eventfd,lock -o kind,name,pid,command,access -p "$spawned"
	assert_success
	assert_line --regexp "^mq +/$q +$spawned i386 +rw\$"
	assert_line --regexp "^shm +/$q +$spawned i386 +rw\$"
	assert_line --regexp "^eventfd +$spawned:[0-9]+ +$spawned i386 +rw\$"
	assert_line --regexp "^lock +.*/$q.lock +$spawned i386 +rw\$"
	end_spawned
	mqunlink "/$q"
	shmunlink "$q"
}

@test "ipctrace decodes the calls of a 32-bit program, with those in ipc(2) and socketcall(2)" {
	local k m
	k=$(key k)
	m=$(name m)
	later rm -f "/dev/shm/$m"
	run ipctrace -o out "$i386" talk "$k" "$m"
	assert_success
	run sed 's/^ *[0-9.]* *[0-9]* *//' out
	assert_line --regexp "^i386 +msgsnd key:$k size 5 priority 7 = 0\$"
	assert_line --regexp "^i386 +msgrcv key:$k size 5 priority 7 = 5\$"
	assert_line --regexp "^i386 +msgctl key:$k remove = 0\$"
	assert_line --regexp "^i386 +semctl key:$k \[1\] setval value 5 = 0\$"
	assert_line --regexp "^i386 +semtimedop key:$k 1-2n = 0\$"
	assert_line --regexp '^i386 +socketpair [0-9]+ [0-9]+ = 0$'
	assert_line --regexp '^i386 +sendto socket:\[[0-9]+\] size 4 = 4$'
	assert_line --regexp '^i386 +recvfrom socket:\[[0-9]+\] size 4 = 4$'
	assert_line --regexp "^i386 +ftruncate /$m size 4294975488 = "
	assert_line --regexp "^i386 +fcntl /dev/shm/$m write 3:4 nonblock = 0\$"
	assert_line --regexp "^i386 +fcntl /dev/shm/$m read 5:6 nonblock = 0\$"
}

has_line() {
	grep -q "$1" out
}

# semop(2) fails with EINTR after a stop: the program would end
@test "ipctrace -p does not disturb a 32-bit program that waits for a set" {
	local k waiter
	k=$(key k)
	semop create --count=2 "key:$k" 5
	semop op "key:$k" 1-5
	spawn "$i386" semop "$k" >ready
	waiter=$spawned
	wait_until grep -qx ready ready
	wait_until sleeping "$waiter"
	spawn "$(peer traced)" stay >stays
	wait_until grep -q ready stays
	# that of the other process is seen: both are attached to
	spawn ipctrace -o out -p "$waiter" -p "$spawned"
	wait_until has_line ' write pipe:'
	sleeping "$waiter"
	run ipcls -o waiters --type sem "key:$k"
	assert_line --index 1 --regexp '^ *1$'
	end_spawned
	semop unlink "key:$k"
}
