#!/usr/bin/env bats
# The grammar of options, which is the same for all applets, tried through some of them.

# bats file_tags=one-user
load helper

setup() {
	basic_setup
	queue=$(name q)
	mqcreate "$queue"
	later mqunlink -f "$queue"
}

# refused MESSAGE CMD...: a usage error of two lines, status 2, nothing done
refused() {
	local message=$1
	shift
	run -2 --separate-stderr "$@"
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

@test "an attached value is the whole rest, an equals sign too" {
	refused "option '-p': '=5' is not a number" mqsend -p=5 "$queue" text
	refused "option '-p': '5n' is not a number" mqsend -p5n "$queue" text
	refused "option '-t': '=1' is not a duration" mqrecv -t=1 "$queue"
	assert_equal "$(messages)" ''
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

@test "a value may look like an option" {
	refused "option '-p': '-n' is not a number" mqsend -p -n "$queue" text
	refused "option '--priority': '--' is not a number" mqsend --priority -- "$queue" text
	refused "option '--priority': '' is not a number" mqsend --priority= "$queue" text
	refused "option '-p': '' is not a number" mqsend -p '' "$queue" text
}

@test "a value that is missing is asked for" {
	refused "option '-p' requires a value" mqsend -p
	refused "option '-p' requires a value" mqsend -np
	refused "option '--priority' requires a value" mqsend --priority
	refused "option '-t' requires a value" mqrecv -t
}

@test "a flag takes no value" {
	refused "option '--json' takes no value" mqstat --json=x "$queue"
	refused "option '--json' takes no value" mqstat --json= "$queue"
	refused "option '--nonblock' takes no value" mqrecv --nonblock=no "$queue"
	refused "option '--help' takes no value" mqrecv --help=me "$queue"
	refused "unknown option '-='" mqstat -J=x "$queue"
}

@test "operands end the options" {
	mqsend "$queue" -n --help -- -p 5
	run messages
	assert_output $'-n\n--help\n--\n-p\n5'
	run --separate-stderr mqstat "$queue" -J
	assert_failure 4
	assert_stderr "mqstat: /-J: No such file or directory"
}

@test "-- ends the options and is no operand, once" {
	mqsend -p 3 -- "$queue" --
	run messages
	assert_output -- --
	mqsend -- "$queue" -x
	run messages
	assert_output -- -x
	run --separate-stderr mqstat -- -J
	assert_failure 4
	assert_stderr "mqstat: /-J: No such file or directory"
	refused 'missing operand' mqstat --
	refused "'-x' is not a number" efd add -- -x 3
}

@test "a single - is an operand" {
	mqsend "$queue" -
	run messages
	assert_output -- -
	refused "'-' is not a number" efd add - 3
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

@test "an option that there is not is named as it was written" {
	refused "unknown option '-z'" mqsend -z "$queue" text
	refused "unknown option '-z'" mqsend -nz "$queue" text
	refused "unknown option '-z'" mqsend -zn "$queue" text
	refused "unknown option '--nonesuch'" mqsend --nonesuch "$queue" text
	refused "unknown option '--nonesuch=5'" mqsend --nonesuch=5 "$queue" text
	refused "unknown option '---n'" mqsend ---n "$queue" text
	refused "unknown option '--=5'" mqsend --=5 "$queue" text
	refused "unknown option '-1'" efd -1
	assert_equal "$(messages)" ''
}

@test "long options are not abbreviated, and matter in their case" {
	refused "unknown option '--time=1'" mqrecv --time=1 "$queue"
	refused "unknown option '--timeou'" mqrecv --timeou 1 "$queue"
	refused "unknown option '--timeouts'" mqrecv --timeouts 1 "$queue"
	refused "unknown option '--Timeout'" mqrecv --Timeout 1 "$queue"
	refused "unknown option '--vers'" mqrecv --vers
	refused "option '-t': 'imeout' is not a duration" mqrecv -timeout 1 "$queue"
}

@test "options that exclude each other are both named, in any order and spelling" {
	refused "options '-n' and '-t' exclude each other" mqrecv -n -t 1 "$queue"
	refused "options '-t' and '-n' exclude each other" mqrecv -t1 -n "$queue"
	refused "options '-n' and '-t' exclude each other" mqrecv -nt1 "$queue"
	refused "options '-n' and '--timeout' exclude each other" mqrecv --nonblock --timeout=1 "$queue"
	refused "options '-n' and '-t' exclude each other" efd wait -n -t 1 3
}

# read_tables: the options of all forms that this front end offers, in arrays by "FORM --OPTION": as a word with a
# value that it takes, its letter or else its name, what it requires and excludes, the status of a usage error.
read_tables() {
	local applet where form short long place words needs bars status value
	declare -gA given=() spelled=() requires=() excludes=() usage=()
	[[ $IPCTOOL_FRONT == bash ]] && where=builtin || where=program
	# a tab as separator would swallow empty fields
	while IFS=$'\037' read -r form short long place words needs bars status; do
		value=3
		[[ $place != DURATION ]] || value=1
		[[ $place != MODE ]] || value=0600
		[[ ! $words ]] || value=${words%% *}
		[[ ! $place || $place == '['* ]] || given["$form $long"]=$long=$value
		: "${given["$form $long"]:=$long}"
		spelled["$form $long"]=${short:-$long}
		requires["$form $long"]=$needs
		excludes["$form $long"]=$bars
		usage["$form $long"]=$status
	done < <(for applet in ipctool $(ipctool --list); do ipctool --describe "$applet"; done |
		awk -F'\t' -v OFS='\037' -v where="$where" '
		$1 == "applet" || $1 == "verb" { offered = ($4 == "both" || $4 == where) }
		$1 == "operands" { status = $6 == "command" ? 125 : 2 }
		$1 == "option" && offered { print $2, $3, $4, $5, $8, $9, $10, status }')
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
			refused_form "$key" "options '${spelled[$key]}' and '--${other##* --}' exclude each other" \
				"${given[$key]}" "${given[$other]}"
			[[ " ${excludes[$other]} " == *" ${key##* --} "* ]]
			count=$((count + 1))
		done
	done
	((count >= 30))
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

@test "an option given twice counts as its last" {
	mqsend -p 1 -p 9 -n -n "$queue" text
	run mqrecv -P -t 0 -t 5 "$queue"
	assert_output $'9\ttext'
}

@test "--help and --version go to standard output, whatever follows" {
	local option
	for option in -h --help -V --version; do
		run --separate-stderr mqrecv "$option" --nonesuch a b c
		assert_success
		assert_stderr ''
		assert_line --partial mqrecv
	done
	run --separate-stderr mqrecv -nh
	assert_success
	assert_line --partial 'Usage: mqrecv '
	run mqrecv -h
	local help=$output
	run mqrecv --help
	assert_output "$help"
	# what is wrong before it counts
	refused "unknown option '-z'" mqrecv -z --help
}

@test "the help of a verb is its own" {
	run efd add --help
	assert_success
	assert_line --index 0 --partial 'Usage: efd add '
	refute_line --partial 'Usage: efd read '
	run efd --help
	assert_line --partial 'Usage: efd add '
	assert_line --partial 'Usage: efd read '
}

@test "a verb comes first, and there must be one" {
	refused 'missing verb' semop
	refused "unknown verb 'nonesuch'" semop nonesuch
	refused "unknown verb ''" semop ''
	refused "unknown verb 'val'" semop val "$queue"
	refused "unknown option '-n'" semop -n value "$queue"
}

@test "numbers, sizes and durations are whole words within their bounds" {
	refused "option '-p': '32768' is more than 32767" mqsend -p 32768 "$queue" text
	refused "option '-p': '-1' is less than 0" mqsend -p -1 "$queue" text
	refused "option '-p': '99999999999999999999' is more than 9223372036854775807" mqsend -p 99999999999999999999 "$queue" text
	local text
	for text in x 1x 0x10 1.5 ' 1' '1 ' 1e3; do
		refused "option '-p': '$text' is not a number" mqsend -p "$text" "$queue" text
	done
	for text in x 1x 1.2.3 . -1 '1 s' 1S; do
		refused "option '-t': '$text' is not a duration" mqrecv -t "$text" "$queue"
	done
	refused "option '-t': '999999999999' is more than 292 years" mqrecv -t 999999999999 "$queue"
	assert_equal "$(messages)" ''
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
	run --separate-stderr ./other
	assert_failure 2
	run -127 --separate-stderr ./other nonesuch
	assert_stderr 'ipctool: nonesuch: no such applet'
	run -127 --separate-stderr ipctool ''
	assert_stderr 'ipctool: : no such applet'
}
