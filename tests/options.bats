#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The grammar of options as applets have it; all of it is tested in unit/cli/cli_test.c.

# bats file_tags=one-user
load helper

setup() {
	basic_setup
	queue=$(name q)
	mqcreate "$queue"
	later mqunlink -f "$queue"
}

# refused [-STATUS] MESSAGE CMD...: a usage error of two lines, status 2, nothing done
refused() {
	local message status=-2
	if [[ $1 == -1?? ]]; then
		status=$1
		shift
	fi
	message=$1
	shift
	run "$status" --separate-stderr "$@"
	assert_output ''
	assert_equal "${stderr_lines[0]}" "$1: $message"
	assert_equal "${stderr_lines[1]}" "Try '$1 --help' for more information."
	assert_equal "${#stderr_lines[@]}" 2
}

messages() {
	mqrecv -na "$queue" 2>/dev/null || true
}

@test "letters cluster" {
	printf '7\ta\0009\tb\0' | mqsend -n0P "$queue"
	run mqrecv -naP "$queue"
	assert_success
	assert_output $'9\tb\n7\ta'
	run mqrecv -naP -v "$queue"
	assert_failure 3
}

@test "a letter takes its value attached, as the next word, or at the end of a cluster" {
	mqsend -p5 "$queue" attached
	mqsend -p 6 "$queue" next
	mqsend -np7 "$queue" cluster
	mqsend -np 8 "$queue" both
	run mqrecv -nPc4 "$queue"
	assert_output $'8\tboth\n7\tcluster\n6\tnext\n5\tattached'
	run mqrecv -t0.02 "$queue"
	assert_failure 124
	run mqrecv -t 20ms "$queue"
	assert_failure 124
}

@test "a long option takes its value behind an equals sign or as the next word" {
	mqsend --priority=5 "$queue" equals
	mqsend --priority 6 "$queue" next
	run mqrecv --nonblock --count=2 "$queue"
	assert_output $'next\nequals'
	run mqrecv --timeout=0.02 "$queue"
	assert_failure 124
	run mqrecv --timeout 20ms "$queue"
	assert_failure 124
}

@test "a mistake is refused before anything is done" {
	refused "option '-p' requires a value" mqsend -np
	refused "option '--priority' requires a value" mqsend --priority
	refused "option '-p': '5n' is not a number" mqsend -p5n "$queue" text
	refused "option '--json' takes no value" mqstat --json=x "$queue"
	refused "unknown option '-z'" mqsend -nz "$queue" text
	refused "unknown option '--nonesuch=5'" mqsend --nonesuch=5 "$queue" text
	refused "unknown option '-z': a MESSAGE that begins with a dash must follow --" mqsend "$queue" text -z
	refused 'missing operand SIZE after '"'/x'" shmcreate /x
	refused "options '-n' and '-t' exclude each other" mqrecv -nt1 "$queue"
	refused "options '-n' and '-t' exclude each other" efd wait -n -t 1 3
	refused 'missing subcommand: create, wait, post, value, set, op, run, unlink' semop
	refused 'missing operand KIND:NAME' ipcset -m 600
	refused 'missing operand FILE' mapcat
	refused "unknown subcommand 'val' (did you mean value?)" semop val "$queue"
	assert_equal "$(messages)" ''
}

@test "options stand before and after operands, up to --" {
	mqsend "$queue" -p 5 five -n
	mqsend "$queue" -- -p 5
	run messages
	assert_output $'five\n-p\n5'
	run mqstat "$queue" -J
	assert_success
	assert_output --partial '{"queue":'
	run mqstat "$queue" --help
	assert_success
	assert_output --partial 'Usage: mqstat'
	mkfifo f -m 600 g
	assert_equal "$(stat -c '%n %a' -- *)" $'f 600\ng 600'
}

@test "the first word of a command ends the options" {
	: >file
	run lockrun file -n echo -n x
	assert_success
	assert_output x
	run lockrun file -n -- printf '%s\n' --help
	assert_output -- --help
	run semop run -n /none -- true --help
	assert_failure 125
	run efd run printf '%s\n' -n
	assert_output -- -n
	mqsend "$queue" x
	run mqrecv "$queue" --exec -c 1 echo -n
	assert_success
	run sigwatch USR1 --map USR1:0 -- echo --map
	assert_output -- --map
}

@test "long options may be shortened where that is unambiguous" {
	mqsend "$queue" --nonb --priority=3 x
	run mqrecv --nonbl --prioriti "$queue"
	assert_output $'3\tx'
	run mqrecv --exe --al --nonb "$queue" cat
	assert_failure 123
	refused "option '--ex' is ambiguous: --except, --exec" mqrecv --ex "$queue"
	refused "option '--n' is ambiguous: --nonblock, --null, --netstrings" mqsend "$queue" --n x
	refused "unknown option '--json'" mqsend --json "$queue"
}

@test "an option of another form of the applet is refused with the option that chooses the form" {
	refused "--retry requires --exec" mqrecv --retry=3 "$queue"
	refused "-k requires --exec" mqrecv -k "$queue"
	refused -125 "options '--peek' and '--exec' exclude each other" mqrecv --exec --peek 1 key:9 -- true
	refused -125 "options '-r' and '--exec' exclude each other" mqrecv -r --exec "$queue" true
	refused -125 "options '--mode' and '--run' exclude each other" shmcreate --mode=600 --run 4K true
	refused -125 "unknown option '--nonesuch'" mqrecv --exec --nonesuch "$queue" true
	refused "unknown option '-y'" mqrecv -y "$queue"
}

@test "what was meant is suggested: options, subcommands, signals, applets" {
	refused "unknown option '--prority=5' (did you mean --priority?)" mqsend --prority=5 "$queue" text
	refused "unknown subcommand 'lock': create, wait, post, value, set, op, run, unlink" semop lock /s
	run -125 --separate-stderr lockrun --api flokc file true
	assert_equal "${stderr_lines[0]}" \
		"lockrun: option '--api': 'flokc' is not flock, ofd, posix, mutex or rwlock (did you mean flock?)"
	run --separate-stderr killn $$ SIGKIL
	assert_failure 1
	assert_stderr 'killn: SIGKIL: No such signal (did you mean KILL?)'
	assert_equal "$(messages)" ''
}

@test "an applet that does not exist is suggested" {
	requires program
	run -127 --separate-stderr ipctool mqsnd
	assert_stderr 'ipctool: mqsnd: no such applet (did you mean mqsend?)'
}

@test "-- ends the options and is no operand, once" {
	mqsend -p 3 -- "$queue" --
	run messages
	assert_output -- --
	mqsend -- "$queue" -x
	mqsend "$queue" -- -y
	run messages
	assert_output $'-x\n-y'
	run --separate-stderr mqstat -- -J
	assert_failure 4
	assert_stderr "mqstat: /-J: no such queue (mqcreate makes one)"
	refused 'missing operand QUEUE' mqunlink --
	refused "'-x' is not a number" efd add -- -x 3
}

@test "an empty word is an operand, and no name" {
	mqsend "$queue" ''
	run mqrecv -nP "$queue"
	assert_output $'0\t'
	refused "'' is not a number" efd add '' 3
	run --separate-stderr mqstat ''
	assert_failure 2
	run --separate-stderr efd ''
	assert_failure 2
}

# read_tables: the options of all forms that this front end offers, in arrays by "FORM --OPTION": as a word with a
# value that it takes, its letter or else its name, what it requires and excludes, the status of a usage error, and
# that of one beside a COMMAND.
read_tables() {
	local applet where form short long place words needs bars status beside value
	declare -gA given=() spelled=() requires=() excludes=() usage=() usage_beside=()
	[[ $IPCTOOL_FRONT == bash ]] && where=builtin || where=program
	# a tab as separator would swallow empty fields
	while IFS=$'\037' read -r form short long place words needs bars status beside; do
		value=3
		[[ $place != DURATION ]] || value=1
		[[ $place != MODE ]] || value=0600
		[[ ! $words ]] || value=${words%% *}
		[[ ! $place || $place == '['* ]] || given["$form $long"]=$long=$value
		: "${given["$form $long"]:=$long}"
		spelled["$form $long"]=${short:-$long}
		requires["$form $long"]=$needs
		excludes["$form $long"]=$bars
		usage["$form $long"]=$status usage_beside["$form $long"]=$beside
	done < <(for applet in ipctool $(ipctool --list --applets); do ipctool --describe "$applet"; done |
		awk -F'\t' -v OFS='\037' -v where="$where" '
		$1 == "applet" || $1 == "verb" { offered = ($4 == "both" || $4 == where) }
		$1 == "operands" { status = $6 == "command" ? 125 : 2; beside = $6 ? 125 : 2 }
		$1 == "option" && offered { print $2, $3, $4, $5, $8, $9, $10, status, beside }')
}

# refused_form KEY MESSAGE WORD...: the form of a key with these words
refused_form() {
	local form=${1% --*} message=$2
	# shellcheck disable=SC2086 # "semop wait" is two words
	run -"${usage[$1]}" --separate-stderr $form "${@:3}"
	assert_output ''
	assert_equal "${stderr_lines[0]}" "${form%% *}: $message"
	assert_equal "${#stderr_lines[@]}" 2
}

@test "what an option requires must be given too, with every option of every table" {
	local key part count=0
	read_tables
	for key in "${!requires[@]}"; do
		# only the first that is missing is named
		part=${requires[$key]%% *}
		[[ $part ]] || continue
		echo "$key requires $part"
		part=--${part//|/ or --}
		refused_form "$key" "--${key##* --} requires ${part//--COMMAND/COMMAND}" "${given[$key]}"
		count=$((count + 1))
	done
	((count >= 3))
}

@test "two options that exclude each other are refused in both orders, with every pair of every table" {
	local key other count=0
	read_tables
	for key in "${!excludes[@]}"; do
		for other in ${excludes[$key]}; do
			[[ $other != COMMAND ]] || continue
			echo "$key excludes $other"
			other="${key% --*} --$other"
			# these begin a COMMAND, as their page says
			[[ " $key $other" != *' sigmask --'@(block|ignore|default)* ]] || usage[$key]=125
			refused_form "$key" "options '${spelled[$key]}' and '--${other##* --}' exclude each other" \
				"${given[$key]}" "${given[$other]}"
			[[ " ${excludes[$other]} " == *" ${key##* --} "* ]]
			count=$((count + 1))
		done
	done
	((count >= 30))
}

@test "an option that excludes a COMMAND is refused beside one" {
	local key count=0
	read_tables
	for key in "${!excludes[@]}"; do
		[[ " ${excludes[$key]} " == *' COMMAND '* ]] || continue
		echo "$key"
		usage[$key]=${usage_beside[$key]}
		refused_form "$key" "--${key##* --} and COMMAND exclude each other" "${given[$key]}" x -- touch made
		count=$((count + 1))
	done
	((count >= 4))
	[[ ! -e made ]]
}

@test "what the tables require and exclude exists there" {
	local key part
	read_tables
	for key in "${!given[@]}"; do
		for part in ${requires[$key]//|/ } ${excludes[$key]}; do
			[[ $part == COMMAND || ${given["${key% --*} --$part"]-} ]] || fail "$key: $part"
		done
	done
}

@test "the program is the same by its link, by a path, and as a subcommand" {
	requires program
	local path
	path=$(command -v ipctool)
	ln -s "$path" mqstat
	assert_equal "$(./mqstat -J "$queue")" "$(ipctool mqstat -J "$queue")"
	assert_equal "$(./mqstat --nonesuch 2>&1)" "$(ipctool mqstat --nonesuch 2>&1)"
	assert_equal "$(bash -c 'exec -a /elsewhere/mqstat "$0" -J "$1"' "$path" "$queue")" "$(mqstat -J "$queue")"
}

@test "by an unknown name the first operand is the applet" {
	requires program
	local path
	path=$(command -v ipctool)
	ln -s "$path" other
	assert_equal "$(./other mqstat -J "$queue")" "$(mqstat -J "$queue")"
	run ./other
	assert_success
	assert_output "$(ipctool --help)"
	run -127 --separate-stderr ./other nonesuch
	assert_stderr 'ipctool: nonesuch: no such applet'
	run -127 --separate-stderr ipctool ''
	assert_stderr "ipctool: '': no such applet"
}
