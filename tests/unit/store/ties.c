/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two events of one time about one thing, from two authors: whichever comes first, every node ends
 * with the same row. Each pair differs in what is compared last. */
#include "nodes.h"

static struct ld_board_id id_of(const struct node *n)
{
	struct ld_board_id id;

	ld_board_id_of(&id, n->key.pk);
	return id;
}

static void admit(struct node *ward, const struct node *n)
{
	struct ld_fact f = { .kind = LD_EV_MEMBER };

	f.u.member.board = id_of(n);
	memcpy(f.u.member.pk, n->key.pk, sizeof(f.u.member.pk));
	snprintf(f.u.member.name, sizeof(f.u.member.name), "b");
	append(ward, &f, NULL);
}

/* Two authors, and two who hear of both in one order and in the other. */
static struct node ward, board, c, d;

static int set_up(void **state)
{
	(void)state;
	node_init_ward(&ward, 1);
	node_init_ward(&board, 2);
	node_init_ward(&c, 3);
	node_init_ward(&d, 4);
	admit(&ward, &board);
	ld_clock_manual_advance(&board.clock, 1000);    /* as long as that took */
	sync_to(&ward, &c, false);
	sync_to(&ward, &d, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	node_end(&ward);
	node_end(&board);
	node_end(&c);
	node_end(&d);
	return 0;
}

/* Both clocks stand at the same time, and neither author has heard of the other. Each pair is about
 * somebody else. */
static void tied(const struct ld_fact *by_ward, const struct ld_fact *by_board)
{
	static uint8_t who;
	struct ld_fact x = *by_ward, y = *by_board;

	x.subject.b[1] = y.subject.b[1] = ++who;
	ld_clock_manual_advance(&ward.clock, 60000);
	ld_clock_manual_advance(&board.clock, 60000);
	append(&ward, &x, NULL);
	append(&board, &y, NULL);
	sync_to(&ward, &c, false);
	sync_to(&board, &c, false);
	sync_to(&board, &d, false);
	sync_to(&ward, &d, false);
	same_projections(&c, &d);
	rebuilds_to_the_same(&c);
	rebuilds_to_the_same(&d);
}

static void both_ways(const struct ld_fact *x, const struct ld_fact *y)
{
	tied(x, y);
	tied(y, x);
}

static const struct ld_id hoa = { { 's' } };

/* The octets for the ward are those of the number that it moves. */
static void a_number_and_a_home(void **state)
{
	static const uint8_t box[60] = { 1 }, other[60] = { 2 };
	struct ld_fact n = { .kind = LD_EV_NUMBER, .subject = hoa };
	struct ld_fact h = { .kind = LD_EV_HOME, .subject = hoa };

	(void)state;
	n.u.number.home.b[0] = 9;
	n.u.number.len = sizeof(box);
	memcpy(n.u.number.for_ward, box, sizeof(box));
	h.u.home.home.b[0] = 8;
	h.u.home.for_ward = (struct ld_octets){ box, sizeof(box) };
	h.u.home.for_home = (struct ld_octets){ other, sizeof(other) };
	tied(&h, &n);
}

static void numbers_and_names(void **state)
{
	struct ld_fact x = { .kind = LD_EV_NUMBER, .subject = hoa }, y;

	(void)state;
	x.u.number.len = 60;
	y = x;
	y.u.number.home.b[0] = 1;
	both_ways(&x, &y);
	y = x;
	y.u.number.for_home[0] = 1;
	both_ways(&x, &y);
	x = (struct ld_fact){ .kind = LD_EV_NAME, .subject = hoa };
	y = x;
	y.u.name.home.b[0] = 1;
	both_ways(&x, &y);
	y = x;
	y.u.name.for_home[0] = 1;
	both_ways(&x, &y);
}

static void calls_and_helpers(void **state)
{
	struct ld_fact x = { .kind = LD_EV_HELP, .subject = hoa }, y;

	(void)state;
	x.u.help.pin = 123;
	y = x;
	y.u.help.due_ms = 1800000000000;
	both_ways(&x, &y);
	y = x;
	y.u.help.visit = 1;
	both_ways(&x, &y);
	x = (struct ld_fact){ .kind = LD_EV_HELPER, .subject = hoa };
	x.u.helper.pin = 123;
	x.u.helper.step = 1;
	y = x;
	y.u.helper.board.b[0] = 1;
	both_ways(&x, &y);
}

static void notices_tickets_guardians(void **state)
{
	struct ld_fact x = { .kind = LD_EV_NOTICE, .subject = hoa }, y;

	(void)state;
	x.u.notice.id = 1234;
	snprintf(x.u.notice.message, sizeof(x.u.notice.message), "REMIND_START");
	y = x;
	y.u.notice.tdp = 2;
	both_ways(&x, &y);
	x = (struct ld_fact){ .kind = LD_EV_TICKET, .subject = hoa };
	x.u.ticket.code = 1234;
	y = x;
	y.u.ticket.until_ms = 1800000000000;
	both_ways(&x, &y);
	x = (struct ld_fact){ .kind = LD_EV_GUARDIAN, .subject = hoa };
	x.u.guardian.p.b[0] = 'p';
	y = x;
	y.u.guardian.ticket = 1234;
	both_ways(&x, &y);
	y = x;
	y.u.guardian.channel = 1;
	both_ways(&x, &y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_and_a_home),
		cmocka_unit_test(numbers_and_names),
		cmocka_unit_test(calls_and_helpers),
		cmocka_unit_test(notices_tickets_guardians),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
