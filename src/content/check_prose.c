/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that turn into something else: without accents, or on a handset that makes links. */
#include "checker.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *word, *why;
} traps[] = {
	{ "đừng", "reads as \"right\" without accents; write \"không\"" },
	{ "Đừng", "reads as \"right\" without accents; write \"không\"" },
	{ "dừng", "reads as \"right\" without accents; write \"thôi\" or \"ngừng\"" },
	{ "Dừng", "reads as \"right\" without accents; write \"thôi\" or \"ngừng\"" },
	{ "lạ", "reads as \"is\" without accents; write \"không quen\"" },
	{ "Lạ", "reads as \"is\" without accents; write \"không quen\"" },
	{ "không dùng", "reads as \"not right\" without accents" },
	{ "Không dùng", "reads as \"not right\" without accents" },
	{ "miễn phí", "the answer costs the resident; write \"không học phí\"" },
	{ "Miễn phí", "the answer costs the resident; write \"không học phí\"" },
	{ "đọc mã", "a code is never read out to anybody" },
	{ "Đọc mã", "a code is never read out to anybody" },
};

/* Country domains and short generic ones: a handset makes a link of "Gọi.Co". Sorted. */
static const char *const domains[] = {
	"ac", "ad", "ae", "af", "ag", "ai", "al", "am", "ao", "app", "ar", "as", "at", "au", "aw", "az",
	"ba", "bar", "bb", "bd", "be", "bf", "bg", "bh", "bi", "bio", "biz", "bj", "bm", "bn", "bo",
	"bot", "box", "br", "bs", "bt", "bw", "by", "bz", "ca", "cam", "car", "cat", "cc", "cd", "cf",
	"cg", "ch", "ci", "ck", "cl", "cm", "cn", "co", "com", "cr", "cu", "cv", "cx", "cy", "cz", "day",
	"de", "dev", "dj", "dk", "dm", "do", "dog", "dot", "dz", "ec", "edu", "ee", "eg", "er", "es",
	"et", "eu", "fan", "fi", "fit", "fj", "fk", "fly", "fm", "fo", "fr", "fun", "ga", "gb", "gd",
	"ge", "gf", "gg", "gh", "gi", "gl", "gm", "gn", "gov", "gp", "gq", "gr", "gs", "gt", "gu", "gw",
	"gy", "hk", "hm", "hn", "hot", "how", "hr", "ht", "hu", "id", "ie", "il", "im", "in", "info",
	"ink", "io", "iq", "ir", "is", "it", "je", "jm", "jo", "jp", "ke", "kg", "kh", "ki", "kim", "km",
	"kn", "kp", "kr", "kw", "ky", "kz", "la", "law", "lb", "lc", "li", "lk", "lr", "ls", "lt", "lu",
	"lv", "ly", "ma", "mc", "md", "me", "men", "mg", "mh", "mk", "ml", "mm", "mn", "mo", "moi", "mp",
	"mq", "mr", "ms", "mt", "mu", "mv", "mw", "mx", "my", "mz", "na", "nc", "ne", "net", "nf", "ng",
	"ngo", "ni", "nl", "no", "now", "np", "nr", "nu", "nz", "om", "one", "ong", "org", "pa", "pe",
	"pf", "pg", "ph", "pk", "pl", "pm", "pn", "pr", "ps", "pt", "pw", "py", "qa", "re", "ro", "rs",
	"ru", "rw", "sa", "sb", "sc", "sd", "se", "sg", "sh", "si", "sj", "sk", "sl", "sm", "sn", "so",
	"sr", "ss", "st", "su", "sv", "sx", "sy", "sz", "tc", "td", "tf", "tg", "th", "thd", "tj", "tk",
	"tl", "tm", "tn", "to", "top", "tr", "tt", "tui", "tv", "tw", "tz", "ua", "ug", "uk", "us", "uy",
	"uz", "va", "vc", "ve", "vg", "vi", "vin", "vn", "vu", "wf", "win", "ws", "xin", "xyz", "ye",
	"yt", "za", "zm", "zw",
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* Octets above 0x7f belong to accented letters. */
static bool inside_word(char c)
{
	return is_alnum(c) || (unsigned char)c >= 0x80;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
		if ((p == text || !inside_word(p[-1])) && !inside_word(p[len]))
			return true;
	return false;
}

static int by_text(const void *key, const void *entry)
{
	return strcasecmp(key, *(const char *const *)entry);
}

/* A letter or digit, a full stop, and a domain: "1.Co" is one. From `from` on; NULL: none. */
static const char *find_domain(const char *plain, const char *from, char ret[8])
{
	for (const char *p = strchr(from, '.'); p; p = strchr(p + 1, '.')) {
		size_t n = 0;

		while (is_letter(p[1 + n]))
			n++;
		if (p == plain || !is_alnum(p[-1]) || n == 0 || n >= 8)
			continue;
		memcpy(ret, p + 1, n);
		ret[n] = '\0';
		if (bsearch(ret, domains, LD_ARRAY_SIZE(domains), sizeof(*domains), by_text))
			return p;
	}
	return NULL;
}

static void check_domains(struct ld_checker *k, const char *what, const char *plain)
{
	char word[8];

	for (const char *p = plain; (p = find_domain(plain, p, word)); p++)
		ld_check_error(k, "%s: \"%c.%s\" could become a link on a handset; put a "
			       "blank after the dot or another word", what, p[-1], word);
}

static bool is_link(const char *plain)
{
	return strcasestr(plain, "http:") || strcasestr(plain, "https:") || strcasestr(plain, "www.");
}

bool ld_content_link(const char *text)
{
	char plain[LD_TEXT_MAX], word[8];

	return ld_text_unaccent(text, plain, sizeof(plain)) < 0 || is_link(plain) ||
	       find_domain(plain, plain, word);
}

/* With nobody known {xung} is dropped, and these words would stand alone. */
static void check_address(struct ld_checker *k, const char *what, const char *template)
{
	static const char *const leads[] = {
		"của {xung}", "cho {xung}", "với {xung}", "mời {xung}", "gọi {xung}", "chào {xung}",
		"nhờ {xung}",
	};

	for (unsigned i = 0; i < LD_ARRAY_SIZE(leads); i++)
		if (strstr(template, leads[i]))
			ld_check_error(k, "%s: \"%s\" leaves a hole when nobody is known", what,
				       leads[i]);
}

void ld_check_prose(struct ld_checker *k, const char *what, enum ld_lang lang, const char *template,
		    const char *filled)
{
	char plain[LD_TEXT_MAX];

	if (ld_text_unaccent(filled, plain, sizeof(plain)) < 0)
		return;
	if (is_link(plain))
		ld_check_error(k, "%s: a link; people must learn to trust none", what);
	check_domains(k, what, plain);
	if (lang != LD_LANG_VI)
		return;
	for (unsigned i = 0; i < LD_ARRAY_SIZE(traps); i++)
		if (has_word(filled, traps[i].word))
			ld_check_error(k, "%s: \"%s\" %s", what, traps[i].word, traps[i].why);
	check_address(k, what, template);
}
