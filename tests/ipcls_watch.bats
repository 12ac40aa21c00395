#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# applets: ipcls
# ipcls --watch: a line for each change.

load helper

# watching OPTION...: ipcls --watch in the background, once it has printed its heading; its lines are in `seen`
watching() {
	spawn ipcls --watch "$@" >seen 2>messages
	wait_until grep -q '^CHANGE' seen
}

# see PATTERN: a line, its blanks single, matches the extended regular expression as a whole
see() {
	wait_until has_line "$1"
}

has_line() {
	tr -s " " <seen | sed "s/ $//" | grep -Eqx -- "$1"
}

@test "--watch prints what is created, filled and removed" {
	local m s
	m=/$(name m) s=/$(name s)
	watching --type shm,sem "$m" "$s"
	shmcreate "$m" 64K
	see "created shm $m - 0B of 64K"
	printf x | shmwrite -o 0 "$m"
	see "fill shm $m 0B of 64K 4.0K of 64K"
	semop create "$s" 3
	see "created sem $s - value 3"
	semop wait "$s"
	see "fill sem $s value 3 value 2"
	shmunlink "$m"
	see "removed shm $m 4.0K of 64K -"
	semop unlink "$s"
	see "removed sem $s value 2 -"
}

@test "--watch prints changes of the holders" {
	local f
	mkfifo fifo
	f=$PWD/fifo
	watching "$f"
	spawn bash -c 'exec sleep 1000 <>fifo'
	see "created fifo $f - .*"
	spawn bash -c 'exec sleep 1000 <fifo'
	see "holders fifo $f 1 2"
	kill -KILL "$spawned"
	see "holders fifo $f 2 1"
}

@test "--watch prints changes of the waiters" {
	local s
	s=/$(name s)
	semop create "$s" 0
	watching "$s"
	spawn semop wait "$s"
	see "waiters sem $s 0 1"
	kill -KILL "$spawned"
	see "waiters sem $s 1 0"
	semop unlink "$s"
}

@test "--watch prints objects that exist for an instant only" {
	local m
	m=/$(name m)
	watching --type shm
	shmcreate "$m" 4K && shmunlink "$m"
	see "created shm $m - .*"
	see "removed shm $m .* -"
}

@test "--watch prints only what the names and kinds select" {
	local a b
	a=/$(name a) b=/$(name b)
	watching --type shm "$b"
	shmcreate "$a" 4K
	shmunlink "$a"
	shmcreate "$b" 4K
	see "created shm $b .*"
	run cat seen
	refute_output --partial "$a"
	shmunlink "$b"
}

@test "--watch shows an unlinked object that a process has" {
	local m
	m=/$(name m)
	shmcreate "$m" 4K
	exec {fd}<"/dev/shm$m"
	watching "$m"
	shmunlink "$m"
	see "(unlinked|removed) shm .*$m.*"
	exec {fd}<&-
}

@test "--watch -J prints an object for each change" {
	local m line
	m=/$(name m)
	spawn ipcls --watch -J --type shm "$m" >seen 2>messages
	wait_until eval 'shmcreate "$m" 4K; shmunlink "$m"; grep -q created seen'
	line=$(grep -m 1 created seen)
	[[ $line =~ ^'{"time":'[0-9]+\.[0-9]{6}',"change":"created","kind":"shm","name":"'"$m"'","before":null,"after":'(null|0)'}'$ ]]
}

@test "--watch ends by TERM, and when its reader is gone" {
	watching
	kill "$spawned"
	collect
	assert_equal "$status" 143
	bash -c 'ipcls --watch 2>/dev/null; echo "$?" >status' | head -n 1 >line
	assert_equal "$(<line)" "$(head -n 1 seen)"
	wait_until grep -qx 141 status
}
