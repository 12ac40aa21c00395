#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# socklisten

load helper
load sockets

# listen [OPTION...]: in the background at $s, with no input
listen() {
	spawn become socklisten "$@" </dev/null >out 2>err
	wait_until listening "$s"
}

@test "socklisten relays one connection to its input and output, then removes the socket" {
	spawn become socklisten "$s" <<<'an answer' >out 2>err
	wait_until listening "$s"
	run within 5 "$(peer socket)" call stream "$s" 'a question'
	assert_success
	assert_output 'an answer'
	collect
	assert_equal "$status: $(<out)$(<err)" '0: a question'
	assert [ ! -e s ]
}

@test "socklisten serves a C program on a seqpacket socket" {
	spawn become socklisten --seqpacket "$s" <<<'an answer' >out
	wait_until listening "$s"
	run within 5 "$(peer socket)" call seqpacket "$s" one two
	assert_output $'<an answer\n>'
	collect
	assert_equal "$status: $(<out)" '0: onetwo'
}

@test "socklisten --dgram prints the datagrams of every sender" {
	spawn become socklisten --dgram -c 3 --peercred "$s" </dev/null >out 2>err
	wait_until test -S s
	"$(peer socket)" call dgram "$s" one two
	"$(peer socket)" call dgram "$s" three
	collect
	assert_equal "$status: $(<out)" '0: onetwothree'
	assert_equal "$(sed 's/pid [0-9]*/pid N/' err | sort -u)" "Peer: pid N, uid $EUID, gid $(id -g)"
	assert [ ! -e s ]
}

@test "a process that connects after the last connection finds no socket" {
	listen "$s"
	spawn "$(peer socket)" silent stream "$s" >silent
	wait_until test ! -e s
	run sockconnect "$s" </dev/null
	assert_failure 4
}

@test "socklisten -c and -k serve one connection after the other" {
	listen -c 3 "$s"
	local i
	for i in 1 2 3; do
		within 5 sockconnect "$s" <<<"$i"
	done
	collect
	assert_equal "$status: $(paste -sd , out)" '0: 1,2,3'
	listen -k "$s"
	for i in 1 2 3 4; do
		within 5 sockconnect "$s" <<<"$i"
	done
	kill "$spawned"
	collect
	assert_equal "$status: $(paste -sd , out)" '143: 1,2,3,4'
	assert [ ! -e s ]
}

@test "a peer that closes before it has read everything does not end socklisten -k" {
	spawn become socklisten -k "$s" < <(head -c 1000000 /dev/zero) >out 2>err
	wait_until listening "$s"
	spawn "$(peer socket)" silent stream "$s" >silent
	wait_until test -s silent
	kill "$spawned"
	within 5 sockconnect "$s" <<<next >/dev/null
	wait_until grep -q next out
	assert_equal "$(sed 's/ (.*)$//' err)" "socklisten: $s: the peer closed before all data was read"
}

# ------------------------------------------------------------------- COMMAND

@test "each connection is the standard input and output of a command" {
	listen -c 2 "$s" -- sh -c 'read x; echo "got $x"; cat'
	run within 5 sockconnect "$s" <<<$'one\nmore'
	assert_output $'got one\nmore'
	run within 5 sockconnect "$s" <<<two
	assert_output 'got two'
	collect
	assert_equal "$status: $(<out)$(<err)" '0: '
	assert [ ! -e s ]
}

@test "a command on a seqpacket socket reads a message at a time" {
	listen --seqpacket -c 1 "$s" -- sh -c 'dd bs=100 count=2 2>/dev/null | tr a-z A-Z'
	run within 5 "$(peer socket)" call seqpacket "$s" 'one ' 'two'
	assert_output '<ONE TWO>'
}

@test "a command has the credentials of its peer in its environment" {
	listen -c 1 "$s" -- sh -c 'echo "$SOCK_PEER_PID $SOCK_PEER_UID $SOCK_PEER_GID"'
	client() { echo "$BASHPID" >pid; exec "$(peer socket)" call stream "$s" ''; }
	spawn client >got
	collect
	assert_equal "$(<got)" "$(<pid) $EUID $(id -g)"
	assert_equal "${SOCK_PEER_PID-unset}" unset
}

@test "socklisten knows a peer of another user" {
	requires root
	local n
	n=@$(name other)
	spawn become socklisten -c 1 "$n" -- sh -c 'echo "$SOCK_PEER_UID"' </dev/null
	wait_until listening "$n"
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$(peer socket)" call stream "$n" ''
	assert_output 65534
}

@test "with fifty connections and -P 4 at most four commands run at a time, and all are served" {
	local i clients=()
	mkdir running
	cat >serve <<-'end'
		: >"running/$$"
		set -- running/*
		echo "$#" >>counts
		read -r n
		echo "served $n"
		rm "running/$$"
	end
	listen -P 4 -c 50 "$s" -- sh serve
	for ((i = 0; i < 50; i++)); do
		(sleep "0.0$((i % 7))"; echo "$i") | sockconnect -t 20 "$s" >>got 3>&- &
		clients+=($!)
	done
	collect
	wait "${clients[@]}"
	assert_equal "$status" 0
	assert_equal "$(sort -u got | wc -l)" 50
	assert_equal "$(sort -n counts | tail -n 1 | awk '{ print ($1 <= 4) }')" 1
	assert_equal "$(wc -l <counts)" 50
}

@test "with -P 2 two commands run at the same time and the third connection waits" {
	listen -P 2 -c 3 "$s" -- sh -c 'echo "$$" >>pids; cat'
	mkfifo hold
	local i
	exec 8<>hold
	# a redirection of a builtin would leave the shell's own copy of 8 open
	client() { exec 8>&- && become sockconnect "$s" <hold >"got.$1"; }
	for i in 1 2 3; do
		spawn client "$i"
	done
	two() { [[ -e pids && $(wc -l <pids) -eq 2 ]]; }
	wait_until two
	wait_until sleeping "${spawned_pids[0]}"
	assert_equal "$(wc -l <pids)" 2
	exec 8>&-
	collect "${spawned_pids[0]}"
	assert_equal "$status $(wc -l <pids)" '0 3'
}

@test "with --per-user 2 a third connection of a user is refused, until one ends" {
	local server i
	listen --per-user 2 -P 4 -c 3 "$s" -- cat
	server=$spawned
	mkfifo hold
	exec 8<>hold
	client() { exec 8>&- && become sockconnect "$s" <hold >"got.$1"; }
	for i in 1 2; do
		spawn client "$i"
		wait_until sleeping "$spawned"
	done
	wait_until commands_number "$server" 2
	asked() { within 5 sockconnect "$s" </dev/null; }
	run asked
	assert_output ''
	wait_until test -s err
	assert_equal "$(sed 's/pid [0-9]*/pid N/' err)" "socklisten: $s: connection from pid N uid $EUID refused: that user has 2 (the limit of --per-user)"
	exec 8>&-
	collect "$spawned"
	one() { run within 5 sockconnect "$s" <<<again; [[ $output == again ]]; }
	wait_until one
	collect "$server"
	assert_equal "$status" 0
}

@test "with --per-user another user is still served" {
	requires root
	local n
	n=@$(name other)
	spawn become socklisten --per-user 1 -P 2 -c 2 "$n" -- cat </dev/null 2>err
	wait_until listening "$n"
	spawn setpriv --reuid=65534 --regid=65534 --clear-groups "$(peer socket)" silent stream "$n" >silent
	wait_until test -s silent
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$(peer socket)" call stream "$n" x
	assert_output ''
	wait_until test -s err
	run within 5 sockconnect "$n" <<<served
	assert_output served
}

@test "a connection made while all commands run waits in the backlog" {
	listen -P 1 -c 4 "$s" -- cat
	mkfifo hold
	local i clients=()
	exec 8<>hold
	client() { exec 8>&- && become sockconnect -n "$s" <hold >"got.$1"; }
	for i in 1 2 3 4; do
		spawn client "$i"
		wait_until sleeping "$spawned"
		clients+=("$spawned")
	done
	exec 8>&-
	for i in "${clients[@]}"; do
		collect "$i"
		assert_equal "$status" 0
	done
}

@test "TERM removes the file, is forwarded to the commands, and then ends socklisten" {
	listen "$s" -- sh -c 'trap "echo bye; exit" TERM; echo ready; while :; do sleep 0.01; done'
	local server=$spawned
	spawn become sockconnect "$s" < <(sleep 20) >got
	wait_until grep -q ready got
	kill "$server"
	collect "$server"
	assert_equal "$status" 143
	wait_until grep -q bye got
	assert [ ! -e s ]
}

@test "INT ends socklisten while it waits for a connection, and the file is removed" {
	listen "$s" -- cat
	kill -INT "$spawned"
	collect
	assert_equal "$status" 130
	assert [ ! -e s ]
}

@test "a command that cannot be run is reported, and the next connection is served" {
	listen -c 2 "$s" -- ./no-such-command
	run within 5 sockconnect "$s" </dev/null
	assert_output ''
	run within 5 sockconnect "$s" </dev/null
	collect
	assert_equal "$status" 0
	assert_equal "$(<err)" $'socklisten: ./no-such-command: No such file or directory\nsocklisten: ./no-such-command: No such file or directory'
}

@test "without a free descriptor, and no command whose end frees one, socklisten fails" {
	requires program plain command:strace
	spawn strace -f -o trace -e trace=accept4 -e inject=accept4:error=EMFILE \
		socklisten "$s" -- cat </dev/null 2>err
	wait_until listening "$s"
	run within 5 sockconnect "$s" </dev/null
	collect
	assert_equal "$status" 1
	assert_regex "$(<err)" "^socklisten: $s: cannot accept a connection: Too many open files \(RLIMIT_NOFILE is [0-9]+\)\$"
	assert [ ! -e s ]
}

@test "socklisten reports once that it cannot accept connections, and goes on when it can again" {
	requires program plain command:strace
	spawn strace -f -o trace -e trace=accept4 -e inject=accept4:error=ENOMEM:when=2..4 \
		socklisten -c 2 "$s" -- cat </dev/null 2>err
	wait_until listening "$s"
	run within 5 sockconnect "$s" <<<one
	assert_output one
	run within 5 sockconnect "$s" <<<two
	assert_output two
	collect
	assert_equal "$status: $(<err)" "0: socklisten: $s: cannot accept a connection: Cannot allocate memory"
	assert_equal "$(grep -c INJECTED trace)" 3
}

@test "a server that cannot accept a connection, and goes on to fail, reports it once" {
	requires program plain command:strace
	local way
	for way in 'socklisten ./s' 'socklisten ./s -- cat' 'sockrecv -F ./s'; do
		# shellcheck disable=SC2086
		spawn strace -f -o trace -e trace=accept4 -e inject=accept4:error=ENFILE $way </dev/null 2>err
		run within 20 sockconnect -w ./s </dev/null
		collect
		assert_equal "$way: $status: $(<err)" \
			"$way: 1: ${way%% *}: ./s: cannot accept a connection: Too many open files in system"
		assert [ ! -e s ]
	done
}

@test "socklisten --dgram counts no error as a datagram" {
	requires program plain command:strace
	spawn strace -o trace -e trace=recvmsg -e inject=recvmsg:error=ENOMEM:when=1 \
		socklisten --dgram -c 2 "$s" </dev/null >out 2>err
	wait_until test -S s
	socksend --dgram "$s" one
	collect
	assert_equal "$status: $(<out)$(<err)" "1: socklisten: $s: Cannot allocate memory"
	spawn strace -o trace -e trace=recvfrom -e inject=recvfrom:error=EAGAIN:when=1 \
		socklisten --dgram -c 2 "$s" </dev/null >out 2>err
	wait_until test -S s
	socksend --dgram "$s" 'one ' two
	collect
	assert_equal "$status: $(<out)$(<err)" '0: one two'
}

@test "the commands have the caller's signal mask and dispositions, and no other descriptors" {
	listen -c 1 "$s" -- sh -c 'grep -E "Sig(Blk|Ign)" /proc/self/status; readlink /proc/$$/fd/* | grep -c socket:'
	within 5 sockconnect "$s" </dev/null >got
	assert_equal "$(tail -n 1 got)" 2
	assert_equal "$(sed -n 's/SigBlk:\t//p' got)" 0000000000000000
}

@test "socklisten --timeout ends when no connection was made within DURATION" {
	refused 124 "socklisten: $s: timed out: no connection" socklisten -t 0.1 "$s"
	refused 124 "socklisten: $s: timed out: no connection" socklisten -t 0.1 "$s" -- cat
	refused 124 "socklisten: $s: timed out: no message" socklisten -t 0.1 --dgram "$s"
	assert [ ! -e s ]
}

# serving: a peer has connected in time to a socklisten with --timeout, whose pid is $server, 0.2 s after
# it began to wait; $began is when. The connection itself may take longer.
serving() {
	for _ in {1..20}; do
		rm -f served
		spawn serve </dev/null
		server=$spawned
		wait_until listening "$s"
		sleep 0.2
		began=${EPOCHREALTIME/[.,]/}
		spawn client
		wait_until eval '[[ -e served ]] || gone "$server"'
		[[ ! -e served ]] || return 0
	done
	fail 'it was always too late'
}

# A redirection of a builtin would leave the shell's own copy of 8 open.
serve() {
	exec 8>&-
	# shellcheck disable=SC2016
	become socklisten -t 0.4 --limit 60 "$s" -- sh -c ': >served; cat'
}

client() {
	exec 8>&-
	become sockconnect "$s" <hold >got
}

# It waits for nobody any more, but did so for all of the time-out.
ended_in_time() {
	wait_until [ ! -e s ]
	assert [ $((${EPOCHREALTIME/[.,]/} - began)) -ge 400000 ]
	exec 8>&-
	collect "$server"
	assert_equal "$status" 124
}

@test "the time-out of socklisten does not run while a command runs" {
	mkfifo hold
	exec 8<>hold
	serving
	sleep 0.5
	assert [ -e s ]
	# from now on it is waited for the next one, as long as before
	began=${EPOCHREALTIME/[.,]/}
	exec 8>&-
	collect
	assert_equal "$status" 0
	ended_in_time
}

@test "the end of the last command starts the time-out of socklisten again, and no signal does" {
	mkfifo hold
	exec 8<>hold
	serving
	signals() { exec 8>&- && while kill -WINCH "$server"; do sleep 0.05; done; }
	spawn signals 2>signals.err
	exec 8>&-
	ended_in_time
}

@test "a descriptor whose close waits does not stop socklisten" {
	requires root
	listen -k "$s"
	stall stream "$s"
	wait_until grep -q text out
	kill "$spawned"
	collect
	assert_equal "$status" 143
	assert [ ! -e s ]
}

@test "a command receives the descriptors that its peer passes" {
	echo 'in the file' >file
	listen -c 1 "$s" -- "$(peer socket)" here stream -
	spawn "$(peer socket)" give stream "$s" file
	collect "${spawned_pids[0]}"
	assert_equal "$status: $(<err)" '0: in the file'
}

# ------------------------------------------------------------------ the file

@test "the file has exactly the mode of --mode, with every umask" {
	local mode
	for mask in 000 077 777; do
		umask "$mask"
		for mode in 600 666 640 0; do
			[[ $EUID -eq 0 || $mode != 0 ]] || continue
			spawn become socklisten -m "$mode" "$s" </dev/null
			wait_until listening "$s"
			assert_equal "$(stat -c %a s)" "$mode"
			kill "$spawned"
			collect
		done
		assert_equal "$(umask)" "0$mask"
	done
	umask 022
	listen "$s"
	assert_equal "$(stat -c %a s)" 600
}

@test "an abstract name has no mode and no file, and each type has its own" {
	local n
	n=@$(name abstract)
	refused 2 "socklisten: --mode cannot be used with '$n', which has no file" socklisten -m 600 "$n"
	spawn become socklisten "$n" </dev/null >out
	wait_until listening "$n"
	refused 5 "socklisten: $n: address already in use" socklisten --replace-stale "$n"
	refused 124 "socklisten: $n: timed out: no connection" socklisten --seqpacket -t 0.05 "$n"
	sockconnect "$n" <<<hello
	collect
	assert_equal "$status: $(<out)" '0: hello'
	assert [ ! -e "$n" ]
}

@test "a path that exists is status 5 and is left unchanged" {
	echo precious >file
	mkdir folder
	ln -s nowhere link
	refused 5 'socklisten: file: exists, but is not a socket' socklisten --replace-stale file
	refused 5 'socklisten: folder: exists, but is not a socket' socklisten --replace-stale folder
	refused 5 'socklisten: link: exists, but is not a socket' socklisten --replace-stale link
	refused 4 'socklisten: no/folder: No such file or directory' socklisten no/folder
	refused 1 'socklisten: file/x: Not a directory' socklisten file/x
	assert_equal "$(<file) $(readlink link)" 'precious nowhere'
}

@test "--replace-stale that fails tells why, and does not take the address for one in use" {
	requires static plain command:strace
	strace -o /dev/null true || skip 'no tracing here'
	local when
	spawn become socklisten -k "$s" </dev/null
	wait_until listening "$s"
	kill -KILL "$spawned"
	collect
	for when in 1 2 3; do
		refused 1 "socklisten: s: stale socket file cannot be replaced$([[ $when != 1 ]] ||
			echo ': no file can be created in its directory'): Cannot allocate memory" \
			strace -qq -o trace -e "inject=newfstatat:error=ENOMEM:when=$when" socklisten --replace-stale s
		grep -q INJECTED trace || fail "newfstatat $when"
		assert [ -S s ]
	done
	refused 1 'socklisten: s: stale socket file cannot be replaced: Permission denied' \
		strace -qq -o trace -e 'inject=unlinkat:error=EACCES:when=2' socklisten --replace-stale s
	refused 124 'socklisten: s: timed out: no connection' socklisten --replace-stale -t 0 s
}

@test "a socket file is replaced only if its socket no longer exists" {
	listen -k "$s"
	refused 5 "socklisten: $s: address already in use" socklisten --replace-stale "$s"
	kill -KILL "$spawned"
	wait_until gone "$spawned"
	assert [ -S s ]
	refused 5 "socklisten: $s: stale socket file (no listener); --replace-stale replaces it" socklisten "$s"
	spawn become socklisten --replace-stale "$s" </dev/null >out
	wait_until listening "$s"
	sockconnect "$s" <<<hello
	collect
	assert_equal "$status: $(<out)" '0: hello'
	run ls -A
	refute_output --partial .socklisten
}

@test "a socket that does not listen yet, is full or of another type is in use" {
	local what
	for what in 'bind stream' 'bind seqpacket' 'bind dgram' 'deaf stream'; do
		# shellcheck disable=SC2086
		spawn "$(peer socket)" $what "$s" >ready
		wait_until test -s ready
		[[ $what != deaf* ]] || for i in 1 2; do
			spawn "$(peer socket)" silent stream "$s" >/dev/null
		done
		refused 5 "socklisten: $s: address already in use" socklisten --replace-stale "$s"
		refused 5 "socklisten: $s: address already in use" socklisten --replace-stale --dgram "$s"
		kill -KILL "${spawned_pids[@]}" 2>/dev/null || true
		spawned_pids=()
		rm s ready
	done
}

# The file of a socket that was killed, at $s or the given path.
leave_stale() {
	"$(peer socket)" bind stream "${1-$s}" </dev/null >ready 3>&- &
	wait_until test -s ready
	kill -KILL $!
	wait $! 2>/dev/null || true
	rm ready
}

@test "of ten processes that replace one stale file one succeeds, and gets a connection" {
	local round i
	for round in 1 2 3 4 5; do
		leave_stale
		rm -f status.*
		for ((i = 0; i < 10; i++)); do
			contend() {
				local result=0
				socklisten --replace-stale "$s" </dev/null >>out || result=$?
				echo "$result" >"status.$1"
			}
			spawn contend "$i" 2>/dev/null
		done
		nine() { [[ $(cat status.* 2>/dev/null | grep -c 5) -eq 9 ]]; }
		wait_until nine
		wait_until listening "$s"
		within 5 sockconnect "$s" <<<"round $round"
		ten() { [[ $(cat status.* | wc -l) -eq 10 ]]; }
		wait_until ten
		assert_equal "$(sort status.* | uniq -c | tr -s ' ' | paste -sd ,)" ' 1 0, 9 5'
		assert [ ! -e s ]
	done
	assert_equal "$(paste -sd , out)" 'round 1,round 2,round 3,round 4,round 5'
	run ls -A
	refute_output --partial .socklisten
}

@test "a slow replacement of a stale file puts back the file of a faster process" {
	requires program plain command:strace
	local slow
	leave_stale
	# between the look at the file and the exchange
	spawn strace -o trace -e trace=renameat2 -e inject=renameat2:delay_enter=400000 \
		socklisten --replace-stale "$s" -- cat </dev/null 2>slow.err
	slow=$spawned
	beside() { compgen -G '.socklisten.*' >beside; }
	wait_until beside
	spawn become socklisten --replace-stale "$s" -- cat </dev/null 2>err
	wait_until listening "$s"
	collect "$slow"
	assert_equal "$status: $(<slow.err)" "5: socklisten: $s: address already in use"
	assert [ "$(grep -c DELAYED trace)" -eq 1 ]
	run within 5 sockconnect "$s" <<<alive
	assert_output alive
	refute beside
}

# A slow process that takes the file for stale exchanges its placeholder with it, and renames it back.
@test "socklisten removes its file also if another one was in its place when it was bound" {
	requires program plain command:strace
	leave_stale other
	chmod 1666 other
	spawn strace -o trace -e trace=?lstat,newfstatat -e inject=?lstat,newfstatat:delay_enter=400000 \
		socklisten "$s" </dev/null >out 2>err
	wait_until test -S s
	mv s saved
	mv other s
	wait_until grep -q S_ISVTX trace
	mv -f saved s
	wait_until listening "$s"
	within 5 sockconnect "$s" <<<text
	collect
	assert_equal "$status: $(<err)" '0: '
	refute [ -e s ]
}

@test "socklisten removes its file also if another one is in its place at the end" {
	requires program plain command:strace
	leave_stale other
	chmod 1666 other
	local command
	# the signal is noted by the commands' supervision, or by its handler
	for command in '-- cat' ''; do
		[[ -e other ]] || leave_stale other
		chmod 1666 other
		# slowly, so that the second for which it looks is long enough for this test
		# shellcheck disable=SC2086
		spawn strace -D -o trace -e trace=?lstat,newfstatat -e inject=?lstat,newfstatat:delay_enter=20000 \
			socklisten "$s" $command </dev/null 2>err
		wait_until listening "$s"
		mv s saved
		mv other s
		kill -TERM "$spawned"
		wait_until grep -q S_ISVTX trace
		mv -f saved s
		collect
		assert_equal "$status: $(<err)" '143: '
		refute [ -e s ]
	done
}

@test "of root and another user that replace one stale file one succeeds" {
	requires root program
	local round i n=$IPCTOOL_BUILD/bin/socklisten
	[[ $IPCTOOL_FRONT != glibc ]] || n=$IPCTOOL_BUILD/glibc/bin/socklisten
	other_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	cd "$(mktemp -d /tmp/ipct.XXXXXX)"
	later rm -rf "$PWD"
	chmod 777 .
	for round in {1..10}; do
		leave_stale ./s
		chmod 666 s
		rm -f status.*
		for i in 1 2 3; do
			contend() {
				local result=0
				"$@" --replace-stale -m 666 ./s </dev/null || result=$?
				echo "$result" >"status.$BASHPID"
			}
			spawn contend "$n" 2>/dev/null
			spawn contend other_user "$n" 2>/dev/null
		done
		five() { [[ $(cat status.* 2>/dev/null | grep -c 5) -eq 5 ]]; }
		wait_until five
		within 5 sockconnect -w ./s </dev/null
		six() { [[ $(cat status.* | wc -l) -eq 6 ]]; }
		wait_until six
		assert_equal "$(sort status.* | uniq -c | tr -s ' ' | paste -sd ,)" ' 1 0, 5 5'
		run ls -A
		refute_output --partial .socklisten
		assert [ ! -e s ]
	done
}

@test "a stale file that cannot be replaced: the reason, and status 1" {
	requires nobody
	mkdir folder
	leave_stale ./folder/s
	chmod 555 folder
	later chmod 755 "$PWD/folder"
	refused 1 'socklisten: folder/s: stale socket file cannot be replaced: no file can be created in its directory: Permission denied' \
		socklisten --replace-stale folder/s
	chmod 755 folder
	chmod 0 folder/s
	refused 1 'socklisten: folder/s: exists; cannot tell whether it is stale: Permission denied' \
		socklisten --replace-stale folder/s
	refused 5 'socklisten: folder/s: exists; cannot tell whether it is stale: Permission denied' socklisten folder/s
}

@test "a stale file of another user in a sticky directory is not replaced, and the reason is given" {
	requires root program
	local n=$IPCTOOL_BUILD/bin/socklisten
	[[ $IPCTOOL_FRONT != glibc ]] || n=$IPCTOOL_BUILD/glibc/bin/socklisten
	cd "$(mktemp -d /tmp/ipct.XXXXXX)"
	later rm -rf "$PWD"
	chmod 1777 .
	leave_stale ./s
	chmod 666 s
	# of the lock that there was: another user could create it
	setpriv --reuid=65534 --regid=65534 --clear-groups ln -s x .socklisten.0.lock
	refused 1 'socklisten: ./s: stale socket file of another user (UID 0) cannot be replaced: Operation not permitted' \
		setpriv --reuid=65534 --regid=65534 --clear-groups "$n" --replace-stale -t 0 ./s
	refused 124 'socklisten: ./s: timed out: no connection' socklisten --replace-stale -t 0 ./s
	assert_equal "$(ls -A)" .socklisten.0.lock
}

@test "a stale file whose path is as long as one can be is replaced" {
	local long
	cd "$(mktemp -d /tmp/ipct.XXXXXX)"
	later rm -rf "$PWD"
	long=$(printf 'x%.0s' {1..105})
	mkdir "$long"
	leave_stale "$long/s"
	refused 124 "socklisten: $long/s: timed out: no connection" socklisten --replace-stale -t 0 "$long/s"
	assert_equal "$(ls -A "$long")" ''
}

@test "a file that cannot be removed is reported, with status 1" {
	requires nobody
	local i
	mkdir folder
	later chmod 755 "$PWD/folder"
	for i in relay command; do
		rm -f folder/s
		# shellcheck disable=SC2046
		spawn become socklisten -c 1 folder/s $([[ $i == relay ]] || echo -- true) </dev/null 2>err
		wait_until listening folder/s
		chmod 555 folder
		sockconnect folder/s </dev/null
		collect
		chmod 755 folder
		assert_equal "$status: $(<err)" '1: socklisten: folder/s: cannot be removed: Permission denied'
	done
	rm folder/s
	spawn become socklisten -k folder/s </dev/null 2>err
	wait_until listening folder/s
	chmod 555 folder
	kill "$spawned"
	collect
	assert_equal "$status: $(<err)" '143: socklisten: folder/s: cannot be removed: Permission denied'
}

@test "socklisten does not remove a file that has replaced its own" {
	listen "$s"
	rm s
	echo mine >s
	kill "$spawned"
	collect
	assert_equal "$(<s)" mine
}

# --------------------------------------------------------------------- misuse

@test "contradictory operands and options are refused before anything is created" {
	refused 2 "socklisten: '': the address of a socket must not be empty" socklisten ''
	refused 2 "socklisten: unexpected operand 'cat': COMMAND must follow --" socklisten "$s" cat
	refused 2 'socklisten: missing COMMAND' socklisten "$s" --
	refused 2 'socklisten: --dgram and COMMAND exclude each other' socklisten --dgram "$s" -- cat
	refused 2 'socklisten: --parallel requires COMMAND' socklisten -P 3 "$s"
	refused 2 'socklisten: --per-user requires COMMAND' socklisten --per-user 3 "$s"
	refused 2 "socklisten: option '-P': '0' is less than 1" socklisten -P 0 "$s" -- cat
	refused 2 "socklisten: option '-P': '4097' is more than 4096" socklisten -P 4097 "$s" -- cat
	refused 2 "socklisten: option '-c': '0' is less than 1" socklisten -c 0 "$s"
	refused 2 "socklisten: option '-m': 'x' is not a mode" socklisten -m x "$s"
	assert [ ! -e s ]
}

@test "a failed output is a failure, an output without a reader is 141; the file is removed" {
	spawn become socklisten "$s" </dev/null >/dev/full 2>err
	wait_until listening "$s"
	within 5 sockconnect "$s" <<<text 2>/dev/null || true
	collect
	assert_equal "$status: $(<err)" '1: socklisten: standard output: No space left on device'
	mkfifo pipe
	exec 8<>pipe
	# a redirection of a builtin would leave the shell's own copy of 8 open
	server() { exec >pipe 8>&- && become socklisten "$s" </dev/null 2>err; }
	spawn server
	wait_until listening "$s"
	mkfifo hold
	exec 9<>hold
	client() { exec 8>&- && become sockconnect "$s" <hold; }
	spawn client
	wait_until test ! -e s
	exec 8<&-
	collect "${spawned_pids[1]}"
	assert_equal "$status: $(<err)" '141: '
	exec 9>&-
}

@test "with closed standard descriptors the socket takes none of their numbers" {
	server() { socklisten "$s" <&- >&- 2>&-; }
	spawn server
	wait_until listening "$s"
	within 5 sockconnect "$s" <<<text 2>/dev/null || true
	collect
	assert_equal "$status" 1
	assert [ ! -e s ]
	# for a command the connection is there whatever was closed
	server() { socklisten -c 1 "$s" -- cat <&- >&- 2>&-; }
	spawn server
	wait_until listening "$s"
	run within 5 sockconnect "$s" <<<text
	assert_output text
}

@test "a shell is unchanged after many connections" {
	requires builtin
	local i
	signals_of_shell >signals.before
	echo /proc/$$/fd/* >before
	for ((i = 0; i < 100; i++)); do
		sockconnect -w "$s" </dev/null 3>&- 2>/dev/null &
		socklisten -c 1 "$s" -- true </dev/null
		wait $! || true
		socklisten -t 0 "$s" 2>/dev/null || true
	done
	for ((i = 0; i < 10; i++)); do
		# with a descriptor that was not asked for, which the kernel may refuse
		socksend -w --fd 0 "$s" text </dev/null 3>&- 2>/dev/null &
		socklisten "$s" </dev/null >out
		wait $! || true
	done
	echo /proc/$$/fd/* >after
	signals_of_shell >signals.after
	diff before after
	diff signals.before signals.after
	assert_equal "$(umask)" 0022
}
