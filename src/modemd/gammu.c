/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gammu.h"

#include <gammu.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "laido/port/clock.h"
#include "laido/text/text.h"

enum {
	UNITS_GSM7 = 160,
	UNITS_UCS2 = 70,
	LIST_MAX = 1000,        /* a modem that lists without end */
};

struct ld_gammu {
	GSM_StateMachine *s;
	struct ld_clock_sys clock;
	bool answered;
	int status;
	int mr;
};

static void on_sent(GSM_StateMachine *s, int status, int mr, void *arg)
{
	struct ld_gammu *g = arg;

	(void)s;
	g->answered = true;
	g->status = status;
	g->mr = mr;
}

static int configure(struct ld_gammu *g, const char *pty, const char *connection)
{
	GSM_Config *cfg;

	g->s = GSM_AllocStateMachine();
	cfg = g->s ? GSM_GetConfig(g->s, 0) : NULL;
	if (!cfg)
		return LD_E_NOMEM;
	free(cfg->Device);
	free(cfg->Connection);
	free(cfg->DebugFile);
	cfg->Device = strdup(pty);
	cfg->Connection = strdup(connection);
	cfg->DebugFile = strdup("");
	cfg->Model[0] = 0;
	cfg->DebugLevel[0] = 0;
	cfg->UseGlobalDebugFile = FALSE;
	cfg->SyncTime = FALSE;
	cfg->LockDevice = FALSE;
	cfg->StartInfo = FALSE;
	cfg->PhoneFeatures[0] = 0;
	for (size_t i = 0; i < LD_ARRAY_SIZE(cfg->CNMIParams); i++)
		cfg->CNMIParams[i] = -1;
	GSM_SetConfigNum(g->s, 1);
	return cfg->Device && cfg->Connection && cfg->DebugFile ? 0 : LD_E_NOMEM;
}

int ld_gammu_open(struct ld_gammu **ret, const char *pty, const char *connection,
		  struct ld_errmsg *err)
{
	struct ld_gammu *g = calloc(1, sizeof(*g));
	GSM_Error e;

	if (!g)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	ld_clock_sys_init(&g->clock, true);
	GSM_InitLocales(NULL);
	if (configure(g, pty, connection) < 0)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	e = GSM_InitConnection(g->s, 1);
	if (e != ERR_NONE)
		return ld_fail(err, LD_E_PEER, "libgammu: %s", GSM_ErrorString(e));
	GSM_SetSendSMSStatusCallback(g->s, on_sent, g);
	*ret = g;
	return 0;
}

/* ---- sending ---- */

/* libgammu takes '~' in UCS-2 for a mark of its own and wants it doubled; where that does not fit
 * any more it becomes a hyphen. */
static size_t double_tildes(uint8_t *text, size_t units, size_t max)
{
	for (size_t i = 0; i < units; i++) {
		if (text[2 * i] != 0 || text[2 * i + 1] != '~')
			continue;
		if (units == max) {
			text[2 * i + 1] = '-';
			continue;
		}
		memmove(text + 2 * i + 2, text + 2 * i, 2 * (units - i));
		units++;
		i++;
	}
	return units;
}

static int set_text(GSM_SMSMessage *sms, const struct ld_gammu_part *p)
{
	char text[LD_TEXT_MAX];
	size_t max = p->alphabet == LD_UCS2 ? UNITS_UCS2 : UNITS_GSM7;
	int octets;
	size_t units;

	if (p->len >= sizeof(text))
		return LD_E_TOOBIG;
	memcpy(text, p->text, p->len);
	text[p->len] = 0;
	octets = ld_ucs2_encode(text, sms->Text, sizeof(sms->Text) - 2);
	if (octets < 0)
		return octets;
	units = (size_t)octets / 2;
	if (units > max)
		return LD_E_TOOBIG;
	if (p->alphabet == LD_UCS2)
		units = double_tildes(sms->Text, units, max);
	sms->Text[2 * units] = sms->Text[2 * units + 1] = 0;
	sms->Length = (int)units;
	return 0;
}

/* TS 23.040 9.2.3.24.1, with our own reference. */
static void set_header(GSM_SMSMessage *sms, const struct ld_gammu_part *p)
{
	const unsigned char udh[] = { 5, 0, 3, p->ref, p->total, p->part };

	sms->UDH.Type = UDH_NoUDH;
	if (p->total == 1)
		return;
	sms->UDH.Type = UDH_UserUDH;
	memcpy(sms->UDH.Text, udh, sizeof(udh));
	sms->UDH.Length = sizeof(udh);
}

static int build(GSM_SMSMessage *sms, const struct ld_gammu_part *p)
{
	GSM_SetDefaultSMSData(sms);
	sms->PDU = SMS_Status_Report;           /* libgammu's way to ask for one */
	sms->Class = GSM_SMS_None;
	sms->Coding = p->alphabet == LD_UCS2 ? SMS_Coding_Unicode_No_Compression
					     : SMS_Coding_Default_No_Compression;
	sms->SMSC.Location = 0;
	sms->SMSC.Validity.Format = SMS_Validity_RelativeFormat;
	sms->SMSC.Validity.Relative = SMS_VALID_3_Days;
	EncodeUnicode(sms->SMSC.Number, p->smsc, strlen(p->smsc));
	EncodeUnicode(sms->Number, p->to, strlen(p->to));
	set_header(sms, p);
	return set_text(sms, p);
}

/* The network's word comes by callback while the device is read; no other command meanwhile. */
static void await(struct ld_gammu *g, int timeout_ms)
{
	int64_t until = ld_clock_monotonic_ms(&g->clock.clock) + timeout_ms;

	while (!g->answered && ld_clock_monotonic_ms(&g->clock.clock) < until)
		if (GSM_ReadDevice(g->s, FALSE) < 0)
			return;
}

int ld_gammu_send(struct ld_gammu *g, const struct ld_gammu_part *part, int timeout_ms,
		  uint8_t *ret_mr, int *ret_cms)
{
	GSM_SMSMessage sms;
	GSM_Error e;
	int rc;

	memset(&sms, 0, sizeof(sms));
	rc = build(&sms, part);
	if (rc < 0)
		return rc;
	g->answered = false;
	e = GSM_SendSMS(g->s, &sms);
	if (e == ERR_NONE)
		await(g, timeout_ms);
	if (!g->answered)
		return e == ERR_NONE ? LD_E_TIMEOUT : LD_E_BUSY;
	if (g->status != 0) {
		*ret_cms = g->status;
		return LD_E_PEER;
	}
	*ret_mr = (uint8_t)g->mr;
	return 0;
}

/* ---- receiving ---- */

static size_t units_of(const unsigned char *text, size_t max)
{
	size_t n = 0;

	while (n < max && (text[2 * n] || text[2 * n + 1]))
		n++;
	return n;
}

static void set_address(char ret[LD_ADDR_MAX], const unsigned char *number)
{
	char from[4 * GSM_MAX_NUMBER_LENGTH];
	size_t n = units_of(number, GSM_MAX_NUMBER_LENGTH);

	if (ld_ucs2_decode(number, 2 * n, from, sizeof(from)) < 0)
		from[0] = 0;
	n = strlen(from);
	if (n >= LD_ADDR_MAX)                   /* a name: never answered, so any cut will do */
		for (n = LD_ADDR_MAX - 1; n > 0 && (from[n] & 0xc0) == 0x80; n--)
			;
	memcpy(ret, from, n);
	ret[n] = 0;
}

/* Concatenation, with 8 or 16 bits of reference, among other elements of the header. */
static void set_parts(struct ld_inbox_sms *ret, const GSM_UDHHeader *udh)
{
	const unsigned char *p = udh->Text;
	int end = udh->Length;

	ret->total = ret->part = 1;
	if (udh->Type == UDH_NoUDH || end < 1 || end > GSM_MAX_UDH_LENGTH)
		return;
	for (int i = 1; i + 1 < end && i + 2 + p[i + 1] <= end; i += 2 + p[i + 1]) {
		const unsigned char *v = p + i + 2;

		if (p[i] == 0 && p[i + 1] == 3) {
			ret->reference = v[0];
			ret->total = v[1];
			ret->part = v[2];
		} else if (p[i] == 8 && p[i + 1] == 4) {
			ret->reference = (uint16_t)(v[0] << 8 | v[1]);
			ret->total = v[2];
			ret->part = v[3];
		}
	}
}

/* The reverse of double_tildes(). */
static void set_received_text(struct ld_inbox_sms *ret, const GSM_SMSMessage *sms)
{
	bool ucs2 = sms->Coding == SMS_Coding_Unicode_No_Compression;
	size_t n = units_of(sms->Text, GSM_MAX_SMS_LENGTH);
	size_t out = 0;

	for (size_t i = 0; i < n && out < LD_INBOX_UNITS; i++) {
		const unsigned char *u = sms->Text + 2 * i;

		if (ucs2 && u[0] == 0 && u[1] == '~') {
			if (i + 1 >= n || u[2] != 0 || u[3] != '~')
				continue;
			i++;
		}
		memcpy(ret->text + 2 * out++, u, 2);
	}
	ret->n_units = (uint16_t)out;
}

static void take(const GSM_SMSMessage *sms, struct ld_gammu_sms *ret)
{
	const GSM_DateTime *t = &sms->DateTime;

	memset(ret, 0, sizeof(*ret));
	ret->sms.location = sms->Location;
	ret->sms.total = ret->sms.part = 1;
	set_address(ret->sms.from, sms->Number);
	set_address(ret->sms.smsc, sms->SMSC.Number);
	snprintf(ret->sms.stamp, sizeof(ret->sms.stamp), "%04u%02u%02u%02u%02u%02u",
		 (unsigned)t->Year % 10000, (unsigned)t->Month % 100, (unsigned)t->Day % 100,
		 (unsigned)t->Hour % 100, (unsigned)t->Minute % 100, (unsigned)t->Second % 100);
	if (sms->PDU == SMS_Status_Report) {
		ret->kind = LD_GAMMU_REPORT;
		ret->mr = sms->MessageReference;
		ret->delivered = sms->DeliveryStatus < 3;
		ret->pending = (sms->DeliveryStatus & 0x60) == 0x20;
	} else if (sms->PDU != SMS_Deliver) {
		ret->kind = LD_GAMMU_FOREIGN;
	} else if (sms->Coding != SMS_Coding_Default_No_Compression &&
		   sms->Coding != SMS_Coding_Unicode_No_Compression) {
		ret->kind = LD_GAMMU_USELESS;
	} else {
		ret->kind = LD_GAMMU_TEXT;
		set_parts(&ret->sms, &sms->UDH);
		set_received_text(&ret->sms, sms);
	}
}

int ld_gammu_list(struct ld_gammu *g, void (*found)(void *arg, const struct ld_gammu_sms *),
		  void *arg)
{
	GSM_MultiSMSMessage *multi = calloc(1, sizeof(*multi));
	struct ld_gammu_sms sms;
	GSM_Error e;
	int last = -1;

	if (!multi)
		return LD_E_NOMEM;
	e = GSM_GetNextSMS(g->s, multi, TRUE);
	for (int n = 0; n < LIST_MAX && (e == ERR_NONE || e == ERR_CORRUPTED); n++) {
		if (multi->SMS[0].Location == last)
			break;                  /* it would go round for ever */
		last = multi->SMS[0].Location;
		if (e == ERR_NONE) {
			take(&multi->SMS[0], &sms);
			found(arg, &sms);
		}
		multi->SMS[0].Folder = 0;
		e = GSM_GetNextSMS(g->s, multi, FALSE);
	}
	free(multi);
	return e == ERR_EMPTY || e == ERR_NONE ? 0 : LD_E_PEER;
}

int ld_gammu_delete(struct ld_gammu *g, int location)
{
	GSM_SMSMessage sms;
	GSM_Error e;

	memset(&sms, 0, sizeof(sms));
	sms.Location = location;
	e = GSM_DeleteSMS(g->s, &sms);
	return e == ERR_NONE || e == ERR_EMPTY || e == ERR_INVALIDLOCATION ? 0 : LD_E_PEER;
}

int ld_gammu_decode(struct ld_gammu *g, const uint8_t *pdu, size_t len, struct ld_gammu_sms *ret)
{
	GSM_SMSMessage sms;
	size_t end = 0;

	memset(&sms, 0, sizeof(sms));
	if (GSM_DecodePDUFrame(GSM_GetDI(g->s), &sms, pdu, len, &end, TRUE) != ERR_NONE)
		return LD_E_CORRUPT;
	sms.Location = LD_INBOX_NOWHERE;
	take(&sms, ret);
	return 0;
}
