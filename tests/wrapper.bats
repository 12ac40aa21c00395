#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What all applets that run one command and report its status do with signals: of the command, of the terminal, of
# timers. See "Signals of a command" in ipctool(7).
# applets: efd lockrun mqrecv pipeline semop sigwatch sockrecv waitchild

load helper

# The ways to run one command and to have its status, each a piece of shell in which "$@" is the command.
ways() {
	cat <<-'END'
		efd run "$@"
		lockrun file "$@"
		lockrun --api ofd file "$@"
		lockrun --api posix file "$@"
		lockrun --api mutex "shm:$memory" "$@"
		lockrun -o file "$@"
		pipeline true ::: "$@"
		pipeline "$@" ::: true
		semop run "$name" "$@"
		semop run "$key" "$@"
		sigwatch USR2 -- "$@"
		waitchild "$@"
		waitchild -J "$@"
	END
}

setup() {
	basic_setup
	# The sanitizer's library is not there for a second shell.
	[[ $IPCTOOL_FRONT != bash ]] || requires plain
	name=$(name s)
	memory=$(name m)
	key=$(key s)
	export name memory key
	later semop unlink -f "$name" "$key"
	later shmunlink -f "$memory"
	semop create "$name"
	semop create "$key" >/dev/null
	"$(peer mutex)" create "/$memory" 0
	load=:
	[[ $IPCTOOL_FRONT != bash ]] || load="enable -f '$IPCTOOL_BUILD/ipctool.so' ${builtin_names[*]}"
}

# shell_for WAY: a file for bash, which runs its arguments that way; the program takes the place of the shell
shell_for() {
	local way=$1
	[[ $IPCTOOL_FRONT == bash || $way == *';'* ]] || way="exec $way"
	printf '%s\n' "$load" "$way" >way
}

# A command that writes its pid and does not end.
# shellcheck disable=SC2016
forever=(sh -c 'echo $$ >pid; exec sleep 1000')

# The lock or the permit of WAY, if it has one, has been given back, and the command has ended.
nothing_stays() {
	wait_until gone "$(<pid)"
	case $1 in
	*mutex*) wait_until "$(peer mutex)" try "/$memory" 0 ;;
	lockrun*) wait_until is_unlocked ;;
	semop*name*) wait_until value_is "$name" 1 ;;
	semop*key*) wait_until value_is "$key" 1 ;;
	esac
}
# The terminal of script(1), $spawned, hangs up while WAY's command runs below the session leader.
hang_up() {
	local leader
	wait_until test -s pid
	leader=$(<leader)
	kill -KILL "$spawned"
	collect
	nothing_stays "$1"
	wait_until gone "$leader"
}
is_unlocked() { [[ ! $(lockinfo file) ]]; }
value_is() { [[ $(semop value "$1") == "$2" ]]; }

@test "a signal that kills the command ends the program too, and writes no core of it" {
	requires program
	local way signal wrong=()
	ulimit -c unlimited 2>/dev/null || true
	while IFS= read -r way; do
		shell_for "$way"
		for signal in INT TERM KILL SEGV RTMIN+1; do
			run within 10 waitchild bash way sh -c "kill -$signal \$\$" </dev/null
			# these are the command itself
			[[ $way != efd* && $way != *key* ]] || lines=("${lines[@]% (core dumped)}")
			[[ $status -gt 128 && ${lines[-1]} == Terminated:* && ${lines[-1]} != *core* ]] ||
				wrong+=("$way: $signal: $status ${lines[*]}")
		done
		run within 10 waitchild bash way sh -c 'exit 130' </dev/null
		[[ $status == 130 && ${lines[-1]} == 'Exit status: 130' ]] || wrong+=("$way: exit: $status ${lines[*]}")
	done < <(ways)
	[[ ${#wrong[@]} -eq 0 ]] || fail "$(printf '%s\n' "${wrong[@]}")"
}

@test "^C ends a script that waits for a command" {
	requires terminal
	local way
	mkfifo keys
	exec 7<>keys
	while IFS= read -r way; do
		rm -f pid after
		cat >script <<-END
			$load
			set -- sh -c 'echo \$\$ >pid; exec sleep 1000'
			for i in 1 2; do $way >/dev/null; echo "\$?" >>after; done
		END
		spawn script -qec 'exec bash script' /dev/null <keys >typescript
		wait_until test -s pid
		printf '\003' >&7
		collect
		assert_equal "$way: $status$(cat after 2>/dev/null)" "$way: 130"
		nothing_stays "$way"
	done < <(ways)
}

@test "^C reaches a command that has left the process group" {
	requires terminal
	local way
	mkfifo keys
	exec 7<>keys
	while IFS= read -r way; do
		# these are the command themselves
		[[ $IPCTOOL_FRONT == bash || $way != efd* && $way != *key* ]] || continue
		rm -f pid
		shell_for "$way"
		# shellcheck disable=SC2016
		spawn script -qec 'exec bash way setsid sh -c '\''echo $$ >pid; exec sleep 1000'\' /dev/null <keys >typescript
		wait_until test -s pid
		printf '\003' >&7
		collect
		assert_equal "$way: $status" "$way: 130"
		nothing_stays "$way"
	done < <(ways)
}

@test "a hang-up of the terminal ends the command whose session leader waits for it" {
	requires terminal
	local way
	mkfifo keys
	exec 7<>keys
	while IFS= read -r way; do
		rm -f pid leader
		shell_for "$way"
		# shellcheck disable=SC2016
		spawn script -qec 'echo $$ >leader; exec bash way sh -c '\''echo $$ >pid; exec sleep 1000'\' /dev/null <keys >typescript
		hang_up "$way"
	done < <(ways)
}

@test "a hang-up of the terminal ends the command of a builtin of an interactive shell" {
	requires builtin terminal
	local way
	mkfifo keys
	exec 7<>keys
	while IFS= read -r way; do
		rm -f pid leader
		cat >rc <<-END
			$load
			set -- sh -c 'echo \$\$ >pid; exec sleep 1000'
			echo \$\$ >leader
			$way
		END
		spawn script -qec 'exec bash --rcfile rc -i' /dev/null <keys >typescript
		hang_up "$way"
	done < <(ways)
}

@test "an alarm that was set before exec reaches the command, and ends a shell whose builtin waits for it" {
	local way seconds
	while IFS= read -r way; do
		printf '%s\n' "$load" "$way" 'echo "$?" >after' >way
		[[ $IPCTOOL_FRONT == bash ]] || shell_for "$way"
		# the time that the command needs to start is not known
		for seconds in 0.3 1 4 16; do
			rm -f pid after
			run within 30 "$(peer alarm)" "$seconds" bash way "${forever[@]}" </dev/null
			[[ ! -s pid ]] || break
		done
		assert_equal "$way: $status $(cat after 2>/dev/null)" "$way: 142 "
		nothing_stays "$way"
	done < <(ways)
}

@test "an alarm ends an applet that runs more commands than one, after it has given back" {
	local way alarm seconds
	alarm=$(peer alarm)
	later mqunlink -f "$name"
	mqcreate "$name"
	mqsend "$name" a b
	mkfifo ready
	# shellcheck disable=SC2016
	printf '%s\n' '#!/bin/sh' 'echo $$ >pid' 'exec sleep 1000' >job
	chmod +x job
	# a command runs, and none
	for way in 'mqrecv --exec "$name" -- "$@"' 'mqrecv --exec -F "$name" -- "$@"' 'socklisten socket -- "$@"' \
		'sigwatch --ready-fd 9 -x "exec ./job" USR1'; do
		rm -f pid
		shell_for "$way"
		[[ $way != *-F* ]] || mqrecv -a "$name" >taken
		# sigwatch must be ready before that
		[[ $way == sigwatch* ]] && seconds=3 || seconds=0.5
		spawn "$alarm" "$seconds" bash way "${forever[@]}" 9<>ready </dev/null
		if [[ $way == sigwatch* ]]; then
			read -r <ready
			kill -USR1 "$spawned"
			wait_until test -s pid
		fi
		collect
		assert_equal "$way: $status" "$way: 142"
		[[ ! -e pid ]] || wait_until gone "$(<pid)"
	done
	assert_equal "$(sort taken)" $'a\nb'
	[[ ! -e socket ]] || fail 'the socket file has stayed'
}

@test "a signal that cannot be forwarded is reported" {
	requires root command:setpriv
	local way
	for way in 'lockrun file "$@"' 'pipeline true ::: "$@"' 'semop run "$name" "$@"' 'sigwatch USR2 -- "$@"' \
		'waitchild "$@"'; do
		rm -f pid
		shell_for "$way"
		chmod 777 .
		# root without CAP_KILL, whose command is another user's
		spawn setpriv --bounding-set -kill bash way setpriv --reuid 65534 --clear-groups "${forever[@]}" >out 2>err </dev/null
		wait_until test -s pid
		kill -TERM "$spawned"
		wait_until test -s err
		assert_equal "$way: $(<err)" \
			"$way: ${way%% *}: cannot forward signal 15 to process $(<pid): Operation not permitted"
		kill -KILL "$(<pid)"
		collect
	done
}

@test "an error of the socket to the holder process is not told as its death" {
	requires static command:strace
	strace -o /dev/null true || skip 'no tracing here'
	refused 125 'semop: cannot receive from the holder process: Cannot allocate memory' \
		strace -qq -o trace -e inject=recvfrom:error=ENOMEM:when=1 semop run "$name" touch ran
	[[ ! -e ran ]] || fail 'it was run'
	wait_until value_is "$name" 1
}

@test "a holder process that is killed before it has the command is reported once, and nothing runs" {
	requires program plain command:strace
	strace -o /dev/null true || skip 'no tracing here'
	local way
	for way in 'semop run '"$name" 'lockrun --api posix file' "lockrun --api mutex shm:$memory"; do
		# shellcheck disable=SC2086
		refused 125 "${way%% *}: the holder process was killed" \
			strace -f -qq -o trace -e inject=recvmsg:signal=KILL $way touch ran
		[[ ! -e ran ]] || fail "$way: it was run"
	done
	wait_until value_is "$name" 1
}
