package zkfiles

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var anyone = []ACL{{Perms: 31, Scheme: "world", ID: "anyone"}}

// part is an operation of a multi.
func part(j jute, op OpCode, body jute) jute { return j.int(int32(op)).text(string(body)) }

func TestChanges(t *testing.T) {
	t.Parallel()
	noNode := jute{}.int(-101)
	for _, test := range []struct {
		name string
		op   OpCode
		body jute
		want []Change
	}{
		{"create", OpCreate, createBody("/a", "x"), []Change{{Type: OpCreate, Path: "/a", Data: []byte("x"), ACL: anyone}}},
		{"create2", OpCreate2, jute{}.text("/a").int(-1).int(-1).bool(true).int(1), []Change{{Type: OpCreate2, Path: "/a", ACL: []ACL{}, Ephemeral: true}}},
		{
			"createContainer", OpCreateContainer, jute{}.text("/a").text("").open().int(1),
			[]Change{{Type: OpCreateContainer, Path: "/a", Data: []byte{}, ACL: anyone}},
		},
		{
			"createTTL", OpCreateTTL, jute{}.text("/a").text("x").open().int(1).long(60_000),
			[]Change{{Type: OpCreateTTL, Path: "/a", Data: []byte("x"), ACL: anyone, TTL: time.Minute}},
		},
		{"delete", OpDelete, jute{}.text("/a"), []Change{{Type: OpDelete, Path: "/a"}}},
		{"deleteContainer", OpDeleteContainer, jute{}.text("/a"), []Change{{Type: OpDeleteContainer, Path: "/a"}}},
		{"setData", OpSetData, jute{}.text("/a").text("y").int(7), []Change{{Type: OpSetData, Path: "/a", Data: []byte("y"), Version: 7}}},
		{
			"reconfig", OpReconfig, jute{}.text("/zookeeper/config").text("server.1=a").int(-1),
			[]Change{{Type: OpReconfig, Path: "/zookeeper/config", Data: []byte("server.1=a"), Version: -1}},
		},
		{"setACL", OpSetACL, jute{}.text("/a").open().int(3), []Change{{Type: OpSetACL, Path: "/a", ACL: anyone, Version: 3}}},
		{"createSession", OpCreateSession, jute{}.int(30_000), []Change{{Type: OpCreateSession, Timeout: 30 * time.Second}}},
		{"closeSession", OpCloseSession, jute{}.int(2).text("/a").text("/b"), []Change{{Type: OpCloseSession, Deleted: []string{"/a", "/b"}}}},
		{"closeSession without nodes", OpCloseSession, jute{}.int(0), []Change{{Type: OpCloseSession, Deleted: []string{}}}},
		{"closeSession without a body", OpCloseSession, nil, []Change{{Type: OpCloseSession}}},
		{"error", OpError, noNode, []Change{{Type: OpError, Error: -101}}},
		{
			"multi", OpMulti, part(part(part(jute{}.int(3), OpCheck, jute{}.text("/c").int(2)), OpDelete, jute{}.text("/a")), OpCreate, createBody("/b", "x")),
			[]Change{{Type: OpCheck, Path: "/c", Version: 2}, {Type: OpDelete, Path: "/a"}, {Type: OpCreate, Path: "/b", Data: []byte("x"), ACL: anyone}},
		},
		{
			"multi that failed", OpMulti, part(part(jute{}.int(2), OpDelete, jute{}.text("/a")), OpError, noNode),
			[]Change{{Type: OpDelete, Path: "/a", RolledBack: true}, {Type: OpError, Error: -101}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bytes := txnBytes(1, test.op, test.body)
			for _, bytes := range [][]byte{bytes, digested(bytes)} {
				got, digest, err := (&Txn{TxnHeader: TxnHeader{Type: test.op}, Bytes: bytes}).Changes()
				if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
					t.Errorf("%v (- want, + got)\n%s", err, diff)
				}
				if hasDigest := len(bytes) == txnHeaderSize+len(test.body)+digestSize; hasDigest && (digest == nil || *digest != TxnDigest{2, 4711}) {
					t.Errorf("the digest is %v", digest)
				}
			}
		})
	}
}

// TestChangesOfOldLogs reads a create without the version of the parent, which
// servers before 3.4 wrote.
func TestChangesOfOldLogs(t *testing.T) {
	t.Parallel()
	body := createBody("/a", "x")
	got, digest, err := (&Txn{TxnHeader: TxnHeader{Type: OpCreate}, Bytes: txnBytes(1, OpCreate, body[:len(body)-4])}).Changes()
	if err != nil || digest != nil || len(got) != 1 || got[0].Path != "/a" {
		t.Errorf("got %+v %v %v", got, digest, err)
	}
}

func TestChangesThatAreWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		op   OpCode
		body jute
		want string
	}{
		{"a type that is none", 99, nil, "the checksum of the unknown 99 0x7 is right, but no server from 3.7 to 3.9 knows its type"},
		{"a check outside a multi", OpCheck, jute{}.text("/a").int(1), "its type belongs into a multi"},
		{"a body that is short", OpSetData, jute{}.text("/a").text("x"), "its body ends within a field"},
		{"bytes after the body", OpDelete, jute{}.text("/a").int(1), "4 bytes follow its body, where a digest has 12"},
		{"a length below zero", OpDelete, jute{}.int(-2), "a length in its body is -2"},
		{"a list that is longer than the body", OpCloseSession, jute{}.int(1000).text("/a"), "a list in its body has the length 1000"},
		{"a list of less than none", OpSetACL, jute{}.text("/a").int(-2).int(1), "a list in its body has the length -2"},
		{"a multi in a multi", OpMulti, part(jute{}.int(1), OpMulti, jute{}.int(0)), "a multi holds a multi"},
		{"a part that is short", OpMulti, part(jute{}.int(1), OpDelete, jute{}.int(5)), "its body ends within a field"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := (&Txn{TxnHeader: TxnHeader{Type: test.op, Zxid: 7}, File: "log.7", Offset: 16, Bytes: txnBytes(7, test.op, test.body)}).Changes()
			if problemOf(err) != WrongContent || !strings.HasPrefix(err.Error(), "log.7: offset 16: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// FuzzChanges reads anything as the body of each type.
func FuzzChanges(f *testing.F) {
	f.Add(int32(OpCreate), []byte(createBody("/a", "x")))
	f.Add(int32(OpMulti), []byte(part(jute{}.int(1), OpDelete, jute{}.text("/a"))))
	f.Add(int32(OpCloseSession), []byte(jute{}.int(1).text("/a")))
	f.Fuzz(func(t *testing.T, op int32, body []byte) {
		changes, _, err := (&Txn{TxnHeader: TxnHeader{Type: OpCode(op)}, Bytes: txnBytes(1, OpCode(op), body)}).Changes()
		held := 0
		for _, change := range changes {
			held += len(change.Path) + len(change.Data) + len(change.Deleted) + len(change.ACL)
		}
		if held > len(body) {
			t.Errorf("%d bytes came out of %d (%v)", held, len(body), err)
		}
	})
}
