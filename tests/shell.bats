#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The applets as builtins: what they leave in the shell that calls them.

load helper
load queues

setup() {
	basic_setup
	requires builtin
}

resident() {
	awk '/^VmRSS/ { print $2 }' /proc/$$/status
}

# Sets $open; not in a substitution, whose pipe would be among them.
list_descriptors() {
	local links=(/proc/$$/fd/*)
	open=${links[*]}
}

# bats test_tags=slow
@test "100000 calls leave the shell's memory and descriptors where they were" {
	requires plain
	mqcreate "$(name jobs)"
	later mqunlink "$(name jobs)"
	run calls_leave_nothing "$(name jobs)"
	assert_success
}

@test "calls that fail leave no descriptor and no memory either" {
	requires plain
	local before after open_before i
	list_descriptors
	open_before=$open
	call() {
		for ((i = 0; i < $1; i++)); do
			mqrecv --nonesuch || mqrecv -n "$(name none)" || mqsend -p 99999 "$(name none)" text || true
		done 2>/dev/null
	}
	call 100
	before=$(resident)
	call 1000
	after=$(resident)
	echo "$before KiB before, $after KiB after"
	assert [ "$after" -le $((before + 64)) ]
	list_descriptors
	assert_equal "$open" "$open_before"
}

@test "a builtin changes neither traps, nor the folder, nor the shell's options" {
	mqcreate "$(name jobs)"
	later mqunlink "$(name jobs)"
	trap 'true' USR1
	state() {
		trap
		pwd
		set -o
		umask
		signals_of_shell
	}
	state >before
	mqsend "$(name jobs)" text
	mqrecv "$(name jobs)"
	mqrecv -t 10ms "$(name jobs)" || true
	mqrecv --nonesuch || true
	state >after
	diff before after
}

@test "help knows every builtin" {
	local applet
	for applet in $(ipctool --bash --names); do
		run help "$applet"
		assert_success
		assert_output --partial "$applet"
	done
}

@test "help prints the usage of a builtin once" {
	run help mqunlink
	assert_equal "$(grep -c QUEUE <<<"$output")" 1
	assert_line --partial 'mqunlink: mqunlink [-f]'
	assert_line --partial 'Remove message queues.'
	assert_line --partial -- '--force'
	run help semop
	assert_line --partial 'semop create'
}

@test "enable -d takes a builtin out again" {
	local applet
	for applet in $(ipctool --bash --names); do
		enable -d "$applet"
		assert_equal "$(type -t "$applet")" file
	done
}
