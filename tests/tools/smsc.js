// SPDX-License-Identifier: GPL-2.0-or-later
// A message centre on the npm package "smpp", for tests/integ/smpp.t: an implementation of the
// protocol that has nothing in common with libsmpp34.
//   NODE_PATH=DIR node smsc.js PORT [CERT KEY]       with these two files (PEM): TLS
// Commands come on stdin, one a line, and what happens goes to stdout, one line each:
//   sms FROM TEXT            a short message arrives
//   long FROM TEXT...        in parts of 50 letters by UDH, the last part first
//   dial FROM SESSION CODE   a phone opens a USSD session (its_session_info)
//   answer FROM SESSION TEXT
//   receipts hex|decimal|none      shape of the message id in reports; none sends no reports
//   throttle N               refuse the next N submit_sm with ESME_RTHROTTLED
//   mute N                   do not answer the next N submit_sm, but take them
//   again                    the last sms once more, as if its answer had been lost
//   drop                     close all connections
//   keep                     from now on, what nobody has acknowledged comes again after the next bind,
//                            and reports name our own reference
//   later MS                 reports come so much after the answer
'use strict';
const smpp = require('smpp');
const readline = require('readline');

let kept = false, later = 0;
let shape = 'hex', throttle = 0, mute = 0, nextId = 0xa001, ref = 1, last = null;
const bound = [];
const say = (line) => process.stdout.write(line + '\n');
const flat = (text) => String(text).replace(/\n/g, '|');

function textOf(pdu) {
	const m = pdu.short_message && pdu.short_message.message !== undefined ?
		pdu.short_message.message : pdu.short_message;
	return Buffer.isBuffer(m) ? m.toString('latin1') : String(m || '');
}

// Without a response only our own reference can tell whose report it is.
function report(session, pdu, id, muted) {
	if (shape === 'none')
		return;
	const options = Object.assign(muted || kept ? { user_message_reference: pdu.user_message_reference } : {}, {
		source_addr_ton: 1, source_addr_npi: 1, source_addr: pdu.destination_addr,
		destination_addr: pdu.source_addr, esm_class: 4,
		short_message: 'id:' + (shape === 'hex' ? id.toString(16).padStart(10, '0') : id) +
			' sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:',
	});
	setTimeout(() => post(kept ? bound[bound.length - 1] : session,
		{ options, done: () => say('report acknowledged') }), later);
}

// What is to be acknowledged; kept until then.
const open = new Set();

function post(session, one) {
	if (kept)
		open.add(one);
	if (session)
		session.deliver_sm(one.options, (resp) => {
			if (resp.command_status === 0)
				open.delete(one);
			one.done(resp);
		});
}

function submitted(session, pdu) {
	const id = nextId++;

	if (throttle > 0) {
		throttle--;
		say('throttled');
		session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
		return;
	}
	if (pdu.service_type === 'USSD') {
		const info = pdu.its_session_info || Buffer.alloc(2);
		say('screen to=' + pdu.destination_addr + ' op=' + pdu.ussd_service_op +
		    ' session=' + info[0] + ' end=' + (info[1] & 1) + ' text=' + flat(textOf(pdu)));
		session.send(pdu.response({ message_id: 'u' + id }));
		return;
	}
	say('submit to=' + pdu.destination_addr + ' from=' + pdu.source_addr + ' dcs=' + pdu.data_coding +
	    ' udh=' + (pdu.esm_class & 0x40 ? 1 : 0) + ' text=' + flat(textOf(pdu)));
	const muted = mute > 0;
	if (muted)
		mute--;
	else
		session.send(pdu.response({ message_id: shape === 'decimal' ? id.toString(16) : String(id) }));
	report(session, pdu, id, muted);
}

const fs = require('fs');
const [port, cert, key] = process.argv.slice(2);
const options = cert ? { cert: fs.readFileSync(cert), key: fs.readFileSync(key) } : {};
const server = smpp.createServer(options, (session) => {
	const bind = (pdu) => {
		if (pdu.password !== 'secret') {
			session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
			session.close();
			return;
		}
		bound.push(session);
		session.send(pdu.response({ system_id: 'npm' }));
		say('bound ' + pdu.command + ' ' + pdu.system_id);
		open.forEach((one) => post(session, one));
	};
	['bind_transceiver', 'bind_transmitter', 'bind_receiver'].forEach((c) => session.on(c, bind));
	session.on('submit_sm', (pdu) => submitted(session, pdu));
	session.on('enquire_link', (pdu) => session.send(pdu.response()));
	session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); say('unbound'); });
	session.on('close', () => { bound.splice(bound.indexOf(session), 1); say('closed'); });
	session.on('error', () => {});
});

function deliver(options, what) {
	const session = bound[bound.length - 1];    // of a pair, the receiver bound last

	if (!session) {
		say('nobody is bound');
		return;
	}
	post(session, {
		options: Object.assign({ source_addr_ton: 1, source_addr_npi: 1, destination_addr: '8888' }, options),
		done: (resp) => say(what + ' answered status=' + resp.command_status),
	});
}

function long(from, text) {
	const parts = text.match(/.{1,50}/g), r = ref++ & 255;

	parts.map((p, i) => [p, i]).reverse().forEach(([p, i]) => deliver({
		source_addr: from, esm_class: 0x40,
		short_message: { udh: Buffer.from([5, 0, 3, r, parts.length, i + 1]), message: p },
	}, 'part'));
}

function ussd(from, session, op, text) {
	deliver({ source_addr: from, service_type: 'USSD', ussd_service_op: op,
		its_session_info: Buffer.from([Number(session), op === 1 ? 0 : 2]), short_message: text }, 'ussd');
}

const commands = {
	sms: (from, ...words) => {
		last = { source_addr: from, short_message: words.join(' ') };
		deliver(last, 'sms');
	},
	again: () => deliver(last, 'sms'),
	long: (from, ...words) => long(from, words.join(' ')),
	dial: (from, session, code) => ussd(from, session, 1, code),
	answer: (from, session, text) => ussd(from, session, 18, text),
	receipts: (s) => { shape = s; },
	throttle: (n) => { throttle = Number(n); },
	mute: (n) => { mute = Number(n); },
	keep: () => { kept = true; },
	later: (ms) => { later = Number(ms); },
	drop: () => bound.slice().forEach((s) => s.destroy()),
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
	const [name, ...args] = line.trim().split(' ');

	if (commands[name])
		commands[name](...args);
	else
		say('what is ' + name + '?');
}).on('close', () => process.exit(0));

server.listen(Number(port), '127.0.0.1', () => say('listening'));
