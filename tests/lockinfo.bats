#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# lockinfo: show the holders of the locks on a file, and the waiters.

load helper

setup() {
	basic_setup
	f='file'
	: >"$f"
}

# hold API MODE FILE [START LENGTH]: a C program holds it; its pid is $holder.
hold() {
	rm -f held go
	command mkfifo go
	# shellcheck disable=SC2016
	spawn sh -c 'exec "$0" hold "$@" <go >held' "$(peer lock)" "$@"
	holder=$spawned
	exec 7>go
	wait_until test -s held
}

let_go() {
	exec 7>&-
	collect "$holder"
}

# has PATTERN: a line of lockinfo -J matches it
has() {
	lockinfo -J "$f" | grep -qE "$1"
}

lacks() {
	! has "$1"
}

@test "lockinfo shows the holder of each kind of lock, its mode and its range" {
	local api
	for api in ofd posix flock; do
		hold "$api" write "$f"
		run lockinfo -J "$f"
		assert_success
		assert_output '{"file":"file","pid":'"$holder"',"command":"lock","kind":"'"$api"'","mode":"write","state":"holds","start":0,"length":0}'
		let_go
		run lockinfo -J "$f"
		assert_success
		assert_output ''
	done
	for api in ofd posix; do
		hold "$api" read "$f" 7 9
		run lockinfo -J "$f"
		assert_output '{"file":"file","pid":'"$holder"',"command":"lock","kind":"'"$api"'","mode":"read","state":"holds","start":7,"length":9}'
		let_go
	done
}

@test "lockinfo prints a heading, with --json none" {
	hold ofd write "$f"
	run lockinfo "$f"
	assert_equal "${lines[0]}" 'FILE                PID COMMAND         KIND   MODE  STATE      START     LENGTH'
	assert_equal "${lines[1]}" "$(printf '%-15s %7s %-15s %-6s %-5s %-5s %10s %10s' file "$holder" lock ofd write holds 0 0)"
	assert_equal "${#lines[@]}" 2
	let_go
}

# coloured SETTING...: of lockinfo on a terminal, the state with what surrounds it
coloured() {
	env "$@" script -qec "lockinfo $f" /dev/null </dev/null | grep -o '[^ ]*\(holds\|waits\).\{0,5\}'
}

@test "lockinfo shows the state in colour on a terminal, unless NO_COLOR or TERM forbid it" {
	requires program terminal
	hold flock write "$f"
	spawn lockrun "$f" true 7>&-
	local waiter=$spawned
	wait_until has '"state":"waits"'
	run coloured -u NO_COLOR TERM=xterm
	assert_output $'\e[32mholds\e[0m \n\e[33mwaits\e[0m '
	run coloured NO_COLOR= TERM=xterm
	assert_line --index 0 $'\e[32mholds\e[0m '
	run coloured NO_COLOR=1 TERM=xterm
	assert_line --index 0 'holds     '
	run coloured -u NO_COLOR TERM=dumb
	assert_line --index 1 'waits     '
	run env -u NO_COLOR TERM=xterm lockinfo "$f"
	refute_output --partial $'\e'
	let_go
	collect "$waiter"
}

@test "lockinfo shows all of a long path, UTF-8 or not" {
	local part folder
	part=$(printf '%0200d' 0)
	folder=$part/$part/$part/$part
	mkdir -p "$folder"
	run lockrun "$folder/ä" lockinfo -J "$folder/ä"
	assert_success
	assert_line --partial "{\"file\":\"$folder/ä\",\"pid\":"
	run lockrun "$folder/"$'\xff' lockinfo -J "$folder/"$'\xff'
	assert_success
	assert_line --partial "{\"file\":{\"base64\":\"$(printf '%s\xff' "$folder/" | base64 -w 0)\"},\"pid\":"
}

@test "lockinfo of a file without locks prints nothing: status 0" {
	run --separate-stderr lockinfo "$f"
	assert_success
	assert_output ''
	assert_stderr ''
	run lockinfo -J "$f" .
	assert_success
	assert_output ''
}

@test "lockinfo shows the holders first, then the waiters" {
	local api
	for api in ofd posix flock; do
		hold "$api" write "$f"
		spawn "$(peer lock)" hold "$api" read "$f"
		wait_until has '"state":"waits"'
		wait_until sleeping "$spawned"
		run lockinfo -J "$f"
		assert_equal "${#lines[@]}" 2
		assert_equal "${lines[1]}" '{"file":"file","pid":'"$spawned"',"command":"lock","kind":"'"$api"'","mode":"read","state":"waits","start":0,"length":0}'
		kill -KILL "$spawned"
		let_go
	done
}

@test "lockinfo shows no pid if several processes wait for different locks" {
	hold ofd write "$f"
	spawn "$(peer lock)" hold ofd read "$f"
	local first=$spawned
	spawn "$(peer lock)" hold ofd write "$f"
	two_wait() { [[ $(lockinfo -J "$f" | grep -c waits) == 2 ]]; }
	wait_until two_wait
	run lockinfo -J "$f"
	assert_line '{"file":"file","pid":null,"command":null,"kind":"ofd","mode":"read","state":"waits","start":0,"length":0}'
	assert_line '{"file":"file","pid":null,"command":null,"kind":"ofd","mode":"write","state":"waits","start":0,"length":0}'
	kill -KILL "$first" "$spawned"
	let_go
}

@test "lockinfo shows all processes that share a lock, and all that inherited one" {
	# shellcheck disable=SC2016
	spawn lockrun -s --api ofd "$f" sh -c 'sleep 30 & echo $! >pid.new; mv pid.new pid; wait'
	wait_until test -e pid
	hold ofd read "$f"
	wait_until has '"pid":'"$(<pid)"',"command":"sleep","kind":"ofd","mode":"read","state":"holds"'
	has '"pid":'"$holder"',"command":"lock"'
	has '"command":"sh"'
	kill -KILL "$spawned"
	wait_until gone "$spawned"
	has '"pid":'"$(<pid)"
	let_go
	kill "$(<pid)"
	wait_until lacks '"pid":'"$(<pid)"
}

@test "lockinfo shows a holder once, whatever else it has closed" {
	# two descriptors of one lock
	# shellcheck disable=SC2016
	spawn lockrun "$f" bash -c 'for fd in /proc/self/fd/1?; do eval "exec 20>&${fd##*/}"; done; echo >ready; exec sleep 30'
	wait_until test -e ready
	run lockinfo -J "$f"
	assert_equal "$(grep -c '"pid":'"$(awk '{print $1}' "/proc/$spawned/task/$spawned/children")"',' <<<"$output")" 1
}

@test "lockinfo identifies the file, not its name" {
	ln "$f" other
	ln -s "$f" link
	hold posix write other
	run lockinfo -J link "$f"
	assert_equal "${#lines[@]}" 2
	assert_line --partial '{"file":"link","pid":'"$holder"
	assert_line --partial '{"file":"file","pid":'"$holder"
	let_go
}

@test "lockinfo does not show the holders and waiters of another file" {
	spawn lockrun --api ofd -a other "$f" sleep 30
	for_both() { [[ $(lockinfo -J other "$f" | grep -c holds) -ge 2 ]]; }
	wait_until for_both
	spawn "$(peer lock)" hold ofd read other
	wait_until sleeping "$spawned"
	run lockinfo -J "$f"
	refute_line --partial waits
	spawn "$(peer lock)" hold ofd read "$f"
	wait_until has '"state":"waits"'
	wait_until sleeping "$spawned"
	run lockinfo -J "$f"
	assert_equal "$(grep waits <<<"$output")" '{"file":"file","pid":'"$spawned"',"command":"lock","kind":"ofd","mode":"read","state":"waits","start":0,"length":0}'
}

@test "lockinfo distinguishes files with the same inode number on two file systems" {
	requires mounts
	# shellcheck disable=SC2016
	run within 20 tiny_shm 64k '
		cd /dev/shm && : >a && mkdir d && mount -t tmpfs d d && : >d/a || exit
		stat -c %i a d/a | uniq | wc -l
		lockrun --api ofd -a d/a a bash -c '"'"'
			"$0" hold ofd read d/a & other=$!
			"$0" hold ofd read a &
			until [[ $(lockinfo -J a d/a | grep -c "pid\":[0-9].*waits") -ge 2 ]]; do sleep 0.01; done
			lockinfo -J a | grep waits | sed "s/:$!,/:PID,/"
			kill "$other" $!'"'"' "'"$(peer lock)"'"'
	assert_success
	assert_equal "${lines[*]}" '1 {"file":"a","pid":PID,"command":"lock","kind":"ofd","mode":"read","state":"waits","start":0,"length":0}'
}

@test "lockinfo continues after a failure: status 4 if a file does not exist" {
	hold ofd write "$f"
	run --separate-stderr lockinfo -J none "$f" ''
	assert_failure 4
	assert_equal "${stderr_lines[0]}" 'lockinfo: none: No such file or directory'
	assert_equal "${#stderr_lines[@]}" 2
	assert_equal "${#lines[@]}" 1
	let_go
	run lockinfo -x "$f"
	assert_failure 2
}

@test "lockinfo shows a lock without its process if that may not be inspected" {
	requires root
	hold ofd write "$f"
	as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$IPCTOOL_BUILD/bin/lockinfo" -J "$f"; }
	chmod 755 . ..
	run as_nobody
	[[ $status == 0 ]] || skip 'nobody cannot come here'
	assert_output '{"file":"file","pid":null,"command":null,"kind":"ofd","mode":"write","state":"holds","start":0,"length":0}'
	let_go
}

@test "lockinfo fails if its output cannot be written" {
	hold ofd write "$f"
	to_full() { lockinfo "$f" >/dev/full; }
	run --separate-stderr to_full
	assert_failure 1
	assert_stderr 'lockinfo: standard output: No space left on device'
	closed() { lockinfo "$f" >&-; }
	run --separate-stderr closed
	assert_failure 1
	let_go
}

@test "lockinfo as a builtin leaves no descriptor and no child" {
	requires builtin
	local i
	hold ofd write "$f"
	echo /proc/$$/fd/* >descriptors
	for ((i = 0; i < 50; i++)); do
		lockinfo "$f" none >/dev/null 2>&1 || true
	done
	echo /proc/$$/fd/* >descriptors.after
	cmp descriptors descriptors.after
	let_go
}

# ------------------------------------------------------------- in shared memory

memory() {
	m=$(name m)
	later shmunlink -f "$m"
}

@test "lockinfo shows the holder of a mutex in shared memory: a C program or a holder process" {
	memory
	lockrun --api mutex "shm:$m+8" true
	run lockinfo -J "shm:$m+8"
	assert_success
	assert_output ''
	command mkfifo go
	# shellcheck disable=SC2016
	spawn sh -c 'exec "$0" hold "$1" 8 <go >held' "$(peer mutex)" "$m"
	exec 7>go
	wait_until test -s held
	run lockinfo -J "shm:$m+8"
	assert_output '{"file":"shm:'"$m"'+8","pid":'"$spawned"',"command":"mutex","kind":"mutex","mode":"write","state":"holds","start":8,"length":40}'
	kill -KILL "$spawned"
	exec 7>&-
	wait_until gone "$spawned"
	wait "$spawned" || true
	run lockinfo -J "shm:$m+8"
	assert_output '{"file":"shm:'"$m"'+8","pid":null,"command":null,"kind":"mutex","mode":"write","state":"died","start":8,"length":40}'
	lockrun --api mutex "shm:$m+8" "$IPCTOOL_BUILD/bin/lockinfo" -J "shm:$m+8" >out 2>err
	grep -qE '^\{"file":"shm:'"$m"'\+8","pid":[0-9]+,"command":"lock-keeper","kind":"mutex","mode":"write","state":"holds"' out
}

@test "lockinfo shows the writer and all readers of an rwlock in shared memory" {
	memory
	local info=$IPCTOOL_BUILD/bin/lockinfo lock=$IPCTOOL_BUILD/bin/lockrun
	lockrun --api rwlock "shm:$m" "$info" -J "shm:$m" >out
	grep -qE '"command":"lock-keeper","kind":"rwlock","mode":"write","state":"holds","start":0,"length":4096' out
	lockrun -s --api rwlock "shm:$m" "$lock" -s --api rwlock "shm:$m" "$info" -J "shm:$m" >out
	assert_equal "$(grep -c '"kind":"rwlock","mode":"read","state":"holds"' out)" 2
	run lockinfo "shm:$m"
	assert_output ''
}

@test "lockinfo shows the holder of a mutex with priority inheritance" {
	memory
	"$(peer mutex)" inherit "$m" 0
	command mkfifo go
	spawn "$(peer mutex)" hold "$m" 0 <>go >held
	wait_until test -s held
	run lockinfo -J "shm:$m"
	assert_output --partial "\"pid\":$spawned,"
	echo >go
	collect
}

@test "lockinfo refuses memory that is not a lock" {
	memory
	run --separate-stderr lockinfo "shm:$m"
	assert_failure 4
	assert_stderr "lockinfo: /$m: no such shared memory object (shmcreate makes one)"
	: >"/dev/shm/$m"
	run --separate-stderr lockinfo "shm:$m"
	assert_failure 1
	assert_stderr "lockinfo: shm:/$m: neither a robust, process-shared mutex of glibc nor a read-write lock"
	run --separate-stderr lockinfo shm:
	assert_failure 2
	run --separate-stderr lockinfo "shm:$m+1"
	assert_failure 2
}

@test "lockinfo shows the name of a process as in a message" {
	local own=$'l\n\xc2\x9b\\'
	cp "$(peer lock)" "$own"
	command mkfifo go
	spawn "./$own" hold posix write "$f" <>go >held
	wait_until test -s held
	run lockinfo "$f"
	assert_line --index 1 --regexp "^file +$spawned l\\\\x0a\\\\xc2\\\\x9b\\\\\\\\ +posix "
	run lockinfo -J "$f"
	assert_output --partial '"command":"l\n\u009b\\",'
}

@test "lockinfo without an operand shows all locks, each as with its file" {
	: >f
	spawn lockrun -r 10:5 f sleep 60
	wait_until eval 'lockinfo f | grep -q sleep'
	run lockinfo
	assert_success
	assert_line --index 0 --regexp '^FILE +PID COMMAND'
	assert_equal "$(lockinfo | awk -v f="$PWD/f" '$1 == f { $1 = ""; print }')" \
		"$(lockinfo f | awk 'NR > 1 { $1 = ""; print }')"
	end_spawned
}

# memory_locks: the lines of lockinfo of the locks in $m, without their PIDs, sorted
memory_locks() {
	lockinfo -J | grep -F "\"file\":\"shm:/$m+" | sed 's/"pid":[0-9]*,//; s/"command":"lock-keeper"/"command":"k"/' | sort
}

shows_memory_locks() {
	[[ $(memory_locks) == "$1" ]]
}

@test "lockinfo without an operand shows locks in memory by the names that it takes, with those that wait" {
	memory
	local mutex rwlock name
	shmcreate "$m" 16K
	lockrun --api mutex "shm:$m+8" true
	command mkfifo go
	exec 7<>go
	# shellcheck disable=SC2016
	spawn sh -c 'exec "$0" hold "$1" 8 <go' "$(peer mutex)" "$m"
	local holder=$spawned
	spawn lockrun --api rwlock -s "shm:$m+4096" cat go
	spawn lockrun --api rwlock -s "shm:$m+4096" cat go
	mutex='{"file":"shm:/'$m'+8","command":"mutex","kind":"mutex","mode":"write","state":"holds","start":8,"length":40}'
	rwlock='{"file":"shm:/'$m'+4096","command":"k","kind":"rwlock","mode":"read","state":"holds","start":4096,"length":4096}'
	wait_until shows_memory_locks "$(printf '%s\n' "$mutex" "$rwlock" "$rwlock" | sort)"
	lockinfo | grep -qE "^shm:/$m\\+8 +$holder mutex +mutex +write holds +8 +40\$"
	for name in "shm:/$m+8" "shm:/$m+4096"; do
		assert_equal "$(lockinfo -J | grep -F "\"$name\"" | sort)" "$(lockinfo -J "$name" | sort)"
	done
	# a writer keeps new readers out while it waits for the others
	local waits=("${mutex/mutex\",\"kind/k\",\"kind}" "${rwlock/read/write}" "${rwlock/\"read\"/null}")
	waits=("${waits[@]/holds/waits}")
	spawn lockrun --api mutex "shm:$m+8" true
	spawn lockrun --api rwlock "shm:$m+4096" true
	wait_until shows_memory_locks "$(printf '%s\n' "$mutex" "$rwlock" "$rwlock" "${waits[@]:0:2}" | sort)"
	spawn lockrun --api rwlock -s "shm:$m+4096" true
	wait_until shows_memory_locks "$(printf '%s\n' "$mutex" "$rwlock" "$rwlock" "${waits[@]}" | sort)"
	lockinfo | grep -qE "^shm:/$m\\+4096 +[0-9]+ lock-keeper +rwlock - +waits +4096 +4096\$"
	assert_equal "$(lockinfo -J "shm:$m+4096" | sed 's/.*"mode"://; s/,"start.*//')" \
		$'"read","state":"holds"\n"read","state":"holds"\n"write","state":"waits"'
	end_spawned
	exec 7>&-
	wait_until shows_memory_locks ''
}
