#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Whose is it: an object of another user is not taken for one's own.
# applets: mqcreate shmcreate semop mkfifo lockrun
load helper

# A command of another user: the program, whatever the front end.
mallory() {
	setpriv --reuid=54321 --regid=54321 --clear-groups -- "$@"
}

belongs() {
	echo "$1: exists, but belongs to UID 54321"
}

@test "a POSIX queue of another user is not accepted by -e" {
	requires root
	q=$(name q)
	mallory mqcreate -m 666 -d 2 -s 64 "$q"
	later mqunlink "$q"
	refused 5 "mqcreate: $(belongs "/$q")" mqcreate -e "$q"
	refused 5 "mqcreate: $(belongs "/$q")" mqcreate -e -m 660 -d 2 -s 64 "$q"
	mqcreate -e -m 666 -d 2 -s 64 "$q"
}

@test "a POSIX queue of another user that cannot be opened is one that exists" {
	requires root
	q=$(name q)
	mallory mqcreate -d 2 -s 64 "$q"
	later mqunlink "$q"
	refused 5 "mqcreate: $(belongs "/$q")" mqcreate -e -d 2 -s 64 "$q"
	run --separate-stderr setpriv --reuid=54322 --clear-groups mqcreate -e "$q"
	assert_failure 5
	assert_stderr --regexp "^mqcreate: /$q: exists, but (belongs to UID 54321|cannot be opened: Permission denied)\$"
}

@test "a System V queue of another user is not accepted by -e" {
	requires root
	q=key:$(key q)
	mallory mqcreate -m 666 "$q"
	later mqunlink "$q"
	refused 5 "mqcreate: $(belongs "$q")" mqcreate -e "$q"
	mqcreate -e -m 666 "$q"
}

@test "a shared memory object of another user is not accepted by -e" {
	requires root
	s=$(name s)
	mallory shmcreate -m 666 "$s" 64
	later shmunlink "$s"
	refused 5 "shmcreate: $(belongs "/$s")" shmcreate -e "$s" 64
	refused 5 "shmcreate: $(belongs "/$s")" shmcreate -e "$s" 65
	shmcreate -e -m 666 "$s" 64
}

@test "a System V segment of another user is not accepted by -e" {
	requires root
	s=key:$(key s)
	mallory shmcreate -m 666 "$s" 64
	later shmunlink "$s"
	refused 5 "shmcreate: $(belongs "$s")" shmcreate -e "$s" 64
	shmcreate -e -m 666 "$s" 64
}

@test "a semaphore of another user is not accepted by -e" {
	requires root
	s=$(name s)
	mallory semop create -m 666 "$s" 1
	later semop unlink "$s"
	refused 5 "semop: $(belongs "/$s")" semop create -e "$s"
	semop create -e -m 666 "$s"
}

@test "a semaphore set of another user is not accepted by -e" {
	requires root
	s=key:$(key s)
	mallory semop create -m 600 "$s" 1
	later semop unlink "$s"
	refused 5 "semop: $(belongs "$s")" semop create -e "$s"
	run --separate-stderr setpriv --reuid=54322 --clear-groups semop create -e "$s"
	assert_failure 5
	assert_stderr "semop: $(belongs "$s")"
}

@test "a System V object that another user created and gave away is not accepted by -e" {
	requires root
	q=key:$(key q)
	mallory mqcreate -m 600 "$q"
	later mqunlink "$q"
	mallory "$(peer sysv)" owner "${q#key:}" 0
	run mqstat -J "$q"
	assert_output --partial '"owner":"root"'
	refused 5 "mqcreate: $(belongs "$q")" mqcreate -e "$q"
}

@test "a System V object that another user created and gave to one's own group is not accepted by -e" {
	requires root
	q=key:$(key q)
	mallory mqcreate -m 660 "$q"
	later mqunlink "$q"
	mallory "$(peer sysv)" owner "${q#key:}" 54321 "$(id -g)"
	refused 5 "mqcreate: $(belongs "$q")" mqcreate -e -m 660 "$q"
	mallory "$(peer sysv)" owner "${q#key:}" 0 "$(id -g)"
	refused 5 "mqcreate: $(belongs "$q")" mqcreate -e -m 660 "$q"
}

@test "a semaphore that another user removes and creates again is not accepted by -e" {
	requires root
	local s tries result
	s=$(name s)
	mallory semop create -m 644 "$s.2" 1
	later semop unlink -f "$s"
	later semop unlink -f "$s.2"
	spawn mallory sh -c 'while :; do ln -f "$1.2" "$1"; rm "$1"; done' sh "/dev/shm/sem.$s" 2>/dev/null
	for ((tries = 0; tries < 300; tries++)); do
		result=0
		semop create -e -m 644 "$s" 1 2>/dev/null || result=$?
		[[ $result == [05] ]] || fail "status $result"
		((result == 5)) || [[ $(stat -c %u "/dev/shm/sem.$s") == "$UID" ]] || fail 'accepted'
		rm -f "/dev/shm/sem.$s"
	done
	end_spawned
}

@test "a semaphore that cannot be opened has another mode, and -e says so" {
	requires root
	s=$(name s)
	semop create "$s"
	later semop unlink "$s"
	run --separate-stderr mallory semop create -e -m 666 "$s"
	assert_failure 5
	assert_stderr "semop: /$s: exists, but with mode 0600, not 0666"
}

@test "a FIFO of another user is not accepted by -e" {
	requires root
	mkdir -m 1777 shared
	chmod 755 .
	(cd shared && mallory mkfifo -m 644 f)
	(cd shared && mallory mkfifo -m 666 g)
	refused 5 "mkfifo: $(belongs shared/f)" mkfifo -e shared/f
	refused 5 "mkfifo: $(belongs shared/g)" mkfifo -e shared/g
	mkfifo -e -m 666 shared/g
}

@test "a FIFO of another user in a directory of a group is accepted by -e if the group may write" {
	requires root
	mkdir -m 3770 team
	chgrp 54321 team
	(cd team && mallory mkfifo -m 660 f)
	mkfifo -e -m 660 team/f
	chmod g-s team
	refused 5 "mkfifo: $(belongs team/f)" mkfifo -e -m 660 team/f
}

@test "a FIFO of another user in a directory of a group where every user may create files is not accepted by -e" {
	requires root
	mkdir -m 3777 team
	(cd team && mallory mkfifo -m 660 f)
	refused 5 "mkfifo: $(belongs team/f)" mkfifo -e -m 660 team/f
	chgrp 54322 team team/f
	refused 5 "mkfifo: $(belongs team/f)" mkfifo -e -m 660 team/f
}

@test "a lock in memory of another user is not taken, unless others may write" {
	requires root
	local api
	for api in mutex rwlock; do
		s=$(name "$api")
		mallory shmcreate -m 666 "$s" 8192
		later shmunlink "$s"
		refused 125 "lockrun: $(belongs "shm:/$s")" lockrun --api "$api" "shm:$s" touch made
		refused 125 "lockrun: $(belongs "shm:/$s+4096")" lockrun --api "$api" -m 660 "shm:$s+4096" touch made
		lockrun --api "$api" -m 666 "shm:$s" true
	done
	assert [ ! -e made ]
}

@test "a lock in memory of root can be taken by every user who may write to it" {
	requires root
	s=$(name s)
	lockrun --api mutex -m 666 "shm:$s" true
	later shmunlink "$s"
	assert_equal "$(stat -c %a "/dev/shm/$s")" 666
	mallory lockrun --api mutex "shm:$s" true
}

@test "a lock in memory has the mode of -m, and one with another mode is not taken then" {
	s=$(name s)
	umask 077
	lockrun --api rwlock -m 640 "shm:$s" true
	later shmunlink "$s"
	assert_equal "$(stat -c %a "/dev/shm/$s")" 640
	lockrun --api rwlock "shm:$s" true
	refused 125 "lockrun: shm:/$s: exists, but with mode 0640, not 0600" lockrun --api rwlock -m 600 "shm:$s" touch made
	refused 125 "lockrun: option '-m': requires --api mutex or rwlock" lockrun -m 600 file touch made
	assert [ ! -e made ]
}

@test "a second name of an object with locks in memory is not taken" {
	s=$(name s)
	shmcreate "$s" 4096
	later shmunlink "$s"
	ln "/dev/shm/$s" "/dev/shm/$s.2"
	later shmunlink "$s.2"
	refused 125 "lockrun: shm:/$s.2: exists, but its file has 2 names" lockrun --api mutex "shm:$s.2" touch made
	assert [ ! -e made ]
}

@test "an object of root is accepted by -e as one's own" {
	requires root
	s=$(name s)
	shmcreate -m 644 "$s" 64
	later shmunlink "$s"
	mallory shmcreate -e -m 644 "$s" 64
}

@test "a second name of one's own file is not accepted by -e" {
	s=$(name s)
	shmcreate "$s" 64
	later shmunlink "$s"
	ln "/dev/shm/$s" "/dev/shm/$s.2"
	later shmunlink "$s.2"
	refused 5 "shmcreate: /$s.2: exists, but its file has 2 names" shmcreate -e "$s.2" 64
	semop create "$s"
	later semop unlink "$s"
	ln "/dev/shm/sem.$s" "/dev/shm/sem.$s.2"
	later semop unlink "$s.2"
	refused 5 "semop: /$s.2: exists, but its file has 2 names" semop create -e "$s.2"
	mkfifo f
	ln f g
	refused 5 "mkfifo: g: exists, but its file has 2 names" mkfifo -e g
}

@test "-e compares with the default mode if none is given" {
	s=$(name s) k=key:$(key k)
	shmcreate -m 644 "$s" 64
	later shmunlink "$s"
	refused 5 "shmcreate: /$s: exists, but with mode 0644, not 0600" shmcreate -e "$s" 64
	mqcreate -m 622 -d 1 -s 8 "$s"
	later mqunlink "$s"
	refused 5 "mqcreate: /$s: exists, but with mode 0622 instead of 0600" mqcreate -e "$s"
	semop create -m 606 "$s"
	later semop unlink "$s"
	refused 5 "semop: /$s: exists, but with mode 0606, not 0600" semop create -e "$s"
	shmcreate -m 640 "$k" 64
	later shmunlink "$k"
	refused 5 "shmcreate: $k: exists, but with mode 0640, not 0600" shmcreate -e "$k" 64
	mqcreate -m 640 "$k"
	later mqunlink "$k"
	refused 5 "mqcreate: $k: exists, but with mode 0640 instead of 0600" mqcreate -e "$k"
	semop create -m 640 "$k"
	later semop unlink "$k"
	refused 5 "semop: $k: exists, but with mode 0640, not 0600" semop create -e "$k"
	umask 027
	mkfifo f
	mkfifo -e f
	umask 022
	refused 5 "mkfifo: f: exists, but with mode 0640, not 0644" mkfifo -e f
	mkfifo -e -m 640 f
}
