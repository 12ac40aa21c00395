#!/usr/bin/env bats
# Names of hosts in the addresses of the sock* commands: /etc/hosts and name servers
# applets: sockconnect

load helper
load sockets

# A server for what follows, in namespaces of its own, and then the lines of $1 there.
setup() {
	requires static root command:unshare command:python3 command:ip
	cat >server.py <<-'PYTHON'
		import socket, struct
		A, CNAME, AAAA = 1, 5, 28
		loopback = {A: bytes([127, 0, 0, 1]), AAAA: bytes(15) + b'\1'}
		server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		server.bind(('127.0.0.1', 53))
		print('ready', flush=True)

		def record(kind, data):
		    return b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 60, len(data)) + data

		while True:
		    query, sender = server.recvfrom(2000)
		    labels, at = [], 12
		    while query[at]:
		        labels.append(query[at + 1:at + 1 + query[at]].decode())
		        at += query[at] + 1
		    name, kind = '.'.join(labels), struct.unpack('>H', query[at + 1:at + 3])[0]
		    print(name, kind, flush=True)
		    question, code, answers = query[12:at + 5], 0, []
		    if name == 'both.test':
		        answers = [record(kind, loopback[kind])]
		    elif name in ('v4.test', 'in.search.test'):
		        alias = record(CNAME, b'\x01a' + b'\xc0\x0f')
		        answers = [alias, record(A, loopback[A])] if kind == A else []
		    elif name == 'v6.test':
		        answers = [record(AAAA, loopback[AAAA])] if kind == AAAA else []
		    elif name == 'many.test':
		        answers = [record(A, loopback[A])] * 60 if kind == A else []
		    elif name == 'fails.test':
		        code = 2
		    elif name == 'silent.test':
		        continue
		    elif name == 'empty.test':
		        pass
		    elif name == 'cut.test':  # more records and bytes than there are
		        packet = query[:2] + b'\x81\x80\0\1\xff\xff\0\0\0\0' + question
		        server.sendto(packet + record(A, loopback[A])[:-6] + b'\xff\xff\x7f', sender)
		        continue
		    elif name == 'circle.test':
		        packet = query[:2] + b'\x81\x80\xff\xff\xff\xff\0\0\0\0' + b'\x3f' * 1000
		        server.sendto(packet, sender)
		        continue
		    elif name == 'short.test':
		        server.sendto(query[:2] + b'\x81', sender)
		        continue
		    elif name == 'other.test':  # of another question: not ours
		        server.sendto(bytes([query[0] ^ 255]) + query[1:2] + b'\x81\x83\0\1\0\0\0\0\0\0' + question, sender)
		        answers = [record(A, loopback[A])] if kind == A else []
		    else:
		        code = 3
		    server.sendto(query[:2] + struct.pack('>HHHHH', 0x8180 | code, 1, len(answers), 0, 0) + question +
		                  b''.join(answers), sender)
	PYTHON
	cat >resolv.conf <<-'CONF'
		# a comment
		search none.test search.test
		nameserver 127.0.0.1 # and another
		options timeout:1 attempts:2
	CONF
	cat >hosts <<-'HOSTS'
		127.0.0.1 localhost
		127.0.0.1	Name other # none
		::1 other
	HOSTS
	cat >lookups <<-'SHELL'
		rm -f log
		ip link set lo up
		mount --bind resolv.conf /etc/resolv.conf
		mount --bind hosts /etc/hosts
		python3 server.py >log 2>&1 & server=$!
		trap 'kill $server' EXIT
		until grep -q ready log 2>/dev/null; do sleep 0.02; done
		for host; do
			sockconnect "tcp:$host:81" </dev/null 2>&1
			echo "status $?"
		done
	SHELL
}

# lookups HOST...: the message and the status of sockconnect for each
lookups() {
	run within 60 unshare --net --mount sh ./lookups "$@"
}

listens='connection refused: no listener
status 3'

@test "the names of /etc/hosts are found, in upper and lower case, and not in comments" {
	lookups localhost name OTHER none
	assert_output "sockconnect: tcp:localhost:81: $listens
sockconnect: tcp:name:81: $listens
sockconnect: tcp:OTHER:81: $listens
sockconnect: tcp:none:81: no such host
status 4"
	run cat log
	refute_output --partial localhost
	refute_output --partial OTHER
}

@test "name servers are asked for both families, with the domains to search in first if a name has no dot" {
	lookups both.test v4.test v6.test many.test in v4.test.
	assert_output "sockconnect: tcp:both.test:81: $listens
sockconnect: tcp:v4.test:81: $listens
sockconnect: tcp:v6.test:81: $listens
sockconnect: tcp:many.test:81: $listens
sockconnect: tcp:in:81: $listens
sockconnect: tcp:v4.test.:81: $listens"
	run sort -u log
	assert_line 'both.test 1'
	assert_line 'both.test 28'
	assert_line 'in.none.test 1'
	assert_line 'in.search.test 28'
	refute_line 'in 1'
}

@test "a name that does not exist is status 4, and so is one without an address" {
	lookups nonesuch.test empty.test nonesuch a..b .
	assert_output "$(for name in nonesuch.test empty.test nonesuch a..b .; do
		printf 'sockconnect: tcp:%s:81: no such host\nstatus 4\n' "$name"
	done)"
}

@test "a server that fails, is silent, or sends what is no answer" {
	lookups fails.test silent.test short.test
	assert_output "$(for name in fails.test silent.test short.test; do
		printf 'sockconnect: tcp:%s:81: the name server does not answer now\nstatus 1\n' "$name"
	done)"
	lookups cut.test circle.test
	assert_output "$(for name in cut.test circle.test; do
		printf 'sockconnect: tcp:%s:81: no such host\nstatus 4\n' "$name"
	done)"
	lookups other.test
	assert_output "sockconnect: tcp:other.test:81: $listens"
}

@test "without the two files there is still a server of this system to ask" {
	rm -f resolv.conf hosts
	touch resolv.conf hosts
	lookups both.test localhost
	assert_output "sockconnect: tcp:both.test:81: $listens
sockconnect: tcp:localhost:81: no such host
status 4"
}
