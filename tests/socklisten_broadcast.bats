#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# socklisten --broadcast: one to many

load helper
load sockets

# readers N: in the background, what each receives in the files r1, r2 …
readers() {
	local i
	for ((i = 1; i <= $1; i++)); do
		spawn reader "r$i"
	done
}
reader() {
	become sockrecv -C -w -a "$s" >"$1"
}

@test "each line goes to each reader" {
	readers 3
	run --separate-stderr within 30 socklisten --broadcast --readers 3 "$s" <<<$'one\n\ntwo words'
	assert_success
	assert_stderr ''
	all_succeed_within 30
	local i
	for i in 1 2 3; do
		assert_equal "$(<r"$i")" $'one\n\ntwo words'
	done
	assert [ ! -e s ]
}

@test "on a seqpacket socket each line is a message" {
	spawn become socklisten --broadcast --readers 1 --seqpacket "$s" < <(printf 'one\n\nthree, without end') 2>err
	wait_until listening "$s"
	run within 30 sockrecv -C -a -N "$s"
	assert_success
	assert_output '3:one,0:,18:three, without end,'
	collect
	assert_equal "$(<err)" ''
}

@test "a reader gets the lines from when it is connected, and those after a reader that left" {
	mkfifo input
	exec 8<>input
	spawn become socklisten --broadcast "$s" <&8 2>err
	wait_until listening "$s"
	local server=$spawned
	echo nobody >&8
	wait_until sleeping "$server"
	readers 1
	wait_until eval 'echo again >&8; [[ -s r1 ]]'
	kill "$spawned"
	collect
	echo more >&8
	wait_until sleeping "$server"
	spawn reader late
	wait_until eval 'echo now >&8; [[ -s late ]]'
	assert_equal "$(sort -u late)" now
	assert_equal "$(sort -u r1)" again
	kill "$server"
	collect "$server"
	exec 8>&-
	assert_equal "$status: $(<err)" '143: '
}

@test "a reader that does not read is dropped, which is reported, and the others get every line" {
	copying() { become sockconnect -w "$s" </dev/null >"$1"; }
	spawn copying r1
	spawn copying r2
	seq 1000000 >input
	sending() { wait_until listening "$s" && become "$(peer socket)" silent stream "$s" >silent; }
	spawn sending
	run --separate-stderr within 120 socklisten --broadcast --readers 3 "$s" <input
	assert_success
	assert_regex "$stderr" "^socklisten: $s: connection from pid [0-9]+ uid $EUID dropped: it does not read: [0-9]+ bytes wait$"
	collect "${spawned_pids[0]}"
	collect "${spawned_pids[1]}"
	cmp input r1
	cmp input r2
}

@test "at the end a reader that does not read is dropped after ten seconds, and no later" {
	requires static
	sending() { wait_until listening "$s" && become "$(peer socket)" silent stream "$s" >silent; }
	spawn sending
	seq 200000 >input
	run --separate-stderr within 60 socklisten --broadcast --readers 1 "$s" <input
	assert_success
	assert_regex "$stderr" 'dropped: it does not read: [0-9]+ bytes wait$'
}

@test "a reader that has ended its writing side, or sends a flood, gets the lines all the same" {
	mkfifo input
	exec 8<>input
	spawn become socklisten --broadcast --readers 2 "$s" <&8 2>err
	local server=$spawned
	wait_until listening "$s"
	flooding() { yes | become sockconnect "$s"; }
	spawn flooding >flooded
	readers 1
	echo line >&8
	wait_until grep -q line flooded
	wait_until grep -q line r1
	kill "$server"
	collect "$server"
	exec 8>&-
	assert_equal "$status: $(<err)" '143: '
}

@test "descriptors that a reader passes are refused or closed" {
	mkfifo input
	exec 8<>input
	spawn become socklisten --broadcast "$s" <&8
	wait_until listening "$s"
	local server=$spawned before after
	sleep 0.1
	before=("/proc/$server/fd"/*)
	run "$(peer hostile)" pass "$s" 200
	assert_regex "$output" '^(200|Operation not permitted)$'
	readers 1
	wait_until eval 'echo line >&8; [[ -s r1 ]]'
	kill "$spawned"
	collect
	wait_until eval 'after=("/proc/$server/fd"/*); [[ ${#after[@]} == "${#before[@]}" ]]'
	kill "$server"
	exec 8>&-
}

@test "--readers waits for so many, no longer than --timeout" {
	refused 124 "socklisten: $s: timed out: 0 of 2 readers are connected" socklisten --broadcast --readers 2 -t 0.1 "$s" </dev/null
	assert [ ! -e s ]
	refused 2 'socklisten: --timeout requires --readers with --broadcast' socklisten --broadcast -t 1 "$s"
	refused 2 'socklisten: --readers requires --broadcast' socklisten --readers 2 "$s"
	refused 2 "socklisten: options '--broadcast' and '--dgram' exclude each other" socklisten --broadcast --dgram "$s"
	refused 2 'socklisten: --broadcast and COMMAND exclude each other' socklisten --broadcast "$s" -- cat
	assert [ ! -e s ]
}

@test "a line that is too long is a failure, after the lines before it" {
	readers 1
	long() { echo first; head -c 1100000 /dev/zero | tr '\0' x; echo; }
	spawn become socklisten --broadcast --readers 1 "$s" < <(long) 2>err
	collect
	assert_equal "$status: $(<err)" "1: socklisten: $s: a line is longer than 1048576 bytes"
	collect "${spawned_pids[0]}"
	assert_equal "$(<r1)" first
}

@test "a shell is unchanged after a broadcast" {
	readers 1
	echo /proc/$$/fd/* >before
	socklisten --broadcast --readers 1 "$s" <<<line
	echo /proc/$$/fd/* >after
	collect
	assert_equal "$status: $(<r1)" '0: line'
	cmp before after
}
