#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# two machines: mqrecv --exec --stay, a connection that breaks, mqsend --ack
# applets: mqrecv mqsend socksend

load helper
load queues
load sockets

setup() {
	basic_setup
	from=$(name from) to=$(name to) now=$(name now)
	mqcreate "$from" "$to" "$now"
	# also after a test that is skipped
	later mqunlink -f "$from" "$to" "$now"
}

# relay KILLS WINDOW COMMAND...: 4000 messages for each kill go from one queue to the other, and COMMAND is the worker, or
# a transport to it. While they do, the process that has last written its number to `pids` is killed. Each message
# has the last digit of its number as its priority. Afterwards all have arrived, and at most a window for each kill twice.
relay() {
	local kills=$1 window=$2 i victim='' last receiver relayed all
	shift 2
	all=$((kills * 4000))
	: >pids
	spawn become mqrecv -F -P "$to" >got
	receiver=$spawned
	spawn become mqrecv -F --exec --stay --priorities --window "$window" --in-flight "$now" "$from" -- "$@" 2>err
	relayed=$spawned
	for ((i = 0; i < kills; i++)); do
		seq $((i * 4000 + 1)) $(((i + 1) * 4000)) | sed 's/.*\(.\)$/\1\t&/' >chunk
		last=$victim
		begun=$(wc -l <got)
		send_chunk() { mqsend -lP "$from" <chunk; }
		spawn send_chunk
		more_arrived() {
			victim=$(tail -n 1 pids)
			[[ $victim && $victim != "$last" && $(wc -l <got) -gt $begun ]]
		}
		wait_until more_arrived
		kill -KILL "$victim"
		collect
		assert_equal "$status" 0
	done
	all_arrived() { [[ $(wc -l <got) -ge $all && $(sort -u got | wc -l) -eq $all ]]; }
	wait_until all_arrived
	kill "$relayed"
	wait_until gone "$relayed"
	run -3 mqrecv -n "$from"
	run -3 mqrecv -n "$now"
	wait_until eval '[[ $(mqstat -J "$to") == *"\"messages\":0,"* ]]'
	kill "$receiver"
	wait_until gone "$receiver"
	diff <(sort -u got | sort -k2n) <(seq "$all" | sed 's/.*\(.\)$/\1\t&/')
	echo "$(($(wc -l <got) - all)) messages came twice"
	assert [ "$(wc -l <got)" -le $((all + kills * window)) ]
}

@test "messages go through a transport that is killed again and again: none is lost, at most a window comes twice" {
	cat >transport <<-'EOF'
		#!/bin/sh
		echo $$ >>pids
		cat | "$@" | cat
	EOF
	chmod +x transport
	relay 15 16 ./transport "$(type -P mqsend)" -NP --ack "$to"
}

@test "the sender at the other end is killed again and again: no message is lost, at most a window comes twice" {
	printf '%s\n' '#!/bin/sh' "echo \$\$ >>pids" "exec $(type -P mqsend) -NP --ack $to" >sender
	chmod +x sender
	relay 15 16 ./sender
}

# ------------------------------------------------------------------ ssh

# An sshd of our own on the loopback interface, for the user who runs the tests, with keys made for it: `ssh` is in $ssh.
own_sshd() {
	requires root command:ssh command:ssh-keygen
	loopback
	local port sshd
	sshd=$(PATH=$PATH:/usr/sbin type -P sshd) || skip 'no sshd'
	ssh-keygen -q -t ed25519 -N '' -f host_key
	ssh-keygen -q -t ed25519 -N '' -f user_key
	cp user_key.pub authorized_keys
	# where the service keeps it
	[[ -d /run/sshd ]] || mkdir -m 755 /run/sshd
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >sshd_config <<-EOF
		ListenAddress 127.0.0.1:$port
		HostKey $PWD/host_key
		AuthorizedKeysFile $PWD/authorized_keys
		PidFile none
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PermitRootLogin prohibit-password
		MaxStartups 100
	EOF
	spawn "$sshd" -D -e -f "$PWD/sshd_config" 2>sshd.err
	printf '%s %s\n' "[127.0.0.1]:$port" "$(<host_key.pub)" >known_hosts
	ssh=("$(type -P ssh)" -F none -p "$port" -i "$PWD/user_key" -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile="$PWD/known_hosts" 127.0.0.1)
	wait_until "${ssh[@]}" true </dev/null
}

# bats test_tags=slow
@test "messages go to another machine by ssh, whose connection is killed again and again: none is lost" {
	own_sshd
	cat >transport <<-'EOF'
		#!/bin/sh
		echo $$ >>pids
		exec "$@"
	EOF
	chmod +x transport
	relay 8 64 ./transport "${ssh[@]}" "$(type -P mqsend)" -NP --ack "$to"
}

# bats test_tags=slow
@test "messages go to another machine by ssh, where the sender is killed again and again: none is lost" {
	own_sshd
	printf '%s\n' '#!/bin/sh' "echo \$\$ >>$PWD/pids" "exec $(type -P mqsend) -NP --ack $to" >sender
	chmod +x sender
	relay 8 64 "${ssh[@]}" "$PWD/sender"
}

# block N: the Nth block of README's section on other machines
readme_block() {
	awk -v wanted="$1" '/^## / { inside = /one machine is not enough/ }
		inside && /^```/ { if (/bash/ && ++block == wanted) { printing = 1; next } printing = 0 }
		printing' "$IPCTOOL_ROOT/README.md"
}

# run_lines <LINES: the names are private here, and the machine `host` is this one, with the server at $url.
run_lines() {
	mkdir -p bin
	printf '%s\n' '#!/bin/sh' 'shift' "exec ${ssh[*]:-false} \"PATH=$PATH; \$*\"" >bin/ssh
	chmod +x bin/ssh
	# ssh starts a shell whose PATH is its own
	sed "s,/outbox,/$from,g; s,/now,/$now,g; s,/inbox,/$to,g; s,[a-z]*://host,${url-},g" >block
	mqunlink "$from" "$now" "$to"
	PATH=$PWD/bin:$PATH run timeout 100 bash -m block
}

# bats test_tags=slow
@test "the lines of README for ssh run as they stand" {
	own_sshd
	run_lines < <(readme_block 1)
	assert_line hello
	assert_line 'Read 5 bytes; priority = 5'
}

# bats test_tags=slow
@test "the lines of README for NATS run as they stand" {
	local server
	loopback
	server=$(PATH=$PATH:/usr/sbin type -P nats-server) || skip 'no nats-server'
	ipctool nats --help >/dev/null || skip 'no ipctool-nats'
	spawn "$server" -js -sd "$PWD/store" -a 127.0.0.1 -p -1 --ports_file_dir "$PWD" >log 2>&1
	has_port() { url=$(grep -o 'nats://[0-9.:]*' ./*.ports) && url=${url%%$'\n'*}; }
	wait_until has_port
	run_lines < <(readme_block 2)
	assert_line hello
	assert_line 'Read 5 bytes; priority = 5'
}

# bats test_tags=slow
@test "the lines of README for Redis, in place of the two in the middle of those for NATS, run as they stand" {
	local port
	requires command:redis-server command:redis-cli
	loopback
	ipctool redis --help >/dev/null || skip 'no ipctool-redis'
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	spawn redis-server --bind 127.0.0.1 --port "$port" --dir "$PWD" --save '' >log 2>&1
	wait_until eval '[[ $(redis-cli -p "$port" ping 2>&1) == PONG ]]'
	url=redis://127.0.0.1:$port
	assert_equal "$(readme_block 3 | wc -l)" 2
	readme_block 2 | awk 'NR == FNR { redis = redis $0 "\n"; next }
		!/ ipctool nats |^ipctool nats / { print; next }
		++nats == 2 { printf "%s", redis }' <(readme_block 3) - >lines
	run_lines <lines
	assert_line hello
	assert_line 'Read 5 bytes; priority = 5'
	assert_line "/$from: 1 run, 0 failed, 0 put back, 0 given up"
	assert_equal "$(redis-cli -p "$port" xlen work)" 1
}
