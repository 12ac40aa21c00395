#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What all commands have in common that run another one: the mask and the dispositions of the caller.
# applets: efd lockrun mqrecv pipeline semop sigwatch socklisten sockrecv waitchild

load helper

# The ways to run a command, each a piece of shell in which "$@" is the command. What they print beside it does
# not matter. A new applet that runs a command has its line here.
ways() {
	cat <<-'END'
		efd run "$@"
		efd run -- "$@"
		lockrun file "$@"
		lockrun --api flock -s file -- "$@"
		mqsend "$name" x; mqrecv --exec "$name" -- "$@"
		pipeline "$@" ::: cat
		pipeline true ::: "$@"
		semop run "$name" "$@"
		semop run "$key" "$@"
		sigwatch USR2 RTMIN -- "$@"
		sigwatch --map USR2:TERM -- "$@"
		until sockconnect socket </dev/null 2>/dev/null; do sleep 0.01; done & socklisten -c 1 socket -- "$@"; wait
		until socksend --fd 0 messages x </dev/null 2>/dev/null; do sleep 0.01; done & sockrecv --fd messages -- "$@"; wait
		waitchild "$@"
		waitchild -J "$@"
	END
}

# called_by WAY COMMAND...: in a shell that blocks and ignores some signals, run the command that way
called_by() {
	local load=: way=$1
	[[ $IPCTOOL_FRONT != bash ]] || load="enable -f '$IPCTOOL_BUILD/ipctool.so' ${builtin_names[*]}"
	shift
	env --block-signal=USR2,TERM,RTMIN+1 --ignore-signal=USR1,QUIT,RTMIN+2,CHLD,PIPE,TSTP \
		bash -c "$load; trap : HUP INT; trap '' WINCH; $way" bash "$@"
}

setup() {
	basic_setup
	# The sanitizer's library is not there for a second shell.
	[[ $IPCTOOL_FRONT != bash ]] || requires plain
	name=$(name s)
	key=$(key s)
	export name key
	later semop unlink -f "$name" "$key"
	later mqunlink -f "$name"
	mqcreate "$name"
	semop create "$name"
	semop create "$key" >/dev/null
}

@test "the children of every command get the caller's mask and dispositions" {
	local way expected inherited wrong=()
	expected=$(called_by '"$@"' grep 'Sig[BI]' /proc/self/status)
	# The caller is what it should be, or nothing would be compared. posix_spawn(3) of glibc, which make uses, leaves
	# the library's own signals 32 and 33 ignored.
	inherited=$((0x$(sed -n 's/^SigIgn:[[:space:]]*//p' "/proc/$$/status") & 0x180000000))
	assert_equal "$expected" "$(printf 'SigBlk:\t0000000400004800\nSigIgn:\t%016x' $((0x808091204 | inherited)))"
	while IFS= read -r way; do
		within 20 called_by "$way" grep 'Sig[BI]' /proc/self/status >out 2>&1 </dev/null || true
		[[ $(grep -a '^Sig' out) == "$expected" ]] || wrong+=("$way: $(<out)")
	done < <(ways)
	[[ ${#wrong[@]} -eq 0 ]] || fail "$(printf 'should be:\n%s\n' "$expected" "${wrong[@]}")"
}

@test "the commands of sigwatch -x get the caller's mask and dispositions" {
	local expected
	expected=$(called_by 'sh -c "$1"' "grep 'Sig[BI]' /proc/self/status")
	mkfifo ready
	exec 9<>ready
	# shellcheck disable=SC2016
	within 20 called_by '(read -r <&9; kill -USR2 $$) &
		watch=(sigwatch --ready-fd 9 -c 1 -x "$1" USR2)
		[[ $(type -t sigwatch) == builtin ]] || exec "${watch[@]}"
		"${watch[@]}"' "grep 'Sig[BI]' /proc/self/status" >out
	assert_equal "$(<out)" "$expected"
}

@test "the shell has its mask and dispositions back after every command, also one that cannot run" {
	requires builtin
	local way
	look() {
		# shellcheck disable=SC2016
		echo 'IFS= read -r -d "" all </proc/$BASHPID/status
			while read -r field value; do [[ $field != Sig[BIC]* ]] || echo "$field $value"; done <<<"$all"'
	}
	while IFS= read -r way; do
		within 20 called_by "{ $(look); } >before; { $way; } >/dev/null 2>&1 </dev/null; { $(look); } >after" true
		diff before after || fail "$way"
		within 20 called_by "{ $(look); } >before; { $way; } >/dev/null 2>&1 </dev/null; { $(look); } >after" ./nosuch
		diff before after || fail "$way"
	done < <(ways)
}

@test "an INT that the terminal sends to all reaches a command once" {
	requires program terminal
	local way
	mkfifo keys
	exec 7<>keys
	for way in 'sigwatch USR1 --' 'pipeline true :::' waitchild 'semop run "$name"' 'lockrun file'; do
		rm -f got
		spawn script -qec "exec $way sh -c 'trap \"echo INT >>got\" INT; trap \"exit 5\" TERM
			echo \$\$ >got; while :; do sleep 0.01; done'" /dev/null <keys >typescript
		lines_are() { [[ $(wc -l <got) == "$1" ]]; }
		wait_until lines_are 1
		printf '\003' >&7
		wait_until lines_are 2
		printf '\003' >&7
		wait_until lines_are 3
		kill -TERM "$(head -n 1 got)"
		collect
		assert_equal "$way: $status $(tail -n +2 got)" "$way: 5 "$'INT\nINT'
	done
}
