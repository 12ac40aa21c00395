#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# killn --tree of a tree that has a cgroup of its own, of version 2 and in the freezer of version 1.

load helper

setup() {
	basic_setup
	roots=()
	local root
	while read -r root; do
		cgroup=$(mktemp -d "$root/ipct.XXXXXXXX" 2>/dev/null) || continue
		[[ ! -w $(control) ]] || roots+=("$root")
		rmdir "$cgroup"
	done < <(awk '/ - cgroup2 / || / - cgroup .*[ ,]freezer(,|$)/ { print $5 }' /proc/self/mountinfo)
	[[ ${roots[*]} ]] || skip 'no cgroup can be made here'
}

control() {
	if [[ -e $cgroup/cgroup.freeze ]]; then
		echo "$cgroup/cgroup.freeze"
	else
		echo "$cgroup/freezer.state"
	fi
}

# frozen: are all processes of the cgroup?
frozen() {
	grep -qs 'frozen 1' "$cgroup/cgroup.events" || grep -qsx FROZEN "$cgroup/freezer.state"
}

# thawed: has no process begun to freeze it?
thawed() {
	grep -qsx 0 "$cgroup/cgroup.freeze" "$cgroup/freezer.self_freezing" && ! frozen
}

# make_cgroup ROOT: $cgroup is a new one. There are no namespaces that keep its name apart from those of other tests.
make_cgroup() {
	cgroup=$(mktemp -d "$1/ipct.XXXXXXXX")
	chmod 755 "$cgroup"
	mkdir "$cgroup/below"
	later remove_cgroup "$cgroup"
}

remove_cgroup() {
	cgroup=$1
	[[ -e $cgroup ]] || return 0
	freeze 0
	cat "$cgroup/cgroup.procs" "$cgroup/below/cgroup.procs" | xargs -r kill -KILL 2>/dev/null || true
	wait_until rmdir "$cgroup/below"
	wait_until rmdir "$cgroup"
}

# freeze 0|1
freeze() {
	case $(control)$1 in
	*.freeze*) echo "$1" >"$(control)" ;;
	*0) echo THAWED >"$(control)" ;;
	*1) echo FROZEN >"$(control)" ;;
	esac
}

# spawn_in: a tree of six processes in the cgroup, two of them in the one below; tree_pids are all of them. Its first
# process writes into the file `noticed` what a program can notice.
spawn_in() {
	rm -f noticed ready
	# shellcheck disable=SC2016
	spawn sh -c 'echo $$ >"$0/cgroup.procs"
		trap "echo continued >>noticed" CONT
		trap "echo marker >>noticed" WINCH
		sleep 60 &
		sh -c "echo \$\$ >\"\$0/below/cgroup.procs\"; sleep 60 & wait" "$0" &
		sh -c "sleep 60 & wait" &
		: >ready
		while :; do wait; done' "$cgroup"
	wait_until has_members 6
	mapfile -t tree_pids < <(cat "$cgroup/cgroup.procs" "$cgroup/below/cgroup.procs")
	assert_equal "${#tree_pids[@]}" 6
	wait_until test -e ready
}

# has_members COUNT: the sleeps have become what they are
has_members() {
	(($(cat "$cgroup/cgroup.procs" "$cgroup/below/cgroup.procs" | wc -l) == $1)) &&
		(($(cat "$cgroup/cgroup.procs" "$cgroup/below/cgroup.procs" | xargs ps -o comm= -p | grep -c '^sleep') == 3))
}

# What the first process of the tree has noticed. CONT has a lower number than WINCH, and its trap is run first.
noticed() {
	kill -WINCH "$spawned"
	wait_until grep -qs marker noticed
	cat noticed
	rm noticed
}

# may_trace: kill_at works
may_trace() {
	"$(peer kill_at)" 1 true 2>/dev/null || skip 'no process may be traced here'
}

# states KILLN...: what the cgroup is at each moment at which a signal is sent, or its file is written
states() {
	: >states
	KILL_AT_PWRITE=1 KILL_AT_HOOK="cat $cgroup/cgroup.events $cgroup/freezer.state 2>/dev/null | sed -n 's/^frozen 1/FROZEN/p; /^FROZEN/p' >state; { cat state; echo -; } | head -n 1 >>states" \
		"$(peer kill_at)" 0 "$@"
	uniq states | tr '\n' ' '
}

@test "killn --tree freezes a cgroup that holds the tree alone: no process notices" {
	requires program plain
	local root
	may_trace
	for root in "${roots[@]}"; do
		make_cgroup "$root"
		spawn_in
		run states killn --tree "$spawned" 0
		assert_success
		assert_output '- FROZEN - '
		# before and after it is frozen, six signals, before and after it is thawed
		assert_equal "$(wc -l <states)" 16
		assert thawed
		assert_equal "$(noticed)" marker
		killn --tree "$spawned" KILL
		wait_until all_gone "${tree_pids[@]}"
	done
}

@test "killn --tree in a cgroup of the tree's own: each signal comes as without one" {
	local root order
	for root in "${roots[@]}"; do
		for order in --tree=first --tree=last; do
			make_cgroup "$root"
			spawn_in
			killn "$order" "$spawned" STOP
			assert thawed
			wait_until all_stopped "${tree_pids[@]}"
			killn "$order" "$spawned" 0
			all_stopped "${tree_pids[@]}"
			killn "$order" "$spawned" CONT
			wait_until none_stopped "${tree_pids[@]}"
			killn "$order" "$spawned" TSTP
			wait_until all_stopped "${tree_pids[@]}"
			run within 10 killn "$order" --escalate TERM:0.05s,KILL "$spawned"
			assert_success
			assert_equal "$(wc -l <<<"$output")" 6
			wait_until all_gone "${tree_pids[@]}"
			assert thawed
			remove_cgroup "$cgroup"
		done
	done
}

@test "killn --tree misses no process of a tree that grows in a cgroup" {
	local root round
	for root in "${roots[@]}"; do
		make_cgroup "$root"
		for round in 1 2 3; do
			# shellcheck disable=SC2016
			spawn sh -c 'echo $$ >"$0/cgroup.procs"; while :; do sh -c "sleep 6262 & sleep 6262" & sleep 6262 & sleep 0.001; done' "$cgroup"
			wait_until eval '(($(wc -l <"$cgroup/cgroup.procs") > 20))'
			within 10 killn --tree "$spawned" KILL
			wait_until gone "$spawned"
			wait_until eval '[[ -z $(<"$cgroup/cgroup.procs") ]]'
		done
	done
}

# bats test_tags=slow
@test "killn --tree that is killed at any moment leaves no cgroup frozen" {
	requires program plain command:flock
	local root n status
	may_trace
	for root in "${roots[@]}"; do
		make_cgroup "$root"
		spawn_in
		for ((n = 1; n < 100; n++)); do
			status=0
			KILL_AT_PWRITE=1 "$(peer kill_at)" $n killn --tree "$spawned" 0 2>/dev/null || status=$?
			wait_until thawed
			# its helper has ended
			wait_until flock -n "$(control)" true
			[[ $status != 0 ]] || break
			assert_equal "$status" 137
		done
		assert_equal "$n: $status" '17: 0'
		none_stopped "${tree_pids[@]}"
		assert_equal "$(noticed)" marker
		killn --tree "$spawned" KILL
		wait_until all_gone "${tree_pids[@]}"
	done
}

@test "killn --tree stops the processes instead if another process is in their cgroup" {
	requires program plain
	local root other where
	may_trace
	for root in "${roots[@]}"; do
		for where in . below; do
			make_cgroup "$root"
			spawn_in
			sleep 60 3>&- &
			other=$!
			echo "$other" >"$cgroup/$where/cgroup.procs"
			run states killn --tree "$spawned" 0
			assert_success
			assert_output '- '
			assert_equal "$(noticed)" $'continued\nmarker'
			killn --tree "$spawned" KILL
			kill "$other"
			wait_until all_gone "${tree_pids[@]}"
			remove_cgroup "$cgroup"
		done
	done
}

@test "killn --tree thaws a cgroup into which another process is moved before it is frozen" {
	requires program plain
	local root other
	may_trace
	for root in "${roots[@]}"; do
		make_cgroup "$root"
		spawn_in
		sleep 60 3>&- &
		other=$!
		: >states
		# the first moment is before the freeze, and a frozen process cannot be moved in version 1
		KILL_AT_PWRITE=1 KILL_AT_HOOK="[ -e moved.$other ] || { echo $other >$cgroup/cgroup.procs; : >moved.$other; }
			cat $cgroup/cgroup.freeze $cgroup/freezer.self_freezing 2>/dev/null >>states; true" \
			within 20 "$(peer kill_at)" 0 killn --tree "$spawned" 0
		# frozen, stopped one by one, thawed; then the signals, and CONT
		assert_equal "$(uniq states | tr '\n' ' ')" '0 1 0 '
		assert [ "$(tac states | uniq -c | awk 'NR == 1 { print $1 }')" -ge 24 ]
		assert_equal "$(noticed)" $'continued\nmarker'
		none_stopped "${tree_pids[@]}" "$other"
		killn --tree "$spawned" KILL
		wait_until all_gone "${tree_pids[@]}"
		kill -0 "$other"
		kill "$other"
	done
}

@test "killn --tree leaves a cgroup frozen that was so before" {
	local root
	for root in "${roots[@]}"; do
		make_cgroup "$root"
		spawn_in
		freeze 1
		wait_until frozen
		within 10 killn --tree "$spawned" 0
		assert frozen
		within 10 killn --tree "$spawned" KILL
		assert frozen
		freeze 0
		wait_until all_gone "${tree_pids[@]}"
	done
}

@test "killn --tree of another user freezes a cgroup only if that is the user's" {
	requires root program
	local root killn=$IPCTOOL_BUILD/bin/killn
	as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$@"; }
	as_nobody "$killn" --version >/dev/null || skip 'nobody cannot come here'
	chmod 777 .
	for root in "${roots[@]}"; do
		make_cgroup "$root"
		# shellcheck disable=SC2016
		spawn sh -c 'echo $$ >"$0/cgroup.procs"; exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "
			trap \"echo continued >>noticed\" CONT
			trap \"echo marker >>noticed\" WINCH
			sleep 60 & : >ready; while :; do wait; done"' "$cgroup"
		wait_until test -e ready
		as_nobody "$killn" --tree "$spawned" 0
		assert_equal "$(noticed)" $'continued\nmarker'
		chown 65534 "$(control)"
		as_nobody "$killn" --tree "$spawned" 0
		assert_equal "$(noticed)" marker
		assert thawed
		as_nobody "$killn" --tree "$spawned" KILL
		wait_until gone "$spawned"
		rm ready
	done
}

@test "killn --tree in the cgroup of the tree does not freeze itself" {
	requires program
	local root where
	for root in "${roots[@]}"; do
		make_cgroup "$root"
		for where in . below; do
			# shellcheck disable=SC2016
			run within 10 bash -c 'echo $$ >"$0/cgroup.procs"; sleep 60 & echo $!
				echo $$ >"$0/$1/cgroup.procs"; exec killn --tree -s TERM $! $$' "$cgroup" "$where"
			assert_failure 143
			wait_until gone "$output"
		done
	done
}
