#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --group, --subreaper and --with-parent of the applets that run a command and wait for it.
# applets: sigwatch lockrun semop waitchild pipeline
# shellcheck disable=SC2016 # texts for inner shells

# bats file_tags=slow

load helper

# A command that has started another one, whose PID is in the file NAME.
parent_of() {
	echo 'sleep 60 & echo $! >'"$1"'.new; mv '"$1"'.new '"$1"'; wait'
}

# Each applet with the options, one a line, for eval.
ways() {
	local s=$1 m=$2
	shift 2
	printf '%s\n' "sigwatch $* --" "waitchild $*" "lockrun $* lock" "lockrun --close $* lock" \
		"lockrun --api mutex $* shm:$m" "semop run $* $s" "semop run $* key:$(key s)"
}

make_objects() {
	s=$(name s) m=$(name m)
	later semop unlink -f "$s"
	later semop unlink -f "key:$(key s)"
	later shmunlink -f "$m"
	semop create "$s" 1
	semop create "key:$(key s)" 1 >/dev/null
	: >lock
}

pgid_of() {
	local stat
	read -r stat <"/proc/$1/stat"
	stat=${stat##*) }
	read -r _ _ pgid _ <<<"$stat"
}

# ------------------------------------------------------------------ --group

@test "--group puts the command into a process group of its own, and signals reach all of it" {
	requires program
	local s m way pgid
	make_objects
	while read -r way; do
		echo "$way"
		rm -f inner
		# shellcheck disable=SC2086
		spawn $way sh -c "$(parent_of inner)" >/dev/null
		wait_until test -e inner
		pgid_of "$(<inner)"
		[[ $pgid != "$spawned" ]]
		wait_until sleeping "$(<inner)"
		kill -TERM "$spawned"
		collect
		assert_equal "$status" 143
		wait_until gone "$(<inner)"
	done < <(ways "$s" "$m" --group)
	assert_equal "$(semop value "$s") $(semop value "key:$(key s)")" '1 1'
}

@test "without --group a signal does not reach what the command has started" {
	spawn waitchild sh -c "$(parent_of inner)" >/dev/null
	wait_until test -e inner
	kill -TERM "$spawned"
	collect
	wait_until sleeping "$(<inner)"
	kill "$(<inner)"
}

@test "pipeline --group has one group for all commands" {
	requires program
	local first pgid
	spawn pipeline --group sh -c "$(parent_of a)" ::: sh -c "$(parent_of b)"
	wait_until test -e a
	wait_until test -e b
	pgid_of "$(<a)"
	first=$pgid
	pgid_of "$(<b)"
	assert_equal "$pgid" "$first"
	kill -HUP "$spawned"
	collect
	assert_equal "$status" 129
	wait_until gone "$(<a)"
	wait_until gone "$(<b)"
}

@test "--group: a command that has left the group gets signals too" {
	requires program
	spawn pipeline --group sleep 60 ::: setsid sh -c 'echo $$ >pid; exec sleep 60'
	wait_until test -s pid
	wait_until sleeping "$(<pid)"
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	assert gone "$(<pid)"
}

@test "--group: a queued signal reaches the command, with its value" {
	requires program
	spawn sigwatch --group USR1 -- "$(peer sig)" catch 1 35 >out
	wait_until commands_number "$spawned" 1
	catching() { [[ $(sed -n "s,^SigCgt:\t,,p" "/proc/${commands[0]}/status") == *4???????? ]]; }
	wait_until catching
	"$(peer sig)" send "$spawned" 35 42 >/dev/null
	collect
	assert_equal "$status" 0
	assert_equal "$(sed 's/.*value/value/' out)" 'value 42'
}

@test "--group: a stop of the applet stops the whole group" {
	requires program
	spawn sigwatch --group USR1 -- sh -c "$(parent_of inner)"
	wait_until test -e inner
	has_forwarder() {
		local all
		read -r -a all <"/proc/$spawned/task/$spawned/children" || true
		((${#all[@]} == 2))
	}
	wait_until has_forwarder
	wait_until sleeping "$(<inner)"
	kill -STOP "$spawned"
	wait_until stopped "$(<inner)"
	kill -CONT "$spawned"
	wait_until sleeping "$(<inner)"
	kill -TERM "$spawned"
	collect
	wait_until gone "$(<inner)"
}

@test "--group: the terminal's keys reach the group, which is in the foreground" {
	requires program terminal
	local way s m
	make_objects
	mkfifo keys
	exec 7<>keys
	while read -r way; do
		rm -f got
		spawn script -qec "$way sh -c 'trap \"echo INT >>got\" INT; read line <&9; echo \$line >>got
			echo \$\$ >>got; while [ ! -e end ]; do sleep 0.01; done' 9</dev/tty; ps -o tpgid=,pgid= -p \$\$ >after" /dev/null <keys >typescript
		# reading the terminal needs the foreground
		printf 'text\n' >&7
		lines_are() { [[ $(wc -l <got) == "$1" ]]; }
		wait_until lines_are 2
		printf '\003' >&7
		wait_until lines_are 3
		: >end
		collect
		rm end
		assert_equal "$(head -n 1 got) $(tail -n 1 got)" 'text INT'
		read -r foreground own <after
		assert_equal "$foreground" "$own"
	done < <(ways "$s" "$m" --group)
}

@test "--group: a shell with job control stops and continues the job" {
	requires program terminal
	mkfifo keys
	exec 7<>keys
	cat >rc <<-'end'
		PS1='> '
		set +o history
	end
	spawn script -qec 'exec bash --noprofile --rcfile rc -i' /dev/null <keys >typescript
	printf '%s\n' 'sigwatch --group USR1 -- sh -c '\''echo $$ >pid; exec sleep 60'\''' >&7
	wait_until test -s pid
	wait_until sleeping "$(<pid)"
	printf '\032' >&7
	wait_until grep -q Stopped typescript
	assert stopped "$(<pid)"
	printf '%s\n' 'fg' >&7
	wait_until sleeping "$(<pid)"
	# it is in the foreground again
	wait_until eval '[[ $(ps -o tpgid= -p "$(<pid)") -eq $(<pid) ]]'
	printf '\003' >&7
	wait_until gone "$(<pid)"
	printf '%s\n' 'echo status $? >status; exit' >&7
	collect
	assert_equal "$(<status)" 'status 130'
}

# -------------------------------------------------------------- --subreaper

@test "--subreaper adopts what the command leaves behind, and reaps it" {
	requires program
	spawn sigwatch --subreaper USR1 -- sh -c '(sh -c "echo \$\$ >orphan.new; mv orphan.new orphan; until [ -e go ]; do sleep 0.01; done" &); until [ -e end ]; do sleep 0.01; done'
	wait_until test -e orphan
	adopted() { [[ $(ps -o ppid= -p "$(<orphan)") -eq $spawned ]]; }
	wait_until adopted
	: >go
	reaped() { [[ ! -e /proc/$(<orphan) ]]; }
	wait_until reaped
	: >end
	collect
	assert_equal "$status" 0
}

@test "--subreaper alone ends with the command, as tini -s does" {
	requires program
	spawn waitchild --subreaper sh -c '(sleep 60 & echo $! >orphan); exit 3'
	collect
	assert_equal "$status" 3
	wait_until sleeping "$(<orphan)"
	kill "$(<orphan)"
}

@test "--group --subreaper leaves nothing of the group behind" {
	requires program
	local s m way
	make_objects
	while read -r way; do
		echo "$way"
		# shellcheck disable=SC2086
		run within 20 $way sh -c '(sleep 60 >/dev/null 2>&1 & echo $! >orphan); exit 3'
		assert_failure 3
		assert [ ! -e "/proc/$(<orphan)" ]
	done < <(ways "$s" "$m" --group --subreaper)
	run within 20 pipeline --group --subreaper true ::: sh -c '(sleep 60 >/dev/null 2>&1 & echo $! >orphan); exit 3'
	assert_failure 3
	assert [ ! -e "/proc/$(<orphan)" ]
}

@test "--group --subreaper continues what is stopped, and kills what ignores TERM after five seconds" {
	requires program
	run within 20 sigwatch --group --subreaper USR1 -- sh -c '(sleep 60 >/dev/null 2>&1 & echo $! >orphan; kill -STOP $!)'
	assert_success
	assert [ ! -e "/proc/$(<orphan)" ]
	local begin=$SECONDS
	run within 20 sigwatch --group --subreaper USR1 -- sh -c '(trap "" TERM; sleep 60 >/dev/null 2>&1 & echo $! >orphan)'
	assert_success
	assert [ ! -e "/proc/$(<orphan)" ]
	((SECONDS - begin >= 4))
}

# ------------------------------------------------------------ --with-parent

# A shell that the test starts loads the builtins itself; it would not have the sanitizer's library.
loads() {
	load=
	[[ $IPCTOOL_FRONT == bash ]] || return 0
	requires plain
	load="enable -f '$IPCTOOL_BUILD/ipctool.so' $*; "
}

# parent_dies WAY: the command ends if the shell is killed that has started the applet
parent_dies() {
	echo "$*"
	rm -f pid applet
	spawn bash -c "$load$* sh -c 'echo \$\$ >pid; exec sleep 60' >/dev/null & echo \$! >applet; wait"
	wait_until test -s pid
	wait_until test -s applet
	wait_until sleeping "$(<pid)"
	kill -KILL "$spawned"
	collect
	wait_until gone "$(<pid)"
	wait_until gone "$(<applet)"
}

@test "--with-parent ends the command when the parent is killed" {
	local s m way load
	loads sigwatch waitchild lockrun semop pipeline
	make_objects
	while read -r way; do
		parent_dies "$way"
	done < <(ways "$s" "$m" --with-parent)
	parent_dies pipeline --with-parent sleep 60 :::
	semop wait -t 10 "$s"
	semop wait -t 10 "key:$(key s)"
}

@test "--with-parent continues a stopped command, or TERM would wait" {
	local load
	loads sigwatch
	spawn bash -c "${load}sigwatch --with-parent USR1 -- sh -c 'echo \$\$ >pid; kill -STOP \$\$; exec sleep 60' & wait"
	wait_until test -s pid
	wait_until stopped "$(<pid)"
	kill -KILL "$spawned"
	collect
	wait_until gone "$(<pid)"
}

@test "--with-parent starts no command for a parent that has died while it waited" {
	local load holder
	loads lockrun
	: >lock
	spawn lockrun lock sleep 60
	holder=$spawned
	wait_until eval '[[ $(lockinfo lock) == *holds* ]]'
	spawn bash -c "${load}lockrun --with-parent lock touch made 2>err & echo \$! >applet; wait"
	wait_until test -s applet
	wait_until eval '[[ $(lockinfo lock) == *waits* ]]'
	kill -KILL "$spawned"
	collect
	kill -TERM "$holder"
	wait_until gone "$(<applet)"
	assert [ ! -e made ]
	assert_equal "$(<err)" 'lockrun: touch: not started: the parent has ended'
}

@test "--with-parent: a thread of the parent that ends is not its end" {
	requires program
	spawn python3 -c 'import subprocess, threading
def start():
    global child
    child = subprocess.Popen(["sigwatch", "--with-parent", "USR1", "--", "sh", "-c", "echo $$ >pid; exec sleep 60"])
thread = threading.Thread(target=start)
thread.start()
thread.join()
child.wait()'
	wait_until test -s pid
	pause 0.3
	wait_until sleeping "$(<pid)"
	kill -KILL "$spawned"
	collect
	wait_until gone "$(<pid)"
}

@test "--with-parent refuses a parent that has died before, when an init process of another session has adopted the applet" {
	requires program
	# the second shell waits until its parent, the first one, has ended
	setsid sh -c 'sh -c "until [ \$(ps -o ppid= -p \$\$) -ne $$ ]; do sleep 0.01; done
		exec sigwatch --with-parent USR1 -- touch made 2>err" &' 3>&-
	adopted() { [[ -s err ]]; }
	wait_until adopted
	assert_equal "$(<err)" 'sigwatch: --with-parent: the parent has ended'
	assert [ ! -e made ]
}

@test "--with-parent refuses a parent in another PID namespace" {
	requires program root
	run --separate-stderr within 10 unshare --pid --fork "$IPCTOOL_BUILD/bin/sigwatch" --with-parent USR1 -- touch made
	assert_failure 125
	assert_stderr 'sigwatch: --with-parent: the parent is in another PID namespace'
	assert [ ! -e made ]
}

# ---------------------------------------------------------------- refusals

@test "the options need a command, and one that does not replace the applet" {
	requires program
	local option
	: >lock
	for option in group subreaper with-parent; do
		run --separate-stderr sigwatch "--$option" USR1
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "sigwatch: --$option requires COMMAND"
		run --separate-stderr lockrun -F "--$option" lock true
		assert_failure 125
		assert_equal "${stderr_lines[0]}" "lockrun: options '-F' and '--$option' exclude each other"
		run --separate-stderr lockrun "--$option" 9
		assert_failure 125
		assert_equal "${stderr_lines[0]}" "lockrun: missing operand COMMAND after '9'"
	done
}

@test "--group and --subreaper are the program's" {
	requires builtin
	local option
	for option in group subreaper; do
		run --separate-stderr waitchild "--$option" true
		assert_failure 125
		assert_equal "${stderr_lines[0]}" "waitchild: option '--$option' is not available as a bash builtin"
	done
}
