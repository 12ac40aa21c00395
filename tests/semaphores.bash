# SPDX-License-Identifier: MIT
# semaphores.bash - what the tests of semop share: `load semaphores`
#
#   named, in_set, in_memory    the kind of semaphore: $s names one of the test's own, which is not made yet, but
#                          removed at the end; $shown is how messages name it; of in_memory, $m is the object
#   each_kind CHECK...     run CHECK with each, in a directory of its own; $kind says which
#   with_kind KIND CHECK...     with that one only: for what takes long
#   make [VALUE [COUNT]]   make it, or a set of COUNT; $id is the set's
#   value_is VALUE [INDEX]      is that its value? Of a set, that of `[INDEX]`, or the first one
#   waiting COUNT [INDEX]       does it have COUNT waiters?
#   c VERB [ARGUMENT]      do it by a C program, tests/peers/sem.c or sysv_sem.c
#   start_holding SEM      semop run in the background; its command runs, and its pid is in the file `pid`

named() {
	s=$(name s)
	later semop unlink -f "$s"
	shown=/$s
}

in_set() {
	s=key:$(key s)
	later semop unlink -f "$s"
	shown=$s
}

# An object of 8 KiB of zeros, and the address of a semaphore in it.
in_memory() {
	m=$(name m)
	truncate -s 8192 "/dev/shm/$m"
	later rm -f "/dev/shm/$m"
	s=shm:$m+64
	shown=shm:/$m+64
}

each_kind() {
	local each
	for each in named in_set in_memory; do
		with_kind "$each" "$@"
	done
}

with_kind() {
	kind=$1
	shift
	echo "$kind:"
	mkdir "$BATS_TEST_TMPDIR/$kind"
	cd "$BATS_TEST_TMPDIR/$kind" || return
	"$kind"
	"$@"
	end_spawned
	semop unlink -f "$s"
}

make() {
	id=$(semop create ${2:+--count "$2"} "$s" "${1-1}")
}

value_is() {
	local values
	values=$(semop value "$s${2-}")
	[[ ${values%%$'\n'*} == "$1" ]]
}

waiting() {
	[[ $(semop value -J "$s${2-}") == *'"waiters":'"$1"[',}']* ]]
}

c() {
	local verb=$1
	shift
	case $s in
	key:*) "$(peer sysv_sem)" "$verb" "${s#key:}" 0 "$@" ;;
	*) "$(peer sem)" "$verb" "$s" "$@" ;;
	esac
}

start_holding() {
	rm -f pid
	# shellcheck disable=SC2016
	spawn semop run "$@" sh -c 'echo $$ >pid.new; mv pid.new pid; exec sleep 30'
	wait_until test -e pid
}
