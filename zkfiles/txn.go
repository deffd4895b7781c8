package zkfiles

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Session is the id of a session.
type Session int64

// String returns the id as ZooKeeper writes it, such as 0x10000157d4b0000.
func (s Session) String() string { return fmt.Sprintf("0x%x", uint64(s)) }

// MarshalText makes sessions readable in JSON.
func (s Session) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// TxnHeader is the head of each transaction.
type TxnHeader struct {
	// Session is that of the client, which ZooKeeper calls clientId here.
	Session Session
	Cxid    int32 // the number that the client gave the request
	Zxid    Zxid
	// Time is that of the leader's clock.
	Time time.Time
	Type OpCode
}

// TxnDigest is the digest of the whole tree after a transaction.
type TxnDigest struct {
	Version    int32
	TreeDigest int64
}

// Txn is a transaction of a log.
type Txn struct {
	TxnHeader
	// File and Offset are where the record begins.
	File   string
	Offset int64
	// Bytes are those under the checksum: header, body and digest.
	Bytes []byte
}

const txnHeaderSize = 32

func parseTxnHeader(bytes []byte) (TxnHeader, bool) {
	if len(bytes) < txnHeaderSize {
		return TxnHeader{}, false
	}
	long := func(at int) int64 { return int64(binary.BigEndian.Uint64(bytes[at:])) }
	return TxnHeader{
		Session: Session(long(0)),
		Cxid:    int32(binary.BigEndian.Uint32(bytes[8:])),
		Zxid:    Zxid(long(12)),
		Time:    time.UnixMilli(long(20)).UTC(),
		Type:    OpCode(binary.BigEndian.Uint32(bytes[28:])),
	}, true
}

// ACL is an entry of an access control list.
type ACL struct {
	Perms      int32
	Scheme, ID string
}

// Change is one operation of a transaction: a multi has several.
type Change struct {
	Type OpCode
	// Path is that of the node, and empty where an operation is about none.
	Path string
	// Data is what the node holds from now on.
	Data []byte
	ACL  []ACL
	// Version is the one that data or ACL have from now on, or that a check compares.
	Version   int32
	Ephemeral bool
	TTL       time.Duration
	// Timeout is that of a session that is created.
	Timeout time.Duration
	// Error is the code of an operation that failed.
	Error int32
	// RolledBack: the operation is part of a multi of which another one failed.
	RolledBack bool
	// Deleted are the ephemeral nodes that a session takes with it.
	Deleted []string
}

// Changes returns the operations of the transaction, and the digest where there is
// one. A closeSession of a server with closeSessionTxn.enabled=false does not say what
// it deletes.
func (t *Txn) Changes() ([]Change, *TxnDigest, error) {
	b := body{rest: t.Bytes[txnHeaderSize:]}
	changes := b.changes(t.Type)
	digest := b.digest()
	if b.wrong != "" {
		return nil, nil, &Error{
			File: t.File, Offset: t.Offset, Problem: WrongContent, Fix: fixMember,
			Detail: fmt.Sprintf("the checksum of the %s %s is right, but %s", t.Type, t.Zxid, b.wrong),
		}
	}
	return changes, digest, nil
}

const digestSize = 12

func (b *body) changes(op OpCode) []Change {
	switch {
	case op == OpMulti:
		return b.multi()
	case op == OpCloseSession && (len(b.rest) == 0 || len(b.rest) == digestSize):
		// A body has at least a count, so that with a digest there are 16 bytes.
		return []Change{{Type: op}}
	case op == OpCheck:
		b.fail("its type belongs into a multi")
		return nil
	default:
		return []Change{b.change(op)}
	}
}

// multi reads the operations of a multi, each of which has its own length.
func (b *body) multi() []Change {
	count := b.count(8)
	changes := make([]Change, 0, min(count, reserved))
	failed := false
	for range count {
		op := OpCode(b.int())
		inner := body{rest: b.buffer()}
		switch op {
		case OpMulti, OpCloseSession, OpCreateSession, OpReconfig, OpSetACL:
			b.fail(fmt.Sprintf("a multi holds a %s", op))
		default:
			changes = append(changes, inner.change(op))
			failed = failed || op == OpError
		}
		if inner.wrong != "" {
			b.fail(inner.wrong)
		}
		if b.wrong != "" {
			return nil
		}
	}
	for i := range changes {
		changes[i].RolledBack = failed && changes[i].Type != OpError
	}
	return changes
}

func (b *body) change(op OpCode) Change {
	c := Change{Type: op}
	switch op {
	case OpCreate, OpCreate2, OpCreateContainer, OpCreateTTL:
		c.Path, c.Data, c.ACL = b.string(), b.buffer(), b.acl()
		b.created(op, &c)
	case OpDelete, OpDeleteContainer:
		c.Path = b.string()
	case OpSetData, OpReconfig:
		c.Path, c.Data, c.Version = b.string(), b.buffer(), b.int()
	case OpSetACL:
		c.Path, c.ACL, c.Version = b.string(), b.acl(), b.int()
	case OpCheck:
		c.Path, c.Version = b.string(), b.int()
	case OpCreateSession:
		c.Timeout = time.Duration(b.int()) * time.Millisecond
	case OpCloseSession:
		count := b.count(4)
		c.Deleted = make([]string, 0, min(count, reserved))
		for range count {
			c.Deleted = append(c.Deleted, b.string())
		}
	case OpError:
		c.Error = b.int()
	default:
		b.fail("no server from 3.7 to 3.9 knows its type, and one that reads it does not start")
	}
	return c
}

// created reads what follows the ACL of a node that is created.
func (b *body) created(op OpCode, c *Change) {
	if op == OpCreate || op == OpCreate2 {
		c.Ephemeral = b.byte() != 0
	}
	if op == OpCreate && len(b.rest) == 0 {
		return // the form before 3.4, which has no version of the parent
	}
	b.int() // the parent's version of children
	if op == OpCreateTTL {
		c.TTL = time.Duration(b.long()) * time.Millisecond
	}
}

// digest reads the end of a transaction.
func (b *body) digest() *TxnDigest {
	switch len(b.rest) {
	case 0:
		return nil
	case digestSize:
		return &TxnDigest{Version: b.int(), TreeDigest: b.long()}
	default:
		b.fail(fmt.Sprintf("%d bytes follow its body, where a digest has %d", len(b.rest), digestSize))
		return nil
	}
}

// body reads the fields of a transaction. After the first error it returns zeros.
type body struct {
	rest  []byte
	wrong string // what is wrong, as the end of a sentence
}

func (b *body) fail(wrong string) {
	if b.wrong == "" {
		b.wrong, b.rest = wrong, nil
	}
}

func (b *body) take(n int) []byte {
	if n > len(b.rest) {
		b.fail("its body ends within a field")
		return nil
	}
	taken := b.rest[:n:n]
	b.rest = b.rest[n:]
	return taken
}

func (b *body) byte() byte {
	if bytes := b.take(1); bytes != nil {
		return bytes[0]
	}
	return 0
}

func (b *body) int() int32 {
	if bytes := b.take(4); bytes != nil {
		return int32(binary.BigEndian.Uint32(bytes))
	}
	return 0
}

func (b *body) long() int64 {
	if bytes := b.take(8); bytes != nil {
		return int64(binary.BigEndian.Uint64(bytes))
	}
	return 0
}

// buffer reads a length and as many bytes, of which none are copied. A length of -1
// means none.
func (b *body) buffer() []byte {
	n := b.int()
	switch {
	case n == -1:
		return nil
	case n < 0:
		b.fail(fmt.Sprintf("a length in its body is %d", n))
		return nil
	}
	return b.take(int(n))
}

func (b *body) string() string { return string(b.buffer()) }

// reserved are the entries of a list for which memory is taken before they are read.
const reserved = 64

// count reads the length of a list whose entries have at least size bytes, so that
// no list is longer than the rest of the body.
func (b *body) count(size int) int {
	n := b.int()
	if n < -1 || int64(n)*int64(size) > int64(len(b.rest)) {
		b.fail(fmt.Sprintf("a list in its body has the length %d", n))
		return 0
	}
	return int(max(n, 0))
}

func (b *body) acl() []ACL {
	count := b.count(12)
	list := make([]ACL, 0, min(count, reserved))
	for range count {
		list = append(list, ACL{Perms: b.int(), Scheme: b.string(), ID: b.string()})
	}
	return list
}
