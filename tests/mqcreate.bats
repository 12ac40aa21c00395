#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mqcreate, and the names of queues.

load helper
load queues

# A limit of the kernel, for the expected message.
limit() {
	cat "/proc/sys/fs/mqueue/$1"
}

@test "mqcreate creates a queue with the default attributes of the kernel that a C program opens" {
	queue_name
	run mqcreate "$q"
	assert_success
	assert_output ''
	run "$(peer mq)" shape "/$q"
	assert_output "$(limit msg_default) $(limit msgsize_default) 0"
}

@test "mqcreate creates a queue with the depth and the size that are requested" {
	queue_name
	mqcreate -d 3 -s 64 "$q"
	run "$(peer mq)" shape "/$q"
	assert_output '3 64 0'
}

@test "mqcreate uses the default for a depth or a size that is not given" {
	queue_name a
	mqcreate -d 3 "$q"
	run "$(peer mq)" shape "/$q"
	assert_output "3 $(limit msgsize_default) 0"
	queue_name b
	mqcreate --size=1K "$q"
	run "$(peer mq)" shape "/$q"
	assert_output "$(limit msg_default) 1024 0"
}

@test "mqcreate creates several queues" {
	mqcreate "$(name a)" "$(name b)"
	mqunlink "$(name a)" "$(name b)"
}

@test "mqcreate creates a queue with exactly the mode that is requested, whatever the umask" {
	queue_name
	umask 077
	mqcreate -m 666 "$q"
	run mqstat -J "$q"
	assert_output --partial '"mode":"0666"'
	assert_equal "$(umask)" 0077
	mqunlink "$q"
	mqcreate -m u+x,g=r "$q"
	run mqstat -J "$q"
	assert_output --partial '"mode":"0740"'
	mqunlink "$q"
	mqcreate -m 0 "$q"
	mqunlink "$q"
	mqcreate "$q"
	run mqstat -J "$q"
	assert_output --partial '"mode":"0600"'
}

@test "mqcreate exits with status 5 if the queue exists" {
	queue_name
	mqcreate -d 3 "$q"
	run --separate-stderr mqcreate -d 4 "$q"
	assert_failure 5
	assert_stderr "mqcreate: /$q: File exists"
	run "$(peer mq)" shape "/$q"
	assert_output "3 $(limit msgsize_default) 0"
}

@test "mqcreate --ensure creates a queue, or accepts one with the same attributes" {
	queue_name
	mqcreate -e -d 3 -s 64 -m 640 "$q"
	mqsend "$q" kept
	mqcreate -e -d 3 -s 64 -m 640 "$q"
	mqcreate -e -d 3 -m 640 "$q"
	mqcreate -e -m 640 "$q"
	run mqrecv -n "$q"
	assert_output kept
}

@test "mqcreate --ensure exits with status 5 and reports the attributes that differ" {
	queue_name
	mqcreate -d 3 -s 64 "$q"
	run --separate-stderr mqcreate -e -d 4 "$q"
	assert_failure 5
	assert_stderr "mqcreate: /$q: exists, but with depth 3 instead of 4"
	run --separate-stderr mqcreate -e -d 4 -s 65 -m 644 "$q"
	assert_failure 5
	assert_stderr "mqcreate: /$q: exists, but with depth 3 instead of 4, size 64 instead of 65, mode 0600 instead of 0644"
}

@test "mqcreate --ensure needs no permission to read" {
	requires nobody
	queue_name
	mqcreate -m 200 -d 3 "$q"
	mqcreate -e -m 200 -d 3 "$q"
	run mqcreate -e -d 4 "$q"
	assert_failure 5
}

@test "mqcreate --ensure succeeds in each of many processes that are started at once" {
	local i
	queue_name
	for i in {1..8}; do
		spawn mqcreate -e -d 3 "$q"
	done
	all_succeed_within 10
}

@test "mqcreate continues after a failure and exits with the status of the first one" {
	queue_name
	mqcreate "$q"
	run mqcreate "$q" "$(name other)" ..
	assert_failure 5
	mqunlink "$(name other)"
}

@test "mqcreate --verbose reports what it created" {
	queue_name
	run --separate-stderr mqcreate -v "$q"
	assert_stderr "Created /$q"
	run --separate-stderr mqcreate -ev "$q"
	assert_success
	assert_stderr ''
}

@test "mqcreate names the limit that a depth exceeds" {
	queue_name
	local most=$(($(limit msg_max) + 1))
	run --separate-stderr mqcreate -d $most "$q"
	assert_failure 1
	assert_stderr "mqcreate: /$q: a depth of $most exceeds fs.mqueue.msg_max ($(limit msg_max))$(raised_by_sysctl fs.mqueue.msg_max $most)"
	run mqstat "$q"
	assert_failure 4
}

@test "mqcreate names the limit that a message size exceeds" {
	queue_name
	local most=$(($(limit msgsize_max) + 1))
	run --separate-stderr mqcreate -s $most "$q"
	assert_failure 1
	assert_stderr "mqcreate: /$q: a message size of $most bytes exceeds fs.mqueue.msgsize_max ($(limit msgsize_max))$(raised_by_sysctl fs.mqueue.msgsize_max $most)"
	mqcreate -d 1 -s "$(limit msgsize_max)" "$q"
}

@test "mqcreate reports the bytes of a queue that exceeds RLIMIT_MSGQUEUE" {
	queue_name
	# 5 messages of 100 bytes: 5 * (100 + 48) + 5 * 48
	make_within() {
		ulimit -q "$1"
		mqcreate -d 5 -s 100 "$q"
	}
	# No other queues exist in a namespace of its own, but the limit of root counts for all that run here.
	requires nobody
	run --separate-stderr make_within 979
	assert_failure 1
	assert_stderr "mqcreate: /$q: a queue of 980 bytes (5 messages of 100) exceeds RLIMIT_MSGQUEUE (979 for all queues of this user)"
}

@test "mqcreate says how a limit is raised if its caller may raise it, and that command works" {
	requires nobody
	queue_name
	make_within() {
		ulimit -Sq "$1"
		ulimit -Hq "$2"
		mqcreate -d 5 -s 100 "$q"
	}
	# This user's queues in other namespaces count too: the hard limit leaves room for them.
	local most
	most=$(ulimit -Hq)
	run --separate-stderr make_within 100 "$most"
	assert_failure 1
	assert_regex "$stderr" "; 'ulimit -q $most' raises it\$"
	make_raised() {
		ulimit -Sq 100
		local command=${stderr##*"; '"}
		eval "${command%"' raises it"}"
		mqcreate -d 5 -s 100 "$q"
	}
	run make_raised
	assert_success
	# the hard limit is too low as well
	run --separate-stderr make_within 100 900
	assert_failure 5
	mqunlink "$q"
	run --separate-stderr make_within 100 900
	assert_failure 1
	refute_regex "$stderr" raises
}

@test "mqcreate suggests the sysctl(8) that raises a limit, and that command works" {
	requires program root namespaces command:unshare command:sysctl
	run unshare --ipc bash -c 'echo 5 >/proc/sys/fs/mqueue/msg_max
		says=$(mqcreate -d 7 -s 16 /q 2>&1) && exit 9
		eval "$(sed "s/.*; '"'\(.*\)'"' raises it/\1/" <<<"$says")" && mqcreate -d 7 -s 16 /q'
	assert_success
	assert_output 'fs.mqueue.msg_max = 7'
	# a process that may not write there is told the limit only, and a value above that of the kernel is told as such
	run unshare --ipc setpriv --reuid 65534 --clear-groups mqcreate -d 11 -s 16 /q
	assert_failure 1
	refute_output --partial raises
	run unshare --ipc mqcreate -d 65537 -s 16 /q
	assert_failure 1
	assert_output 'mqcreate: /q: a depth of 65537 exceeds the maximum of the kernel (65536)'
}

@test "mqcreate distinguishes a lack of descriptors from RLIMIT_MSGQUEUE" {
	[[ $IPCTOOL_FRONT == musl || $IPCTOOL_FRONT == bash ]] || skip "the loader needs descriptors"
	queue_name
	make_without_descriptors() {
		local i
		for i in {3..9}; do
			eval "exec $i>&-"
		done
		ulimit -n 3
		mqcreate "$q"
	}
	run make_without_descriptors
	assert_failure 1
	assert_output --partial 'Too many open files'
}

@test "mqcreate names the limit on the number of queues" {
	requires program root namespaces command:unshare
	# Objects of its own once more: other tests run beside this one.
	run --separate-stderr unshare --ipc sh -c 'echo 0 >/proc/sys/fs/mqueue/queues_max && exec mqcreate /q'
	assert_failure 1
	assert_stderr "mqcreate: /q: the number of queues has reached fs.mqueue.queues_max (0); 'sysctl fs.mqueue.queues_max=1' raises it"
}

@test "mqcreate refuses impossible attributes before it creates a queue" {
	local option
	queue_name
	for option in -d0 -d-1 -dx -d99999999999 -d '-d 3x' -s0 -s-1 -s1Q -s99999999999T -m8 -m1777 -mz; do
		run --separate-stderr mqcreate "$option" "$q"
		assert_failure 2
		assert_stderr --partial "mqcreate: option '"
	done
	run mqstat "$q"
	assert_failure 4
}

@test "three spellings name one queue" {
	queue_name
	mqcreate "/$q"
	mqsend "/dev/mqueue/$q" a
	run mqrecv -n "$q"
	assert_output a
	mqunlink "/dev/mqueue/$q"
}

@test "a name of 255 bytes is accepted, one of 256 is refused" {
	local long=
	printf -v long '%0239d' 0
	q=$(name '')$long
	q=${q:0:255}
	mqcreate "$q"
	mqsend "$q" a
	run mqrecv -n "/dev/mqueue/$q"
	assert_output a
	mqunlink "/$q"
	run --separate-stderr mqcreate "${q}xxxxxxxxxxxxxxxxxxxxxxxx"
	assert_failure 2
	assert_stderr --partial 'must not be longer than 255 bytes'
}

@test "every command refuses an invalid name, and states the rule" {
	local command bad
	for command in mqcreate mqsend mqrecv mqwait mqstat mqunlink; do
		for bad in '' a/b key:0 private:x; do
			run --separate-stderr "$command" "$bad"
			assert_failure 2
			assert_output ''
			assert_stderr --partial "$command: "
			assert_stderr --partial "Try '$command --help' for more information."
		done
	done
}
