# SPDX-License-Identifier: MIT
# ipctool: build, check and install. `make help` lists the targets.
# Everything is found by its place: src/*/*.c, applets/*.c, man/*, tests/*. There is no list to keep.

VERSION := 0.2.0

# Where things go.
B       ?= build
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
LIBEXECDIR ?= $(PREFIX)/libexec/ipctool
MANDIR  ?= $(DATADIR)/man
ZSHDIR  ?= $(DATADIR)/zsh/site-functions
# Where bash looks for a library of builtins that is named without a folder, below PREFIX.
ifndef LOADABLESDIR
LOADABLESDIR := $(if $(LIBDIR),$(LIBDIR)/bash,$(or $(shell \
                pkg-config --define-variable=prefix='$(PREFIX)' --variable=loadablesdir bash 2>/dev/null),$(PREFIX)/lib/bash))
endif
# The list of what is installed, for `make uninstall`; a package manager keeps its own: INSTALLED=
INSTALLED ?= $(DATADIR)/ipctool/installed
# The names that other packages have too, and that are not installed: SKIP='mkfifo mmcat pipeline'
SKIP    ?=

# HOSTCC is the system's own compiler: bash's builtins and the other ends in the tests are linked
# with the system's library. The program is built with musl where that is installed.
ifeq ($(origin CC),default)
HOSTCC  := cc
CC      := $(or $(shell command -v musl-gcc),cc)
else
HOSTCC  := $(CC)
endif

# musl or other: musl has no macro of its own, and its compiler any name.
ifndef LIBC
hash    := \#
LIBC    := $(or $(shell printf '$(hash)include <features.h>\n$(hash)ifndef __GLIBC__\nmusl\n$(hash)endif\n' | \
               $(CC) -E -P -x c - 2>/dev/null | grep -x musl),other)
endif

CFLAGS  ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
STRIP   ?= -s

# A word for each file that is made; `make V=1` shows the commands instead, `make -s` nothing.
silent := $(findstring s,$(firstword -$(MAKEFLAGS)))
say     = $(if $(V),,@$(if $(silent),,echo '$(1) $@';))

accepts  = $(shell echo 'int main(void){return 0;}' | $(1) -Werror $(2) -x c - -o /dev/null 2>/dev/null && echo '$(2)')
hardened = -fstack-protector-strong

# What is made does not depend on the folder that it is made in, with debug information too. Only where a debugger or
# llvm-cov is to find the sources, it does.
UNPLACED := -ffile-prefix-map='$(CURDIR)'=.

NEEDED   := -std=gnu11 -D_GNU_SOURCE -Isrc -I$(B) -DIPCTOOL_VERSION='"$(VERSION)"' \
            -DIPCTOOL_LIBRARY='"$(LOADABLESDIR)/ipctool.so"' -DIPCTOOL_LIBEXEC='"$(LIBEXECDIR)"' \
            $(UNPLACED)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion

# A program that is started for one system call is judged by its start. An empty one, best of 3000 starts:
# static at a fixed address 1.00, with code and constants in one segment 0.97, static-pie 1.04 (it relocates
# itself), with glibc's loader 4.2. Of a call of semop value, unwind tables that nothing reads cost 1 %, and
# -fstack-clash-protection 5 %: it touches each page of a large frame, a fault every time. No frame here comes
# near the megabyte that the kernel keeps free below the stack. The other hardening flags show no difference.
# The kernel maps a file's pages sixteen at a time, 4 % of a start each time: so what every call runs stands
# together (src/hot.ld), 8 %; small code starts sooner than fast code, 1 %, so a switch has no table of addresses;
# and relro, which only a dynamic loader would put into effect, costs a page of its own, 2 %. Nor does
# -fcf-protection take effect there: musl's own objects carry no mark of it, so neither does the program, and the
# kernel turns nothing on for it. What musl does for more than this program needs is in src/libc, smaller; LIBRARYS
# is what of that stays the library's. Tables that begin at multiples of 32 bytes, as compilers like them, and sections
# in the order of the files leave 4 KB of nothing between them. musl has the canary of the stack in a variable too, which
# is as secret as the block of the thread that is in .bss like it, and 3 KB shorter to name.
RELRO    := -Wl,-z,relro,-z,now,-z,noexecstack
ifeq ($(LIBC),musl)
CODE     := $(or $(call accepts,$(CC),-Oz),-Os) -fno-pie -fno-asynchronous-unwind-tables -fno-jump-tables \
            -ffunction-sections -fdata-sections $(call accepts,$(CC),-malign-data=abi) \
            $(call accepts,$(CC),-mstack-protector-guard=global)
LIBRARYS :=
LINK     := -static -no-pie -Wl,--gc-sections,--sort-section=alignment,-z,noseparate-code,-z,norelro,-z,noexecstack -Wl,-T,src/hot.ld
ifneq ($(HARDENED),)
# Everything at a random address, constants not executable, tables read-only after the start: a start takes
# 1.5 times as long. musl-gcc has no -static-pie: without these start files it links a program that wants a loader.
MUSL     := $(dir $(shell $(CC) -\#\#\# -x c /dev/null 2>&1 | grep -o '[^ "]*/Scrt1\.o'))
LIBRARYS := src/libc/malloc.c
CODE     := $(filter-out -fno-pie,$(CODE)) -fPIE -DIPCTOOL_STATIC_PIE $(call accepts,$(CC),-fstack-clash-protection)
LINK     := -static -nostartfiles $(addprefix $(MUSL),rcrt1.o crti.o crtn.o) \
            -Wl,-pie,--no-dynamic-linker,--gc-sections,-z,text,-z,separate-code $(RELRO)
endif
else
LIBRARYS := src/libc/%
CODE     := -O2 -fPIE -ffunction-sections -fdata-sections $(call accepts,$(CC),-fstack-clash-protection) \
            $(call accepts,$(CC),-fcf-protection)
LINK     := -pie -Wl,--gc-sections $(RELRO)
endif

PROGRAM_CC := $(CC) $(NEEDED) $(WARNINGS) $(CODE) $(hardened) $(CPPFLAGS) $(CFLAGS)
BUILTIN_CC := $(HOSTCC) $(NEEDED) $(WARNINGS) -O2 -fPIC -fvisibility=hidden $(hardened) \
              $(call accepts,$(HOSTCC),-fstack-clash-protection) $(call accepts,$(HOSTCC),-fcf-protection) \
              $(CPPFLAGS) $(CFLAGS)

# Bash's headers are not ours to mend: as system headers they raise no warnings.
BASH_FLAGS := $(patsubst -I%,-isystem %,$(or $(shell pkg-config --cflags bash 2>/dev/null),\
              $(if $(wildcard /usr/include/bash/shell.h),-DSHELL $(addprefix -I/usr/include/bash,/ /include /builtins))))

# A file is named like its applet; one that has another name too says so, see src/applet.h.
APPLETS  := $(sort $(basename $(notdir $(wildcard applets/*.c))) $(shell sed -n 's/^APPLET.\([a-z]*\),.*/\1/p' applets/*.c 2>/dev/null))
SOURCES  := $(filter-out src/remote/%,$(wildcard src/*/*.c applets/*.c))
PROGRAM  := $(patsubst %.c,$(B)/obj/%.o,$(filter-out src/bash/% $(LIBRARYS),$(SOURCES)))
BUILTINS := $(patsubst %.c,$(B)/pic/%.o,$(filter-out src/program/% src/libc/%,$(SOURCES)))

# The programs for engines of other machines are linked with their engine's library, which is a shared one, so
# with the system's C library: each where the library is. What a source of src/remote/ is for is in its name.
engine   = $(if $(shell pkg-config --exists $(2) 2>/dev/null && echo yes),$(1))
ENGINES  := $(call engine,nats,libnats) $(call engine,redis,hiredis)
ENGINES  := $(foreach name,$(ENGINES),$(if $(wildcard src/remote/$(name)_program.c),$(name)))
REMOTES  := $(addprefix $(B)/ipctool-,$(ENGINES))
nats_LIBRARY  := libnats
redis_LIBRARY := hiredis
engine_flags = $(shell pkg-config --cflags $(foreach name,$(ENGINES),$($(name)_LIBRARY)) 2>/dev/null)
remote_sources = $(wildcard src/remote/$(1).c src/remote/$(1)_*.c)
REMOTE_COMMON := $(filter-out $(call remote_sources,nats) $(call remote_sources,redis),$(wildcard src/remote/*.c)) \
                 src/program/frontend.c
# Of src/remote what needs no library of an engine, for the C tests and a target of libFuzzer.
REMOTE_PLAIN := $(patsubst %,$(B)/obj/src/remote/%.o,prefix url)
# The 32-bit peer needs no library, but a compiler and a linker that know i386.
I386     := -m32 -nostdlib -static -ffreestanding -fno-stack-protector -fno-pic
has_i386 := $(shell printf 'void _start(void) {}' | $(HOSTCC) $(I386) -x c -o /dev/null - 2>/dev/null && echo yes)
PEERS    := $(patsubst tests/peers/%.c,$(B)/peers/%,$(filter-out tests/peers/i386.c,$(wildcard tests/peers/*.c))) \
            $(if $(has_i386),$(B)/peers/i386) $(if $(shell command -v musl-gcc),$(B)/peers/sem.musl)
UNIT     := $(patsubst tests/unit/%.c,$(B)/unit/%.o,$(wildcard tests/unit/*.c tests/unit/*/*.c)) \
            $(REMOTE_PLAIN) $(filter-out %/src/program/main.o $(B)/obj/applets/%,$(PROGRAM))
FUZZERS  := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(filter-out tests/fuzz/fuzz.c,$(wildcard tests/fuzz/*.c)))
TORTURE  := $(wildcard tests/torture/*.c)
LIMITS   := $(patsubst tests/limits/%.c,$(B)/limits/%,$(wildcard tests/limits/*.c))

all: program $(if $(BASH_FLAGS),bash,no-bash) remotes ## the program, its links, the builtins, ipctool-nats … (the default)

program: $(B)/ipctool $(B)/bin ## build/ipctool and its links in build/bin

bash: $(B)/ipctool.so ## build/ipctool.so: the applets as builtins of bash

no-bash:
	@echo 'no builtins: the headers of bash are missing (Debian: bash-builtins)'

remotes: $(REMOTES) ## build/ipctool-nats, build/ipctool-redis: where pkg-config finds libnats, hiredis

glibc: ## build/glibc: the same program as the system compiler makes it
	@$(MAKE) --no-print-directory B=$(B)/glibc CC=$(HOSTCC) LIBC=other program
	@ln -sf ../ipctool.so $(B)/glibc/ipctool.so

SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
asan: ## build/asan: program and builtins with the sanitizers (address, undefined)
	@$(MAKE) --no-print-directory B=$(B)/asan CC=$(HOSTCC) LIBC=other CFLAGS='$(SANITIZE)' STRIP= UNPLACED= all

DEBUG := -O0 -g3 -DIPCTOOL_DEBUG
debug: ## build/debug: not optimized, with symbols; IPCTOOL_TRACE=1 shows each wait on standard error
	@$(MAKE) --no-print-directory B=$(B)/debug CC=$(HOSTCC) LIBC=other CFLAGS='$(DEBUG)' STRIP= UNPLACED= all

hardened: ## build/hardened: HARDENED=1, a static-pie with relro, which starts more slowly
	@$(MAKE) --no-print-directory B=$(B)/hardened HARDENED=1 all

debug-program:
	@$(MAKE) --no-print-directory B=$(B)/debug CC=$(HOSTCC) LIBC=other CFLAGS='$(DEBUG)' STRIP= UNPLACED= program

peers: $(PEERS) ## the small C programs on the other end in the tests

unit: ## the tests in C, tests/unit, with both C libraries
	@$(MAKE) --no-print-directory B=$(B)/glibc CC=$(HOSTCC) LIBC=other run-unit
	$(if $(filter $(HOSTCC),$(CC)),,@$(MAKE) --no-print-directory run-unit)
unit-asan: ## the same with the sanitizers
	@$(MAKE) --no-print-directory B=$(B)/asan CC=$(HOSTCC) LIBC=other CFLAGS='$(SANITIZE)' STRIP= UNPLACED= run-unit
run-unit: $(B)/unit/unit
	@$(B)/unit/unit

# The system's compiler may be gcc, which has no libFuzzer. A target is linked with the objects of src/ and applets/;
# what it reads and writes goes through tests/fuzz/fuzz.c, without a system call.
FUZZ           := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_WRAPPED   := -Wl,--wrap=write,--wrap=lseek,--wrap=input_read_from,--wrap=procfs_read
FUZZ_LIBRARIES := -ljson-c
fuzz: fuzz-builds ## ten million executions of the targets of libFuzzer, tests/fuzz
	scripts/fuzz
fuzz-mutations: fuzz-builds ## lines of src/ broken one after the other: the target of each must find it
	scripts/fuzz --mutations
fuzz-%: fuzz-builds ## fuzz-NAME: one target; RUNS=N or FUZZ_SECONDS=N
	RUNS='$(RUNS)' FUZZ_SECONDS='$(FUZZ_SECONDS)' scripts/fuzz $*
fuzz-builds:
	@$(MAKE) --no-print-directory B=$(B)/fuzz CC=clang LIBC=other CFLAGS='$(FUZZ)' STRIP= UNPLACED= fuzz-targets
fuzz-targets: $(FUZZERS)

# Counters that are mapped from a file: a process that is killed has counted too, and none makes another system call.
# The file is named by LLVM_PROFILE_FILE; a process that has lost its environment counts for nothing.
COVERAGE := -O1 -g -fprofile-instr-generate=/dev/null -fcoverage-mapping -mllvm -runtime-counter-relocation \
            -Wno-unused-command-line-argument
coverage: coverage-builds peers ## which lines all tests reach: a table for the directories, and what is not reached
	scripts/coverage
coverage-builds:
	@$(MAKE) --no-print-directory B=$(B)/coverage CC=clang LIBC=other CFLAGS='$(COVERAGE)' STRIP= UNPLACED= all build-unit fuzz-targets
	@ln -sfn . $(B)/coverage/glibc
build-unit: $(B)/unit/unit

limits: $(LIMITS) ## the programs that the benchmarks compare with

test-builds: all glibc peers debug-program
check: test-builds ## all tests: every front end, as root and as nobody
	@$(MAKE) --no-print-directory unit
	scripts/test
check-quick: all peers debug-program run-unit ## in at most three minutes, without glibc's program and what is slow
	scripts/test --quick
check-all: test-builds asan ## all tests, and once more with the sanitizers
	@$(MAKE) --no-print-directory unit unit-asan
	scripts/test
	scripts/test --asan
check-hostile: program glibc peers ## other users who mean harm: planted, foreign and cut objects, floods, endless connections
	scripts/test --front musl,glibc --user root tests/hostile.bats
check-%: test-builds ## check-APPLET: the tests of one applet
	scripts/test $*

lint: ## formatters, analyzers and linters
	scripts/lint
bench: all glibc limits ## the speed, each figure beside its goal
	scripts/bench
model: ## the protocols of --in-flight, of --stay and of locks in memory, all their states by spin, in a minute
	scripts/model
model-mutations: ## the same with each step of a model broken in turn: spin must find each
	scripts/model --mutations
killtest: program $(B)/kill/killer ## processes killed at random, 20000 of each kind: nothing is lost or left; an hour
	scripts/killtest
chaintest: program remotes ## messages from queue to queue through Redis and NATS, each part killed a hundred times: none is lost
	scripts/chaintest redis
	scripts/chaintest nats
torture-builds: program $(B)/torture/torture $(B)/torture/act $(B)/torture/wrong
torture: torture-builds ## every system call fails in turn: a part that depends on the commit, three minutes
	scripts/torture
torture-all: torture-builds ## all of that
	scripts/torture --all
demo: all ## the main job on real input
	scripts/demo

dist: ## ipctool-VERSION.tar.gz: the sources of the last commit, whose tag must be that version
	@scripts/dist
packages: ## the packages of the last commit for Debian, RPM and Alpine: built, tried and removed in a fresh root
	scripts/packages
check-reproducible: ## built twice in other circumstances: are the programs and the builtins the same bytes?
	scripts/reproducible
release-check: ## is this commit ready to be tagged?
	scripts/release-check

install: all ## install below PREFIX (and DESTDIR)
	@$(INSTALL) install
uninstall: $(B)/registry.inc ## remove exactly what install put there
	@$(INSTALL) uninstall
INSTALL = DESTDIR='$(DESTDIR)' BINDIR='$(BINDIR)' LOADABLESDIR='$(LOADABLESDIR)' LIBEXECDIR='$(LIBEXECDIR)' MANDIR='$(MANDIR)' \
          DATADIR='$(DATADIR)' ZSHDIR='$(ZSHDIR)' INSTALLED='$(INSTALLED)' SKIP='$(SKIP)' scripts/install '$(B)'

help: ## this list
	@sed -n -e 's/^[a-z]*-%:.*## \(.*\): /\1\t/p' -e 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 17

clean: ## remove build/
	rm -rf '$(B)'

$(B)/ipctool: $(PROGRAM) $(B)/program.flags src/hot.ld
	$(call say,LINK) $(PROGRAM_CC) $(LINK) $(STRIP) $(LDFLAGS) -o $@ $(PROGRAM)

$(B)/ipctool.so: $(BUILTINS) $(B)/builtin.flags
	$(call say,LINK) $(BUILTIN_CC) -shared $(RELRO) $(STRIP) $(LDFLAGS) -o $@ $(BUILTINS)

# Of the other directories only what it needs: an archive.
$(B)/remote.a: $(filter-out $(B)/pic/src/bash/%,$(BUILTINS))
	@rm -f $@
	$(call say,AR  ) $(AR) rcs $@ $^

remote_objects = $(patsubst %.c,$(B)/pic/%.o,$(call remote_sources,$(1)) $(REMOTE_COMMON))
.SECONDEXPANSION:
$(REMOTES): $(B)/ipctool-%: $$(call remote_objects,$$*) $(B)/remote.a $(B)/builtin.flags
	$(call say,LINK) $(BUILTIN_CC) -pie $(RELRO) $(STRIP) $(LDFLAGS) -o $@ $(call remote_objects,$*) $(B)/remote.a \
	    $(shell pkg-config --libs $($*_LIBRARY)) -pthread

$(B)/unit/unit: $(UNIT) $(B)/program.flags
	$(call say,LINK) $(PROGRAM_CC) $(LINK) $(LDFLAGS) -o $@ $(UNIT) -pthread

$(B)/fuzz/%: $(B)/fuzz/%.o $(B)/fuzz/fuzz.o $(filter-out %/src/program/main.o,$(PROGRAM)) $(B)/program.flags
	$(call say,LINK) $(PROGRAM_CC) -fsanitize=fuzzer $(LINK) $(FUZZ_WRAPPED) $(LDFLAGS) -o $@ $(filter %.o,$^) \
	    $(FUZZ_LIBRARIES) -pthread

$(B)/fuzz/remote: $(REMOTE_PLAIN)

$(B)/bin: $(B)/registry.inc
	@mkdir -p $@; for name in ipctool $(APPLETS); do ln -sfn ../ipctool $@/$$name; done
	@cd $@; for name in *; do case ' ipctool $(APPLETS) ' in *" $$name "*) ;; *) rm -f "$$name" ;; esac; done

$(B)/obj/%.o: %.c $(B)/program.flags | $(B)/registry.inc
	@mkdir -p $(@D)
	$(call say,CC  ) $(PROGRAM_CC) -MMD -MP -c -o $@ $<

$(B)/unit/%.o: tests/unit/%.c $(B)/program.flags | $(B)/registry.inc
	@mkdir -p $(@D)
	$(call say,CC  ) $(PROGRAM_CC) -MMD -MP -c -o $@ $<

$(B)/fuzz/%.o: tests/fuzz/%.c $(B)/program.flags | $(B)/registry.inc
	@mkdir -p $(@D)
	$(call say,CC  ) $(PROGRAM_CC) -MMD -MP -c -o $@ $<

$(B)/pic/%.o: %.c $(B)/builtin.flags | $(B)/registry.inc
	@mkdir -p $(@D)
	$(call say,CC  ) $(BUILTIN_CC) -MMD -MP $(if $(filter src/bash/%,$<),$(BASH_FLAGS)) \
	    $(if $(filter src/remote/%,$<),$(engine_flags)) -c -o $@ $<

$(B)/peers/%: tests/peers/%.c $(B)/peers.flags
	@mkdir -p $(@D)
	$(call say,CC  ) $(HOSTCC) -D_GNU_SOURCE $(WARNINGS) -O1 -g -o $@ $< -pthread

$(B)/kill/%: tests/kill/%.c $(B)/peers.flags
	@mkdir -p $(@D)
	$(call say,CC  ) $(HOSTCC) -D_GNU_SOURCE $(WARNINGS) -O1 -g -o $@ $<

$(B)/peers/i386: tests/peers/i386.c $(B)/peers.flags
	@mkdir -p $(@D)
	$(call say,CC  ) $(HOSTCC) $(I386) $(WARNINGS) -O1 -g -o $@ $<

# The other end where the two libraries differ.
$(B)/peers/%.musl: tests/peers/%.c
	@mkdir -p $(@D)
	$(call say,CC  ) musl-gcc -static -D_GNU_SOURCE $(WARNINGS) -O1 -g -o $@ $<

# What makes system calls fail, and the names of these calls and of their errors, from the system's headers.
$(B)/torture/torture: $(filter-out %/act.c %/wrong.c,$(TORTURE)) $(wildcard tests/torture/*.h) $(B)/torture/calls.inc
	$(call say,LINK) $(HOSTCC) -D_GNU_SOURCE -I$(B) $(WARNINGS) -O1 -g -o $@ $(filter %.c,$^)

$(B)/torture/calls.inc: $(B)/peers.flags
	@mkdir -p $(@D)
	@echo '#include <errno.h>' | $(HOSTCC) -E -dM - | sed -n 's/^#define \(E[A-Z0-9]*\) [0-9].*/X(\1, \1)/p' >$(@D)/errors.inc
	@echo '#include <sys/syscall.h>' | $(HOSTCC) -E -dM - | sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/X(\1, __NR_\1)/p' >$@

$(B)/torture/act $(B)/torture/wrong: $(B)/torture/%: tests/torture/%.c $(B)/program.flags
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) -D_GNU_SOURCE $(WARNINGS) -O1 $(filter -static,$(LINK)) $(STRIP) -o $@ $<

# The programs to compare with are built in the usual way, without the flags that make ours start sooner.
$(B)/limits/%: tests/limits/%.c $(B)/program.flags
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) -D_GNU_SOURCE $(WARNINGS) -O2 $(filter -static,$(LINK)) $(STRIP) -o $@ $<

# Written only when the contents change, so that what depends on them is made again only then:
# the names of the applets, and the compilers with their flags. Another make may do the same at the same time: so
# each writes a file of its own, and the rename replaces the old one at once.
write_if_changed = @mkdir -p $(@D); new=$@.new.$$$$; $(1) >$$new; \
                   if cmp -s $$new $@; then rm $$new; else mv -f $$new $@; fi
quote = '$(subst ','\'',$(1))'

$(B)/registry.inc: FORCE
	$(call write_if_changed,printf 'X(%s)\n' $(APPLETS))
$(B)/program.flags: FORCE
	$(call write_if_changed,echo $(call quote,$(PROGRAM_CC) $(LINK) $(STRIP) $(LDFLAGS)))
$(B)/builtin.flags: FORCE
	$(call write_if_changed,echo $(call quote,$(BUILTIN_CC) $(BASH_FLAGS) $(STRIP) $(LDFLAGS)))
$(B)/peers.flags: FORCE
	$(call write_if_changed,echo $(call quote,$(HOSTCC)))

-include $(PROGRAM:.o=.d) $(UNIT:.o=.d) $(BUILTINS:.o=.d) $(wildcard $(B)/pic/src/remote/*.d $(B)/pic/src/program/*.d) $(FUZZERS:=.d) $(B)/fuzz/fuzz.d
.SECONDARY: $(FUZZERS:=.o) $(B)/fuzz/fuzz.o

FORCE:
.PHONY: FORCE all program bash no-bash remotes glibc asan hardened debug debug-program peers unit unit-asan run-unit limits \
        test-builds fuzz fuzz-mutations fuzz-builds fuzz-targets coverage coverage-builds build-unit torture-builds torture torture-all \
        check check-quick check-all check-hostile lint bench model model-mutations \
        killtest chaintest demo dist packages check-reproducible release-check install uninstall \
        help clean
.DELETE_ON_ERROR:
