#!/usr/bin/env bats
# What make leaves in the build folder, and what it installs.

# bats file_tags=program,plain
load helper

setup() {
	basic_setup
	requires program plain
}

# Install below $PWD/root, as `make install DESTDIR=root PREFIX=/usr` does.
make_install() {
	DESTDIR=$PWD/root BINDIR=/usr/bin LIBDIR=/usr/lib LIBEXECDIR=/usr/libexec/ipctool MANDIR=/usr/share/man \
		DATADIR=/usr/share "$IPCTOOL_ROOT/scripts/install" "$IPCTOOL_BUILD" "$1"
}

@test "the static program needs no library and has at most 464 KiB" {
	requires static
	run readelf -lW "$IPCTOOL_BUILD/ipctool"
	refute_output --partial INTERP
	assert [ "$(stat -c %s "$IPCTOOL_BUILD/ipctool")" -le $((464 * 1024)) ]
}

@test "the program's stack cannot be executed" {
	run readelf -lW "$IPCTOOL_BUILD/ipctool"
	assert_line --regexp 'GNU_STACK .* RW '
}

# bats test_tags=slow,one-front,one-user
@test "make HARDENED=1 links a static program to any address, and protects what it relocates" {
	requires static
	env -u MAKEFLAGS -u MAKELEVEL make -s -j2 -C "$IPCTOOL_ROOT" B="$BATS_TEST_TMPDIR/out" HARDENED=1 program
	run readelf -hlW out/ipctool
	assert_line --regexp 'Type: +DYN'
	assert_line --regexp 'GNU_RELRO'
	refute_output --partial INTERP
	refute_output --partial RWE
	mkfifo f
	spawn out/bin/fiforead f >got
	wait_until sleeping "$spawned"
	# four parts of the file are mapped: headers, code, constants, and what is relocated, which is read-only too
	run grep -c ' r--p .*/out/ipctool$' "/proc/$spawned/maps"
	assert_output 3
	echo text >f
	collect
	assert_equal "$status $(<got)" '0 text'
}

# bats test_tags=slow,one-front,one-user
@test "the demo gets to its end, and leaves nothing" {
	mkdir scratch
	TMPDIR=$PWD/scratch run -0 --separate-stderr within 60 "$IPCTOOL_ROOT/scripts/demo"
	assert_stderr ''
	assert_line --regexp '^all [0-9]{3,} files are as they were hashed$'
	assert_line '$ mqunlink $Q; semop unlink $S; shmunlink $M'
	# the last two lines can be pasted
	assert_equal "$(PATH=/usr/bin:/bin bash -c "${lines[-2]}"$'\n'"${lines[-1]}")" 'it works'
	assert_equal "$(ls scratch)" ''
	[[ $output =~ Q=/([^ ]+).S=/([^ ]+).M=/([^ ]+) ]]
	local names=("${BASH_REMATCH[@]:1}")
	run -4 mqstat "/${names[0]}"
	assert [ ! -e "/dev/shm/sem.${names[1]}" ]
	assert [ ! -e "/dev/shm/${names[2]}" ]
}

@test "there is a link for each applet and no other" {
	assert_equal "$(ls "$(dirname "$(command -v ipctool)")")" "$( (ipctool --list --applets; echo ipctool) | sort)"
}

# bats test_tags=one-front,one-user
@test "make does nothing twice, and everything after a flag has changed" {
	# It is about what is made, not about compiling, which would take half a minute.
	printf '%s\n' '#!/bin/sh' 'while [ $# -gt 1 ]; do' '[ "$1" != -o ] || : >"$2"' 'shift' 'done' >musl-gcc
	chmod +x musl-gcc
	build() {
		env -u MAKEFLAGS -u MAKELEVEL make -s -j2 -C "$IPCTOOL_ROOT" B="$BATS_TEST_TMPDIR/out" \
			CC="$BATS_TEST_TMPDIR/musl-gcc" program "$@"
	}
	build
	touch mark
	build
	assert_equal "$(find out -type f -newer mark)" ''
	build LIBDIR=/elsewhere
	assert_equal "$(find out -name main.o -newer mark)" out/obj/src/program/main.o
}

# bats test_tags=one-front,one-user
@test "what is installed works from there, and is found by its name" {
	make_install install
	assert_equal "$(root/usr/bin/ipctool --list --applets)" "$(ipctool --list --applets)"
	run root/usr/bin/mqunlink --help
	assert_output --partial 'Usage: mqunlink'
}

# bats test_tags=one-front,one-user
@test "uninstall removes exactly what install put" {
	mkdir -p root/usr/bin root/usr/share/zsh/site-functions
	echo other >root/usr/bin/other
	find root | sort >before
	make_install install
	assert [ -L root/usr/bin/mqunlink ]
	make_install install
	make_install uninstall
	find root | sort | diff before -
}

# bats test_tags=one-front,one-user
@test "a command that is there already is left alone" {
	mkdir -p root/usr/bin
	echo foreign >root/usr/bin/mqunlink
	run make_install install
	assert_success
	assert_output "left alone, it is not ours: $PWD/root/usr/bin/mqunlink"
	assert [ ! -e root/usr/share/man/man1/mqunlink.1 ]
	make_install uninstall
	assert_equal "$(cat root/usr/bin/mqunlink)" foreign
}
