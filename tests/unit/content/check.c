/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido check: the shipped content is clean, and each trap it knows is found where it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "folder.h"

static struct folder folder;

static int make(void **state)
{
	(void)state;
	folder_make(&folder);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	folder_remove(&folder);
	return 0;
}

static unsigned load_and_check(void)
{
	struct ld_content *c = NULL;
	unsigned errors;

	if (folder_load(&folder, true, 0, &c) != 0) {
		folder_print(&folder);
		fail_msg("the folder does not load");
	}
	folder.n_found = folder.errors = 0;
	errors = ld_content_check(c, folder_found, &folder);
	ld_content_free(c);
	return errors;
}

static void shipped_content_is_clean(void **state)
{
	(void)state;
	load_and_check();
	folder_print(&folder);
	assert_int_equal(folder.n_found, 0);
}

/* Behind `after`, `from` becomes `to`; then a finding stands `down` lines below the beginning of
 * the screen, message or lesson that holds it (-1: anywhere in the file). */
static const struct {
	const char *file, *after, *from, *to;
	const char *at;         /* the finding's line is where this stands; NULL anywhere */
	bool error;
	const char *words;
} traps[] = {
	{ "menu.conf", "id = \"root\"", "{ key = \"4\"; label = { vi = \"Khẩn cấp\"",
	  "{ key = \"4\"; label = { vi = \"Khẩn cấp hoặc cần người cứu giúp ngay, gọi các số khẩn cấp này\"",
	  "{ id = \"root\"", true, "120 fit" },
	{ "menu.conf", "id = \"scam.3.yes\"", "không bấm link.", "không bấm link họ gửi tới, nhé.",
	  "{ id = \"scam.3.yes\"", false, "two pages" },
	{ "menu.conf", "id = \"resume\"", "to = \"resume.go\"", "to = \"root\"",
	  "{ id = \"resume.go\"", true, "cannot be reached" },
	{ "menu.conf", "id = \"resume\"", "{where}", "{elsewhere}", "{ id = \"resume\"", true,
	  "{elsewhere} has no longest value" },
	{ "menu.conf", "id = \"scam.4\"", "Không sợ", "Đừng sợ", "{ id = \"scam.4\"", true,
	  "reads as \"right\"" },
	{ "menu.conf", "id = \"help\"", "vi = \"Cách dùng\"", "vi = \"Có gì mới\"", "{ id = \"help\"", true,
	  "\"4.Co\" could become a link" },
	{ "menu.conf", "id = \"learn\"", "arg = \"LUADAO\"", "arg = \"LUADA\"", "{ id = \"learn\"", true,
	  "no such course" },
	{ "menu.conf", "id = \"learn\"", "to = \"learn.1\"", "to = \"learn.none\"; arg = \"x\"",
	  "{ id = \"learn\"", true, "which has no action" },
	{ "menu.conf", "id = \"scam.2.1\"", "SCAM_REPORT_HOW", "SCAM_REPORT", "{ id = \"scam.2.1\"", true,
	  "no such message" },
	{ "menu.conf", "id = \"acct.1\"", "to = \"acct.1.ok\"", "to = \"help.4\"", "{ id = \"acct.1\"", true,
	  "which has no action" },
	{ "menu.conf", "id = \"score.3.go\"", "ok = \"quiz\"", "ok = \"score.3.go\"",
	  "{ id = \"score.3.go\"", true, "turn in a circle" },
	{ "menu.conf", "id = \"help.4\"", "TIEP: bài sau", "TIEP: bài sau ☎", "{ id = \"help.4\"", true,
	  "\"☎\" is no letter of phones" },
	{ "menu.conf", "id = \"acct.3.4\"", "arg = \"en\"", "arg = \"eo\"", NULL, true,
	  "no such language" },
	{ "menu.conf", "id = \"acct.3.4\"", "arg = \"en\"", "arg = \"vi\"", NULL, false,
	  "leads to the language \"en\"" },
	{ "codes.conf", "code = \"104\"", "arg = \"LUADAO\"", "arg = \"CHOSA\"", NULL, true,
	  "no such course" },
	{ "messages.conf", "\nERASE_OK", "Đã nhận yêu cầu xóa.",
	  "Đã nhận, xem www.dinhcong.vn.", NULL, true, "a link" },
	{ "messages.conf", "\nUNKNOWN", "Máy chưa hiểu tin này.",
	  "Máy chưa hiểu tin này, vì vậy phường chưa làm gì, mong được thông cảm và nhắn lại giúp phường nhé.",
	  "UNKNOWN = {", true, "160 fit in one part" },
	{ "messages.conf", "\nCONSENT_ASK", "Nhắn 1", "{Xung} nhắn 1", "CONSENT_ASK = {", true,
	  "how to address a stranger" },
	{ "messages.conf", "\nLIMIT", "Hôm nay {xung}", "Chúc mừng cho {xung}", "LIMIT = {", true,
	  "leaves a hole" },
	{ "messages.conf", "\nERASE_OK", "Erased by {date}", "Erased by {time}", NULL, true,
	  "\"en\" has {time}, \"vi\" has not" },
	{ "messages.conf", "\nCOURSE_DONE", "Phường đã ghi.",
	  "Phường đã ghi vào sổ của phường và của tổ.", NULL, true, "COURSE_DONE behind the verdict" },
	{ "messages.conf", "\nHELP_TEXT", "HOC khóa", "HOC miễn phí", "HELP_TEXT = {", true,
	  "write \"không học phí\"" },
	{ "values.conf", NULL, "where = ", "wherever = ", NULL, true, "" },
	{ "courses/luadao.conf", NULL, "\"Nghe tiếp\"", "\"Thôi nhé\"", "{ title = \"Quy tắc 4 không\"", true,
	  "reads as the command OPTOUT" },
	{ "courses/luadao.conf", NULL, "\"Nghe tiếp\"", "\"Học kỹ hơn\"", "{ title = \"Quy tắc 4 không\"",
	  true, "begins with the command word HOC" },
	{ "courses/luadao.conf", NULL, "\"Nghe tiếp\"", "\"4 không\"", "{ title = \"Quy tắc 4 không\"", true,
	  "begins with a digit" },
	{ "courses/luadao.conf", NULL, "\"Nghe tiếp\"", "\"Cụp máy\"", "{ title = \"Quy tắc 4 không\"", true,
	  "two answers read the same" },
	{ "courses/luadao.conf", NULL, "\"Nghe tiếp\"", "\"Nghe tiếp rồi hỏi xem là ai\"",
	  "{ title = \"Quy tắc 4 không\"", true, "longer than 24" },
	{ "courses/luadao.conf", NULL, "Kẻ lừa đảo hay dọa,",
	  "Kẻ lừa đảo hay dọa người già, người trẻ, người quen, người dưng,",
	  "{ title = \"Quy tắc 4 không\"", true, "message B after a wrong answer" },
	{ "courses/luadao.conf", "\n# 3\n", "answer = 3", "answer = 1", NULL, false,
	  "the third answer 1 running" },
};

static int line_of(const char *file, const char *words)
{
	char path[160], *text, *at;
	int line = 1;

	snprintf(path, sizeof(path), "%s/%s", folder.dir, file);
	text = folder_slurp(path);
	at = strstr(text, words);
	for (const char *p = text; at && p < at; p++)
		line += *p == '\n';
	free(text);
	return at ? line : -1;
}

static void every_trap_is_found(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(traps) / sizeof(*traps); i++) {
		const char *where = traps[i].file;
		int line = 0;

		folder_change(&folder, traps[i].file, traps[i].after, traps[i].from, traps[i].to);
		if (traps[i].at)
			line = line_of(traps[i].file, traps[i].at);
		/* What values.conf lacks shows in the texts, what messages lack in the lessons. */
		if (strcmp(where, "values.conf") == 0)
			where = "menu.conf";
		if (strstr(traps[i].words, "COURSE_DONE"))
			where = "courses/vneid.conf";
		if ((load_and_check() > 0) != traps[i].error ||
		    !folder_has(&folder, traps[i].error, where, line, traps[i].words)) {
			folder_print(&folder);
			fail_msg("trap %u, \"%s\" for \"%s\": wanted line %d \"%s\"", i, traps[i].to,
				 traps[i].from, line, traps[i].words);
		}
		folder_restore(&folder, traps[i].file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_content_is_clean),
		cmocka_unit_test(every_trap_is_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make, drop);
}
