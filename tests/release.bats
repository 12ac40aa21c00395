#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# scripts/release-check: what keeps a commit from being released.

# bats file_tags=one-user,one-front,plain

load helper

setup() {
	basic_setup
	requires command:git
	export HOME=$PWD XDG_CONFIG_HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a
	mkdir scripts man
	cp "$IPCTOOL_ROOT/scripts/release-check" scripts
	echo 'VERSION := 1.2.3' >Makefile
	printf '# News\n\n## 1.2.3 (2020-02-02)\n' >NEWS.md
	printf '.Dd %s\n' "$(LC_ALL=C date '+%B %d, %Y')" >man/a.1
	git init -q .
	commit
}

commit() {
	git add .
	git commit -qm x
}

# That this one point fails, and so.
fails() {
	run scripts/release-check
	assert_failure 1
	assert_equal "$(grep FAIL <<<"$output")" "FAIL $1"
}

@test "a commit that is ready passes each point, before and after it is tagged" {
	run scripts/release-check
	assert_success
	assert_output $'ok version\nok news\nok pages\nok tree\nok tag'
	git tag v1.2.3
	git tag v1.2.2
	run scripts/release-check
	assert_success
}

@test "an invalid version, or one that is not greater than the last, is refused" {
	git tag v1.10.0
	fails 'version: 1.2.3 is not after 1.10.0, which has a tag'
	echo 'VERSION := 1.2' >Makefile
	printf '## 1.2 (2020-02-02)\n' >NEWS.md
	commit
	fails "version: '1.2' is not MAJOR.MINOR.PATCH"
}

@test "NEWS.md must name the version and a day that has been" {
	printf '## 1.2.3 (unreleased)\n' >NEWS.md
	commit
	fails "news: 'unreleased' is not a date"
	printf '## 1.2.3 (2999-01-01)\n' >NEWS.md
	commit
	fails 'news: 2999-01-01 is in the future'
	printf '## 1.2.4 (2020-01-01)\n' >NEWS.md
	commit
	fails "news: NEWS.md begins with '## 1.2.4 (2020-01-01)', not with '## 1.2.3 (DATE)'"
}

@test "a page that is dated before its last change is named" {
	echo '.Dd January 1, 2020' >man/b.7
	commit
	fails "pages: man/b.7 is dated 2020-01-01 and was changed on $(date +%F)"
}

@test "what is uncommitted, or a tag at another commit, is a failure" {
	echo x >new
	fails 'tree: something is uncommitted'
	git tag v1.2.3
	commit
	fails 'tag: v1.2.3 is another commit'
}

@test "make dist packs the last commit, and nothing that is only for this repository" {
	cp "$IPCTOOL_ROOT"/{Makefile,.gitattributes,.gitignore} .
	cp "$IPCTOOL_ROOT/scripts/dist" scripts
	commit
	echo x >uncommitted
	env -u MAKEFLAGS -u MAKELEVEL make -s dist
	run tar -tf ipctool-*.tar.gz
	assert_success
	assert_line --regexp '^ipctool-[0-9.]+/Makefile$'
	assert_line --regexp '^ipctool-[0-9.]+/man/a.1$'
	refute_line --partial uncommitted
	refute_line --partial .git
}

# A repository of which `make dist` makes an archive.
prepare_dist() {
	cp "$IPCTOOL_ROOT/scripts/dist" scripts
	commit
}

@test "dist makes the same bytes of the same commit, whoever calls it" {
	prepare_dist
	mkdir one two
	run scripts/dist one
	assert_success
	assert_output one/ipctool-1.2.3.tar.gz
	touch -d 2001-01-01 man/a.1
	(umask 077 && TZ=Asia/Kathmandu LC_ALL=C.UTF-8 scripts/dist two)
	cmp one/ipctool-1.2.3.tar.gz two/ipctool-1.2.3.tar.gz
	tar -tzf one/ipctool-1.2.3.tar.gz | sort >files
	grep -qx 'ipctool-1.2.3/Makefile' files
	run grep -v '^ipctool-1.2.3/' files
	assert_output ''
	# what is not in the commit is not in the archive
	echo more >>NEWS.md
	scripts/dist two
	cmp one/ipctool-1.2.3.tar.gz two/ipctool-1.2.3.tar.gz
}

@test "dist refuses a commit whose tag and version differ, and makes nothing" {
	prepare_dist
	git tag v1.2.4
	run scripts/dist
	assert_failure 1
	assert_output 'dist: the last commit has the tag v1.2.4, and its Makefile says 1.2.3'
	git tag -d v1.2.4
	git tag v1.2.3
	scripts/dist
	rm ipctool-1.2.3.tar.gz
	# another commit with the version of a tag
	echo more >>NEWS.md
	git add NEWS.md
	git commit -qm x
	run scripts/dist
	assert_failure 1
	assert_output 'dist: v1.2.3 is another commit: the Makefile needs the next version'
	assert [ ! -e ipctool-1.2.3.tar.gz ]
}

@test "dist refuses a tag whose version NEWS.md has without a date" {
	prepare_dist
	printf '## 1.2.3 (unreleased)\n' >NEWS.md
	commit
	scripts/dist .
	git tag v1.2.3
	run scripts/dist
	assert_failure 1
	assert_output "dist: v1.2.3 is tagged, and NEWS.md begins with '## 1.2.3 (unreleased)'"
}
