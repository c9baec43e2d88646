/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config: what laidod and laido-ward are told by their configuration file (libconfig syntax).
 *
 * A configuration is read once, checked as a whole and never changed: a reload reads a second one
 * and compares. Every setting has a default, so that both programs run without any file (make
 * run): state below build/run, everything on loopback, demonstration switches on. conf/laidod.conf
 * and conf/laido-ward.conf name every setting, with its meaning, for a real board.
 *
 * The only user of libconfig besides content. Plain data, no pointers: copy it as you like. */
#ifndef LAIDO_CONFIG_CONFIG_H
#define LAIDO_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "laido/base/err.h"
#include "laido/model/ids.h"

enum {
	LD_CONF_PATH = 200,     /* octets of a path with its NUL */
	LD_CONF_IRI = 120,      /* of an IRI's */
	LD_CONF_SOCKET = 104,   /* of a Unix socket's path: sun_path less a margin */
	LD_CONF_HOST = 64,      /* of a host name or address */
	LD_CONF_PEERS = 16,             /* boards whose address is known */
	LD_CONF_NAME = 32,      /* of a board's, a channel's or a ward's name */
	LD_CONF_MODEMS = 16,
	LD_CONF_SMPP = 4,       /* binds */
	LD_CONF_RANGES = 8,
	LD_CONF_TDP = 99,       /* to dan pho are numbered 1..99 */
};

enum ld_log_level { LD_LOG_DEBUG = 0, LD_LOG_INFO, LD_LOG_NOTICE, LD_LOG_ERROR };

/* Whose channel it is and what a part costs on it, in VND; -1: as values.conf says. */
struct ld_conf_price {
	char operator[24];              /* a name of operators.conf; "": not told */
	int own_vnd;                    /* to the same operator's numbers */
	int other_vnd;                  /* to all others */
};

/* One modem: modems = ( { name = "sim1"; device = "/dev/serial/by-path/..."; ... } ). */
struct ld_conf_modem {
	char name[LD_CONF_NAME];        /* unique; the channel's name */
	char device[LD_CONF_PATH];      /* the tty; by-path names, never ttyUSBn; "": by imei */
	char imei[16];                  /* 15 digits: only that modem, wherever it is plugged in */
	char profile[LD_CONF_NAME];     /* file of modems_dir without .conf */
	char power[LD_CONF_PATH];       /* shell command that cuts its power for a moment; "": none */
	char smsc[24];                  /* E.164 with '+'; "": the SIM's own */
	char pin[9];                    /* of the SIM, 4..8 digits; "": none. Never logged */
	char number[24];                /* the SIM's own number; "": unknown */
	struct ld_conf_price price;
};

/* The daemon as External USSD Entity of an OsmoHLR. */
struct ld_conf_gsup {
	bool enable;
	char host[LD_CONF_HOST];        /* of the HLR */
	uint16_t port;                  /* GSUP, 4222 */
	uint16_t ctrl_port;             /* CTRL interface of the same HLR, 4259 */
	char euse[LD_CONF_NAME];        /* "ward": registers as EUSE-ward */
	char code[16];                  /* the code people dial, "*123#" */
	uint16_t menu_septets;          /* budget of a screen that asks, 130 (FACTS F2) */
	uint16_t end_septets;           /* budget of a last screen, 128 */
	int session_ms;                 /* our own session timer, 25 s */
};

/* A bind to an operator's message centre: smpp = ( { name = "op1"; host = "..."; ... } ). */
struct ld_conf_smpp {
	char name[LD_CONF_NAME];        /* unique among modems and binds; the channel's name */
	char host[LD_CONF_HOST];
	uint16_t port;                  /* 2775 */
	bool tls;                       /* with one of the next two */
	char tls_ca[256];               /* file of authorities, PEM */
	uint8_t tls_pin[32];            /* SHA-256 of the message centre's public key; zero: none */
	char system_id[16], password[9], system_type[13];       /* SMPP 3.4 4.1; never logged */
	char bind[12];                  /* "transceiver", or "pair" of transmitter and receiver */
	char source[21];                /* the short code or number our messages come from */
	int source_ton, source_npi;     /* -1: by the form of source */
	char profile[12];               /* "generic", "osmomsc" */
	char alphabet[12];              /* data_coding 0: "septets", "packed", "latin1" */
	char long_by[12];               /* long messages: "udh", "sar", "payload" */
	uint16_t session_tlv;           /* with a USSD session's number; 0: by telephone number */
	uint16_t ussd_septets;          /* budget of a screen, 182 */
	int session_ms;                 /* our own session timer, 25 s */
	int enquire_ms;                 /* enquire_link after so much silence, 30 s */
	unsigned window;                /* messages without a response, 1..64 */
	int spacing_ms;                 /* of parts, 0: as fast as the window allows */
	unsigned parts_per_day;         /* 0: no limit */
	struct ld_conf_price price;
};

/* Numbers first..last (national, "0990000000"), of the simulated handset only. */
struct ld_conf_range {
	struct ld_msisdn first, last;   /* E.164 digits, same length */
};

struct ld_conf_phone {
	bool enable;
	bool in_reports;                /* demonstration: its events count like anyone's */
	unsigned n_ranges;
	struct ld_conf_range ranges[LD_CONF_RANGES];
};

/* The ward server, a peer of the mesh. */
struct ld_conf_ward {
	bool enable;
	char host[LD_CONF_HOST];
	uint16_t port;
	bool has_key;
	uint8_t key[32];                /* its Ed25519 public key: 64 hex digits */
	char invite[LD_CONF_PATH];      /* file from `laido-ward --invite`; "": none */
};

/* Another board whose address is known. */
struct ld_conf_peer {
	char host[LD_CONF_HOST];
	uint16_t port;
	uint8_t key[32];                /* its Ed25519 public key: 64 hex digits */
};

/* Other boards, with which this one exchanges records directly. */
struct ld_conf_mesh {
	bool listen;                    /* others may ask this board */
	char host[LD_CONF_HOST];        /* numeric address to listen on */
	uint16_t port;
	bool hello;                     /* say and hear "I am here" on every network */
	uint16_t hello_port;            /* UDP */
	int every_ms;                   /* ask even without news of our own, 30 s */
	unsigned n_peers;
	struct ld_conf_peer peers[LD_CONF_PEERS];
};

struct ld_conf_outbox {
	int spacing_ms;                 /* of parts per SIM, 6 s */
	unsigned burst;                 /* parts that may go at once, replies first */
	unsigned parts_per_day;         /* per SIM */
	unsigned replies_per_hour;      /* per number: loop guard */
	unsigned unasked_per_day;       /* per number: lessons, reminders, broadcasts */
	unsigned lessons_per_day;       /* per learner, of her own asking */
	unsigned vnd_per_month;         /* money there is; 0: not told. Only an alarm */
	int quiet_from_min, quiet_to_min;       /* local minutes of the day; 21:00, 07:30 */
};

struct ld_config {
	char file[LD_CONF_PATH];        /* "" when built in */
	char name[LD_CONF_NAME];        /* of this board */
	char state_dir[LD_CONF_PATH];   /* made with mode 0750 when missing */
	char content_dir[LD_CONF_PATH];
	char ctl_socket[LD_CONF_SOCKET];
	char modem_program[LD_CONF_PATH];       /* laido-modem; "": beside laidod itself */
	char modems_dir[LD_CONF_PATH];  /* profiles of modems */
	char modem_ttys[LD_CONF_PATH];  /* where modems are looked for by IMEI; a glob(3) pattern */
	uint16_t vty_port;              /* telnet door on loopback; 0: none */
	enum ld_log_level log_level;
	bool approve_all;               /* demonstration: unreviewed lessons are sent too */
	bool trust_system_clock;
	int utc_offset_min;             /* local time less UTC, 420 in Hanoi */
	unsigned n_modems;
	struct ld_conf_modem modems[LD_CONF_MODEMS];
	unsigned n_smpp;
	struct ld_conf_smpp smpp[LD_CONF_SMPP];
	struct ld_conf_gsup gsup;
	struct ld_conf_phone phone;
	struct ld_conf_ward ward;
	struct ld_conf_mesh mesh;
	struct ld_conf_outbox outbox;
};

struct ld_conf_tdp {
	uint8_t tdp;                    /* 1..99 */
	unsigned adults;                /* what 100 % means in reports */
};

/* A learning record store that progress is told to (xAPI 1.0.3). */
struct ld_conf_lrs {
	char url[LD_CONF_PATH];         /* "https://HOST/xapi"; "": none */
	char user[64], password[128];   /* Basic; never logged */
	char ca[LD_CONF_PATH];          /* file of authorities; "": the system's */
	char home_page[LD_CONF_IRI];    /* whose names of people and courses these are: an IRI */
	unsigned batch;                 /* statements in one request, 100 */
};

struct ld_ward_config {
	char file[LD_CONF_PATH];
	char name[64];                  /* of the ward, as reports show it */
	char state_dir[LD_CONF_PATH];
	char database[LD_CONF_PATH];    /* of PostgreSQL, as libpq reads it; "": SQLite in state_dir.
	                                 * May hold a password: never logged */
	char content_dir[LD_CONF_PATH]; /* for the names of courses */
	char mesh_host[LD_CONF_HOST];   /* HTTPS for boards */
	uint16_t mesh_port;
	bool mesh_hello;                /* boards on the same network find the ward by themselves */
	uint16_t hello_port;            /* UDP */
	char web_host[LD_CONF_HOST];    /* the report page; loopback unless a proxy guards it */
	uint16_t web_port;
	char web_cert[LD_CONF_PATH];    /* PEM file for HTTPS of that page; "": HTTP */
	char web_key[LD_CONF_PATH];
	bool web_open;                  /* beyond this machine without password and HTTPS */
	enum ld_log_level log_level;
	bool trust_system_clock;
	int utc_offset_min;
	unsigned min_cell;              /* smaller counts are not shown; 5, 0 in the demonstration */
	char core[128];                 /* courses that make up the core set: keys between blanks */
	struct ld_conf_lrs lrs;
	unsigned n_tdp;
	struct ld_conf_tdp tdp[LD_CONF_TDP];    /* in order of the file */
};

/* The built-in configuration. */
void ld_config_default(struct ld_config *ret);
void ld_ward_config_default(struct ld_ward_config *ret);

/* Read a file over the built-in defaults (the demonstration switches approve_all,
 * trust_system_clock, phone.* and the modem of the simulator start as off, none: a file never
 * inherits them). Relative paths stay relative to the working directory.
 * LD_E_SYNTAX with one line per problem in err ("FILE:LINE: what; what to do"), as many as fit;
 * -errno when the file cannot be read. ret is untouched on failure. err may be NULL. */
int ld_config_load(const char *file, struct ld_config *ret, struct ld_errmsg *err);
int ld_ward_config_load(const char *file, struct ld_ward_config *ret, struct ld_errmsg *err);

/* Whether the report's page listens on this machine only. */
bool ld_ward_config_local(const struct ld_ward_config *c);

/* Whether the simulated handset may use this number. */
bool ld_config_phone_allows(const struct ld_config *c, const struct ld_msisdn *m);

#endif
