# SPDX-License-Identifier: MIT
# Completion of ipctool and its applets for zsh. `ipctool --complete` says what a word can be.
# The one in PATH: a command that is typed with its folder may be of anyone's making, and is not run at a TAB.
# scripts/completions/zsh puts the `#compdef` line with the applets' names before it.

# _ipctool_system_v KIND: key: and id: of the objects, whose first columns in /proc/sysvipc are these
_ipctool_system_v() {
	local key id rest
	while read -r key id rest; do
		[[ $id == <-> ]] || continue
		names+=(id:$id)
		(( key == 0 )) || names+=(key:0x${(L)$(( [##16] key & 0xffffffff ))})
	done 2>/dev/null </proc/sysvipc/$1
}

# The abstract sockets whose names begin with $1, without that and with $2 instead.
_ipctool_abstract() {
	local line
	for line in ${(f)"$(</proc/net/unix)"}; do
		# the name is all that follows the seventh field: it may contain spaces
		line=${line##([^ ]## ##)(#c7)}
		[[ $line == "$1"* ]] && names+=("$2${line#$1}")
	done
}

_ipctool_objects() {
	local -a names found
	local line prefix=$2
	local -a before=()
	[[ -z $prefix ]] || before=(-P "$prefix")
	case $1 in
	queue)
		local -a folders=($IPCTOOL_MQUEUE) fields
		for line in ${(f)"$(</proc/self/mounts)"}; do
			fields=(${=line})
			[[ $fields[3] == mqueue ]] && folders+=("$(print -r -- ${(g:o:)fields[2]})")
		done
		for line in ${(u)folders}; do
			found=($line/*(N:t)) names+=(/${^found})
		done
		_ipctool_system_v msg
		;;
	semaphore) found=(/dev/shm/sem.*(N:t)) names=(/${^found#sem.}); _ipctool_system_v sem ;;
	shm) found=(/dev/shm/^sem.*(N.:t)) names=(/${^found}); _ipctool_system_v shm ;;
	lock)
		found=(/dev/shm/^sem.*(N.:t)) names=(shm:${^found})
		[[ ${PREFIX#$prefix} != shm:/* ]] || names=(shm:/${^found})
		;;
	eventfd) _ipctool_abstract "@ipctool/efd/$EUID/" '' ;;
	address) _ipctool_abstract @ @; compadd -S '' -- tcp: udp: vsock:; _files "${before[@]}" -g '*(=)' ;;
	signal) names=($(_call_program signals ipctool killn -l)) ;;
	applet) names=($(_call_program applets ipctool --list)) ;;
	fd) names=(/proc/$$/fd/*(N:t)) ;;
	pid) _pids ;;
	variable) _parameters ;;
	file) _files "${before[@]}" ;;
	fifo) _files "${before[@]}" -g '*(p)' ;;
	directory) _files "${before[@]}" -/ ;;
	command) _command_names -e ;;
	esac
	(( $#names == 0 )) || compadd "${before[@]}" -- $names
}

_ipctool() {
	local line
	local -a fields described plain
	# the word up to the cursor, without its quotes
	local -a line_words=(${words[1]:t} ${words[2,CURRENT-1]} "$PREFIX")
	line_words=("${(@Q)line_words}")
	for line in ${(f)"$(_call_program complete ipctool --complete ${(q)line_words})"}; do
		fields=("${(@s:	:)line}")
		case $fields[1] in
		word)
			if [[ -n $fields[3] ]]; then
				described+=("${fields[2]//:/\\:}:$fields[3]")
			else
				plain+=("$fields[2]")
			fi
			;;
		kind)
			if [[ -n $fields[3] ]]; then
				compset -P "${(b)fields[3]}"
			fi
			_ipctool_objects $fields[2]
			;;
		command)
			# fields[2] is counted from 0, the words of zsh from 1
			shift $fields[2] words
			(( CURRENT -= fields[2] ))
			_normal
			return
			;;
		esac
	done
	(( $#described == 0 )) || _describe -t values word described
	# what ends in a colon goes on
	local -a open=(${(M)plain:#*:})
	plain=(${plain:#*:})
	(( $#open == 0 )) || compadd -S '' -- $open
	(( $#plain == 0 )) || compadd -- $plain
}

_ipctool "$@"
