#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load helper

mode_of() {
	stat -c %a "$1"
}

@test "mkfifo creates FIFOs with mode 0666 less the umask" {
	run mkfifo a b
	assert_success
	assert_output ''
	[[ -p a && -p b ]]
	assert_equal "$(mode_of a)" 644
	umask 077
	mkfifo c
	assert_equal "$(mode_of c)" 600
	umask 0
	mkfifo d
	assert_equal "$(mode_of d)" 666
}

@test "with --mode the bits are exact, and the umask is unchanged" {
	umask 077
	mkfifo -m 666 a
	assert_equal "$(mode_of a)" 666
	mkfifo --mode=777 b
	assert_equal "$(mode_of b)" 777
	mkfifo -m 0 c
	assert_equal "$(mode_of c)" 0
	assert_equal "$(umask)" 0077
}

# bats test_tags=slow
@test "modes have the meaning that they have for coreutils" {
	[[ -x /usr/bin/mkfifo ]] && /usr/bin/mkfifo --version | grep -q coreutils || skip 'no mkfifo of coreutils here'
	local mask mode ours theirs
	for mask in 022 077 000; do
		umask $mask
		for mode in 0 7 600 0777 00000644 1777 4755 8 08 777x '' ' 600' u=rw,g=r a= = u+rw +x +w -r -w o-r,g+x g=u u=g g=u,o=g \
			u=rwx,g=u-w a+X u+X ug+x,o+X =r =rw,u+x u-r+w+x u=rw+x-w-r ',' 'u+,' 'u+r,' u g= o=u-x +t u+s g=s u=rws x r u=ur uu=r \
			ugoa+x u+rr a-rwx,u=r,u+w u=rw,,g=r u+rwxX; do
			rm -f ours theirs
			mkfifo -m "$mode" ours 2>/dev/null && ours=$(mode_of ours) || ours=refused$?
			/usr/bin/mkfifo -m "$mode" theirs 2>/dev/null && theirs=$(mode_of theirs) || theirs=refused2
			echo "umask $mask, mode '$mode'"
			assert_equal "$ours" "$theirs"
		done
	done
}

@test "of several modes the last one is used" {
	mkfifo -m a-w -m 600 a
	assert_equal "$(mode_of a)" 600
	mkfifo -m u-w -m g-w b
	assert_equal "$(mode_of b)" 646
}

@test "a mode with more than permission bits is refused before anything is created" {
	local mode
	for mode in 1777 4755 +t u+s 01000; do
		run --separate-stderr mkfifo -m "$mode" a
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "mkfifo: option '-m': '$mode' is outside the permission bits (0 to 0777)"
		[[ ! -e a ]]
	done
}

@test "a file that exists is left unchanged, with status 5" {
	echo text >a
	run mkfifo a
	assert_failure 5
	assert_output 'mkfifo: a: File exists'
	assert_equal "$(<a)" text
	ln -s nowhere b
	run mkfifo b
	assert_failure 5
	[[ ! -e nowhere ]]
}

@test "mkfifo continues after a failure and exits with the status of the first one" {
	mkfifo b
	run mkfifo a no/where b c
	assert_failure 4
	assert_equal "${lines[0]}" 'mkfifo: no/where: No such file or directory'
	assert_equal "${lines[1]}" 'mkfifo: b: File exists'
	[[ -p a && -p c ]]
	run mkfifo b no/where
	assert_failure 5
}

@test "--ensure succeeds if the FIFO exists, and creates it otherwise" {
	mkfifo -e a
	[[ -p a ]]
	mkfifo -e a
	mkfifo -e -m 600 b
	mkfifo -e -m 600 b
}

@test "--ensure creates a FIFO that another process removes before it can be compared" {
	requires static plain command:strace
	strace -o /dev/null true || skip 'no tracing here'
	strace -qq -o trace -e 'inject=mknod,mknodat:error=EEXIST:when=1' mkfifo -e p
	grep -q INJECTED trace
	assert [ -p p ]
}

@test "--ensure reports what differs, with status 5" {
	mkfifo -m 640 a
	run mkfifo -e -m 600 a
	assert_failure 5
	assert_output 'mkfifo: a: exists, but with mode 0640, not 0600'
	assert_equal "$(mode_of a)" 640
	: >b
	ln -s a c
	mkdir d
	local other
	for other in b c d; do
		run mkfifo -e "$other"
		assert_failure 5
		assert_output "mkfifo: $other: exists, but is not a FIFO"
	done
}

@test "an error of the system is reported with its text" {
	: >file
	run mkfifo file/a
	assert_failure 1
	assert_output 'mkfifo: file/a: Not a directory'
	run mkfifo ''
	assert_failure 4
	run mkfifo "$(printf '%0256d' 0)"
	assert_failure 1
	assert_output --partial ': File name too long'
}

@test "a directory without write permission is refused" {
	requires nobody
	mkdir -m 555 closed
	run mkfifo closed/a
	assert_failure 1
	assert_output 'mkfifo: closed/a: Permission denied'
}

@test "a name that begins with a dash comes after --" {
	mkfifo -- -m
	[[ -p ./-m ]]
	mkfifo a -- -e
	[[ -p a && -p ./-e ]]
	# before it, it is an option wherever it stands
	mkfifo a b -e
	[[ -p b ]]
}

@test "bytes pass through a FIFO of mkfifo" {
	mkfifo pipe
	spawn cat pipe >out
	echo text >pipe
	collect
	assert_equal "$(<out)" text
}
