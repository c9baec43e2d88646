# SPDX-License-Identifier: GPL-2.0-or-later
# The rooms, their levels and the packages each may use (DESIGN 5). A room includes only rooms of
# a lower level; tests/check-layers reads this file too.

LEVEL_0 := base model
LEVEL_1 := osmo text crypto
LEVEL_2 := wire port
LEVEL_3 := config store
LEVEL_4 := content outbox
LEVEL_5 := session mesh schedule
LEVEL_6 := gateway
LEVEL_7 := chan/modem chan/gsup chan/smpp chan/phone link/https ops/ctl ops/vty

ROOMS         := $(foreach l,0 1 2 3 4 5 6 7,$(LEVEL_$(l)))
PROGRAM_ROOMS := daemon modemd cli ward

PKG_osmo       := libosmocore talloc
PKG_text       := libutf8proc
PKG_crypto     := libsodium
PKG_wire       := libcbor jansson libzstd
PKG_config     := libconfig
PKG_store      := sqlite3 libpq
PKG_content    := libconfig
PKG_schedule   := libical jansson
PKG_chan/gsup  := libosmocore libosmogsm libosmoctrl libosmoabis libosmo-gsup-client talloc
PKG_chan/modem := libosmocore talloc
PKG_chan/smpp  := libosmocore libsmpp34 gnutls talloc
PKG_chan/phone := libosmocore talloc jansson
PKG_link/https := libcurl libmicrohttpd gnutls libosmocore talloc
PKG_ops/ctl    := libosmocore talloc jansson
PKG_ops/vty    := libosmocore libosmovty talloc
PKG_daemon     := libosmocore talloc libsystemd
PKG_modemd     := gammu libseccomp
PKG_cli        := jansson libcurl
PKG_ward       := libosmocore talloc jansson libmicrohttpd gnutls libsystemd

PROGRAMS := laidod laido-modem laido laido-ward

PROG_laidod_ROOM      := daemon
PROG_laidod_USES      := $(ROOMS)
# GPL-2.0-only libgammu: nothing of libosmocore or talloc may be linked with it (FACTS F7).
PROG_laido-modem_ROOM := modemd
PROG_laido-modem_USES := wire text model port base
PROG_laido_ROOM       := cli
PROG_laido_USES       := session schedule mesh content config text wire model crypto port base
PROG_laido-ward_ROOM  := ward
PROG_laido-ward_USES  := base model osmo text crypto wire port config store content schedule mesh gateway link/https ops/ctl

# A room with everything below it: what its unit tests link.
level_of = $(strip $(foreach l,0 1 2 3 4 5 6 7,$(if $(filter $(1),$(LEVEL_$(l))),$(l))))
lower    = $(foreach l,$(wordlist 1,$(or $(call level_of,$(1)),0),0 1 2 3 4 5 6 7),$(LEVEL_$(l)))
# A program's room stands on what the program links.
linked   = $(foreach p,$(PROGRAMS),$(if $(filter $(1),$(PROG_$(p)_ROOM)),$(PROG_$(p)_USES)))
below    = $(1) $(call linked,$(1)) $(call lower,$(1))

# Tools for tests.
TOOL_msc_USES   := wire text osmo base
TOOL_msc_PKG    := libosmocore libosmogsm libosmo-gsup-client talloc
TOOL_atsim_USES := text port base
TOOL_atsim_PKG  :=
TOOL_modem_host_USES := chan/modem config wire text port osmo base
TOOL_modem_host_PKG  :=
TOOL_load_USES  := wire port base
TOOL_load_PKG   := jansson
TOOL_smsc_load_USES := base
TOOL_smsc_load_PKG  :=
TOOL_kannel_app_USES :=
TOOL_kannel_app_PKG  := libmicrohttpd sqlite3
TOOL_phone_host_USES := chan/phone ops/ctl config text crypto wire port osmo model base
TOOL_phone_host_PKG  :=
TOOL_people_USES := wire port base
TOOL_people_PKG  := jansson
TOOL_chain_USES := mesh store wire crypto text port model base
TOOL_fill_USES := mesh store wire crypto text port model base
TOOL_ingest_USES := mesh store wire crypto text port model base
TOOL_gsup_echo_USES := chan/gsup wire text port osmo base
TOOL_gsup_echo_PKG  :=
TOOL_engine_USES := session content config wire crypto text port model base
TOOL_compile_USES := session content config wire crypto text port model base
TOOL_mesh_board_USES := link/https gateway mesh store wire crypto text port osmo model base
TOOL_remind_USES := gateway session schedule mesh outbox content config store wire crypto text port osmo model base
TOOL_sim_USES := gateway session schedule mesh outbox content config store wire crypto text port osmo model base
TOOL_sim_PKG  := sqlite3 libsodium
TOOL_sim_LIBS := $(patsubst %,-Wl$(comma)--wrap=%,pthread_create pthread_join poll ld_content_free ld_store_append ld_store_apply)
