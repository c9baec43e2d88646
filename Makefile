# SPDX-License-Identifier: GPL-2.0-or-later
# Lai Do. `make` builds into build/.
#
#   make run        install what is missing, build, start everything in simulation
#   make demo       the unattended tour
#   make check      install what the tests need, run them all
#   make unit       unit tests only; make deps, make test-deps: packages only
#   make golden     write tests/vectors/golden anew; look at the difference before you commit it
#   make sim        simulated worlds of boards: BOARDS=100 SEEDS=1000; make sim-mutants
#   make bench      figures; make bench-peers: beside Kannel and gammu-smsd (installs them)
#   make soak       MINUTES=30 of faults: does anything grow?; make install, make format, make clean
#
#   V=1             show the commands
#   SAN=1           AddressSanitizer and UndefinedBehaviorSanitizer, into build/san
#   T=WORD          only tests whose name contains WORD; SEED=N for a random one
#   B=DIR           another build directory
#   DESTDIR, PREFIX for `make install`

SAN    ?=
B      ?= build$(if $(SAN),/san)
PREFIX ?= /usr/local
Q      := $(if $(V),,@)

CC      ?= cc
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Werror
comma   := ,
OPT     := $(if $(SAN),-O1 -fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined \
             -fno-omit-frame-pointer -Wno-error=maybe-uninitialized,-O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
LDSAN   := $(if $(SAN),-fsanitize=address$(comma)undefined)
CFLAGS  ?= -g
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
ALL_CFLAGS = -std=gnu11 $(WARN) $(OPT) $(CFLAGS) -Iinclude -D_GNU_SOURCE -MMD -MP

include src/rooms.mk
include src/packages.mk

# ---- one static library a room ----
lib_of   = $(B)/lib/lib$(subst /,-,$(1)).a
srcs_of  = $(sort $(wildcard src/$(1)/*.c))
pkgflags = $(if $(strip $(1)),$(shell pkg-config --cflags $(1) | sed 's/-I/-isystem /g'))
pkglibs  = $(if $(strip $(1)),$(shell pkg-config --libs $(1)))

define ROOM_RULES
$(B)/obj/$(1)/%.o: src/$(1)/%.c
	@mkdir -p $$(@D)
	$$(if $(V),,@echo "  CC    $$<")
	$(Q)$(CC) $$(ALL_CFLAGS) $$(call pkgflags,$$(PKG_$(1))) -c -o $$@ $$<
$(call lib_of,$(1)): $(patsubst src/%.c,$(B)/obj/%.o,$(call srcs_of,$(1)))
	@mkdir -p $$(@D)
	$(Q)rm -f $$@ && ar crs $$@ $$^
endef
$(foreach r,$(ROOMS) $(PROGRAM_ROOMS),$(eval $(call ROOM_RULES,$(r))))

# What only some files see, so that a commit does not compile all anew.
$(B)/obj/daemon/%.o $(B)/obj/ward/status.o: ALL_CFLAGS += -DLAIDO_VERSION='"$(VERSION)"'
$(B)/obj/store/db.o: ALL_CFLAGS += -isystem $(B)/gen

# SQL becomes strings, so that the programs need no data files to start.
$(B)/obj/store/db.o: $(B)/gen/laido_sql.h
$(B)/gen/laido_sql.h: $(wildcard src/store/sql/*.sql) src/store/sql/embed.sh
	@mkdir -p $(@D)
	$(Q)sh src/store/sql/embed.sh src/store/sql > $@.tmp && mv $@.tmp $@

# ---- programs ----
define PROGRAM_RULES
$(B)/bin/$(1): $(call lib_of,$(PROG_$(1)_ROOM)) $(foreach r,$(PROG_$(1)_USES),$(call lib_of,$(r)))
	@mkdir -p $$(@D)
	$$(if $(V),,@echo "  LD    $$@")
	$(Q)$(CC) $(LDSAN) -pthread -Wl,--as-needed -o $$@ -Wl,--whole-archive \
	  $(call lib_of,$(PROG_$(1)_ROOM)) -Wl,--no-whole-archive -Wl,--start-group \
	  $(foreach r,$(PROG_$(1)_USES),$(call lib_of,$(r))) -Wl,--end-group \
	  $$(call pkglibs,$$(foreach r,$(PROG_$(1)_ROOM) $(PROG_$(1)_USES),$$(PKG_$$(r)))) -lm $$(PROG_$(1)_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call PROGRAM_RULES,$(p))))

.DEFAULT_GOAL := all
.PHONY: all clean help
all: $(PROGRAMS:%=$(B)/bin/%)
	@:
help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

# ---- tests ----
# tests/unit/ROOM/NAME.c links ROOM and the rooms below it, nothing else. It may include ROOM's own
# headers.
UNIT_SRCS  := $(sort $(wildcard tests/unit/*/*.c tests/unit/*/*/*.c))
UNIT_TESTS := $(UNIT_SRCS:tests/unit/%.c=$(B)/tests/%)
unit_room   = $(patsubst %/,%,$(dir $(1)))
.SECONDEXPANSION:
.SECONDARY: $(UNIT_SRCS:tests/unit/%.c=$(B)/obj/tests/%.o)
$(B)/obj/tests/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  TEST  $<")
	$(Q)$(CC) $(ALL_CFLAGS) -Wno-conversion -Itests -iquote src/$(call unit_room,$*) \
	  $(call pkgflags,$(foreach r,$(call below,$(call unit_room,$*)),$(PKG_$(r))) cmocka) -c -o $@ $<
$(B)/tests/%: $(B)/obj/tests/%.o $$(foreach r,$$(call below,$$(call unit_room,$$*)),$$(call lib_of,$$(r)))
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDSAN) -o $@ $< \
	  -Wl,--start-group $(foreach r,$(call below,$(call unit_room,$*)),$(call lib_of,$(r))) -Wl,--end-group \
	  -pthread $(call pkglibs,$(foreach r,$(call below,$(call unit_room,$*)),$(PKG_$(r))) cmocka) -lm

# tests/tools/NAME.c (and NAME/*.c): simulators and load programs, linked with the rooms
# TOOL_NAME_USES names.
TOOL_SRCS := $(sort $(wildcard tests/tools/*.c))
TOOLS     := $(TOOL_SRCS:tests/tools/%.c=$(B)/tools/%)
$(B)/tools/%: tests/tools/%.c $$(wildcard tests/tools/$$*/*.[ch]) \
              $$(foreach r,$$(TOOL_$$*_USES),$$(call lib_of,$$(r)))
	@mkdir -p $(@D)
	$(if $(V),,@echo "  TOOL  $<")
	$(Q)$(CC) $(ALL_CFLAGS) -Itests $(LDSAN) $(call pkgflags,$(foreach r,$(TOOL_$*_USES),$(PKG_$(r))) $(TOOL_$*_PKG)) \
	  -MF $@.d -o $@ $(filter %.c,$^) -Wl,--start-group $(foreach r,$(TOOL_$*_USES),$(call lib_of,$(r))) -Wl,--end-group \
	  -pthread $(call pkglibs,$(foreach r,$(TOOL_$*_USES),$(PKG_$(r))) $(TOOL_$*_PKG)) -lm $(TOOL_$*_LIBS)

# tests/tools/preload/NAME.c: what stands between a program and the system (LD_PRELOAD). Not with
# sanitizers, which want to be first there.
PRELOADS := $(patsubst tests/tools/preload/%.c,$(B)/tools/%.so,$(wildcard tests/tools/preload/*.c))
$(B)/tools/%.so: tests/tools/preload/%.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  TOOL  $<")
	$(Q)$(CC) -std=gnu11 $(WARN) -O2 -g -D_GNU_SOURCE -MMD -MP -shared -fPIC -o $@ $<

.PHONY: tools unit-tests
unit-tests: $(UNIT_TESTS)
	@:
tools: $(TOOLS) $(PRELOADS)
	@:

# ---- doors: they build in a second make, since the packages may only just have come ----
.PHONY: deps run-deps demo-deps test-deps bench-deps check unit run demo bench bench-peers soak peers-deps
deps:
	@tests/harness/deps $(DEB_BUILD)
run-deps:
	@tests/harness/deps $(DEB_RUN)
demo-deps:
	@tests/harness/deps $(DEB_DEMO)
test-deps:
	@tests/harness/deps $(DEB_TEST)
	@tests/harness/npm build/npm "$(NPM_TEST)" $(DEB_NPM)
bench-deps:
	@tests/harness/deps $(DEB_BENCH)
peers-deps: bench-deps
	@tests/harness/deps $(DEB_PEERS)

JOBS ?= $(shell nproc 2>/dev/null || echo 1)
AGAIN = +@$(MAKE) --no-print-directory -j$(JOBS) B=$(B) SAN=$(SAN)

run: run-deps
	$(AGAIN) all tools
	@B=$(B) tests/harness/run

demo: demo-deps
	$(AGAIN) all tools
	@B=$(B) tests/harness/demo

bench: bench-deps
	$(AGAIN) all tools
	@B=$(B) tests/harness/bench

bench-peers: peers-deps
	$(AGAIN) all tools
	@B=$(B) tests/harness/bench-peers

soak: test-deps
	$(AGAIN) all tools
	@B=$(B) MINUTES=$(MINUTES) tests/harness/soak
MINUTES ?= 30

# The whole suite as released, then once more with sanitizers, without the slow part.
# One round only with SAN=1.
CHECKS      := tests/check-layers tests/check-banned tests/check-licence
INTEG_TESTS := $(sort $(wildcard tests/integ/*.t))
check: test-deps
	@rm -f $(B)/check/sum $(B)/san/check/sum
	$(AGAIN) all tools unit-tests && echo "== tests$(if $(SAN), with sanitizers)" && \
	  B=$(B) tests/harness/check $(if $(SAN),--quick,$(CHECKS)) $(UNIT_TESTS) $(INTEG_TESTS) || true
ifeq ($(SAN),)
	+@$(MAKE) --no-print-directory -j$(JOBS) B=$(B)/san SAN=1 all tools unit-tests && \
	  echo "== tests with sanitizers" && \
	  B=$(B)/san tests/harness/check --quick $(UNIT_TESTS:$(B)/%=$(B)/san/%) $(INTEG_TESTS) || true
	@tests/harness/sum $(B)/check/sum $(B)/san/check/sum
else
	@tests/harness/sum $(B)/check/sum
endif

unit: unit-tests
	@B=$(B) tests/harness/check $(UNIT_TESTS)

# For a night: make sim BOARDS=100 SEEDS=1000. And whether it would notice: make sim-mutants.
.PHONY: sim sim-mutants
BOARDS ?= 12
SEEDS  ?= 50
sim: deps
	$(AGAIN) $(B)/tools/sim
	@$(if $(SEED),SEED=$(SEED) )$(B)/tools/sim --boards $(BOARDS) --seeds $(SEEDS)
sim-mutants: deps
	@B=$(B) tests/harness/sim-mutants

.PHONY: golden
golden: $(B)/tests/session/golden $(B)/tests/session/paths
	@for t in $^; do GOLDEN=write $$t; done

# ---- installing ----
.PHONY: install format
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/laido \
	  $(DESTDIR)$(PREFIX)/share/doc/laido/hw/mesh $(DESTDIR)$(PREFIX)/lib/systemd/system \
	  $(DESTDIR)$(PREFIX)/lib/udev/rules.d
	install -m 755 $(PROGRAMS:%=$(B)/bin/%) hw/laido-power $(DESTDIR)$(PREFIX)/bin
	install -m 644 hw/udev/*.rules $(DESTDIR)$(PREFIX)/lib/udev/rules.d
	install -m 644 hw/*.md $(DESTDIR)$(PREFIX)/share/doc/laido/hw
	install -m 644 hw/mesh/* $(DESTDIR)$(PREFIX)/share/doc/laido/hw/mesh
	cp -R conf/. $(DESTDIR)$(PREFIX)/share/laido
	cp -R docs/. README.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/laido
	for u in hw/systemd/*.service hw/systemd/*.path; do sed 's,/usr/local,$(PREFIX),g' $$u \
	  > $(DESTDIR)$(PREFIX)/lib/systemd/system/$${u##*/}; done

format:
	clang-format -i $$(find src include tests -name '*.[ch]')

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
