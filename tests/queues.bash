# SPDX-License-Identifier: MIT
# queues.bash - queues for the tests, and tests of queues of both families: `load queues`.
#
#   queue_name [NAME]              $q names a queue that is removed after the test
#   queue [NAME [OPTION...]]       the same, and mqcreate OPTION... creates it
#
# What holds of a queue of either family; $q is an empty one:
#
#   reader_gone_ends_the_wait      of mqrecv, and no message is lost
#   other_signals_do_not_end       the wait of mqrecv, nor shorten or lengthen it
#   calls_leave_nothing QUEUE      100000 calls in a shell do not change its memory and descriptors

queue_name() {
	q=$(name "${1:-q}")
	later mqunlink -f "$q"
}

queue() {
	queue_name "${1:-q}"
	mqcreate "${@:2}" "$q"
}

# stop_and_continue PID: and a signal that is ignored
stop_and_continue() {
	wait_until sleeping "$1"
	kill -WINCH "$1"
	kill -STOP "$1"
	kill -CONT "$1"
}

other_signals_do_not_end() {
	local options
	spawn mqrecv -t 1 "$q"
	stop_and_continue "$spawned"
	collect
	assert_equal "$status" 124
	for options in '' '-t 20'; do
		# shellcheck disable=SC2086
		spawn mqrecv $options "$q" >out
		stop_and_continue "$spawned"
		mqsend "$q" got
		collect
		assert_equal "$status" 0
		assert_equal "$(<out)" got
	done
}

reader_gone_ends_the_wait() {
	local options
	mkfifo fifo
	for options in -F '-t 20'; do
		exec 7<>fifo
		receive() {
			exec 7>&-
			# shellcheck disable=SC2086
			mqrecv $options "$q"
		}
		spawn receive >fifo 2>err
		wait_until sleeping "$spawned"
		exec 7>&-
		collect
		assert_equal "$status" 141
		assert_equal "$(<err)" ''
		mqsend "$q" kept
		run mqrecv -n "$q"
		assert_output kept
	done
}

# In a shell of its own: the one that runs the tests does more than the calls at each of them.
calls_leave_nothing() {
	bash -c '
		enable -f "$1/ipctool.so" mqsend mqrecv
		queue=$2
		# not in a substitution, whose pipe would be among them
		count() { open=(/proc/$$/fd/*); }
		resident() { awk "/^VmRSS/ { print \$2 }" /proc/$$/status; }
		call() {
			for ((i = 0; i < $1; i += 2)); do
				mqsend "$queue" text
				mqrecv "$queue"
			done >/dev/null
		}
		count
		open_before=${open[*]}
		call 2000 # by then the buffers have the size that they need
		before=$(resident)
		call 100000
		after=$(resident)
		echo "$before KiB before, $after KiB after"
		count
		((after <= before + 64)) && [[ ${open[*]} == "$open_before" ]]' \
		bash "$IPCTOOL_BUILD" "$1"
}
