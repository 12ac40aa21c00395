# SPDX-License-Identifier: MIT
# locks.bash - what the tests of lockrun share: `load locks`
#
#   start_holding OPTION... LOCK    lockrun in the background; its command runs, holds for 30 s, and has its pid in
#                         the file `pid`
#   stop_holding          end that command, and collect lockrun's $status
#   taken LOCK...         is it held? The test file defines `free`
#   has_keeper PID        has the lockrun with this pid a holder process? $keeper is its pid
#   killed_at_any_moment OPTION... LOCK    lockrun that waits, or holds for a moment, and is killed while it does

start_holding() {
	rm -f pid
	# shellcheck disable=SC2016
	spawn lockrun "$@" sh -c 'echo $$ >pid.new; mv pid.new pid; exec sleep 30'
	wait_until test -e pid
}

stop_holding() {
	kill -TERM "$(<pid)"
	collect
}

taken() {
	! free "$@"
}

has_keeper() {
	keeper=$(awk -v parent="$1" '$2 == "(lock-keeper)" && $4 == parent { print $1 }' \
		/proc/[0-9]*/stat 2>/dev/null) && [[ $keeper ]]
}

killed_at_any_moment() (
	set -m
	lockrun "$@" sleep 0.02 3>&- &
	pause "0.0$((RANDOM % 5))"
	kill -KILL $! || true
) 2>/dev/null
