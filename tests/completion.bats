#!/usr/bin/env bats
# Completion: what the shells offer at a given point of a command line.

# bats file_tags=one-front,one-user
load helper

# Complete a line in bash, its last word being the one that is typed; prints what is offered.
complete_in_bash() {
	(
		# shellcheck source=scripts/completions/ipctool.bash
		source "$IPCTOOL_ROOT/scripts/completions/ipctool.bash"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
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
}

# bats test_tags=slow
@test "every applet completes its own --help, by name and through ipctool" {
	local applet
	for applet in $(ipctool --list); do
		run complete_in_bash "$applet" --hel
		assert_output --help
		run complete_in_bash ipctool "$applet" --hel
		assert_output --help
	done
}

# bats test_tags=slow
@test "every option of every table is offered" {
	local kind key option
	for applet in $(ipctool --list); do
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

@test "an applet that is not there offers nothing" {
	run complete_in_bash ipctool nonesuch --
	assert_output ''
}

@test "an applet with verbs offers these, and their options" {
	ipctool --describe semop >table || skip "no semop yet"
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
	"$IPCTOOL_ROOT/scripts/completions/zsh" "$IPCTOOL_BUILD" >_ipctool
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
}
