#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# lockrun: run a command that holds a lock.

load helper
load locks

setup() {
	basic_setup
	f='file'
}

every_api() {
	local api
	for api in ofd posix flock; do
		echo "$api"
		"$@" "$api"
		rm -f "$f" pid held
	done
}

# hold API MODE FILE [START LENGTH]: a C program holds it, until the pipe `end` is closed.
hold() {
	rm -f held
	# shellcheck disable=SC2016
	spawn sh -c 'tail -f /dev/null | "$0" hold "$@" >held' "$(peer lock)" "$@"
	holder=$spawned
	wait_until test -s held
}

let_go() {
	kill -KILL -- "-$holder"
	wait_until free "$@"
}

# free API FILE
free() {
	"$(peer lock)" try "$1" write "${2-$f}" 2>/dev/null
}

# The waiters of a file, from the kernel's own list.
waiting() {
	[[ $(grep -c -e "-> .*:$(stat -c %i "${2-$f}") " /proc/locks) == "$1" ]]
}

# ------------------------------------------------------------------ one lock

@test "lockrun holds the lock while the command runs, and no longer" {
	check() {
		start_holding --api "$1" "$f"
		taken "$1"
		stop_holding
		assert_equal "$status" 143
		free "$1"
	}
	every_api check
}

@test "lockrun returns the command's status" {
	local code
	for code in 0 1 7 255; do
		run lockrun "$f" sh -c "exit $code"
		assert_equal "$status" "$code"
		run lockrun -o "$f" sh -c "exit $code"
		assert_equal "$status" "$code"
	done
	run lockrun "$f" sh -c 'kill -KILL $$'
	assert_failure 137
}

@test "lockrun returns 127 for a command that does not exist, 126 for one that cannot be executed" {
	PATH=${PATH%%:*}:/usr/bin:/bin run -127 --separate-stderr lockrun "$f" nosuch-command
	assert_stderr 'lockrun: nosuch-command: No such file or directory'
	: >plain
	run --separate-stderr lockrun "$f" ./plain
	assert_failure 126
	assert_stderr 'lockrun: ./plain: Permission denied'
	free flock
}

@test "lockrun -n does not wait: status 123, and the command is not run" {
	check() {
		hold "$1" write "$f"
		run --separate-stderr lockrun -n --api "$1" "$f" touch made
		assert_failure 123
		assert_stderr "lockrun: $f: locked by another process"
		let_go "$1"
		lockrun --nonblock --api "$1" "$f" true
		assert [ ! -e made ]
	}
	every_api check
}

@test "lockrun waits no longer than --timeout: status 124" {
	check() {
		hold "$1" write "$f"
		run --separate-stderr within 5 lockrun -t 50ms --api "$1" "$f" touch made
		assert_failure 124
		assert_stderr "lockrun: $f: timed out: locked by another process"
		waiting 0
		let_go "$1"
		assert [ ! -e made ]
	}
	every_api check
}

@test "lockrun with a time-out of 0 acquires a free lock" {
	lockrun -t 0 "$f" true
	hold flock write "$f"
	run within 5 lockrun -t 0 "$f" true
	assert_failure 124
}

@test "lockrun waits until the lock is free" {
	check() {
		hold "$1" write "$f"
		spawn lockrun --api "$1" -t 20 "$f" touch made
		wait_until waiting 1
		assert [ ! -e made ]
		kill -KILL -- "-$holder"
		collect
		assert_equal "$status" 0
		rm made
	}
	every_api check
}

@test "lockrun -s shares the lock with readers, not with a writer" {
	check() {
		hold "$1" read "$f"
		lockrun -s -n --api "$1" "$f" true
		run lockrun -n --api "$1" "$f" true
		assert_failure 123
		run lockrun -x -n --api "$1" "$f" true
		assert_failure 123
		let_go "$1"
		hold "$1" write "$f"
		run lockrun --shared -n --api "$1" "$f" true
		assert_failure 123
		let_go "$1"
	}
	every_api check
}

@test "process locks and open file description locks conflict, flock conflicts with neither" {
	hold posix write "$f"
	run lockrun -n --api ofd "$f" true
	assert_failure 123
	lockrun -n "$f" true
	kill -KILL -- "-$holder"
	start_holding --api ofd "$f"
	taken posix
	free flock
}

@test "lockrun -r locks only those bytes" {
	local api
	for api in ofd posix; do
		hold "$api" write "$f" 10 5
		lockrun -n --api "$api" -r 0:10 "$f" true
		lockrun -n --api "$api" -r 15:0 "$f" true
		run lockrun -n --api "$api" -r 14:1 "$f" true
		assert_failure 123
		run lockrun -n --api "$api" --range=0:0 "$f" true
		assert_failure 123
		run lockrun -n --api "$api" -r 1:1K "$f" true
		assert_failure 123
		let_go "$api"
	done
	lockrun -n -r 9223372036854775807:1 "$f" true
}

@test "lockrun -r: two ranges of one file are held at the same time" {
	start_holding -r 0:1 "$f"
	lockrun -n -r 1:1 "$f" true
	run lockrun -n -r 0:2 "$f" true
	assert_failure 123
}

# ------------------------------------------------------------------- the file

@test "lockrun creates the lock file with mode 0666 less the umask, and does not remove it" {
	umask 027
	lockrun "$f" true
	assert_equal "$(stat -c '%a %s' "$f")" '640 0'
	echo contents >"$f"
	lockrun "$f" true
	assert_equal "$(<"$f")" contents
}

@test "lockrun locks a file without write permission if the lock is shared, or by flock" {
	requires nobody
	: >"$f"
	chmod 400 "$f"
	lockrun -s "$f" true
	lockrun -s --api posix "$f" true
	lockrun "$f" true
	run --separate-stderr lockrun --api ofd "$f" touch made
	assert_failure 125
	assert_stderr "lockrun: $f: Permission denied"
	chmod 200 "$f"
	lockrun "$f" true
	lockrun --api ofd "$f" true
	chmod 0 "$f"
	run lockrun --api flock "$f" touch made
	assert_failure 125
	assert [ ! -e made ]
}

@test "lockrun locks a file on a read-only file system if the lock is shared, or by flock" {
	requires mounts
	run within 10 tiny_shm 64k '
		cd /dev/shm && : >f && mount -o remount,bind,ro /dev/shm || exit
		lockrun -s --api ofd f lockrun f echo read-only
		lockrun --api ofd f touch made'
	assert_failure 125
	assert_output $'read-only\nlockrun: f: Read-only file system'
	requires root command:chattr
	: >"$f"
	chattr +i "$f" || skip 'no file can be made immutable here'
	later chattr -i "$f"
	lockrun -s "$f" true
	lockrun --api flock "$f" true
}

@test "lockrun does not use O_CREAT for a file that exists: a sticky directory may refuse it" {
	requires program plain command:strace
	: >"$f"
	strace -qq -o trace -e trace=open,openat lockrun --api ofd "$f" true
	grep -q "\"$f\", O_RDWR" trace
	refute grep -q "\"$f\", .*O_CREAT" trace
	strace -qq -o trace -e trace=open,openat lockrun new true
	grep -q '"new", .*O_CREAT|O_EXCL' trace
}

@test "lockrun creates no file through a symbolic link" {
	ln -s elsewhere "$f"
	refused 125 "lockrun: $f: is a symbolic link to a file that does not exist" lockrun "$f" touch made
	refused 125 "lockrun: $f: is a symbolic link to a file that does not exist" lockrun --api ofd "$f" touch made
	assert [ ! -e elsewhere ]
	: >elsewhere
	lockrun "$f" touch made
	assert [ -e made ]
}

@test "lockrun locks a file that another process creates at the same time" {
	local i
	for ((i = 0; i < 16; i++)); do
		spawn lockrun "$f" true
	done
	all_succeed_within 10
}

@test "lockrun opens for reading only, unless the lock is exclusive and not of flock" {
	requires program plain command:strace
	local options
	for options in '' '-s' '-s --api posix' '-s --api ofd' '-s --api flock'; do
		rm -f "$f"
		# shellcheck disable=SC2086
		strace -qq -o trace -e trace=open,openat lockrun $options "$f" true
		grep -q "\"$f\", O_RDONLY.*O_CREAT" trace
		# shellcheck disable=SC2086
		strace -qq -o trace -e trace=open,openat lockrun $options "$f" true
		grep -q "\"$f\", O_RDONLY" trace
		refute grep -Eq "\"$f\", .*(O_RDWR|O_WRONLY|O_CREAT)" trace
	done
}

@test "lockrun runs the file that it locks, by flock or with a shared lock" {
	printf '#!/bin/sh\necho ran\n' >script
	chmod 755 script
	cp "$(type -P true)" binary
	local options
	for options in '' '-o' -F -s '-s --api posix' '-so --api ofd'; do
		# shellcheck disable=SC2086
		run lockrun $options script ./script
		assert_success
		assert_output ran
		# shellcheck disable=SC2086
		lockrun $options binary ./binary
	done
}

@test "a script that locks itself as with flock(1) runs once at a time" {
	cat >script <<-'END'
		#!/bin/sh
		[ "$LOCKED" ] || exec env LOCKED=1 ipctool lockrun -n "$0" "$0" "$@"
		echo "one $1"
		[ "$1" != outer ] || env LOCKED= "$0" inner
	END
	chmod 755 script
	run --separate-stderr ./script outer
	assert_failure 123
	assert_output 'one outer'
	assert_stderr 'lockrun: ./script: locked by another process'
	run ./script again
	assert_output 'one again'
}

@test "lockrun says which kind of lock to use for a file that is executed" {
	cp "$(type -P sleep)" binary
	spawn ./binary 60
	wait_until sleeping "$spawned"
	refused 125 'lockrun: binary: Text file busy: an exclusive lock of fcntl(2) opens it for writing (--api flock does not)' lockrun -r 0:1 binary touch made
	lockrun binary touch made
	end_spawned
	printf '#!/bin/sh\necho ran\n' >script
	chmod 755 script
	run --separate-stderr lockrun --api ofd script ./script
	assert_failure 126
	assert_output ''
	assert_equal "${stderr_lines[0]}" 'lockrun: ./script: Text file busy'
	assert_equal "${stderr_lines[1]}" 'lockrun: ./script: this lock opens it for writing: use --api flock'
}

@test "lockrun opens the file for writing too if an exclusive flock requires that" {
	requires program plain command:strace
	: >"$f"
	run strace -qq -o trace -e trace=open,openat,flock -e inject=flock:error=EBADF:when=1 \
		lockrun --api flock -a other "$f" echo ran
	assert_success
	assert_output ran
	grep -q "\"$f\", O_RDWR" trace
	run strace -f -qq -o trace -e trace=flock -e inject=flock:error=EBADF lockrun --api flock "$f" echo ran
	assert_failure 125
	assert_output "lockrun: $f: an exclusive lock requires write permission"
	chmod 400 "$f"
	if [[ $EUID -ne 0 ]]; then
		run strace -f -qq -o trace -e trace=flock -e inject=flock:error=EBADF:when=1 lockrun --api flock "$f" echo ran
		assert_failure 125
		assert_output "lockrun: $f: an exclusive lock requires write access: Permission denied"
	fi
}

@test "lockrun reports a name with a slash at its end by the reason" {
	refused 125 'lockrun: newdir/: No such file or directory' lockrun newdir/ touch made
	refused 125 'lockrun: newdir/: No such file or directory' lockrun -s newdir/ touch made
	refused 125 'lockrun: newdir/: No such file or directory' lockrun --api ofd newdir/ touch made
	assert [ ! -e newdir ]
}

@test "lockrun locks a directory by flock only" {
	mkdir folder
	lockrun folder true
	lockrun -o folder true
	run --separate-stderr lockrun --api ofd folder touch made
	assert_failure 125
	assert_stderr 'lockrun: folder: is a directory (requires --api flock)'
	assert [ ! -e made ]
}

@test "lockrun returns 125 if the file cannot be opened, and runs nothing" {
	run --separate-stderr lockrun none/file touch made
	assert_failure 125
	assert_stderr 'lockrun: none/file: No such file or directory'
	run --separate-stderr lockrun '' touch made
	assert_failure 125
	ln -s loop loop
	run lockrun loop touch made
	assert_failure 125
	run lockrun "$(printf '%0300d' 0)" touch made
	assert_failure 125
	assert [ ! -e made ]
}

@test "lockrun reports a file that may not be created by the reason, not as missing" {
	requires nobody
	mkdir shut
	chmod 500 shut
	run --separate-stderr lockrun shut/file touch made
	assert_failure 125
	assert_stderr 'lockrun: shut/file: Permission denied'
	assert [ ! -e made ]
}

@test "lockrun opens a FIFO without waiting, and locks a running program" {
	command mkfifo pipe
	within 5 lockrun pipe true
	cp "$(command -v sleep)" sleeper
	spawn ./sleeper 30
	wait_until sleeping "$spawned"
	lockrun -s --api ofd ./sleeper true
	lockrun ./sleeper true
}

# --------------------------------------------------- in place of flock(1)

@test "flock(1) and lockrun exclude each other" {
	requires command:flock
	local expected
	lockrun "$f" true
	run lockrun "$f" flock -n "$f" true
	assert_failure 1
	run lockrun -s "$f" flock -sn "$f" echo shared
	assert_output shared
	for expected in '123 -n' '124 -w 0.01' '123 -n -o' '123 -n -F'; do
		# shellcheck disable=SC2086
		run flock "$f" ipctool lockrun ${expected#* } "$f" touch made
		assert_equal "$status" "${expected%% *}"
	done
	run flock . ipctool lockrun -n . touch made
	assert_failure 123
	assert [ ! -e made ]
	run flock -s "$f" ipctool lockrun -ns "$f" echo shared
	assert_output shared
}

# The examples of flock(1): "flock" is a function, so that what they say is what runs.
@test "the examples of flock(1) work with lockrun" {
	flock() { lockrun "$@"; }
	# shell1> flock /tmp -c cat; shell2> flock -w .007 /tmp -c echo; /bin/echo $?
	command mkfifo hang
	mkdir folder
	spawn flock folder -c 'echo >up; cat hang'
	wait_until test -s up
	run flock -w .007 folder -c echo
	assert_failure 124
	end_spawned
	# shell1> flock -s /tmp -c cat; shell2> flock -s -w .007 /tmp -c echo; /bin/echo $?
	rm up
	spawn flock -s folder -c 'echo >up; cat hang'
	wait_until test -s up
	run flock -s -w .007 folder -c echo
	assert_success
	run flock -w .007 folder -c echo
	assert_failure 124
	end_spawned
	run flock -x local-lock-file echo 'a b c'
	assert_output 'a b c'
	critical() (
		flock -n 9 || exit 1
		echo in the lock
		"$@"
	) 9>mylockfile
	run critical true
	assert_output 'in the lock'
	run critical critical true
	assert_failure 1
	assert_equal "${lines[0]}" 'in the lock'
	cat >script <<-'END'
		#!/bin/sh
		[ "${FLOCKER}" != "$0" ] && exec env FLOCKER="$0" ipctool lockrun -en "$0" "$0" "$@" || :
		echo "one $1"
		[ "$1" != outer ] || env FLOCKER= "$0" inner
	END
	chmod 755 script
	run --separate-stderr ./script outer
	assert_failure 123
	assert_output 'one outer'
	exec 4<>mylockfile
	flock -n 4
	run flock -n mylockfile true
	assert_failure 123
	exec 4>&-
	flock -n mylockfile true
}

@test "lockrun --fd locks what the caller has open, until it is closed or unlocked" {
	local api
	for api in flock ofd; do
		exec 7<>"$f"
		lockrun -n --fd 7 --api "$api"
		taken "$api"
		run lockrun -n --api "$api" "$f" true
		assert_failure 123
		lockrun --fd=7 -s --api "$api"
		"$(peer lock)" try "$api" read "$f"
		taken "$api"
		lockrun --fd 7 -x --api "$api"
		run -3 "$(peer lock)" try "$api" read "$f"
		lockrun -u --fd 7 --api "$api"
		free "$api"
		lockrun --fd 7 --api "$api"
		exec 7>&-
		free "$api"
	done
	exec 7>"$f"
	lockrun -n 7
	taken flock
	(lockrun --unlock 7)
	free flock
	lockrun --fd 7 -r 5:5
	"$(peer lock)" try ofd write "$f" 0 5
	run -3 "$(peer lock)" try ofd write "$f" 9 1
	lockrun -u --fd 7 -r 5:5
	free ofd
	exec 7>&-
	(
		cd /
		exec 7<.
		lockrun -s -n 7
	)
}

@test "lockrun --fd: status 3 with -n, 124 after a time-out; -E chooses both" {
	hold flock write "$f"
	exec 7<"$f"
	refused 3 'lockrun: descriptor 7: locked by another process' lockrun -n --fd 7
	refused 3 'lockrun: descriptor 7: locked by another process' lockrun --nb 7
	refused 124 'lockrun: descriptor 7: timed out: locked by another process' lockrun -t 20ms --fd 7
	refused 9 'lockrun: descriptor 7: locked by another process' lockrun -n -E 9 --fd 7
	refused 9 'lockrun: descriptor 7: timed out: locked by another process' lockrun -w 20ms -E 9 7
	run lockrun -n -E 0 --fd 7
	assert_success
	let_go flock
	exec 7>&-
}

@test "lockrun --fd: a shared lock of ofd is kept if it cannot become exclusive" {
	exec 7<>"$f"
	lockrun -s --fd 7 --api ofd
	hold ofd read "$f"
	run lockrun -x -n --fd 7 --api ofd
	assert_failure 3
	kill -KILL -- "-$holder"
	wait_until "$(peer lock)" try ofd read "$f"
	run -3 "$(peer lock)" try ofd write "$f"
	exec 7>&-
}

@test "lockrun --fd: a shared lock of flock is lost if it cannot become exclusive, as flock(2) has it" {
	exec 7<>"$f"
	lockrun -s --fd 7
	hold flock read "$f"
	run lockrun -x -n --fd 7
	assert_failure 3
	kill -KILL -- "-$holder"
	wait_until free flock
	exec 7>&-
}

@test "lockrun --fd waits for the lock, and a termination signal ends that" {
	hold flock write "$f"
	exec 7<"$f"
	spawn lockrun --fd 7
	wait_until waiting 1
	kill -TERM "$spawned"
	collect
	assert_equal "$status" 143
	spawn lockrun -t 20 --fd 7
	wait_until waiting 1
	kill -KILL -- "-$holder"
	collect
	assert_equal "$status" 0
	taken flock
	exec 7>&-
}

@test "lockrun --fd refuses what it cannot lock: status 1, or 125 for usage errors" {
	: >"$f"
	refused 1 'lockrun: descriptor 77: not open' lockrun --fd 77
	refused 1 'lockrun: descriptor 77: not open' lockrun -u --fd 77
	exec 7<"$f"
	refused 1 'lockrun: descriptor 7: an exclusive lock requires write permission' lockrun --fd 7 --api ofd
	lockrun -s --fd 7 --api ofd
	exec 7>"$f"
	refused 1 'lockrun: descriptor 7: a shared lock requires read permission' lockrun -s --fd 7 --api ofd
	local bad
	for bad in x -1 2147483648; do
		run --separate-stderr lockrun --fd "$bad"
		assert_failure 125
	done
	refused_usage() {
		run --separate-stderr lockrun "${@:2}"
		assert_failure 125
		assert_equal "${stderr_lines[0]}" "lockrun: $1"
	}
	refused_usage '--fd and COMMAND exclude each other' --fd 7 "$f" touch made
	refused_usage "extra operand '$f'" --fd 7 "$f"
	refused_usage 'without COMMAND: requires --api flock or ofd' --fd 7 --api posix
	refused_usage 'without COMMAND: requires --api flock or ofd' --fd 7 --api mutex
	refused_usage "option '-r': flock locks whole files only" --fd 7 -r 0:1 --api flock
	run --separate-stderr lockrun --fd 7 -o
	assert_failure 125
	run --separate-stderr lockrun -u "$f" touch made
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "lockrun: option '-u': requires --fd"
	# with an option for a command it is no descriptor
	run --separate-stderr lockrun -a other 7
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "lockrun: missing operand COMMAND after '7'"
	run --separate-stderr lockrun
	assert_failure 125
	assert_equal "${stderr_lines[0]}" 'lockrun: missing operand FILE'
	assert [ ! -e made ]
	exec 7>&-
}

@test "lockrun -c runs a line by the shell" {
	export SHELL=/bin/sh
	# shellcheck disable=SC2016
	run lockrun -c 'echo "$0 $#"; exit 5' "$f"
	assert_failure 5
	assert_output '/bin/sh 0'
	run lockrun -n "$f" -c 'echo after'
	assert_output after
	run lockrun "$f" --command 'echo long'
	assert_output long
	run lockrun -- "$f" -c 'echo dashes'
	assert_output dashes
	run env -u SHELL ipctool lockrun -c 'echo none' "$f"
	assert_output none
	SHELL='' run lockrun -c 'echo empty' "$f"
	assert_output empty
	# the SHELL that bash sets by itself is no part of the environment
	unset SHELL
	SHELL=/bin/false
	run lockrun -c 'echo variable' "$f"
	assert_output variable
	run --separate-stderr lockrun -c 'touch made' "$f" touch
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "lockrun: extra operand 'touch'"
	assert [ ! -e made ]
}

@test "lockrun -E is the status of a lock that is held, of no other failure and of no command" {
	hold flock write "$f"
	local option
	for option in -E --conflict-status --conflict-exit-code; do
		run lockrun -n "$option" 42 "$f" touch made
		assert_failure 42
	done
	run lockrun -t 20ms -o -E 42 "$f" touch made
	assert_failure 42
	run lockrun -n -E 0 "$f" touch made
	assert_success
	run lockrun -n -E 42 none/file touch made
	assert_failure 125
	let_go flock
	run lockrun -n -E 42 "$f" sh -c 'exit 123'
	assert_failure 123
	assert [ ! -e made ]
	local bad
	for bad in -1 256 x; do
		run lockrun -E "$bad" "$f" true
		assert_failure 125
	done
}

@test "lockrun -F becomes the command, which holds the lock" {
	local api
	for api in flock ofd posix; do
		rm -f pid
		# shellcheck disable=SC2016
		spawn lockrun -F --api "$api" "$f" sh -c 'echo $$ >pid.new; mv pid.new pid; exec sleep 30'
		wait_until test -e pid
		taken "$api"
		[[ $IPCTOOL_FRONT == bash ]] || assert_equal "$(<pid)" "$spawned"
		kill "$(<pid)"
		collect
		assert_equal "$status" 143
		free "$api"
	done
	run lockrun --no-fork "$f" sh -c 'exit 6'
	assert_failure 6
	PATH=${PATH%%:*}:/usr/bin:/bin run -127 lockrun -F "$f" nosuch-command
	run --separate-stderr lockrun -F -o "$f" touch made
	assert_failure 125
	run --separate-stderr lockrun -F --api mutex shm:/m touch made
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "lockrun: option '-F': requires a lock on a file"
	assert [ ! -e made ]
}

@test "lockrun -v reports the time, and a lock of the other call" {
	: >"$f"
	run lockrun -v "$f" true
	assert_output --regexp "^$f: locked after [0-9.]+ .?s$"
	local option
	for option in -v '-o -v'; do
		hold posix write "$f"
		# shellcheck disable=SC2086
		run lockrun $option "$f" echo ran
		assert_line --regexp "^$f: process [0-9]+ \(lock\) holds a lock of kind posix, which one of kind flock does not exclude$"
		assert_line ran
		let_go posix
	done
	hold flock read "$f"
	run lockrun -v -r 0:5 "$f" true
	assert_line --regexp "^$f: process [0-9]+ \(lock\) holds a lock of kind flock, which one of kind ofd does not exclude$"
	# two readers exclude each other in no case
	run lockrun -v -s --api ofd "$f" true
	assert_equal "${#lines[@]}" 1
	let_go flock
	# nor do two ranges
	hold ofd write "$f" 10 5
	run lockrun -v -r 0:10 "$f" true
	assert_equal "${#lines[@]}" 1
	exec 7<"$f"
	run lockrun -v --fd 7
	assert_line --partial 'holds a lock of kind ofd, which one of kind flock does not exclude'
	lockrun -u --fd 7
	exec 7>&-
	let_go ofd
}

@test "lockrun -v names who holds the lock that it does not get" {
	local options
	for options in '' -o; do
		hold flock write "$f"
		# shellcheck disable=SC2086
		run lockrun $options -n -v "$f" touch made
		assert_failure 123
		assert_equal "${lines[0]}" "lockrun: $f: locked by another process"
		assert_regex "${lines[1]}" "^$f: process [0-9]+ \(lock\) holds a lock of kind flock$"
		let_go flock
	done
	hold ofd write "$f"
	exec 7<>"$f"
	run lockrun -n -v --fd 7 --api ofd
	assert_failure 3
	assert_regex "${lines[1]}" '^descriptor 7: process [0-9]+ \(lock\) holds a lock of kind ofd$'
	exec 7>&-
	assert [ ! -e made ]
}

# ------------------------------------------------------------- lockrun open

@test "lockrun open is a builtin only" {
	requires program
	refused_usage() {
		run --separate-stderr lockrun open lock "$f"
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "lockrun: 'open' is available only as a bash builtin"
	}
	refused_usage
	assert [ ! -e "$f" ]
	lockrun ./open true
	assert [ -e open ]
}

@test "lockrun open locks a file in the shell, with its descriptor in a variable" {
	requires builtin
	local lock='' again=''
	lockrun open lock "$f"
	assert [ "$lock" -ge 10 ]
	taken flock
	refused 3 "lockrun: $f: locked by another process" lockrun open -n again "$f"
	refused 124 "lockrun: $f: timed out: locked by another process" lockrun open -t 20ms again "$f"
	refused 8 "lockrun: $f: locked by another process" lockrun open -n -E 8 again "$f"
	assert_equal "$again" ''
	# commands inherit it
	bash -c "[[ -e /proc/self/fd/$lock ]]"
	lockrun -u --fd "$lock"
	free flock
	exec {lock}>&-
	lockrun open -s --cloexec lock "$f"
	refute bash -c "[[ -e /proc/self/fd/$lock ]]"
	"$(peer lock)" try flock read "$f"
	taken flock
	exec {lock}>&-
	free flock
	lockrun open -r 3:4 -v lock "$f" 2>err
	assert_regex "$(<err)" "^$f: locked after "
	"$(peer lock)" try ofd write "$f" 7 1
	run -3 "$(peer lock)" try ofd write "$f" 6 1
	exec {lock}>&-
}

@test "lockrun open refuses a variable before it opens the file, and leaves no descriptor after a failure" {
	requires builtin
	local number
	readonly fixed=1
	echo /proc/$$/fd/* >descriptors
	run --separate-stderr lockrun open 1x "$f"
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "lockrun: '1x' is not a valid variable name"
	run --separate-stderr lockrun open fixed "$f"
	assert_failure 1
	run --separate-stderr lockrun open number
	assert_failure 2
	run --separate-stderr lockrun open --api posix number "$f"
	assert_failure 2
	assert [ ! -e "$f" ]
	ln -s nowhere link
	lockrun open number link 2>err && fail 'it was opened'
	assert_equal "$(<err)" 'lockrun: link: is a symbolic link to a file that does not exist'
	lockrun open number none/file 2>err || assert_equal $? 4
	hold flock write "$f"
	lockrun open -n number "$f" 2>err || assert_equal $? 3
	echo /proc/$$/fd/* >descriptors.after
	cmp descriptors descriptors.after
}

# ----------------------------------------------------------------- many locks

@test "lockrun -a locks several files, each once, in one order" {
	ln "$f" again 2>/dev/null || { : >"$f" && ln "$f" again; }
	lockrun -n -a again -a "$f" -a other "$f" \
		sh -c 'for f in file other; do grep -c ":$(stat -c %i $f) " /proc/locks; done' >counts
	assert_equal "$(tr '\n' ' ' <counts)" '1 1 '
	hold flock write other
	run --separate-stderr lockrun -n --also=other "$f" touch made
	assert_failure 123
	assert_stderr 'lockrun: other: locked by another process'
	free flock
	assert [ ! -e made ]
}

@test "lockrun -a never deadlocks, in whatever order the files are given" {
	local api
	: >a
	: >b
	: >c
	loop() {
		local i
		for ((i = 0; i < 25; i++)); do
			lockrun --api "$@" true || return
		done
	}
	for api in ofd posix flock; do
		spawned_pids=()
		spawn loop "$api" -a b -a c a
		spawn loop "$api" -a a -a b c
		spawn loop "$api" -a c -a a b
		for pid in "${spawned_pids[@]}"; do
			collect "$pid"
			assert_equal "$status" 0
		done
	done
}

@test "lockrun reports a deadlock of process locks with a program that has another order" {
	local files low middle high
	: >a
	: >b
	: >c
	mapfile -t files < <(stat -c '%i %n' a b c | sort -n | cut -d ' ' -f 2)
	low=${files[0]} middle=${files[1]} high=${files[2]}
	command mkfifo go
	# shellcheck disable=SC2016
	spawn sh -c 'exec "$0" cross posix write "$1" "$2" <go >first' "$(peer lock)" "$high" "$low"
	exec 7>go
	wait_until test -s first
	hold posix write "$middle"
	spawn lockrun --api posix -t 20 -a "$middle" -a "$high" "$low" touch made 2>err
	wait_until waiting 1 "$middle"
	# the program, which holds the last, waits for the first; then lockrun requests the last
	echo >&7
	wait_until waiting 1 "$low"
	kill -KILL -- "-$holder"
	collect
	exec 7>&-
	assert_equal "$status" 125
	assert_equal "$(<err)" "lockrun: $high: deadlock: its holder waits for a lock that is held here"
	assert [ ! -e made ]
}

@test "lockrun locks at most seventeen files" {
	local i many=()
	for ((i = 0; i < 16; i++)); do
		many+=(-a "f$i")
	done
	lockrun -n "${many[@]}" "$f" true
	lockrun -n -o --api posix "${many[@]}" "$f" true
	run --separate-stderr lockrun "${many[@]}" -a more "$f" touch made
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "lockrun: option '-a': 'more' is one too many: at most 16 are allowed"
	assert [ ! -e made ]
	assert [ ! -e more ]
}

# -------------------------------------------------------------------- inheriting

@test "a process that the command leaves running holds the lock, with -o it does not" {
	# shellcheck disable=SC2016
	local leave='sleep 30 >/dev/null 2>&1 3>&- & echo $! >pid' api
	for api in ofd flock; do
		within 10 lockrun --api "$api" "$f" sh -c "$leave"
		taken "$api"
		kill "$(<pid)"
		wait_until free "$api"
		within 10 lockrun -o --api "$api" "$f" sh -c "$leave"
		free "$api"
		kill "$(<pid)"
	done
	within 10 lockrun --api posix "$f" sh -c "$leave"
	free posix
	kill "$(<pid)"
}

@test "the command inherits the caller's descriptors and, without -o, one from 10 on for each lock" {
	local show='echo /proc/self/fd/*'
	sh -c "$show" >plain
	lockrun -o "$f" sh -c "$show" >held
	cmp plain held
	lockrun --api posix "$f" sh -c "$show" >held <&-
	sh -c "$show" >plain <&-
	cmp plain held
	# shellcheck disable=SC2016
	run lockrun -a other "$f" sh -c 'ls -l /proc/self/fd | grep -cE " 1[0-9] -> .*/(file|other)$"'
	assert_output 2
}

@test "lockrun holds the lock although the command closes the descriptors that it inherited" {
	# shellcheck disable=SC2016
	spawn lockrun "$f" bash -c 'for fd in /proc/$$/fd/*; do
		fd=${fd##*/}; [[ $fd -lt 3 || $fd -eq 255 ]] || eval "exec $fd>&-"; done; echo >ready; exec sleep 30'
	wait_until test -e ready
	run lockrun -n "$f" true
	assert_failure 123
}

@test "lockrun holds a process lock although the command opens and closes the file" {
	run lockrun --api posix "$f" sh -c "cat $f; $(peer lock) try posix write $f"
	assert_failure 3
}

# ---------------------------------------------------------------- what goes wrong

@test "lockrun refuses invalid options before anything is done: status 125" {
	local bad
	for bad in 0 1:x 9223372036854775807:2; do
		run --separate-stderr lockrun -r "$bad" "$f" touch made
		assert_failure 125
		assert_equal "${#stderr_lines[@]}" 2
	done
	run --separate-stderr lockrun --api flock -r 0:1 "$f" touch made
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "lockrun: option '-r': flock locks whole files only"
	for bad in '' xyz fcntl; do
		run --separate-stderr lockrun --api "$bad" "$f" touch made
		assert_failure 125
		assert_equal "${stderr_lines[0]}" "lockrun: option '--api': '$bad' is not flock, ofd, posix, mutex or rwlock"
	done
	for bad in '-s -x' '-n -t 1' '-t x' '--nosuch'; do
		# shellcheck disable=SC2086
		run --separate-stderr lockrun $bad "$f" touch made
		assert_failure 125
	done
	run --separate-stderr lockrun "$f"
	assert_failure 125
	assert_equal "${stderr_lines[0]}" "lockrun: missing operand COMMAND after '$f'"
	run --separate-stderr lockrun "$f" --
	assert_failure 125
	assert_equal "${stderr_lines[0]}" 'lockrun: missing COMMAND'
	assert [ ! -e made ]
	assert [ ! -e "$f" ]
}

@test "lockrun accepts a -- before the command, and does not interpret the command's options" {
	run lockrun "$f" -- echo -n --
	assert_output -- --
	run lockrun -t 1 "$f" echo -t -n
	assert_output -- '-t -n'
}

@test "lockrun reports that no descriptors are available" {
	[[ $IPCTOOL_FRONT == @(musl|bash) ]] || skip 'the loader needs descriptors too'
	requires plain
	few() (
		ulimit -n "$1"
		shift
		lockrun "$@" "$f" touch made
	)
	local limit
	for limit in 5 6 7 8; do
		run --separate-stderr few "$limit"
		[[ $status == 0 ]] || assert_failure 125
		run --separate-stderr few "$limit" -o
		[[ $status == 0 ]] || assert_failure 125
		free flock
	done
	rm -f made
	run --separate-stderr few 3
	assert_failure 125
	assert_stderr --partial 'Too many open files (RLIMIT_NOFILE is 3)'
	assert [ ! -e made ]
}

# ---------------------------------------------------------------------- signals

@test "a termination signal ends lockrun while it waits: nothing is run" {
	check() {
		local signal
		hold "$1" write "$f"
		for signal in INT TERM HUP; do
			spawn lockrun --api "$1" "$f" touch made
			wait_until waiting 1
			kill -"$signal" "$spawned"
			collect
			assert_equal "$status" $((128 + $(kill -l "$signal")))
			wait_until waiting 0
			spawn lockrun -t 20 --api "$1" "$f" touch made
			wait_until waiting 1
			kill -"$signal" "$spawned"
			collect
			assert_equal "$status" $((128 + $(kill -l "$signal")))
			wait_until waiting 0
		done
		let_go "$1"
		assert [ ! -e made ]
	}
	every_api check
}

@test "stopping and continuing lockrun neither ends nor lengthens the wait" {
	check() {
		hold "$1" write "$f"
		spawn lockrun -t 20 --api "$1" "$f" true
		wait_until waiting 1
		kill -STOP "$spawned"
		kill -CONT "$spawned"
		wait_until sleeping "$spawned"
		kill -KILL -- "-$holder"
		collect
		assert_equal "$status" 0
	}
	every_api check
}

@test "lockrun forwards the signals that a process sends" {
	check() {
		start_holding --api "$1" "$f"
		kill -USR1 "$spawned"
		collect
		assert_equal "$status" $((128 + $(kill -l USR1)))
		free "$1"
	}
	every_api check
}

@test "lockrun as a builtin leaves mask, traps, children and descriptors unchanged" {
	requires builtin
	local i api
	hold flock write busy
	trap 'echo trapped >>traps' USR1
	trap ': alarm' RTMAX
	trap >before
	signals_of_shell >signals
	echo /proc/$$/fd/* >descriptors
	for api in ofd posix flock; do
		for ((i = 0; i < 20; i++)); do
			lockrun --api "$api" "$f" true
			lockrun -o --api "$api" "$f" true
		done
		lockrun --api "$api" -a "$f" "$f" true
		lockrun --api "$api" -a none/file "$f" true 2>/dev/null || true
	done
	lockrun -t 1ms busy true 2>/dev/null || true
	lockrun -o -t 1ms busy true 2>/dev/null || true
	trap >after
	cmp before after
	signals_of_shell >signals.after
	cmp signals signals.after
	echo /proc/$$/fd/* >descriptors.after
	cmp descriptors descriptors.after
	assert_equal "$(grep -c . "/proc/$$/timers" 2>/dev/null || true)" 0
	trap - USR1 RTMAX
}

# ------------------------------------------------------------------------ SIGKILL

@test "the lock is held after lockrun is killed, as long as the command runs" {
	local api
	for api in ofd flock; do
		start_holding --api "$api" "$f"
		kill -KILL "$spawned"
		wait_until gone "$spawned"
		taken "$api"
		kill -KILL "$(<pid)"
		wait_until free "$api"
	done
}

@test "with -o, and of process locks, the command is killed with lockrun" {
	local options
	for options in '-o --api ofd' '-o --api flock' '--api posix'; do
		# shellcheck disable=SC2086
		start_holding $options "$f"
		kill -KILL "$spawned"
		wait_until free "${options##* }"
		assert gone "$(<pid)"
	done
}

@test "the lock is held after its holder process is killed" {
	local options api
	for options in '-o --api flock' '-o --api ofd' '--api posix'; do
		api=${options##* }
		# shellcheck disable=SC2086
		start_holding $options "$f" 2>err
		wait_until has_keeper "$spawned"
		kill -KILL "$keeper"
		wait_until gone "$keeper"
		taken "$api"
		refute gone "$(<pid)"
		stop_holding
		assert_equal "$status" 143
		assert_equal "$(<err)" 'lockrun: the holder process was killed'
		free "$api"
	done
}

@test "the lock is released when the command is killed" {
	check() {
		start_holding --api "$1" "$f"
		kill -KILL "$(<pid)"
		collect
		assert_equal "$status" 137
		free "$1"
	}
	every_api check
}

# bats test_tags=slow
@test "eight processes, four of them in C, some killed, count under one lock without a loss: 2000" {
	check() {
		local i
		echo 0 >count
		# shellcheck disable=SC2016
		count() {
			local j
			for ((j = 0; j < 25; j++)); do
				lockrun --api "$1" "$f" sh -c 'read -r n <count; echo $((n + 1)) >count' || return
			done
		}
		spawned_pids=()
		for ((i = 0; i < 4; i++)); do
			spawn count "$1"
			spawn "$(peer lock)" count "$1" write "$f" 475
		done
		# processes to kill that only wait, and hold
		for ((i = 0; i < 10; i++)); do
			killed_at_any_moment --api "$1" "$f"
		done
		all_succeed_within 30
		assert_equal "$(<count)" 2000
		wait_until free "$1"
	}
	every_api check
}
