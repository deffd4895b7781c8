package main

import (
	"encoding/binary"
	"slices"
	"strings"
)

// Operations of the client protocol.
const (
	opGetData = 4
	opPing    = 11
	opClose   = -11
)

// wire writes numbers and texts as the protocol does: int has 4 bytes, int64 has
// 8, a text has no length in front.
func wire(parts ...any) []byte {
	var out []byte
	for _, part := range parts {
		switch part := part.(type) {
		case int:
			out = binary.BigEndian.AppendUint32(out, uint32(part))
		case int64:
			out = binary.BigEndian.AppendUint64(out, uint64(part))
		case string:
			out = append(out, part...)
		}
	}
	return out
}

// framed puts the length in front of an answer.
func framed(parts ...any) []byte {
	body := wire(parts...)
	return append(wire(len(body)), body...)
}

// text is a text with its length.
func text(s string) string { return string(wire(len(s), s)) }

const (
	huge     = 1<<31 - 1 // the largest length there is
	negative = -1
	// sessionTimeout is an honest one, in milliseconds.
	sessionTimeout = 10_000
)

// password is that of a session, with its length.
var password = text(strings.Repeat("p", 16))

// session is an honest answer to the request for a session.
var session = framed(0, sessionTimeout, int64(1), password)

// header is what every other answer begins with.
func header(r request) string { return string(wire(int(r.xid), int64(1), 0)) }

// refuses answers the request for a session with bytes, and then keeps the
// connection.
func refuses(bytes []byte) func(*caller) {
	return func(c *caller) {
		if c.connect() && c.say(bytes) {
			c.hang()
		}
	}
}

// admits gives a session, and then answers every request in its way.
func admits(answer func(request) []byte) func(*caller) {
	return func(c *caller) {
		if !c.connect() || !c.say(session) {
			return
		}
		for {
			r, ok := c.next()
			if !ok || !c.say(answer(r)) {
				return
			}
		}
	}
}

// always is an answer to whatever was asked.
func always(bytes []byte) func(request) []byte {
	return func(request) []byte { return bytes }
}

// replies is an answer with an honest header.
func replies(body ...any) func(request) []byte {
	return func(r request) []byte { return framed(slices.Insert(body, 0, any(header(r)))...) }
}

// frames are answers in a session that would end or fill a process that believed
// them.
var frames = []trick{
	{"a session of 2 GiB", refuses(wire(huge))},
	{"a session of a negative length", refuses(wire(negative))},
	{"a session of nothing", refuses(wire(0))},
	{"half a session", refuses(wire(40, 0, sessionTimeout))},
	{"a session without a password", refuses(framed(0, sessionTimeout, int64(1)))},
	{"a time-out of nothing", refuses(framed(0, 0, int64(1), password))},
	{"a negative time-out", refuses(framed(0, negative, int64(1), password))},
	{"a time-out of a millisecond", refuses(framed(0, 1, int64(1), password))},
	{"a time-out of weeks", refuses(framed(0, huge, int64(1), password))},
	{"a password of 2 GiB", refuses(framed(0, sessionTimeout, int64(1), huge, "pppp"))},
	{"a password of a negative length", refuses(framed(0, sessionTimeout, int64(1), negative, "pppp"))},
	{"an event of four bytes", refuses(slices.Concat(session, wire(4, negative)))},
	{"an event that nobody watches for", refuses(slices.Concat(session, framed(negative, int64(negative), 0, 1, 3, text("/"))))},
	{"events without end", admits(always(slices.Repeat(framed(negative, int64(negative), 0, 1, 3, text("/")), 1000)))},
	{"an answer of 2 GiB", admits(always(wire(huge)))},
	{"an answer of a negative length", admits(always(wire(negative)))},
	{"an answer of nothing", admits(always(wire(0)))},
	{"half an answer in a session", admits(always(wire(100, "abc")))},
	{"an answer of eight bytes", admits(func(r request) []byte { return framed(int(r.xid), 0) })},
	{"an answer to another request", admits(func(r request) []byte { return replies()(request{xid: r.xid + 1}) })},
	{"an answer to a ping that was not sent", admits(always(framed(-2, int64(1), 0)))},
	{"an answer without a body", admits(replies())},
	{"a body of 2 GiB", admits(replies(huge, "text"))},
	{"a body of a negative length", admits(replies(-2, "text"))},
	{"a body that ends in its length", admits(replies("\x00\x00"))},
	{"another protocol in a session", refuses([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))},
	{"no session", (*caller).hang},
}
