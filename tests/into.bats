#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --into VAR: the output of builtins in variables of the shell
# applets: mqrecv sockrecv fiforead shmread semop efd shmcell waitchild sigwatch

# bats file_tags=one-user
load helper

# call COMMAND...: in this shell, with its status in $status and its messages in $message
call() {
	status=0
	"$@" 2>"$BATS_TEST_TMPDIR/message" || status=$?
	message=$(<"$BATS_TEST_TMPDIR/message")
}

# assert_declared TEXT NAME...: as declare -p prints the variables
assert_declared() {
	assert_equal "$(declare -p "${@:2}")" "$1"
}

make_queue() {
	q=/$(name "$1")
	mqcreate -d 4 -s 64 "$q"
	later mqunlink -f "$q"
}

@test "in a program --into is a usage error, in whichever applet" {
	requires program
	local applet words message="option '--into' is available only as a bash builtin"
	for words in 'mqrecv --into v /q' 'sockrecv --into=v a' 'fiforead --into v f' 'shmread --into v s' \
		'semop value --into v s' 'efd read --into v 3' 'efd peek --into v 3' 'sigwatch -c 1 --into v' \
		'shmcell get --into v shm:s' 'shmcell add --into v shm:s' 'shmcell cas --into v shm:s 0 1' \
		'shmcell wait --print --into v shm:s eq 0'; do
		applet=${words%% *}
		# shellcheck disable=SC2086 # several words
		refused 2 "$applet: $message" $words
	done
	refused 125 "waitchild: $message" waitchild --into v true
	[[ ! -e f ]]
}

@test "the table says that --into is for builtins, and completion offers it and then a variable" {
	run ipctool --describe mqrecv
	assert_line --regexp $'^option\tmqrecv\t\t--into\tVAR\t.*\tvariable\t.*\tbuiltin$'
	assert_line --regexp $'^option\tmqrecv\t-P\t--priorities\t.*\tboth$'
	run ipctool --complete mqrecv --in
	assert_line --partial $'word\t--into\t'
	run ipctool --complete mqrecv --into jo
	assert_line $'kind\tvariable\t'
	run mqrecv --help
	assert_line --partial '--into=VAR'
}

@test "a message goes into a variable exactly as it is" {
	requires builtin
	local job bytes
	make_queue a
	for bytes in text '' $'\n' $'two\nlines\n\n' ' blanks and\ttabs ' $'\xff\x80 no UTF-8' '$(touch x) *' -n; do
		mqsend -- "$q" "$bytes"
		job=before
		mqrecv --into job "$q" >printed
		assert_equal "$job" "$bytes"
		[[ ! -s printed ]]
	done
	[[ ! -e x ]]
}

@test "--into reads a whole message of the largest size" {
	requires builtin
	local job text
	make_queue a
	printf -v text '%064d' 1
	mqsend "$q" "$text"
	mqrecv --into job "$q"
	assert_equal "$job" "$text"
}

@test "with -c and with -a the variable is an array, and what it had is removed" {
	requires builtin
	local jobs=(old old old old)
	make_queue a
	mqsend "$q" one '' $'three\n'
	mqrecv -a --into jobs "$q"
	assert_declared $'declare -a jobs=([0]="one" [1]="" [2]=$\'three\\n\')' jobs
	mqsend "$q" 1 2 3
	mqrecv -c 2 --into jobs "$q"
	assert_declared 'declare -a jobs=([0]="1" [1]="2")' jobs
	unset jobs
	mqrecv -c 1 --into jobs "$q"
	assert_declared 'declare -a jobs=([0]="3")' jobs
	mqsend "$q" alone
	jobs=(old old)
	mqrecv --into jobs "$q"
	assert_declared 'declare -a jobs=([0]="alone")' jobs
}

@test "with -P the priorities are in VAR_priority" {
	requires builtin
	local job job_priority jobs jobs_priority
	make_queue a
	mqsend -p 32767 "$q" x
	mqrecv -P --into job "$q"
	assert_declared $'declare -- job="x"\ndeclare -- job_priority="32767"' job job_priority
	mqsend -p 5 "$q" five
	mqsend "$q" zero
	mqrecv -aP --into jobs "$q"
	assert_declared $'declare -a jobs=([0]="five" [1]="zero")\ndeclare -a jobs_priority=([0]="5" [1]="0")' \
		jobs jobs_priority
}

@test "with -P the type of a System V message is in VAR_priority" {
	requires builtin
	local job job_priority key
	key=key:$(key v)
	mqcreate "$key" >id
	later mqunlink -f "$key"
	mqsend -p 7 "$key" seven
	mqrecv -P --peek 0 --into job "$key"
	assert_equal "$job $job_priority" 'seven 7'
	mqrecv -P --into job "$key"
	assert_equal "$job $job_priority" 'seven 7'
	call mqrecv -n --into job "$key"
	assert_equal "$status" 3
}

@test "what is not there leaves a variable as it was, and an array empty" {
	requires builtin
	local job=before jobs=(before)
	make_queue a
	call mqrecv -n --into job "$q"
	assert_equal "$status $message" "3 mqrecv: $q: the queue is empty"
	assert_equal "$job" before
	call mqrecv -t 10ms --into job "$q"
	assert_equal "$status $job" '124 before'
	call mqrecv --into job "$q.none"
	assert_equal "$status $job" '4 before'
	call mqrecv -a --into jobs "$q"
	assert_equal "$status" 3
	assert_declared 'declare -a jobs=()' jobs
	jobs=(before)
	call mqrecv -n -t 1 -a --into jobs "$q"
	assert_equal "$status ${jobs[*]}" '2 before'
}

@test "after a failure an array has what was received before" {
	requires builtin
	local jobs
	make_queue a
	mqsend "$q" one two
	call mqrecv -n -c 3 --into jobs "$q"
	assert_equal "$status $message" "3 mqrecv: $q: 2 messages received, then: the queue is empty"
	assert_declared 'declare -a jobs=([0]="one" [1]="two")' jobs
}

@test "a message with a NUL byte is put back with its priority" {
	requires builtin
	local job=before jobs
	make_queue a
	printf 'a\0b' | mqsend -p 4 "$q"
	call mqrecv --into job "$q"
	assert_equal "$status" 1
	assert_equal "$message" \
		'mqrecv: job: a variable cannot hold a NUL byte; the message of 3 bytes, priority 4, was put back'
	assert_equal "$job" before
	mqsend -p 9 "$q" first
	call mqrecv -a --into jobs "$q"
	assert_equal "$status ${jobs[*]}" '1 first'
	mqrecv -rP "$q" >got
	printf '4\ta\0b' | cmp - got
}

@test "a variable that cannot have the message is refused before it is received" {
	requires builtin
	local name
	declare -r fixed=1
	declare -i number=1
	declare -A table=([x]=1)
	declare -n element='list[1]'
	declare -r one_priority=1
	make_queue a
	mqsend "$q" stays
	call mqrecv --into fixed "$q"
	assert_equal "$status $message" '1 mqrecv: fixed: readonly variable'
	call mqrecv --into number "$q"
	assert_equal "$status $message" '1 mqrecv: number: integer variable: the text would be evaluated'
	call mqrecv --into table "$q"
	assert_equal "$status $message" '1 mqrecv: table: associative array'
	call mqrecv --into element "$q"
	assert_equal "$status $message" '1 mqrecv: element: a name reference, but not to a variable'
	call mqrecv --into BASH_ARGV0 "$q"
	assert_equal "$status $message" '1 mqrecv: BASH_ARGV0: the shell itself sets this variable'
	call mqrecv -P --into one "$q"
	assert_equal "$status $message" '1 mqrecv: one_priority: readonly variable'
	call mqrecv --into RANDOM "$q"
	assert_equal "$status" 1
	for name in '' 'a b' 1x 'list[1]' 'x=1' 'a-b'; do
		call mqrecv --into "$name" "$q"
		assert_equal "$status ${message%%$'\n'*}" "2 mqrecv: '$name' is not a valid variable name"
	done
	assert_equal "$fixed $number ${table[x]} $one_priority" '1 1 1 1'
	mqrecv "$q" >got
	assert_equal "$(<got)" stays
}

@test "--into excludes the framing of the output and -F" {
	requires builtin
	local option
	make_queue a
	for option in -0 -N -r -J -F; do
		call mqrecv "$option" --into x "$q"
		assert_equal "$status ${message%%$'\n'*}" "2 mqrecv: options '$option' and '--into' exclude each other"
	done
	call sigwatch --into x USR1
	assert_equal "$status ${message%%$'\n'*}" '2 sigwatch: --into requires --count'
}

into_local() {
	local job jobs
	mqrecv --into job "$1"
	mqrecv -a --into jobs "$1"
	assert_equal "$job ${jobs[*]}" 'one two three'
}

@test "a local variable is set, and a name reference followed" {
	requires builtin
	local job=outer jobs=outer target
	local -n reference=target
	make_queue a
	mqsend "$q" one two three
	into_local "$q"
	assert_equal "$job $jobs" 'outer outer'
	mqsend "$q" by-reference
	mqrecv --into reference "$q"
	assert_equal "$target" by-reference
	mqsend "$q" x y
	mqrecv -a --into reference "$q"
	assert_equal "${target[*]}" 'x y'
}

@test "a variable keeps its attributes, and a special one takes effect" {
	requires builtin
	local -u upper
	local -x exported=old
	local IFS=$' \t\n' words='axb'
	make_queue a
	mqsend "$q" mixedCase seen x
	mqrecv --into upper "$q"
	mqrecv --into exported "$q"
	assert_equal "$upper $(bash -c 'echo "$exported"')" 'MIXEDCASE seen'
	mqrecv --into IFS "$q"
	# shellcheck disable=SC2086 # split by what was received
	set -- $words
	IFS=' '
	assert_equal "$*" 'a b'
}

@test "--into makes no process" {
	requires builtin plain command:strace
	make_queue a
	strace -f -o trace -e trace=process bash -c 'enable -f "$1" mqsend mqrecv
		mqsend "$2" one && mqrecv --into job "$2" && [[ $job == one ]]' bash "$IPCTOOL_BUILD/ipctool.so" "$q"
	refute grep -E 'fork|clone' trace
	grep -q execve trace
}

@test "--into leaves descriptors and signals as they were" {
	requires builtin
	local i job jobs
	make_queue a
	{ ls /proc/$$/fd && signals_of_shell; } >before
	for ((i = 0; i < 200; i++)); do
		mqsend "$q" one two
		mqrecv --into job "$q"
		mqrecv -aP --into jobs "$q"
		call mqrecv -n --into job "$q"
	done
	{ ls /proc/$$/fd && signals_of_shell; } >after
	diff before after
	assert_equal "$job ${jobs[*]}" 'one two'
}

@test "under set -e and set -u a loop ends with the queue" {
	requires builtin plain
	make_queue a
	mqsend "$q" one two
	run --separate-stderr bash -c 'set -euo pipefail
		enable -f "$1" mqrecv
		while mqrecv -n --into job "$2" 2>/dev/null; do echo "did $job"; done
		mqrecv -a --into jobs "$2" 2>/dev/null || echo "status $? ${#jobs[@]}"
		mqrecv -n --into job "$2"
		echo not reached' bash "$IPCTOOL_BUILD/ipctool.so" "$q"
	assert_failure 3
	assert_output $'did one\ndid two\nstatus 3 0'
}

@test "a trap runs when a waiting --into is interrupted, and may make the variable readonly" {
	requires builtin plain
	make_queue a
	cat >script <<-'END'
		enable -f "$1" mqrecv mqsend
		trap 'readonly job; echo trapped' TERM
		job=before
		mqrecv --into job "$2"
		echo "status $? $job"
		mqsend "$2" later
		mqrecv --into job "$2"
		echo "status $? $job"
		trap - TERM
	END
	spawn bash script "$IPCTOOL_BUILD/ipctool.so" "$q" >out 2>err
	wait_until sleeping "$spawned"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 0
	assert_equal "$(<out)" $'trapped\nstatus 143 before\nstatus 1 before'
	assert_equal "$(<err)" 'mqrecv: job: readonly variable'
	run mqrecv -n "$q"
	assert_output later
}

@test "numbers go into a variable without their newline" {
	requires builtin
	local value E s
	s=/$(name s)
	semop create "$s" 3
	later semop unlink "$s"
	semop value --into value "$s" >printed
	assert_equal "$value" 3
	semop value -J --into value "$s" >>printed
	assert_equal "$value" "{\"semaphore\":\"$s\",\"value\":3,\"waiters\":0}"
	semop post --print --into value "$s" 2 >>printed
	assert_equal "$value" 5
	call semop post --into value "$s"
	assert_equal "$status ${message%%$'\n'*}" '2 semop: --into requires --print'
	efd open E
	efd add 18446744073709551614 "$E"
	efd peek --into value "$E" >>printed
	assert_equal "$value" 18446744073709551614
	efd read --into value "$E" >>printed
	assert_equal "$value" 18446744073709551614
	call efd read -n --into value "$E"
	assert_equal "$status $value" '3 18446744073709551614'
	declare -r fixed=1
	efd add 1 "$E"
	call efd read --into fixed "$E"
	assert_equal "$status $(efd peek "$E")" '1 1'
	eval "exec $E>&-"
	[[ ! -s printed ]]
}

@test "the value of a cell goes into a variable, and is not changed if that cannot have it" {
	requires builtin
	local value old c
	c=shm:$(name m)
	shmcreate "${c#shm:}" 8
	later shmunlink "${c#shm:}"
	shmcell add --into value "$c" 18446744073709551615 >printed
	assert_equal "$value" 18446744073709551615
	shmcell get "$c" --into=value >>printed
	assert_equal "$value" 18446744073709551615
	call shmcell cas --into old "$c" 3 4 >>printed
	assert_equal "$status $old $message" '3 18446744073709551615 '
	shmcell cas --into old "$c" "$old" 4 >>printed
	assert_declared 'declare -- old=""' old
	shmcell wait --print --into value "$c" ne 5 >>printed
	assert_equal "$value" 4
	call shmcell wait -n --print --into value "$c" eq 5
	assert_equal "$status $value" '3 4'
	call shmcell wait --into value "$c" eq 4
	assert_equal "$status ${message%%$'\n'*}" '2 shmcell: --into requires --print'
	local -r fixed=1
	local -i number
	local -A table
	call shmcell add --into fixed "$c"
	assert_equal "$status $message" '1 shmcell: fixed: readonly variable'
	call shmcell add --into number "$c"
	assert_equal "$status" 1
	call shmcell cas --into table "$c" 4 5
	assert_equal "$status $message" '1 shmcell: table: associative array'
	call shmcell add --into 'value[3]' "$c"
	assert_equal "$status" 2
	assert_equal "$(shmcell get "$c")" 4
	[[ ! -s printed ]]
}

@test "each of two shells that add at once has numbers of its own" {
	requires builtin
	local c pid
	c=shm:$(name m)
	shmcreate "${c#shm:}" 8
	later shmunlink "${c#shm:}"
	adds() {
		local i id
		for ((i = 0; i < 2000; i++)); do
			shmcell add --into id "$c"
			echo "$id"
		done
	}
	spawn adds >one
	spawn adds >two
	for pid in "${spawned_pids[@]}"; do collect "$pid"; done
	sort -nu one two >both
	assert_equal "$(wc -l <both) $(tail -n 1 both)" '4000 4000'
}

@test "the values of a set go into an array" {
	requires builtin
	local values key
	key=key:$(key s)
	semop create --count 3 "$key" 7 >id
	semop value --into values "$key"
	assert_declared 'declare -a values=([0]="7" [1]="7" [2]="7")' values
	semop value --into values "${key}[1]"
	assert_declared 'declare -a values=([0]="7")' values
	unset values
	semop value --into values "${key}[1]"
	assert_declared 'declare -- values="7"' values
	semop unlink "$key"
}

@test "efd open has the same rules for its variable" {
	requires builtin
	local -A table
	local -i number
	call efd open table
	assert_equal "$status $message" '1 efd: table: associative array'
	call efd open 'a b'
	assert_equal "$status ${message%%$'\n'*}" "2 efd: 'a b' is not a valid variable name"
	efd open number
	eval "exec $number>&-"
}

@test "fiforead --into has all bytes, the last newline too" {
	requires builtin
	local text=before
	mkfifo f
	spawn fifowrite f $'x\ny\n\n'
	fiforead --into text f
	assert_equal "$text" $'x\ny\n\n'
	collect
	call fiforead -n --into text f
	assert_equal "$status $text" $'3 x\ny\n\n'
	exec {held}<>f
	printf part >f
	call fiforead -t 50ms --into text f
	exec {held}>&-
	assert_equal "$status $text" '124 part'
}

@test "fiforead and sockrecv --into report a NUL byte and what is lost" {
	requires builtin
	local text=before
	mkfifo f
	printf 'a\0b' >in
	spawn fifowrite f <in
	call fiforead --into text f
	assert_equal "$status $message" '1 fiforead: f: 3 bytes read are lost: text: a variable cannot hold a NUL byte'
	collect
	spawn socksend --seqpacket -w s <in
	call sockrecv --seqpacket --into text s
	assert_equal "$status $message" '1 sockrecv: text: a variable cannot hold a NUL byte; the message of 3 bytes is lost'
	assert_equal "$text" before
}

@test "shmread --into has exactly the bytes" {
	requires builtin
	local text m
	m=/$(name m)
	shmcreate "$m" 1
	later shmunlink "$m"
	shmwrite "$m" $'some text\n'
	shmread --into text "$m" >printed
	assert_equal "$text" $'some text\n'
	shmread -o 5 -l 2 --into text "$m" >>printed
	assert_equal "$text" te
	[[ ! -s printed ]]
	shmresize "$m" 20
	text=before
	call shmread --into text "$m"
	assert_equal "$status $message" '1 shmread: text: a variable cannot hold a NUL byte'
}

@test "sockrecv --into has a message, or an array of them" {
	requires builtin
	local text texts
	spawn socksend -w s $'a message'
	sockrecv --into text s
	assert_equal "$text" 'a message'
	collect
	printf '3:a\nb,0:,' >in
	spawn socksend -w s <in
	sockrecv -aN --into texts s >printed
	assert_declared $'declare -a texts=([0]=$\'a\\nb\' [1]="")' texts
	[[ ! -s printed ]]
	call sockrecv -J --into text s
	assert_equal "$status ${message%%$'\n'*}" "2 sockrecv: options '-J' and '--into' exclude each other"
}

@test "waitchild --into has the lines, and not what the command prints" {
	requires builtin
	local report
	waitchild --into report sh -c 'echo to standard output' >printed
	assert_equal "${#report[@]} ${report[1]}" '2 Exit status: 0'
	[[ ${report[0]} == 'Forking a child: '* ]]
	assert_equal "$(<printed)" 'to standard output'
	call waitchild --into report sh -c 'exit 7'
	assert_equal "$status ${report[-1]}" '7 Exit status: 7'
	call waitchild -J --into report true
	[[ ${report[0]} == '{"event":"started",'* && ${report[1]} == '{"event":"exited",'*'"status":0}' ]]
	declare -r fixed=1
	call waitchild --into fixed touch made
	assert_equal "$status" 125
	[[ ! -e made ]]
}

@test "sigwatch --into has a line for each signal" {
	requires builtin
	local lines ready
	mkfifo ready
	exec {ready}<>ready
	spawn eval "read -r <ready; kill -USR1 $$ && kill -USR2 $$"
	sigwatch -c 2 --ready-fd "$ready" --into lines USR1 USR2 >printed
	exec {ready}>&-
	assert_equal "${#lines[@]}" 2
	assert_equal "${lines[0]%% from*}" 'Got signal 10 (USR1)'
	assert_equal "${lines[1]%% from*}" 'Got signal 12 (USR2)'
	[[ ! -s printed ]]
	call sigwatch -c 1 -t 10ms --into lines USR1
	assert_equal "$status ${#lines[@]}" '124 0'
}
