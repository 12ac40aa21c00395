# Completion of ipctool and its applets for bash. All it knows it asks `ipctool --describe`.
# shellcheck shell=bash disable=SC2207 # compgen's words have no spaces in them

# The rows of an applet's table of one kind: `_ipctool_rows KIND "APPLET[ VERB]"`, the fields separated
# by \037, because a tab would swallow empty ones.
_ipctool_rows() {
	local line
	while IFS= read -r line; do
		line=${line//$'\t'/$'\037'}
		[[ $line != "$1"$'\037'"$2"$'\037'* ]] || printf '%s\n' "${line#"$1"$'\037'"$2"$'\037'}"
	done <<<"$_ipctool_table"
}

# The verbs of an applet such as semop.
_ipctool_verbs() {
	local kind name _
	while IFS=$'\037' read -r kind name _; do
		[[ $kind != verb ]] || echo "${name#* }"
	done <<<"${_ipctool_table//$'\t'/$'\037'}"
}

# What the placeholder of an option or an operand stands for.
_ipctool_objects() {
	local file
	case $1 in
	*QUEUE*)
		for file in "${IPCTOOL_MQUEUE:-/dev/mqueue}"/*; do
			[[ ! -e $file ]] || echo "/${file##*/}"
		done
		;;
	*SEM*)
		for file in /dev/shm/sem.*; do
			[[ ! -e $file ]] || echo "/${file##*/sem.}"
		done
		;;
	*SHM*)
		for file in /dev/shm/*; do
			[[ ! -f $file || $file == /dev/shm/sem.* ]] || echo "/${file##*/}"
		done
		;;
	*SIG*) "$_ipctool" killn -l 2>/dev/null ;;
	*PID*) for file in /proc/[0-9]*; do echo "${file##*/}"; done ;;
	esac
	case $1 in
	*COMMAND*) compgen -c -- "$2" ;;
	*FILE* | *FIFO* | *PATH* | *NAME*) compgen -f -- "$2" ;;
	*DIR*) compgen -d -- "$2" ;;
	esac
}

_ipctool_complete() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local _ipctool=ipctool _ipctool_table applet=${COMP_WORDS[0]##*/} at=1 key short long placeholder usage _
	COMPREPLY=()
	# Typed with its folder, the program itself is the one to ask.
	[[ ${COMP_WORDS[0]} != */* ]] || _ipctool=${COMP_WORDS[0]%/*}/ipctool
	if [[ $applet == ipctool ]]; then
		if ((COMP_CWORD == 1)); then
			COMPREPLY=($(compgen -W "$("$_ipctool" --list 2>/dev/null)
				--list --describe --install --bash --help --version" -- "$current"))
			return
		fi
		applet=${COMP_WORDS[1]} at=2
		if [[ $applet == --describe ]]; then
			COMPREPLY=($(compgen -W "$("$_ipctool" --list 2>/dev/null)" -- "$current"))
			return
		fi
	fi
	_ipctool_table=$("$_ipctool" --describe "$applet" 2>/dev/null) || return
	key=$applet
	local verbs
	verbs=$(_ipctool_verbs)
	if [[ $verbs ]]; then
		if ((COMP_CWORD == at)) && [[ $current != -* ]]; then
			COMPREPLY=($(compgen -W "$verbs" -- "$current"))
			[[ -z ${COMPREPLY[*]} ]] || return
		elif [[ $'\n'$verbs$'\n' == *$'\n'"${COMP_WORDS[at]}"$'\n'* ]]; then
			key="$applet ${COMP_WORDS[at]}"
		fi
	fi
	if [[ $current == -* ]]; then
		local options=
		while IFS=$'\037' read -r short long _; do
			options+=" $short $long"
		done < <(_ipctool_rows option "$key")
		# Before its verb an applet has only these.
		[[ $options ]] || options='--help --version'
		COMPREPLY=($(compgen -W "$options" -- "$current"))
		return
	fi
	while IFS=$'\037' read -r short long placeholder _; do
		if [[ $placeholder == [!\[]* && $previous == -* && ($previous == "$short" || $previous == "$long") ]]; then
			COMPREPLY=($(compgen -W "$(_ipctool_objects "$placeholder" "$current")" -- "$current"))
			return
		fi
	done < <(_ipctool_rows option "$key")
	usage=$(_ipctool_rows usage "$key")
	# What stands in brackets with an option is not an operand.
	while [[ $usage =~ \[-[^]]*\] ]]; do
		usage=${usage/"${BASH_REMATCH[0]}"/}
	done
	COMPREPLY=($(compgen -W "$(_ipctool_objects "$usage" "$current")" -- "$current"))
}

complete -F _ipctool_complete ipctool
for _ipctool_name in $(ipctool --list 2>/dev/null); do
	complete -F _ipctool_complete "$_ipctool_name"
done
unset _ipctool_name
