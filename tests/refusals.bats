#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# applets: ipcset semop lockrun lockinfo mqcreate mqsend mqrecv mqwait mqnotify mqstat mqunlink shmcell shmcreate shmread shmwrite shmresize shmstat shmunlink sigwatch waitchild catchsig childctl sigmask killn efd socklisten sockconnect socksend sockrecv mkfifo fiforead fifowrite mapcat pipeline ipcbench
# bats file_tags=program,plain
#
# The kernel refuses a system call: the words and the status. `make torture` lets every call fail with every errno
# and finds what is silent or wrong, in the static program; this file has a row for each message and branch.
# Calls fail by seccomp, see tests/peers/intercept.c.

load helper
load locks
load queues
load semaphores

setup() {
	basic_setup
	intercept=$(peer intercept)
	"$intercept" -- true 2>/dev/null || skip 'no seccomp_unotify(2) here'
}

# fails RULE[, RULE]... STATUS MESSAGE COMMAND...    the command fails with this status, and prints only this on standard
# error, after its name and a colon
fails() {
	local rules expected=$2 message=$3
	IFS=, read -r -a rules <<<"${1//, /,}"
	shift 3
	run "-$expected" --separate-stderr "$intercept" "${rules[@]}" -- "$@" </dev/null
	assert_stderr "$1: $message"
	assert_output ''
}

# $none is set to the rules by which malloc(3) gets no memory: that of the static program has mmap(2) alone.
no_memory() {
	none='brk=0, mmap_private=ENOMEM'
	[[ $IPCTOOL_FRONT != musl ]] || ! command -v musl-gcc >/dev/null || none=mmap_private=ENOMEM
}

# survives RULE[, RULE]... TEXT COMMAND...    a call fails, the command does not: its output is TEXT
survives() {
	local rules text=$2
	IFS=, read -r -a rules <<<"${1//, /,}"
	shift 2
	run -0 "$intercept" "${rules[@]}" -- "$@" </dev/null
	assert_output "$text"
}

# ---------------------------------------------------------------- semaphores

@test "semop says which call on a named semaphore failed, and creates none" {
	named
	fails open@/dev/shm=EACCES 1 "/$s: Permission denied" semop create "$s"
	fails write@/dev/shm=ENOSPC 1 "/$s: No space left on device" semop create "$s"
	fails write@/dev/shm=5 1 "/$s: No space left on device" semop create "$s"
	fails fchmod=EPERM 1 "/$s: Operation not permitted" semop create "$s"
	fails link=EIO 1 "/$s: Input/output error" semop create "$s"
	fails open@/dev/shm=ENOENT 1 "/$s: /dev/shm does not exist" semop create "$s"
	fails 'open@/dev/shm#1=EOPNOTSUPP, open@.semop.=ENFILE' 1 "/$s: Too many open files in system" semop create "$s"
	fails 'open@/dev/shm#1=EISDIR, write@.semop.=ENOSPC' 1 "/$s: No space left on device" semop create "$s"
	# a file system without O_TMPFILE
	survives open@/dev/shm#1=EOPNOTSUPP '' semop create "$s" 3
	fails open@sem.=ENFILE 1 "/$s: Too many open files in system" semop value "$s"
	fails fstat@sem.=EIO 1 "/$s: not a semaphore: Input/output error" semop value "$s"
	fails pread@sem.=EIO 1 "/$s: not a semaphore: Input/output error" semop value "$s"
	fails pread@sem.=5 1 "/$s: not a semaphore: the file holds other data" semop value "$s"
	fails mmap@sem.=ENOMEM 1 "/$s: Cannot allocate memory" semop wait "$s"
	fails unlink@sem.=EACCES 1 "/$s: Permission denied" semop unlink "$s"
	survives "stat@sem.#1=!semop unlink $s" '' semop create -e "$s"
	value_is 1
}

@test "semop says which call on a semaphore in memory failed" {
	in_memory
	fails "open@$m=ENFILE" 1 "shm:/$m+64: Too many open files in system" semop create "$s"
	fails "fstat@$m=EIO" 1 "shm:/$m+64: Input/output error" semop create "$s"
	fails "pread@$m=EIO" 1 "shm:/$m+64: Input/output error" semop create "$s"
	fails "pread@$m=5" 1 "shm:/$m+64: the object has become shorter" semop create "$s"
	fails "fallocate@$m=ENOSPC" 1 "shm:/$m+64: No space left on device" semop create "$s"
	fails "mmap@$m=ENOMEM" 1 "shm:/$m+64: Cannot allocate memory" semop create "$s"
	survives "fallocate@$m#1=EINTR" '' semop create "$s"
	semop unlink "$s"
	fails "mmap@$m=!semop create $s 2" 5 "shm:/$m+64: File exists" semop create "$s"
	value_is 2
	fails "mmap@$m=ENOMEM" 1 "shm:/$m+64: Cannot allocate memory" semop unlink "$s"
	fails "mmap@$m=!truncate -s 0 /dev/shm/$m" 1 "shm:/$m+64: the object has become shorter" semop unlink "$s"
	truncate -s 8192 "/dev/shm/$m"
	fails "mmap@$m=!truncate -s 0 /dev/shm/$m" 1 "shm:/$m+64: the object has become shorter" semop create "$s"
	truncate -s 8192 "/dev/shm/$m"
	semop create "$s"
	fails "mmap@$m=!truncate -s 0 /dev/shm/$m" 1 "shm:/$m+64: the object has become shorter" semop wait "$s"
}

@test "semop says which call on a set failed, and creates none" {
	in_set
	read -r semmsl semmns semopm semmni </proc/sys/kernel/sem
	doubled() { echo $(($1 < $2 / 2 ? 2 * $1 : $2)); }
	raised=$(raised_by_sysctl kernel.sem "\"$semmsl $(doubled "$semmns" 2147483647) $semopm $(doubled "$semmni" 32768)\"")
	fails semget=ENOSPC 1 "$s: the limit of sets, kernel.sem SEMMNI ($semmni), or of semaphores, SEMMNS ($semmns), is reached$raised" semop create "$s"
	fails semget=ENOMEM 1 "$s: Cannot allocate memory" semop create "$s"
	fails semget=EINVAL 1 "$s: removed while it was created" semop create "$s"
	fails semop=EIDRM 1 "$s: removed while it was created" semop create "$s"
	fails semop=ENOMEM 1 "$s: Cannot allocate memory" semop create "$s"
	fails semget=ENOSPC 1 "$s: the limit of sets, kernel.sem SEMMNI ($semmni), or of semaphores, SEMMNS ($semmns), is reached$raised" semop create -e "$s"
	fails semctl#1=EIDRM 1 "$s: removed while it was created" semop create -m 200 "$s"
	fails semctl#2=EPERM 1 "$s: Operation not permitted" semop create -m 200 "$s"
	run -4 semop value "$s"
	# more than SEMOPM semaphores; another process creates and removes it
	run -0 "$intercept" semop#1=E2BIG -- semop create -m 600 --count 3 "$s" 2
	value_is 2 '[2]'
	fails semctl=EIDRM 1 "$s: Identifier removed" semop create -e --count 3 "$s" 2
	fails semctl#3=EIDRM 1 "$s: Identifier removed" semop create -e --count 3 "$s" 2
	fails semctl=EIDRM 4 "$s: the set was removed while waiting" semop value "$s"
	fails semctl#2=EIDRM 4 "$s: the set was removed while waiting" semop value "$s"
	fails semctl#2=EIDRM 4 "$s: the set was removed while waiting" semop value -J "$s"
	fails semctl=EIDRM 1 "$s: 2 added, but the new value cannot be read: Identifier removed" semop post --print "$s" 2
	semop wait "$s" 2
	fails semctl=EIDRM 4 "$s: the set was removed while waiting" semop set "$s" 4
	fails semctl=EIDRM 1 "$s: semaphore index out of range" semop op "$s" 5+1
	fails semctl=EIDRM 1 "${s}[5]: semaphore index 5 is out of range" semop post "${s}[5]"
	fails semctl=EIDRM 4 "${s}[5]: the set was removed while waiting" semop value "${s}[5]"
	fails semop=ENOSPC 1 "$s: no more SEM_UNDO structures (SEMMNU, SEMUME)" semop wait "$s"
	fails semop=ENOMEM 1 "$s: Cannot allocate memory" semop wait "$s"
	fails semop=E2BIG 1 "$s: 1 operations exceed kernel.sem SEMOPM ($semopm)$(raised_by_sysctl kernel.sem "\"$semmsl $semmns 1 $semmni\"")" semop op "$s" 0+1
	fails semop=ERANGE 1 "$s: a value would exceed SEMVMX (32767), or an undo adjustment SEMAEM (32767)" semop op "$s" 0+1
	fails 'semop#1=EINTR, semop#2=EIDRM' 4 "$s: the set was removed while waiting" semop wait "$s"
	fails semctl=EPERM 1 "$s: Operation not permitted" semop unlink "$s"
	value_is 2
	semop unlink "$s"
	fails 'semget#1=ENOENT, semget#2=EEXIST, semget#3=ENOMEM' 1 "$s: Cannot allocate memory" semop create -e "$s"
}

@test "semop run says which step towards its command failed" {
	named
	make
	fails mmap_shared=ENOMEM 125 'cannot share memory with the holder process: Cannot allocate memory' semop run "$s" true
	fails socketpair=ENFILE 125 'cannot connect to the holder process: Too many open files in system' semop run "$s" true
	fails fork=ENOMEM 125 'cannot start the holder process: Cannot allocate memory' semop run "$s" true
	fails pipe=ENFILE 125 'cannot create a pipe: Too many open files in system' semop run "$s" true
	fails signalfd=ENFILE 125 'signalfd: Too many open files in system' semop run "$s" true
	fails fork#2=ENOMEM 125 'cannot start true: Cannot allocate memory' semop run "$s" true
	fails pidfd_open=ENFILE 125 'cannot hand the command to the holder process: Too many open files in system' semop run "$s" true
	fails pidfd_open=ENOSYS 125 'pidfd_open(2), which requires Linux 5.3: Function not implemented' semop run "$s" true
	fails send#2=ENOBUFS 125 'cannot hand the command to the holder process: No buffer space available' semop run "$s" true
	fails write@pipe#1=EIO 125 'cannot start the command: Input/output error' semop run "$s" true
	fails read@pipe=EIO 125 'cannot wait for the start: Input/output error' semop run "$s" true
	fails execve=EIO 126 'true: Input/output error' semop run "$s" true
	survives close_range=ENOSYS '' semop run "$s" true
	value_is 1
}

# --------------------------------------------------------------------- locks

@test "lockrun says which call on a lock file failed" {
	: >f
	fails open@f#1=ENFILE 125 'f: Too many open files in system' lockrun f true
	fails fstat@/f=EIO 125 'f: Input/output error' lockrun f true
	fails F_OFD_SETLK@/f=ENOLCK 125 'f: No locks available' lockrun --api ofd f true
	fails flock=ENOLCK 125 'f: No locks available' lockrun f true
	fails 'flock#1=EBADF, open@f#2=EROFS' 125 'f: an exclusive lock requires write access: Read-only file system' lockrun --api flock f true
	fails 'flock#1=EBADF, dup2=ENFILE' 125 'f: Too many open files in system' lockrun --api flock f true
	survives flock#1=EBADF 'x' lockrun --api flock f echo x
	fails flock=EBADF 125 'f: an exclusive lock requires write permission' lockrun --api flock f true
	fails 'open@f#1=ENOENT, open@f#2=EEXIST, open@f#3=ENFILE' 125 'f: Too many open files in system' lockrun f true
	fails 'open@d/=EISDIR, stat@d/=EIO' 125 'd/: Input/output error' lockrun d/ true
	fails F_OFD_SETLK@/f=EACCES 123 'f: locked by another process' lockrun -n --api ofd f true
	exec 7<>f
	fails fstat@/f=EIO 1 'descriptor 7: Input/output error' lockrun --fd 7
	fails flock=ENOLCK 1 'descriptor 7: No locks available' lockrun --fd 7
	fails flock=EBADF 1 'descriptor 7: an exclusive lock requires write permission' lockrun --fd 7
	fails flock=EIO 1 'descriptor 7: Input/output error' lockrun -u --fd 7
	run -0 "$intercept" open@/proc/locks=EACCES -- lockrun -v --fd 7
	assert_line 'lockrun: /proc/locks: Permission denied'
	exec 7>&-
}

@test "lockrun --api mutex and rwlock say which call failed" {
	m=$(name m)
	later rm -f "/dev/shm/$m"
	for api in mutex rwlock; do
		lockrun --api "$api" "shm:$m" true
		fails "fstat@$m=EIO" 125 "/$m: Input/output error" lockrun --api "$api" "shm:$m" true
		fails "mmap@$m=ENOMEM" 125 "/$m: Cannot allocate memory" lockrun --api "$api" "shm:$m" true
			fails "F_OFD_SETLK@$m=ENOLCK" 125 "shm:/$m: No locks available" lockrun --api "$api" "shm:$m" true
		fails "mmap@$m=!truncate -s 0 /dev/shm/$m" 125 "shm:/$m: the object has become shorter" lockrun --api "$api" "shm:$m" true
		truncate -s 4096 "/dev/shm/$m"
		fails "socketpair=!truncate -s 0 /dev/shm/$m" 125 "shm:/$m: the object has become shorter" lockrun --api "$api" "shm:$m" true
		rm -f "/dev/shm/$m"
	done
}

@test "lockinfo says what it cannot read" {
	: >f
	fails open@/proc/locks=ENFILE 1 '/proc/locks: Too many open files in system' lockinfo f
	fails stat@f=EIO 1 'f: Input/output error' lockinfo f
	fails open@/proc#2=EACCES 1 '/proc: Permission denied' lockinfo f
	fails read@/proc/locks=EIO 1 '/proc/locks: Input/output error' lockinfo f
	m=$(name m)
	later rm -f "/dev/shm/$m"
	truncate -s 64 "/dev/shm/$m"
	fails "pread@$m=EIO" 1 "/$m: Input/output error" lockinfo "shm:$m"
}

# -------------------------------------------------------------------- queues

@test "mqcreate, mqstat and mqunlink say which call failed" {
	queue_name
	fails mq_open=EMFILE 1 "/$q: a queue of 320 bytes (2 messages of 64) exceeds RLIMIT_MSGQUEUE ($(ulimit -q) for all queues of this user)$(raised_by_ulimit q)" mqcreate -d 2 -s 64 "$q"
	fails mq_open=ENOSPC 1 "/$q: the number of queues has reached fs.mqueue.queues_max ($(</proc/sys/fs/mqueue/queues_max))$(raised_by_sysctl fs.mqueue.queues_max $(($(</proc/sys/fs/mqueue/queues_max) * 2)))" mqcreate -d 2 -s 64 "$q"
	fails mq_open=ENFILE 1 "/$q: Too many open files in system" mqcreate "$q"
	fails mq_open=EINVAL 1 "/$q: Invalid argument" mqcreate "$q"
	fails 'mq_open=EMFILE, open=EMFILE' 1 "/$q: Too many open files (RLIMIT_NOFILE is $(ulimit -n))$(raised_by_ulimit n)" mqcreate -d 2 -s 64 "$q"
	survives open@msg=ENOENT '' mqcreate -d 2 "$q"
	mqunlink "$q"
	mqcreate -d 2 -s 64 "$q"
	fails 'mq_open#2=EACCES, mq_open#3=EACCES' 5 "/$q: exists, but cannot be opened: Permission denied" mqcreate -e -d 2 -s 64 "$q"
	fails mq_open#2=ENFILE 1 "/$q: Too many open files in system" mqcreate -e -d 2 -s 64 "$q"
	survives mq_open#2=ENOENT '' mqcreate -e -d 2 -s 64 "$q"
	fails mq_getsetattr=EIO 1 "/$q: Input/output error" mqcreate -e -d 2 -s 64 "$q"
	fails mq_getsetattr=EIO 1 "/$q: Input/output error" mqrecv -n "$q"
	fails "fstat@$q=EIO" 1 "/$q: Input/output error" mqstat "$q"
	fails mq_getsetattr#2=EIO 1 "/$q: Input/output error" mqstat "$q"
	fails pread=EIO 1 "/$q: Input/output error" mqstat "$q"
	fails mq_unlink=EACCES 1 "/$q: Permission denied" mqunlink "$q"
}

@test "mqsend, mqrecv, mqwait and mqnotify say which call failed" {
	queue q -d 2 -s 64
	fails mq_getsetattr=EIO 1 "/$q: Input/output error" mqsend -l "$q"
	fails mq_send=ENOMEM 1 "/$q: Cannot allocate memory" mqsend "$q" x
	fails mq_receive=EIO 1 "/$q: Input/output error" mqrecv "$q"
	fails mq_receive=EIO 1 "/$q: Input/output error" mqrecv -a "$q"
	fails poll#2=ENOMEM 1 "/$q: Cannot allocate memory" mqrecv -t 1 "$q"
	fails poll#1=ENOMEM 1 "/$q: Cannot allocate memory" mqwait "$q"
	fails mq_notify=ENOMEM 1 "/$q: Cannot allocate memory" mqnotify -c 1 "$q"
	fails mq_notify=EBUSY 1 "/$q: another process is registered for notification" mqnotify -c 1 "$q"
	fails signalfd=ENFILE 1 'signalfd: Too many open files in system' mqnotify -c 1 "$q"
	fails poll#1=ENOMEM 1 'signalfd: Cannot allocate memory' mqnotify -c 1 "$q"
	mqsend "$q" x
	fails "write#1=EIO" 1 'standard output: Input/output error; the message of 1 bytes, priority 0, was put back' mqrecv "$q"
	fails "write#1=EIO" 1 'standard output: Input/output error; the message of 1 bytes, priority 0, was put back' mqrecv -a "$q"
	fails 'write#1=EIO, mq_send=ENOMEM' 1 'standard output: Input/output error; the message of 1 bytes, priority 0, is lost: Cannot allocate memory' mqrecv -n "$q"
}

@test "mqcreate, mqstat, mqsend and mqrecv say which call on a System V queue failed" {
	q=key:$(key q)
	later mqunlink -f "$q"
	fails msgget=ENOSPC 1 "$q: the number of message queues has reached kernel.msgmni ($(</proc/sys/kernel/msgmni))$(raised_by_sysctl kernel.msgmni 32768)" mqcreate "$q"
	fails msgget=ENOMEM 1 "$q: Cannot allocate memory" mqcreate "$q"
	fails 'msgget=ENOSPC, msgctl=EPERM' 1 "$q: No space left on device" mqcreate "$q"
	fails msgctl#1=EPERM 1 "$q: 100 bytes exceed kernel.msgmnb ($(</proc/sys/kernel/msgmnb))$(raised_by_sysctl kernel.msgmnb 100)" mqcreate --bytes 100 "$q"
	fails msgctl#1=EIDRM 1 "$q: Identifier removed" mqcreate --bytes 100 "$q"
	mqcreate "$q" >/dev/null
	fails msgctl=EIDRM 4 "$q: the queue was removed" mqcreate -e "$q"
	fails msgctl=EIDRM 4 "$q: the queue was removed" mqstat "$q"
	fails msgctl=EIDRM 4 "$q: the queue was removed" mqsend -l "$q"
	fails msgctl=EIDRM 4 "$q: the queue was removed" mqrecv "$q"
	fails msgsnd=EIDRM 4 "$q: the queue was removed" mqsend "$q" x
	fails msgsnd=ENOMEM 1 "$q: Cannot allocate memory" mqsend "$q" x
	fails msgrcv=EIDRM 4 "$q: the queue was removed" mqrecv "$q"
	fails msgrcv=ENOMEM 1 "$q: Cannot allocate memory" mqrecv "$q"
	fails msgrcv=EINVAL 1 "$q: Invalid argument" mqrecv "$q"
	fails msgrcv=ENOSYS 1 "$q: the kernel does not support MSG_COPY" mqrecv --peek 1 "$q"
	fails msgrcv=EACCES 1 "$q: Permission denied" mqrecv "$q"
	fails msgctl=EPERM 1 "$q: Operation not permitted" mqunlink "$q"
	mqunlink "$q"
	fails 'msgget#1=EEXIST, msgget#2=ENOMEM' 1 "$q: Cannot allocate memory" mqcreate -e "$q"
}

# ------------------------------------------------------------- shared memory

@test "shmcreate, shmread, shmwrite, shmresize and shmstat say which call failed" {
	s=$(name s)
	later rm -f "/dev/shm/$s"
	fails open@/dev/shm=ENFILE 1 "/$s: Too many open files in system" shmcreate "$s" 100
	fails open@/dev/shm=ENOENT 1 '/dev/shm: No such file or directory' shmcreate "$s" 100
	fails ftruncate=EFBIG 1 "/$s: 100 bytes: File too large" shmcreate "$s" 100
	fails ftruncate=EIO 1 "/$s: Input/output error" shmcreate "$s" 100
	fails fallocate=EIO 1 "/$s: Input/output error" shmcreate --reserve "$s" 100
	fails fchmod=EIO 1 "/$s: Input/output error" shmcreate "$s" 100
	survives open@/dev/shm#1=EOPNOTSUPP '' shmcreate "$s" 100
	shmunlink "$s"
	survives link=EIO '' shmcreate "$s" 100
	fails open@/dev/shm=ENFILE 1 "/$s: Too many open files in system" shmread "$s"
	fails "fstat@$s=EIO" 1 "/$s: Input/output error" shmread "$s"
	fails "pread@$s=EIO" 1 "/$s: Input/output error" shmread "$s"
	fails open@/dev/shm=ENFILE 1 "/$s: Too many open files in system" shmwrite "$s" hello
	fails "fallocate@$s=EIO" 1 "/$s: 5 bytes at offset 0: Input/output error" shmwrite "$s" hello
	fails "pwrite@$s=EIO" 1 "/$s: short write: 0 bytes written, the size is now 100: Input/output error" shmwrite "$s" hello
	fails read=EIO 1 'standard input: Input/output error' shmwrite "$s"
	fails "stat@$s=EIO" 1 "/$s: Input/output error" shmstat "$s"
	fails "fstat@$s=EIO" 1 "/$s: Input/output error" shmresize "$s" 50
	fails "ftruncate@$s=EIO" 1 "/$s: 50 bytes: Input/output error" shmresize "$s" 50
	fails "pwrite@$s=EFBIG" 1 "/$s: short write: 0 bytes written, the size is now 100: File too large" shmwrite -g -o 99 "$s" hello
	fails "ftruncate@$s=EPERM" 1 "/$s: 200 bytes: Operation not permitted" shmresize "$s" 200
	fails "unlink@$s=EACCES" 1 "/$s: Permission denied" shmunlink "$s"
	fails "unlink@$s=EPERM" 1 "/$s: Operation not permitted" shmunlink "$s"
}

@test "shmcreate, shmread, shmwrite and shmstat say which call on a segment failed" {
	s=key:$(key s)
	later shmunlink -f "$s"
	fails shmget=ENOMEM 1 "$s: 100 bytes: Cannot allocate memory" shmcreate "$s" 100
	fails shmget=EPERM 1 "$s: 100 bytes: Operation not permitted" shmcreate "$s" 100
	fails shmget=ENFILE 1 "$s: 100 bytes: Too many open files in system" shmcreate "$s" 100
	fails shmat=ENOMEM 1 "$s: 100 bytes: Cannot allocate memory" shmcreate --reserve "$s" 100
	shmcreate "$s" 100 >/dev/null
	fails shmctl=EIDRM 4 "$s: the shared memory segment was removed" shmcreate -e "$s" 100
	fails shmctl=EIDRM 4 "$s: the shared memory segment was removed" shmstat "$s"
	fails shmctl=EOVERFLOW 1 "$s: Value too large for defined data type" shmread "$s"
	fails shmat=ENOMEM 1 "$s: Cannot allocate memory" shmread "$s"
	fails shmat=EIDRM 4 "$s: the shared memory segment was removed" shmread "$s"
	fails shmat=EACCES 1 "$s: Permission denied" shmwrite "$s" x
	fails shmat=ENOMEM 1 "$s: Cannot allocate memory" shmwrite "$s" x
	fails shmctl=EPERM 1 "$s: Operation not permitted" shmunlink "$s"
	shmunlink "$s"
	fails 'shmget#1=ENOENT, shmget#2=EEXIST, shmget#3=ENOMEM' 1 "$s: Cannot allocate memory" shmcreate -e "$s" 100
}

@test "shmcell says which call failed" {
	s=$(name s)
	shmcreate "$s" 8
	later shmunlink "$s"
	fails open@/dev/shm=ENFILE 1 "/$s: Too many open files in system" shmcell get "shm:$s"
	fails "fstat@$s=EIO" 1 "/$s: Input/output error" shmcell get "shm:$s"
	fails "fallocate@$s=EIO" 1 "/$s: 8 bytes at offset 0: Input/output error" shmcell add "shm:$s"
	assert_equal "$(shmcell get "shm:$s")" 0
}

# ------------------------------------------------------------------- signals

@test "sigwatch, waitchild and catchsig say which call failed" {
	fails signalfd=ENFILE 1 'signalfd: Too many open files in system' sigwatch -c 1
	fails poll#1=ENOMEM 1 'signalfd: Cannot allocate memory' sigwatch -c 1
	fails signalfd=ENFILE 1 'signalfd: Too many open files in system' sigwatch -x true USR1
	fails poll#1=ENOMEM 1 'signalfd: Cannot allocate memory' sigwatch -t 9 -x true USR1
	fails signalfd=ENFILE 125 'signalfd: Too many open files in system' sigwatch -- true
	fails fork=ENOMEM 125 'cannot start true: Cannot allocate memory' sigwatch -- true
	fails signalfd=ENFILE 125 'signalfd: Too many open files in system' waitchild true
	fails pipe=ENFILE 125 'cannot create a pipe: Too many open files in system' waitchild true
	fails fork=ENOMEM 125 'cannot start true: Cannot allocate memory' waitchild true
	fails signalfd=ENFILE 1 'signalfd: Too many open files in system' catchsig 9 INT
	fails signalfd=ENFILE 1 'signalfd: Too many open files in system' childctl 9 USR1
	fails write#1=EIO 1 '--ready-fd 1: Input/output error' sigwatch -c 1 --ready-fd 1
	fails write#1=EIO 1 'standard output: Input/output error' catchsig 9 INT
}

@test "ipcset restores what it changed, and says what it cannot restore" {
	queue_name q
	local other
	other=mq:/$(name other)
	mqcreate -d 1 -s 8 "$q" "${other#mq:/}"
	later mqunlink -f "$q" "${other#mq:/}"
	mode() { mqstat -J "$q" | sed 's/.*"mode":"\([0-7]*\)".*/\1/'; }
	fails fchmod#2=EIO 1 "${other#mq:}: Input/output error" ipcset -m 640 "mq:$q" "$other"
	assert_equal "$(mode)" 0600
	run -1 --separate-stderr "$intercept" fchmod#2+=EIO -- ipcset -m 640 "mq:$q" "$other"
	assert_stderr --partial "ipcset: ${other#mq:}: Input/output error"
	assert_stderr --partial "ipcset: /$q: cannot restore the owner $(id -un):$(id -gn) and the mode 0600: Input/output error"
	assert_equal "$(mode)" 0640
	fails fchmod=EPERM 1 "/$q: Operation not permitted" ipcset -m 644 "mq:$q"
	fails fstat=EIO 1 "/$q: Input/output error" ipcset -m 644 "mq:$q"
}

@test "sigmask and killn say which call failed" {
	fails open@/status=EMFILE 1 "$$: Too many open files (RLIMIT_NOFILE is $(ulimit -n))$(raised_by_ulimit n)" sigmask $$
	fails open@/status=ENOMEM 1 "$$: Cannot allocate memory" sigmask $$
	fails open@/status=EACCES 1 "$$: Permission denied" sigmask $$
	fails read@/status=EIO 1 "$$: Input/output error" sigmask $$
	fails read@/status=ESRCH 4 "$$: No such process" sigmask $$
	fails open@/task=ENFILE 1 "$$: Too many open files in system" sigmask $$
	fails open@/task=ENFILE 1 "$$: Too many open files in system" sigmask -J $$
	fails getdents@/task=EIO 1 "$$: Input/output error" sigmask $$
	fails getdents@/task=EIO 1 "$$: Input/output error" sigmask -J $$
	fails open@/task/=ENFILE 1 "$$: Too many open files in system" sigmask $$
	fails open@/task/=ENFILE 1 "$$: Too many open files in system" sigmask -J $$
	fails pidfd_send_signal=EPERM 1 "$$: Operation not permitted" killn $$ 0
	fails 'pidfd_open=ENOSYS, kill=EPERM' 1 "$$: Operation not permitted" killn $$ 0
	fails 'pidfd_send_signal=ENOSYS, kill=ENOSYS' 1 "$$: Function not implemented" killn $$ 0
	fails 'pidfd_send_signal=EAGAIN, open@/status=ENFILE' 1 "$$: the signal queue of that user is full (RLIMIT_SIGPENDING)" killn -q 7 -s URG $$
	fails pidfd_open=ENFILE 1 "$$:1: Too many open files in system" killn -s URG $$:1
	fails pidfd_open=EINVAL 4 "$$:1: No such process" killn -s URG $$:1
	fails fstatfs=EIO 1 "$$:1: Input/output error" killn -s URG $$:1
	fails fstatfs=0 1 "$$:1: PID:INODE requires Linux 6.9" killn -s URG $$:1
	fails fstat@pidfd=EIO 1 "$$:1: Input/output error" killn -s URG $$:1
	fails 'pidfd_open=EINVAL, open@/proc=ENFILE' 1 "-$$: Too many open files in system" killn -q 7 -s URG -- -$$
	fails 'pidfd_send_signal=EINVAL, open@/stat=ENFILE' 1 "-$$: Too many open files in system" killn -q 7 -s URG -- -$$
	fails pidfd_open=ENFILE 1 "$$: Too many open files in system" killn --inode $$
	fails fstatfs=0 1 "$$: PID:INODE requires Linux 6.9" killn --inode $$
	fails fstatfs=EIO 1 "$$: Input/output error" killn --inode $$
	fails open@/proc=ENFILE 1 "-$$: Too many open files in system" killn --wait -s 0 -- -$$
	fails open@/stat=ENFILE 1 "-$$: Too many open files in system" killn --wait -s 0 -- -$$
	fails open@/status=EMFILE 1 "$$: no handler for WINCH: Too many open files (RLIMIT_NOFILE is $(ulimit -n))$(raised_by_ulimit n)" killn --wait-handler $$ WINCH
	spawn sleep 30
	fails 'pidfd_open=EINVAL, sigqueue=EPERM' 1 "-$spawned: Operation not permitted" killn -q 7 -s URG -- "-$spawned"
}

# ------------------------------------------------------------------ eventfds

@test "efd says which call failed" {
	fails eventfd=ENFILE 1 'eventfd: Too many open files in system' efd 1 2
	fails eventfd=ENOMEM 125 'eventfd: Cannot allocate memory' efd run true
	fails fork=ENOMEM 1 'cannot start a child: Cannot allocate memory' efd 1 2
	fails wait4=ECHILD 1 'cannot wait for a child: No child processes' efd 1 2
	fails write@eventfd=EIO 1 'child: eventfd: Input/output error' efd 1 2
	fails read@eventfd=EIO 1 'parent: eventfd: Input/output error' efd 1 2
	fails write@eventfd=EIO 125 'eventfd: Input/output error' efd run -i 5000000000 true
	fails F_SETFD=EBADF 125 'descriptor 5: Bad file descriptor' efd run true
	exec 7<&-
	fails fstat=EIO 1 'descriptor 7: not open' efd read 7
	fails readlink=EACCES 1 'descriptor 5: cannot determine its type: /proc/self/fd/5: Permission denied' efd run efd read
	fails fcntl=EMFILE 125 "descriptor 5: Too many open files (RLIMIT_NOFILE is $(ulimit -n))$(raised_by_ulimit n)" efd run true
	fails read@eventfd=EIO 1 'descriptor 5: Input/output error' efd run -i 1 efd read
	fails open@fdinfo=ENFILE 1 'descriptor 5: /proc/self/fdinfo/5: Too many open files in system' efd run efd peek
	fails read@fdinfo=0 1 'descriptor 5: the kernel does not report the counter' efd run efd peek
	# above the half of what it can hold, a timer makes sure that the write does not wait
	fails timer_create=EAGAIN 1 "descriptor 5: no timer available (RLIMIT_SIGPENDING is $(ulimit -i))$(raised_by_ulimit i)" efd run -i 0x8000000000000000 efd add -n 1
	fails timer_create=EAGAIN 1 "descriptor 5: no timer available (RLIMIT_SIGPENDING is $(ulimit -i))$(raised_by_ulimit i)" efd run -i 0x8000000000000000 efd add -t 9 1
	survives timer_create=EAGAIN '' efd run -i 0x8000000000000000 efd add 1
	fails epoll_create=ENFILE 1 'descriptor 5: Too many open files in system' efd run -i 18446744073709551614 efd add -t 9 1
	fails epoll_ctl=ENOSPC 1 'descriptor 5: No space left on device' efd run -i 18446744073709551614 efd add -t 9 1
	fails poll#2=ENOMEM 1 'descriptor 5: Cannot allocate memory' efd run efd wait
	fails pidfd_open=ENFILE 1 "$$:0: Too many open files in system" efd read $$:0
	fails pidfd_open=ESRCH 4 "$$:0: no such process" efd read $$:0
	fails pidfd_getfd=EPERM 1 "$$:0: Operation not permitted: the process belongs to another user or is not dumpable" efd read $$:0
	fails pidfd_getfd=EBADF 4 "$$:0: descriptor 0 is not open in the process" efd read $$:0
	fails socket=ENFILE 1 '/e: Too many open files in system' efd serve e
	fails listen=EADDRINUSE 1 '/e: Address already in use' efd serve e
	e=$(name e)
	spawn efd serve "$e"
	wait_until efd peek "$e"
	fails getsockopt=ENOBUFS 1 "/$e: No buffer space available" efd peek "$e"
	fails poll=ENOMEM 1 "/$e: Cannot allocate memory" efd peek "$e"
	fails recv=ENOMEM 1 "/$e: Cannot allocate memory" efd peek "$e"
}

# ------------------------------------------------------------------- sockets

@test "socklisten, sockconnect, socksend and sockrecv say which call failed" {
	fails socket=ENFILE 1 's: Too many open files in system' socklisten s
	fails bind=EACCES 1 's: Permission denied' socklisten s
	fails setsockopt=ENOMEM 1 's: Cannot allocate memory' sockrecv --dgram s
	fails listen=ENOMEM 1 's: Cannot allocate memory' sockrecv s
	fails stat@s=EIO 1 's: the new file cannot be examined and remains: Input/output error' sockrecv s
	rm -f s
	fails poll=ENOMEM 1 's: Cannot allocate memory' sockrecv s
	fails poll=ENOMEM 1 's: Cannot allocate memory' socklisten s -- true
	fails poll=ENOMEM 1 's: Cannot allocate memory' sockrecv -F s
	fails signalfd=ENFILE 1 'signalfd: Too many open files in system' socklisten s -- true
	fails 'poll=ENOMEM, unlink@s=EACCES' 1 's: Cannot allocate memory'$'\n''sockrecv: s: cannot be removed: Permission denied' sockrecv s
	rm -f s
	fails 'poll=ENOMEM, open=EACCES' 1 's: Cannot allocate memory'$'\n''sockrecv: s: cannot be removed: Permission denied' sockrecv s
	rm -f s
	rm -f s
	spawn socklisten -c 1 "$PWD/s"
	wait_until listening "$PWD/s"
	end_spawned
	fails socket#2=ENFILE 5 's: exists; cannot tell whether it is stale: Too many open files in system' socklisten s
	fails socket#2=ENFILE 1 's: exists; cannot tell whether it is stale: Too many open files in system' socklisten --replace-stale s
	fails stat@s#1=EIO 1 's: exists; cannot tell whether it is stale: Input/output error' socklisten --replace-stale s
	fails open=ENFILE 1 's: stale socket file cannot be replaced: Too many open files in system' socklisten --replace-stale s
	fails socket#3=ENFILE 1 's: stale socket file cannot be replaced: no file can be created in its directory: Too many open files in system' socklisten --replace-stale s
	fails fchmod=EPERM 1 's: stale socket file cannot be replaced: no file can be created in its directory: Operation not permitted' socklisten --replace-stale s
	fails bind#2=EACCES 1 's: stale socket file cannot be replaced: no file can be created in its directory: Permission denied' socklisten --replace-stale s
	fails 'bind#2=EADDRINUSE, bind#3=EROFS' 1 's: stale socket file cannot be replaced: no file can be created in its directory: Read-only file system' socklisten --replace-stale s
	fails rename#1=EINVAL 1 's: stale socket file cannot be replaced: the file system does not support RENAME_EXCHANGE: Invalid argument' socklisten --replace-stale s
	fails rename#1=EACCES 1 's: stale socket file cannot be replaced: Permission denied' socklisten --replace-stale s
	fails 'rename#1=ENOENT, bind#3=EACCES' 1 's: stale socket file cannot be replaced: Permission denied' socklisten --replace-stale s
	fails 'rename#1=!rm s; : >s' 5 's: exists, but is not a socket' socklisten --replace-stale s
	rm -f s
	: >s
	fails socket=ENFILE 1 's: Too many open files in system' sockconnect s
	fails connect=EACCES 1 's: Permission denied' sockconnect s
	fails connect=EPERM 1 's: the socket is connected to another socket' sockconnect s
	fails connect=EAGAIN 3 's: the listener'"'"'s backlog is full' sockconnect -n s
	fails 'connect=EAGAIN, timer_create=EAGAIN' 1 "s: no timer available (RLIMIT_SIGPENDING is $(ulimit -i))$(raised_by_ulimit i)" sockconnect -t 9 s
	fails connect=EPROTOTYPE 1 's: not a datagram socket' sockconnect --dgram s
	fails bind=ENOMEM 1 's: Cannot allocate memory' sockconnect --dgram s
}

@test "sockconnect, socksend and sockrecv say which call on a connection failed" {
	listen() {
		rm -f s
		spawn socklisten -k "$@" "$PWD/s" >out 2>/dev/null </dev/null
		wait_until listening "$PWD/s"
	}
	listen
	fails getsockopt=ENOBUFS 1 's: No buffer space available' sockconnect --peercred s
	fails poll#2=ENOMEM 1 's: Cannot allocate memory' sockconnect s
	fails read=EIO 1 'standard input: Input/output error' sockconnect s
	fails recv=ENOMEM 1 's: the peer closed before it accepted the connection (Cannot allocate memory)' sockconnect s
	fails send=ENOBUFS 1 's: No buffer space available' socksend s x
	fails send=ECONNRESET 1 's: the peer closed the socket' socksend s x
	fails send=EPIPE 1 's: the peer closed the socket' socksend s x
	fails send=ETOOMANYREFS 1 's: Too many references: cannot splice' socksend --fd 0 s x
	fails getsockopt=ENOBUFS 1 's: No buffer space available' socksend --peercred s x
	fails getsockopt=ENOBUFS 1 's: No buffer space available' sockrecv -C s
	fails recv=ECONNRESET 1 's: Connection reset by peer' sockrecv -C s
	fails recv=ENOMEM 125 's: Cannot allocate memory' sockrecv --fd -C s -- true
	fails poll#2=ENOMEM 1 's: Cannot allocate memory' sockrecv -C s
	end_spawned
	listen --seqpacket
	fails setsockopt=ENOMEM 1 's: Cannot allocate memory' sockconnect --seqpacket s
	fails setsockopt#2=ENOMEM 1 's: Cannot allocate memory' sockconnect --seqpacket s
	fails getsockopt=ENOBUFS 1 's: No buffer space available' socksend --seqpacket s x
	fails setsockopt=ENOMEM 1 's: Cannot allocate memory' sockrecv -C --seqpacket s
	fails setsockopt#2=ENOMEM 1 's: Cannot allocate memory' sockrecv -C --seqpacket s
	fails recv=ENOMEM 1 's: Cannot allocate memory' sockrecv -C --seqpacket s
	end_spawned
}

# --------------------------------------------------------------------- FIFOs

@test "mkfifo, fiforead and fifowrite say which call failed" {
	fails mknod=EACCES 1 'p: Permission denied' mkfifo p
	rm -f p
	mkfifo -m 600 p
	fails stat@p=EIO 1 'p: Input/output error' mkfifo -e -m 600 p
	fails stat@p=EIO 1 'p: Input/output error' fiforead p
	fails open@p=ENFILE 1 'p: Too many open files in system' fiforead p
	fails fstat@/p=EIO 1 'p: Input/output error' fiforead p
	fails poll=ENOMEM 1 'p: Cannot allocate memory' fiforead p
	fails poll#2=ENOMEM 1 'p: Cannot allocate memory' fiforead p
	fails stat@p=EIO 1 'p: Input/output error' fifowrite p x
	fails open@p=ENFILE 1 'p: Too many open files in system' fifowrite p x
	fails 'open@p=ENXIO, timer_create=EAGAIN' 1 "p: no timer available (RLIMIT_SIGPENDING is $(ulimit -i))$(raised_by_ulimit i)" fifowrite -t 9 p x
	exec 7<>p
	fails fstat@/p=EIO 1 'p: Input/output error' fifowrite p x
	fails write@/p=EIO 1 'p: Input/output error' fifowrite p x
	fails write@/p=EPIPE 1 'p: the reader closed the FIFO after 0 bytes' fifowrite p x
	fails read=EIO 1 'standard input: after 0 bytes were written to p: Input/output error' fifowrite p
	fails 'write@/p=EAGAIN, poll=ENOMEM' 1 'p: Cannot allocate memory' fifowrite p x
	echo some >&7
	fails 'splice=EINVAL, read@/p=EIO' 1 'p: Input/output error' fiforead -n p
	fails splice=EIO 1 'standard output: Input/output error' fiforead -n p
	exec 7>&-
	: >f
	fails stat@f=EIO 1 'f: Input/output error' mapcat f
	fails open@f=ENFILE 1 'f: Too many open files in system' mapcat f
	fails fstat@/f=EIO 1 'f: Input/output error' mapcat f
	echo some >f
	fails mmap@/f=ENODEV 1 'f: cannot map 5 bytes: No such device' mapcat f
	fails mmap@/f=ENOMEM 1 'f: cannot map 5 bytes: Cannot allocate memory' mapcat f
}

# ------------------------------------------------------------------ pipeline

@test "pipeline says which call failed" {
	fails pipe=ENFILE 125 'cannot create a pipe: Too many open files in system' pipeline true ::: true
	fails pipe#2=ENFILE 125 'cannot create a pipe: Too many open files in system' pipeline true ::: true
	fails signalfd=ENFILE 125 'signalfd: Too many open files in system' pipeline true ::: true
	fails fork=ENOMEM 125 'cannot start true: Cannot allocate memory' pipeline true ::: true
	fails fork#2=ENOMEM 125 'cannot start true: Cannot allocate memory' pipeline true ::: true
	fails F_SETPIPE_SZ=EPERM 125 "a pipe of 4096 bytes exceeds fs.pipe-user-pages-soft ($(</proc/sys/fs/pipe-user-pages-soft) pages for all pipes of a user)$(raised_by_sysctl fs.pipe-user-pages-soft $(($(</proc/sys/fs/pipe-user-pages-soft) * 2)))" pipeline --size 4096 true ::: true
	fails F_SETPIPE_SZ=ENOMEM 125 'a pipe of 4096 bytes: Cannot allocate memory' pipeline --size 4096 true ::: true
	fails F_SETPIPE_SZ=EBUSY 125 'a pipe of 4096 bytes: Device or resource busy' pipeline --size 4096 true ::: true
	fails dup2#1=ENFILE 125 'true: cannot connect its pipe: Too many open files in system' pipeline true ::: true
	fails write@pipe#1=EIO 125 'cannot start the command: Input/output error' pipeline true ::: true
	fails read@pipe#1=EIO 125 'cannot wait for the start: Input/output error' pipeline true ::: true
}

# -------------------------------------------------------------------- memory

@test "memory that malloc does not give is said, and for what" {
	no_memory
	# in glibc each malloc(3) is a system call then
	export GLIBC_TUNABLES=glibc.malloc.mmap_threshold=0
	queue q -d 2 -s 64
	fails "$none" 1 "/$q: a buffer for messages of 64 bytes: Cannot allocate memory" mqrecv -a "$q"
	fails "$none" 1 "/$q: a buffer for messages of 64 bytes: Cannot allocate memory" mqrecv "$q"
	fails "$none" 125 "/$q: 1 workers: Cannot allocate memory" mqrecv --exec "$q" -- true
	fails "$none" 1 "/$q: a buffer for messages of 64 bytes: Cannot allocate memory" mqsend -l "$q"
	fails "$none" 1 'cannot allocate memory for 1 sources' mqwait "$q"
	fails "$none" 1 'cannot allocate memory for 2 numbers' efd 1 2
	fails "$none" 125 'cannot allocate memory for 2 commands' pipeline true ::: true
	fails "$none" 1 'cannot allocate memory for 1 measurements' ipcbench -M pipe -c 1
	fails "$none" 1 '1: Cannot allocate memory' sigmask 1
	fails "$none" 1 '1: Cannot allocate memory' sigmask -J 1
	: >f
	fails "$none" 1 '/proc/locks: Cannot allocate memory' lockinfo f
	fails "$none" 1 '16 commands: Cannot allocate memory' socklisten s -- true
	fails "$none" 1 's: Cannot allocate memory' sockrecv -F s
	in_set
	make 1 2
	fails "$none" 1 'cannot allocate memory for 2 operations' semop op "$s" 0+1,1+1
	fails "$none" 1 '-7777: Cannot allocate memory' killn -q 1 -s URG -- -7777
}

# ------------------------------------------------------- a command per message

@test "mqrecv --exec says which call failed, and puts the message back" {
	queue q -d 4 -s 64
	local f
	f=$(name f)
	export GLIBC_TUNABLES=glibc.malloc.mmap_threshold=0
	no_memory
	mqcreate -d 4 -s 64 "$f"
	later mqunlink -f "$f"
	mqsend "$q" x
	fails signalfd=ENFILE 125 'signalfd: Too many open files in system' mqrecv --exec "$q" -- true
	fails fork=ENOMEM 125 "true: Cannot allocate memory"$'\n'"/$q: 0 run, 0 failed, 1 put back, 0 given up" mqrecv --exec "$q" -- true
	fails memfd_create=ENFILE 125 "true: Too many open files in system"$'\n'"/$q: 0 run, 0 failed, 1 put back, 0 given up" mqrecv --exec "$q" -- true
	fails pwrite=ENOSPC 125 "true: No space left on device"$'\n'"/$q: 0 run, 0 failed, 1 put back, 0 given up" mqrecv --exec "$q" -- true
	fails execve=EACCES 126 "true: Permission denied"$'\n'"/$q: 0 run, 0 failed, 1 put back, 0 given up" mqrecv --exec "$q" -- true
	fails dup2=ENFILE 126 "true: Too many open files in system"$'\n'"/$q: 0 run, 0 failed, 1 put back, 0 given up" mqrecv --exec "$q" -- true
	fails mq_receive=EIO 125 "/$q: Input/output error" mqrecv --exec "$q" -- true
	fails mq_getsetattr=EIO 125 "/$q: Input/output error" mqrecv --exec "$q" -- true
	# the number of messages, while no command may be started
	echo 0 >workers
	fails mq_getsetattr#2=EIO 125 "/$q: Input/output error" mqrecv --exec -a --workers-file workers "$q" -- true
	fails memfd_create#2=ENFILE 125 "true: Too many open files in system"$'\n'"/$q: 0 run, 0 failed, 1 put back, 0 given up" mqrecv --exec -k "$q" -- true
	fails fork=ENOMEM 125 "true: Cannot allocate memory"$'\n'"/$q: 0 run, 0 failed, 1 put back, 0 given up" mqrecv --exec -k "$q" -- true
	fails "mmap@$f=ENOMEM" 125 "/$f.in-flight: Cannot allocate memory" mqrecv --exec -n --in-flight "$f" "$q" -- true
	fails fstat@in-flight=EIO 125 "/$f.in-flight: Input/output error" mqrecv --exec -n --in-flight "$f" "$q" -- true
	fails open@in-flight=ENFILE 125 "/$f.in-flight: Too many open files in system" mqrecv --exec -n --in-flight "$f" "$q" -- true
	fails mq_getsetattr#2=EIO 125 "/$f: Input/output error" mqrecv --exec -n --in-flight "$f" "$q" -- true
	fails mq_receive#1=EIO 125 "/$f: Input/output error" mqrecv --exec -n --in-flight "$f" "$q" -- true
	fails mq_receive#2=EIO 125 "/$q: Input/output error" mqrecv --exec -n --in-flight "$f" "$q" -- true
	fails "$none" 125 "/$f.in-flight: Cannot allocate memory" mqrecv --exec -n --in-flight "$f" "$q" -- true
	fails fork=ENOMEM 125 "true: Cannot allocate memory"$'\n'"/$q: 0 run, 0 failed, 1 put back, 0 given up" mqrecv --exec -n --in-flight "$f" "$q" -- true
	run -0 mqrecv -n "$q"
	assert_output x
	mqsend "$q" x
	fails wait4=ECHILD 125 "cannot wait for the command: No child processes"$'\n'"mqrecv: /$q: message 'x' of 1 bytes, priority 0: discarded: its command exited with status 125"$'\n'"/$q: 1 run, 1 failed, 0 put back, 1 given up" mqrecv --exec -n "$q" -- true
	mqsend "$q" x
	run -1 --separate-stderr "$intercept" unlink@in-flight=EACCES -- mqrecv --exec -n --in-flight "$f" "$q" -- true
	assert_stderr "/$q: 1 run, 0 failed, 0 put back, 0 given up"$'\n'"mqrecv: /$f.in-flight: Permission denied"
	mqsend "$q" x
	fails "fork=!truncate -s 0 /dev/shm/$f.in-flight" 1 "/$f.in-flight: the object has become shorter"$'\n'"/$q: 1 run, 0 failed, 0 put back, 0 given up"$'\n'"mqrecv: /$f: messages left on the queue: 1"$'\n'"mqrecv: /$f.in-flight: the object has become shorter" mqrecv --exec -n --in-flight "$f" "$q" -- true
	rm -f "/dev/shm/$f.in-flight"
	mqunlink "$f"
	mqcreate -d 4 -s 64 "$f"
	mqsend "$q" x
	fails mq_send#1=EIO 125 "/$f: Input/output error"$'\n'"mqrecv: /$f: messages left on the queue: 1" mqrecv --exec -n --in-flight "$f" "$q" -- true
	rm -f "/dev/shm/$f.in-flight"
	mqsend "$q" x
	fails mq_send=ENOMEM 1 "/$q: message 'x' of 1 bytes, priority 0: lost: Cannot allocate memory"$'\n'"/$q: 1 run, 1 failed, 0 put back, 0 given up" mqrecv --exec -n --retry 1 "$q" -- sh -c 'exit 7'
}

# ------------------------------------------------------------------- ipcbench

@test "ipcbench says which call failed, and no process or object stays" {
	fails mmap_shared=ENOMEM 1 'pipe: shared memory: Cannot allocate memory' ipcbench -c 1 -w 1 -M pipe
	fails fork=ENOMEM 1 'pipe: messages of 64 bytes: Cannot allocate memory' ipcbench -c 1 -w 1 -M pipe
	fails fork#2=ENOMEM 1 'pipe: messages of 64 bytes: Cannot allocate memory' ipcbench -c 1 -w 1 -M pipe
	fails pidfd_open=ENFILE 1 'pipe: messages of 64 bytes: Too many open files in system' ipcbench -c 1 -w 1 -M pipe
	fails poll=ENOMEM 1 'pipe: messages of 64 bytes: Cannot allocate memory' ipcbench -c 1 -w 1 -M pipe
	fails pipe#2=ENFILE 1 'pipe: messages of 64 bytes: Too many open files in system' ipcbench -c 1 -w 1 -M pipe
	fails write@pipe:#2=EIO 1 'pipe: messages of 64 bytes: Input/output error' ipcbench -c 1 -w 1 -M pipe
	fails read@pipe:#2=EIO 1 'pipe: messages of 64 bytes: Input/output error' ipcbench -c 1 -w 1 -M pipe
	fails mkdir=EACCES 1 'fifo: messages of 64 bytes: Permission denied' ipcbench -c 1 -w 1 -M fifo
	fails mknod=EACCES 1 'fifo: messages of 64 bytes: Permission denied' ipcbench -c 1 -w 1 -M fifo
	fails open@/fifo=ENFILE 1 'fifo: messages of 64 bytes: Too many open files in system' ipcbench -c 1 -w 1 -M fifo
	fails open@/fifo#2=ENFILE 1 'fifo: messages of 64 bytes: Too many open files in system' ipcbench -c 1 -w 1 -M fifo
	fails socketpair=ENFILE 1 'stream: messages of 64 bytes: Too many open files in system' ipcbench -c 1 -w 1 -M stream
	fails socketpair=ENFILE 1 'datagram: messages of 64 bytes: Too many open files in system' ipcbench -c 1 -w 1 -M datagram
	fails socketpair=ENFILE 1 'seqpacket: messages of 64 bytes: Too many open files in system' ipcbench -c 1 -w 1 -M seqpacket
	fails eventfd=ENFILE 1 'eventfd: messages of 64 bytes: Too many open files in system' ipcbench -c 1 -w 1 -M eventfd
	fails read@eventfd=EIO 1 'eventfd: messages of 64 bytes: Input/output error' ipcbench -c 1 -w 1 -M eventfd
	fails mq_open=ENOSPC 1 'mq: messages of 64 bytes: No space left on device' ipcbench -c 1 -w 1 -M mq
	fails mq_send=EIO 1 'mq: messages of 64 bytes: Input/output error' ipcbench -c 1 -w 1 -M mq
	fails mq_receive=EIO 1 'mq: messages of 64 bytes: Input/output error' ipcbench -c 1 -w 1 -M mq
	fails msgget=ENOSPC 1 'sysv: messages of 64 bytes: No space left on device' ipcbench -c 1 -w 1 -M sysv
	fails msgget#2=ENOSPC 1 'sysv: messages of 64 bytes: No space left on device' ipcbench -c 1 -w 1 -M sysv
	fails msgsnd=EIDRM 1 'sysv: messages of 64 bytes: Identifier removed' ipcbench -c 1 -w 1 -M sysv
	fails msgrcv=EIDRM 1 'sysv: messages of 64 bytes: Identifier removed' ipcbench -c 1 -w 1 -M sysv
	fails mmap_shared#2=ENOMEM 1 'signal: messages of 8 bytes: Cannot allocate memory' ipcbench -c 1 -w 1 -M signal
	fails sigqueue=EPERM 1 'signal: messages of 8 bytes: Operation not permitted' ipcbench -c 1 -w 1 -M signal
	fails sigqueue=EAGAIN 1 'signal: messages of 8 bytes: RLIMIT_SIGPENDING is reached'"$(raised_by_ulimit i)" ipcbench -c 1 -w 1 -M signal
	fails sigtimedwait#1=EIO 1 'signal: messages of 8 bytes: Input/output error' ipcbench -c 1 -w 1 -M signal
	fails sched_setaffinity=EINVAL 1 'pipe: messages of 64 bytes: Invalid argument' ipcbench -c 1 -w 1 -M pipe --cpus 0,0
	fails sched_getaffinity=EINVAL 1 'sched_getaffinity: Invalid argument' ipcbench -c 1 -w 1 -M pipe --cpus 0,0
	fails open@plot=EACCES 1 'plot.svg: Permission denied' ipcbench -c 1 -w 1 -M pipe --plot plot.svg
}

# -------------------------------------------------------------------- ipctool

@test "ipctool --install and --bash say which call failed" {
	mkdir d
	fails readlink=ENOENT 1 '/proc/self/exe: No such file or directory' ipctool --install d
	fails readlink=ENOENT 4 '/proc/self/exe: No such file or directory' ipctool --bash
	fails open@d=EACCES 1 'd: Permission denied' ipctool --install d
	fails link=EXDEV 1 "d: is on a different file system from $(readlink -f "$(command -v ipctool)"); use -s" ipctool --install d
	fails symlink#1=EROFS 1 'd/catchsig: Read-only file system' ipctool --install -s d
}
