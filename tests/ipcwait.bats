#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ipcwait: its options, and the sources that poll(2) or a helper process waits for.

load helper
load queues

semaphore() {
	s=$(name s)
	later semop unlink -f "$s"
	semop create "$s" 0
}

memory() {
	m=$(name m)
	later shmunlink -f "$m"
	shmcreate "$m" 64
}

# comes_later COMMAND SOURCE LINE: COMMAND makes SOURCE ready, which waits meanwhile.
comes_later() {
	spawn ipcwait -t 30 "$2" >out
	wait_until sleeping "$spawned"
	assert_equal "$(<out)" ''
	eval "$1"
	collect
	assert_equal "$status: $(<out)" "0: $3"
	no_helper
}

# No helper of a test is left.
no_helper() {
	! pgrep -x ipcwait-helper -P $$ && ! pgrep -x ipcwait-helper -P 1
}

not_ready() {
	run --separate-stderr ipcwait -n "$1"
	assert_failure 3
	assert_stderr "ipcwait: $1: not ready"
	run --separate-stderr within 5 ipcwait -t 50ms "$1"
	assert_failure 124
	assert_stderr "ipcwait: $1: timed out: not ready"
	no_helper
}

@test "mq: of a POSIX queue waits for a message, and takes none" {
	queue
	not_ready "mq:/$q"
	comes_later 'mqsend "$q" text' "mq:$q" "mq:$q"
	run ipcwait -n "mq:$q"
	assert_output "mq:$q"
	run mqrecv -n "$q"
	assert_output text
}

@test "mq: of a System V queue waits for a message or a type, and takes none" {
	key=$(key q)
	later mqunlink -f "key:$key"
	mqcreate "key:$key" >/dev/null
	not_ready "mq:key:$key"
	not_ready "mq:key:${key}[3]"
	comes_later 'mqsend -p 7 "key:$key" text' "mq:key:$key" "mq:key:$key"
	not_ready "mq:key:${key}[3]"
	comes_later 'mqsend -p 3 "key:$key" ""' "mq:key:${key}[3]" "mq:key:${key}[3]"
	run ipcwait -n "mq:key:${key}[3]"
	assert_success
	run mqrecv -aP "key:$key"
	assert_output $'7\ttext\n3\t'
	run --separate-stderr ipcwait "mq:key:${key}[0]"
	assert_failure 2
}

@test "a System V queue, set or process that is removed during the wait is status 4" {
	key=$(key q)
	later mqunlink -f "key:$key"
	mqcreate "key:$key" >/dev/null
	spawn ipcwait "mq:key:$key" 2>err
	wait_until sleeping "$spawned"
	mqunlink "key:$key"
	collect
	assert_equal "$status: $(<err)" "4: ipcwait: mq:key:$key: removed while waiting"
	key=$(key s)
	later semop unlink -f "key:$key"
	semop create "key:$key" 0 >/dev/null
	spawn ipcwait "sem:key:$key" 2>err
	wait_until sleeping "$spawned"
	semop unlink "key:$key"
	collect
	assert_equal "$status: $(<err)" "4: ipcwait: sem:key:$key: removed while waiting"
}

@test "sem: of a POSIX semaphore waits for a permit, and takes none" {
	semaphore
	not_ready "sem:$s"
	comes_later 'semop post "$s"' "sem:$s" "sem:$s value 1"
	run ipcwait -n "sem:$s"
	assert_output "sem:$s value 1"
	run semop value -J "$s"
	assert_output "{\"semaphore\":\"/$s\",\"value\":1,\"waiters\":0}"
}

@test "the one wake-up of a C program's sem_post reaches a waiter that takes the permit" {
	local i
	semaphore
	for i in 1 2 3; do
		spawn ipcwait "sem:$s" >"out.$i"
		wait_until sleeping "$spawned"
	done
	spawn semop wait "$s"
	wait_until sleeping "$spawned"
	"$(peer sem)" post "/$s"
	collect
	assert_equal "$status" 0
	semop post "$s"
	all_succeed_within 30
	run semop value -J "$s"
	assert_output "{\"semaphore\":\"/$s\",\"value\":1,\"waiters\":0}"
}

@test "a helper that is killed is an error; one of a killed ipcwait ends and leaves no waiter" {
	local helper
	semaphore
	spawn ipcwait "sem:$s" 2>err
	wait_until pgrep -x ipcwait-helper -P "$spawned"
	helper=$(pgrep -x ipcwait-helper -P "$spawned")
	wait_until sleeping "$helper"
	kill -KILL "$helper"
	collect
	assert_equal "$status: $(<err)" "1: ipcwait: sem:$s: the process that waited was killed"
	semop unlink "$s"
	semop create "$s" 0
	spawn ipcwait "sem:$s"
	wait_until pgrep -x ipcwait-helper -P "$spawned"
	helper=$(pgrep -x ipcwait-helper -P "$spawned")
	wait_until sleeping "$helper"
	kill -KILL "$spawned"
	wait_until gone "$helper"
	run semop value -J "$s"
	assert_output "{\"semaphore\":\"/$s\",\"value\":0,\"waiters\":0}"
}

@test "sem: of a semaphore in a set or in memory waits for a permit, and takes none" {
	key=$(key s)
	later semop unlink -f "key:$key"
	semop create --count 3 "key:$key" 0 >/dev/null
	not_ready "sem:key:${key}[2]"
	comes_later 'semop post "key:${key}[2]"' "sem:key:${key}[2]" "sem:key:${key}[2] value 1"
	run semop value "key:${key}[2]"
	assert_output 1
	memory
	semop create "shm:$m+32" 0
	not_ready "sem:shm:$m+32"
	comes_later 'semop post "shm:$m+32"' "sem:shm:$m+32" "sem:shm:$m+32 value 1"
	run semop value "shm:$m+32"
	assert_output 1
}

@test "cell: waits until the number meets the condition" {
	memory
	not_ready "cell:shm:$m+8>=5"
	comes_later 'shmcell add "shm:$m+8" 5 >/dev/null' "cell:shm:$m+8>=5" "cell:shm:$m+8>=5 value 5"
	run ipcwait "cell:shm:$m+8==5" "cell:shm:$m!=0"
	assert_output "cell:shm:$m+8==5 value 5"
	run --separate-stderr ipcwait "cell:shm:$m"
	assert_failure 2
	run --separate-stderr ipcwait "cell:shm:$m>x"
	assert_failure 2
	run shmcell get "shm:$m+8"
	assert_output 5
}

@test "efd: and fd: wait for a descriptor, and read nothing" {
	mkfifo f
	exec {fd}<>f
	not_ready "fd:$fd"
	run ipcwait "fd:$fd:w"
	assert_output "fd:$fd:w writable"
	comes_later 'echo text >&$fd' "fd:$fd:r" "fd:$fd:r readable"
	read -r line <&"$fd"
	assert_equal "$line" text
	exec {fd}<&-
	run --separate-stderr ipcwait fd:99
	assert_failure 4
	assert_stderr 'ipcwait: fd:99: not open'
	echo 'ipcwait -n efd:$EFD; efd add 3; ipcwait efd:$EFD; efd read' >script
	run efd run -- sh script
	assert_output --partial $' value 3\n3'
}

@test "signal: waits for a signal, and shows who sent it" {
	spawn ipcwait -t 30 signal:USR1 --ready-fd 1 >out
	wait_until test -s out
	killn -q -5 -s USR1 "$spawned"
	collect
	assert_equal "$status" 0
	assert_regex "$(tail -n 1 out)" "^signal:USR1 pid [0-9]+ uid $EUID value -5\$"
	not_ready signal:USR1
	run --separate-stderr ipcwait signal:KILL
	assert_failure 1
}

@test "pid: waits for the end of a process that is no child" {
	sleep 1000 3>&- &
	local pid=$!
	not_ready "pid:$pid"
	spawn ipcwait -t 30 "pid:$pid" >out
	wait_until sleeping "$spawned"
	kill "$pid"
	collect
	assert_equal "$status" 0
	assert_regex "$(<out)" "^pid:$pid"
	wait "$pid" || true
	run --separate-stderr ipcwait "pid:$pid"
	assert_failure 4
	assert_stderr "ipcwait: pid:$pid: No such process"
	run --separate-stderr ipcwait pid:x
	assert_failure 2
}

@test "pid: shows how the process ended, if the kernel reports it" {
	local pid
	mkfifo go
	sh -c 'read -r line <go; exit 3' 3>&- &
	pid=$!
	spawn ipcwait -t 30 "pid:$pid" >out
	wait_until sleeping "$spawned"
	echo >go
	collect
	assert_equal "$status" 0
	assert_regex "$(<out)" "^pid:$pid( exit 3)?\$"
	sleep 1000 3>&- &
	pid=$!
	spawn ipcwait -t 30 -J "pid:$pid" >out
	wait_until sleeping "$spawned"
	kill "$pid"
	collect
	assert_equal "$status" 0
	assert_regex "$(<out)" "^\{\"source\":\"pid:$pid\"(,\"signal\":\"TERM\")?\}\$"
}

@test "path: waits until a file exists in a directory that is yet to be made, and until it is gone" {
	local first
	not_ready path:a/b/f
	spawn ipcwait -t 30 path:a/b/f >out
	wait_until sleeping "$spawned"
	mkdir a
	mkdir a/b
	assert_equal "$(<out)" ''
	: >a/b/f
	collect
	assert_equal "$status: $(<out)" '0: path:a/b/f'
	run ipcwait -n "path:$PWD/a/b/f:exists"
	assert_success
	not_ready path:a/b/f:gone
	exec {first}<a/b/f
	comes_later 'rm a/b/f' path:a/b/f:gone path:a/b/f:gone
	exec {first}<&-
	: >a/b/f
	comes_later 'mv a c' path:a/b/f:gone path:a/b/f:gone
	comes_later 'mv c a' path:a/b/f path:a/b/f
	run ipcwait -n path:a/b/none:gone
	assert_success
}

@test "path:FILE:changed waits for a change of the file, also by another one" {
	: >f
	: >g
	not_ready path:f:changed
	comes_later 'echo text >>f' path:f:changed path:f:changed
	comes_later 'chmod 600 f' path:f:changed path:f:changed
	comes_later 'mv g f' "path:$PWD/f:changed" "path:$PWD/f:changed"
	comes_later 'rm f' path:f:changed path:f:changed
	run --separate-stderr ipcwait path:f:changed
	assert_failure 4
	assert_stderr 'ipcwait: path:f:changed: No such file or directory'
	run --separate-stderr ipcwait path:
	assert_failure 2
}

@test "ipcwait --exec is told each time that a path comes to exist" {
	spawn ipcwait -t 30 -c 2 -x 'mv f g' path:f
	wait_until sleeping "$spawned"
	: >f
	wait_until test -e g
	rm g
	: >f
	collect
	assert_equal "$status" 0
}

@test "lock: waits until no process holds a lock of either kind, and holds none" {
	local api
	: >f
	run ipcwait -n lock:f
	assert_output lock:f
	for api in flock ofd posix; do
		mkfifo "go.$api"
		spawn lockrun --api "$api" f sh -c ": >ready.$api; read -r line <go.$api"
		wait_until test -e "ready.$api"
		not_ready lock:f
		comes_later "echo >go.$api" lock:f lock:f
		run lockrun -n f true
		assert_success
	done
	run --separate-stderr ipcwait lock:none
	assert_failure 4
	mkfifo fifo
	run --separate-stderr within 5 ipcwait lock:fifo
	assert_failure 1
	run --separate-stderr ipcwait lock:shm:x
	assert_failure 2
}

# Does a process keep a FIFO open for this test?
kept() {
	local pid
	for pid in $(pgrep -x fifo-keeper); do
		gone "$pid" || return 0
	done
	return 1
}

@test "fifo: waits for bytes, which stay for the next reader" {
	mkfifo f
	not_ready fifo:f
	comes_later 'echo text >f' fifo:f 'fifo:f bytes 5'
	run ipcwait -n fifo:f
	assert_output 'fifo:f bytes 5'
	run within 5 cat f
	assert_output text
	wait_until eval '! kept'
	not_ready fifo:f
	run --separate-stderr ipcwait fifo:none
	assert_failure 4
	: >file
	run --separate-stderr ipcwait fifo:file
	assert_failure 1
	assert_stderr 'ipcwait: fifo:file: not a FIFO'
}

@test "fifo: does not break a writer that waited for a reader" {
	mkfifo f
	spawn sh -c 'echo text >f'
	wait_until sleeping "$spawned"
	ipcwait -n fifo:f 2>err || true
	collect
	assert_equal "$status" 0
	run within 5 cat f
	assert_output text
	wait_until eval '! kept'
}

@test "ipcwait --exec reads a FIFO each time, and its keeper ends with the FIFO" {
	mkfifo f
	spawn ipcwait -t 30 -c 2 -x 'cat "${IPCWAIT_SOURCE#fifo:}"; echo end' fifo:f >out
	wait_until sleeping "$spawned"
	echo one >f
	wait_until grep -qx end out
	echo two >f
	collect
	assert_equal "$status: $(<out)" $'0: one\nend\ntwo\nend'
	spawn ipcwait -t 30 fifo:f >out
	wait_until sleeping "$spawned"
	echo three >f
	collect
	kept
	rm f
	wait_until eval '! kept'
}

@test "line: waits for a line that matches, and reads nothing after it" {
	printf '%s\n' one two three four >in
	run bash -c 'ipcwait "line:^t" && ipcwait line:fo+ line:r && cat' <in
	[[ $IPCTOOL_FRONT == bash ]] || assert_output $'line:^t two\nline:r three\nfour'
	lines_of_pipe() {
		printf '%s\n' one two three four last | {
			ipcwait 'line:^t' && ipcwait 'line:^x' line:four && cat
		}
	}
	run lines_of_pipe
	assert_output $'line:^t two\nline:four four\nlast'
	run --separate-stderr ipcwait -J 'line:b+' <<<'abbc'
	assert_output '{"source":"line:b+","text":"abbc"}'
	run --separate-stderr ipcwait line:x <<<abc
	assert_failure 1
	assert_stderr 'ipcwait: no source can be ready any more, after 0 events'
	printf 'no newline' >in
	run ipcwait line:new <in
	assert_output 'line:new no newline'
	run --separate-stderr ipcwait 'line:(' </dev/null
	assert_failure 2
	assert_stderr --partial "ipcwait: '(' is not a regular expression: missing ')'"
}

@test "line: waits for its line as long as it is not whole, and several sources see one line" {
	mkfifo f
	exec {fd}<>f
	spawn ipcwait -t 30 --all 'line:a' 'line:b$' line:c <f >out
	printf 'x\na' >&"$fd"
	wait_until sleeping "$spawned"
	assert_equal "$(<out)" ''
	printf 'b\n' >&"$fd"
	wait_until grep -q 'line:b' out
	echo abc >&"$fd"
	exec {fd}>&-
	collect
	assert_equal "$status: $(<out)" $'0: line:a ab\nline:b$ ab\nline:c abc'
	mkfifo g
	exec {fd}<>g
	printf part >&"$fd"
	run --separate-stderr ipcwait -n line:part <&"$fd"
	assert_failure 3
	exec {fd}>&-
}

@test "ipcwait --exec runs a command for each line, and the command reads the next ones" {
	run ipcwait -x 'read -r next; echo "$IPCWAIT_TEXT: $next"' line:^a <<<$'a1\nb\nc\na2\nd'
	assert_success
	assert_output $'a1: b\na2: d'
}

@test "socket: waits until a process listens, and makes no connection" {
	local address
	address=@$(name s)
	not_ready socket:./s
	spawn ipcwait -t 30 socket:./s >out
	local waiting=$spawned
	wait_until sleeping "$waiting"
	spawn socklisten -c 1 ./s -- echo hello
	collect "$waiting"
	assert_equal "$status: $(<out)" '0: socket:./s'
	run ipcwait -n "socket:$PWD/s"
	assert_success
	run sockconnect ./s </dev/null
	assert_output hello
	collect
	not_ready "socket:$address"
	spawn ipcwait -t 30 "socket:$address" >out
	waiting=$spawned
	wait_until sleeping "$waiting"
	spawn sockrecv -c 1 --dgram ./d
	wait_until test -S d
	run ipcwait -t 30 socket:./d
	assert_success
	spawn socklisten -c 1 "$address" -- echo hello
	collect "$waiting"
	assert_equal "$status: $(<out)" "0: socket:$address"
	run sockconnect "$address" </dev/null
	assert_output hello
	run --separate-stderr ipcwait socket:udp:localhost:9
	assert_failure 2
}

@test "socket: connects to a tcp address to find out" {
	local port
	spawn socklisten -c 2 tcp:127.0.0.1:0 --ready-fd 1 -- echo hello >ready
	wait_until test -s ready
	port=$(awk -v inode="$(readlink /proc/"$spawned"/fd/* | sed -n 's/socket:\[\(.*\)\]/\1/p' | head -n 1)" \
		'$10 == inode { print $2 }' /proc/net/tcp)
	[[ $port ]] || skip 'the port is not known'
	port=$((16#${port#*:}))
	run ipcwait -t 30 "socket:tcp:127.0.0.1:$port"
	assert_output "socket:tcp:127.0.0.1:$port"
	end_spawned
	not_ready "socket:tcp:127.0.0.1:$port"
}

@test "time: comes once, every: again and again" {
	not_ready time:1h
	run ipcwait time:0 time:1h
	assert_output time:0
	run ipcwait -c 3 every:10ms
	assert_output --regexp '^every:10ms times [0-9]+
every:10ms times [0-9]+
every:10ms times [0-9]+$'
	run --separate-stderr ipcwait every:0
	assert_failure 2
}

@test "ipcwait prints the first of several that are ready, in the order of its operands" {
	local a
	queue a
	a=$q
	queue b
	mqsend "$a" 1
	mqsend "$q" 2
	run ipcwait time:1h "mq:$q" "mq:$a"
	assert_output "mq:$q"
	run ipcwait -J "mq:$a" "mq:$q"
	assert_output "{\"source\":\"mq:$a\"}"
	run --separate-stderr ipcwait -n time:1h time:2h
	assert_failure 3
	assert_stderr 'ipcwait: none of the 2 sources is ready'
}

@test "ipcwait --all waits for all, --count for as many, each once" {
	queue
	mqsend "$q" text
	spawn ipcwait -t 30 --all "mq:$q" time:10ms every:20ms >out
	collect
	assert_equal "$status" 0
	assert_equal "$(sed 's/ times.*//' out)" $'mq:'"$q"$'\ntime:10ms\nevery:20ms'
	run ipcwait -t 30 --count 2 "mq:$q" time:10ms time:1h
	assert_output "mq:$q"$'\ntime:10ms'
	run --separate-stderr within 5 ipcwait -t 50ms --all "mq:$q" time:1h
	assert_failure 124
	assert_output "mq:$q"
	assert_stderr 'ipcwait: timed out: only 1 of the events came'
	run --separate-stderr ipcwait -c 3 time:0 "mq:$q"
	assert_failure 1
	assert_stderr 'ipcwait: no source can be ready any more, after 2 events'
}

@test "ipcwait --exec runs a command for each event, and again while a source stays ready" {
	queue
	mqsend "$q" one two
	run ipcwait -t 30 -c 2 -x 'mqrecv "${IPCWAIT_SOURCE#mq:}"' "mq:$q"
	assert_success
	assert_output $'one\ntwo'
	mqsend "$q" three
	run ipcwait -n -x 'mqrecv "${IPCWAIT_SOURCE#mq:}"' "mq:$q" time:1h
	assert_success
	assert_output three
	run ipcwait -x 'echo "$IPCWAIT_EVENT"; exit 7' time:0 time:1ms
	assert_failure 7
	assert_output $'time:0\ntime:1ms'
	run ipcwait -x 'echo "$IPCWAIT_EVENT/$IPCWAIT_VALUE"' -c 1 time:0
	assert_output time:0/
	run --separate-stderr ipcwait -x true signal:CHLD
	assert_failure 2
}

@test "ipcwait --exec misses no signal that comes while the command runs" {
	local i
	mkfifo go.1 go.2 go.3
	spawn ipcwait -t 30 -c 3 -x 'echo "$IPCWAIT_VALUE"; read -r line <go.$IPCWAIT_VALUE' --ready-fd 1 signal:RTMIN >out
	wait_until test -s out
	killn -q 1 -s RTMIN "$spawned"
	wait_until grep -qx 1 out
	killn -q 2 -s RTMIN "$spawned"
	killn -q 3 -s RTMIN "$spawned"
	for i in 1 2 3; do
		wait_until grep -qx "$i" out
		echo >"go.$i"
	done
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" $'\n1\n2\n3'
}

@test "TERM, INT and HUP end ipcwait and its helper; a command that runs gets them first" {
	local signal
	semaphore
	for signal in TERM INT HUP; do
		spawn ipcwait "sem:$s" time:1h
		wait_until pgrep -x ipcwait-helper -P "$spawned"
		wait_until sleeping "$spawned"
		kill -"$signal" "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		no_helper
	done
	run semop value -J "$s"
	assert_output "{\"semaphore\":\"/$s\",\"value\":0,\"waiters\":0}"
}

@test "ipcwait refuses what is no source, and waits for none if one is missing" {
	run --separate-stderr ipcwait nope:1
	assert_failure 2
	assert_stderr --partial "ipcwait: 'nope:1' is not a source"
	run --separate-stderr ipcwait
	assert_failure 2
	run --separate-stderr within 5 ipcwait time:1h "mq:$(name none)"
	assert_failure 4
	run --separate-stderr within 5 ipcwait time:1h "sem:$(name none)"
	assert_failure 4
	run --separate-stderr within 5 ipcwait time:1h "cell:shm:$(name none)>1"
	assert_failure 4
	run --separate-stderr within 5 ipcwait time:1h efd:none
	assert_failure 4
}

@test "as a builtin ipcwait sets REPLY, or the variable of --into" {
	requires builtin
	local line REPLY=
	ipcwait time:0 >out
	assert_equal "$REPLY: $(<out)" time:0:\ time:0
	REPLY=
	ipcwait --into line time:0
	assert_equal "$line:$REPLY" time:0:
	ipcwait --all --into line time:0 time:1ms
	assert_equal "${#line[@]}: ${line[*]}" '2: time:0 time:1ms'
}

# How often a process has been on a processor.
switches() {
	local field count
	switches=0
	while read -r field count; do
		[[ $field != *ctxt_switches: ]] || ((switches += count))
	done <"/proc/$1/status"
}

@test "nothing runs while ipcwait waits" {
	local helper before
	semaphore
	key=$(key q)
	later mqunlink -f "key:$key"
	mqcreate "key:$key" >/dev/null
	spawn ipcwait "sem:$s" "mq:key:$key" time:1h signal:USR1 "pid:$$"
	wait_until sleeping "$spawned"
	for helper in "$spawned" $(pgrep -x ipcwait-helper -P "$spawned"); do
		wait_until sleeping "$helper"
		switches "$helper"
		before=$switches
		pause 0.3
		switches "$helper"
		assert_equal "$switches" "$before"
	done
}

@test "ipcwait fails if its output is closed or full, and takes nothing then" {
	queue
	mqsend "$q" text
	wait_full() { ipcwait "mq:$q" >/dev/full; }
	run --separate-stderr wait_full
	assert_failure 1
	assert_stderr 'ipcwait: standard output: No space left on device'
	run mqrecv -n "$q"
	assert_output text
}
