# SPDX-License-Identifier: MIT
# Completion of ipctool and its applets for bash. `ipctool --complete` says what a word can be.
# shellcheck shell=bash
#
# Names of objects and files are data: none passes through `compgen -W`, which expands its words, and each is
# offered with its special characters quoted. The program that is asked is the one in PATH: a command that is typed
# with its folder may be of anyone's making, and is not run at a TAB.

# Where queues are seen as files.
_ipctool_queue_folders() {
	local folder type
	[[ ! ${IPCTOOL_MQUEUE-} ]] || printf '%s\n' "$IPCTOOL_MQUEUE"
	while read -r _ folder type _; do
		[[ $type != mqueue ]] || printf '%b\n' "$folder"
	done </proc/self/mounts
}

# _ipctool_system_v KIND: key: and id: of the objects, whose first columns in /proc/sysvipc are these
_ipctool_system_v() {
	local key id
	while read -r key id _; do
		[[ $id == [0-9]* ]] || continue
		_ipctool_offer "id:$id"
		((key == 0)) || _ipctool_offer "key:$(printf '0x%x' $((key & 0xffffffff)))"
	done 2>/dev/null <"/proc/sysvipc/$1"
}

# _ipctool_offer NAME...: those that begin with what is typed
_ipctool_offer() {
	local name
	for name; do
		[[ $_ipctool_before$name == "$_ipctool_typed"* ]] && _ipctool_found+=("$_ipctool_before$name")
	done
	return 0
}

# _ipctool_offer_files TEST: the directories, and the files for which `[[ TEST file ]]` holds
_ipctool_offer_files() {
	local file path=${_ipctool_typed#"$_ipctool_before"}
	while IFS= read -r file; do
		if [[ -d ${file/#\~\//~/} ]]; then
			_ipctool_found+=("$_ipctool_before$file/")
		else
			case $1 in
			# a line of a name with a newline is no file
			-e) [[ ! -e ${file/#\~\//~/} && ! -L ${file/#\~\//~/} ]] || _ipctool_offer "$file" ;;
			-p) [[ ! -p ${file/#\~\//~/} ]] || _ipctool_offer "$file" ;;
			-S) [[ ! -S ${file/#\~\//~/} ]] || _ipctool_offer "$file" ;;
			esac
		fi
	done < <(compgen -f -- "$path")
}

# Names of abstract sockets that begin with $1, without it.
_ipctool_abstract() {
	local name
	while read -r _ _ _ _ _ _ _ name; do
		[[ $name != "$1"* ]] || _ipctool_offer "$2${name#"$1"}"
	done </proc/net/unix
}

_ipctool_objects() {
	local file folder slash=
	case $1 in
	queue)
		while IFS= read -r folder; do
			for file in "$folder"/*; do
				[[ ! -e $file ]] || _ipctool_offer "/${file##*/}"
			done
		done < <(_ipctool_queue_folders | sort -u)
		_ipctool_system_v msg
		;;
	semaphore)
		for file in /dev/shm/sem.*; do
			[[ ! -e $file ]] || _ipctool_offer "/${file##*/sem.}"
		done
		_ipctool_system_v sem
		;;
	shm | lock)
		[[ ${_ipctool_typed#"$_ipctool_before"} != shm:/* ]] || slash=/
		for file in /dev/shm/*; do
			[[ ! -f $file || $file == /dev/shm/sem.* ]] && continue
			if [[ $1 == lock ]]; then _ipctool_offer "shm:$slash${file##*/}"; else _ipctool_offer "/${file##*/}"; fi
		done
		[[ $1 == lock ]] || _ipctool_system_v shm
		;;
	eventfd) _ipctool_abstract "@ipctool/efd/$EUID/" '' ;;
	address)
		_ipctool_abstract @ @
		_ipctool_offer tcp: udp: vsock:
		_ipctool_offer_files -S
		;;
	signal) while read -r file; do _ipctool_offer "$file"; done < <(ipctool killn -l 2>/dev/null) ;;
	applet) while read -r file; do _ipctool_offer "$file"; done < <(ipctool --list 2>/dev/null) ;;
	pid) for file in /proc/[0-9]*; do _ipctool_offer "${file##*/}"; done ;;
	fd) for file in "/proc/$$/fd"/*; do _ipctool_offer "${file##*/}"; done ;;
	variable) while read -r file; do _ipctool_offer "$file"; done < <(compgen -v) ;;
	file) _ipctool_offer_files -e ;;
	fifo) _ipctool_offer_files -p ;;
	directory) _ipctool_offer_files -d ;;
	command) while read -r file; do _ipctool_offer "$file"; done < <(compgen -c -- "${_ipctool_typed#"$_ipctool_before"}") ;;
	esac
}

# bash divides words also at : = and @. The words as the shell will see them, in $words, and in $places where
# each begins in COMP_WORDS.
_ipctool_join_words() {
	local i word rest=$COMP_LINE
	words=() places=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((i > 0)) && [[ $rest != [[:blank:]]* && $rest ]]; then
			words[${#words[@]} - 1]+=$word
		else
			rest=${rest#"${rest%%[![:blank:]]*}"}
			words+=("$word") places+=("$i")
		fi
		rest=${rest#"$word"}
	done
}

# What stands for the rest of the line, from COMP_WORDS[$1] on, is a command.
_ipctool_complete_command() {
	local file
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif (($1 == COMP_CWORD)); then
		_ipctool_objects command
		_ipctool_objects file
	else
		_ipctool_objects file
	fi
}

# The names that were found become the answers: quoted, and without what the shell does not replace.
_ipctool_answer() {
	local name home kept=${words[-1]}
	# the part of a word up to its last : = or @ stays
	[[ $kept =~ ^(.*[:=@]) ]] && [[ $COMP_WORDBREAKS == *"${BASH_REMATCH[1]: -1}"* ]] &&
		kept=${BASH_REMATCH[1]} || kept=
	for name in "${_ipctool_found[@]}"; do
		case ${words[-1]} in
		\'*) [[ $name != *\'* ]] || continue ;;
		\"*) name=${name//\\/\\\\} name=${name//\$/\\\$} name=${name//\`/\\\`} name=${name//\"/\\\"} ;;
		*)
			home=
			[[ ${name:0:2} != \~/ ]] || home=\~ name=${name:1}
			# %q would quote a comma
			[[ $name == "${name//[^[:alnum:]_\/.:=@,+%-]/}" ]] || printf -v name %q "$name"
			name=$home$name
			;;
		esac
		COMPREPLY+=("${name#"$kept"}")
	done
	[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[/:] ]] || compopt -o nospace 2>/dev/null
}

_ipctool_complete() {
	local _ipctool_typed _ipctool_before='' kind name prefix
	local -a words places _ipctool_found=()
	COMPREPLY=()
	_ipctool_join_words
	# what the word is without its quotes
	_ipctool_typed=${words[-1]}
	_ipctool_typed=${_ipctool_typed#[\"\']} _ipctool_typed=${_ipctool_typed//\\/}
	words[0]=${words[0]##*/}
	while IFS=$'\037' read -r kind name prefix; do
		case $kind in
		word) _ipctool_before='' _ipctool_offer "$name" ;;
		kind) _ipctool_before=$prefix _ipctool_objects "$name" ;;
		command)
			_ipctool_complete_command "${places[name]}"
			[[ ! ${COMPREPLY[*]} ]] || return
			;;
		esac
	done < <(ipctool --complete "${words[@]:0:${#words[@]}-1}" "$_ipctool_typed" 2>/dev/null | tr '\t' '\037')
	_ipctool_answer
}

complete -F _ipctool_complete ipctool
for _ipctool_name in $(ipctool --list --applets 2>/dev/null); do
	complete -F _ipctool_complete "$_ipctool_name"
done
unset _ipctool_name
