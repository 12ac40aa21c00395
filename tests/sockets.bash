# SPDX-License-Identifier: MIT
# sockets.bash - what the tests of the sock* commands share: `load sockets`
#
#   $s                     the address of a socket in the test's folder, where it is the file s

setup() {
	basic_setup
	# not ./s: the addresses that /proc/net/unix shows are those of all who run tests now
	s=$BATS_TEST_TMPDIR/s
}

# In a network namespace of its own the loopback interface has to be brought up, see scripts/isolate.
loopback() {
	requires command:python3
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); socket.create_connection(s.getsockname())' 2>/dev/null ||
		skip 'no loopback interface here'
}

# at COMMAND...: in the background, an applet with -v; when it listens its address is $address
at() {
	: >err
	spawn become "$@" </dev/null >out 2>err
	wait_until grep -q '^Listening on ' err
	address=$(sed -n 's/^Listening on //p' err)
}
