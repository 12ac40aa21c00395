#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ipcset: the mode, owner and capacity of objects that exist

load helper

# One object of each kind and family, with mode 0600. Their operands are in $all.
objects() {
	local word=$1
	mq=mq:/$(name "$word") shm=shm:/$(name "$word") sem=sem:/$(name "$word.s")
	mqkey=mq:key:$(key "$word") shmkey=shm:key:$(key "$word") semkey=sem:key:$(key "$word")
	mqcreate -d 1 -s 8 "${mq#*:}"
	mqcreate "${mqkey#*:}" >/dev/null
	shmcreate "${shm#*:}" 100
	shmcreate "${shmkey#*:}" 100 >/dev/null
	semop create "${sem#*:}"
	semop create "${semkey#*:}" >/dev/null
	later mqunlink -f "${mq#*:}" "${mqkey#*:}"
	later shmunlink -f "${shm#*:}" "${shmkey#*:}"
	later semop unlink -f "${sem#*:}" "${semkey#*:}"
	all=("$mq" "$mqkey" "$shm" "$shmkey" "$sem" "$semkey")
}

# The modes of all of them, in this order.
modes() {
	local each
	for each in "${mq#*:}" "${mqkey#*:}"; do
		mqstat -J "$each" | sed 's/.*"mode":"\([0-7]*\)".*/\1/'
	done
	for each in "${shm#*:}" "${shmkey#*:}"; do
		shmstat -J "$each" | sed 's/.*"mode":"\([0-7]*\)".*/\1/'
	done
	stat -c 0%a "/dev/shm/sem.${sem#*:/}"
	printf '0%s\n' "$(awk -v key="$((${semkey#*:key:}))" '$1 == key { print $3 }' /proc/sysvipc/sem)"
}

modes_are() {
	assert_equal "$(modes | sort -u)" "$1"
	assert_equal "$(modes | wc -l)" 6
}

@test "ipcset -m sets the mode of each kind and family, exactly, whatever the umask" {
	objects a
	umask 077
	ipcset -m 640 "${all[@]}"
	modes_are 0640
	ipcset -m g+w,o=u "${all[@]}"
	modes_are 0666
	ipcset --mode=a-w "${all[@]}"
	modes_are 0444
}

@test "a symbolic mode is relative to the present mode of each object" {
	objects a
	ipcset -m 660 "${all[@]:0:3}"
	ipcset -m g-w,o+r "${all[@]}"
	assert_equal "$(modes | xargs)" '0644 0644 0644 0604 0604 0604'
}

@test "ipcset -v reports the old and the new values" {
	objects a
	local who
	who=$(id -un):$(id -gn)
	run --separate-stderr ipcset -v -m 644 "$mq" "$semkey"
	assert_success
	assert_output ''
	assert_stderr "$mq: mode 0600 -> 0644, owner $who -> $who
$semkey: mode 0600 -> 0644, owner $who -> $who"
	run --separate-stderr ipcset --bytes 1K -v "$mqkey"
	assert_success
	assert_stderr --regexp "^$mqkey: mode 0600 -> 0600, owner $who -> $who, bytes [0-9]+ -> 1024$"
}

@test "--bytes sets the capacity of a System V queue, and no more than kernel.msgmnb" {
	objects a
	local limit
	ipcset --bytes 1000 -m 644 "$mqkey"
	run mqstat -J "${mqkey#*:}"
	assert_output --partial '"capacity":1000'
	assert_output --partial '"mode":"0644"'
	limit=$(</proc/sys/kernel/msgmnb)
	refused 1 "ipcset: ${mqkey#*:}: $((limit + 1)) bytes exceed kernel.msgmnb ($limit)$(raised_by_sysctl kernel.msgmnb $((limit + 1)))" ipcset -m 600 --bytes $((limit + 1)) "$mqkey"
	run mqstat -J "${mqkey#*:}"
	assert_output --partial '"mode":"0644"'
	refused 2 "ipcset: '$mq': --bytes requires a System V queue" ipcset --bytes 5 "$mq"
	refused 2 "ipcset: '$shmkey': --bytes requires a System V queue" ipcset --bytes 5 "$mqkey" "$shmkey"
}

@test "nothing is changed unless all operands are valid and all objects exist" {
	objects a
	refused 2 "ipcset: 'q' is not mq:NAME, shm:NAME or sem:NAME" ipcset -m 644 "${all[@]}" q
	run ipcset -m 644 "${all[@]}" shm:
	assert_failure 2
	refused 2 "ipcset: one of -m, --owner and --bytes is required" ipcset "${all[@]}"
	refused 2 "ipcset: option '-m': '888' is not a mode" ipcset -m 888 "${all[@]}"
	refused 2 "ipcset: option '-m': '4755' is outside the permission bits (0 to 0777)" ipcset -m 4755 "${all[@]}"
	refused 2 "ipcset: '${semkey}[0]': [INDEX] cannot be used: the whole set is meant" ipcset -m 644 "$mq" "${semkey}[0]"
	run ipcset -m 644 "$mq" "sem:shm:/$(name a)"
	assert_failure 2
	run ipcset -m 644 "$mq" mq:private:
	assert_failure 2
	refused 4 "ipcset: /$(name none): no such semaphore (semop create makes one)" ipcset -m 644 "${all[@]}" "sem:/$(name none)"
	refused 4 "ipcset: key:$(key none): no such queue (mqcreate makes one)" ipcset -m 644 "${all[@]}" "mq:key:$(key none)"
	refused 2 "ipcset: option '--owner': no such user: 'nobody-has-it'" ipcset --owner nobody-has-it "${all[@]}"
	refused 2 "ipcset: option '--owner': no such group: 'nobody-has-it'" ipcset --owner :nobody-has-it "${all[@]}"
	refused 2 "ipcset: option '--owner': no such user: '4294967295'" ipcset --owner 4294967295 "${all[@]}"
	refused 2 "ipcset: option '--owner': '0:' is not USER, USER:GROUP or :GROUP" ipcset --owner 0: "${all[@]}"
	modes_are 0600
}

@test "what was changed is restored if a later change fails" {
	requires nobody
	local each
	objects a
	# its creator may give a System V object away
	for each in "$mq" "$shm" "$sem"; do
		refused 1 "ipcset: ${each#*:}: Operation not permitted: only root can give it to another user" ipcset -m 644 --owner 0 "$mqkey" "$each"
	done
	modes_are 0600
}

@test "root gives objects to another user and group, by name or number" {
	requires root
	objects a
	ipcset --owner 12345:54321 -m 620 "${all[@]}"
	modes_are 0620
	assert_equal "$(stat -c %u:%g "/dev/shm/${shm#*:/}" "/dev/shm/sem.${sem#*:/}" | sort -u)" 12345:54321
	run ipcset -v --owner root "${all[@]}"
	assert_success
	assert_equal "$(grep -c 'owner 12345:54321 -> root:54321' <<<"$output")" 6
	run ipcset -v --owner :0 "${all[@]}"
	assert_equal "$(grep -c "owner root:54321 -> root:$(getent group 0 | cut -d : -f 1)" <<<"$output")" 6
	modes_are 0620
}

@test "an object of mode 0 is changed by its owner" {
	objects a
	ipcset -m 0 "${all[@]}"
	ipcset -m 600 "${all[@]:1}"
	if [[ $(id -u) == 0 || -e /dev/mqueue/${mq#*:/} ]]; then
		ipcset -m 600 "$mq"
		modes_are 0600
	else
		run --separate-stderr ipcset -m 600 "$mq"
		assert_failure 1
		assert_stderr --partial '/dev/mqueue'
	fi
}

@test "links and other types of file are not followed or changed" {
	: >victim
	chmod 600 victim
	ln -s "$PWD/victim" "/dev/shm/$(name link)"
	ln -s "$PWD/victim" "/dev/shm/sem.$(name link)"
	mkfifo -m 600 "/dev/shm/$(name fifo)"
	: >"/dev/shm/$(name one)"
	ln "/dev/shm/$(name one)" "/dev/shm/$(name two)"
	later rm -f "/dev/shm/$(name link)" "/dev/shm/sem.$(name link)" "/dev/shm/$(name fifo)" "/dev/shm/$(name one)" "/dev/shm/$(name two)"
	refused 1 "ipcset: /$(name link): is a symbolic link, not an object" ipcset -m 666 "shm:$(name link)"
	refused 1 "ipcset: /$(name link): is a symbolic link, not an object" ipcset -m 666 "sem:$(name link)"
	refused 1 "ipcset: /$(name fifo): is a FIFO, not an object" ipcset -m 666 "shm:$(name fifo)"
	refused 1 "ipcset: /$(name two): has 2 names: another user may have linked it here" ipcset -m 666 "shm:$(name two)"
	assert_equal "$(stat -c %a victim)" 600
	assert_equal "$(stat -c %a "/dev/shm/$(name fifo)")" 600
}
