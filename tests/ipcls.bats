#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ipcls: what it lists, and the processes that have it.

load helper

# columns LIST OPERAND...: these columns of the one line, separated by single blanks
columns() {
	ipcls -o "$@" 2>/dev/null | awk 'NR > 1 { $1 = $1; print }'
}

@test "ipcls shows the figures of a POSIX message queue" {
	local q
	q=/$(name q)
	mqcreate -d 3 -m 640 "$q"
	mqsend "$q" one two
	run columns kind,name,mode,fill,owner "$q"
	assert_output "mq $q 0640 2/3 messages $(id -un)"
	run bash -c 'ipcls -J -o kind,name,mode,fill,limit,unit "$1" 2>/dev/null' - "$q"
	assert_output "{\"kind\":\"mq\",\"name\":\"$q\",\"mode\":\"0640\",\"fill\":2,\"limit\":3,\"unit\":\"messages\"}"
	mqunlink "$q"
}

@test "ipcls shows System V objects by their keys" {
	local k
	k=$(key k)
	mqcreate "key:$k"
	mqsend "key:$k" one
	shmcreate "key:$k" 8K
	semop create --count=3 "key:$k" 5
	run columns kind,name,fill "key:$k"
	assert_output "mq key:$k 1 messages
shm key:$k 0B of 8.0K
sem key:$k value 5,5,5"
	run columns kind --type sem,mq "key:$((k))"
	assert_output $'mq\nsem'
	mqunlink "key:$k"
	shmunlink "key:$k"
	semop unlink "key:$k"
}

@test "ipcls shows shared memory with its allocated bytes, and a semaphore with its value" {
	local m s
	m=/$(name m)
	s=/$(name s)
	shmcreate "$m" 64K
	printf x | shmwrite -o 0 "$m"
	semop create "$s" 7
	run columns kind,fill "$m"
	assert_output "shm 4.0K of 64K"
	run columns kind,name,fill "/dev/shm/sem.${s#/}"
	assert_output "sem $s value 7"
	shmunlink "$m"
	semop unlink "$s"
}

@test "ipcls counts and names the processes that have an object" {
	local m
	m=/$(name m)
	shmcreate "$m" 4K
	run columns holders --type shm "$m"
	assert_output --regexp '^0\+?$'
	spawn sleep 60 7<"/dev/shm$m" 8<>"/dev/shm$m"
	wait_until eval '[[ $(ps -o comm= -p $spawned) == sleep ]]'
	run columns holders --type shm "$m"
	assert_output --regexp '^1\+?$'
	run columns pid,command,fd,access --who "$m"
	assert_output "$spawned sleep 7 r
$spawned sleep 8 rw"
	run columns name -p "$spawned" --type shm
	assert_output "$m"
	end_spawned
	shmunlink "$m"
}

@test "ipcls shows sockets by their addresses, with the backlog of a listener" {
	spawn socklisten "$PWD/s"
	wait_until listening "$PWD/s"
	run columns name,fill,holders --type socket "$PWD/s"
	assert_output --regexp "^$PWD/s 0/[0-9]+ connections 1\\+?$"
	end_spawned
	rm -f s
	spawn socklisten s
	wait_until listening s
	# bound by a relative name: as every process can reach it
	run columns name,fd --type socket --who "$PWD/s"
	assert_line --regexp "^$PWD/s [0-9]+$"
	end_spawned
	rm -f s
	spawn socklisten "@$(name a)"
	wait_until listening "@$(name a)"
	run columns name,pid --type socket --who "@$(name a)"
	assert_line "@$(name a) $spawned"
	end_spawned
}

@test "ipcls shows each lock of a file, its holders and its waiters" {
	: >f
	spawn lockrun f sleep 60
	wait_until eval 'lockinfo f | grep -q sleep'
	spawn lockrun f true # in a shell the builtin waits itself
	wait_until eval 'lockinfo f | grep -q waits'
	run columns name,fill,holders,waiters --type lock "$PWD/f"
	assert_output --regexp "^$PWD/f flock write 2\\+? 1$"
	run columns pid,command,access --type lock --who "$PWD/f"
	assert_line --regexp '^[0-9]+ sleep r$'
	assert_line --regexp "^$spawned [a-z]+ waits$"
	run ipcls -q --type lock "$PWD/f"
	assert_line "$PWD/f"
	end_spawned
	lockrun -r 10:5 f sleep 60 &
	later kill $!
	wait_until eval 'lockinfo f | grep -q ofd'
	run columns fill --type lock "$PWD/f"
	assert_output 'ofd write 10-14'
	run bash -c 'ipcls -J -o name,fill,limit,unit,text --type lock "$1" 2>/dev/null' - "$PWD/f"
	assert_output "{\"name\":\"$PWD/f\",\"fill\":10,\"limit\":5,\"unit\":\"lock\",\"text\":\"ofd write\"}"
}

# holds_lock LOCK TEXT: is that the fill, the number of holders and of waiters of the lock in memory?
holds_lock() {
	[[ $(columns fill,holders,waiters --type lock "$1") =~ ^$2$ ]]
}

@test "ipcls shows a mutex and a read-write lock in shared memory, their holders and their waiters" {
	local m c
	m=/$(name m)
	shmcreate "$m" 16K
	command mkfifo go
	exec 7<>go
	spawn lockrun --api rwlock -s "shm:$m+4104" cat go
	spawn lockrun --api rwlock -s "shm:$m+4104" cat go
	wait_until holds_lock "shm:$m+4104" 'rwlock 4104-8199 2[+]? 0'
	run columns access,command --type lock --who "shm:$m+4104"
	assert_output $'r lock-keeper\nr lock-keeper'
	spawn lockrun --api rwlock "shm:$m+4104" true
	wait_until holds_lock "shm:$m+4104" 'rwlock 4104-8199 3[+]? 1' # it keeps new readers out
	run bash -c 'ipcls --why "$1" 2>/dev/null' - "shm:$m+4104"
	assert_line --regexp "^pid [0-9]+ lock-keeper waits for the rwlock shm:$m\+4104; pid [0-9]+ lock-keeper and pid [0-9]+ lock-keeper hold it\$"
	refute_output --partial ' the word at ' # it is said once
	# a mutex of a C program
	c=/$(name c)
	"$(peer mutex)" create "$c" 8
	spawn sh -c 'exec "$0" hold "$1" 8 <go' "$(peer mutex)" "$c"
	wait_until holds_lock "shm:$c+8" 'mutex 8-47 1[+]? 0'
	run columns pid,command,fd,access --type lock --who "shm:$c+8"
	assert_output "$spawned mutex - w"
	run ipcls -q --type lock "shm:$c+8"
	assert_line "shm:$c+8"
	lockinfo "$(ipcls -q --type lock "shm:$c+8" 2>/dev/null)" >info
	grep -q "$spawned *mutex" info
	# its waiter waits for a word of the memory as well
	spawn lockrun --api mutex "shm:$c+8" true
	wait_until holds_lock "shm:$c+8" 'mutex 8-47 1[+]? 1'
	run columns waiters --type shm "$c"
	assert_output 1
	end_spawned
	wait_until eval '[[ -z $(ipcls -q --type lock "shm:$m+4104" 2>/dev/null) ]]'
	exec 7>&-
	shmunlink "$m" "$c"
}

@test "ipcls shows an eventfd by the name that efd takes" {
	spawn efd serve -i 28 "/$(name e)"
	wait_until eval 'efd peek "/$(name e)" 2>/dev/null'
	run columns name,fill "eventfd:/$(name e)"
	assert_output "/$(name e) 28"
	end_spawned
	spawn efd run -i 7 sleep 60
	local shown='' i
	for ((i = 0; i < 300; i++)); do
		shown=$(columns name,command --who --type eventfd | awk '$2 == "sleep" { print $1 }')
		[[ ! $shown ]] || break
		pause 0.1
	done
	run efd peek "$shown"
	assert_output 7
	end_spawned
}

@test "ipcls -q --unused names what is left over, for xargs" {
	local a b
	a=/$(name a)
	b=/$(name b)
	mqcreate "$a" "$b"
	spawn mqrecv "$b"
	wait_until sleeping "$spawned"
	run --separate-stderr ipcls -q --type mq --unused "$a" "$b"
	assert_output "$a"
	ipcls -q --type mq --unused "$a" 2>err | xargs mqunlink
	refused 4 "mqstat: $a: no such queue (mqcreate makes one)" mqstat "$a"
	mqsend "$b" x
	collect
	mqunlink "$b"
}

@test "ipcls leaves a name out that xargs would split, unless -0 is given" {
	local m
	m=/$(name 'a b')
	shmcreate "$m" 1
	run --separate-stderr ipcls -q --type shm "$m"
	assert_success
	assert_output ''
	assert_stderr --partial '1 names with blanks, quotes or backslashes are left out'
	run bash -c 'ipcls -0 --type shm "$1" | tr "\0" "\n"' - "$m"
	assert_output "$m"
	shmunlink "$m"
}

@test "ipcls takes any path to a FIFO, a locked file and a socket" {
	mkdir folder
	mkfifo folder/fifo
	ln -s folder/fifo link
	sleep 60 <>folder/fifo 3>&- &
	later kill $!
	spawn lockrun folder/file sleep 60
	later kill "$spawned"
	wait_until eval 'lockinfo folder/file | grep -q sleep'
	spawn socklisten ./folder/socket -- true
	later kill "$spawned"
	wait_until test -S folder/socket
	local name
	for name in folder/fifo ./folder//fifo "$PWD/folder/fifo" fifo:folder/fifo link; do
		run columns kind,name --type fifo,lock,socket "$name"
		assert_output "fifo $PWD/folder/fifo"
	done
	for name in folder/file lock:./folder/file "$PWD/folder/file"; do
		run columns kind,name --type fifo,lock,socket "$name"
		assert_output "lock $PWD/folder/file"
	done
	for name in folder/socket ./folder/socket "$PWD/folder/socket" socket:folder/socket; do
		run columns kind,name --type fifo,lock,socket "$name"
		assert_output --partial 'folder/socket'
	done
	: >folder/other
	for name in folder/other fifo:folder/file folder; do
		run --separate-stderr ipcls "$name"
		assert_failure 4
		assert_stderr --partial "ipcls: $name: no such object"
	done
}

@test "ipcls reports a name that does not exist, and a wrong word" {
	run --separate-stderr ipcls --type shm "$(name none)"
	assert_failure 4
	assert_stderr --partial "ipcls: $(name none): no such object"
	run ipcls --type mq,shmm
	assert_failure 2
	assert_line --index 0 "ipcls: option '--type': 'shmm' is not one of: mq shm sem fifo pipe socket eventfd memfd lock"
	run ipcls -o name,nmae
	assert_failure 2
}

@test "ipcls --older and --owner select" {
	local m
	m=/$(name m)
	shmcreate "$m" 1
	run columns name --type shm --older 1h "$m"
	assert_output ''
	touch -d '2 hours ago' "/dev/shm$m"
	run columns name --type shm --owner "$(id -u)" "$m"
	assert_output "$m"
	run columns name --type shm --owner 12345 "$m"
	assert_output ''
	shmunlink "$m"
}

@test "ipcls --limits shows how much of a limit is used" {
	local k before after
	k=$(key k)
	before=$(ipcls --limits -J | grep '"kernel.msgmni"' | grep -o '"used":[0-9]*')
	mqcreate "key:$k"
	after=$(ipcls --limits -J | grep '"kernel.msgmni"' | grep -o '"used":[0-9]*')
	mqunlink "key:$k"
	# the tests of one file have a namespace of their own
	assert_equal "${after#*:}" $((${before#*:} + 1))
	run --separate-stderr ipcls --limits
	assert_success
	assert_line --regexp '^LIMIT +USED +MAX RAISED BY *$'
	assert_line --regexp "^fs.mqueue.msg_max +- +$(cat /proc/sys/fs/mqueue/msg_max) "
	assert_line --regexp "^kernel.sem \(SEMOPM\) +- +$(awk '{ print $3 }' /proc/sys/kernel/sem) "
	assert_line --regexp "^RLIMIT_MSGQUEUE +[-0-9]+ +$(($(ulimit -q))) ulimit -q $(($(ulimit -q) * 2))"
	assert_equal "${#lines[@]}" 17
	refused 2 "ipcls: --limits takes no operand: 'x'" ipcls --limits x
}

@test "ipcls --ns lists the objects of another namespace, and stays in its own" {
	requires root
	local q
	q=/$(name q)
	# shellcheck disable=SC2016
	spawn unshare -i sh -c '"$0" mqcreate "$1" && exec sleep 60' "$(type -P ipctool)" "$q"
	wait_until eval '[[ $(ps -o comm= -p $spawned) == sleep ]]'
	run columns name,fill --type mq --ns "$spawned" "$q"
	assert_output "$q 0/10 messages"
	run --separate-stderr ipcls --type mq "$q"
	assert_failure 4
	end_spawned
	refused 4 "ipcls: process 999999999: No such process" ipcls --ns 999999999
}

@test "ipcls -p reports a process that does not exist" {
	refused 4 "ipcls: process 999999999: No such process" ipcls -p 999999999
}

@test "ipcls without /proc is a failure" {
	# the sanitizers read files of /proc themselves
	requires root mounts plain
	# shellcheck disable=SC2016
	run unshare -m bash -c 'mount -t tmpfs none /proc && exec "$0" ipcls' "$(type -P ipctool)"
	assert_failure 1
	assert_output 'ipcls: /proc: /proc is not mounted'
}

@test "ipcls does not say that no process has an object if /proc leaves processes out" {
	requires root namespaces mounts
	mount -t proc -o hidepid=invisible proc /proc
	later umount /proc
	other() { setpriv --reuid=54321 --regid=54321 --clear-groups "$@"; }
	[[ $(other ls /proc/1 2>&1) == *'No such file'* ]] || skip 'no hidepid'
	shmcreate "/$(name m)" 1
	run --separate-stderr other ipctool ipcls -o name,holders --type shm "/$(name m)"
	assert_line --regexp "^/$(name m) +0\+$"
	assert_stderr --partial '/proc does not show the processes of other users'
	shmunlink "/$(name m)"
}

# zoo_begin: a process that has one object of each kind; its PID is $zoo, its names begin with $z, its key is $k.
zoo_begin() {
	z=$(name zoo)
	k=$(key zoo)
	command mkfifo go
	# shellcheck disable=SC2016
	spawn sh -c 'exec "$0" "$@" <go >ready' "$(peer zoo)" "$z" "$k"
	zoo=$spawned
	exec 7>go
	later zoo_end
	wait_until test -s ready
}

zoo_end() {
	exec 7>&-
	collect "$zoo"
	mqunlink "$z" "key:$k"
	shmunlink "$z" "key:$k"
	semop unlink "$z"
	semop unlink "key:$k"
	rm -f "$z".*
}

# link FD: as /proc shows it
link() {
	readlink "/proc/$zoo/fd/$1"
}

@test "ipcls shows one of everything with each field" {
	local user
	user=$(id -un)
	zoo_begin
	run bash -c 'ipcls -o kind,mode,owner,holders,fd,access,pid,command,name,fill --who -p "$1" 2>/dev/null |
		awk -v pid="$1" "NR > 1 && \$7 == pid && \$6 != \"waits\" && (\$5 !~ /^[0-9]/ || \$5 >= 40 && \$5 < 60) {
			\$4 = \$4 + 0; \$7 = \"\"; \$1 = \$1; print }" | tr -s " " | LC_ALL=C sort' - "$zoo"
	assert_output "$(LC_ALL=C sort <<-END
mq 0640 $user 1 40 rw zoo /$z 2/3 messages
mq 0620 $user 1 - w zoo key:$k 1 messages
shm 0600 $user 1 42 rw zoo /dev/shm/$z.ghost (deleted) 0B of 100B
shm 0600 $user 1 map rw zoo /$z 4.0K of 64K
shm 0600 $user 1 41 r zoo /$z 4.0K of 64K
shm 0600 $user 1 map rw zoo key:$k 4.0K of 8.0K
sem 0600 $user 1 map rw zoo /$z value 3
fifo 0600 $user 1 44 rw zoo $PWD/$z.fifo -
pipe 0600 $user 1 45 r zoo $(link 45) -
pipe 0600 $user 1 46 w zoo $(link 46) -
socket $(stat -c 0%a "$z.socket") $user 1 48 rw zoo $PWD/$z.socket 0B
socket - $user 1 47 rw zoo @$z 1/5 connections
socket - $user 1 49 rw zoo $(link 49) 0B
socket - $user 1 50 rw zoo $(link 50) 6B
socket - $user 1 51 rw zoo $(link 51) 0B
eventfd - - 1 52 rw zoo $zoo:52 28
memfd 0777 $user 1 43 rw zoo /memfd:zoo (deleted) 0B of 12K
lock 0600 $user 1 53 rw zoo $PWD/$z.lock posix write 20-
lock 0600 $user 1 53 rw zoo $PWD/$z.lock ofd write 10-14
lock 0600 $user 1 53 rw zoo $PWD/$z.lock flock read
END
	)"
	# the end that was accepted has the name of the listener
	run bash -c 'ipcls -J -o name,text,id --type socket -p "$1" 2>/dev/null' - "$zoo"
	assert_line "{\"name\":\"$(link 50)\",\"text\":\"@$z\",\"id\":$(link 50 | tr -dc 0-9)}"
	run columns fill --type sem "key:$k"
	assert_output "value 1,0,3"
}

@test "ipcls -q prints names of the zoo that the applets take" {
	zoo_begin
	run ipcls -q -p "$zoo" --type mq
	assert_line "/$z"
	ipcls -q -p "$zoo" --type mq 2>err | xargs mqstat
	ipcls -q -p "$zoo" --type shm 2>err | xargs shmstat
	ipcls -q -p "$zoo" --type sem 2>err | xargs -n 1 semop value
	ipcls -q -p "$zoo" --type eventfd 2>err | xargs -n 1 efd peek
	ipcls -q -p "$zoo" --type lock 2>err | xargs lockinfo
	run --separate-stderr ipcls -q -p "$zoo" --type pipe,memfd
	assert_output ''
}

@test "ipcls changes nothing of what it lists" {
	zoo_begin
	fds() { find "/proc/$zoo/fd" -type l | sort; }
	local before
	before=$(stat -c '%n %Y %Z %h' "$z".*; mqstat -J "$z"; semop value "key:$k"; fds)
	ipcls --who 2>err >out
	assert_equal "$(stat -c '%n %Y %Z %h' "$z".*; mqstat -J "$z"; semop value "key:$k"; fds)" "$before"
}

@test "ipcls agrees with lsipc, ipcs, lslocks, ss and lsfd" {
	local ours theirs found=0
	zoo_begin
	if type -P lsipc >/dev/null; then
		((++found))
		theirs=$(lsipc -q --noheadings -o KEY,PERMS,OWNER,MSGS -b | awk -v k="$k" '$1 == k { print $NF }')
		assert_equal "$(ipcls -J -o fill --type mq "key:$k" 2>err)" "{\"fill\":$theirs}"
	fi
	if type -P ipcs >/dev/null; then
		((++found))
		theirs=$(ipcs -m | awk -v k="$k" '$1 == k { print $2, $3, $4, $5 }')
		ours=$(columns id,owner,mode --type shm "key:$k" | awk '{ print $1, $2, $3 + 0 }')
		assert_equal "$ours $(ipcls -J -o limit --type shm "key:$k" 2>err | tr -dc 0-9)" "$theirs"
	fi
	if type -P lslocks >/dev/null; then
		((++found))
		# it does not know the file of an open file description lock; and while other processes lock, a line of
		# /proc/locks can be read twice
		theirs=$(lslocks --noheadings -o TYPE,MODE,START,PATH -u |
			awk -v p="$PWD/$z.lock" '$NF == p && $1 != "OFDLCK" { print tolower($1), tolower($2), $3 }' | sort -u)
		ours=$(columns name,fill --type lock "$PWD/$z.lock" | awk '$2 != "ofd" { split($4, r, "-"); print $2, $3, r[1] + 0 }' | sort)
		assert_equal "$ours" "$theirs"
	fi
	if type -P ss >/dev/null; then
		((++found))
		theirs=$(ss -xlHn src "@$z" | awk '{ print $3 "/" $4 }')
		assert_equal "$(columns fill "@$z" | awk '{ print $1 }')" "$theirs"
	fi
	if type -P lsfd >/dev/null; then
		((++found))
		# the descriptors of the zoo that ipcls shows, but locks, which share one with their file
		theirs=$(lsfd -n -p "$zoo" -o FD,INODE | awk '$1 >= 40 && $1 < 52 { print $1, $2 }' | sort -n)
		ours=$(columns fd,id --who -p "$zoo" --type mq,shm,fifo,pipe,socket,memfd | awk '$1 ~ /^[0-9]+$/ && $1 >= 40 && $1 < 52' | sort -n)
		assert_equal "$ours" "$theirs"
	fi
	((found)) || skip 'none of them is installed'
}

@test "ipcls reports a directory that cannot be read, and lists no part of it as the whole" {
	local n
	requires static command:strace
	strace -o /dev/null true || skip 'no tracing here'
	semop create "$(name s)"
	# /proc, the descriptors of a process, and the directories of objects
	for n in 1 2 3 4 5 6 7 8; do
		run strace -qq -o /dev/null -e trace=getdents64 -e inject="getdents64:error=EIO:when=$n" \
			"$IPCTOOL_BUILD/bin/ipcls" --type mq,shm,sem,pipe
		assert_failure 1
		assert_line 'ipcls: some objects cannot be listed: Input/output error'
	done
	semop unlink "$(name s)"
}

@test "ipcls lists the local sockets by /proc/net/unix where sock_diag(7) is not possible" {
	spawn socklisten -k "@$(name a)"
	wait_until listening "@$(name a)"
	run columns name,fill --type socket "@$(name a)"
	assert_output --regexp "^@$(name a) 0/[0-9]+ connections\$"
	# the numbers of connections are not in it, who has the socket is
	"$(peer intercept)" socket=ENFILE -- ipctool ipcls -J -o name,fill --type socket "@$(name a)" >out 2>err
	assert_equal "$(<out)" "{\"name\":\"@$(name a)\",\"fill\":null}"
	"$(peer intercept)" socket=ENFILE -- ipctool ipcls --who -o name,pid --type socket "@$(name a)" >out 2>err
	grep -q "@$(name a) *$spawned\$" out
	end_spawned
}

@test "ipcls shows a name with a newline in one line, and prints it as it is with -0" {
	local strange
	strange=$(name $'two\nlines')
	shmcreate "$strange" 5
	run columns kind,name --type shm "/$strange"
	assert_output "shm /$(name two)\\x0alines"
	ipcls -0 --type shm "/$strange" >names 2>/dev/null
	printf '/%s\0' "$strange" | cmp - names
	run --separate-stderr ipcls -q --type shm "/$strange"
	assert_success
	assert_output ''
	assert_stderr --partial '1 names with blanks, quotes or backslashes are left out'
	shmunlink "$strange"
}
