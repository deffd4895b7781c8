package zkclienttest

import (
	"encoding/binary"
	"io"
	"net"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// Operations and error codes of the client protocol.
const (
	opExists   = 3
	opGetData  = 4
	opSync     = 9
	opPing     = 11
	opReconfig = 16
	opAuth     = 100
	opClose    = -11

	codeUnimplemented            = -6
	codeBadArguments             = -8
	codeNewConfigNoQuorum        = -13
	codeReconfigInProgress       = -14
	codeNoNode                   = -101
	codeNoAuth                   = -102
	codeBadVersion               = -103
	codeAuthFailed               = -115
	codeReconfigDisabled         = -123
	configPath                   = "/zookeeper/config"
	maxPacket                    = 1 << 20
	defaultSessionTimeout        = 10000
	sessionPasswordLength        = 16
	superUser                    = "super:"
	digestScheme                 = "digest"
	statusOK               int32 = 0
)

// client is one session.
type client struct {
	member *fakeMember
	conn   net.Conn
	super  bool
	// before and after are the configurations around its last change.
	before, after zkconfig.Membership
}

// serveSession speaks the client protocol, the length of whose first packet has
// been read. Like a server, it closes the connection if it serves nobody.
func (m *fakeMember) serveSession(conn net.Conn, length uint32) {
	if length > maxPacket || !m.startSession(conn, length) {
		return
	}
	c := &client{member: m, conn: conn}
	for {
		packet, err := readPacket(conn)
		if err != nil {
			return
		}
		m.ensemble.before()
		in := &decoder{rest: packet}
		xid, op := in.int32(), in.int32()
		if lie := m.lie(xid, op); lie != nil {
			_, _ = conn.Write(lie)
			continue
		}
		out, code, answered := c.reply(op, in)
		if !answered {
			_, _ = io.Copy(io.Discard, conn)
			return
		}
		if op == opReconfig && code == statusOK && m.ensemble.reconfigured(c) {
			return
		}
		if writePacket(conn, header(xid, m.ensemble.lastZxid(), code), out) != nil || op == opClose {
			return
		}
	}
}

// startSession reads the rest of the connect request and answers it once the
// session is committed.
func (m *fakeMember) startSession(conn net.Conn, length uint32) bool {
	if _, err := io.CopyN(io.Discard, conn, int64(length)); err != nil {
		return false
	}
	e := m.ensemble
	e.mu.Lock()
	if !e.follows(m) || e.mute(m) || m.mode == Syncing {
		e.mu.Unlock()
		return false
	}
	if !e.frozen.IsZero() || m.mode == CutOff {
		e.mu.Unlock()
		_, _ = io.Copy(io.Discard, conn)
		return false
	}
	e.sessions[m.id]++
	e.nextSession++
	e.zxid++
	id, lie := e.nextSession, m.lies.Connect
	e.mu.Unlock()
	if lie != nil {
		_, err := conn.Write(lie)
		return err == nil
	}
	var out encoder
	out.int32(0)
	out.int32(defaultSessionTimeout)
	out.int64(id)
	out.buffer(make([]byte, sessionPasswordLength))
	return writePacket(conn, out.bytes) == nil
}

// before lets a test do something when a request has come and is not answered.
func (e *Ensemble) before() {
	e.mu.Lock()
	hook := e.onRequest
	e.onRequest = nil
	e.mu.Unlock()
	if hook != nil {
		hook()
	}
}

func (e *Ensemble) lastZxid() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return int64(e.zxid)
}

// reply returns the body and the error code of an answer. It reports false
// where the answer would have to wait for a commit that never comes.
func (c *client) reply(op int32, in *decoder) (body []byte, code int32, answered bool) {
	e := c.member.ensemble
	e.mu.Lock()
	defer e.mu.Unlock()
	switch op {
	case opPing:
		return nil, statusOK, true
	case opClose:
		e.closed++
		return nil, statusOK, true
	case opSync:
		var out encoder
		out.buffer([]byte(in.text()))
		return out.bytes, statusOK, true
	case opExists, opGetData:
		if path := in.text(); path != configPath {
			return nil, codeNoNode, true
		}
		return e.configNode(op == opGetData), statusOK, true
	case opAuth:
		return nil, c.authenticate(in), true
	case opReconfig:
		if !e.frozen.IsZero() || !e.serves(c.member) || e.members[c.member.id] != c.member {
			return nil, 0, false
		}
		if code := c.reconfig(in); code != statusOK {
			return nil, code, true
		}
		return e.configNode(true), statusOK, true
	default:
		return nil, codeUnimplemented, true
	}
}

func (c *client) authenticate(in *decoder) int32 {
	in.int32()
	scheme, credentials := in.text(), in.text()
	if scheme != digestScheme {
		return codeAuthFailed
	}
	// A wrong password makes an ordinary user, as with a server.
	password := c.member.ensemble.password
	c.super = password != "" && credentials == superUser+password
	return statusOK
}

// configNode encodes the configuration's stat, after its content if that is
// asked for.
func (e *Ensemble) configNode(withContent bool) []byte {
	content := []byte(e.membership.String())
	var out encoder
	if withContent {
		out.buffer(content)
	}
	version := int64(e.membership.Version)
	out.int64(0)       // czxid
	out.int64(version) // mzxid
	out.int64(0)       // ctime
	out.int64(0)       // mtime
	out.int32(-1)      // version
	out.int32(0)       // cversion
	out.int32(-1)      // aversion
	out.int64(0)       // ephemeral owner
	out.int32(int32(len(content)))
	out.int32(0) // children
	out.int64(0) // pzxid
	return out.bytes
}

func header(xid int32, zxid int64, code int32) []byte {
	var out encoder
	out.int32(xid)
	out.int64(zxid)
	out.int32(code)
	return out.bytes
}

func readPacket(conn net.Conn) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxPacket {
		return nil, io.ErrUnexpectedEOF
	}
	packet := make([]byte, n)
	_, err := io.ReadFull(conn, packet)
	return packet, err
}

func writePacket(conn net.Conn, parts ...[]byte) error {
	_, err := conn.Write(packet(parts...))
	return err
}

func packet(parts ...[]byte) []byte {
	packet := make([]byte, 4)
	for _, part := range parts {
		packet = append(packet, part...)
	}
	binary.BigEndian.PutUint32(packet, uint32(len(packet)-4))
	return packet
}
