#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# scripts/layers: what is not as ARCHITECTURE.md says is named.

# bats file_tags=one-user,one-front,plain

load helper

setup() {
	basic_setup
	cp -r "$IPCTOOL_ROOT"/{ARCHITECTURE.md,src,applets} .
	mkdir scripts
	cp "$IPCTOOL_ROOT/scripts/layers" scripts
}

layers() {
	scripts/layers "$IPCTOOL_BUILD"
}

@test "layers finds nothing wrong with the sources" {
	run layers
	assert_output '0 circles, 0 climbs'
	assert_success
}

@test "layers and names leave out the object of a source that was renamed" {
	mkdir build
	cp "$IPCTOOL_ROOT/scripts/names" scripts
	cp -r "$IPCTOOL_BUILD/obj" build
	cp build/obj/src/io/json.o build/obj/src/io/former.o
	run scripts/names build
	assert_output '0 names that break the rule'
	run scripts/layers build
	assert_output '0 circles, 0 climbs'
}

@test "layers names an include of a folder that is not below" {
	echo '#include "queue/queue.h"' >>src/base/value.c
	run layers
	assert_failure 1
	assert_line --regexp '^src/base/value.c:[0-9]+: may not include queue/queue.h$'
	assert_line '0 circles, 1 climbs'
}

@test "layers names a symbol of a folder that is not named for it" {
	sed -i '/^## src\/socket/,/^May use/s/ stream\././' ARCHITECTURE.md
	run layers
	assert_failure 1
	assert_line --regexp '^src/socket/[a-z_]+.o may not link src/stream/[a-z]+.o \([a-z_]+\)$'
}

@test "layers names a source without a line, and a line without a source" {
	sed -i 's/^- `deadline`/- `dead_line`/' ARCHITECTURE.md
	run layers
	assert_failure 1
	assert_line 'ARCHITECTURE.md names src/base/dead_line, which does not exist'
	assert_line 'ARCHITECTURE.md does not name src/base/deadline'
}

@test "layers names a circle of objects" {
	mkdir -p build/obj/src/io
	touch src/io/{a,b}.c
	printf 'void b(void); void a(void) { b(); }' | cc -c -x c -o build/obj/src/io/a.o -
	printf 'void a(void); void b(void) { a(); }' | cc -c -x c -o build/obj/src/io/b.o -
	run scripts/layers build
	assert_failure 1
	assert_line '1 circles, 0 climbs'
	assert_line src/io/a.o
}
