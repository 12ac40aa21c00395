# Completion of ipctool and its applets for zsh. All it knows it asks `ipctool --describe`.
# scripts/completions/zsh puts the `#compdef` line with the applets' names before it.

_ipctool_objects() {
	local -a found
	case $1 in
	*QUEUE*) found=(${IPCTOOL_MQUEUE:-/dev/mqueue}/*(N:t)) ;;
	*SEM*) found=(/dev/shm/sem.*(N:t)); found=(${found#sem.}) ;;
	*SHM*) found=(/dev/shm/^sem.*(N.:t)) ;;
	esac
	(( $#found == 0 )) || compadd -- /${^found}
	case $1 in
	*SIG*) compadd -- $(_call_program signals ipctool killn -l) ;;
	*PID*) _pids ;;
	esac
	case $1 in
	*COMMAND*) _command_names -e ;;
	*FILE*|*FIFO*|*PATH*|*NAME*) _files ;;
	*DIR*) _files -/ ;;
	esac
}

_ipctool() {
	emulate -L zsh -o extended_glob
	local applet=$service line key usage
	local -a rows fields verbs options words_left
	if [[ $applet == ipctool ]]; then
		if (( CURRENT == 2 )); then
			compadd -- $(_call_program applets ipctool --list) \
				--list --describe --install --bash --help --version
			return
		fi
		applet=$words[2]
		shift words
		(( CURRENT-- ))
	fi
	rows=(${(f)"$(_call_program options ipctool --describe ${(q)applet})"})
	key=$applet
	for line in ${(M)rows:#verb	*}; do
		fields=("${(@s:	:)line}")
		verbs+=("${fields[2]#* }:${fields[3]}")
	done
	if (( $#verbs )); then
		if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
			_describe -t verbs verb verbs
			return
		elif [[ -n ${(M)verbs:#${(b)words[2]}:*} ]]; then
			key="$applet $words[2]"
		fi
	fi
	for line in $rows; do
		fields=("${(@s:	:)line}")
		[[ $fields[2] == "$key" ]] || continue
		case $fields[1] in
		usage) usage=$fields[3] ;;
		option)
			if [[ -n $fields[3] ]]; then
				options+=("$fields[3]:$fields[6]")
			fi
			options+=("$fields[4]:$fields[6]")
			if [[ $fields[5] == [^\[]* && $words[CURRENT-1] == -* && $words[CURRENT-1] == ($fields[3]|$fields[4]) ]]; then
				_ipctool_objects $fields[5]
				return
			fi
			;;
		esac
	done
	if [[ $words[CURRENT] == -* ]]; then
		# Before its verb an applet has only these.
		(( $#options )) || options=(--help --version)
		_describe -o -t options option options
	else
		# What stands in brackets with an option is not an operand.
		_ipctool_objects "${usage//\[-[^\]]#\]/}"
	fi
}

_ipctool "$@"
