#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Completion: what the shells offer at a given point of a command line.

# bats file_tags=one-front,one-user
load helper

# complete_in_bash WORD...: complete a line in bash, its last word being the one that is typed; prints what is offered.
# As bash does, the words are divided at : = and @ too.
complete_in_bash() {
	(
		# shellcheck source=scripts/completions/ipctool.bash
		source "$IPCTOOL_ROOT/scripts/completions/ipctool.bash"
		COMP_WORDS=() COMP_LINE="$*" COMPREPLY=() COMP_WORDBREAKS=$' \t\n"\'@><=;|&(:'
		for word; do
			while [[ $word =~ ^([^:=@]*)([:=@]+)(.*)$ ]]; do
				[[ ! ${BASH_REMATCH[1]} ]] || COMP_WORDS+=("${BASH_REMATCH[1]}")
				COMP_WORDS+=("${BASH_REMATCH[2]}")
				word=${BASH_REMATCH[3]}
				[[ $word ]] || break
			done
			[[ ! $word && $COMP_LINE != *' ' ]] || COMP_WORDS+=("$word")
		done
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_ipctool_complete
		printf '%s\n' "${COMPREPLY[@]}"
	)
}

make_queue() {
	: >"$IPCTOOL_MQUEUE/$(name "$1")"
	later rm "$IPCTOOL_MQUEUE/$(name "$1")"
}

setup() {
	basic_setup
	# The applets as builtins are completed through the same program.
	requires program
}

@test "the first word after ipctool is an applet" {
	run complete_in_bash ipctool mqst
	assert_output mqstat
	run complete_in_bash ipctool --li
	assert_output --list
	mkdir mqstated
	run complete_in_bash ipctool mqst
	assert_output mqstat
	run complete_in_bash ipctool --install -s mqst
	assert_output mqstated/
	run complete_in_bash ipctool --inst mqst
	assert_output mqstated/
	run complete_in_bash ipctool hel
	assert_output help
	run complete_in_bash ipctool help mqst
	assert_output mqstat
	run complete_in_bash ipctool help semop va
	assert_output value
}

@test "ipctool NAME of a program beside it: the name is offered, and the program asked for its words" {
	mkdir own
	cp "$(command -v ipctool)" own
	cat >own/ipctool-extra <<-'EOF'
		#!/bin/sh
		printf '%s ' "$@" >asked
		printf 'word\tpublish\tsend\nword\tconsume\treceive\n'
	EOF
	chmod +x own/ipctool-extra
	PATH=$PWD/own:$PATH run complete_in_bash ipctool ext
	assert_output extra
	PATH=$PWD/own:$PATH run complete_in_bash ipctool extra one con
	assert_output consume
	assert_equal "$(<asked)" '--complete=2 one con '
	# the name alone is that of another command
	PATH=$PWD/own:$PATH run complete_in_bash extra con
	assert_output ''
}

# bats test_tags=slow
@test "every applet completes its own --help, by name and through ipctool" {
	local applet
	for applet in $(ipctool --list --applets); do
		run complete_in_bash "$applet" --hel
		assert_output --help
		run complete_in_bash ipctool "$applet" --hel
		assert_output --help
	done
}

# bats test_tags=slow
@test "every option of every table is offered" {
	local kind key option
	for applet in $(ipctool --list --applets); do
		while IFS=$'\t' read -r kind key option; do
			[[ $kind == option ]] || continue
			option=--${option#*--}
			# shellcheck disable=SC2086 # "semop wait" is two words
			run complete_in_bash $key "${option%%$'\t'*}"
			assert_line "${option%%$'\t'*}"
		done < <(ipctool --describe "$applet")
	done
}

@test "an operand that is a queue is completed with the queues there are" {
	requires namespaces
	make_queue jobs
	run complete_in_bash mqstat "/$(name j)"
	assert_output "/$(name jobs)"
	run complete_in_bash mqstat --json "/$(name j)"
	assert_output "/$(name jobs)"
}

@test "a value is completed by its kind, after a space or an equals sign" {
	requires namespaces
	make_queue dead
	run complete_in_bash lockrun --api mu
	assert_output mutex
	run complete_in_bash lockrun --api=mu
	assert_output mutex
	run complete_in_bash lockrun --conflict-s
	assert_output -- --conflict-status
	run complete_in_bash lockrun open --clo
	assert_output -- --cloexec
	: >fd-file
	run complete_in_bash lockrun open lock fd-
	assert_output fd-file
	run complete_in_bash mqrecv --progress=al
	assert_output always
	run complete_in_bash ipcbench -M pipe,fi
	assert_output pipe,fifo
	run complete_in_bash mqrecv --exec --dead "/$(name d)"
	assert_output "/$(name dead)"
	run complete_in_bash mqrecv --exec "--dead=/$(name d)"
	assert_output "/$(name dead)"
	run complete_in_bash killn -s RTMIN+1
	assert_line RTMIN+1
	run complete_in_bash ipctool --describe mqst
	assert_output mqstat
}

@test "after an option with which sigmask runs a command, a command is offered and completed" {
	run complete_in_bash sigmask --block INT sigmas
	assert_line sigmask
	run complete_in_bash sigmask --ignore=INT --block TERM sigmas
	assert_line sigmask
	run complete_in_bash sigmask --block INT mqstat --js
	assert_output ''
	run complete_in_bash sigmask --block INT --ign
	assert_output -- --ignore
	run complete_in_bash sigmask sigmas
	assert_output ''
}

@test "shared memory, semaphores and locks are completed with those there are" {
	local s
	s=$(name s)
	shmcreate "$s" 5
	later shmunlink -f "$s"
	semop create "$s"
	later semop unlink -f "$s"
	run complete_in_bash shmread "/$s"
	assert_output "/$s"
	run complete_in_bash semop wait -n "/$s"
	assert_output "/$s"
	run complete_in_bash lockrun --api mutex "shm:$s"
	assert_output "$s"
	run complete_in_bash shmcell get "shm:/$s"
	assert_output "/$s"
}

@test "an object of ipcset is completed by its kind, then by its name" {
	local s
	s=$(name s)
	run complete_in_bash ipcset -m 600 ''
	assert_output $'mq:\nshm:\nsem:'
	run complete_in_bash ipcset -m 600 m
	assert_output mq:
	make_queue jobs
	run complete_in_bash ipcset -m 600 "mq:/$(name j)"
	assert_output "/$(name jobs)"
	shmcreate "$s" 5
	later shmunlink -f "$s"
	run complete_in_bash ipcset -m 600 "mq:/$(name jobs)" "shm:/$s"
	assert_output "/$s"
	semop create "$s"
	later semop unlink -f "$s"
	run complete_in_bash ipcset "sem:/$s"
	assert_output "/$s"
	shmcreate key:0x49504342 1
	later shmunlink -f key:0x49504342
	run complete_in_bash ipcset shm:key:0x4950434
	assert_output 0x49504342
}

@test "a source of ipcwait is completed by its kind, then by its name" {
	run complete_in_bash ipcwait ''
	assert_output $'mq:\nsem:\ncell:\nefd:\nevery:\nfd:\nfifo:\nline:\nlock:\npath:\npid:\nsignal:\nsocket:\ntime:'
	run complete_in_bash ipcwait -t 5 time:1s s
	assert_output $'sem:\nsignal:\nsocket:'
	make_queue jobs
	run complete_in_bash ipcwait "mq:/$(name j)"
	assert_output "/$(name jobs)"
	run complete_in_bash ipcwait signal:USR
	assert_output $'USR1\nUSR2'
	: >file
	command mkfifo fifo
	run complete_in_bash ipcwait path:fil
	assert_output file
	run complete_in_bash ipcwait fifo:fi
	assert_output fifo
	run complete_in_bash ipcwait "pid:$BASHPID"
	assert_line "$BASHPID"
	semop create "$(name s)"
	later semop unlink "$(name s)"
	run complete_in_bash ipcwait "sem:/$(name s)"
	assert_output "/$(name s)"
	shmcreate "$(name c)" 8
	later shmunlink "$(name c)"
	run complete_in_bash ipcwait "cell:shm:$(name c)"
	assert_output "$(name c)"
	run complete_in_bash ipcwait "cell:shm:/$(name c)"
	assert_output "/$(name c)"
}

@test "System V objects are completed with their keys and ids" {
	local key
	key=$(key s)
	mqcreate "key:$key" >id
	later mqunlink -f "key:$key"
	# among those of other tests
	run complete_in_bash mqstat id:
	assert_line "$(sed 's/^id://' id)"
	run complete_in_bash mqstat key:0x
	assert_line "0x$(printf %x "$key")"
}

@test "a file is completed by its kind" {
	mkdir folder
	: >file
	mkfifo pipe
	run complete_in_bash mapcat fil
	assert_output file
	run complete_in_bash fiforead pi
	assert_output pipe
	run complete_in_bash fiforead fil
	assert_output ''
	run complete_in_bash fiforead fo
	assert_output folder/
	run complete_in_bash lockrun fil
	assert_output file
}

@test "an address is completed with socket files and abstract names" {
	local s
	s=$(name s)
	: >file
	spawn socklisten -k ./socket 2>/dev/null
	spawn socklisten -k "@$s b" 2>/dev/null
	listens() { grep -qF "$1" /proc/net/unix; }
	wait_until listens "@$s b"
	wait_until test -S socket
	run complete_in_bash sockconnect soc
	assert_output socket
	run complete_in_bash sockconnect fil
	assert_output ''
	run complete_in_bash sockconnect tc
	assert_output tcp:
	run complete_in_bash sockconnect "@$s"
	assert_output "$s\\ b"
}

@test "options are completed after operands too, up to -- or a command" {
	run complete_in_bash mqsend /q --prio
	assert_output $'--priority\n--priorities'
	run complete_in_bash lockrun f --api mu
	assert_output mutex
	run complete_in_bash mqsend /q text --n
	assert_line -- --nonblock
	run complete_in_bash mqsend /q -- --n
	assert_output ''
	run complete_in_bash killn 1 -KIL
	assert_output -- -KILL
}

@test "after COMMAND bash completes commands, then files" {
	: >file
	run complete_in_bash lockrun f mkfif
	assert_line mkfifo
	run complete_in_bash lockrun f -- cat fil
	assert_output file
	run complete_in_bash semop run s cat fil
	assert_output file
	run complete_in_bash pipeline true ::: mkfif
	assert_line mkfifo
	run complete_in_bash socklisten address --
	assert_line -- --
	run complete_in_bash socklisten address -- mkfif
	assert_line mkfifo
	run complete_in_bash sigwatch -u USR1 -- mkfif
	assert_line mkfifo
	run complete_in_bash sigwatch -- cat fil
	assert_output file
}

@test "a process is completed by its number" {
	run complete_in_bash killn "$$"
	assert_line "$$"
}

@test "a name is never run or expanded, and is quoted" {
	# shellcheck disable=SC2016 # not to be expanded is the point
	local names=('$(touch made)' '`touch made`' '${PWD}' 'a b' "a'b" 'a"b' '*' ';touch made' '~root')
	local name
	mkdir folder
	cd folder || return
	for name in "${names[@]}"; do : >"$name"; done
	for name in "${names[@]}"; do
		run complete_in_bash mapcat "$(printf %q "${name:0:1}")"
		assert_line "$(printf %q "$name")"
	done
	# compgen prints a name a line: what is left of this one names no file
	: >$'new\nline'
	# a bare bracket of words: all of them at once
	run complete_in_bash mapcat ''
	assert_equal "${#lines[@]}" "${#names[@]}"
	[[ ! -e made ]] || fail 'a name was run'
	# what is inserted is one word with this name
	local words
	eval "words=($(complete_in_bash mapcat '\$\('))"
	# shellcheck disable=SC2031
	assert_equal "${words[0]}" "${names[0]}"
	[[ ! -e made ]] || fail 'a name was run'
}

@test "the name of an object is never run or expanded, and is quoted" {
	# shellcheck disable=SC2016
	local object='$(touch made);`touch made`'
	object=$(name "$object")
	shmcreate "$object" 1
	later shmunlink -f "$object"
	run complete_in_bash shmstat "/$(name '')"
	assert_output "$(printf %q "/$object")"
	[[ ! -e made ]] || fail 'a name was run'
}

# another_ipctool: in this folder are programs with the names of ours, which must not be run
another_ipctool() {
	printf '#!/bin/sh\ntouch "%s/made"\n' "$PWD" >ipctool
	chmod +x ipctool
	ln -s ipctool mkfifo
}

@test "a TAB after a command with its folder does not run a program of that folder" {
	another_ipctool
	run complete_in_bash ./mkfifo --mo
	assert_output -- --mode
	run complete_in_bash "$PWD/ipctool" mqst
	assert_output mqstat
	[[ ! -e made ]] || fail 'the program was run'
}

@test "a TAB in a shell with a file whose name is a command inserts the name" {
	requires terminal
	mkdir folder
	# shellcheck disable=SC2016
	: >'folder/$(touch made)x'
	cat >rc <<-END
		PATH=$IPCTOOL_BUILD/bin:\$PATH PS1='READY '
		source '$IPCTOOL_ROOT/scripts/completions/ipctool.bash'
	END
	mkfifo keys
	exec 7<>keys
	spawn script -qec 'exec bash --noprofile --rcfile rc -i' /dev/null <keys >typescript
	wait_until grep -q READY typescript
	printf 'mapcat folder/\t\n' >&7
	printf 'echo do"ne"; exit\n' >&7
	wait_until grep -q 'done' typescript
	collect
	[[ ! -e made ]] || fail 'the name was run'
	grep -aF 'folder/\$\(touch\ made\)x' typescript
}

@test "an applet that is not there offers nothing" {
	run complete_in_bash ipctool nonesuch --
	assert_output ''
}

@test "an applet with subcommands offers these, and their options" {
	run complete_in_bash semop unl
	assert_output unlink
	run complete_in_bash ipctool semop wait --non
	assert_output --nonblock
}

@test "zsh reads its completion" {
	requires command:zsh
	run zsh -n "$IPCTOOL_ROOT/scripts/completions/ipctool.zsh"
	assert_success
	assert_output ''
}

@test "zsh offers applets, options and queues" {
	requires command:zsh namespaces
	make_queue jobs
	ipctool --list --applets | xargs "$IPCTOOL_ROOT/scripts/completions/zsh" ipctool >_ipctool
	cat >drive.zsh <<-'END'
		# Type a line at a prompt, press the key that completes it, and wait for the result.
		zmodload zsh/zpty
		zpty shell zsh -f -i
		say() { zpty -w shell "$1" }
		say "PS1= fpath=($PWD \$fpath); autoload -U compinit; compinit -u -d $PWD/dump"
		say "zstyle ':completion:*' list-packed no; LISTMAX=0; stty cols 400; print REA''DY"
		zpty -r shell out '*READY*'
		zpty -w -n shell "$1"$'\t'
		zpty -r shell out "*$2*"
		zpty -d shell
	END
	within 20 zsh -f drive.zsh 'mqstat --js' 'mqstat --json'
	within 20 zsh -f drive.zsh 'ipctool mqst' 'ipctool mqstat'
	within 20 zsh -f drive.zsh "mqstat /$(name j)" "$(name jobs)"
	within 20 zsh -f drive.zsh 'lockrun --api mu' 'mutex'
	within 20 zsh -f drive.zsh 'ipcset -m 600 m' 'ipcset -m 600 mq:'
	within 20 zsh -f drive.zsh "ipcset -m 600 mq:/$(name j)" "mq:/$(name jobs)"
	within 20 zsh -f drive.zsh 'shmcell ad' 'shmcell add'
	shmcreate "$(name cell)" 8
	later shmunlink "$(name cell)"
	within 20 zsh -f drive.zsh "shmcell get shm:$(name c)" "shm:$(name cell)"
	within 20 zsh -f drive.zsh "ipcwait cell:shm:/$(name c)" "cell:shm:/$(name cell)"
	within 20 zsh -f drive.zsh 'lockrun --api=mu' '--api=mutex'
	shmcreate key:0x49504341 1
	later shmunlink -f key:0x49504341
	within 20 zsh -f drive.zsh 'shmread key:0x4950434' 'key:0x49504341[^:]'
	: >file
	mkdir folder
	# shellcheck disable=SC2016
	: >'folder/$(touch made)x'
	within 20 zsh -f drive.zsh 'lockrun f -- cat fil' 'cat file'
	within 20 zsh -f drive.zsh 'mapcat folder/' 'touch\\ made\\)x'
	another_ipctool
	within 20 zsh -f drive.zsh './mkfifo --mo' '--mode'
	[[ ! -e made ]] || fail 'a name was run'
}

@test "fish offers applets, options and queues" {
	requires command:fish namespaces
	make_queue jobs
	export HOME=$PWD XDG_CONFIG_HOME=$PWD XDG_DATA_HOME=$PWD
	offered() {
		fish --no-config -c "source '$IPCTOOL_ROOT/scripts/completions/ipctool.fish'; complete -C '$1'" </dev/null
	}
	run offered 'ipctool mqst'
	assert_line --regexp $'^mqstat\t'
	run offered 'mqstat --js'
	assert_line --regexp $'^--json\t'
	run offered "mqstat /$(name j)"
	assert_output "/$(name jobs)"
	run offered 'lockrun --api mu'
	assert_output mutex
	run offered 'ipcset -m 600 mq'
	assert_output mq:
	run offered "ipcset -m 600 mq:/$(name j)"
	assert_output "mq:/$(name jobs)"
	run offered "ipcwait mq:/$(name j)"
	assert_output "mq:/$(name jobs)"
	shmcreate "$(name cell)" 8
	later shmunlink "$(name cell)"
	run offered "shmcell get shm:$(name c)"
	assert_output "shm:$(name cell)"
	run offered "ipcwait cell:shm:/$(name c)"
	assert_output "cell:shm:/$(name cell)"
	run offered 'shmcell ad'
	assert_line --regexp $'^add\t'
	run offered 'lockrun --api=mu'
	assert_output -- --api=mutex
	: >file
	run offered 'lockrun f -- cat fil'
	assert_output file
	run offered 'lockrun fil'
	assert_output file
	run offered 'pipeline true ::: mkfif'
	assert_line --regexp '^mkfifo'
	# a name that begins with a dash, one that is two lines, one with a tab, one with a space
	mkdir folder
	cd folder || return
	mkdir directory
	: >-dash
	: >$'new\nline'
	: >$'a\ttab'
	mkfifo fifo
	run offered 'mapcat '
	assert_output $'directory/\nfifo\n-dash'
	run offered 'fiforead '
	assert_output $'directory/\nfifo'
	run offered "lockrun ~/folder/-"
	assert_output \~/folder/-dash
	spawn socklisten -k "@$(name s) b" 2>/dev/null
	listens() { grep -qF "$1" /proc/net/unix; }
	wait_until listens "@$(name s) b"
	run offered "sockconnect @$(name s)"
	assert_output "@$(name s) b"
}
