#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# applets: ipcls
# ipcls --top in a pseudo-terminal: peers/terminal.c draws what a terminal would show.

load helper

setup() {
	# a shell that a test starts would not have the sanitizer's library
	[[ $IPCTOOL_FRONT != bash ]] || requires plain
	basic_setup
}

# top ROWS COLUMNS STEP... -- OPTION...: ipcls --top there, as this front end has it; see peers/terminal.c
top() {
	local -a steps=()
	while [[ $1 != -- ]]; do
		steps+=("$1")
		shift
	done
	shift
	local -a command=(ipcls --top "$@")
	[[ $IPCTOOL_FRONT != bash ]] || command=(bash --norc --noprofile -c
		'enable -f "$0" ipcls; ipcls --top "$@"' "$IPCTOOL_BUILD/ipctool.so" "$@")
	TERM=xterm "$(peer terminal)" "${steps[@]}" -- "${command[@]}" 2>&1 3>&-
}

# No helper process is left over.
no_guard() {
	! grep -qsx screen-guard /proc/[0-9]*/comm
}

@test "--top shows the table, in any size of the terminal" {
	local m
	m=/$(name m)
	shmcreate "$m" 64K
	run top 24 80 "see:$m" size:60,200 "see:objects" "see:q quit" print key:q end wait:plain -- "$m"
	assert_success
	assert_line --regexp "^ipcls: 1 objects"
	assert_line --regexp "^KIND +NAME +OWNER +FILL +HELD +WAIT +AGE$"
	assert_line --regexp "^shm +$m +$(id -un) +0B of 64K +0[+]? +0 +[0-9]+s$"
	assert_line "status 0"
	run top 24 80 "see:$m" size:3,20 "see:shm" size:1,1 size:24,80 "see:$m" key:q end -- "$m"
	assert_line "status 0"
	shmunlink "$m"
}

@test "--top keeps the table up to date" {
	local s
	s=/$(name s)
	semop create "$s" 5
	run top 24 80 "see:value 5" "run:semop post $s" "see:value 6" "run:semop unlink $s" "lose:$s" key:q end -- --type sem
	assert_success
	assert_line "status 0"
}

@test "--top sorts, filters and moves by keys" {
	local a b
	a=/$(name a) b=/$(name b)
	shmcreate "$a" 4K
	semop create "$b" 1
	run top 24 80 "see:$a" key:s "see:by name" key:/ "see:filter:" "key:$b" "lose:$a" $'key:\n' "see:with $b" \
		key:/ $'key:\e' "see:$a" key:/ key:sem $'key:\n' "lose:$a" key:// $'key:\177\e' "see:$a" \
		$'key:\e[B\e[A\e[6~\e[5~\e[H\e[F\e[1;5Cjk' key:q end -- "$a" "$b"
	assert_success
	assert_line "status 0"
	shmunlink "$a"
	semop unlink "$b"
}

@test "--top shows who has an object" {
	mkfifo fifo
	spawn bash -c 'exec sleep 1000 <>fifo'
	wait_until eval '[[ $(<"/proc/$spawned/comm") == sleep ]]'
	run top 24 100 see:fifo $'key:\n' see:COMMAND print key:q "see:q quit" key:q end -- "$PWD/fifo"
	assert_line --regexp "^fifo .* $spawned .* sleep .*"
	assert_line "status 0"
}

@test "--top: a line is red while a process waits for the object, and says why nothing moves" {
	local s
	s=/$(name s)
	semop create "$s" 0
	spawn semop wait "$s"
	run top 24 100 "red:$s" key:w "see:1 waited for" $'key:\n' "see:waits for a permit of $s" key:q "see:q quit" \
		"run:semop post $s" "lose:$s" key:w "see:$s" "see:0 waited for" key:q end -- --type sem "$s"
	assert_success
	assert_line "status 0"
	collect
	semop unlink "$s"
}

@test "--top removes an object only after a yes" {
	local m
	m=/$(name m)
	shmcreate "$m" 4K
	run top 24 80 "see:$m" key:d "see:remove it?" key:n "see:q quit" "run:test -e /dev/shm$m" \
		key:d "see:remove it?" key:y "see:removed $m" "run:test ! -e /dev/shm$m" key:q end -- "$m"
	assert_success
	assert_line "status 0"
	mkfifo fifo
	exec {fd}<>fifo
	run top 24 80 see:fifo key:d "see:only queues" key:q end -- "$PWD/fifo"
	exec {fd}>&-
	assert_line "status 0"
}

@test "--top shows a message in its place, not over the table" {
	local m
	m=/$(name m)
	shmcreate "$m" 4K
	run top 24 80 "see:$m" key:d "see:remove it?" "run:shmunlink $m" key:y "see:ipcls: $m: no such" key:q end -- "$m"
	assert_success
	assert_line "status 0"
}

@test "--top shows the control characters of a name" {
	local m
	m=/$(name m)$'\e[31mred'
	shmcreate "$m" 4K
	run top 24 120 'see:\x1b[31mred' key:q end -- --type shm
	shmunlink "$m"
	assert_line "status 0"
}

@test "--top restores the terminal when a signal ends it" {
	local signal
	# bash ignores QUIT
	[[ $IPCTOOL_FRONT == bash ]] || signal=3
	for signal in 1 2 15 $signal; do
		run top 24 80 see:KIND wait:raw "kill:$signal" end wait:plain --
		assert_success
		assert_line "signal $signal"
	done
	run top 24 80 see:KIND wait:raw $'key:\3' end wait:plain --
	assert_line "signal 2"
	wait_until no_guard
}

@test "--top is killed: the terminal is restored all the same" {
	run top 24 80 see:KIND wait:raw kill:9 end wait:plain --
	assert_success
	assert_line "signal 9"
	wait_until no_guard
}

# bats test_tags=slow
@test "--top is killed at any moment: the terminal is restored" {
	local delay
	for delay in 0 0.002 0.004 0.006 0.008 0.01 0.015 0.02 0.03 0.05; do
		run top 24 80 "run:sleep $delay" kill:9 end wait:plain --
		assert_success
		assert_line "signal 9"
	done
	wait_until no_guard
}

@test "--top restores the terminal itself if the helper process is killed" {
	run top 24 80 see:KIND wait:raw 'run:for f in /proc/[0-9]*; do read -r c <$f/comm && test "$c" = screen-guard &&
		kill -9 ${f#/proc/}; done 2>/dev/null; :' key:q end wait:plain --
	assert_success
	assert_line "status 0"
}

@test "--top ends when the terminal is closed" {
	run top 24 80 see:KIND wait:raw close end --
	assert_success
	assert_line --regexp "^(signal 1|status 129)$"
	wait_until no_guard
}

@test "--top is stopped: the terminal is as before, and drawn again afterwards" {
	run top 24 80 see:KIND wait:raw kill:19 wait:stopped wait:plain lose:KIND kill:18 wait:raw see:KIND kill:15 end wait:plain --
	assert_success
	assert_line "signal 15"
}

@test "--top can be suspended and continued in a shell" {
	requires program
	run env TERM=xterm "$(peer terminal)" 24 80 $'key:PS1=ready:; ipcls --top\n' see:KIND wait:raw $'key:\032' \
		wait:plain see:Stopped lose:KIND $'key:fg\n' wait:raw see:KIND key:q wait:plain lose:KIND \
		$'key:echo st=$?; exit\n' see:st=0 end -- bash --norc --noprofile --noediting -i 3>&-
	assert_success
	assert_line "status 0"
}

@test "--top refuses what is no terminal, or one that cannot be drawn over" {
	refused 1 "ipcls: standard input and output must be a terminal" ipcls --top </dev/null
	run env TERM=dumb "$(peer terminal)" 24 80 "see:cannot be drawn over (TERM is dumb)" end -- ipcls --top 3>&-
	assert_output "status 1"
}
