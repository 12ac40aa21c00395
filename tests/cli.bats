#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is common to all applets, tried with each of them and each of their subcommands.

# bats file_tags=one-user
load helper

# The option tables of all applets are asked for once.
setup_file() {
	local applet
	for applet in $(ipctool --list --applets); do
		ipctool --describe "$applet"
	done >"$BATS_FILE_TMPDIR/tables"
}

# "mqsend", "semop wait", … of every form that this front end offers.
forms() {
	local where=program
	[[ $IPCTOOL_FRONT != bash ]] || where=builtin
	awk -F'\t' -v where="$where" '
	$1 == "applet" || $1 == "verb" { offered = ($4 == "both" || $4 == where) }
	$1 == "usage" && offered { print $2 }' "$BATS_FILE_TMPDIR/tables"
}

# From the line "operands" of a form in the table: the least that it requires, and what it does.
declare -gA least_operands runs_command
read_operands() {
	local row form least most kinds does
	while IFS= read -r row; do
		[[ $row == operands$'\t'* ]] || continue
		# not by a tab in IFS: two of them would be one
		IFS=: read -r _ form least most kinds does <<<"${row//$'\t'/:}"
		least_operands[$form]=$least runs_command[$form]=$does
	done <"$BATS_FILE_TMPDIR/tables"
}

setup() {
	basic_setup
	read_operands
}

# assert_usage_error FORM: of the last `run --separate-stderr`
assert_usage_error() {
	local expected=2
	# as env(1) has it
	[[ ${runs_command[$1]} != command ]] || expected=125
	assert_equal "$status" "$expected"
	assert_equal "$output" ''
	assert_equal "${#stderr_lines[@]}" 2
	[[ ${stderr_lines[0]} == "${1%% *}: "* ]]
	assert_equal "${stderr_lines[1]}" "Try '${1%% *} --help' for more information."
}

@test "every form prints its help on standard output with status 0" {
	local form
	while IFS= read -r form; do
		echo "$form"
		# shellcheck disable=SC2086 # a form is an applet and its subcommand
		run --separate-stderr $form --help
		assert_success
		assert_equal "$stderr" ''
		assert_line --partial "Usage: $form"
		assert_line --partial '-h, --help'
	done < <(forms)
}

@test "every applet prints its version" {
	local applet
	for applet in $(ipctool --list --applets); do
		run "$applet" --version
		assert_success
		assert_output --regexp "^$applet \(ipctool\) [0-9]+\.[0-9]+\.[0-9]+$"
	done
}

# bats test_tags=slow
@test "an unknown option is refused before anything is done, by every form" {
	local form option
	while IFS= read -r form; do
		for option in --bogus -~ --bogus=1 --helpp; do
			echo "$form $option"
			# shellcheck disable=SC2086
			run --separate-stderr $form "$option"
			assert_usage_error "$form"
		done
	done < <(forms)
}

@test "a missing operand is refused by every form that needs one" {
	local form count=0
	while IFS= read -r form; do
		((least_operands[$form] > 0)) || continue
		echo "$form"
		# shellcheck disable=SC2086
		run --separate-stderr $form
		assert_usage_error "$form"
		count=$((count + 1))
	done < <(forms)
	((count >= 20))
}

@test "an output that is full is a failure with the reason, for every form" {
	local form
	while IFS= read -r form; do
		echo "$form"
		# shellcheck disable=SC2086
		to_full() { $form --help >/dev/full; }
		run --separate-stderr to_full
		assert_failure 1
		assert_equal "$stderr" "${form%% *}: standard output: No space left on device"
	done < <(forms)
}

@test "an output that is closed is a failure with the reason, for every form" {
	local form
	while IFS= read -r form; do
		echo "$form"
		# shellcheck disable=SC2086
		to_nowhere() { $form --help >&-; }
		run --separate-stderr to_nowhere
		assert_failure 1
		assert_equal "$stderr" "${form%% *}: standard output: Bad file descriptor"
	done < <(forms)
}

@test "if the reader of the output has closed it, every form exits quietly with 141" {
	local form
	while IFS= read -r form; do
		echo "$form"
		mkfifo pipe
		exec 7<>pipe 8>pipe 7<&-
		# shellcheck disable=SC2086
		to_the_gone() { $form --help >&8; }
		run --separate-stderr to_the_gone
		assert_failure 141
		assert_equal "$stderr" ''
		exec 8>&-
		rm pipe
	done < <(forms)
}

@test "closed standard descriptors do not change what an applet does" {
	local applet
	for applet in $(ipctool --list --applets); do
		echo "$applet"
		"$applet" --version >with <&0
		"$applet" --version >without <&- 2>&-
		cmp with without
	done
}

@test "a link and the subcommand are the same" {
	requires program
	local applet
	for applet in $(ipctool --list --applets); do
		cmp <("$applet" --help) <(ipctool "$applet" --help)
		cmp <("$applet" --bogus 2>&1) <(ipctool "$applet" --bogus 2>&1)
	done
}

@test "an applet that does not exist is 127" {
	run --separate-stderr ipctool nosuch
	assert_failure 127
	assert_equal "$stderr" 'ipctool: nosuch: no such applet'
	run ipctool --describe nosuch
	assert_failure 127
}

@test "ipctool alone, with help and with --help lists the applets in groups" {
	local word
	ipctool >alone
	for word in help --help -h 'help ipctool' '--help ipctool'; do
		# shellcheck disable=SC2086 # two words
		cmp alone <(ipctool $word)
	done
	# the titles in their order
	run sed -n 's/^\([A-Z].*\):$/\1/p' alone
	assert_output $'Queues\nShared memory\nSemaphores\nLocks\nFIFOs and pipes\nSockets\nSignals\nEvents\nSeeing and waiting\nOptions'
	# each applet once, in its group
	ipctool --list --applets | while IFS= read -r applet; do
		echo "$(ipctool --describe "$applet" | awk -F'\t' '$1 == "group" { print tolower($3) }') $applet"
	done | sort >table
	awk '/^[A-Z].*:$/ { title = tolower(substr($0, 1, length($0) - 1)); next }
	/^Options/ { exit }
	title && title != "options" && /^  [a-z]/ { print title, $1 }' alone | sort >listed
	diff table listed
	run awk 'length($0) > 80' alone
	assert_output ''
}

@test "ipctool help APPLET, and --help APPLET, is the --help of the applet or its subcommand" {
	requires program
	cmp <(ipctool help mqsend) <(mqsend --help)
	cmp <(ipctool --help mqsend) <(mqsend --help)
	cmp <(ipctool help semop wait) <(semop wait --help)
	cmp <(ipctool help mqrecv --exec) <(mqrecv --exec --help)
	run -127 --separate-stderr ipctool help nosuch
	assert_failure 127
	[[ $stderr == 'ipctool: nosuch: no such applet'* ]]
	run --separate-stderr ipctool help mqsend text
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "ipctool: extra operand 'text'"
	run --separate-stderr ipctool help semop wait text
	assert_failure 2
	assert_equal "${stderr_lines[0]}" "ipctool: extra operand 'text'"
}

# The usages in a help text, each in one line.
usages() {
	awk '
	/^(Usage|   or): / { if (usage) print usage; usage = substr($0, 8); next }
	usage && /^        *[^ ]/ { sub(/^ */, ""); usage = usage " " $0; next }
	usage { print usage; usage = "" }' | sed 's/  */ /g'
}

@test "the help of every form fits into 80 columns, and ends with an example and the page" {
	local form applet
	while IFS= read -r form; do
		echo "$form"
		# shellcheck disable=SC2086 # a form is an applet and its subcommand
		$form --help >text
		run awk 'length($0) > 80' text
		assert_output ''
		# wrapped between options and operands: put together again it is the usage of the table
		grep -qxF -- "$(ipctool --describe "${form%% *}" | awk -F'\t' -v form="$form" '
			$1 == "usage" && $2 == form { sub(/ *$/, "", $3); print $3 }')" <(usages <text)
		applet=${form%% *}
		run tail -n 4 text
		assert_line --index 0 'Example:'
		assert_line --index 1 --regexp "^  .*$applet"
		assert_line --index 2 "Full documentation: man $applet"
	done < <(forms)
}

@test "the help is as wide as the terminal" {
	requires program terminal
	local columns
	for columns in 60 80 120; do
		script -qec "stty cols $columns; mqrecv --help; ipctool" /dev/null </dev/null | tr -d '\r' >text
		run awk -v columns=$columns 'length($0) > columns' text
		assert_output ''
		wc -l <text >>lines
	done
	# the wider, the fewer lines
	sort -rnc lines
	run uniq -d lines
	assert_output ''
}

@test "ipctool --list is sorted and --long adds the summaries" {
	ipctool --list >names
	sort -c names
	ipctool --list --long >long
	cmp names <(awk '{ print $1 }' long)
	run awk 'NF < 2' long
	assert_output ''
}

# program NAME: tools/ipctool-NAME prints its path and its arguments
program() {
	mkdir -p tools
	printf '%s\n' '#!/bin/sh' 'printf "<%s>" "${0##*/}" "$@"; exit 7' >"tools/ipctool-$1"
	chmod +x "tools/ipctool-$1"
}

@test "ipctool NAME executes ipctool-NAME of PATH, with its arguments and its status" {
	program extra
	program mqstat
	PATH=$PWD/tools:$PATH run ipctool extra -x 'two words' '' --help
	assert_failure 7
	assert_output '<ipctool-extra><-x><two words><><--help>'
	for word in help --help -h; do
		PATH=$PWD/tools:$PATH run ipctool $word extra
		assert_failure 7
		assert_output '<ipctool-extra><--help>'
		PATH=$PWD/tools:$PATH run ipctool $word extra part
		assert_output '<ipctool-extra><part><--help>'
	done
	# an applet comes first
	PATH=$PWD/tools:$PATH run --separate-stderr ipctool mqstat --bogus
	assert_failure 2
	# a script without its first line, for sh
	echo 'echo "sh: $1"' >tools/ipctool-extra
	PATH=$PWD/tools:$PATH run ipctool extra word
	assert_output 'sh: word'
}

@test "ipctool NAME: only absolute directories of PATH are searched, and only for a program" {
	requires program
	local path absolute
	absolute=$(command -v ipctool)
	program extra
	for path in tools ./tools "tools:" :tools "$PWD/none"; do
		PATH=$path:/bin run --separate-stderr "$absolute" extra
		assert_failure 127
		assert_equal "$stderr" 'ipctool: extra: no such applet'
	done
	pushd tools >/dev/null
	PATH=:/bin:. run "$absolute" extra
	assert_failure 127
	popd >/dev/null
	PATH=$PWD/none:relative:$PWD/tools run "$absolute" extra
	assert_failure 7
	for path in ../tools/ipctool-extra /extra ''; do
		PATH=$PWD/tools:/usr/bin:/bin run -127 "$absolute" "$path"
	done
	PATH=$PWD/tools:/usr/bin:/bin run -2 "$absolute" -extra
	mkdir tools/ipctool-folder
	echo text >tools/ipctool-text
	for path in folder text; do
		PATH=$PWD/tools run "$absolute" $path
		assert_failure 126
		assert_output "ipctool: ipctool-$path: Permission denied"
	done
	# a link named like it is no call of it
	ln -s "$absolute" extra
	PATH=$PWD/tools run ./extra extra
	assert_failure 7
	PATH=$PWD/tools:/usr/bin:/bin run -127 ./extra word
}

@test "ipctool NAME: a program beside the binary comes before those of PATH" {
	requires program
	program extra
	cp "$(command -v ipctool)" own
	printf '%s\n' '#!/bin/sh' 'echo "beside: $*"' >ipctool-extra
	chmod +x ipctool-extra
	PATH=$PWD/tools:$PATH run ./own extra one two
	assert_success
	assert_output 'beside: one two'
	run ./own --describe extra
	assert_output 'beside: --describe'
	run ./own --complete ipctool extra one ''
	assert_output 'beside: --complete=2 one '
	# those of PATH are not asked: they may do anything with such options
	rm ipctool-extra
	for arguments in '--describe extra' '--complete ipctool extra x'; do
		# shellcheck disable=SC2086 # words
		PATH=$PWD/tools:$PATH run ./own $arguments
		assert_failure 127
		assert_output 'ipctool: extra: no such applet'
	done
}

@test "ipctool NAME: a program where make install puts them is found without PATH, and before those of PATH" {
	requires root mounts program
	program extra
	local folder
	folder=$(make -s -C "$IPCTOOL_ROOT" -f - <<<$'include Makefile\nlibexecdir:\n\t@echo $(LIBEXECDIR)' libexecdir)
	run unshare --mount sh -ec 'mount -t tmpfs none "${1%/*/*}"; mkdir -p "$1"; cp tools/ipctool-extra "$1"
		exec "$2" extra word' sh "$folder" "$(command -v ipctool)"
	assert_failure 7
	assert_output '<ipctool-extra><word>'
	mkdir path
	printf '%s\n' '#!/bin/sh' 'echo "of PATH: $1"; kill -TERM $$' >path/ipctool-extra
	cp path/ipctool-extra path/ipctool-other
	chmod +x path/*
	PATH=$PWD/path:$PATH run unshare --mount sh -ec 'mount -t tmpfs none "${1%/*/*}"; mkdir -p "$1"; cp tools/ipctool-extra "$1"
		"$2" other word || echo "status $?"; exec "$2" extra word' sh "$folder" "$(command -v ipctool)"
	assert_failure 7
	assert_line 'of PATH: word'
	assert_line 'status 143'
	assert_line '<ipctool-extra><word>'
}

@test "ipctool --list lists these programs in their place, each once, and suggestions name them" {
	requires program
	program extra
	program mqstat
	program aardvark
	: >tools/ipctool-text
	mkdir more
	cp tools/ipctool-extra more
	cp tools/ipctool-extra "more/ipctool-two words"
	cp tools/ipctool-extra more/ipctool-$'new\nline'
	cp tools/ipctool-extra more/ipctool-
	cp "$(command -v ipctool)" own
	PATH=$PWD/more:$PWD/tools:relative run ./own --list
	assert_success
	printf '%s\n' "$output" >listed
	sort -c listed
	diff <(PATH='' ./own --list) listed | grep '^[<>]' >added || true
	assert_equal "$(<added)" $'> aardvark\n> extra'
	cmp <(PATH=$PWD/tools ./own --list --applets) <(ipctool --list --applets)
	PATH=$PWD/more:$PWD/tools run ./own --list --long
	assert_line "extra        $PWD/more/ipctool-extra"
	PATH=$PWD/tools:/usr/bin:/bin run -127 ./own extar
	assert_output 'ipctool: extar: no such applet (did you mean extra?)'
	run -2 ./own --applets
}

@test "ipctool --install makes a link for each applet, hard or symbolic, and again" {
	requires program
	mkdir hard soft
	# a hard link needs the same file system: the program is copied there
	cp "$(command -v ipctool)" own
	./own --install hard
	./own --install hard
	./own --install --symbolic soft
	./own --install -s soft
	cmp <(ls hard) <(ipctool --list --applets)
	cmp <(ls soft) <(ipctool --list --applets)
	assert_equal "$(stat -c %h own)" "$(($(ipctool --list --applets | wc -l) + 1))"
	soft/mkfifo pipe
	[[ -p pipe ]]
}

@test "ipctool --install says once what to do if no hard link can be made" {
	requires program
	local folder
	folder=/dev/shm/$(name)
	mkdir "$folder"
	later rm -r "$folder"
	cp "$(command -v ipctool)" own
	if [[ $(stat -c %d own) == "$(stat -c %d "$folder")" ]]; then
		skip 'one file system'
	fi
	run --separate-stderr ./own --install "$folder"
	assert_failure 1
	assert_stderr "ipctool: $folder: is on a different file system from $PWD/own; use -s"
	./own --install -s "$folder"
	cmp <(ls "$folder") <(ipctool --list --applets)
}

@test "ipctool --install does not change a file that is not its own" {
	requires program
	mkdir dir
	echo mine >dir/mkfifo
	run --separate-stderr ipctool --install -s dir
	assert_failure 5
	assert_equal "$stderr" 'ipctool: dir/mkfifo: File exists'
	assert_equal "$(<dir/mkfifo)" mine
	[[ -L dir/mqsend ]]
}

@test "ipctool --bash prints a line that makes builtins" {
	[[ -e $IPCTOOL_BUILD/ipctool.so ]] || skip 'no headers of bash'
	requires static plain
	run bash -c 'eval "$(ipctool --bash)" && type -t mqsend'
	assert_success
	assert_output builtin
}

@test "help NAME works for every builtin: 80 columns, each option once, help -d the summary" {
	requires builtin
	local applet
	for applet in $(ipctool --bash --names); do
		echo "$applet"
		help "$applet" >text
		assert_equal "$(head -n 1 text | cut -c "1-$((${#applet} * 2 + 3))")" "$applet: $applet "
		run awk 'length($0) > 80' text
		assert_output ''
		# a line for the applet's own help, below four blanks as all
		assert_equal "$(grep -c '^      -h, --help  *print this help and exit$' text)" 1
		assert_equal "$(grep -cvE '^    |^$' text)" 1
		grep -qxF "    Full documentation: man $applet" text
		# what it does, once, and in --help as well
		assert_equal "$(help -d "$applet")" "$applet - $(sed -n 2p text | sed 's/^ *//')"
		assert_equal "$(grep -cF "$(sed -n 2p text)" text)" 1
	done
}

@test "a control character in a name cannot speak to the terminal" {
	run --separate-stderr mqstat $'a\e[2Jb\n'
	assert_failure 4
	assert_equal "$stderr" 'mqstat: /a\x1b[2Jb\x0a: no such queue (mqcreate makes one)'
}

@test "a control character beyond ASCII, a direction override and what is not UTF-8 cannot speak to it either" {
	local shown='/a\xc2\x9b1m\xe2\x80\xae\x9bé\\x'
	run --separate-stderr mqstat $'a\xc2\x9b1m\xe2\x80\xae\x9bé\\x'
	assert_failure 4
	assert_equal "$stderr" "mqstat: $shown: no such queue (mqcreate makes one)"
	# printf %b turns it into the name again
	assert_equal "$(printf %b "$shown")" $'/a\xc2\x9b1m\xe2\x80\xae\x9bé\\x'
}

@test "a control character in a name does not break a table" {
	local s n
	s=$(name)
	n=$s$'\e[2J\n\xc2\x9b'
	shmcreate "$n" 5
	later shmunlink -f "$n"
	run shmstat "$n"
	assert_success
	assert_equal "${#lines[@]}" 2
	assert_line --index 1 --regexp "^/$s\\\\x1b\[2J\\\\x0a\\\\xc2\\\\x9b +0600 "
	run shmstat -J "$n"
	assert_output --partial "\"shm\":\"/$s\\u001b[2J\\n\\u009b\""
}

@test "what a process may not have more of is named with its limit" {
	local first second third
	first=$(name first) second=$(name second) third=$(name third)
	mqcreate -d 1 -s 8 "$first" "$second" "$third"
	# a dynamic loader needs one for itself: the second or the third queue is too many
	few() {
		exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
		ulimit -n 4
		mqwait -n "$first" "$second" "$third"
	}
	run few
	mqunlink "$first" "$second" "$third"
	assert_failure 1
	assert_output --regexp '^(bash: line [0-9]+: )?mqwait: /[^ ]+: Too many open files \(RLIMIT_NOFILE is 4\)$'
}

@test "a message is one line however long the operand" {
	run --separate-stderr mqstat "$(printf '%09000d' 0)"
	assert_failure 2
	assert_equal "${#stderr_lines[@]}" 2
	[[ ${#stderr} -lt 4200 ]]
}

@test "without /proc a process or a lock is not said to be missing: status 1" {
	requires root static mounts
	mkdir -p root/proc
	cp "$IPCTOOL_BUILD/ipctool" root
	: >root/file
	without_proc() { chroot root /ipctool "$@"; }
	run without_proc sigmask 1
	assert_failure 1
	assert_output 'sigmask: 1: /proc is not mounted'
	run without_proc lockinfo file
	assert_failure 1
	assert_output 'lockinfo: /proc/locks: /proc is not mounted'
	run without_proc efd run -f 7 /ipctool efd peek
	assert_failure 1
	assert_output 'efd: descriptor 7: /proc/self/fdinfo/7: /proc is not mounted'
}
