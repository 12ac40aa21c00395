#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ipctool-nats: the program for NATS JetStream, with a server of its own for each test
# bats file_tags=one-front

load helper

setup() {
	basic_setup
	PATH=$PATH:/usr/sbin
	nats=$IPCTOOL_BUILD/ipctool-nats
	[[ -x $nats ]] || skip 'the C client of NATS is not installed'
	requires command:nats-server
	# messages that the library does not free when its threads end
	echo leak:libnats >suppressions
	export LSAN_OPTIONS=suppressions=$PWD/suppressions:print_suppressions=0
}

# start_server [OPTION...]: on a free port, or on the one that it had before. Sets $url, $server.
start_server() {
	rm -rf ports
	mkdir -p ports
	spawn nats-server -js -sd "$PWD/store" -a 127.0.0.1 -p "${port:--1}" --ports_file_dir ports "$@" \
		>>server.log 2>&1 </dev/null
	server=$spawned
	wait_until find_port
	url=nats://127.0.0.1:$port
}

find_port() {
	[[ $(cat ports/*) =~ (nats|tls)://127.0.0.1:([0-9]+) ]] && port=${BASH_REMATCH[2]}
}

kill_server() {
	kill -KILL "$server"
	wait_until gone "$server"
}

# netstrings TEXT...
netstrings() {
	local text LC_ALL=C
	for text; do
		printf '%d:%s,' ${#text} "$text"
	done
}

# A worker in bash: each message is a line of the file seen; the answer to MESSAGE is what answer says.
worker() {
	cat >worker <<'END'
#!/bin/bash
while IFS=: read -r -d : length; do
	IFS= LC_ALL=C read -r -N "$length" message
	read -r -N 1 comma
	printf '%s\n' "$message" >>seen
	case $message in
	*bad*) echo 1 ;;
	*dead*) echo 65 ;;
	*kill*) kill -KILL $$ ;;
	*) echo 0 ;;
	esac
done
END
	chmod +x worker
}

# The stream's own line, and those of its consumers.
figures() {
	"$nats" status -J "$url" JOBS
}

@test "ipctool-nats publish answers a line for each message that is stored" {
	start_server
	run within 30 "$nats" publish --create JOBS "$url" jobs < <(netstrings one '' $'two\nlines')
	assert_success
	assert_output $'0\n0\n0'
	run figures
	assert_success
	assert_output --partial '"messages":3,'
}

@test "ipctool-nats publish reports that no stream stores the subject" {
	start_server
	refused 4 "ipctool-nats: $url: no stream stores the subject jobs (--create makes one)" \
		"$nats" publish "$url" jobs
}

@test "ipctool-nats publish reports input that is not valid, after the answers to what is" {
	start_server
	run --separate-stderr within 30 "$nats" publish --create JOBS "$url" jobs < <(netstrings one; echo no)
	assert_failure 1
	assert_output 0
	assert_stderr 'ipctool-nats: standard input: message 2 is not a netstring, LENGTH:BYTES,'
	run --separate-stderr within 30 "$nats" publish --id "$url" jobs < <(netstrings one)
	assert_failure 1
	assert_stderr 'ipctool-nats: standard input: message 1 does not begin with ID<tab>'
}

@test "a message with an id that is stored already is not stored twice" {
	start_server
	run within 30 "$nats" publish --create JOBS --id "$url" jobs < <(netstrings $'q:1.1\ta' $'q:1.2\tb' $'q:1.1\ta')
	assert_success
	assert_output $'0\n0\n0'
	run within 30 "$nats" publish --id "$url" jobs < <(netstrings $'q:1.2\tb' $'q:1.3\tc')
	run figures
	assert_output --partial '"messages":3,'
}

@test "ipctool-nats consume gives each message to a worker, and acknowledges what it has done" {
	start_server
	worker
	netstrings $'q:1\t7\tone' $'q:2\t8\ttwo' | within 30 "$nats" publish --create JOBS --retention workqueue --id -P "$url" jobs
	run within 30 "$nats" consume -e -P -c 2 "$url" JOBS w -- ./worker
	assert_success
	assert_equal "$(cat seen)" $'7\tone\n8\ttwo'
	run figures
	assert_output --partial '"messages":0,'
}

@test "a message that failed is delivered again, one that is given up is not" {
	start_server
	worker
	netstrings bad dead good | within 30 "$nats" publish --create JOBS --retention workqueue "$url" jobs
	run within 30 "$nats" consume -e --delay 0.1 --retry 2 -c 5 "$url" JOBS w -- ./worker
	assert_success
	assert_equal "$(sort seen | uniq -c | tr -s ' ')" $' 3 bad\n 1 dead\n 1 good'
	run figures
	assert_output --partial '"messages":0,'
}

@test "a message that is given up is published to the dead-letter subject, with the reason" {
	start_server
	worker
	netstrings | within 30 "$nats" publish --create DEAD "$url" dead
	netstrings $'3\tdead' | within 30 "$nats" publish --create JOBS --retention workqueue -P "$url" jobs
	run within 30 "$nats" consume -e --dead dead -c 1 "$url" JOBS w -- ./worker
	assert_success
	run figures
	assert_output --partial '"messages":0,'
	within 30 "$nats" consume -e -P -c 1 "$url" DEAD w -- ./worker
	assert_equal "$(tail -n 1 seen)" $'3\tdead'
}

@test "the oldest message of a worker that ends has failed, the others go to the next one" {
	start_server
	worker
	netstrings one kill two three | within 30 "$nats" publish --create JOBS --retention workqueue "$url" jobs
	run within 30 "$nats" consume -e --delay 0 --retry 2 -c 6 "$url" JOBS w -- ./worker
	assert_success
	assert_equal "$(sort seen | uniq -c | tr -s ' ')" $' 3 kill\n 1 one\n 1 three\n 1 two'
	assert_output --partial 'killed by signal 9'
}

@test "ipctool-nats consume ends with the status of a command that cannot be executed" {
	start_server
	netstrings one | within 30 "$nats" publish --create JOBS "$url" jobs
	run within 30 "$nats" consume -e "$url" JOBS w -- ./nothing
	assert_failure 127
	run within 30 "$nats" consume -e "$url" JOBS w -- /etc/passwd
	assert_failure 126
}

@test "ipctool-nats consume ends with 124 when no message comes within the time-out, and with 125 without a consumer" {
	start_server
	worker
	netstrings one | within 30 "$nats" publish --create JOBS "$url" jobs
	run within 30 "$nats" consume -t 0.2 -e "$url" JOBS w -- ./worker
	assert_failure 124
	refused 125 "ipctool-nats: $url: JOBS has no consumer x (-e makes one)" \
		"$nats" consume "$url" JOBS x -- ./worker
	refused 125 "ipctool-nats: $url: NONE: no such stream" "$nats" consume -e "$url" NONE x -- ./worker
}

@test "ipctool-nats waits for a server that is not there, as long as it is told to" {
	start_server
	kill_server
	refused 3 "ipctool-nats: $url: cannot connect: No server available for connection" \
		"$nats" status -n "$url"
	run within 30 "$nats" status -t 0.3 "$url"
	assert_failure 124
}

@test "publish goes on after the server was killed and started again, and nothing is lost or doubled" {
	start_server
	netstrings | within 30 "$nats" publish --create JOBS "$url" jobs
	mkfifo in
	exec 8<>in
	spawn "$nats" publish "$url" jobs <in >answers 2>err 8>&-
	publisher=$spawned
	exec 7>in 8>&-
	netstrings one two >&7
	wait_until eval '[[ $(wc -l <answers) == 2 ]]'
	kill_server
	netstrings three four >&7
	wait_until grep -q 'the connection is lost' err
	start_server 7>&-
	exec 7>&-
	collect "$publisher"
	assert_equal "$status" 0
	assert_equal "$(cat answers)" $'0\n0\n0\n0'
	run figures
	assert_output --partial '"messages":4,'
}

consumed() {
	[[ $(figures) == *'"lag":0,"unanswered":0,'* ]]
}

@test "a message that is done is not given to the worker again, though the server has forgotten that" {
	start_server
	worker
	run within 30 "$nats" publish --create JOBS "$url" jobs </dev/null
	run within 30 "$nats" consume -e -t 0.1 "$url" JOBS w -- ./worker
	assert_failure 124
	# shellcheck disable=SC2046 # words
	netstrings $(seq 100) | within 30 "$nats" publish "$url" jobs
	kill "$server"
	wait_until gone "$server"
	cp -r store before
	start_server
	spawn "$nats" consume --remember places "$url" JOBS w -- ./worker
	consumer=$spawned
	wait_until eval '[[ $(wc -l <seen) == 100 ]]'
	wait_until consumed
	kill_server
	cp -r before again
	rm -r store
	mv before store
	start_server
	netstrings last | within 30 "$nats" publish "$url" jobs
	wait_until grep -q last seen
	wait_until consumed
	assert_equal "$(sort seen | uniq -d)" ''
	assert_equal "$(wc -l <seen)" 101
	# and killed together with the process that knew it
	kill -KILL "$consumer"
	kill_server
	rm -r store
	mv again store
	start_server
	spawn "$nats" consume --remember places "$url" JOBS w -- ./worker
	wait_until consumed
	assert_equal "$(wc -l <seen)" 101
	assert_equal "$(stat -c '%a %s' places)" '600 1048576'
}

@test "ipctool-nats consume --remember refuses a file that others can write, and one that it has not made" {
	start_server
	worker
	run within 30 "$nats" publish --create JOBS "$url" jobs </dev/null
	echo other >other
	refused 125 'ipctool-nats: other: was not made by --remember' \
		"$nats" consume -e --remember other "$url" JOBS w -- ./worker
	chmod 666 other
	refused 125 'ipctool-nats: other: is not a file that only this user can write' \
		"$nats" consume -e --remember other "$url" JOBS w -- ./worker
	assert_equal "$(cat other)" other
}

@test "the password of a URL is neither in the arguments of the process nor in a message" {
	cat >conf <<-END
		authorization { user: me, password: "sec:ret" }
	END
	start_server -c conf
	run --separate-stderr within 30 "$nats" status "nats://me:wrongpass@127.0.0.1:$port"
	assert_failure 1
	refute_regex "$stderr" 'wrongpass'
	assert_regex "$stderr" 'Authorization'
	within 30 "$nats" status "nats://me:sec%3aret@127.0.0.1:$port"
	echo sec:ret >secret
	within 30 "$nats" status --user me --password-file secret "$url"
	NATS_USER=me NATS_PASSWORD=sec:ret within 30 "$nats" status "$url"
	worker
	spawn "$nats" publish --create JOBS "nats://me:sec%3aret@127.0.0.1:$port" jobs <>"$IPCTOOL_SILENCE"
	wait_until sleeping "$spawned"
	refute_regex "$(tr '\0' ' ' <"/proc/$spawned/cmdline")" 'sec.*ret'
}

@test "a token of a URL is neither in the arguments of the process nor in a message" {
	cat >conf <<-END
		authorization { token: "tok@ensecret" }
	END
	start_server -c conf
	run --separate-stderr within 30 "$nats" status "nats://wrongsecret@127.0.0.1:$port"
	assert_failure 1
	refute_regex "$stderr" 'wrongsecret'
	assert_regex "$stderr" 'Authorization'
	NATS_TOKEN=tok@ensecret within 30 "$nats" status "$url"
	spawn "$nats" publish --create JOBS "nats://tok%40ensecret@127.0.0.1:$port" jobs <>"$IPCTOOL_SILENCE"
	wait_until sleeping "$spawned"
	run tr '\0' ' ' <"/proc/$spawned/cmdline"
	assert_output --partial "nats://xxxxxxxxxxxxxx@127.0.0.1:$port jobs"
	refute_output --partial secret
}

@test "publish waits while the stream is full, and goes on when it has room" {
	start_server
	worker
	netstrings | within 30 "$nats" publish --create JOBS --retention workqueue "$url" jobs
	kill_server
	# half a megabyte for all streams
	echo 'jetstream { max_file_store: 512K }' >conf
	start_server -c conf
	mkfifo in
	head -c 200000 /dev/zero | tr '\0' x >big
	for _ in 1 2 3 4; do netstrings "$(cat big)"; done >four
	spawn "$nats" publish "$url" jobs <four >answers 2>err
	publisher=$spawned
	wait_until grep -q 'not stored.*trying again' err
	[[ $(wc -l <answers) -lt 4 ]]
	within 30 "$nats" consume -e -c 4 "$url" JOBS w -- ./worker
	collect "$publisher"
	assert_equal "$status" 0
	assert_equal "$(cat answers)" $'0\n0\n0\n0'
	assert_equal "$(wc -l <seen)" 4
}

@test "a message that is larger than the server takes is answered with 1, and the others are stored" {
	printf 'max_payload: 1000\n' >conf
	start_server -c conf
	run --separate-stderr within 30 "$nats" publish --create JOBS "$url" jobs \
		< <(netstrings one "$(head -c 2000 /dev/zero | tr '\0' x)" two)
	assert_success
	assert_output $'0\n1\n0'
	assert_stderr "ipctool-nats: $url: jobs: message of 2000 bytes is longer than the server takes (max_payload 1000)"
}

@test "a message that a worker needs long for is not delivered to another one" {
	start_server
	netstrings one | within 30 "$nats" publish --create JOBS "$url" jobs
	spawn "$nats" consume -e --ack-wait 0.6 -c 1 "$url" JOBS w -- \
		bash -c 'IFS=: read -d : n; echo got >got; sleep 2.5; echo 0; cat >/dev/null'
	slow=$spawned
	wait_until test -s got
	run within 30 "$nats" consume -e -t 2 "$url" JOBS w -- sh -c 'head -c 1 >>stolen; echo 0; cat >>stolen'
	assert_failure 124
	assert [ ! -s stolen ]
	collect "$slow"
}

@test "TERM ends consume when the worker has answered, and the rest is for others at once" {
	start_server
	netstrings one two three | within 30 "$nats" publish --create JOBS "$url" jobs
	mkfifo gate
	spawn "$nats" consume -e --window 2 --ack-wait 60 "$url" JOBS w -- \
		bash -c 'IFS=: read -d : n; echo got >got; read x <gate; echo 0; read -n 1 -d "" x; echo 0; cat >/dev/null' 2>err
	consumer=$spawned
	wait_until test -s got
	kill -TERM "$consumer"
	pause 0.2
	echo go >gate
	collect "$consumer"
	assert_equal "$status" 143
	worker
	run within 30 "$nats" consume -c 1 "$url" JOBS w -- ./worker
	assert_success
	assert_equal "$(cat seen)" three
}

@test "TERM ends publish when what it has read is stored" {
	start_server
	mkfifo in
	exec 8<>in
	spawn "$nats" publish --create JOBS "$url" jobs <in >answers 8>&-
	exec 7>in 8>&-
	netstrings one two >&7
	wait_until eval '[[ $(wc -l <answers) == 2 ]]'
	kill -TERM "$spawned"
	collect "$spawned"
	exec 7>&-
	assert_equal "$status" 143
	assert_equal "$(cat answers)" $'0\n0'
}

@test "the connection is encrypted, and a server without the right certificate is refused" {
	requires command:openssl
	for who in ca server; do
		openssl req -x509 -newkey rsa:2048 -nodes -keyout $who.key -out $who.pem -days 2 -subj "/CN=$who" \
			-addext subjectAltName=IP:127.0.0.1 2>openssl.log
	done
	openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost 2>openssl.log
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 \
		-extfile <(echo subjectAltName=IP:127.0.0.1,DNS:localhost) 2>openssl.log
	start_server --tls --tlscert server.pem --tlskey server.key
	within 30 "$nats" status --tls-ca ca.pem "$url"
	within 30 "$nats" status --tls-ca ca.pem "tls://127.0.0.1:$port"
	run within 30 "$nats" status "tls://127.0.0.1:$port"
	assert_failure 1
	assert_output --partial certificate
	run within 30 "$nats" status --tls-ca ca.pem --tls-name other "$url"
	assert_failure 1
	run within 30 "$nats" status --tls-ca nothing.pem "$url"
	assert_failure 4
}
