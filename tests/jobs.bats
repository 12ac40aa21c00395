#!/usr/bin/env bats
# mqrecv --exec: a command for each message, several at once, none lost.
# applets: mqrecv

load helper

setup() {
	basic_setup
	q=$(name jobs)
	dead=$(name dead)
	mqcreate "$q" "$dead"
	later mqunlink -f "$q" "$dead"
}

# How many messages a queue holds.
held() {
	local line
	line=$(mqstat -J "$1")
	line=${line#*\"messages\":}
	echo "${line%%,*}"
}

@test "mqrecv --exec gives a message to the command as its input" {
	printf 'two\nlines' | mqsend "$q"
	run within 20 mqrecv --exec "$q" -- cat
	assert_success
	assert_line --index 0 two
	assert_output --partial lines
}

@test "mqrecv --exec tells the command what it has" {
	mqsend -p 7 "$q" hello
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv --exec "$q" sh -c 'echo "$MQ_NAME $MQ_PRIORITY $MQ_SIZE $MQ_TRY"'
	assert_success
	assert_output "/$q 7 5 1"
	assert_stderr "/$q: 1 ran, 0 failed, 0 came back, 0 died"
}

@test "mqrecv --exec puts a message into the place of every {}" {
	mqsend "$q" 'a b'
	run --separate-stderr within 20 mqrecv --exec "$q" -- printf '<%s>' {} 'x{}y{}z' '{' ''
	assert_success
	assert_output '<a b><xa bya bz><{><>'
}

@test "a message with a NUL byte cannot be an argument, but it can be an input" {
	printf 'a\0b' | mqsend "$q"
	printf 'a\0b' | mqsend "$q"
	run --separate-stderr within 20 mqrecv --exec "$q" -- wc -c
	assert_success
	assert_output 3
	run --separate-stderr within 20 mqrecv --exec --retry 3 --dead "$dead" "$q" -- echo {}
	assert_failure 65
	assert_output ''
	assert_stderr --partial 'NUL byte'
	assert_equal "$(mqrecv -r "$dead" | tr '\0' 0)" a0b
}

@test "a message that is too long for an argument is given up, and the next one is run" {
	local most long
	most=$(($(getconf PAGESIZE) * 32 - 1))
	printf -v long '%*s{}' $((most - 5)) ''
	mqsend "$q" fives sixsix fives
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec --dead "$dead" "$q" -- sh -c 'echo ${#1}' sh "$long"
	assert_failure 65
	assert_output "$most"$'\n'"$most"
	assert_stderr --partial "with it an argument is longer than $most bytes"
	assert_equal "$(mqrecv -n "$dead")" sixsix
}

@test "an empty message, and one of the longest, reach the command whole" {
	local size
	size=$(mqstat -J "$q" | sed 's/.*"size":\([0-9]*\).*/\1/')
	mqsend "$q" ''
	head -c "$size" /dev/urandom >long
	mqsend "$q" <long
	run --separate-stderr within 20 mqrecv --exec "$q" -- wc -c
	assert_output 0
	mqrecv --exec "$q" -- cat >got 2>err
	cmp long got
}

@test "mqrecv --exec runs the commands in the order of priority" {
	mqsend -p 1 "$q" low
	mqsend -p 9 "$q" high
	mqsend -p 5 "$q" middle
	run --separate-stderr within 20 mqrecv -a --exec "$q" -- echo {}
	assert_success
	assert_output $'high\nmiddle\nlow'
}

@test "never more commands run than -P says, and as many do" {
	local i
	mkfifo go
	exec 8<>go
	for i in 1 2 3 4 5; do mqsend "$q" "$i"; done
	spawn mqrecv -a --exec -P 3 "$q" -- sh -c 'echo >>started; read -r _ <go' 2>err
	wait_until eval '[[ $(wc -l <started) == 3 ]]'
	wait_until sleeping "$spawned"
	assert_equal "$(wc -l <started)" 3
	assert_equal "$(held "$q")" 2
	for i in 1 2 3 4 5; do echo >&8; done
	collect
	assert_equal "$status" 0
	assert_equal "$(cat err)" "/$q: 5 ran, 0 failed, 0 came back, 0 died"
	exec 8>&-
}

@test "the status of a failed command is that of mqrecv --exec" {
	mqsend "$q" a
	run --separate-stderr within 20 mqrecv --exec "$q" -- sh -c 'exit 7'
	assert_failure 7
	assert_stderr --partial "mqrecv: /$q: the message of 1 bytes, priority 0, is given up: its command ended with status 7"
	mqsend "$q" a
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv --exec "$q" -- sh -c 'kill -KILL $$'
	assert_failure 137
	assert_stderr --partial 'a signal ended its command: Killed'
}

@test "what fails comes back with its priority, so many times as --retry says" {
	mqsend -p 3 "$q" again
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec --retry 2 "$q" -- sh -c 'echo "$MQ_TRY $MQ_PRIORITY"; exit 1'
	assert_failure 1
	assert_output $'1 3\n2 3\n3 3'
	assert_stderr --partial "/$q: 3 ran, 3 failed, 2 came back, 1 died"
	assert_equal "$(held "$q")" 0
}

@test "equal texts of two priorities are two messages, each with its own tries" {
	mqsend -p 1 "$q" equal
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec --retry 1 "$q" -- sh -c '
		echo "$MQ_PRIORITY $MQ_TRY"
		[ -e other ] || { : >other && "$1" send "/$0" 2 equal; }
		exit 1' "$q" "$(peer mq)"
	assert_failure 1
	assert_output $'1 1\n2 1\n2 2\n1 2'
}

@test "what succeeds in the end is no failure" {
	mqsend "$q" again
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec --retry 5 "$q" -- sh -c '[ $MQ_TRY = 3 ]'
	assert_success
	assert_stderr "/$q: 3 ran, 2 failed, 2 came back, 0 died"
}

@test "status 65 says that trying again is no use" {
	mqsend "$q" useless
	run --separate-stderr within 20 mqrecv -a --exec --retry 5 "$q" -- sh -c 'exit 65'
	assert_failure 65
	assert_stderr --partial "/$q: 1 ran, 1 failed, 0 came back, 1 died"
}

@test "what is given up goes to the queue of the dead with its priority" {
	mqsend -p 4 "$q" corpse
	run --separate-stderr within 20 mqrecv --exec --dead "$dead" "$q" -- false
	assert_failure 1
	run mqrecv -nP "$dead"
	assert_output $'4\tcorpse'
}

@test "a queue of the dead is a POSIX queue and another one, or nothing is taken" {
	local other
	mqsend "$q" a
	for other in "$q" key:1; do
		run within 20 mqrecv -a --exec --dead "$other" "$q" -- false
		assert_failure 125
		assert_line --index 0 --partial ': --dead wants a POSIX queue of its own'
	done
	assert_equal "$(held "$q")" 1
}

@test "a queue of the dead that does not hold every message is refused, and nothing is taken" {
	local small
	small=$(name small)
	mqcreate -s 8191 "$small"
	later mqunlink -f "$small"
	mqsend "$q" a
	run within 20 mqrecv -a --exec --dead "$small" "$q" -- false
	assert_failure 125
	assert_output "mqrecv: /$small: holds messages of 8191 bytes; one of /$q may have 8192"
	assert_equal "$(held "$q")" 1
}

@test "where nothing may be put back what fails is given up, not lost" {
	requires nobody namespaces
	mqsend -p 2 "$q" a b
	chmod 400 "$IPCTOOL_MQUEUE/$q"
	run --separate-stderr within 20 mqrecv --exec --retry 3 --dead "$dead" "$q" -- sh -c 'exit 7'
	assert_failure 7
	assert_stderr --partial "/$q: 1 ran, 1 failed, 0 came back, 1 died"
	assert_equal "$(mqrecv -nP "$dead")" $'2\ta'
	# what cannot be started has been tried by nobody
	printf '#!/no/such/interpreter\n' >broken
	chmod +x broken
	run --separate-stderr within 20 mqrecv --exec --retry 3 --dead "$dead" "$q" -- ./broken
	assert_failure 127
	assert_stderr --partial "mqrecv: /$q: the message of 1 bytes, priority 2, is lost: Permission denied"
}

@test "a queue of the dead that is full is waited for" {
	local i
	for i in {1..10}; do mqsend "$dead" old; done
	mqsend "$q" corpse
	spawn mqrecv --exec --dead "$dead" "$q" -- false 2>err
	wait_until grep -q 'queue of the dead' err
	run within 20 mqrecv "$dead"
	collect
	assert_equal "$status" 1
	assert_equal "$(mqrecv -a "$dead" | tail -n 1)" corpse
}

@test "what has no place on a full queue when TERM comes is lost, and that is said" {
	local i
	for i in {1..10}; do mqsend "$dead" old; done
	mqsend "$q" corpse
	spawn mqrecv --exec --dead "$dead" "$q" -- false 2>err
	wait_until grep -q 'queue of the dead' err
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 1
	assert_equal "$(sed -n 2p err)" \
		"mqrecv: /$q: the message of 6 bytes, priority 0, is lost: the queue is full"
}

# bats test_tags=slow
@test "what is to be tried again does not wait for a sender that fills every place" {
	spawn eval "seq 300 | mqsend -l $q"
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 60 mqrecv --exec -F -t 2 -P 2 --retry 1 "$q" -- sh -c '
		echo "$1 $MQ_TRY"; [ "$MQ_TRY" = 2 ]' sh {}
	assert_failure 124
	collect
	assert_equal "${#lines[@]}" 600
	assert [ "$(grep -nx '1 2' <<<"$output" | cut -d : -f 1)" -lt "$(grep -nx '100 1' <<<"$output" | cut -d : -f 1)" ]
}

@test "--delay is waited for before each try, and doubles" {
	local first second third
	mqsend "$q" slow
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec --retry 2 --delay 200ms "$q" -- sh -c 'date +%s%3N; [ $MQ_TRY = 3 ]'
	assert_success
	first=${lines[0]} second=${lines[1]} third=${lines[2]}
	assert [ $((second - first)) -ge 200 ]
	assert [ $((third - second)) -ge 400 ]
}

@test "TERM ends the taking, and what runs may finish" {
	mkfifo go
	exec 8<>go
	mqsend "$q" first second
	spawn mqrecv -F --exec "$q" -- sh -c 'echo started; read -r _ <go; echo finished' >out 2>err
	wait_until grep -q started out
	kill -TERM "$spawned"
	wait_until sleeping "$spawned"
	echo >&8
	collect
	assert_equal "$(cat out)" $'started\nfinished'
	assert_equal "$(cat err)" "/$q: 1 ran, 0 failed, 0 came back, 0 died"
	assert_equal "$(mqrecv -n "$q")" second
	[[ $IPCTOOL_FRONT == bash ]] || assert_equal "$status" 0
	exec 8>&-
}

# Once the command has written: TERM for the pool, and one for the commands.
end_by_two_signals() {
	wait_until grep -q . out
	kill -TERM "$spawned"
	# it has seen the first: it waits again, with none pending
	wait_until eval '! sigmask "$spawned" | grep -q "pending.*TERM"'
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
}

@test "a second TERM is passed on, and then the message comes back" {
	mqsend "$q" first
	# shellcheck disable=SC2016 # for the command's shell
	spawn mqrecv -F --exec "$q" -- sh -c 'echo $$; exec sleep 60' >out 2>err
	end_by_two_signals
	wait_until gone "$(cat out)"
	assert_equal "$(mqrecv -n "$q")" first
}

@test "what a command that catches a second TERM had comes back, whatever it fails with" {
	mqsend -p 2 "$q" caught
	# shellcheck disable=SC2016 # for the command's shell
	spawn mqrecv -F --exec --dead "$dead" "$q" -- sh -c \
		'trap "exit 3" TERM; echo $$; while :; do sleep 0.1; done' >out 2>err
	end_by_two_signals
	assert_equal "$(mqrecv -nP "$q")" $'2\tcaught'
	assert_equal "$(held "$dead")" 0
	assert_equal "$(cat err)" "/$q: 1 ran, 1 failed, 1 came back, 0 died"
}

@test "what fails while a pool ends has failed for good" {
	mkfifo go
	exec 8<>go
	mqsend "$q" a
	spawn mqrecv -F --exec --dead "$dead" "$q" -- sh -c 'echo started; read -r _ <go; exit 3' >out 2>err
	wait_until grep -q started out
	kill -TERM "$spawned"
	wait_until eval '! sigmask "$spawned" | grep -q "pending.*TERM"'
	echo >&8
	collect
	assert_equal "$(mqrecv -n "$dead")" a
	exec 8>&-
}

@test "a message that waits to be tried again goes back at once when TERM comes" {
	mqsend -p 2 "$q" again
	spawn mqrecv -F --exec --retry 1 --delay 1h "$q" -- sh -c 'echo >>tried; exit 1' 2>err
	wait_until test -s tried
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$(mqrecv -nP "$q")" $'2\tagain'
}

@test "a command that cannot be run leaves the messages where they are" {
	mqsend "$q" a b
	run -127 within 20 mqrecv -a --exec "$q" -- ./no-such-command {}
	assert_output 'mqrecv: ./no-such-command: No such file or directory'
	assert_equal "$(held "$q")" 2
	: >not-executable
	run within 20 mqrecv -a --exec "$q" -- ./not-executable
	assert_failure 126
	assert_equal "$(held "$q")" 2
	# what is found but cannot be executed is met with a message in hand
	printf '#!/no/such/interpreter\n' >broken
	chmod +x broken
	run -127 --separate-stderr within 20 mqrecv -a --exec "$q" -- ./broken
	assert_equal "$(mqrecv -a "$q" | sort)" $'a\nb'
}

@test "what has no first line that names an interpreter is a script for the shell" {
	echo 'echo "script $1"' >script
	chmod +x script
	mqsend "$q" x
	run --separate-stderr within 20 mqrecv --exec "$q" -- ./script {}
	assert_success
	assert_output 'script x'
}

@test "--keep-order writes the outputs in the order of the messages" {
	local i
	for i in 5 4 3 2 1; do mqsend "$q" "$i"; done
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 20 mqrecv -a --exec -k -P 5 "$q" -- sh -c 'sleep 0.$1; echo $1; echo + >&2' sh {}
	assert_success
	assert_output $'5\n4\n3\n2\n1'
	assert_equal "$(grep -c '^+$' <<<"$stderr")" 5
}

@test "mqrecv --exec waits as long as it is told" {
	run within 20 mqrecv -n --exec "$q" -- true
	assert_failure 123
	assert_output "mqrecv: /$q: the queue is empty"
	run within 20 mqrecv -a --exec "$q" -- true
	assert_failure 123
	run within 20 mqrecv -t 0.1 --exec "$q" -- true
	assert_failure 124
	assert_output "mqrecv: /$q: timed out: the queue is still empty"
	mqsend "$q" one
	run --separate-stderr within 20 mqrecv -F -t 0.2 --exec "$q" -- cat
	assert_failure 124
	assert_output one
}

@test "the options of --exec stand where one likes, and only with it" {
	mqsend "$q" a
	run --separate-stderr within 20 mqrecv -P 2 -a --exec "$q" cat
	assert_success
	assert_output a
	run within 20 mqrecv --retry 2 "$q"
	assert_failure 2
	# behind an operand it is none of the options
	run within 20 mqrecv "$q" --exec cat
	assert_failure 2
	assert_line --index 0 "mqrecv: extra operand '--exec'"
	run within 20 mqrecv --exec -N "$q" -- cat
	assert_failure 125
	run within 20 mqrecv --exec "$q"
	assert_failure 125
	run within 20 mqrecv --exec "$q" --
	assert_failure 125
	run within 20 mqrecv --exec -P 0 "$q" cat
	assert_failure 125
	run within 20 mqrecv --exec --dead "$(name none)" "$q" cat
	assert_failure 125
	run within 20 mqrecv --exec "$(name none)" cat
	assert_failure 125
}

@test "the commands of mqrecv --exec have the caller's mask, dispositions and descriptors" {
	local caller look='grep -E "^Sig(Blk|Ign)" /proc/self/status; ls /proc/self/fd'
	mqsend "$q" a
	trap '' USR1
	run --separate-stderr within 20 sh -c "$look"
	caller=$output
	run --separate-stderr within 20 mqrecv --exec "$q" -- sh -c "$look"
	trap - USR1
	assert_success
	assert_equal "$output" "$caller"
}

# bats test_tags=slow
@test "thousands of jobs: each message once, with failures and killed commands" {
	local jobs=3000
	[[ $IPCTOOL_FRONT == musl ]] || jobs=500
	[[ ! ${IPCTOOL_SANITIZED-} ]] || jobs=100
	spawn eval "seq $jobs | mqsend -l $q"
	# every 7th fails at first, every 11th is killed at first
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 120 mqrecv -F -t 2 --exec -P 4 --retry 3 "$q" -- sh -c '
		n=$1
		[ $((n % 7)) != 0 ] || [ "$MQ_TRY" -gt 1 ] || exit 1
		[ $((n % 11)) != 0 ] || [ "$MQ_TRY" -gt 2 ] || kill -KILL $$
		echo "$n"' sh {}
	assert_equal "$status" 124
	collect
	assert_equal "$(sort -n <<<"$output")" "$(seq $jobs)"
	assert_stderr --partial ' 0 died'
}

# ---- what is in flight

# A pool that is killed with its commands while as many run as there are messages.
killed_pool() {
	local count=$1
	shift
	# shellcheck disable=SC2016 # for the command's shell
	spawn mqrecv -F --exec -P "$count" --in-flight "$flight" "$@" "$q" -- sh -c 'echo $$ >>running; exec sleep 60' 2>err
	wait_until eval "[[ \$(wc -l <running) == $count ]]"
	kill -KILL -- "-$spawned"
	wait "$spawned" 2>/dev/null || true
	while read -r pid; do wait_until gone "$pid"; done <running
}

in_memory() {
	find /dev/shm -name "$flight*" -printf '%f'
}

@test "a message is on the queue of what is in flight while its command runs, as it is" {
	# a shell that was preloaded with the sanitizers has another PATH for what it starts
	local program
	program=$(type -P ipctool)
	flight=$(name flight)
	mqcreate -d 4 "$flight"
	later mqunlink -f "$flight"
	mqsend -p 7 "$q" $'a\tb\n'
	mqsend -p 3 "$q" failing
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- sh -c "
		'$program' mqrecv -NP '$flight' | tee -a seen | '$program' mqsend -NP '$flight'; ! grep -q failing seen"
	assert_failure 1
	assert_equal "$(cat seen)" $'6:7\ta\tb\n,9:3\tfailing,'
	assert_equal "$(held "$flight")" 0
	assert_equal "$(in_memory)" ''
}

@test "what a killed pool had in flight is run first by the next one" {
	flight=$(name flight)
	mqcreate -d 4 "$flight"
	later mqunlink -f "$flight"
	mqsend -p 1 "$q" one two
	mqsend -p 2 "$q" three
	killed_pool 3
	assert_equal "$(held "$flight")" 3
	mqsend -p 9 "$q" later
	run --separate-stderr within 20 mqrecv --exec --in-flight "$flight" "$q" -- sh -c 'echo {} $MQ_PRIORITY $MQ_TRY'
	assert_success
	assert_equal "$(head -n 3 <<<"$output" | sort)" $'one 1 1\nthree 2 1\ntwo 1 1'
	assert_line --index 3 'later 9 1'
	assert_stderr "/$q: 4 ran, 0 failed, 0 came back, 0 died, 3 left by an earlier one"
	assert_equal "$(held "$flight")" 0
	assert_equal "$(in_memory)" ''
}

@test "what is left in flight may be longer than the queue's messages" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mqunlink "$q" && mqcreate -s 1 "$q"
	head -c 8192 /dev/zero >long
	mqsend "$flight" <long
	mqsend -p 1 "$flight" failing
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$flight" --retry 1 "$q" -- sh -c 'cat >got; [ "$(wc -c <got)" = 8192 ]'
	assert_failure 1
	cmp got long
	assert_stderr --partial "mqrecv: /$q: the message of 7 bytes, priority 1, stays on /$flight: Message too long"
	assert_stderr --partial "mqrecv: /$flight: 1 messages stay on it"
	assert_equal "$(mqrecv -a "$flight")" failing
}

@test "what is in flight can be put back by hand" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mqsend -p 5 "$q" a
	mqsend -p 6 "$q" ''
	killed_pool 2
	later rm -f "/dev/shm/$flight.in-flight"
	mqrecv -aNP "$flight" | mqsend -NP "$q"
	assert_equal "$(mqrecv -aP "$q")" $'6\t\n5\ta'
}

# bats test_tags=slow
@test "killed at any moment a pool loses nothing, nor runs twice what it need not" {
	requires program plain
	local n status most
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	"$(peer kill_at)" 1 true 2>/dev/null || skip "no process may be traced here"
	for ((n = 1; ; n++)); do
		printf '%s\n' fails same same b c | mqsend -l "$q"
		: >finished
		status=0
		# shellcheck disable=SC2016 # for the command's shell
		"$(peer kill_at)" $n mqrecv -a --exec -P 2 --retry 1 --in-flight "$flight" "$q" -- \
			sh -c '[ "$1" != fails ] || [ $MQ_TRY = 2 ] || exit 1; echo "$1" >>finished' sh {} 2>err || status=$?
		[[ $status == 137 ]] || break
		within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- echo {} >again 2>err || assert_equal $? 123
		assert_equal "$(sort -u finished again | tr '\n' ' ')" 'b c fails same '
		assert [ "$(cat finished again | grep -c same)" -ge 2 ]
		# what failed may be on the queue and in flight; of the others each is run once more at most
		most=$(sed /fails/d again | sort | uniq -c | sort -rn | head -n 1)
		[[ $most =~ ^\ *(1|2 same) || ! $most ]] || fail "after moment $n: $(<again)"
		assert_equal "$(held "$q") $(held "$flight") $(in_memory)" '0 0 '
	done
	assert_equal "$status" 0
	assert [ "$n" -gt 30 ]
}

# bats test_tags=slow
@test "killed while it takes up what a killed one left, a pool loses nothing" {
	requires program plain
	local n status
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	"$(peer kill_at)" 1 true 2>/dev/null || skip "no process may be traced here"
	for ((n = 1; ; n++)); do
		rm -f running
		mqsend -p 2 "$q" ''
		mqsend -p 1 "$q" same same
		killed_pool 3
		status=0
		"$(peer kill_at)" $n mqrecv -a --exec --in-flight "$flight" "$q" -- echo '<{}>' >first 2>err || status=$?
		[[ $status == 137 ]] || break
		within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- echo '<{}>' >again 2>err || assert_equal $? 123
		wait_until eval "[[ \$(sort -u first again | tr '\n' ' ') == '<> <same> ' ]]"
		assert [ "$(cat first again | grep -c same)" -ge 2 ]
		assert_equal "$(held "$q") $(held "$flight") $(in_memory)" '0 0 '
	done
	assert_equal "$status $(sort first | tr '\n' ' ')" '0 <> <same> <same> '
	assert [ "$n" -gt 10 ]
}

@test "killed in the call that receives it, any message is in hand whole" {
	requires program plain
	local size
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	"$(peer kill_at)" 1 true 2>/dev/null || skip "no process may be traced here"
	size=$(mqstat -J "$q" | sed 's/.*"size":\([0-9]*\).*/\1/')
	head -c "$size" </dev/zero | tr '\0' '\377' >longest
	printf 'text \303\251' >text
	printf 'a\0b\0' >binary
	: >empty
	for message in longest text binary empty; do
		mqsend -p 4 "$q" <$message
		# its own queue is looked at first: one call, two moments
		"$(peer kill_at)" 4 mqrecv -a --exec --in-flight "$flight" "$q" -- true || assert_equal $? 137
		assert_equal "$(held "$q") $(held "$flight") $(in_memory)" "0 0 $flight.in-flight"
		mqrecv -a --exec --in-flight "$flight" "$q" -- sh -c "cat >got; echo \$MQ_PRIORITY" >priority 2>err
		cmp $message got
		assert_equal "$(cat priority)" 4
	done
}

@test "what waits to be tried again is in flight, and no more than the queue for it holds" {
	flight=$(name flight)
	mqcreate -d 2 "$flight"
	later mqunlink -f "$flight"
	mqsend "$q" a b c
	spawn mqrecv -F --exec -P 2 --retry 1 --delay 1h --in-flight "$flight" "$q" -- sh -c 'echo >>tried; exit 1' 2>err
	wait_until eval '[[ $(wc -l <tried) == 2 ]]'
	wait_until sleeping "$spawned"
	assert_equal "$(held "$q") $(held "$flight") $(wc -l <tried)" '1 2 2'
	kill -TERM "$spawned"
	collect
	assert_equal "$(mqrecv -a "$q" | sort | tr '\n' ' ')" 'a b c '
	assert_equal "$(held "$flight")" 0
}

# bats test_tags=slow
@test "what is in flight and waits for room on the queue does not keep all waiting" {
	flight=$(name flight)
	mqunlink "$q"
	mqcreate -d 2 "$q" "$flight"
	later mqunlink -f "$flight"
	spawn eval "seq 40 | mqsend -l $q"
	# shellcheck disable=SC2016 # for the command's shell
	run --separate-stderr within 60 mqrecv --exec -F -t 2 -P 2 --retry 1 --in-flight "$flight" "$q" -- sh -c '
		[ "$MQ_TRY" = 2 ] && echo "$1"' sh {}
	assert_failure 124
	collect
	assert_equal "$(sort -n <<<"$output")" "$(seq 40)"
}

@test "what cannot be put back when TERM comes stays in flight" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	for _ in {1..10}; do mqsend "$dead" old; done
	mqsend "$q" corpse
	spawn mqrecv --exec --in-flight "$flight" --dead "$dead" "$q" -- false 2>err
	wait_until grep -q 'queue of the dead' err
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 1
	assert_equal "$(sed -n 2p err)" \
		"mqrecv: /$q: the message of 6 bytes, priority 0, stays on /$flight: the queue is full"
	assert_equal "$(tail -n 1 err)" "mqrecv: /$flight: 1 messages stay on it"
	assert_equal "$(mqrecv -n "$flight")" corpse
	assert_equal "$(in_memory)" ''
}

@test "TERM while what was left is run leaves the rest of it in flight" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mqsend "$q" 1 2 3
	killed_pool 3
	mkfifo go
	exec 8<>go
	spawn mqrecv -F --exec --in-flight "$flight" "$q" -- sh -c 'echo {}; read -r _ <go' >out 2>err
	wait_until grep -q 1 out
	kill -TERM "$spawned"
	wait_until sleeping "$spawned"
	echo >&8
	collect
	exec 8>&-
	assert_equal "$(cat out)" 1
	assert_equal "$(mqrecv -a "$flight")" $'2\n3'
	assert_equal "$(in_memory)" ''
}

@test "pools that end and begin in the same instant do not miss what is in flight" {
	local pids
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	later rm -f "/dev/shm/$flight.in-flight"
	come_and_go() {
		local i
		for ((i = 0; i < 200; i++)); do
			mqrecv -n --exec --in-flight "$flight" "$q" -- true 2>>err || echo $?
		done | sort | uniq -c
	}
	come_and_go >first 3>&- &
	pids=($!)
	come_and_go >second 3>&- &
	pids+=($!)
	come_and_go >third
	# not for all: the clock of bats is one of them
	wait "${pids[@]}"
	assert_equal "$(cat first second third | awk '{ print $1, $2 }')" $'200 123\n200 123\n200 123'
	assert_equal "$(sort -u err)" "mqrecv: /$q: the queue is empty"
}

@test "a second pool for the same queue of what is in flight is refused" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mqsend "$q" a
	spawn mqrecv -F --exec --in-flight "$flight" "$q" -- sh -c 'echo >>started; exec sleep 60' 2>err
	wait_until test -s started
	run within 20 mqrecv -F --exec --in-flight "$flight" "$q" -- true
	assert_failure 123
	assert_output "mqrecv: /$flight.in-flight: in use by another mqrecv"
	assert_equal "$(held "$flight")" 1
	kill -TERM "$spawned"
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$(in_memory)" ''
}

@test "a queue that does not do for what is in flight is refused, and nothing is taken" {
	flight=$(name flight)
	mqcreate -d 2 -s 100 "$flight"
	later mqunlink -f "$flight"
	mqunlink "$q" && mqcreate -s 100 "$q"
	mqsend "$q" a
	run within 20 mqrecv --exec -P 3 --in-flight "$flight" "$q" -- cat
	assert_failure 125
	assert_output "mqrecv: /$flight: holds 2 messages of 100 bytes; in flight from /$q may be 3 of 100"
	mqunlink "$flight" && mqcreate -s 99 "$flight"
	run within 20 mqrecv --exec --in-flight "$flight" "$q" -- cat
	assert_failure 125
	assert_output "mqrecv: /$flight: holds 10 messages of 99 bytes; in flight from /$q may be 1 of 100"
	for other in "$q" "$dead" key:1; do
		run within 20 mqrecv --exec --in-flight "$other" --dead "$dead" "$q" -- cat
		assert_failure 125
		assert_line --index 0 --partial '--in-flight wants a POSIX queue of its own'
	done
	run within 20 mqrecv --exec --in-flight "$(name none)" "$q" -- cat
	assert_failure 125
	assert_output --partial 'No such file or directory'
	assert_equal "$(held "$q") $(held "$flight") $(in_memory)" '1 0 '
}

@test "one who may not read or write the queue for what is in flight is told so" {
	requires nobody
	flight=$(name flight)
	later mqunlink -f "$flight"
	mqsend "$q" a
	for mode in 0200 0400; do
		mqcreate -m $mode "$flight"
		run within 20 mqrecv --exec --in-flight "$flight" "$q" -- cat
		assert_failure 125
		assert_output "mqrecv: /$flight: Permission denied"
		mqunlink "$flight"
	done
	assert_equal "$(held "$q")" 1
}

@test "where the queue of what is in flight is removed that is told, and nothing is lost" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mkfifo go
	exec 8<>go
	mqsend "$q" a
	spawn mqrecv -F --exec --in-flight "$flight" "$q" -- sh -c 'echo {}; read -r _ <go' >out 2>err
	wait_until grep -q a out
	mqunlink "$flight"
	mqsend "$q" b
	echo >&8
	collect
	exec 8>&-
	assert_equal "$status" 125
	assert_equal "$(cat out)" a
	assert_equal "$(head -n 1 err)" "mqrecv: /$flight: has been removed, or /$flight.in-flight has"
	assert_equal "$(mqrecv -n "$q") $(in_memory)" 'b '
}

@test "others who put messages on the queue of what is in flight, or take some, are noticed" {
	flight=$(name flight)
	mqcreate -d 2 "$flight"
	later mqunlink -f "$flight"
	mkfifo go
	exec 8<>go
	mqsend "$q" a
	spawn mqrecv -F --exec -P 2 --in-flight "$flight" "$q" -- sh -c 'echo {}; read -r _ <go' >out 2>err
	wait_until grep -q a out
	mqsend "$flight" other
	mqsend "$q" b
	wait_until grep -q full err
	echo >&8
	collect
	exec 8>&-
	assert_equal "$status" 125
	assert_equal "$(cat out)" a
	assert_equal "$(head -n 1 err)" "mqrecv: /$flight: full: others have put messages on it"
	assert_equal "$(mqrecv -a "$flight" | sort | tr '\n' ' ')" 'b other '
	mqsend "$q" c
	run --separate-stderr within 20 mqrecv --exec --in-flight "$flight" "$q" -- ipctool mqrecv -n "$flight"
	assert_failure 1
	assert_output c
	assert_stderr --partial "mqrecv: /$flight: others have taken messages from it"
	assert_equal "$(in_memory)" ''
}

@test "what is in hand for a queue of another shape is refused, not lost" {
	requires program plain
	flight=$(name flight)
	mqcreate -d 5 "$flight"
	later mqunlink -f "$flight"
	"$(peer kill_at)" 1 true 2>/dev/null || skip "no process may be traced here"
	mqsend "$q" precious
	"$(peer kill_at)" 4 mqrecv -a --exec --in-flight "$flight" "$q" -- true || assert_equal $? 137
	mqunlink "$flight" && mqcreate -d 6 "$flight"
	run within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- cat
	assert_failure 125
	assert_output "mqrecv: /$flight.in-flight: holds 1 messages for /$flight with a depth of 5 and a size of 8192, which it had"
	mqunlink "$flight" && mqcreate -d 5 "$flight"
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- cat
	assert_success
	assert_output precious
	# without a message it is made anew
	mqsend "$q" a
	killed_pool 1
	mqunlink "$flight" && mqcreate -d 6 "$flight"
	mqsend "$q" b
	run --separate-stderr within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- cat
	assert_success
	assert_output b
}

@test "memory that is not ours is not taken for hands" {
	flight=$(name flight)
	mqcreate "$flight"
	later mqunlink -f "$flight"
	mqsend "$q" a
	for size in 5 100000; do
		head -c $size /dev/zero | shmwrite "$flight.in-flight" 2>/dev/null || { shmcreate "$flight.in-flight" $size; }
		run within 20 mqrecv -a --exec --in-flight "$flight" "$q" -- cat
		assert_failure 125
		assert_output --partial "/$flight.in-flight:"
		assert_output --partial 'not made by mqrecv'
		shmunlink "$flight.in-flight"
	done
	assert_equal "$(held "$q")" 1
}

# bats test_tags=slow
@test "hundreds of jobs, the pool and its commands killed at random" {
	requires static
	local jobs=300
	run within 100 "$IPCTOOL_ROOT/scripts/killtest" pool --isolated --jobs $jobs
	assert_success
}

@test "as a builtin mqrecv --exec leaves the shell as it was" {
	requires builtin
	local before after
	before=$(ls /proc/$$/fd; signals_of_shell)
	mqsend "$q" a b c
	mqrecv -a --exec -P 2 -k --retry 1 "$q" -- sh -c 'exit 1' >out 2>err || true
	after=$(ls /proc/$$/fd; signals_of_shell)
	assert_equal "$after" "$before"
}
