# SPDX-License-Identifier: GPL-2.0-or-later
# What Debian 12 must provide: the only list of packages. tests/harness/deps installs what is
# missing of it. PKG_ in rooms.mk says which room uses which library.

DEB_BUILD := gcc libc6-dev make pkg-config \
  libosmocore-dev libosmo-abis-dev libosmo-gsup-client-dev libtalloc-dev libsmpp34-dev \
  libgammu-dev libseccomp-dev \
  libconfig-dev libical-dev libsqlite3-dev libpq-dev libsodium-dev libutf8proc-dev \
  libcbor-dev libjansson-dev libzstd-dev \
  libcurl4-gnutls-dev libmicrohttpd-dev libgnutls28-dev libsystemd-dev

# To run with a real core network; the tour shows PostgreSQL, too.
DEB_RUN  := $(DEB_BUILD) osmo-hlr sqlite3 procps jq
DEB_DEMO := $(DEB_RUN) postgresql

DEB_TEST := $(DEB_DEMO) osmo-msc binutils libcmocka-dev perl curl iproute2 openssl babeld

# A message centre of another make for tests/integ/smpp.t, which is skipped without it.
DEB_NPM := nodejs npm
NPM_TEST := smpp@0.5.1 xapi-validation@2.1.4

DEB_BENCH := $(DEB_BUILD) valgrind sqlite3 postgresql perl

# What others use for the same work, to measure beside it: make bench-peers.
DEB_PEERS := kannel gammu-smsd
