#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Other users who mean harm: what root and a user meet in places where everybody may write. make check-hostile
#
# The victim is root, with the front end that is tested, or alice (1001). mallory (1002) and bob (1003) are the
# others; they run programs. /dev/shm is empty and sticky, as `shared`, the folder that the tests work in.
load helper

setup() {
	basic_setup
	requires root namespaces
	chmod 755 .
	mkdir -m 1777 shared
	mkdir -m 700 private
	echo secret >private/file
	chmod 600 private/file
	secret=$PWD/private/file
	proof=$PWD/shared/proof
	cd shared || return
}

alice() { setpriv --reuid=1001 --regid=1001 --clear-groups -- "$@"; }
mallory() { setpriv --reuid=1002 --regid=1002 --clear-groups -- "$@"; }
bob() { setpriv --reuid=1003 --regid=1003 --clear-groups -- "$@"; }

# plant KIND PATH: mallory puts it there. PATH is in a folder where everybody may write.
plant() {
	case $1 in
	link) mallory ln -s "$secret" "$2" ;;
	dangling) mallory ln -s "$proof" "$2" ;;
	fifo) mallory "$(command -v env)" mkfifo -m 666 "$2" ;;
	folder) mallory mkdir -m 777 "$2" ;;
	socket)
		setpriv --reuid=1002 --regid=1002 --clear-groups "$(peer socket)" bind stream "$2" 3>&- >&2 &
		planted=$!
		wait_until test -S "$2"
		kill -KILL "$planted"
		wait "$planted" 2>/dev/null || true
		;;
	empty) mallory sh -c 'umask 0; : >"$1"' sh "$2" ;;
	zeros) mallory sh -c 'umask 0; head -c 8192 /dev/zero >"$1"' sh "$2" ;;
	ones) mallory sh -c 'umask 0; head -c 8192 /dev/zero | tr "\0" "\377" >"$1"' sh "$2" ;;
	closed) mallory sh -c 'umask 777; : >"$1"' sh "$2" ;;
	esac
}

# harmless WHAT STATUSES CMD...: it ends soon, by none but these statuses, with a reason of its own unless the status
# is 0, and has neither read or written what is the victim's, nor made or run anything.
harmless() {
	local what=$1 statuses=$2 result=0
	shift 2
	within 10 "$@" </dev/null >out 2>err || result=$?
	[[ " $statuses " == *" $result "* ]] || fail "$what: $*: status $result, expected $statuses: $(<err)"
	[[ $result == 0 ]] || grep -q "^$1: " err || fail "$what: $*: status $result without a reason: $(<err)"
	! grep -q secret out err || fail "$what: $*: read the victim's file"
	[[ $(<"$secret") == secret ]] || fail "$what: $*: wrote to the victim's file"
	[[ ! -e $proof ]] || fail "$what: $*: made the file that a link names"
}

# Each KIND under the name of an object.
use_planted_objects() {
	local kind name
	for kind; do
		name=$(name "$kind")
		plant "$kind" "/dev/shm/$name"
		plant "$kind" "/dev/shm/sem.$name"
		harmless "$kind" '0 1' shmstat "$name"
		harmless "$kind" '0 1 4' shmread "$name"
		harmless "$kind" '1 4 5' shmcreate -e "$name" 64
		harmless "$kind" '1 5' shmcreate "$name" 64
		harmless "$kind" '1 4 5' semop create -e "$name" 1
		harmless "$kind" '1 4' semop wait -n "$name"
		harmless "$kind" '1 4' semop post "$name"
		harmless "$kind" '1 4' semop value "$name"
		harmless "$kind" '1 3 4' semop wait -n "shm:$name"
		harmless "$kind" '0 1 4' shmcell get "shm:$name"
		harmless "$kind" '0 1 4' shmcell add "shm:$name"
		harmless "$kind" '0 1 3 4' shmcell wait -n "shm:$name" gt 5
		harmless "$kind" '123 125' semop run -n "$name" -- touch "$proof"
		harmless "$kind" '125' lockrun -n --api mutex "shm:$name" touch "$proof"
		harmless "$kind" '125' lockrun -n --api rwlock "shm:$name" touch "$proof"
		rm -rf "/dev/shm/$name" "/dev/shm/sem.$name"
	done
}

@test "a symbolic link that another user planted under the name of an object does no harm" {
	use_planted_objects link dangling
}

@test "a FIFO, directory or socket that another user planted under the name of an object does no harm" {
	use_planted_objects fifo folder socket
}

@test "a file that another user planted under the name of an object does no harm" {
	use_planted_objects empty zeros ones closed
}

# Each KIND in a directory in which every user may write.
use_planted_files() {
	local kind
	for kind; do
		plant "$kind" there
		harmless "$kind" '1 5' mkfifo -e there
		harmless "$kind" '1 5' mkfifo there
		[[ $kind == fifo ]] || harmless "$kind" '1 4' fiforead -t 0.1 there
		[[ $kind == fifo ]] || harmless "$kind" '1 4' fifowrite -t 0.1 there text
		harmless "$kind" '1 4 5' socklisten -t 0.1 there
		harmless "$kind" '1 4 5' socklisten -t 0.1 --dgram there
		harmless "$kind" '1 4 5' sockrecv -t 0.1 there
		harmless "$kind" '1 3 4' sockconnect there
		harmless "$kind" '1 3 4' socksend there text
		[[ $kind == socket ]] || harmless "$kind" '1 4 5' socklisten -t 0.1 --replace-stale there
		[[ $kind != dangling ]] || harmless "$kind" '125 127' lockrun -n there touch "$proof"
		rm -rf there
	done
}

@test "a symbolic link that another user planted in a shared directory does no harm" {
	use_planted_files link dangling
}

@test "a FIFO, directory or socket that another user planted in a shared directory does no harm" {
	use_planted_files fifo folder socket
}

@test "a file that another user planted in a shared directory does no harm" {
	use_planted_files empty zeros ones closed
}

@test "a message that another user planted in the memory of the in-flight queue is not run" {
	requires program
	alice mqcreate -d 2 -s 64 "$(name work)" "$(name now)"
	later mqunlink "$(name work)" "$(name now)"
	alice shmcreate -m 666 "$(name board)" 584
	later rm -f "/dev/shm/$(name board)" "/dev/shm/$(name now).in-flight"
	mallory ln "/dev/shm/$(name board)" "/dev/shm/$(name now).in-flight"
	within 10 setpriv --reuid=1001 --regid=1001 --clear-groups \
		mqrecv --exec -a --in-flight "$(name now)" "$(name work)" -- touch proof 2>err || status=$?
	assert_equal "$status" 125
	assert_regex "$(<err)" '^mqrecv: /.*\.in-flight: damaged or foreign'
	assert [ ! -e proof ]
}

@test "the memory of the in-flight queue that another user made first is refused" {
	mqcreate -d 2 -s 64 "$(name work)" "$(name now)"
	later mqunlink "$(name work)" "$(name now)"
	mqsend "$(name work)" text
	mallory shmcreate -m 666 "$(name now).in-flight" 8192
	later shmunlink "$(name now).in-flight"
	refused 125 "mqrecv: /$(name now).in-flight: damaged or foreign: not a private file of this user" \
		mqrecv --exec -a --in-flight "$(name now)" "$(name work)" -- touch proof
	assert [ ! -e proof ]
	# the message is where it was
	assert_equal "$(mqrecv -n "$(name work)")" text
}

@test "an object of another user of each kind is not taken with -e" {
	local n k
	n=$(name mine) k=key:$(key mine)
	mallory mqcreate -d 2 -s 64 -m 622 "$n"
	later mqunlink "$n"
	refused 5 "mqcreate: /$n: exists, but belongs to UID 1002" mqcreate -e "$n"
	mallory shmcreate "$n" 64
	later shmunlink "$n"
	refused 5 "shmcreate: /$n: exists, but belongs to UID 1002" shmcreate -e "$n" 64
	mallory semop create "$n" 1
	later semop unlink "$n"
	refused 5 "semop: /$n: exists, but belongs to UID 1002" semop create -e "$n" 1
	mallory semop create "$k" 1
	later semop unlink "$k"
	refused 5 "semop: $k: exists, but belongs to UID 1002" semop create -e "$k" 1
	mallory mqcreate "$k"
	later mqunlink "$k"
	refused 5 "mqcreate: $k: exists, but belongs to UID 1002" mqcreate -e "$k"
	mallory shmcreate "$k" 64
	later shmunlink "$k"
	refused 5 "shmcreate: $k: exists, but belongs to UID 1002" shmcreate -e "$k" 64
}

@test "names with control bytes do not reach the terminal" {
	local n
	for n in $'ipct.\e[31m' $'ipct.\xc2\x9b31m' $'ipct.\x9b31m' $'ipct.\u202etxt' $'ipct.a\nb'; do
		mqcreate -d 1 -s 8 "$n"
		later mqunlink "$n"
		run --separate-stderr mqcreate "$n"
		assert_failure 5
		# shellcheck disable=SC2154 # set by run
		! LC_ALL=C grep -q $'[\x01-\x1f\x7f-\xff]' <<<"${stderr_lines[0]}" || fail "$stderr"
		assert_equal "${#stderr_lines[@]}" 1
		mqstat "$n" >table
		! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f-\xff]' table || fail "$(<table)"
	done
}

@test "a name of another user runs nothing at a TAB" {
	requires command:bash
	mallory touch "/dev/shm/\$(touch proof)" "\$(touch proof)" '`touch proof`' 'a;touch proof'
	later rm -f "/dev/shm/\$(touch proof)"
	cat >tab <<-'END'
		source "$1/scripts/completions/ipctool.bash"
		COMP_WORDS=("$2" '') COMP_CWORD=1 COMP_LINE="$2 " COMP_POINT=$((${#2} + 1))
		complete=($(complete -p "$2")) function=${complete[*]}
		function=${function#*-F } function=${function%% *}
		"$function" "$2" '' "$2"
		printf '%s\n' "${COMPREPLY[@]}"
	END
	for applet in shmstat mapcat; do
		within 10 bash tab "$IPCTOOL_ROOT" "$applet" >offered 2>err
		assert [ ! -e proof ]
		assert grep -q touch offered
		assert_equal "$(grep -c 'touch' offered)" "$(grep -c '\\\|^'"'" offered)"
	done
}

@test "idle connections of one user leave places for the others" {
	spawn socklisten -k -m 666 -P 8 --per-user 4 "$PWD/box" -- echo served
	wait_until listening "$PWD/box"
	server=$spawned
	spawn mallory "$(peer hostile)" flood box 4 >flooded
	wait_until grep -q ready flooded
	assert_equal "$(within 10 setpriv --reuid=1003 --clear-groups sockconnect box </dev/null)" served
	kill -TERM "$server"
	end_spawned
}

@test "connections that say nothing end after the time of the server, and others are served" {
	spawn socklisten -t 0.5 -m 666 -P 4 "$PWD/box" -- cat 2>err
	wait_until listening "$PWD/box"
	spawn mallory "$(peer hostile)" flood box 4 >flooded
	wait_until grep -q ready flooded
	assert_equal "$(echo text | within 30 setpriv --reuid=1003 --clear-groups sockconnect box)" text
	assert grep -q 'the time of a connection is over' err
	end_spawned
}

@test "a connection that only half closes does not hold a server for others" {
	spawn socklisten -k -m 666 -P 4 "$PWD/box" -- cat
	wait_until listening "$PWD/box"
	spawn mallory "$(peer hostile)" half box >halved
	wait_until grep -q ready halved
	assert_equal "$(echo text | within 10 setpriv --reuid=1003 --clear-groups sockconnect box)" text
	end_spawned
}

@test "253 descriptors that nobody asked for are refused or closed" {
	spawn sockrecv -F -m 666 "$PWD/box" >got
	wait_until listening "$PWD/box"
	receiver=$spawned
	before=("/proc/$receiver/fd"/*)
	run mallory "$(peer hostile)" pass box 253
	assert_regex "$output" '^(253|Operation not permitted)$'
	alice socksend box text
	wait_until grep -q text got
	after=("/proc/$receiver/fd"/*)
	assert_equal "${#after[@]}" "${#before[@]}"
	end_spawned
}

@test "the name of an eventfd that another user took is not trusted" {
	spawn mallory "$(peer socket)" deaf stream '@ipctool/efd/0/jobs'
	wait_until grep -q 'ipctool/efd/0/jobs' /proc/net/unix
	run --separate-stderr within 10 efd read -n jobs
	assert_failure
	assert_stderr --partial jobs
	run --separate-stderr within 10 efd serve jobs
	assert_failure 5
	end_spawned
}

waited_for() { [[ $(semop value -J "$1") == *'"waiters":1'* ]]; }

@test "an object that another user cuts short ends a wait with an error, not a crash" {
	mallory semop create -m 666 "$(name cut)" 0
	later semop unlink -f "$(name cut)"
	# a waiter for more than 31 permits polls, and finds it soon
	spawn semop wait -t 30 "$(name cut)" 33 2>err
	wait_until waited_for "$(name cut)"
	mallory truncate -s 0 "/dev/shm/sem.$(name cut)"
	collect
	assert_equal "$status" 1
	assert_regex "$(<err)" '^semop: '
}

@test "a lock in memory whose object is cut while it is held is reported as lost" {
	requires program
	mallory shmcreate -m 666 "$(name lock)" 4096
	later shmunlink "$(name lock)"
	mkfifo go
	spawn lockrun -m 666 --api mutex "shm:$(name lock)" sh -c 'echo >held; read -r _ <go' 2>err
	wait_until test -e held
	mallory truncate -s 0 "/dev/shm/$(name lock)"
	echo >go
	collect
	assert_equal "$status" 125
	assert_regex "$(<err)" '^lockrun: '
}

@test "garbage from one client does not end a server for the others" {
	spawn sockrecv -F -N -m 666 "$PWD/box" >got 2>err
	wait_until listening "$PWD/box"
	receiver=$spawned
	printf garbage | mallory sockconnect box || true
	wait_until grep -q "^sockrecv: $PWD/box" err
	assert [ -d "/proc/$receiver" ]
	bob socksend -N box text
	wait_until grep -q text got
	end_spawned
}

@test "a client that says nothing does not hold a server for the others" {
	spawn sockrecv -F -N -m 666 "$PWD/box" >got
	wait_until listening "$PWD/box"
	spawn mallory "$(peer hostile)" flood box 1 >flooded
	wait_until grep -q ready flooded
	within 10 setpriv --reuid=1003 --clear-groups socksend -N box text
	wait_until grep -q text got
	end_spawned
}

@test "a descriptor whose close waits does not stop a server" {
	spawn sockrecv -F -m 666 "$PWD/box" >got
	wait_until listening "$PWD/box"
	stall stream box
	wait_until grep -q text got
	end_spawned
}

@test "a stale socket of another user in a sticky folder is reported as what it is" {
	requires program
	plant socket stale
	chmod 1777 .
	run --separate-stderr alice socklisten --replace-stale -t 0.1 stale
	assert_failure 1
	assert_stderr --regexp '^socklisten: stale: '
	refute [ -e .socklisten.1001.lock ]
}
