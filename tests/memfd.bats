#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Memory without a name: shmcreate --run, and fd:N in place of a shared memory object.
# applets: shmcreate shmread shmwrite shmstat shmresize shmunlink shmcell semop lockrun mapcat
load helper

@test "shmcreate --run gives a command memory, the number of its descriptor in SHM_FD" {
	run shmcreate --run 4K sh -c 'shmwrite -o 4090 fd:$SHM_FD hello; shmread -o 4088 fd:$SHM_FD | od -An -c; exit 5'
	assert_failure 5
	assert_output '  \0  \0   h   e   l   l   o  \0'
	run shmcreate --run --fd 7 --name table 10 -- sh -c 'echo $SHM_FD; readlink /proc/self/fd/7; shmread fd:7 | wc -c'
	assert_success
	assert_output $'7\n/memfd:table (deleted)\n10'
}

@test "memory without a name is the same for all applets" {
	cat >job <<-'END'
		shmwrite -o 0 fd:$SHM_FD hello
		mapcat -l 5 fd:$SHM_FD; echo
		shmcell add shm:fd:$SHM_FD+8 7
		semop create shm:fd:$SHM_FD+64 2
		semop wait shm:fd:$SHM_FD+64; semop value shm:fd:$SHM_FD+64
		lockrun --api mutex shm:fd:$SHM_FD+128 lockrun -n --api mutex shm:fd:$SHM_FD+128 true; echo $?
		lockrun -s --api rwlock shm:fd:$SHM_FD+256 lockrun -s -n --api rwlock shm:fd:$SHM_FD+256 echo both
		shmresize fd:$SHM_FD 10
		shmstat -J fd:$SHM_FD
	END
	run --separate-stderr shmcreate --run -f 5 16K sh job
	assert_success
	assert_equal "${lines[*]:0:5}" 'hello 7 1 123 both'
	assert_regex "${lines[5]}" '^\{"shm":"fd:5","mode":"0[67]..","owner":"[^"]+","size":10,"allocated":[0-9]+\}$'
	assert_stderr "lockrun: shm:fd:5+128: locked by another process"
}

@test "a seal is named when it forbids something" {
	cat >job <<-'END'
		shmresize fd:5 8K; shmresize fd:5 1K; shmwrite fd:5 text
		shmread -l 4 fd:5; echo
	END
	run shmcreate --run -f 5 --seal shrink,grow 4K sh job
	assert_output "shmresize: fd:5: 8192 bytes: not permitted (seals: shrink grow)
shmresize: fd:5: 1024 bytes: not permitted (seals: shrink grow)
shmwrite: fd:5: short write: 4 bytes written, the size is now 4096: not permitted (seals: shrink grow)
text"
	cat >job <<-'END'
		shmwrite -o 0 fd:5 x; shmcell add shm:fd:5; semop create shm:fd:5; mapcat --shared --write 0 x fd:5
		shmcell get shm:fd:5
	END
	run shmcreate --run -f 5 --seal write,seal 4K sh job
	assert_output "shmwrite: fd:5: short write: 0 bytes written, the size is now 4096: not permitted (seals: write)
shmcell: fd:5: cannot be mapped for writing: not permitted (seals: write)
semop: shm:fd:5: cannot be mapped for writing: sealed (write)
mapcat: fd:5: cannot be mapped for writing: sealed (write)
0"
}

@test "a descriptor that is not memory is refused with what it is" {
	mkfifo pipe
	refused 1 'shmread: fd:8: is a directory, not a shared memory object' shmread fd:8 8<.
	refused 1 'shmread: fd:8: is a FIFO, not a shared memory object' shmread fd:8 8<>pipe
	refused 1 'shmstat: fd:8: is a FIFO, not a shared memory object' shmstat fd:8 8<>pipe
	refused 1 'shmcell: fd:8: is a directory, not a shared memory object' shmcell get shm:fd:8 8<.
	refused 1 'semop: shm:fd:8: not a shared memory object' semop value shm:fd:8 8<.
	refused 1 'mapcat: fd:8: is a FIFO, not a regular file' mapcat fd:8 8<>pipe
	refused 1 'shmread: fd:8: not open' shmread fd:8 8<&-
}

@test "fd:N permits no more than the descriptor does" {
	printf 'some text' >file
	assert_equal "$(shmread fd:8 8<file)" 'some text'
	refused 1 'shmwrite: fd:8: Permission denied' shmwrite fd:8 x 8<file
	refused 1 'shmread: fd:8: Permission denied' shmread fd:8 8>>file
	assert_equal "$(<file)" 'some text'
}

@test "fd:N is neither created nor removed, and must be a number" {
	refused 2 'shmcreate: fd:8: a descriptor cannot be created; --run gives one to a command' shmcreate fd:8 10
	refused 2 'shmunlink: fd:8: a descriptor cannot be removed; the memory lasts until it is closed' shmunlink fd:8
	refused 2 "shmread: 'fd:x': the text after fd: is not a descriptor number" shmread fd:x
	refused 2 "shmcell: 'shm:fd:+8': the text after fd: is not a descriptor number" shmcell get shm:fd:+8
}

@test "shmcreate --run refuses what cannot be: status 125" {
	refused 125 'shmcreate: descriptor 8: already open' shmcreate --run -f 8 10 true 8</dev/null
	run --separate-stderr shmcreate --run --seal shrink,,grow 10 true
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "shmcreate: '' is not a seal: shrink, grow, write or seal"
	run --separate-stderr shmcreate --run 1x true
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "shmcreate: '1x' is not a size"
	run -127 shmcreate --run 10 ./none
	assert_failure 127
}
