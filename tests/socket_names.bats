#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Names of hosts in the addresses of the sock* commands: looked up by getent(1)
# applets: sockconnect

load helper
load sockets

# getent_is SCRIPT: one of the test, first in $PATH
getent_is() {
	mkdir -p bin
	printf '#!/bin/sh\n%s\n' "$1" >bin/getent
	chmod 755 bin bin/getent
	PATH=$PWD/bin:$PATH
}

# connecting NAME: to a port of it where nobody listens
connecting() {
	run --separate-stderr within 30 sockconnect "tcp:$1:1" </dev/null
}

@test "the addresses of a name are tried one after the other, each once" {
	loopback
	at socklisten -v -c 1 tcp:127.0.0.1:0
	getent_is 'echo "127.0.0.9       STREAM $2"; echo "127.0.0.9       DGRAM  "; echo "127.0.0.1       STREAM"'
	within 30 sockconnect "tcp:two.test:${address##*:}" <<<hello
	collect
	assert_equal "$status: $(<out)" '0: hello'
}

@test "getent(1) gets the name as one word" {
	getent_is 'printf "<%s>" "$@" >words; exit 2'
	connecting "a b\$(touch ran)"
	assert_equal "$status: $stderr" "4: sockconnect: tcp:a b\$(touch ran):1: no such host"
	assert_equal "$(<words)" "<ahosts><a b\$(touch ran)>"
	[[ ! -e ran ]]
}

@test "a name that does not exist, and one that begins with a dash, is status 4" {
	getent_is 'touch ran; exit 2'
	connecting nonesuch.test
	assert_equal "$status: $stderr" '4: sockconnect: tcp:nonesuch.test:1: no such host'
	rm ran
	connecting -A
	assert_equal "$status: $stderr" '4: sockconnect: tcp:-A:1: no such host'
	[[ ! -e ran ]]
}

@test "what getent(1) prints is data" {
	local line
	for line in '' 'STREAM' '127.0.0.1' 'x STREAM' '1.2.3.4.5 STREAM' '::1::2 STREAM' "$(printf '%5000s' 9) STREAM"; do
		getent_is "printf '%s\\n' '$line'"
		connecting name.test
		assert_equal "$status: $stderr" '1: sockconnect: tcp:name.test:1: cannot look up the host: getent(1) failed'
	done
	getent_is 'while :; do echo "127.0.0.1 STREAM"; done'
	loopback
	connecting name.test
	assert_equal "$status: $stderr" '3: sockconnect: tcp:name.test:1: connection refused: no listener'
}

@test "a getent(1) that is missing or is ended by a signal is reported" {
	getent_is 'kill -KILL $$'
	connecting name.test
	assert_equal "$status: $stderr" '1: sockconnect: tcp:name.test:1: cannot look up the host: getent(1) failed'
	rm bin/getent
	without_getent() {
		PATH=$PWD/bin
		sockconnect tcp:name.test:1 </dev/null
	}
	[[ $IPCTOOL_FRONT == bash ]] || ln -s "$(command -v sockconnect)" bin/sockconnect
	run --separate-stderr without_getent
	assert_equal "$status: $stderr" '1: sockconnect: tcp:name.test:1: cannot look up the host by getent(1): No such file or directory'
}

@test "a time-out and a signal end the look-up, and getent(1) with it" {
	getent_is 'echo $$ >pid; exec sleep 100'
	run --separate-stderr within 30 sockconnect -t 0.3 tcp:name.test:1 </dev/null
	assert_equal "$status: $stderr" '124: sockconnect: tcp:name.test:1: timed out: looking up the host'
	wait_until gone "$(<pid)"
	rm pid
	spawn become sockconnect tcp:name.test:1 </dev/null
	wait_until test -s pid
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	wait_until gone "$(<pid)"
}

@test "names of the system are found" {
	requires namespaces
	loopback
	connecting localhost
	assert_equal "$status: $stderr" '3: sockconnect: tcp:localhost:1: connection refused: no listener'
}
