#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mqrecv --exec --stay: workers that stay, one message after the other, none lost.
# applets: mqrecv

load helper

setup() {
	basic_setup
	q=$(name stay)
	dead=$(name dead)
	# small ones: see tests/README.md
	mqcreate -s 1024 "$q" "$dead"
	later mqunlink -f "$q" "$dead"
	worker=$(peer worker)
}

# How many messages a queue holds.
held() {
	local line
	line=$(mqstat -J "$1")
	line=${line#*\"messages\":}
	echo "${line%%,*}"
}

# The messages that the workers have read, without the PIDs; how many workers there were.
seen() {
	cut -d ' ' -f 2- seen
}
workers() {
	cut -d ' ' -f 1 seen | sort -u | wc -l
}

seen_lines() {
	[[ -e seen && $(wc -l <seen) == "$1" ]]
}

stay() {
	run --separate-stderr within 30 mqrecv --exec --stay "$@"
}

# ---- the conversation

@test "one worker is given all messages, and its answers say what becomes of each" {
	mqsend "$q" a 'answer 0' 'answer 7' 'answer 65' 'answer dead' b
	stay -a --dead "$dead" --joblog log "$q" -- "$worker"
	assert_failure 7
	assert_output ''
	assert_equal "$(seen)" $'a\nanswer 0\nanswer 7\nanswer 65\nanswer dead\nb'
	assert_equal "$(workers)" 1
	assert_equal "$(mqrecv -a "$dead")" $'answer 7\nanswer 65\nanswer dead'
	assert_equal "$stderr" "mqrecv: /$q: message 'answer 7' of 8 bytes, priority 0: moved to the dead-letter queue: its worker answered 7
mqrecv: /$q: message 'answer 65' of 9 bytes, priority 0: moved to the dead-letter queue: its worker answered 65
mqrecv: /$q: message 'answer dead' of 11 bytes, priority 0: moved to the dead-letter queue: its worker answered 65
/$q: 6 run, 3 failed, 0 put back, 3 given up"
	assert_equal "$(cut -d , -f 3,4,8- log)" '"try":1,"status":0,"text":"a","result":"done","reason":null}
"try":1,"status":0,"text":"answer 0","result":"done","reason":null}
"try":1,"status":7,"text":"answer 7","result":"given up","reason":null}
"try":1,"status":65,"text":"answer 65","result":"given up","reason":null}
"try":1,"status":65,"text":"answer dead","result":"given up","reason":null}
"try":1,"status":0,"text":"b","result":"done","reason":null}'
}

@test "a message arrives as it is: empty, with NUL bytes, as long as the queue takes" {
	mqsend "$q" ''
	printf 'a\0\nb,\377' | mqsend "$q"
	head -c 1024 /dev/zero | mqsend "$q"
	stay -a "$q" -- "$worker"
	assert_success
	assert_equal "$(seen)" $'\na\\x00\\x0ab,\\xff\n1024 bytes'
}

@test "--priorities and --id are before the message" {
	mqsend -p 7 "$q" hello
	mqsend "$q" world
	stay -a --priorities "$q" -- "$worker"
	assert_equal "$(seen)" $'7\\x09hello\n0\\x09world'
	rm seen
	mqsend -p 7 "$q" hello
	mqsend "$q" world
	stay -a --priorities --id "$q" -- "$worker"
	assert_success
	assert_regex "$(seen)" "^/$q:[0-9a-f]{16}\.1.x097.x09hello"$'\n'"/$q:[0-9a-f]{16}\.2.x090.x09world\$"
}

@test "the environment of a worker has the queue and the window, no message" {
	mqsend "$q" a
	# shellcheck disable=SC2016 # for the worker's shell
	MQ_TRY=9 MQ_WINDOW=8 stay --window 5 "$q" -- sh -c 'env | grep ^MQ_ | sort >variables; exec "$1"' sh "$worker"
	assert_success
	assert_equal "$(<variables)" "MQ_NAME=/$q"$'\nMQ_WINDOW=5'
}

@test "the environment of a worker is what the shell exports, each variable once" {
	export_variables
	mqsend "$q" a
	# shellcheck disable=SC2016 # for the worker's shell
	MQ_TRY=9 MQ_SIZE=8 stay "$q" -- sh -c 'env | grep -E "^(MQ|VAR)_" | sort >variables; exec "$1"' sh "$worker"
	assert_success
	assert_equal "$(<variables)" "MQ_NAME=/$q"$'\nMQ_WINDOW=1'"$exported"
}

@test "a worker has at most as many messages as the window, and as many" {
	local i
	for i in 1 64; do
		rm -f seen
		spawn eval 'seq 256 | mqsend -l "$q"'
		stay -c 256 --window "$i" "$q" -- "$worker" after "$i"
		assert_success
		assert_equal "$(seen | sort -n)" "$(seq 256)"
		assert_equal "$(seen | md5sum)" "$(seq 256 | md5sum)"
		collect
	done
}

@test "several workers take part, and each message is given to one" {
	mqsend "$q" wait wait wait
	spawn mqrecv --exec --stay -P 3 -F --window 2 "$q" -- "$worker" 2>err
	wait_until seen_lines 3
	assert_equal "$(workers)" 3
	mqsend "$q" wait wait wait
	wait_until eval '[[ $(held "$q") == 0 ]]'
	mqsend "$q" last
	touch go
	wait_until seen_lines 7
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 0
	assert_equal "$(workers)" 3
	assert_equal "$(<err)" "/$q: 7 run, 0 failed, 0 put back, 0 given up"
}

@test "a worker that stays is not started before a message is there" {
	stay -t 0.1 "$q" -- "$worker"
	assert_failure 124
	assert [ ! -e seen ]
	stay -a "$q" -- sh -c 'touch started'
	assert_failure 123
	assert [ ! -e started ]
}

# ---- a worker that ends

@test "a message that ends its worker is tried as often as any that fails, and only it" {
	mqsend "$q" a kill b c
	stay -a --window 4 --retry 2 --dead "$dead" "$q" -- "$worker"
	assert_failure 137
	assert_equal "$(seen | sort | uniq -c | sed 's/^ *//')" $'1 a\n1 b\n1 c\n3 kill'
	assert_equal "$(mqrecv -a "$dead")" kill
	assert_equal "$(grep -c 'was terminated by a signal: Killed$' <<<"$stderr")" 4
	assert_regex "$stderr" "message 'kill' of 4 bytes, priority 0: moved to the dead-letter queue: its worker was terminated by a signal: Killed"
	assert_equal "${stderr_lines[-1]}" "/$q: 6 run, 3 failed, ${stderr_lines[-1]#*failed, }"
}

@test "the status of a worker that ends is that of the message that it was at" {
	mqsend "$q" 'exit 3' a
	stay -a --window 4 --retry 1 --joblog log "$q" -- "$worker"
	assert_failure 3
	assert_equal "$(seen | sort | uniq -c | sed 's/^ *//')" $'1 a\n2 exit 3'
	assert_regex "${stderr_lines[0]}" "^mqrecv: /$q: worker [0-9]+ exited with status 3\$"
	assert_regex "$stderr" "message 'exit 3' of 6 bytes, priority 0: discarded: its worker exited with status 3"
	assert_equal "$(head -n 1 log | cut -d , -f 3,4,8-)" '"try":1,"status":3,"text":"exit 3","result":"put back","reason":"no answer"}'
	mqsend "$q" 'exit 0'
	stay -a --retry 1 "$q" -- "$worker"
	assert_failure 1
	assert_regex "$stderr" 'discarded: its worker exited without an answer'
}

@test "without --retry a worker that ends has failed at no message" {
	mqsend "$q" 'exit 3' a
	stay -a --window 4 --joblog log "$q" -- "$worker"
	assert_failure 3
	assert_equal "$(grep -c 'exited with status 3$' <<<"$stderr")" 8
	refute_regex "$stderr" discarded
	assert_equal "${stderr_lines[8]}" "mqrecv: /$q: no worker could be started that answers"
	assert_equal "$(mqrecv -a "$q")" $'exit 3\na'
	assert_equal "$(wc -c <log)" 0
	# a connection that is lost again and again
	# shellcheck disable=SC2046 # words
	mqsend "$q" $(seq 9)
	# shellcheck disable=SC2016 # for the worker's shell
	stay -a --window 4 "$q" -- sh -c 'timeout 0.3 "$1"; kill -9 $$' sh "$worker"
	assert_success
	assert_equal "$(seen | grep -x '[0-9]' | sort -u | wc -l)" 9
	refute_regex "$stderr" discarded
}

@test "a worker that exits with 0 after answers has failed at no message, even if it has read more" {
	mqsend "$q" a leave b leave c
	stay -a --window 8 "$q" -- "$worker" greedy
	assert_success
	assert_equal "$(seen)" $'a\nleave\nb\nleave\nc'
	assert_equal "$(workers)" 3
	assert_regex "$stderr" "^/$q: 5 run, 0 failed, [34] put back, 0 given up\$"
}

@test "-c: a message that comes back untried is received again, and counts once" {
	mqsend "$q" a leave b c d
	stay -c 4 --window 8 "$q" -- "$worker" greedy
	assert_success
	assert_equal "$(seen | wc -l)" 4
	assert_equal "$(held "$q")" 1
}

@test "a worker that fails before it reads harms no message, and ends a pool that would end" {
	mqsend "$q" a b
	stay -a --dead "$dead" --window 2 "$q" -- sh -c 'echo x >>starts; exit 5'
	assert_failure 5
	assert_equal "$(wc -l <starts)" 8
	assert_equal "$(held "$q") $(held "$dead")" '2 0'
	assert_equal "${stderr_lines[8]}" "mqrecv: /$q: no worker could be started that answers"
}

@test "a worker that fails is started again until it can work" {
	mqsend "$q" a b
	# shellcheck disable=SC2016 # for the worker's shell
	stay -a --window 2 "$q" -- sh -c 'echo x >>starts; [ $(wc -l <starts) -gt 3 ] || exit 5; exec "$1"' sh "$worker"
	assert_success
	assert_equal "$(seen | sort)" $'a\nb'
	assert_equal "${#stderr_lines[@]}" 4
}

@test "a worker that cannot be executed: its message is put back" {
	mqsend "$q" a
	run -127 --separate-stderr within 30 mqrecv --exec --stay -a "$q" -- ./missing
	touch data
	stay -a "$q" -- ./data
	assert_failure 126
	assert_equal "$(held "$q")" 1
}

@test "a worker that fails after its last answer is reported, and nothing is lost" {
	mqsend "$q" a
	# shellcheck disable=SC2016 # for the worker's shell
	stay -a "$q" -- sh -c '"$1"; exit 4' sh "$worker"
	assert_success
	assert_regex "${stderr_lines[0]}" "^mqrecv: /$q: worker [0-9]+ exited with status 4\$"
	assert_equal "${stderr_lines[1]}" "/$q: 1 run, 0 failed, 0 put back, 0 given up"
}

# ---- a worker that is not to be trusted

@test "an answer that is none ends the worker, and the message has failed" {
	local text
	for text in '' 256 -1 '0 ' 0x0 no 99999 'a very long line'; do
		mqsend "$q" "answer $text" b
		rm -f seen
		stay -a --window 2 "$q" -- "$worker"
		assert_failure 1
		assert_regex "${stderr_lines[0]}" "^mqrecv: /$q: worker [0-9]+ answered a line that is not a status\$"
		assert_regex "$stderr" "message 'answer $text' of .* discarded: its worker answered a line that is not a status"
		assert_equal "$(seen | tail -n 1)" b
	done
}

@test "a worker that never answers properly: each message fails once" {
	mqsend "$q" a b c
	stay -a --window 4 --joblog log "$q" -- sh -c 'echo hello; exec cat >/dev/null'
	assert_failure 1
	assert_equal "$(grep -c 'discarded: its worker answered a line that is not a status' <<<"$stderr")" 3
	assert_equal "$(cut -d , -f 3,4,8- log | sort)" '"try":1,"status":1,"text":"a","result":"given up","reason":"answered a line that is not a status"}
"try":1,"status":1,"text":"b","result":"given up","reason":"answered a line that is not a status"}
"try":1,"status":1,"text":"c","result":"given up","reason":"answered a line that is not a status"}'
}

@test "answers without messages end the worker" {
	mqsend "$q" flood b
	stay -a --window 4 "$q" -- "$worker"
	assert_regex "$stderr" "worker [0-9]+ answered a message that it was not given"
	assert_regex "$(seen)" '^flood'
	# each was answered, or has come back
	assert_equal "$(held "$q")" 0
	stay -t 0.1 "$q" -- sh -c 'echo 0; exec cat >/dev/null'
	assert_failure 124
}

@test "a worker that closes its output is ended, one that closes its input may answer" {
	mqsend "$q" close-input b
	stay -a --window 2 --limit 20 "$q" -- "$worker"
	assert_success
	assert_equal "$(seen)" $'close-input\nb'
	assert_regex "$stderr" 'worker [0-9]+ closed its input, and did not end'
	rm seen
	mqsend "$q" close-output b
	stay -a --window 2 --retry 1 "$q" -- "$worker"
	assert_failure 1
	assert_regex "$stderr" 'worker [0-9]+ closed its output, and did not end'
	assert_regex "$stderr" "message 'close-output' .* discarded: its worker closed its output, and did not end"
	assert_equal "$(seen | sort | uniq -c | sed 's/^ *//')" $'1 b\n2 close-output'
}

@test "--limit is the time for an answer: the worker is terminated, the others come back" {
	mqsend "$q" a hang b
	stay -a --window 3 --limit 0.5 --joblog log "$q" -- "$worker"
	assert_failure 124
	assert_equal "$(seen)" $'a\nhang\nb'
	assert_regex "${stderr_lines[0]}" "^mqrecv: /$q: worker [0-9]+ exceeded the time limit\$"
	assert_equal "${stderr_lines[1]}" "mqrecv: /$q: message 'hang' of 4 bytes, priority 0: discarded: its worker exceeded the time limit"
	assert_equal "$(sed -n 2p log | cut -d , -f 8-)" '"text":"hang","result":"given up","reason":"time limit"}'
}

@test "--limit: a worker that never reads is terminated too" {
	mqsend "$q" a
	stay --limit 0.2 "$q" -- sleep 60
	assert_failure 124
	assert_regex "$stderr" 'exceeded the time limit'
}

@test "--limit: a worker that does not end at SIGTERM is killed, and one that stays at the end" {
	mqsend "$q" deaf
	stay --limit 0.2 "$q" -- "$worker"
	assert_failure 124
	mqsend "$q" a
	# shellcheck disable=SC2016 # for the worker's shell
	stay --limit 0.5 "$q" -- sh -c '"$1"; exec sleep 60' sh "$worker"
	assert_success
}

# ---- signals and the end

@test "after SIGTERM what is unanswered may be answered" {
	mqsend "$q" wait b
	spawn mqrecv --exec --stay --window 2 -F "$q" -- "$worker" 2>err
	wait_until seen_lines 1
	wait_until eval '[[ $(held "$q") == 0 ]]'
	kill -TERM "$spawned"
	wait_until eval '! sigmask "$spawned" | grep -q "pending.*TERM"'
	mqsend "$q" later
	touch go
	collect
	assert_equal "$status" 0
	assert_equal "$(seen)" $'wait\nb'
	assert_equal "$(held "$q")" 1
	assert_equal "$(<err)" "/$q: 2 run, 0 failed, 0 put back, 0 given up"
}

@test "a second SIGTERM reaches the worker: what is unanswered is put back untried" {
	mqsend "$q" hang b
	spawn mqrecv --exec --stay --window 2 -F --dead "$dead" "$q" -- "$worker" 2>err
	wait_until seen_lines 1
	wait_until eval '[[ $(held "$q") == 0 ]]'
	kill -TERM "$spawned"
	wait_until eval '! sigmask "$spawned" | grep -q "pending.*TERM"'
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 0
	assert_equal "$(mqrecv -a "$q" | sort)" $'b\nhang'
	assert_equal "$(held "$dead")" 0
}

@test "--drain: SIGTERM ends the pool when the queue is empty" {
	mqsend "$q" wait b c
	spawn mqrecv --exec --stay --drain "$q" -- "$worker" 2>err
	wait_until seen_lines 1
	kill -TERM "$spawned"
	wait_until eval '! sigmask "$spawned" | grep -q "pending.*TERM"'
	touch go
	collect
	assert_equal "$status" 0
	assert_equal "$(seen)" $'wait\nb\nc'
}

@test "--until-pid: the pool ends when the process has ended" {
	spawn eval "seq 100 | mqsend -l $q"
	stay --until-pid "$spawned" --window 64 -P 2 "$q" -- "$worker"
	assert_success
	assert_equal "$(seen | sort -n)" "$(seq 100)"
}

@test "--workers-file: one less ends when it has answered" {
	echo 2 >number
	mqsend "$q" wait wait
	spawn mqrecv --exec --stay -F --workers-file number "$q" -- "$worker" 2>err
	wait_until seen_lines 2
	assert_equal "$(workers)" 2
	echo 1 >number
	touch go
	local first
	first=$(sed -n 's/ .*//p;q' seen)
	wait_until eval '[[ $(cut -d " " -f 1 seen | sort -u | while read -r pid; do [[ ! -e /proc/$pid/exe ]] || echo; done | wc -l) == 1 ]]'
	mqsend "$q" last
	wait_until seen_lines 3
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 0
	assert_equal "$(workers)" 2
}

@test "SIGUSR1 and --progress count the messages" {
	mqsend "$q" wait b
	spawn mqrecv --exec --stay --window 2 -F "$q" -- "$worker" 2>err
	wait_until seen_lines 1
	wait_until eval '[[ $(held "$q") == 0 ]]'
	kill -USR1 "$spawned"
	wait_until test -s err
	assert_regex "$(<err)" "^/$q: 2 running  0 done  0 failed  0 waiting "
	touch go
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 0
}

# ---- in flight

@test "--in-flight: what a killed pool's worker has not answered runs in the next one" {
	local second
	second=$(name second)
	mqcreate -s 1024 "$second"
	later mqunlink -f "$second"
	mqsend "$q" a hang b c
	spawn mqrecv --exec --stay -F --window 3 --in-flight "$second" "$q" -- "$worker" 2>err
	wait_until seen_lines 2
	wait_until eval '[[ $(held "$q") == 0 ]]'
	kill -KILL "$spawned"
	collect
	stay -a --window 3 --limit 0.5 --in-flight "$second" "$q" -- "$worker"
	assert_failure 124
	assert_equal "$(seen | sort | uniq -c | sed 's/^ *//')" $'1 a\n1 b\n1 c\n2 hang'
	assert_regex "${stderr_lines[-1]}" ', 3 recovered$'
	assert_equal "$(held "$second")" 0
}

@test "--in-flight: a message that comes back stays in flight, and has the same id" {
	local second
	second=$(name second)
	mqcreate -s 1024 "$second"
	later mqunlink -f "$second"
	mqsend "$q" a b
	# shellcheck disable=SC2016 # for the worker's shell
	stay -a --window 3 --id --retry 3 --in-flight "$second" "$q" -- sh -c 'if mkdir first; then head -c 60 | tr , "\n" >got; kill -9 $$; fi; exec "$1"' sh "$worker"
	assert_success
	assert_equal "$(seen | sed 's/.x09/ /' | cut -d ' ' -f 2)" $'a\nb'
	grep -qF "$(seen | sed -n 's/\.1.x09a//p').1	a" got
	assert_equal "$(held "$second") $(held "$q")" '0 0'
}

# A queue for in flight, of this depth.
begin_in_flight() {
	second=$(name second)
	mqcreate -s 1024 -d "$1" "$second"
	later mqunlink -f "$second"
	later shmunlink -f "$second.in-flight"
}

in_memory() {
	find /dev/shm -name "$second*" -printf '%f '
}

# Killed with its worker when it has received all; none of them is answered, if the first one is 'wait'.
killed_with_window() {
	spawn mqrecv --exec --stay -F --window "$@" --in-flight "$second" "$q" -- "$worker" 2>err
	wait_until seen_lines 1
	wait_until eval '[[ $(held "$q") == 0 ]]'
	kill -KILL -- "-$spawned"
	collect
	rm seen
}

@test "--in-flight: a window deeper than the in-flight queue is recovered, by commands too, the highest priority first" {
	begin_in_flight 3
	mqsend -p 1 "$q" wait b c d
	spawn mqrecv --exec --stay -F --window 9 --in-flight "$second" "$q" -- "$worker" 2>err
	wait_until seen_lines 1
	wait_until eval '[[ $(held "$q") == 0 ]]'
	mqsend -p 2 "$q" e f
	mqsend "$q" g
	wait_until eval '[[ $(held "$q") == 0 ]]'
	assert_equal "$(held "$second") $(in_memory)" "0 $second.in-flight "
	kill -KILL -- "-$spawned"
	collect
	# one command at a time, while the in-flight queue has three places
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 30 mqrecv -a --exec --retry 1 --in-flight "$second" "$q" -- sh -c 'echo {} $MQ_PRIORITY; ! mkdir {} 2>/dev/null'
	assert_success
	assert_equal "$(sort -u <<<"$output")" $'b 1\nc 1\nd 1\ne 2\nf 2\ng 0\nwait 1'
	assert_equal "$(awk '!seen[$1]++ { printf "%s ", $1 }' <<<"$output")" 'e f wait b c d g '
	assert_equal "$stderr" "/$q: 14 run, 7 failed, 7 put back, 0 given up, 7 recovered"
	assert_equal "$(held "$second") $(held "$q") $(in_memory)" '0 0 '
}

@test "--in-flight: what commands had in flight is given to workers that stay" {
	begin_in_flight 3
	mqsend "$q" a b
	# shellcheck disable=SC2016 # for the command's shell
	spawn mqrecv -F --exec -P 2 --in-flight "$second" "$q" -- sh -c 'echo >>seen; exec sleep 60'
	wait_until seen_lines 2
	kill -KILL -- "-$spawned"
	collect
	rm seen
	assert_equal "$(held "$second")" 2
	stay -a --window 5 --in-flight "$second" "$q" -- "$worker"
	assert_success
	assert_equal "$(seen)" $'a\nb'
	assert_equal "$stderr" "/$q: 2 run, 0 failed, 0 put back, 0 given up, 2 recovered"
	assert_equal "$(held "$second") $(in_memory)" '0 '
}

@test "--in-flight: at the end as many messages as it holds go to the in-flight queue, the others stay" {
	begin_in_flight 2
	mqsend "$q" wait b c
	spawn mqrecv --exec --stay -F --window 3 --in-flight "$second" "$q" -- "$worker" 2>err
	wait_until seen_lines 1
	wait_until eval '[[ $(held "$q") == 0 ]]'
	kill -TERM "$spawned"
	wait_until grep -q '^ShdPnd:.0*$' "/proc/$spawned/status"
	kill -KILL "$(cut -d ' ' -f 1 seen)"
	collect
	assert_equal "$status" 0
	assert_equal "$(tail -n 2 err)" "mqrecv: /$second: messages left on the queue: 2
mqrecv: /$second: messages left in /$second.in-flight: 1"
	assert_equal "$(held "$second")" 2
	rm seen
	touch go
	stay -a --window 3 --in-flight "$second" "$q" -- "$worker"
	assert_success
	assert_equal "$(seen | sort | tr '\n' ' ')" 'b c wait '
	assert_equal "$(held "$second") $(in_memory)" '0 '
}

# The id of a message in the file "seen", without the name of the queue.
id_of() {
	sed -n "s/.* \/$q:\(.*\)\\\\x09$1\$/\1/p" seen
}

@test "--id with --in-flight: a message keeps its id when the pool is killed or ends, and no other one gets it" {
	begin_in_flight 3
	local created
	mqsend "$q" wait b
	spawn mqrecv --exec --stay -F --window 3 --id --in-flight "$second" "$q" -- sh -c 'cat >given'
	wait_until grep -q b, given
	kill -KILL -- "-$spawned"
	collect
	created=$(grep -o '[0-9a-f]\{16\}\.1' given)
	created=${created%.1}
	# the worker dies, with an answer to none, when its pool has been told to end
	# shellcheck disable=SC2016 # for the worker's shell
	spawn mqrecv --exec --stay -F --window 3 --id --in-flight "$second" "$q" -- sh -c 'head -c 50 >/dev/null; kill -TERM $PPID; until grep -q "^ShdPnd:.0*$" "/proc/$PPID/status"; do sleep 0.01; done; kill -KILL $$' 2>err
	collect
	assert_equal "$(held "$second") $(in_memory)" "0 $second.in-flight "
	assert_equal "$(tail -n 1 err)" "mqrecv: /$second: messages left in /$second.in-flight: 2"
	mqsend "$q" c
	touch go
	stay -a --window 3 --id --in-flight "$second" "$q" -- "$worker"
	assert_success
	assert_equal "$(id_of wait) $(id_of b) $(id_of c)" "$created.1 $created.2 $created.3"
	assert_equal "$(held "$second") $(in_memory)" '0 '
	# other slots
	rm seen
	mqsend "$q" d
	stay -a --id --in-flight "$second" "$q" -- "$worker"
	assert_regex "$(id_of d)" '^[0-9a-f]{16}\.1$'
	assert_not_equal "$(id_of d)" "$created.1"
}

@test "--in-flight: slots that hold messages are used with fewer messages at once, or refused if they have no room" {
	begin_in_flight 2
	mqsend "$q" wait
	killed_with_window 1
	touch go
	mqsend "$q" b c d
	stay -a -v --window 8 --in-flight "$second" "$q" -- "$worker"
	assert_success
	assert_equal "$(seen)" $'wait\nb\nc\nd'
	assert_equal "${stderr_lines[0]}" "/$second.in-flight: left by an earlier mqrecv: messages at once: 2"
	assert_equal "$(held "$second") $(in_memory)" '0 '
	rm go seen
	mqsend "$q" wait
	killed_with_window 1
	mqunlink "$second" && mqcreate -s 1024 -d 5 "$second"
	mqsend "$second" 1 2 3
	refused 125 "mqrecv: /$second.in-flight: holds messages of an earlier /$second with depth 2, message size 1024: 1" \
		mqrecv -a --exec --stay --in-flight "$second" "$q" -- "$worker"
	assert_equal "$(held "$second") $(in_memory)" "3 $second.in-flight "
	mqrecv -n "$second"
	touch go
	stay -a --in-flight "$second" "$q" -- "$worker"
	assert_success
	assert_equal "$(seen | sort | tr '\n' ' ')" '2 3 wait '
}

# ---- usage

@test "what has no meaning with --stay, or without it, is refused" {
	refused 125 'mqrecv: --window requires --stay' mqrecv --exec --window 3 "$q" -- cat
	refused 125 'mqrecv: --id requires --stay' mqrecv --exec --id "$q" -- cat
	refused 125 'mqrecv: --priorities requires --stay' mqrecv --exec --priorities "$q" -- cat
	refused 125 "mqrecv: options '-k' and '--stay' exclude each other" mqrecv --exec -k --stay "$q" -- cat
	refused 125 'mqrecv: with --stay {} cannot be replaced: a worker reads the messages from standard input' \
		mqrecv --exec --stay "$q" -- echo {}
}
