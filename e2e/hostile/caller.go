package main

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
)

// caller is somebody who has connected, with the first four bytes that came: a
// word, or the length of the request for a session.
type caller struct {
	net.Conn
	first [4]byte
}

// asksWord reports whether the caller has sent a four-letter word.
func (c *caller) asksWord() bool {
	for _, b := range c.first {
		if b < 'a' || b > 'z' {
			return false
		}
	}
	return true
}

// say sends bytes. Who hangs up misses the rest.
func (c *caller) say(bytes []byte) bool {
	_, err := c.Write(bytes)
	return err == nil
}

// hang says nothing until the caller hangs up or its time is over.
func (c *caller) hang() { _, _ = io.Copy(io.Discard, c) }

// endlessly says the same until the caller hangs up or its time is over.
func (c *caller) endlessly(text string) {
	bytes := []byte(strings.Repeat(text, 1+(64<<10)/len(text)))
	for c.say(bytes) {
	}
}

// request is what every request but the first begins with.
type request struct{ xid, op int32 }

// requestLimit is more than any request needs.
const requestLimit = 1 << 20

// connect reads the rest of the request for a session.
func (c *caller) connect() bool {
	return c.skip(binary.BigEndian.Uint32(c.first[:]))
}

// next reads a request.
func (c *caller) next() (request, bool) {
	var head [12]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return request{}, false
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < 8 {
		return request{}, false
	}
	r := request{xid: int32(binary.BigEndian.Uint32(head[4:])), op: int32(binary.BigEndian.Uint32(head[8:]))}
	return r, c.skip(length - 8)
}

func (c *caller) skip(length uint32) bool {
	if length > requestLimit {
		return false
	}
	_, err := io.CopyN(io.Discard, c, int64(length))
	return err == nil
}
