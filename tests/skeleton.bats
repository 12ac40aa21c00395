#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The applet of CONTRIBUTING.md can be added as that page describes.

# bats file_tags=one-user,one-front,plain

load helper

# The files that stand in CONTRIBUTING.md, each in a block that begins with its language and name.
extract() {
	awk '/^```[a-z]+ [a-z]+\// { file = $2; next } /^```/ { file = ""; next } file { print >file }' \
		"$IPCTOOL_ROOT/CONTRIBUTING.md"
}

# bats test_tags=slow
@test "the example of CONTRIBUTING.md builds without a warning, and passes its tests" {
	mkdir tree
	tar -C "$IPCTOOL_ROOT" -c Makefile README.md src applets man scripts tests docs | tar -x -C tree
	cd tree
	extract
	sed -i 's/^| `mqcreate` .*/| `mqcount` | print how many messages message queues hold |\n&/' README.md
	# what has been compiled need not be once more
	mkdir build
	[[ ! -d $IPCTOOL_BUILD/obj ]] || cp -a "$IPCTOOL_BUILD"/{obj,program.flags} build
	run env -u MAKEFLAGS -u MAKELEVEL make -s -j2 program
	assert_success
	assert_output ''
	export IPCTOOL_BUILD=$PWD/build
	run within 30 bats --tap tests/mqcount.bats
	assert_success
	assert_line --regexp '^ok 2'
	# the page and the row in README, against the table; the example in the page
	run within 30 bats --tap -f "every applet has|options are|SYNOPSIS is|NAME line|sections that all|README's table" tests/docs.bats
	assert_success
	assert_line --regexp '^ok 6'
	PATH=$IPCTOOL_BUILD/bin:$PATH run within 10 scripts/examples "$PWD/man/mqcount.1"
	assert_success
}

@test "the example of CONTRIBUTING.md is laid out and worded as the sources are" {
	requires command:clang-format command:mandoc
	mkdir applets man tests
	extract
	cp "$IPCTOOL_ROOT/.clang-format" .
	clang-format --dry-run --Werror applets/mqcount.c
	run "$IPCTOOL_ROOT/scripts/phrases" "$PWD/applets/mqcount.c" "$PWD/man/mqcount.1"
	assert_output ''
	run mandoc -T lint -W warning man/mqcount.1
	assert_output ''
}
