#!/usr/bin/env bats
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
