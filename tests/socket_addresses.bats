#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Addresses of the sock* commands beyond a short path: tcp, udp, vsock, inherited, padded, long
# applets: socklisten sockconnect socksend sockrecv

load helper
load sockets

@test "tcp: a port that the kernel chooses is reported, and the listener is reached on the loopback address" {
	loopback
	at socklisten -v -c 2 tcp::0 -- tr a-z A-Z
	assert_regex "$address" '^tcp:127\.0\.0\.1:[0-9]+$'
	run within 30 sockconnect "$address" <<<one
	assert_output ONE
	# the same by a name, and without a host
	run within 30 sockconnect "tcp:localhost:${address##*:}" <<<two
	assert_output TWO
	collect
	assert_equal "$status" 0
	refused 3 "sockconnect: tcp:${address##*:}: connection refused: no listener" sockconnect "tcp:${address##*:}"
}

@test "tcp over IPv6 needs brackets" {
	grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null || skip 'no IPv6 here'
	at socklisten -v -c 1 'tcp:[::1]:0' -- sh -c 'echo "$SOCK_PEER_ADDRESS"'
	assert_regex "$address" '^tcp:\[::1\]:[0-9]+$'
	run within 30 sockconnect "$address" </dev/null
	assert_regex "$output" '^\[::1\]:[0-9]+$'
	collect
	refused 2 "sockconnect: 'tcp:::1:80': an IPv6 address must be in brackets: [::1]:80" sockconnect tcp:::1:80
}

@test "a command of a tcp connection has the peer's address, and no credentials of another one" {
	loopback
	SOCK_PEER_UID=7 at socklisten -v -c 1 tcp::0 -- sh -c 'echo "$SOCK_PEER_ADDRESS ${SOCK_PEER_UID-none}"'
	run within 30 sockconnect "$address" </dev/null
	assert_regex "$output" '^127\.0\.0\.1:[0-9]+ none$'
	collect
}

@test "messages over tcp have the framing of a stream, and their sender in -J" {
	loopback
	at sockrecv -v -c 3 tcp::0
	within 30 socksend "$address" one '' three
	collect
	assert_equal "$status: $(<out)" $'0: one\n\nthree'
	at sockrecv -v -J tcp::0
	within 30 socksend "$address" text
	collect
	assert_equal "$status: $(sed -E 's/127.0.0.1:[0-9]+"/P"/' out)" '0: {"socket":"tcp::0","peer":"P","size":4,"text":"text"}'
	at sockrecv -v -N -c 2 tcp::0
	within 30 socksend -N "$address" < <(printf '4:text,0:,')
	collect
	assert_equal "$status: $(<out)" '0: 4:text,0:,'
}

@test "udp: each message is a datagram, an empty one too" {
	loopback
	at sockrecv -v -J -c 3 udp::0
	assert_regex "$address" '^udp:127\.0\.0\.1:[0-9]+$'
	within 30 socksend "$address" one '' three
	collect
	assert_equal "$status" 0
	assert_equal "$(sed -E 's/"peer":"127.0.0.1:[0-9]+"/P/; s/"socket":"[^"]*"/S/' out | head -n 1)" '{S,P,"size":3,"text":"one"}'
	assert_equal "$(grep -c '"size":' out)" 3
	assert_regex "$(tail -n 1 err)" '^Received 5 bytes from 127\.0\.0\.1:[0-9]+$'
}

@test "udp: an answer comes back to sockconnect --answer" {
	loopback
	at socklisten -v --dgram -c 1 udp::0
	run within 30 sockconnect --answer 0.2 "$address" <<<question
	assert_failure 124
	collect
	assert_equal "$(<out)" question
	head -c 100000 /dev/zero >long
	run --separate-stderr within 30 socksend -r udp:127.0.0.1:1 <long
	assert_failure 1
	assert_stderr 'socksend: udp:127.0.0.1:1: the message is too long for a datagram'
}

@test "everything sent over tcp is received, whatever the peer has sent that nobody reads" {
	loopback
	cat >peer.py <<-'end'
		import socket, sys, threading
		def flood(s):
		    try:
		        while True: s.send(b"x" * 1000)
		    except OSError: pass
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		if len(sys.argv) > 1:
		    s.connect(("127.0.0.1", int(sys.argv[1])))
		else:
		    s.bind(("127.0.0.1", 0))
		    s.listen()
		    with open("port", "w") as f: f.write("%d\n" % s.getsockname()[1])
		    s, _ = s.accept()
		threading.Thread(target=flood, args=(s,), daemon=True).start()
		length = 0
		while True:
		    data = s.recv(4096)
		    if not data: break
		    length += len(data)
		print(length)
	end
	seq 100000 >input
	spawn python3 peer.py >out
	wait_until test -s port
	within 60 socksend -l "tcp:$(<port)" <input
	collect
	assert_equal "$(<out)" "$(wc -c <input)"
	: >err
	spawn become socklisten -v --broadcast --readers 1 tcp::0 <input 2>err
	wait_until grep -q '^Listening' err
	run within 60 python3 peer.py "$(sed -n 's/^Listening.*://p' err)"
	assert_output "$(wc -c <input)"
	collect
	assert_equal "$status: $(wc -l <err)" '0: 1'
}

@test "socksend over tcp does not wait longer than --timeout until a peer has received everything" {
	loopback
	at socklisten -v tcp::0 -- sleep 60
	# what the kernel takes at once, but does not get rid of
	local size
	for size in 1000000 30000000; do
		run --separate-stderr within 30 socksend -t 0.3 "$address" < <(head -c "$size" /dev/zero)
		assert_failure 124
		assert_stderr --regexp "^socksend: $address: timed out: the peer's receive queue is full"
	done
	kill "$spawned"
	collect
}

@test "a flood, a half-open connection and a slow reader over tcp hold nobody else" {
	loopback
	at sockrecv -v -F tcp::0
	local receiver=$spawned
	mkfifo hold
	exec 8<>hold
	idle() { exec 8>&-; become sockconnect "$address" <hold; }
	spawn idle
	flood() { yes flood | become sockconnect "$address"; }
	spawn flood
	wait_until grep -q flood out
	within 30 socksend "$address" through
	wait_until grep -q through out
	kill "$receiver"
	collect "$receiver"
	assert_equal "$status" 143
	exec 8>&-
}

@test "broadcast over tcp" {
	loopback
	mkfifo input
	exec 8<>input
	: >err
	spawn become socklisten -v --broadcast --readers 2 tcp::0 <&8 2>err
	wait_until grep -q '^Listening' err
	address=$(sed -n 's/^Listening on //p' err)
	receive() { become sockrecv -C "$address" >"$1"; }
	spawn receive r1
	spawn receive r2
	echo line >&8
	collect "${spawned_pids[1]}"
	collect "${spawned_pids[2]}"
	assert_equal "$(<r1) $(<r2)" 'line line'
	kill "${spawned_pids[0]}"
	exec 8>&-
}

@test "an address in use is status 5, a port is free again at once after its server" {
	loopback
	at socklisten -v -k tcp::0
	refused 5 "socklisten: $address: address already in use" socklisten "$address"
	within 30 sockconnect "$address" <<<text
	kill "$spawned"
	collect
	at socklisten -v -c 1 "$address"
	within 30 sockconnect "$address" <<<again
	collect
	assert_equal "$status: $(<out)" '0: again'
}

@test "time-outs cover connecting, and names that do not exist are status 4" {
	loopback
	# without a network there is no name server either
	run --separate-stderr within 30 sockconnect tcp:nonesuch.invalid:80 </dev/null
	assert_equal "$status: $stderr" '4: sockconnect: tcp:nonesuch.invalid:80: no such host'
	refused 124 'socksend: tcp:127.0.0.1:1: timed out: no listener' socksend -w -t 0.1 tcp:127.0.0.1:1 text
	# a backlog that is full answers nothing
	at socklisten -v tcp::0 -- sleep 100
	kill -STOP "$spawned"
	refused 124 "sockconnect: $address: timed out: no answer" sockconnect --answer 0.1 "$address" </dev/null
	kill -CONT "$spawned"
}

@test "what only local sockets have is refused in words" {
	refused 2 "socklisten: --mode cannot be used with 'tcp::9', which has no file" socklisten -m 600 tcp::9
	refused 2 "socklisten: --replace-stale cannot be used with 'tcp::9': only local sockets have a file" socklisten --replace-stale tcp::9
	refused 2 "socklisten: --per-user cannot be used with 'tcp::9': only local sockets have credentials" socklisten --per-user 2 tcp::9 -- cat
	refused 2 "sockconnect: --peercred cannot be used with 'vsock:1:9': only local sockets have credentials" sockconnect --peercred vsock:1:9
	refused 2 "socksend: --fd cannot be used with 'tcp::9': only local sockets have descriptors to pass" socksend --fd 0 tcp::9 text
	refused 2 "sockrecv: --fds cannot be used with 'udp::9': only local sockets have descriptors to pass" sockrecv --fds udp::9 -- cat
	refused 2 "socklisten: --seqpacket cannot be used with 'tcp::9'" socklisten --seqpacket tcp::9
	refused 2 "socksend: --dgram cannot be used with 'tcp::9'" socksend --dgram tcp::9 text
	refused 2 "socklisten: COMMAND cannot be used with 'udp::0': datagrams have no connections" socklisten udp::0 -- cat
	refused 2 "socklisten: --broadcast cannot be used with 'udp::0': datagrams have no connections" socklisten --broadcast udp::0
}

@test "a peer that resets its connection at once is dropped by its address, and the next one is served" {
	loopback
	reset() {
		python3 -c '
import socket, struct, sys
for i in range(3):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()' "${address##*:}"
	}
	local dropped='sockrecv: tcp::0: connection from 127.0.0.1:P dropped: Connection reset by peer'
	at sockrecv -v -c 1 tcp::0
	# they wait in the backlog
	kill -STOP "$spawned"
	reset
	kill -CONT "$spawned"
	within 30 socksend "$address" after
	collect
	assert_equal "$status: $(<out)" '0: after'
	assert_equal "$(grep dropped err | sed -E 's/1:[0-9]+/1:P/')" "$dropped"$'\n'"$dropped"$'\n'"$dropped"
	at sockrecv -v -F tcp::0
	kill -STOP "$spawned"
	reset
	kill -CONT "$spawned"
	within 30 socksend "$address" after
	wait_until grep -q after out
	kill "$spawned"
	collect
	assert_equal "$(grep dropped err | sed -E 's/1:[0-9]+/1:P/')" "$dropped"$'\n'"$dropped"$'\n'"$dropped"
	# its address is known to a command too
	at socklisten -v -c 3 tcp::0 -- sh -c 'echo "$SOCK_PEER_ADDRESS" >&2'
	kill -STOP "$spawned"
	reset
	kill -CONT "$spawned"
	collect
	assert_equal "$status: $(grep -c '^127\.0\.0\.1:' err)" '0: 3'
}

@test "a port that needs privileges, and an address of another system, are refused with the reason" {
	refused 1 'socklisten: tcp:192.0.2.1:0: not an address of this system' socklisten tcp:192.0.2.1:0
	((EUID != 0)) || return 0
	local first
	first=$(</proc/sys/net/ipv4/ip_unprivileged_port_start)
	((first > 1)) || return 0
	refused 1 "sockrecv: udp:1: permission denied (net.ipv4.ip_unprivileged_port_start is $first)" sockrecv udp:1
}

@test "an address to listen on that -v reports can be used" {
	requires command:python3
	python3 -c 'import socket; socket.socket(socket.AF_VSOCK)' 2>/dev/null || skip 'the kernel has no vsock'
	at socklisten -v vsock:any:0
	assert_regex "$address" '^vsock:any:[1-9][0-9]*$'
	kill "$spawned"
	collect
	at socklisten -v "$address"
	assert_equal "$(sed -n 's/^Listening on //p' err)" "$address"
	kill "$spawned"
}

@test "udp: that no process listens is reported with the next datagram" {
	loopback
	# which may have been sent before the answer to the first has come
	run --separate-stderr within 30 socksend --rate 10 udp:127.0.0.1:1 one two three
	assert_failure 1
	assert_regex "$stderr" '^socksend: udp:127.0.0.1:1: [12] messages? sent, then: connection refused: no listener$'
}

@test "an invalid host, port or CID is refused" {
	local bracket='in brackets must be an IPv6 address, and a port must follow: [::1]:80'
	refused 2 "sockconnect: 'tcp:[]:80': $bracket" sockconnect 'tcp:[]:80'
	refused 2 "sockconnect: 'udp:[::1]': $bracket" sockconnect 'udp:[::1]'
	refused 2 "sockconnect: 'tcp:[localhost]:80': $bracket" sockconnect 'tcp:[localhost]:80'
	refused 2 "sockconnect: 'tcp:[::1:80': $bracket" sockconnect 'tcp:[::1:80'
	refused 2 "sockconnect: 'tcp::0': port 0 is only to listen: the kernel then chooses one" sockconnect tcp::0
	refused 2 "sockconnect: 'tcp::x': the port 'x' is not a number from 0 to 65535" sockconnect tcp::x
	refused 2 "sockconnect: 'udp:h:65536': the port '65536' is not a number from 0 to 65535" sockconnect udp:h:65536
	refused 2 "sockconnect: 'tcp:h:': the port '' is not a number from 0 to 65535" sockconnect tcp:h:
	refused 2 "sockconnect: 'vsock:x:1': the CID must be local, host, any or a number from 0 to 4294967294" sockconnect vsock:x:1
}

@test "vsock: a message over the loopback CID, where the kernel has it" {
	requires command:python3
	python3 -c 'import socket; s = socket.socket(socket.AF_VSOCK); s.bind((1, 0xffffffff))' 2>/dev/null ||
		skip 'the kernel has no vsock_loopback'
	at sockrecv -v vsock::47110
	within 30 socksend "$address" text
	collect
	assert_equal "$status: $(<out)" '0: text'
}

@test "vsock: without the module the reason is given" {
	requires command:python3
	! python3 -c 'import socket; s = socket.socket(socket.AF_VSOCK); s.bind((1, 0xffffffff))' 2>/dev/null ||
		skip 'the kernel has vsock_loopback'
	run --separate-stderr within 30 socklisten vsock::47111
	assert_failure 1
	assert_regex "$stderr" '^socklisten: vsock::47111: (this system has no sockets of this kind|no such CID here)'
}

# ------------------------------------------------------------- local addresses

@test "a path of more than 107 bytes is bound, connected to, found stale and removed" {
	local long=$BATS_TEST_TMPDIR
	while ((${#long} < 300)); do long+=/a-directory-with-a-long-name; done
	mkdir -p "$long"
	spawn become socklisten --ready-fd 9 -c 2 "$long/s" -- cat 9>ready </dev/null
	wait_until test -s ready
	run within 30 sockconnect "$long/s" <<<text
	assert_output text
	run cd "$long"
	run within 30 sockconnect "$long/s" <<<again
	assert_output again
	collect
	assert_equal "$status" 0
	assert [ ! -e "$long/s" ]
	spawn become socklisten --ready-fd 9 "$long/s" 9>ready2 </dev/null
	wait_until test -s ready2
	refused 5 "socklisten: $long/s: address already in use" socklisten "$long/s"
	kill -KILL "$spawned"
	collect
	refused 5 "socklisten: $long/s: stale socket file (no listener); --replace-stale replaces it" socklisten "$long/s"
	refused 124 "socklisten: $long/s: timed out: no connection" socklisten --replace-stale -t 0.01 "$long/s"
	assert [ ! -e "$long/s" ]
	local name
	name=$(printf '%083d' 0)
	refused 2 "socklisten: '$long/$name': in a path of more than 107 bytes the last component must not be longer than 82 bytes, this one has 83" socklisten "$long/$name"
	refused 4 "sockconnect: $long/none: no such socket (socklisten makes one)" sockconnect "$long/none"
}

@test "without /proc a path of more than 107 bytes is refused with the reason" {
	requires program plain root command:unshare
	local long=$BATS_TEST_TMPDIR
	while ((${#long} < 300)); do long+=/a-directory-with-a-long-name; done
	mkdir -p "$long"
	local applet
	for applet in socklisten sockrecv sockconnect; do
		# shellcheck disable=SC2016
		run --separate-stderr within 10 unshare --mount sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$applet" "$long/s" </dev/null
		assert_equal "$status: $stderr" "1: $applet: $long/s: a path of more than 107 bytes needs /proc, which is not mounted"
	done
	assert [ ! -e "$long/s" ]
}

@test "an abstract name padded with NUL bytes is another one than the name alone" {
	requires command:python3
	local n
	n=$(name padded)
	spawn become socklisten -c 1 "abns@$n" -- cat </dev/null
	wait_until grep -q "@$n" /proc/net/unix
	refused 4 "sockconnect: @$n: no such abstract socket (socklisten makes one)" sockconnect "@$n"
	run python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(b"\0" + sys.argv[1].encode().ljust(107, b"\0"))
s.sendall(b"padded\n"); s.shutdown(socket.SHUT_WR)
print(s.recv(100).decode(), end="")' "$n"
	assert_output padded
	collect
	assert_equal "$status" 0
}

# ------------------------------------------------------------ inherited sockets

# activated TYPE NAMES ADDRESS COMMAND...: as a service manager starts it, with a listening socket as descriptor 3, and
# one at ADDRESS.N for each further name as descriptor 3+N. Of type tcp, ADDRESS is the file for the port.
activated() {
	python3 -c '
import os, socket, sys
kind, names = sys.argv[1], sys.argv[2].split(":")
for i in range(len(names)):
    path = sys.argv[3] + ("." + str(i) if i else "")
    if kind == "tcp":
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
    else:
        s = socket.socket(socket.AF_UNIX, getattr(socket, kind))
        s.bind(path)
    if kind != "SOCK_DGRAM": s.listen()
    if kind == "tcp": open(path, "w").write(str(s.getsockname()[1]))
    os.dup2(os.dup(s.fileno()), 100 + i)
for i in range(len(names)):
    os.dup2(100 + i, 3 + i, True); os.close(100 + i)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(names)), LISTEN_FDNAMES=sys.argv[2])
os.execvp(sys.argv[4], sys.argv[4:])' "$@" 3>&-
}

@test "a socket of a service manager is listened on, by its number or its name, and stays" {
	requires command:python3
	requires program
	local socket
	for socket in fd:3 fd:web; do
		rm -f s
		spawn activated SOCK_STREAM web "$s" socklisten -c 1 "$socket" -- sh -c 'cat; echo "${LISTEN_FDS-none} $SOCK_PEER_UID"; readlink "/proc/$$/fd/3"' </dev/null
		wait_until listening "$s"
		run within 30 sockconnect "$s" <<<text
		assert_output $'text\nnone '"$EUID"
		collect
		assert_equal "$status" 0
		assert [ -S s ]
	done
	rm s
	spawn activated SOCK_DGRAM web "$s" sockrecv --dgram fd:3 </dev/null >out
	wait_until test -S s
	socksend "$s" datagram
	collect
	assert_equal "$status: $(<out)" '0: datagram'
}

@test "of several sockets of a service manager one is chosen, and no command has any of them" {
	requires command:python3
	requires program
	# shellcheck disable=SC2016
	spawn activated SOCK_STREAM web:admin:metrics "$s" socklisten -c 1 fd:admin -- sh -c 'echo "${LISTEN_FDNAMES-none}"; ls -l "/proc/$$/fd" | grep -c socket:' </dev/null
	wait_until listening "$s.2"
	run within 30 sockconnect "$s.1" </dev/null
	# its standard input and output
	assert_output $'none\n2'
	collect
	assert_equal "$status" 0
}

@test "what only local sockets have is refused for an inherited one of another kind, and its type is checked" {
	loopback
	requires program
	refuses() {
		run --separate-stderr within 30 activated tcp web port "${@:3}"
		assert_equal "$status: ${stderr%%$'\n'*}" "$1: $2"
	}
	refuses 2 "socklisten: --per-user cannot be used with 'fd:3': only local sockets have credentials" socklisten --per-user 2 fd:3 -- cat
	refuses 2 "socklisten: --peercred cannot be used with 'fd:web': only local sockets have credentials" socklisten --peercred fd:web
	refuses 2 "sockrecv: --peercred cannot be used with 'fd:3': only local sockets have credentials" sockrecv --peercred fd:3
	refuses 125 "sockrecv: --fds cannot be used with 'fd:3': only local sockets have descriptors to pass" sockrecv --fds fd:3 -- cat
	refuses 2 "socklisten: --replace-stale cannot be used with 'fd:3': an inherited socket is bound already" socklisten --replace-stale fd:3
	refuses 1 'socklisten: fd:3: is a stream socket, not a datagram one' socklisten --dgram fd:3
	refuses 1 'sockrecv: fd:3: is a stream socket, not a seqpacket one' sockrecv --seqpacket fd:3
}

@test "an inherited descriptor that is no listening socket, or a name of another process, is refused" {
	refused 1 'socklisten: fd:77: not open' socklisten fd:77
	refused 1 'socklisten: fd:7: is not a socket' socklisten fd:7 7</dev/null
	LISTEN_PID=1 LISTEN_FDS=1 LISTEN_FDNAMES=web refused 4 'socklisten: fd:web: no such name in LISTEN_FDNAMES for this process' socklisten fd:web
	refused 2 "sockconnect: 'fd:3': an inherited socket is listened on, not connected to" sockconnect fd:3
}
