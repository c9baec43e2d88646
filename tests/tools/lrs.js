// SPDX-License-Identifier: GPL-2.0-or-later
// A learning record store for tests/integ/xapi.t. What it takes is judged by the npm package
// "xapi-validation" (Learning Locker's rules) and by the table `rules` below, which names the
// clauses of Experience API 1.0.3 (part 2: data, part 3: communication) it stands for.
//   NODE_PATH=DIR node lrs.js PORT USER:PASSWORD
// Commands come on stdin, one a line; what happens goes to stdout, a line each:
//   answer STATUS N   the next N requests get that status and nothing is kept
//   after SECONDS     like answer 429 1, with Retry-After
//   portal N          the next N requests get 200 and a page of HTML
//   lose N            the next N requests are kept, and the line is cut without an answer
//   half N            the next N requests are kept, and the line is cut in mid-answer
//   quiet N           the next N requests are kept and answered by 204
//   slow N            the next N requests are kept, and never answered
//   drip N            the next N answers take two seconds, piece by piece
//   few on|off        answer with the ids that were new, as Ralph does
//   small N           413 for more than N statements; 0 ends it
//   refuse TEXT       400 for a request that holds a statement with TEXT; "refuse" ends it
//   login USER:PASSWORD   what is let in from now on
//   forget            an empty store
//   count             prints: count STATEMENTS VERB=N ... live=N undone=N broken=N
//   dump FILE         every statement, a line of JSON each
'use strict';
const http = require('http');
const fs = require('fs');
const readline = require('readline');
const validate = require('xapi-validation').default;

const VERB = 'http://adlnet.gov/expapi/verbs/';
const kept = new Map(), voided = new Set(), byRegistration = new Map();
let login = process.argv[3], broken = 0, refuse = '', small = 0, few = false;
const next = [];        // what becomes of the next requests
const say = (line) => process.stdout.write(line + '\n');

const verb = (s) => s.verb.id.startsWith(VERB) ? s.verb.id.slice(VERB.length) : s.verb.id;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const said = (s, v) => (byRegistration.get(s.context.registration) || []).includes(v);
const about = (s) => s.object.objectType === 'StatementRef';

// Each MUST that a sender of statements can break, with its clause.
const rules = [
	['2.4.1 id is a UUID in canonical form', (s) => UUID.test(s.id)],
	['2.4.2 the actor is identified in one way only', (s) =>
		['mbox', 'mbox_sha1sum', 'openid', 'account'].filter((k) => k in s.actor).length === 1],
	['2.4.2.4 the account has a home page (an IRL) and a name', (s) =>
		/^https?:\/\//.test(s.actor.account.homePage) && s.actor.account.name.length > 0],
	['2.4.3 the verb is an IRI with a display by language', (s) =>
		/^https?:\/\//.test(s.verb.id) && 'en' in s.verb.display],
	['2.4.4 an activity has an IRI', (s) => about(s) || /^https?:\/\//.test(s.object.id)],
	['2.4.4.1 an interaction is of a known type', (s) => about(s) ||
		!('interactionType' in s.object.definition) ||
		['choice', 'true-false', 'fill-in', 'numeric', 'other'].includes(
			s.object.definition.interactionType)],
	['2.4.5 no result says null or nothing', (s) => !('result' in s) ||
		Object.values(s.result).every((v) => v !== null)],
	['2.4.5.1 the score lies between its bounds, scaled within -1..1', (s) => {
		const p = s.result && s.result.score;
		return !p || (p.min < p.max && p.raw >= p.min && p.raw <= p.max &&
			      Math.abs(p.scaled) <= 1);
	}],
	['2.4.6 the registration is a UUID', (s) => about(s) || UUID.test(s.context.registration)],
	['2.4.6 platform only with an activity', (s) => !(about(s) && s.context &&
		'platform' in s.context)],
	['2.4.6 extensions are named by IRIs', (s) => !s.context ||
		Object.keys(s.context.extensions || {}).every((k) => /^https?:\/\//.test(k))],
	['2.4.7 the timestamp, if there is one, is ISO 8601 with a zone', (s) =>
		!('timestamp' in s) || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(s.timestamp)],
	['2.4.7 and not of the future', (s) => !('timestamp' in s) || Date.parse(s.timestamp) <= Date.now() + 1000],
	['2.3.2 a voiding statement names a statement', (s) => (verb(s) === 'voided') === about(s)],
	['2.3.2 a voiding statement is not voided', (s) => !about(s) ||
		!(kept.has(s.object.id) && about(JSON.parse(kept.get(s.object.id))))],
	['2.2 no empty string, object or null where a value is due', (s) =>
		!/:(""|null|\{\})/.test(JSON.stringify(s))],
	// what this project promises beyond (docs/FORMATS.md)
	['no telephone number', (s) => !/(^|[^0-9a-f])(84|0)[35789]\d{8}($|[^0-9a-f])/.test(JSON.stringify(s))],
	['a score only when passed', (s) => !(s.result && s.result.score) || verb(s) === 'passed'],
	['completion only when completed', (s) => !(s.result && 'completion' in s.result) ||
		verb(s) === 'completed'],
	['passed and completed once a registration', (s) =>
		!['passed', 'completed'].includes(verb(s)) || kept.has(s.id) || !said(s, verb(s))],
	['no failure after success', (s) => verb(s) !== 'failed' || !said(s, 'passed')],
	['the course is begun before it is answered', (s) => verb(s) !== 'answered' ||
		said(s, 'initialized')],
];

function judge(s) {
	const faults = validate(s).map((w) => JSON.stringify(w));

	for (const [name, holds] of rules) {
		let ok = false;
		try { ok = holds(s); } catch (e) { ok = false; }
		if (!ok)
			faults.push(name);
	}
	for (const f of faults) {
		broken++;
		say('BROKEN ' + f.slice(0, 200) + ' ' + JSON.stringify(s).slice(0, 600));
	}
	return faults.length === 0;
}

function keep(s, text) {
	kept.set(s.id, text);
	if (about(s))
		return voided.add(s.object.id);
	const list = byRegistration.get(s.context.registration) || [];
	list.push(verb(s));
	byRegistration.set(s.context.registration, list);
}

// [status, ids that were new, ids of all]
function take(body) {
	let list;
	try { list = JSON.parse(body); } catch (e) { return [400, [], []]; }
	if (!Array.isArray(list) || !list.length)
		return [400, [], []];
	if (small && list.length > small)
		return [413, [], []];
	const ids = list.map((s) => s.id), fresh = [];
	if (new Set(ids).size !== ids.length)   // part 3, 2.1.2
		say('BROKEN 2.1.2 one id twice in a request'), broken++;
	if (refuse && list.some((s) => JSON.stringify(s).includes(refuse)))
		return [400, [], []];
	for (const s of list)
		if (kept.has(s.id) && kept.get(s.id) !== JSON.stringify(s)) {
			say('CONFLICT ' + s.id), broken++;
			return [409, [], []];
		}
	for (const s of list) {
		judge(s);
		if (!kept.has(s.id)) {
			fresh.push(s.id);
			keep(s, JSON.stringify(s));
		}
	}
	return [200, fresh, ids];
}

function reply(req, res, body) {
	const special = next.shift();
	const wanted = 'Basic ' + Buffer.from(login).toString('base64');
	const send = (status, type, text, more) => {
		say(`request ${status} ${req.n || 0}`);
		res.writeHead(status, Object.assign({ 'Content-Type': type,
			'X-Experience-API-Version': '1.0.3' }, more));
		res.end(text);
	};
	if (req.headers['x-experience-api-version'] !== '1.0.3' ||
	    !/^application\/json/.test(req.headers['content-type'] || ''))
		return send(400, 'text/plain', 'headers');
	if (!req.url.endsWith('/statements'))
		return send(404, 'text/plain', 'not here');
	if (req.headers.authorization !== wanted)
		return send(401, 'text/plain', 'who are you?');
	if (special && special.status)
		return send(special.status, 'text/plain', 'as ordered',
			    special.after ? { 'Retry-After': String(special.after) } : {});
	if (special && special.portal)
		return send(200, 'text/html', '<html><body>Please log in</body></html>');
	const [status, fresh, ids] = take(body);
	const text = status === 200 ? JSON.stringify(few ? fresh : ids) : 'no';
	if (special && special.lose) {
		say('lost');
		return req.socket.destroy();
	}
	if (special && special.quiet)
		return send(status === 200 ? 204 : status, 'text/plain', '');
	if (special && special.slow)
		return say('slow');
	if (special && special.drip) {
		say('drip');
		res.writeHead(status, { 'Content-Type': 'application/json' });
		const piece = Math.ceil(text.length / 4);
		for (let i = 0; i < 4; i++)
			setTimeout(() => res.write(text.slice(i * piece, (i + 1) * piece)), 500 * i);
		return setTimeout(() => res.end(), 2000);
	}
	if (special && special.half) {
		say('half');
		res.writeHead(status, { 'Content-Type': 'application/json',
					'Content-Length': text.length + 100 });
		res.write(text.slice(0, text.length / 2));
		return setImmediate(() => req.socket.destroy());
	}
	req.n = ids.length;
	send(status, 'application/json', text);
}

function count() {
	const verbs = {};
	for (const text of kept.values()) {
		const v = verb(JSON.parse(text));
		verbs[v] = (verbs[v] || 0) + 1;
	}
	const words = Object.keys(verbs).sort().map((v) => `${v}=${verbs[v]}`);
	const live = [...kept.values()].filter((t) => !about(JSON.parse(t)) &&
		!voided.has(JSON.parse(t).id)).length;
	say(`count ${kept.size} ${words.join(' ')} live=${live} undone=${voided.size} broken=${broken}`);
}

const times = (n, what) => { for (let i = 0; i < n; i++) next.push(what); };
readline.createInterface({ input: process.stdin }).on('line', (line) => {
	const [cmd, a, b] = line.split(' ');
	switch (cmd) {
	case 'answer': times(Number(b), { status: Number(a) }); break;
	case 'after': times(1, { status: 429, after: Number(a) }); break;
	case 'portal': times(Number(a), { portal: true }); break;
	case 'lose': times(Number(a), { lose: true }); break;
	case 'half': times(Number(a), { half: true }); break;
	case 'quiet': times(Number(a), { quiet: true }); break;
	case 'slow': times(Number(a), { slow: true }); break;
	case 'drip': times(Number(a), { drip: true }); break;
	case 'few': few = a === 'on'; break;
	case 'small': small = Number(a); break;
	case 'refuse': refuse = line.slice(7).trim(); break;
	case 'login': login = a; break;
	case 'forget': kept.clear(); voided.clear(); byRegistration.clear(); broken = 0; break;
	case 'count': count(); break;
	case 'dump': fs.writeFileSync(a, [...kept.values()].join('\n') + '\n'); say('dumped'); break;
	}
});

http.createServer((req, res) => {
	const parts = [];
	req.on('data', (d) => parts.push(d));
	req.on('end', () => reply(req, res, Buffer.concat(parts).toString('utf8')));
	req.on('error', () => {});
}).listen(Number(process.argv[2]), '127.0.0.1', () => say('ready'));
