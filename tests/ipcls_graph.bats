#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# applets: ipcls
# ipcls --dot and --svg: who talks to whom.

load helper

# Two processes with a FIFO between them: $writer and $reader.
start_talk() {
	mkfifo "$1"
	spawn bash -c 'exec sleep 1000 >"$1"' - "$1"
	writer=$spawned
	spawn bash -c 'exec sleep 1000 <"$1"' - "$1"
	reader=$spawned
	wait_until eval '[[ $(<"/proc/$writer/comm")$(<"/proc/$reader/comm") == sleepsleep ]]'
}

@test "--dot draws an arrow for each direction" {
	start_talk fifo
	run bash -c 'ipcls --dot 2>/dev/null'
	assert_success
	assert_line --regexp "^	p$writer \[label=\"$writer sleep\", style=rounded\];$"
	assert_line --regexp "^	o[0-9]+ \[label=\"fifo $PWD/fifo" 
	assert_line --regexp "^	p$writer -> o[0-9]+ \[dir=forward\];$"
	assert_line --regexp "^	p$reader -> o[0-9]+ \[dir=back\];$"
	assert_equal "${lines[0]}" "digraph ipc {"
	assert_equal "${lines[-1]}" "}"
}

@test "--dot leaves out what one process alone has, unless it is named" {
	mkfifo alone
	spawn bash -c 'exec sleep 1000 <>alone'
	wait_until eval '[[ $(<"/proc/$spawned/comm") == sleep ]]'
	run bash -c 'ipcls --dot 2>/dev/null'
	refute_output --partial "$PWD/alone"
	run bash -c 'ipcls --dot "$PWD/alone" 2>/dev/null'
	assert_line --regexp "^	p$spawned -> o[0-9]+ \[dir=both\];$"
}

@test "--dot leaves out a pipe that many processes have inherited" {
	exec {pipe}> >(exec cat >/dev/null)
	for _ in 1 2 3 4 5; do
		spawn sleep 1000
	done
	local pipe_name
	pipe_name=$(readlink "/proc/$$/fd/$pipe")
	run bash -c 'ipcls --dot 2>/dev/null'
	refute_output --partial "$pipe_name"
	exec {pipe}>&-
}

@test "--dot: the edge of a process that waits is red" {
	local s
	s=/$(name s)
	semop create "$s" 0
	spawn semop wait "$s"
	wait_until eval 'ipcls --dot "$s" 2>/dev/null | grep -Eqx "	p$spawned -> o[0-9]+ \[dir=both, color=red, label=waits\];"'
	kill -KILL "$spawned"
	semop unlink "$s"
}

@test "--dot: the ends of connections and their listener are one object" {
	spawn socklisten -k "$PWD/sock" -- bash -c 'exec sleep 1000'
	wait_until listening "$PWD/sock"
	spawn sockconnect -k "$PWD/sock" <>"$IPCTOOL_SILENCE"
	local client=$spawned
	wait_until eval 'ipcls --dot --type socket 2>/dev/null | grep -q "^	p$client -> "'
	run bash -c 'ipcls --dot --type socket 2>/dev/null | grep -c "\[label=\"socket $PWD/sock"'
	assert_output 1
	# the listener, the command and the client; a command has more as long as its shell starts it
	edges() {
		local object
		ipcls --dot --type socket 2>/dev/null >edges.dot || return
		object=$(grep -F "[label=\"socket $PWD/sock" edges.dot)
		object=${object%% [*}
		[[ $(grep -c " -> ${object#$'\t'} " edges.dot) == "$1" ]]
	}
	wait_until edges 3
}

@test "--svg is well-formed whatever the names are" {
	requires command:python3
	local folder=$'a<b&"\'\e]c'
	mkdir "$folder"
	cd "$folder"
	start_talk 'f'
	ipcls --svg ../graph.svg "$PWD/f" 2>/dev/null
	run python3 - "$folder" <<'END'
import sys, xml.etree.ElementTree as tree
root = tree.parse("../graph.svg").getroot()
text = ["".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text")]
print(root.tag)
print(sum(t.endswith(" sleep") for t in text), sum(t.startswith("fifo ") for t in text))
END
	assert_output $'{http://www.w3.org/2000/svg}svg\n2 1'
	run cat ../graph.svg
	refute_output --partial $'\e'
}

@test "--svg: a file that cannot be made is reported" {
	run bash -c 'ipcls --svg none/graph.svg 2>&1 >/dev/null | tail -n 1'
	assert_output "ipcls: none/graph.svg: No such file or directory"
}
