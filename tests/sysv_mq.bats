#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# System V queues behind mqcreate, mqsend, mqrecv, mqwait, mqstat and mqunlink.
# applets: mqcreate mqsend mqrecv mqwait mqstat mqunlink

load helper
load queues

# Create a queue with a key of this test: $q as in messages, $key for the C program.
sysv_queue() {
	key=$(key "${1:-q}")
	q=key:$key
	later mqunlink -f "$q"
	mqcreate "${@:2}" "$q" >/dev/null
}

contents() {
	mqrecv -aP "$q"
}

limit() {
	cat "/proc/sys/kernel/$1"
}

# A text of $1 bytes.
text() {
	printf "%0$1d" 0
}

@test "mqcreate creates a queue with a key and prints its id, and a C program uses it" {
	key=$(key q)
	later mqunlink -f "key:$key"
	run mqcreate "key:$key"
	assert_success
	assert_output --regexp '^id:[0-9]+$'
	local by_id=$output
	run "$(peer sysv)" queue "$key"
	assert_output "0600 $(limit msgmnb) 0"
	"$(peer sysv)" send "$key" 7 'from C'
	run mqrecv -P "$by_id"
	assert_output $'7\tfrom C'
	mqsend "$by_id" 'to C'
	run "$(peer sysv)" receive "$key" 0
	assert_output '1 to C'
}

@test "a key is a number in any base, or made from a file as by ftok(3)" {
	: >file
	local inode device
	inode=$(stat -c %i file)
	device=$(stat -c %d file)
	key=$(printf '0x%08x' $((0x78 << 24 | (device & 0xff) << 16 | (inode & 0xffff))))
	later mqunlink -f ftok:file:x
	mqcreate ftok:file:x >/dev/null
	mqsend "key:$((key))" decimal
	mqsend "key:$(printf '0%o' "$key")" octal
	mqsend ftok:"$PWD"/file:120 file
	run mqrecv -a "key:$key"
	assert_output $'decimal\noctal\nfile'
	run --separate-stderr mqrecv -n ftok:file:x
	assert_failure 3
	assert_stderr "mqrecv: key:$key: the queue is empty"
}

@test "private: creates a queue that only its id names" {
	local first second
	first=$(mqcreate private:)
	later mqunlink "$first"
	second=$(mqcreate private:)
	later mqunlink "$second"
	assert_not_equal "$first" "$second"
	mqsend "$first" text
	run mqrecv -n "$second"
	assert_failure 3
	run mqstat -J "$first"
	assert_output --partial '"key":null'
	local command
	for command in mqsend mqrecv mqstat mqunlink 'mqunlink -f'; do
		# shellcheck disable=SC2086
		run --separate-stderr $command private:
		assert_failure 2
		assert_stderr --partial "${command% *}: private: always creates a new object"
	done
}

@test "id 0 is a valid id" {
	requires program namespaces command:unshare
	local more=()
	[[ $EUID -eq 0 ]] || more=(--user --map-root-user)
	run unshare "${more[@]}" --ipc sh -c 'mqcreate key:1 && mqsend id:0 zero && mqrecv id:0 && mqunlink id:0 && mqstat key:1'
	assert_failure 4
	assert_output $'id:0\nzero\nmqstat: key:0x00000001: no such queue (mqcreate makes one)'
}

@test "every command refuses an invalid address, and states the rule" {
	local command bad
	for command in mqcreate mqsend mqrecv mqwait mqstat mqunlink; do
		for bad in key:0 id:x ftok:/:0 private:x; do
			run --separate-stderr "$command" "$bad"
			assert_failure 2
			assert_output ''
			assert_stderr --partial "$command: '$bad': "
		done
	done
	run --separate-stderr mqcreate ftok:none:1
	assert_failure 4
}

@test "a queue cannot be created with an id" {
	run --separate-stderr mqcreate id:7
	assert_failure 2
	assert_stderr --partial "mqcreate: 'id:7': an id cannot be chosen"
}

@test "mqcreate creates a queue with exactly the mode that is requested, whatever the umask" {
	local options
	umask 077
	for options in '' '--bytes 100'; do
		# shellcheck disable=SC2086
		sysv_queue q -m 666 $options
		run "$(peer sysv)" queue "$key"
		assert_output --partial '0666 '
		mqunlink "$q"
		# shellcheck disable=SC2086
		sysv_queue q -m 0 $options
		run mqstat -J "$q"
		assert_output --partial '"mode":"0000"'
		mqunlink "$q"
	done
}

@test "mqcreate exits with status 5 if the queue exists, and --ensure reports what differs" {
	sysv_queue q --bytes 1000
	run --separate-stderr mqcreate "$q"
	assert_failure 5
	assert_output ''
	assert_stderr "mqcreate: $q: File exists"
	run mqcreate -e "$q"
	assert_output --regexp '^id:[0-9]+$'
	run mqcreate -e --bytes 1000 -m 600 "$q"
	assert_success
	run --separate-stderr mqcreate -e --bytes 1K -m 640 "$q"
	assert_failure 5
	assert_output ''
	assert_stderr "mqcreate: $q: exists, but with bytes 1000 instead of 1024, mode 0600 instead of 0640"
}

@test "mqcreate --ensure succeeds in each of many processes that are started at once" {
	local i
	key=$(key q)
	q=key:$key
	later mqunlink -f "$q"
	for i in {1..8}; do
		spawn mqcreate -e --bytes 1000 -m 640 "$q" >>ids
	done
	all_succeed_within 10
	assert_equal "$(sort -u ids | wc -l)" 1
}

@test "a queue with more bytes than kernel.msgmnb is refused, and none is left" {
	q=key:$(key q)
	local most=$(($(limit msgmnb) + 1))
	run --separate-stderr mqcreate --bytes $most "$q"
	assert_failure 1
	assert_output ''
	assert_stderr "mqcreate: $q: $most bytes exceed kernel.msgmnb ($(limit msgmnb))$(raised_by_sysctl kernel.msgmnb $most)"
	run mqstat "$q"
	assert_failure 4
	run --separate-stderr mqcreate --bytes 0 "$q"
	assert_failure 2
}

@test "mqcreate names the limit on the number of queues" {
	requires program root namespaces command:unshare
	run --separate-stderr unshare --ipc sh -c 'echo 0 >/proc/sys/kernel/msgmni && exec mqcreate key:1'
	assert_failure 1
	assert_stderr 'mqcreate: key:0x00000001: the number of message queues has reached kernel.msgmni (0)'"; 'sysctl kernel.msgmni=1' raises it"
}

@test "mqcreate removes a queue whose id it cannot print" {
	local private
	q=key:$(key q)
	create_full() { mqcreate "$q" >/dev/full; }
	run --separate-stderr create_full
	assert_failure 1
	assert_stderr 'mqcreate: standard output: No space left on device'
	create_closed() { mqcreate "$q" >&-; }
	run create_closed
	assert_failure 1
	run mqstat "$q"
	assert_failure 4
	# but not one that existed before
	private=$(mqcreate "$q")
	later mqunlink "$private"
	ensure_full() { mqcreate -e "$q" >/dev/full; }
	run ensure_full
	assert_failure 1
	mqstat "$q"
}

@test "the options of one family are usage errors for the other" {
	local option
	sysv_queue
	for option in -d3 -s64; do
		run --separate-stderr mqcreate -e "$option" "$q"
		assert_failure 2
		assert_stderr --partial "mqcreate: $q: --depth and --size require a POSIX queue"
	done
	run --separate-stderr mqcreate --bytes 100 "$(name q)"
	assert_failure 2
	assert_stderr --partial "mqcreate: /$(name q): --bytes requires a System V queue"
	for option in -p1 --type=1 --lowest=1 --except=1 --peek=0; do
		run --separate-stderr mqrecv "$option" "$(name q)"
		assert_failure 2
		assert_stderr --partial "require a System V queue"
	done
	run --separate-stderr mqnotify "$q"
	assert_failure 2
	assert_stderr --partial "mqnotify: $q: a System V queue has no notification"
}

@test "mqwait waits for System V queues too, and takes no message, not even an empty one" {
	local a
	sysv_queue a
	a=$q
	queue b
	run --separate-stderr mqwait -n "$a"
	assert_failure 3
	assert_stderr "mqwait: $a: the queue is empty"
	spawn mqwait "$q" "$a" >out
	wait_until sleeping "$spawned"
	mqsend -p 7 "$a" ''
	collect
	assert_equal "$status: $(<out)" "0: $a"
	run mqwait "${a}[7]"
	assert_output "$a"
	run --separate-stderr within 5 mqwait -t 50ms "${a}[8]"
	assert_failure 124
	assert_stderr "mqwait: $a: timed out: no such message"
	run mqrecv -n -P "$a"
	assert_output $'7\t'
}

@test "mqsend sends type 1 or the type that is given, and refuses an invalid one" {
	local bad
	sysv_queue
	mqsend "$q" one
	mqsend -p 9223372036854775807 "$q" largest
	mqsend -P "$q" $'5\tfive'
	run --separate-stderr mqsend -p 0 "$q" none
	assert_failure 2
	assert_stderr --partial "mqsend: option '-p': '0' is less than 1"
	run mqsend -p 9223372036854775808 "$q" none
	assert_failure 2
	for bad in $'0\tx' $'9223372036854775808\tx' $'00000000000000000001\tx'; do
		run --separate-stderr mqsend -P "$q" $'1\tgood' "$bad"
		assert_failure 2
		assert_stderr --partial 'has a type outside 1 to 9223372036854775807'
	done
	run contents
	assert_output $'1\tone\n9223372036854775807\tlargest\n5\tfive'
}

@test "every framing carries the types" {
	sysv_queue
	local option
	for option in l:'2\tb\n1\ta\n' 0:'2\tb\0001\ta' N:'19:1234567890123456\tbx,3:1\ta,'; do
		# shellcheck disable=SC2059
		printf "${option#*:}" | mqsend -P"${option%%:*}" "$q"
	done
	run contents
	assert_output $'2\tb\n1\ta\n2\tb\n1\ta\n1234567890123456\tbx\n1\ta'
}

@test "mqrecv -aNP into mqsend -NP moves a queue, POSIX to System V and back" {
	local posix
	posix=$(name posix)
	later mqunlink -f "$posix"
	mqcreate "$posix"
	sysv_queue
	mqsend -p 7 "$q" $'x\ny'
	mqsend -p 3 "$q" ''
	mqrecv -aNP "$q" | mqsend -NP "$posix"
	mqrecv -aNP "$posix" | mqsend -NP "$q"
	run mqrecv -aJ "$q"
	assert_line -n 0 "{\"queue\":\"$q\",\"priority\":7,\"size\":3,\"text\":\"x\\ny\"}"
	assert_line -n 1 "{\"queue\":\"$q\",\"priority\":3,\"size\":0,\"text\":\"\"}"
	# a priority that is not a type is refused, not changed
	mqsend "$posix" zero
	mqrecv -NP "$posix" >message
	run --separate-stderr mqsend -NP "$q" <message
	assert_failure 1
	assert_stderr --partial 'has a type outside 1 to'
}

@test "mqrecv receives the first of a type, of the lowest type, of another type" {
	sysv_queue
	mqsend -P "$q" $'5\ta' $'3\tb' $'5\tc' $'2\td' $'9\te'
	run mqrecv -p 5 "$q"
	assert_output a
	run mqrecv --lowest 4 "$q"
	assert_output d
	run mqrecv --except 3 -c 2 "$q"
	assert_output $'c\ne'
	run --separate-stderr mqrecv -n -p 5 "$q"
	assert_failure 3
	assert_stderr "mqrecv: $q: no such message"
	run --separate-stderr mqrecv -a --lowest 2 "$q"
	assert_failure 3
	run mqrecv -a --type=3 "$q"
	assert_output b
	run --separate-stderr mqrecv -n "$q"
	assert_failure 3
	assert_stderr "mqrecv: $q: the queue is empty"
}

@test "mqrecv --peek copies messages and leaves them there" {
	sysv_queue
	mqsend -P "$q" $'5\ta' $'3\tb' $'4\tc'
	run mqrecv --peek 1 -P "$q"
	assert_output $'3\tb'
	run mqrecv --peek 0 -a "$q"
	assert_success
	assert_output $'a\nb\nc'
	run mqrecv --peek 1 -c 2 "$q"
	assert_output $'b\nc'
	run --separate-stderr mqrecv --peek 3 "$q"
	assert_failure 3
	assert_stderr "mqrecv: $q: no such message"
	run --separate-stderr mqrecv --peek 2 -c 2 "$q"
	assert_failure 3
	assert_output c
	peek_full() { mqrecv --peek 0 "$q" >/dev/full; }
	run --separate-stderr peek_full
	assert_failure 1
	assert_stderr 'mqrecv: standard output: No space left on device'
	run --separate-stderr mqrecv --peek 0 -F "$q"
	assert_failure 2
	run mqrecv --peek 0 -t 1 "$q"
	assert_failure 2
	run contents
	assert_output $'5\ta\n3\tb\n4\tc'
}

@test "mqrecv refuses invalid types and positions" {
	local bad
	sysv_queue
	for bad in -p0 -p-1 -px -p9223372036854775808 --lowest=0 --except=0 --peek=-1 '-p1 --peek=0' '--lowest=1 --except=1'; do
		# shellcheck disable=SC2086
		run --separate-stderr mqrecv -n $bad "$q"
		assert_failure 2
	done
}

@test "mqsend refuses a message longer than kernel.msgmax before it sends any" {
	local most
	most=$(limit msgmax)
	sysv_queue
	run --separate-stderr mqsend "$q" first "$(text $((most + 1)))"
	assert_failure 1
	assert_stderr "mqsend: $q: message of $((most + 1)) bytes exceeds kernel.msgmax ($most)$(raised_by_sysctl kernel.msgmax $((most + 1)))"
	run mqrecv -n "$q"
	assert_failure 3
	mqsend "$q" "$(text "$most")"
	run mqrecv -v "$q"
	assert_output --partial "Read $most bytes; priority = 1"
}

@test "mqsend refuses a message longer than the queue, which would never have room" {
	sysv_queue q --bytes 100
	run --separate-stderr within 5 mqsend "$q" first "$(text 101)"
	assert_failure 1
	assert_stderr "mqsend: $q: message of 101 bytes exceeds msg_qbytes of the queue (100)"
	run within 5 mqsend "$q" <<<"$(text 101)"
	assert_failure 1
	assert_output --partial "exceeds msg_qbytes of the queue (100)"
	mqsend "$q" "$(text 100)"
	run --separate-stderr mqsend -n "$q" x
	assert_failure 3
	assert_stderr "mqsend: $q: the queue is full"
	# also where it holds more than that
	"$(peer sysv)" bytes "$key" 50
	run --separate-stderr mqsend -n "$q" "$(text 60)"
	assert_failure 1
	assert_stderr "mqsend: $q: message of 60 bytes exceeds msg_qbytes of the queue (50)"
}

@test "mqsend copies no message to a queue that another program gave no room at all" {
	sysv_queue q
	"$(peer sysv)" bytes "$key" 0
	for text in hello "$(text 100000)"; do
		run --separate-stderr within 5 mqsend -n "$q" "$text"
		assert_failure 1
		assert_stderr "mqsend: $q: message of ${#text} bytes exceeds msg_qbytes of the queue (0)"
	done
	run --separate-stderr within 5 mqsend -nl "$q" <<<hello
	assert_failure 1
	assert_stderr "mqsend: $q: message of 5 bytes exceeds msg_qbytes of the queue (0)"
}

@test "a System V queue is usable where IPC_INFO is refused, as by a security module" {
	requires program plain command:strace
	strace -o /dev/null true || skip 'no tracing here'
	sysv_queue q
	refused() { strace -qq -o trace -e inject=msgctl:error=EACCES:when=2 "$@"; }
	run --separate-stderr refused mqsend "$q" hello
	assert_success
	assert grep -q INJECTED trace
	run --separate-stderr refused mqrecv -n "$q"
	assert_success
	assert_output hello
}

@test "a message from before the queue was made smaller is received whole" {
	sysv_queue q --bytes 1000
	mqsend "$q" "$(text 800)"
	"$(peer sysv)" bytes "$key" 100
	run mqrecv "$q"
	assert_output "$(text 800)"
}

@test "a message longer than the limit is left on the queue" {
	sysv_queue q --bytes 100
	spawn mqrecv "$q" 2>err
	wait_until sleeping "$spawned"
	"$(peer sysv)" bytes "$key" 1000
	mqsend "$q" "$(text 800)"
	collect
	assert_equal "$status" 1
	assert_equal "$(<err)" "mqrecv: $q: the next message exceeds 100 bytes, the limit when the queue was opened; it remains on the queue"
	run mqrecv "$q"
	assert_output "$(text 800)"
}

@test "mqrecv and mqsend wait no longer than --timeout" {
	sysv_queue q --bytes 4
	run --separate-stderr within 5 mqrecv -t 50ms "$q"
	assert_failure 124
	assert_stderr "mqrecv: $q: timed out: the queue is still empty"
	run --separate-stderr within 5 mqrecv -t 0 -p 7 "$q"
	assert_failure 124
	assert_stderr "mqrecv: $q: timed out: no such message"
	mqsend "$q" full
	run mqrecv -t 0 "$q"
	assert_output full
	mqsend "$q" full
	run --separate-stderr within 5 mqsend -t 50ms "$q" more
	assert_failure 124
	assert_stderr "mqsend: $q: timed out: the queue is still full"
	run --separate-stderr within 5 mqsend -t 0 "$q" more
	assert_failure 124
}

@test "mqrecv receives a message that arrives while it waits, with and without a time-out" {
	local options
	sysv_queue
	for options in '' '-t 20' '-p 3' '-t 20 -p 3' '-F -t 1'; do
		# shellcheck disable=SC2086
		spawn mqrecv $options "$q" >out
		wait_until sleeping "$spawned"
		mqsend -p 3 "$q" got
		wait_until grep -q got out
		collect
	done
}

@test "mqsend sends as soon as there is room, with and without a time-out" {
	local options
	sysv_queue q --bytes 4
	for options in '' '-t 20'; do
		mqsend "$q" full
		# shellcheck disable=SC2086
		spawn mqsend $options "$q" next
		wait_until sleeping "$spawned"
		run mqrecv "$q"
		collect
		assert_equal "$status" 0
		run mqrecv -n "$q"
		assert_output next
	done
}

@test "a signal that does not terminate mqrecv neither shortens nor lengthens the wait" {
	sysv_queue
	other_signals_do_not_end
}

@test "TERM, INT and HUP terminate a process that waits" {
	local signal options
	sysv_queue q --bytes 4
	for signal in TERM INT HUP; do
		for options in '' -F '-t 20' '-p 3'; do
			# shellcheck disable=SC2086
			spawn mqrecv $options "$q"
			wait_until sleeping "$spawned"
			kill -"$signal" "$spawned"
			collect
			assert_equal "$status" $((128 + $(kill -l "$signal")))
		done
	done
	mqsend "$q" full
	for options in '' '-t 20'; do
		# shellcheck disable=SC2086
		spawn mqsend $options "$q" more
		wait_until sleeping "$spawned"
		kill "$spawned"
		collect
		assert_equal "$status" 143
	done
	run contents
	assert_output $'1\tfull'
}

@test "a termination signal at any moment before the wait is not missed" {
	requires program
	local i
	sysv_queue
	has_begun() { [[ $(<"/proc/$spawned/comm") == mqrecv ]]; }
	for i in {1..40}; do
		spawn mqrecv "$q"
		wait_until has_begun
		kill "$spawned"
		collect
		assert_equal "$status" 143
	done
}

@test "a process that waits for a queue exits with status 4 if the queue is removed" {
	local options
	for options in '' '-t 20' -F '-p 3'; do
		sysv_queue
		# shellcheck disable=SC2086
		spawn mqrecv $options "$q" 2>err
		wait_until sleeping "$spawned"
		mqunlink "$q"
		collect
		assert_equal "$status" 4
		assert_equal "$(<err)" "mqrecv: $q: the queue was removed"
	done
	sysv_queue q --bytes 4
	mqsend "$q" full
	spawn mqsend "$q" more 2>err
	wait_until sleeping "$spawned"
	mqunlink "$q"
	collect
	assert_equal "$status" 4
	assert_equal "$(<err)" "mqsend: $q: the queue was removed"
}

@test "every command exits with status 4 if the queue does not exist" {
	local command gone hint
	gone=$(mqcreate private:)
	mqunlink "$gone"
	for q in "key:$(key none)" "$gone"; do
		for command in mqsend mqrecv mqstat mqunlink; do
			run --separate-stderr "$command" "$q" </dev/null
			assert_failure 4
			hint=' (mqcreate makes one)'
			[[ $command != mqunlink && $q == key:* ]] || hint=
			assert_stderr "$command: $q: no such queue$hint"
		done
		run mqunlink -f "$q"
		assert_success
		assert_output ''
	done
}

@test "a message that cannot be written is put back with its type" {
	sysv_queue
	mqsend -p 10 "$q" Ten
	receive_full() { mqrecv -p 10 "$q" >/dev/full; }
	run --separate-stderr within 5 receive_full
	assert_failure 1
	assert_stderr "mqrecv: standard output: No space left on device; the message of 3 bytes, priority 10, was put back"
	run contents
	assert_output $'10\tTen'
}

@test "no more than 512 messages are received together" {
	sysv_queue
	printf '%0600d' 0 | tr 0 '\n' | mqsend -l "$q"
	receive_full() { mqrecv -a "$q" >/dev/full; }
	run --separate-stderr within 5 receive_full
	assert_failure 1
	assert_stderr 'mqrecv: standard output: No space left on device; 513 messages were put back'
	assert_equal "$(mqrecv -a "$q" | wc -l)" 600
}

@test "a message that cannot be put back is reported as lost" {
	requires nobody
	sysv_queue q -m 400
	mqunlink "$q"
	sysv_queue q -m 600
	mqsend -p 3 "$q" gone
	"$(peer sysv)" mode "$key" 0400
	receive_full() { mqrecv "$q" >/dev/full; }
	run --separate-stderr within 5 receive_full
	assert_failure 1
	assert_stderr "mqrecv: standard output: No space left on device; the message of 4 bytes, priority 3, is lost: Permission denied"
}

@test "a waiting mqrecv exits if the reader closes the pipe, and no message is lost" {
	sysv_queue
	reader_gone_ends_the_wait
}

@test "a message is written to a pipe at once" {
	sysv_queue
	mkfifo fifo
	exec 7<>fifo
	receive() {
		exec 7>&-
		mqrecv -F "$q"
	}
	spawn receive >fifo
	mqsend "$q" one
	run within 5 head -n 1 <&7
	assert_output one
	mqsend "$q" two
	run within 5 head -n 1 <&7
	assert_output two
	exec 7>&-
	collect
	assert_equal "$status" 141
}

@test "a write-only queue accepts messages, and from a read-only queue they are received" {
	requires nobody
	sysv_queue w -m 200
	mqsend "$q" in
	run mqrecv -n "$q"
	assert_failure 1
	assert_output "mqrecv: $q: Permission denied"
	run mqstat -J "$q"
	assert_output --partial '"messages":1,"bytes":2'
	run --separate-stderr mqsend "$q" "$(text $(($(limit msgmax) + 1)))"
	assert_failure 1
	assert_stderr --partial 'exceeds kernel.msgmax'
	mqcreate -e -m 200 "$q"
	sysv_queue r -m 600
	mqsend "$q" out
	"$(peer sysv)" mode "$key" 0400
	run mqsend "$q" more
	assert_failure 1
	assert_output "mqsend: $q: Permission denied"
	run mqrecv "$q"
	assert_output out
}

@test "mqstat shows queues of both families under one heading, and more in JSON" {
	local posix
	posix=$(name posix)
	later mqunlink -f "$posix"
	mqcreate "$posix"
	sysv_queue q -m 640 --bytes 1000
	mqsend "$q" 12345
	local id
	id=$(mqcreate -e -m 640 "$q")
	run mqstat "$posix" "$q"
	assert_line -n 0 --regexp '^QUEUE +MODE OWNER +DEPTH +SIZE MESSAGES +BYTES NOTIFY CAPACITY +ID$'
	assert_line -n 1 --regexp "^/$posix +0600 $(id -un) +[0-9]+ +[0-9]+ +0 +0 +- +- +-$"
	assert_line -n 2 --regexp "^$q +0640 $(id -un) +- +1000 +1 +5 +- +1000 +${id#id:}$"
	run mqstat -J "$posix" "$q"
	assert_line -n 0 --regexp '"notify":null\}$'
	assert_line -n 1 --regexp "^\{\"queue\":\"$q\",\"mode\":\"0640\",\"owner\":\"$(id -un)\",\"depth\":null,\"size\":1000,\"messages\":1,\"bytes\":5,\"notify\":null,\"capacity\":1000,\"id\":${id#id:},\"key\":\"$key\",\"sender\":[0-9]+,\"receiver\":null\}$"
	"$(peer sysv)" receive "$key" 0 >/dev/null &
	wait $!
	run mqstat -J "$q"
	assert_output --regexp "\"receiver\":$!\}$"
}

@test "only the owner can remove a queue" {
	requires root command:setpriv
	sysv_queue q -m 666
	run setpriv --reuid 65534 --clear-groups --inh-caps=-all env PATH="$PATH" "$IPCTOOL_BUILD/ipctool" mqunlink "$q"
	assert_failure 1
	assert_output "mqunlink: $q: Operation not permitted"
}

@test "8 senders and 8 receivers on one queue lose no message" {
	local i pids=() receivers=()
	sysv_queue q --bytes 200
	for i in {1..8}; do
		spawn mqrecv -F "$q" >"got.$i"
		receivers+=("$spawned")
	done
	for i in {1..8}; do
		spawn mqsend -l "$q" < <(seq -f "$i.%g" 500)
		pids+=("$spawned")
	done
	for i in "${pids[@]}"; do
		collect "$i"
		assert_equal "$status" 0
	done
	all_there() { [[ $(cat got.* | wc -l) -eq 4000 ]]; }
	wait_until all_there
	for i in "${receivers[@]}"; do
		kill "$i"
		collect "$i"
		assert_equal "$status" 143
	done
	assert_equal "$(cat got.* | sort -u | wc -l)" 4000
	run mqrecv -n "$q"
	assert_failure 3
}

@test "SIGKILL of a waiting receiver loses no message, and leaves the queue usable" {
	sysv_queue
	spawn mqrecv -t 20 "$q"
	wait_until sleeping "$spawned"
	kill -KILL "$spawned"
	collect
	mqsend "$q" kept
	run mqrecv -n "$q"
	assert_output kept
}

@test "the limit on pending signals is named if no timer is available for a wait" {
	local no_timer='no timer available (RLIMIT_SIGPENDING is 0)'
	without_timers() {
		ulimit -i 0
		"$@"
	}
	sysv_queue q --bytes 4
	refused 1 "mqrecv: $q: $no_timer" without_timers mqrecv -t 1 "$q"
	mqsend "$q" full
	refused 1 "mqsend: $q: $no_timer" without_timers mqsend -t 1 "$q" x
	exec 7>file
	flock 7
	refused 125 "lockrun: file: $no_timer" without_timers lockrun --api flock -t 1 file true
	mkfifo fifo
	refused 1 "fifowrite: fifo: $no_timer" without_timers fifowrite -t 1 fifo x
}

@test "a wait leaves the signals and timers of the shell as they were" {
	requires builtin
	sysv_queue
	trap 'true' USR1
	signals_of_shell >before
	cat /proc/$$/timers >>before 2>/dev/null || true
	mqrecv -t 10ms "$q" || true
	mqrecv -t 10ms "$q" | cat || true
	signals_of_shell >after
	cat /proc/$$/timers >>after 2>/dev/null || true
	diff before after
}

# bats test_tags=slow
@test "100000 calls of a shell on a System V queue leave nothing behind" {
	requires builtin plain
	sysv_queue
	run within 30 calls_leave_nothing "$q"
	assert_success
}

# ------------------------------------------------- rare events, forced

@test "mqcreate --ensure waits a moment for another process only if that may be creating the queue" {
	requires program plain command:strace
	look() { strace -qq -o trace -e trace=ppoll -e inject=ppoll:delay_exit=50000 mqcreate -e "$@" "$q"; }
	sysv_queue q -m 0
	spawn look -m 640 >id 2>err
	wait_until eval '[[ $(wc -l <trace) -ge 2 ]]'
	"$(peer sysv)" mode "$key" 0640
	collect
	assert_equal "$status $(<err)" '0 '
	# it is complete, or older
	look -m 640 >id
	assert_equal "$(<trace)" ''
	mqsend "$q" x
	"$(peer sysv)" mode "$key" 0
	look -m 0 >id
	assert_equal "$(<trace)" ''
	mqunlink "$q"
	mqcreate -m 0 "$q"
	within 10 mqcreate -e -m 0 "$q"
}

@test "mqcreate --ensure creates the queue if it is removed before it can be opened" {
	requires program plain command:strace
	q=key:$(key q)
	later mqunlink -f "$q"
	strace -qq -o trace -e trace=msgget -e inject=msgget:error=EEXIST:when=1 mqcreate -e "$q"
	mqstat "$q"
}

@test "a signal between the two steps of mqcreate leaves a complete queue" {
	requires program plain command:strace
	key=$(key q)
	q=key:$key
	later mqunlink -f "$q"
	run strace -qq -o trace -e trace=msgget -e inject=msgget:signal=TERM mqcreate --bytes 1000 -m 640 "$q"
	assert_failure 143
	run "$(peer sysv)" queue "$key"
	assert_output '0640 1000 0'
}

@test "the reason of a refused system call is reported" {
	requires program plain command:strace
	with() { strace -qq -o trace -e trace=msgrcv,msgctl "$@"; }
	sysv_queue
	mqsend "$q" x
	run with -e inject=msgrcv:error=EINVAL mqrecv "$q"
	assert_failure 1
	assert_output "mqrecv: $q: Invalid argument"
	# the queue was removed
	run with -e inject=msgrcv:error=EINVAL -e inject=msgctl:error=EINVAL:when=3+ mqrecv "$q"
	assert_failure 4
	assert_output "mqrecv: $q: the queue was removed"
	run with -e inject=msgctl:error=EIDRM mqunlink -f "$q"
	assert_success
	assert_output ''
	# an older kernel refuses IPC_STAT without permission to read
	with -e inject=msgctl:error=EACCES:when=1..2 mqsend "$q" y
	assert_equal "$(contents)" $'1\tx\n1\ty'
}

@test "the id of a removed queue does not name the queue that took its place" {
	requires program plain command:strace
	local old new
	old=$(mqcreate private:)
	mqunlink "$old"
	# the kernel uses the indices in turn
	for _ in {1..200}; do
		new=$(mqcreate private:)
		((${old#id:} % 32768 != ${new#id:} % 32768)) || break
		mqunlink "$new"
	done
	later mqunlink -f "$new"
	((${old#id:} % 32768 == ${new#id:} % 32768)) || skip 'nobody gets that place now'
	run strace -qq -o trace -e trace=msgctl -e inject=msgctl:error=EACCES:when=1 mqstat "$old"
	assert_failure 4
	assert_output "mqstat: $old: the queue was removed"
}
