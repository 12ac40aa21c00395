#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ipctool-redis, with redis-servers of the test's own on unix sockets
# bats file_tags=one-front

load helper

setup() {
	requires program command:redis-server command:redis-cli
	redis=$IPCTOOL_BUILD/ipctool-redis
	[[ -x $redis ]] || skip "built without hiredis"
	basic_setup
	url=unix://$PWD/s
	make_worker
}

# It replies to what is in its file.
start_server() {
	spawn redis-server --port 0 --unixsocket "$PWD/s" --dir "$PWD" --save '' --appendonly yes --appendfsync always \
		--daemonize no >>server.log 2>&1
	server=$spawned
	wait_until answers PING PONG
}

kill_server() {
	kill -KILL "$server"
	end_of "$server" || true
}

cli() {
	redis-cli -e -s s "$@"
}

answers() {
	[[ $(cli "$1") == *"$2"* ]]
}

# A worker: appends each message to the file got, and answers the last word of it.
make_worker() {
	cat >worker <<-'END'
		#!/usr/bin/env bash
		export LC_ALL=C
		while IFS= read -r -d : length; do
			message=
			((length == 0)) || IFS= read -r -N "$length" message
			IFS= read -r -N 1 _
			echo "$message" >>"${1:-got}"
			echo "${message##* }"
		done
	END
	chmod +x worker
}

# netstrings MESSAGE...
netstrings() {
	local message LC_ALL=C
	for message; do
		printf '%d:%s,' "${#message}" "$message"
	done
}

publish() {
	netstrings "$@" | within 20 "$redis" publish "$url" q
}

consume() {
	within 30 "$redis" consume -e --delay 50ms --idle 1s "$@"
}

pending() {
	[[ $(cli XPENDING q g | head -n 1) == "$1" ]]
}

has_length() {
	[[ $(cli XLEN q) -ge $1 ]]
}

has_lines() {
	[[ $(wc -l <"$1") -ge $2 ]]
}

@test "the help of each form fits into 80 columns, and ends with an example and the page" {
	local form
	for form in '' publish consume status; do
		# shellcheck disable=SC2086 # perhaps no word
		"$redis" $form --help >text
		run awk 'length($0) > 80' text
		assert_output ''
		run tail -n 4 text
		assert_line --index 0 'Example:'
		assert_line --index 1 --regexp '^  .*ipctool.redis'
		assert_line --index 2 'Full documentation: man ipctool-redis'
	done
}

@test "publish answers a line for each message that is stored" {
	start_server
	run publish one '' 'two words'
	assert_success
	assert_output $'0\n0\n0'
	assert_equal "$(cli XLEN q)" 3
	run cli --csv XRANGE q - +
	assert_output --partial '"message","one"'
	assert_output --partial '"message",""'
	assert_output --partial '"message","two words"'
}

@test "publish stores any bytes, and a message of 2 MiB" {
	start_server
	head -c 2097152 /dev/urandom >big
	{
		printf '2097152:'
		cat big
		printf ',4:a\0\nb,'
	} >in
	run within 20 "$redis" publish "$url" q <in
	assert_output $'0\n0'
	within 20 "$redis" consume -e -c 2 "$url" q g -- sh -c 'head -c 2097168 >out; printf "0\n0\n"; cat'
	cmp in out
}

@test "publish stores the priority and the ID in fields of their own" {
	start_server
	run within 20 "$redis" publish -P --id "$url" q <<<"$(netstrings $'/jobs:1.1\t7\thello')"
	assert_failure
	run within 20 "$redis" publish -P --id "$url" q < <(netstrings $'/jobs:1.1\t7\thello')
	assert_output 0
	run cli --csv XRANGE q - + COUNT 1
	assert_output --partial '"message","hello","priority","7","id","/jobs:1.1"'
}

@test "publish refuses what is not a netstring, after what came before it is stored" {
	start_server
	run --separate-stderr within 20 "$redis" publish "$url" q <<<'3:one,x'
	assert_failure 1
	assert_output 0
	assert_stderr --partial 'standard input: message 2'
	assert_equal "$(cli XLEN q)" 1
}

@test "publish and consume fail if the key is not a stream" {
	start_server
	cli SET q text
	run --separate-stderr publish one
	assert_failure 1
	assert_output ''
	assert_stderr 'ipctool-redis: q: is not a stream'
	run --separate-stderr consume "$url" q g -- true
	assert_failure 125
	assert_stderr --partial 'ipctool-redis: q: is not a stream'
}

@test "publish waits for a server that is not there yet" {
	spawn publish one two >out 2>err
	wait_until grep -q 'connecting again' err
	start_server
	collect "${spawned_pids[0]}"
	assert_equal "$status" 0
	assert_equal "$(cat out)" $'0\n0'
	assert_equal "$(wc -l <err)" 1
	assert_equal "$(cli XLEN q)" 2
}

@test "publish --timeout ends if no server is reached" {
	run --separate-stderr within 10 "$redis" publish -t 0.3 "$url" q </dev/null
	assert_failure 124
	assert_stderr --partial 'connecting again'
}

@test "publish sends again what a server without memory has refused" {
	start_server
	cli CONFIG SET maxmemory 1
	spawn publish one two >out 2>err
	wait_until grep -q 'OOM.*trying again' err
	assert_equal "$(cat out)" ''
	cli CONFIG SET maxmemory 0
	collect
	assert_equal "$status" 0
	assert_equal "$(cat out)" $'0\n0'
	run cli --csv XRANGE q - +
	assert_output --regexp 'one.*two'
}

@test "publish waits while the server is a replica" {
	start_server
	cli REPLICAOF 127.0.0.1 1
	spawn publish one >out 2>err
	wait_until grep -q READONLY err
	assert_equal "$(cat out)" ''
	cli REPLICAOF NO ONE
	collect
	assert_equal "$status" 0
	assert_equal "$(cat out)" 0
}

@test "a password is read from the URL, a file or the environment, and shown nowhere" {
	start_server
	cli ACL SETUSER app on '>sec:ret' '~*' +@all
	cli CONFIG SET requirepass geheim
	run --separate-stderr publish one
	assert_failure 1
	assert_stderr "ipctool-redis: $url: the server asks for a password"
	echo geheim >file
	run within 20 "$redis" publish --password-file file "$url" q < <(netstrings one)
	assert_output 0
	REDISCLI_AUTH=geheim run publish one
	assert_output 0
	url=unix://app:sec%3aret@$PWD/s
	run --separate-stderr publish one
	assert_output 0
	url=unix://app:wrong@$PWD/s
	run --separate-stderr publish one
	assert_failure 1
	assert_output ''
	assert_stderr "ipctool-redis: unix://$PWD/s: the user or the password is wrong"
	url=unix://app:sec%3aret@$PWD/s
	# shellcheck disable=SC2016 # for that shell
	REDISCLI_AUTH=other spawn consume "$url" q g -- sh -c 'tr "\0" "\n" </proc/$PPID/cmdline >args; env >env; read -r _'
	wait_until test -s env
	refute grep -q ret args
	grep -q 'app:xxxxxxxxx@' args
	refute grep -q REDISCLI_AUTH env
}

@test "a database is chosen by the URL or --database; a server by host and port" {
	start_server
	local port=$((20000 + BASHPID % 10000))
	until cli CONFIG SET port $port >/dev/null; do
		port=$((port + 1))
	done
	run within 20 "$redis" publish "redis://127.0.0.1:$port/3" q < <(netstrings one)
	assert_output 0
	run within 20 "$redis" publish --database 4 "redis://127.0.0.1:$port/3" q < <(netstrings one)
	assert_output 0
	assert_equal "$(cli -n 3 XLEN q)" 1
	assert_equal "$(cli -n 4 XLEN q)" 1
	run --separate-stderr within 20 "$redis" publish --database 99 "redis://127.0.0.1:$port" q < <(netstrings one)
	assert_failure 1
	assert_stderr --partial 'DB index is out of range'
}

@test "a URL that is not valid is a usage error" {
	refused 2 'ipctool-redis: the URL does not begin with a scheme and ://' "$redis" publish localhost q
	refused 2 'ipctool-redis: the URL has a scheme that is not known' "$redis" publish http://localhost q
	refused 2 'ipctool-redis: the URL has a database that is not a number' "$redis" publish redis://h/x q
	refused 2 'ipctool-redis: the URL has no path of a socket after unix://' "$redis" publish unix:// q
	refused 2 'ipctool-redis: the URL asks for TLS, which hiredis lacks here: see TLS in ipctool-redis(1)' \
		"$redis" publish rediss://h q
	refused 125 'ipctool-redis: --delay is longer than --idle' "$redis" consume --delay 2s --idle 1s "$url" q g true
}

@test "publish --maxlen lets the stream forget its oldest entries" {
	start_server
	seq 2000 >numbers
	mapfile -t numbers <numbers
	netstrings "${numbers[@]}" >in
	run within 20 "$redis" publish --maxlen 100 "$url" q <in
	assert_success
	assert [ "$(cli XLEN q)" -lt 500 ]
}

@test "publish --replicas answers when a replica has the message" {
	start_server
	local port=$((30000 + BASHPID % 10000))
	until cli CONFIG SET port $port >/dev/null; do
		port=$((port + 1))
	done
	spawn "$redis" publish --replicas 1 "$url" q < <(netstrings one two) >out
	local publisher=$spawned
	wait_until has_length 2
	pause 0.3
	assert_equal "$(cat out)" ''
	mkdir replica
	spawn redis-server --port 0 --unixsocket "$PWD/replica/s" --dir "$PWD/replica" --save '' --replicaof 127.0.0.1 $port \
		--repl-diskless-sync-delay 0 >replica.log 2>&1
	collect "$publisher"
	assert_equal "$status" 0
	assert_equal "$(cat out)" $'0\n0'
}

@test "publish loses nothing when the server is killed again and again" {
	start_server
	local i
	spawn eval 'for ((i = 0; i < 3000; i++)); do netstrings $i; ((i % 100 > 0)) || pause 0.05; done |
		"$redis" publish "$url" q >out 2>err'
	local publisher=$spawned
	for i in 300 900 1500 2100 2700; do
		wait_until has_lines out $i
		kill_server
		start_server
	done
	collect "$publisher"
	assert_equal "$status" 0
	assert_equal "$(sort out | uniq -c | xargs)" '3000 0'
	cli XRANGE q - + | grep -x -A1 message | grep -x '[0-9]*' | sort -un >stored
	assert_equal "$(wc -l <stored)" 3000
	assert [ "$(cli XLEN q)" -le $((3000 + 5 * 64)) ]
}

@test "consume gives each message to the worker, and acknowledges it after its line" {
	start_server
	publish 'a 0' 'b 0' 'c 0'
	run consume -c 3 "$url" q g -- ./worker
	assert_success
	assert_equal "$(cat got)" $'a 0\nb 0\nc 0'
	pending 0
	assert_equal "$(cli XLEN q)" 3
}

@test "consume -P writes the priority before the message" {
	start_server
	within 20 "$redis" publish -P "$url" q < <(netstrings $'5\ta 0')
	publish 'b 0'
	consume -P -c 2 "$url" q g -- ./worker
	assert_equal "$(cat got)" $'5\ta 0\n0\tb 0'
}

@test "consume delivers a failed message again, and moves it to the dead letters at last" {
	start_server
	publish 'a 1' 'b 0' 'c 65' 'd dead'
	run --separate-stderr consume --retry 2 --dead dl -t 1 "$url" q g -- ./worker
	assert_failure 124
	assert_equal "$(sort got | uniq -c | xargs)" '3 a 1 1 b 0 1 c 65 1 d dead'
	assert_stderr --regexp 'q: entry [0-9-]+: given up after 3 deliveries, status 1; moved to dl'
	pending 0
	assert_equal "$(cli XLEN dl)" 3
	run cli --csv XRANGE dl - +
	assert_output --regexp '"message","c 65","stream","q","entry","[0-9-]+","group","g","deliveries","1","status","65"'
	assert_output --regexp '"message","a 1",.*"deliveries","3","status","1"'
}

@test "consume waits for the delay before it delivers a failed message again" {
	start_server
	publish 'a 1'
	run consume --delay 700ms -t 0.4 "$url" q g -- ./worker
	assert_equal "$(cat got)" 'a 1'
	pending 1
	run consume --delay 700ms -t 2 --retry 1 "$url" q g -- ./worker
	assert_equal "$(cat got)" $'a 1\na 1'
	pending 0
}

@test "consume without a dead-letter stream reports what it gives up" {
	start_server
	publish 'a 65'
	run --separate-stderr consume -t 0.5 "$url" q g -- ./worker
	assert_stderr --regexp '^ipctool-redis: q: entry [0-9-]+: given up after 1 delivery, status 65$'
	pending 0
}

@test "consume reports an entry that is not a message, and does not give it to the worker" {
	start_server
	cli XADD q '*' other field
	publish 'a 0'
	run --separate-stderr consume -t 0.5 --dead dl "$url" q g -- ./worker
	assert_stderr --regexp "^ipctool-redis: q: entry [0-9-]+ has no field 'message'$"
	assert_equal "$(cat got)" 'a 0'
	pending 0
	assert_equal "$(cli XLEN dl)" 1
}

@test "consume takes over what a killed consumer had, but not what a slow one has" {
	start_server
	publish 'a 0' 'b 0'
	# shellcheck disable=SC2016 # for that shell
	spawn "$redis" consume -e --idle 1s --consumer slow --window 1 "$url" q g -- sh -c 'head -c 6 >slow; sleep 3 3>&-; echo 0; cat >taken'
	local slow=$spawned
	wait_until pending 1
	run consume --consumer other -t 2 "$url" q g -- ./worker
	assert_equal "$(cat got)" 'b 0'
	wait_until pending 0
	kill "$slow"
	publish 'c 0'
	# shellcheck disable=SC2016 # for that shell
	spawn "$redis" consume --idle 1s --consumer killed "$url" q g -- sh -c 'head -c 6 >taken; echo $PPID >pid; cat >taken'
	wait_until pending 1
	wait_until test -s pid
	kill -KILL "$(cat pid)"
	run consume --consumer other -t 2 "$url" q g -- ./worker
	assert_equal "$(cat got)" $'b 0\nc 0'
	pending 0
}

@test "after a termination signal consume gives back at once what is unanswered, as not delivered" {
	start_server
	publish 'a 0' 'b 0' 'c 0'
	# shellcheck disable=SC2016 # for that shell
	spawn consume --idle 1h --consumer first "$url" q g -- sh -c 'echo $PPID >pid; cat >taken'
	wait_until pending 3
	wait_until test -s pid
	wait_until grep -q 'c 0' taken
	kill "$(cat pid)"
	pause 0.2
	kill "$(cat pid)"
	collect
	assert_equal "$status" 143
	run consume --idle 1h --consumer second -t 2 "$url" q g -- ./worker
	assert_equal "$(sort got)" $'a 0\nb 0\nc 0'
	pending 0
}

@test "consume --create makes the stream and the group; without it both must exist" {
	start_server
	run --separate-stderr within 20 "$redis" consume "$url" q g -- ./worker
	assert_failure 125
	assert_stderr --partial "ipctool-redis: q: no such stream, or it has no group 'g' (--create makes them)"
	run consume -t 0.3 "$url" q g -- ./worker
	assert_failure 124
	assert_equal "$(cli EXISTS q)" 1
	run within 20 "$redis" consume -t 0.3 "$url" q g -- ./worker
	assert_failure 124
}

@test "consume --delete leaves nothing in the stream" {
	start_server
	publish 'a 0' 'b 65' 'c 0'
	run consume --delete --dead dl -t 0.5 "$url" q g -- ./worker
	assert_equal "$(cli XLEN q)" 0
	assert_equal "$(cli XLEN dl)" 1
}

@test "consume loses nothing when the server is killed again and again" {
	start_server
	seq -f '%g 0' 3000 >numbers
	mapfile -t numbers <numbers
	netstrings "${numbers[@]}" >in
	within 20 "$redis" publish "$url" q <in >out
	# shellcheck disable=SC2016 # for that shell
	spawn consume -t 4 "$url" q g -- bash -c './worker | while read -r x; do echo "$x"; ((++n % 50)) || sleep 0.02 3>&-; done' 2>err
	local consumer=$spawned i
	for i in 300 900 1500 2100 2700; do
		wait_until has_lines got $i
		kill_server
		start_server
	done
	collect "$consumer"
	assert_equal "$status" 124
	sort -un got >once
	assert_equal "$(wc -l <once)" 3000
	assert [ "$(wc -l <got)" -le $((3000 + 5 * 64)) ]
	pending 0
}

@test "consume loses nothing when it is killed again and again" {
	start_server
	seq -f '%g 0' 3000 >numbers
	mapfile -t numbers <numbers
	netstrings "${numbers[@]}" >in
	within 20 "$redis" publish "$url" q <in >out
	local i
	for i in 200 700 1200 1700 2200; do
		spawn "$redis" consume -e --idle 300ms --delay 50ms "$url" q g -- ./worker 2>>err
		wait_until has_lines got $i
		kill -KILL "$spawned"
	done
	run consume --idle 300ms -t 2 "$url" q g -- ./worker
	sort -un got >once
	assert_equal "$(wc -l <once)" 3000
	assert [ "$(wc -l <got)" -le $((3000 + 5 * 64)) ]
	pending 0
}

@test "status prints what each group has not read, and what is pending" {
	start_server
	publish 'a 0' 'b 1' 'c 0'
	run consume -c 2 --idle 1h "$url" q g -- ./worker
	run "$redis" status "$url" q
	assert_success
	assert_line --index 0 'STREAM               GROUP            MESSAGES       LAG   PENDING CONSUMERS'
	assert_line --index 1 --regexp '^q +g +3 +1 +1 +1$'
	run "$redis" status -J "$url"
	assert_output --regexp '^\{"stream":"q","group":"g","messages":3,"lag":1,"pending":1,"consumers":1,"consumer_list":\[\{"name":".*","pending":1,"idle":[0-9.]+\}\]\}$'
	run --separate-stderr "$redis" status "$url" none
	assert_failure 4
	assert_stderr 'ipctool-redis: none: no such stream'
	kill_server
	run --separate-stderr "$redis" status "$url"
	assert_failure 1
	assert_stderr "ipctool-redis: $url: Connection refused"
}

# bats test_tags=slow
@test "nothing is lost from queue to queue, whichever part is killed" {
	run within 120 "$IPCTOOL_ROOT/scripts/chaintest" redis --messages 3000 --kills 3 --server-kills 1 --isolated
	assert_success
	assert_output --regexp '^redis: 3000 messages, 0 lost, '
}
