#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The pages, README and the option tables say the same.

# bats file_tags=one-user
load helper

setup() {
	basic_setup
	root=$IPCTOOL_ROOT
}

# The programs of engines that were built here: ipctool-redis …
engines() {
	local program
	for program in "$IPCTOOL_BUILD"/ipctool-*; do
		[[ ! -x $program ]] || echo "${program##*/}"
	done
}

# describe NAME: the table of an applet or of the program of an engine
describe() {
	case $1 in
	ipctool-*) "$IPCTOOL_BUILD/$1" --describe ;;
	*) ipctool --describe "$1" ;;
	esac
}

# "-t --timeout DURATION", a line an option, of all forms of an applet.
options_of_table() {
	describe "$1" | awk -F'\t' '
	$1 == "option" { line = $3 " " $4 " " $5; gsub(/^ +| +$/, "", line); gsub(/  +/, " ", line); print line }' |
		sort -u
}

# The same from the page's source: .It Fl t , Fl -timeout Ns = Ns Ar DURATION, and of a value that may
# be left out: .It Fl -progress Ns Oo Ns = Ns Ar WHEN Oc
options_of_page() {
	awk '
	/^\.Sh/ { options = ($2 == "OPTIONS") }
	options && /^\.It / {
		line = ""
		for (i = 2; i <= NF; i++) {
			if ($i == "Fl")
				line = line " -" $(++i)
			else if ($i == "Ar") {
				value = $(++i)
				line = line " " ($(i + 1) == "Oc" ? "[=" value "]" : value)
			}
		}
		if (line != "")
			print substr(line, 2)
	}' "$root/man/$1.1" | sort -u
}

# What --describe has as usage, with the blanks that mdoc puts before "...".
usage_of_table() {
	describe "$1" | awk -F'\t' '$1 == "usage" { print $3 }' |
		sed 's/ *\.\.\./ .../g; s/ *$//' | sort
}

usage_of_page() {
	mandoc -T ascii -O width=500 "$root/man/$1.1" | sed 's/.\x08//g' |
		awk '/^[A-Z]/ { synopsis = ($1 == "SYNOPSIS"); next } synopsis && NF' |
		sed 's/^ *//; s/  */ /g; s/ *\.\.\./ .../g; s/ *$//' | sort
}

# The applets, without other names of them, whose pages are links.
applets() {
	local name
	for name in $(ipctool --list --applets); do
		[[ -L $root/man/$name.1 ]] || echo "$name"
	done
}

pages() {
	applets
	echo ipctool
	engines
}

@test "every applet has a page and a test file" {
	local applet missing=()
	for applet in $(applets); do
		[[ -s $root/man/$applet.1 ]] || missing+=("man/$applet.1")
		[[ -s $root/tests/$applet.bats ]] || missing+=("tests/$applet.bats")
	done
	assert_equal "${missing[*]-}" ''
}

@test "every page in man belongs to an applet" {
	local page name
	for page in "$root"/man/*.1; do
		name=$(basename "$page" .1)
		case $name in
		ipctool) ;;
		ipctool-*) [[ -s $root/src/remote/${name#ipctool-}_program.c ]] ;;
		*) ipctool --describe "$name" >table ;;
		esac
	done
}

@test "another name of an applet has the applet's page and option table" {
	local page name other count=0
	for page in "$root"/man/*; do
		[[ -L $page ]] || continue
		name=$(basename "$(readlink "$page")" .1) other=$(basename "$page" .1)
		echo "$other: $name"
		grep -qxF ".Nm $name ," "$page"
		grep -qxF ".Nm $other" "$page"
		ipctool --list --long | grep -qx "$other  *another name of $name"
		diff <(ipctool --describe "$name" | grep -v ^applet) \
			<(ipctool --describe "$other" | grep -v ^applet | sed "s/\b$other\b/$name/g")
		count=$((count + 1))
	done
	assert [ "$count" -ge 1 ]
}

@test "a page's options are the table's, in both directions" {
	local applet
	for applet in $(pages); do
		echo "$applet"
		diff <(options_of_table "$applet") <(options_of_page "$applet")
	done
}

# "NAME VALUE", a line an option that has a default; and the items of these options in the page's source.
@test "a page says the default of each option that has one, and --help too" {
	local applet name value item
	for applet in $(ipctool --list --applets; engines); do
		while read -r name value; do
			echo "$applet --$name: $value"
			item=$(awk -v fl="-$name" '
			/^\.Sh/ { options = ($2 == "OPTIONS") }
			/^\.(It|El|Sh)/ { item = 0 }
			options && /^\.It / { for (i = 2; i <= NF; i++) if ($i == fl && $(i - 1) == "Fl") item = 1 }
			item' "$root/man/$applet.1" | sed 's/^\.[A-Z][a-z] //' | tr '\n' ' ')
			grep -qiw "default is $value" <<<"$item" || fail "$item"
		done < <(describe "$applet" | awk -F'\t' '
			$1 == "option" && $11 != "" { print substr($4, 3), $11 }')
	done
	run mqrecv --help
	assert_output --regexp '--count=N [^-]*\(default 1\)'
	run lockrun --help
	refute_output --regexp '--api=API [^-]*default'
	run mqcreate --help
	assert_output --regexp '--mode=MODE [^-]*\(default 0600\)'
}

@test "the help of -n names the status: 123 of a form that runs a command, otherwise 3" {
	local applet
	for applet in $(ipctool --list --applets); do
		ipctool --describe "$applet" | awk -F'\t' '
		$1 == "operands" { status[$2] = ($6 == "command") ? 123 : 3 }
		$1 == "option" && $4 == "--nonblock" && $6 ~ /status/ &&
			$6 != "do not wait: status " status[$2] " instead" { print; wrong = 1 }
		END { exit wrong }'
	done
}

# With "COMMAND" and "[MESSAGE...]", how many operands there are at least and at most, "-" being no limit.
bounds_of_usage() {
	awk '{
		gsub(/\[--\]|\[,[^]]*\]/, "")
		most = /\.\.\.( |\]|$)/ ? "-" : NF
		# what is in brackets, from the inside out, can be left out
		while (gsub(/\[[^][]*\]/, "")) continue
		print NF, most
	}'
}

@test "a form takes as many operands as its usage shows, and knows the kind of each" {
	local applet form usage least most kinds
	for applet in $(ipctool --list --applets); do
		while IFS=$'\t' read -r form least most kinds usage; do
			echo "$form: $usage"
			# pipeline and ::: say more than a count could; its words are all of commands
			[[ $form == pipeline ]] || assert_equal "$least $most" "$(bounds_of_usage <<<"$usage")"
			case $usage in
			*COMMAND*) [[ $kinds == *command ]] ;;
			*,OP...*) ;;
			*...*) [[ $kinds == *... ]] ;;
			esac
			[[ $kinds != none || ! $usage ]]
		done < <(ipctool --describe "$applet" | awk -F'\t' -v OFS='\t' '
			$1 == "usage" {
				usage = substr($3, length($2) + 2)
				# options, and the values and alternatives that stand with them
				while (match(usage, /^\[-[^][]*(\[[^][]*\][^][]*)*\] ?/)) usage = substr(usage, RLENGTH + 1)
			}
			$1 == "operands" { print $2, $3, $4, $5 ? $5 : "none", usage }')
	done
}

@test "the words of ipcbench --mechanism are the mechanisms" {
	assert_equal "$(ipctool --describe ipcbench | awk -F'\t' '$4 == "--mechanism" { print $8 }' | tr ' ' '\n' | sort)" \
		"$( (echo all && ipcbench --list) | awk '{ print $1 }' | sort)"
}

@test "a page's SYNOPSIS is the table's usage" {
	requires command:mandoc
	local applet
	for applet in $(pages); do
		echo "$applet"
		diff <(usage_of_table "$applet") <(usage_of_page "$applet")
	done
}

@test "a page's NAME line is the table's summary" {
	local applet summary
	for applet in $(pages); do
		summary=$(describe "$applet" | awk -F'\t' '$1 == "applet" { print $3 }')
		echo "$applet: $summary"
		grep -qxF ".Nd $summary" "$root/man/$applet.1"
	done
}

# The command lines of a page's examples, without those that go over several lines.
commands_of_page() {
	awk '
	/^\.Sh/ { examples = section = ($2 == "EXAMPLES") }
	/^\.Ss/ { examples = section || $0 == ".Ss Common uses" }
	examples && /^\.Bd -literal/ { inside = 1; next }
	inside && /^\.Ed/ { inside = 0 }
	inside && /^\$ /' "$root/man/$1.1" |
		sed -e 's/^\$ //' -e 's/\\&//g' -e 's/\\-/-/g' -e 's/\\(aq/'\''/g' -e 's/\\(dq/"/g' -e 's/\\e/\\/g'
}

@test "every applet belongs to a group, and its examples are command lines of its page" {
	local applet name example
	for applet in $(applets); do
		echo "$applet"
		ipctool --describe "$applet" >table
		grep -qP "^group\t$applet\t[A-Za-z]" table
		grep -qP "^example\t$applet\t" table
		while IFS=$'\t' read -r _ name example; do
			echo "$name: $example"
			((${#example} <= 74))
			grep -qxF -- "$example" <(commands_of_page "$applet")
		done < <(grep ^example table)
	done
}

# bats test_tags=slow,one-front
@test "no table of a page is too wide for groff and a terminal of 80 columns" {
	requires command:groff
	local page
	for page in "$root"/man/*.[17]; do
		echo "$page"
		run --separate-stderr groff -mandoc -Tutf8 -rLL=78n "$page"
		assert_equal "$stderr" ''
	done
}

# bats test_tags=one-front
@test "every page has the sections that all pages have, in their order" {
	local applet
	for applet in $(ipctool --list --applets; engines); do
		echo "$applet"
		assert_equal "$(sed -n 's/^\.Sh //p' "$root/man/$applet.1" |
			grep -xE 'NAME|SYNOPSIS|DESCRIPTION|OPTIONS|EXIT STATUS|EXAMPLES|SEE ALSO' | tr '\n' ' ')" \
			'NAME SYNOPSIS DESCRIPTION OPTIONS EXIT STATUS EXAMPLES SEE ALSO '
	done
}

# bats test_tags=one-front
@test "README's table lists the applets with their summaries, and no others" {
	diff <(ipctool --list --applets --long | sed 's/  */ /') \
		<(sed -n 's/^| `\([a-z]*\)` | \(.*\) |$/\1 \2/p' "$root/README.md" | sort)
}

# bats test_tags=one-front
@test "the applets stand in README in the groups of the tables" {
	diff <(for applet in $(ipctool --list --applets); do
		echo "$applet $(ipctool --describe "$applet" | awk -F'\t' '$1 == "group" { print tolower($3) }')"
	done) <(awk '/^### / { group = tolower(substr($0, 5)) } /^\| `/ { gsub(/`/, ""); print $2, group }' \
		"$root/README.md" | sort)
}

# bats test_tags=one-front
@test "ipctool(1) lists the applets in the groups of the tables" {
	diff <(for applet in $(ipctool --list --applets); do
		echo "$applet $(ipctool --describe "$applet" | awk -F'\t' '$1 == "group" { print tolower($3) }')"
	done) <(awk '/^\.S[hs]/ { listed = ($0 == ".Ss Applets") }
		listed && /^\.It / { group = tolower(substr($0, 5)) }
		listed && group && /^\.El/ { exit }
		listed && /^\.Xr / { print $2, group }' "$root/man/ipctool.1" | sort)
}

# bats test_tags=one-front
@test "the diagram of README is the one that its text gives" {
	diff <("$root/scripts/diagram" "$root/docs/overview.txt") "$root/docs/overview.svg"
	# each command in it exists: the words, but for the subcommands after semop and efd
	sed -n 's/^object .*|//p' "$root/docs/overview.txt" | sed -E 's/^(semop|efd) .*/\1/' | tr ' ' '\n' >words
	run grep -vxFf <(ipctool --list --applets) words
	assert_output ''
}

# bats test_tags=slow
@test "the examples of every page and of README give what is printed there" {
	# a shell that an example starts would not have the sanitizer's library
	requires plain
	local files=("$root/README.md") page
	for page in "$root"/man/*.[17]; do
		# the examples of an engine want its program and its server
		case $page in
		*/ipctool-redis.1) [[ -x $IPCTOOL_BUILD/ipctool-redis ]] && command -v redis-server redis-cli >/dev/null || continue ;;
		*/ipctool-nats.1) [[ -x $IPCTOOL_BUILD/ipctool-nats ]] && command -v nats-server >/dev/null || continue ;;
		esac
		files+=("$page")
	done
	PATH=$PATH:$IPCTOOL_BUILD
	[[ $IPCTOOL_FRONT != bash ]] || export IPCTOOL_BUILTINS=$IPCTOOL_BUILD/ipctool.so
	run "$root/scripts/examples" "${files[@]}"
	assert_success
}

# bats test_tags=one-front
@test "an example that prints something else is noticed" {
	printf '```console\n$ echo a\nb\n```\n' >wrong.md
	run "$root/scripts/examples" wrong.md
	assert_failure 1
	assert_output --partial 'should print:'
	printf '```sh\necho a\necho b\n```\n\nand\n\n```sh\nfor i in 1 2; do\n  echo $i\ndone\n```\n\n```text\n1\n2\n```\n' >pasted.md
	run "$root/scripts/examples" pasted.md
	assert_failure 1
	# the first of the two has no block with what it prints
	assert_output --partial $'printed:\na\nb'
	refute_output --partial 'done'
}

# bats test_tags=one-front
@test "the recipes are a hundred tasks at least, each a question and the lines that answer it" {
	run awk '
	function check() { if (question && !lines) print question ": no lines" }
	/^\.S[hs] / { check(); question = "" }
	/^\.Ss / { question = substr($0, 5); lines = 0; count++; if (!/\?$/) print question ": no question" }
	/^\$ / { lines++ }
	END { check(); if (count < 100) print count " tasks" }' "$root/man/ipctool-recipes.7"
	assert_success
	assert_output ''
}

# bats test_tags=one-front
@test "the index of the recipes has as many entries for each section as the section has recipes" {
	run awk '
	/^\.S[hs] / { inside = ($0 == ".Sh INDEX"); section = /^\.Sh/ ? substr($0, 5) : section }
	inside && /^\.It Sx / { entry = substr($0, 8); order[entries++] = entry; next }
	inside && /^[^.]/ { listed[entry] += gsub(/[;.]$/, "") }
	/^\.Ss .*[?]$/ { if (!recipes[section]++) sections[found++] = section }
	END {
		if (!found || found != entries) print entries " entries, " found " sections"
		for (i = 0; i < found; i++) {
			if (order[i] != sections[i]) print order[i] " is not " sections[i]
			if (listed[order[i]] != recipes[order[i]])
				print order[i] ": " listed[order[i]] " entries, " recipes[order[i]] " recipes"
		}
	}' "$root/man/ipctool-recipes.7"
	assert_success
	assert_output ''
}

# bats test_tags=one-front
@test "every page is dated and one of Linux" {
	local page
	for page in "$root"/man/*.[17]; do
		echo "$page"
		grep -qE '^\.Dd (January|February|March|April|May|June|July|August|September|October|November|December) [1-9][0-9]?, 20[0-9]{2}$' "$page"
		grep -qxF '.Os Linux' "$page"
	done
}

# .Pq Sq 2 , Sq 0.5 opens the second quotation before the first is closed.
# bats test_tags=one-front
@test "no quotation of a page is inside another" {
	requires command:mandoc
	local page
	for page in "$root"/man/*.[17]; do
		echo "$page"
		# the two quotes of UTF-8 as < and >
		mandoc -T utf8 -O width=500 "$page" |
			sed 's/.\x08//g; s/[<>]//g; s/\xe2\x80\x98/</g; s/\xe2\x80\x99/>/g' >text
		run grep '<[^>]*<' text
		assert_failure 1
	done
}

# All words after Fl become options: .Fl o 0 shows -o -0.
# bats test_tags=one-front
@test "no argument of an option is shown as an option" {
	run grep -nE '^\..*Fl -?[[:alpha:]-]+ [0-9]' "$root"/man/*.[17]
	assert_failure 1
}

# bats test_tags=one-front
@test "a page of 200 lines or more shows three common uses near its SYNOPSIS" {
	local page found=0
	for page in "$root"/man/*.[17]; do
		# all of the recipes are uses
		(($(wc -l <"$page") >= 200)) && [[ $page != *-recipes.7 ]] || continue
		echo "$page"
		# within 20 lines of DESCRIPTION, and as many blocks up to the next heading
		awk '
		/^\.S[hs]/ { common = ($0 == ".Ss Common uses") }
		/^\.Sh/ { begun = ($2 == "DESCRIPTION") ? NR : 0 }
		common && /^\.Ss/ { near = (begun && NR - begun <= 20) }
		common && /^\.Bd -literal/ { blocks++ }
		END { exit !(near && blocks == 3) }' "$page"
		((++found))
	done
	((found))
}

# bats test_tags=one-front
@test "an awkward phrase is noticed, also over the end of a line; an example may have it" {
	printf '%s\n' 'It waits for' 'ever.' 'Who asks waits.' '.Bd -literal' 'nobody' '.Ed' >page.1
	run "$root/scripts/phrases" "$PWD/page.1"
	assert_failure 1
	assert_output --regexp "page.1:1: for ever: .*page.1:3: Who: [^:]*: [^:]*$"
	printf '%s\n' '/*' ' * It waits for' ' * ever.' ' */' >comment.c
	run "$root/scripts/phrases" "$PWD/comment.c"
	assert_failure 1
	assert_output --partial 'comment.c:2: for'
}

# bats test_tags=one-front
@test "the sections of an applet's page know the statuses it can end with" {
	local applet
	for applet in $(ipctool --list --applets); do
		echo "$applet"
		awk '/^\.Sh/ { status = ($0 == ".Sh EXIT STATUS") } status' "$root/man/$applet.1" |
			grep -q '[0-9]'
	done
}
