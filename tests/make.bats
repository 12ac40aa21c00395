#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What make leaves in the build folder, and what it installs.

# bats file_tags=program,plain
load helper

setup() {
	basic_setup
	requires program plain
}

# make_install install|uninstall [NAME=VALUE...]: below $PWD/root, as `make install DESTDIR=root PREFIX=/usr` does.
make_install() {
	env DESTDIR="$PWD/root" BINDIR=/usr/bin LOADABLESDIR=/usr/lib/bash LIBEXECDIR=/usr/libexec/ipctool MANDIR=/usr/share/man \
		DATADIR=/usr/share ZSHDIR=/usr/share/zsh/site-functions INSTALLED=/usr/share/ipctool/installed SKIP= "${@:2}" \
		"$IPCTOOL_ROOT/scripts/install" "$IPCTOOL_BUILD" "$1"
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

# bats test_tags=one-front,one-user
@test "SKIP leaves out links, pages and completions of names, and nothing else" {
	local name file
	make_install install
	find root ! -type d | sort >all
	# installed without SKIP before: they are removed
	make_install install SKIP='mkfifo mmcat pipeline'
	find root ! -type d | sort >kept
	rm -r root
	make_install install SKIP='mkfifo mmcat pipeline'
	find root ! -type d | sort | diff kept -
	diff <(comm -23 all kept) <(for name in mkfifo mmcat pipeline; do
		printf '%s\n' "root/usr/bin/$name" "root/usr/share/bash-completion/completions/$name" \
			"root/usr/share/fish/vendor_completions.d/$name.fish" "root/usr/share/man/man1/$name.1"
	done | sort)
	[[ $(readlink root/usr/bin/mapcat) == ipctool ]]
	# the other name's page is there by itself
	[[ -f root/usr/share/man/man1/mapcat.1 && ! -L root/usr/share/man/man1/mapcat.1 ]]
	root/usr/bin/ipctool mkfifo pipe
	[[ -p pipe ]]
	# what the shells read does not complete them either
	for file in bash-completion/completions/ipctool fish/vendor_completions.d/ipctool.fish zsh/site-functions/_ipctool; do
		grep -E '^(#compdef|for) .* mqsend' "root/usr/share/$file" >line
		run grep -ow 'mkfifo\|mmcat\|pipeline\|mapcat' line
		assert_output mapcat
	done
	make_install uninstall
	assert [ ! -e root/usr ]
}

# bats test_tags=one-front,one-user
@test "the page of another name is a link to the applet's, or the page itself where that is left out" {
	make_install install
	assert_equal "$(readlink root/usr/share/man/man1/mmcat.1)" mapcat.1
	make_install install SKIP=mapcat
	[[ ! -L root/usr/share/man/man1/mmcat.1 ]]
	cmp root/usr/share/man/man1/mmcat.1 "$IPCTOOL_ROOT/man/mapcat.1"
}

# bats test_tags=one-front,one-user
@test "a name in SKIP that no applet has is refused, before anything is installed" {
	run --separate-stderr make_install install SKIP='mkfifo mmkat'
	assert_failure 2
	assert_stderr 'install: SKIP: mmkat: no such applet'
	assert [ ! -e root ]
}

# bats test_tags=one-front,one-user
@test "a package manager needs no list: INSTALLED= keeps none" {
	make_install install INSTALLED=
	assert [ -L root/usr/bin/mqunlink ]
	assert [ ! -e root/usr/share/ipctool ]
	run make_install uninstall INSTALLED=
	assert_output 'nothing is installed: there is no list'
	assert [ -L root/usr/bin/mqunlink ]
}

# bats test_tags=one-front,one-user
@test "what an installation put that failed half way can be removed" {
	make_install install SKIP=pipeline
	# no directory can be made below a file
	run make_install install MANDIR=/usr/bin/ipctool/man
	assert_failure
	assert [ -L root/usr/bin/pipeline ]
	make_install uninstall
	assert [ ! -e root/usr ]
}

# bats test_tags=one-front,one-user
@test "the builtins are installed where bash looks for them below PREFIX" {
	requires command:pkg-config
	pkg-config --exists bash || skip 'bash has no file for pkg-config'
	where() {
		env -u MAKEFLAGS -u MAKELEVEL make -s -n -C "$IPCTOOL_ROOT" B="$BATS_TEST_TMPDIR/out" CC=true uninstall "$@" |
			sed -n "s/.*LOADABLESDIR='\([^']*\)'.*/\1/p"
	}
	assert_equal "$(where PREFIX=/usr)" "$(pkg-config --variable=loadablesdir bash)"
	# the default of bash has this folder too
	assert_equal "$(where)" "/usr/local/lib/bash"
	assert_equal "$(where LIBDIR=/opt/lib)" /opt/lib/bash
	assert_equal "$(where LOADABLESDIR=/opt/builtins)" /opt/builtins
}

# bats test_tags=one-front,one-user
@test "bash finds the builtins by the name of the library" {
	[[ -e $IPCTOOL_BUILD/ipctool.so ]] || skip 'no builtins'
	make_install install
	BASH_LOADABLES_PATH=$PWD/root/usr/lib/bash run bash -c 'enable -f ipctool.so mmcat mapcat && type -t mmcat mapcat'
	assert_output $'builtin\nbuiltin'
}

# bats test_tags=one-front,one-user
@test "several makes at once in one build folder end well" {
	printf '%s\n' '#!/bin/sh' 'while [ $# -gt 1 ]; do' '[ "$1" != -o ] || : >"$2"' 'shift' 'done' >musl-gcc
	chmod +x musl-gcc
	local i
	at_once() {
		for i in 1 2 3 4; do
			spawn env -u MAKEFLAGS -u MAKELEVEL make -s -C "$IPCTOOL_ROOT" B="$BATS_TEST_TMPDIR/out" \
				CC="$BATS_TEST_TMPDIR/musl-gcc" LDFLAGS="$1" "$2" 3>&-
		done >/dev/null
		all_succeed_within 60
	}
	# the files that are written anew by each of them, when they do not exist, and when they change
	for i in {1..5}; do
		rm -rf out
		at_once -s "$BATS_TEST_TMPDIR/out/bin"
		at_once "-s -Wl,-O$i" "$BATS_TEST_TMPDIR/out/program.flags"
	done
	run find out -name '*.new*'
	assert_output ''
	assert_equal "$(ls out/bin)" "$( (ipctool --list --applets; echo ipctool) | sort)"
}

# bats test_tags=one-front,one-user
@test "the recipes of packages have the version of the Makefile" {
	local version folder=$IPCTOOL_ROOT/scripts/packaging
	version=$(sed -n 's/^VERSION := //p' "$IPCTOOL_ROOT/Makefile")
	[[ $version ]]
	assert_equal "$(sed -n '1s/^ipctool (\(.*\)-[0-9]*) .*/\1/p' "$folder/debian/changelog")" "$version"
	assert_equal "$(sed -n 's/^Version: *//p' "$folder/ipctool.spec")" "$version"
	assert_equal "$(sed -n 's/^pkgver=//p' "$folder/APKBUILD")" "$version"
}
