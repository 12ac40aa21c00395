#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ipcls and names that hold a newline, other control characters, quotes, or bytes that are no UTF-8.
# applets: ipcls

load helper

# The name that each object of a test has: `text` is UTF-8, `bytes` is not.
setup() {
	basic_setup
	text=$(name a)$'\nb\e[31m\tc\\012d"é\x7f'
	bytes=$(name b)$'\nx\xff'
	text_shown=$(name a)$'\\x0ab\\x1b[31m\\x09c\\\\012d"é\\x7f'
	bytes_shown=$(name b)'\x0ax\xff'
	export LC_ALL=C.UTF-8
}

# shown OPTION...: the lines of the table after its heading, blanks single; no line holds a control character
shown() {
	run --separate-stderr bash -c 'ipcls "$@" >table && ! LC_ALL=C grep -q "[[:cntrl:]]" table &&
		sed "1d; s/  */ /g; s/ $//" table' - "$@"
	assert_success
}

# in_json NAME: as a value of JSON: $text is a string, $bytes the base64 of all of it
in_json() {
	case $1 in
	*"$text"*) printf '"%s%s\\nb\\u001b[31m\\tc\\\\012d\\"é\\u007f%s"' "${1%%"$text"*}" "$(name a)" "${1##*"$text"}" ;;
	*) printf '{"base64":"%s"}' "$(printf %s "$1" | base64 -w 0)" ;;
	esac
}

# exact KINDS NAME...: in JSON and with -0 the names are what they are, in this order; -q leaves all of them out
exact() {
	local name
	ipcls -0 --type "$1" "${@:2}" >names 2>messages
	printf '%s\0' "${@:2}" | cmp - names
	ipcls -J -o name --type "$1" "${@:2}" >names
	for name in "${@:2}"; do
		printf '{"name":%s}\n' "$(in_json "$name")"
	done | diff - names
	run --separate-stderr ipcls -q --type "$1" "${@:2}"
	assert_success
	assert_output ''
	assert_stderr --partial "$(($# - 1)) names with blanks, quotes or backslashes are left out: -0 prints them"
}

@test "ipcls shows each object with a strange name in one line: queues, shared memory, semaphores" {
	local name
	for name in "$text" "$bytes"; do
		mqcreate -d 1 -s 64 "/$name"
		shmcreate "$name" 4K
		semop create "/$name" 1
	done
	shown -o kind,name,fill --type shm,sem "/$text" "/$bytes"
	assert_output "shm /$text_shown 0B of 4.0K
shm /$bytes_shown 0B of 4.0K
sem /$text_shown value 1
sem /$bytes_shown value 1"
	exact shm "/$text" "/$bytes"
	exact sem "/$text" "/$bytes"
	# without /dev/mqueue only those are known to all users that a process has open
	spawn mqrecv "/$text"
	spawn mqrecv "/$bytes"
	wait_until sleeping "$spawned"
	shown -o kind,name --type mq "/$text" "/$bytes"
	assert_output "mq /$text_shown
mq /$bytes_shown"
	exact mq "/$text" "/$bytes"
	end_spawned
	mqunlink "/$text" "/$bytes"
	ipcls -0 --type shm --unused "/$text" "/$bytes" | xargs -0 shmunlink
	ipcls -0 --type sem --unused "/$text" "/$bytes" | xargs -0 semop unlink
}

@test "ipcls shows each object with a strange name in one line: FIFOs, sockets, locks, commands" {
	local name command files
	for name in "$text" "$bytes"; do
		command mkfifo "$name.fifo"
		spawn sleep 1000 <>"$name.fifo"
		spawn socklisten "$PWD/$name.socket"
		spawn socklisten "@$name"
		spawn "$(peer lock)" hold ofd write "$name.lock" <>"$IPCTOOL_SILENCE"
	done
	cp "$(type -P sleep)" $'co\nm\e[1m'
	spawn "./"$'co\nm\e[1m' 1000 <>"$text.fifo"
	command=$spawned
	files=("$PWD"/{"$text","$bytes"}.fifo "$PWD"/{"$text","$bytes"}.socket "@$text" "@$bytes"
		"$PWD"/{"$text","$bytes"}.lock)
	for name in "${files[@]}"; do
		wait_until ipcls -0 "$name"
	done
	shown -o kind,name "${files[@]}"
	assert_output "fifo $PWD/$text_shown.fifo
fifo $PWD/$bytes_shown.fifo
socket $PWD/$text_shown.socket
socket $PWD/$bytes_shown.socket
socket @$text_shown
socket @$bytes_shown
lock $PWD/$text_shown.lock
lock $PWD/$bytes_shown.lock"
	exact fifo,socket,lock "${files[@]}"
	shown --who -o name,pid,command -p "$command" --type fifo
	assert_line "$PWD/$text_shown.fifo $command co\\x0am\\x1b[1m"
	end_spawned
}

@test "ipcls --why and --watch print a strange name in one line" {
	semop create "/$text" 0
	spawn ipcls --watch --type sem "/$text" >seen
	wait_until grep -q '^CHANGE' seen
	spawn semop wait "/$text"
	wait_until grep -q waiters seen
	run -0 --separate-stderr ipcls --why "/$text"
	assert_output --partial "waits for a permit of /$text_shown (value 0)"
	assert_equal "${#lines[@]}" 2
	end_spawned
	run bash -c 'tr -s " " <seen | sed -n "s/ $//; /waiters/p"'
	assert_output "waiters sem /$text_shown 0 1"
	semop unlink "/$text"
}
