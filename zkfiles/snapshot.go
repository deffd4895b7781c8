package zkfiles

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"path"
	"time"
)

// Stat is what a server keeps of a node beside its data.
type Stat struct {
	Czxid, Mzxid                Zxid
	Ctime, Mtime                time.Time
	Version, Cversion, Aversion int32
	// EphemeralOwner is the session of an ephemeral node, 0 for a node that stays,
	// the lowest number for a container, and above 0xff00000000000000 for a TTL.
	EphemeralOwner Session
	Pzxid          Zxid
}

const statSize = 60

// Node is a node of the tree.
type Node struct {
	Path string // empty for the root
	Data []byte // nil for none
	ACL  int64  // its key in the table of ACLs, or -1 for world:anyone:cdrwa
	Stat
}

// Visitor takes what a snapshot holds, in the order of the file. Functions that are
// nil are not called, and an error of a function ends the reading. The bytes of a
// node hold until the function returns.
type Visitor struct {
	Session func(id Session, timeout time.Duration) error
	ACL     func(key int64, list []ACL) error
	Node    func(*Node) error
}

// ZxidDigest is the digest of the tree at a zxid.
type ZxidDigest struct {
	Zxid    Zxid
	Version int32
	Digest  int64
}

// SnapshotInfo is what a snapshot holds.
type SnapshotInfo struct {
	Header                FileHeader
	Sessions, ACLs, Nodes int
	Ephemerals            int
	// MaxZxid is the highest of all nodes.
	MaxZxid Zxid
	// Digest is that of the last transaction when the snapshot was finished: from 3.6
	// on, unless digest.enabled=false.
	Digest *ZxidDigest
	// LastProcessed is the last transaction when the snapshot was finished: from 3.9
	// on, unless serializeLastProcessedZxid.enabled=false.
	LastProcessed *Zxid
	// Seals counts the checksums. A snapshot that is still being written may have
	// fewer than the others of its server.
	Seals int
}

// End returns the zxid up to which a snapshot of the given name holds transactions,
// and whether that is known. The tree is a state only at a later transaction than its
// end: the one after the end may be half in it, since a server notes a transaction
// once the tree has changed. A digest below the name says nothing: it is one of an
// earlier epoch.
func (s *SnapshotInfo) End(name Zxid) (Zxid, bool) {
	end := max(name, s.MaxZxid)
	known := end == 0 // nothing was ever written
	if s.Digest != nil {
		end = max(end, s.Digest.Zxid)
		known = known || s.Digest.Zxid > 0 && s.Digest.Zxid >= name
	}
	if s.LastProcessed != nil {
		end = max(end, *s.LastProcessed)
		known = known || *s.LastProcessed >= name
	}
	return end, known
}

// ReadSnapshot reads a whole snapshot and checks everything in it. The name decides
// on the compression, as for a server.
func ReadSnapshot(r io.Reader, file string, v Visitor) (SnapshotInfo, error) {
	content, err := decompress(r, file)
	if err != nil {
		return SnapshotInfo{}, err
	}
	s := &snapshot{in: newInput(content, file), visit: v}
	s.in.sum = adler32.New()
	err = s.read()
	var corrupt flate.CorruptInputError
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.As(err, &corrupt) {
		err = s.in.fail(WrongChecksum, fixSnapshot, "the compressed content is damaged (%v)", err)
	}
	return s.info, err
}

func decompress(r io.Reader, file string) (io.Reader, error) {
	name, _ := ParseName(path.Base(file))
	at := &input{file: file}
	switch name.Compression {
	case Snappy:
		return nil, at.fail(WrongFormat,
			"set snapshot.compression.method=gz, or leave it out, and restart the server, which then writes a snapshot that can be read",
			"snapshots that are compressed with snappy cannot be read here")
	case Gzip:
		content, err := gzip.NewReader(bufio.NewReader(r))
		if err == nil {
			return content, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, at.fail(Truncated, fixSnapshot, "the file ends within the header of gzip")
		}
		if errors.Is(err, gzip.ErrHeader) {
			return nil, at.fail(WrongFormat, fixSnapshot, "the name ends with gz and the content is not gzip")
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	default:
		return r, nil
	}
}

// snapshot is the reading of one.
type snapshot struct {
	in    *input
	visit Visitor
	info  SnapshotInfo
	path  []byte // of the node before
	next  []byte
	data  []byte
	fixed []byte
}

func (s *snapshot) read() error {
	var err error
	if s.info.Header, err = s.in.header(Snapshot); err != nil {
		return err
	}
	for _, part := range []func() error{s.sessions, s.acls, s.nodes, s.seal, s.sections} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (s *snapshot) sessions() error {
	count, err := s.in.count("the number of sessions")
	for ; err == nil && count > 0; count-- {
		s.fixed, err = s.in.must(s.fixed, 12, "a session")
		if err != nil {
			return err
		}
		s.info.Sessions++
		if s.visit.Session != nil {
			timeout := time.Duration(int32(binary.BigEndian.Uint32(s.fixed[8:]))) * time.Millisecond
			err = s.visit.Session(Session(binary.BigEndian.Uint64(s.fixed)), timeout)
		}
	}
	return err
}

func (s *snapshot) acls() error {
	count, err := s.in.count("the number of ACLs")
	for ; err == nil && count > 0; count-- {
		s.fixed, err = s.in.must(s.fixed, 8, "the key of an ACL")
		if err != nil {
			return err
		}
		key := int64(binary.BigEndian.Uint64(s.fixed))
		var list []ACL
		list, err = s.acl()
		s.info.ACLs++
		if err == nil && s.visit.ACL != nil {
			err = s.visit.ACL(key, list)
		}
	}
	return err
}

// acl reads a list of entries, of which there are never many.
func (s *snapshot) acl() ([]ACL, error) {
	count, err := s.in.count("the number of entries of an ACL")
	if err == nil && count > maxACL {
		err = s.in.fail(WrongLength, fixSnapshot, "an ACL has %d entries, and no more than %d are possible", count, maxACL)
	}
	var list []ACL
	for ; err == nil && count > 0; count-- {
		var entry ACL
		if entry.Perms, err = s.in.number("the permissions of an ACL"); err != nil {
			return nil, err
		}
		if s.data, err = s.in.buffer(s.data, "a scheme"); err != nil {
			return nil, err
		}
		entry.Scheme = string(s.data)
		if s.data, err = s.in.buffer(s.data, "an id"); err != nil {
			return nil, err
		}
		entry.ID = string(s.data)
		list = append(list, entry)
	}
	return list, err
}

// maxACL bounds the entries of one ACL: all of them fit into one request.
const maxACL = 1 << 16

// nodes reads the tree: the root, whose path is empty, then each node before its
// children, and the path / as the end.
func (s *snapshot) nodes() error {
	for {
		start := s.in.offset
		var err error
		if s.next, err = s.in.buffer(s.next, "a path"); err != nil {
			return err
		}
		if string(s.next) == "/" {
			if s.info.Nodes == 0 {
				return s.in.fail(WrongContent, fixSnapshot, "the tree has no root")
			}
			return nil
		}
		if !s.hasParent() {
			s.in.offset = start
			return s.in.fail(WrongContent, fixSnapshot, "the node %q is not among the children of the node before, %q, or above it", s.next, s.path)
		}
		if err := s.node(); err != nil {
			return err
		}
		s.path, s.next = s.next, s.path
	}
}

// hasParent reports whether the parent of the next node was read. A server writes
// depth first, so the parent is the node before or above that one.
func (s *snapshot) hasParent() bool {
	slash := bytes.LastIndexByte(s.next, '/')
	if s.info.Nodes == 0 || slash < 0 {
		return s.info.Nodes == 0 && len(s.next) == 0
	}
	parent := s.next[:slash]
	return bytes.HasPrefix(s.path, parent) && (len(s.path) == len(parent) || s.path[len(parent)] == '/')
}

func (s *snapshot) node() error {
	data, err := s.in.buffer(s.data, "the data of a node")
	if err != nil {
		return err
	}
	if data != nil {
		s.data = data // the memory of the next
	}
	if s.fixed, err = s.in.must(s.fixed, 8+statSize, "a node"); err != nil {
		return err
	}
	stat := parseStat(s.fixed[8:])
	s.info.Nodes++
	s.info.MaxZxid = max(s.info.MaxZxid, stat.Czxid, stat.Mzxid, stat.Pzxid)
	if stat.isEphemeral() {
		s.info.Ephemerals++
	}
	if s.visit.Node == nil {
		return nil
	}
	return s.visit.Node(&Node{Path: string(s.next), Data: data, ACL: int64(binary.BigEndian.Uint64(s.fixed)), Stat: stat})
}

func parseStat(fixed []byte) Stat {
	long := func(at int) int64 { return int64(binary.BigEndian.Uint64(fixed[at:])) }
	number := func(at int) int32 { return int32(binary.BigEndian.Uint32(fixed[at:])) }
	return Stat{
		Czxid: Zxid(long(0)), Mzxid: Zxid(long(8)),
		Ctime: time.UnixMilli(long(16)).UTC(), Mtime: time.UnixMilli(long(24)).UTC(),
		Version: number(32), Cversion: number(36), Aversion: number(40),
		EphemeralOwner: Session(long(44)), Pzxid: Zxid(long(52)),
	}
}

// isEphemeral tells ephemeral nodes from containers and, where extended types are
// enabled, nodes with a TTL.
func (s *Stat) isEphemeral() bool {
	owner := uint64(s.EphemeralOwner)
	return owner != 0 && owner != 1<<63 && owner>>56 != 0xff
}

const sealSize = 13

// seal reads a checksum over all bytes before it, and the path /.
func (s *snapshot) seal() error {
	start, actual := s.in.offset, uint64(s.in.sum.Sum32())
	var err error
	if s.fixed, err = s.in.must(s.fixed, sealSize, "a checksum"); err != nil {
		return err
	}
	at := &input{file: s.in.file, offset: start}
	switch sum := binary.BigEndian.Uint64(s.fixed); {
	case sum != actual:
		return at.fail(WrongChecksum, fixSnapshot, "the checksum of the snapshot is %#x, and its bytes have %#x", sum, actual)
	case string(s.fixed[8:]) != "\x00\x00\x00\x01/":
		return at.fail(WrongContent, fixSnapshot, "the checksum is not followed by the path /")
	}
	s.info.Seals++
	return nil
}

// The sections after the first checksum. Their lengths tell which there are.
const (
	digestSection        = 20 + sealSize
	lastProcessedSection = 8 + sealSize
)

func (s *snapshot) sections() error {
	rest, err := s.in.r.Peek(digestSection + lastProcessedSection + 1)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return s.in.fail(Truncated, fixSnapshot, "the compressed content has no end")
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("%s: offset %d: %w", s.in.file, s.in.offset, err)
	}
	switch len(rest) {
	case 0:
		return nil
	case digestSection:
		return s.digest()
	case lastProcessedSection:
		return s.lastProcessed()
	case digestSection + lastProcessedSection:
		if err := s.digest(); err != nil {
			return err
		}
		return s.lastProcessed()
	default:
		return s.in.fail(Truncated, "wait until the server has finished it; "+fixSnapshot,
			"%s follow the first checksum, and a server writes 0, %d, %d or %d",
			atMost(len(rest), digestSection+lastProcessedSection), lastProcessedSection, digestSection, digestSection+lastProcessedSection)
	}
}

func atMost(n, limit int) string {
	if n > limit {
		return fmt.Sprintf("more than %d bytes", limit)
	}
	return fmt.Sprintf("%d bytes", n)
}

func (s *snapshot) digest() error {
	start := s.in.offset
	var err error
	if s.fixed, err = s.in.must(s.fixed, 20, "a digest"); err != nil {
		return err
	}
	d := &ZxidDigest{
		Zxid:    Zxid(binary.BigEndian.Uint64(s.fixed)),
		Version: int32(binary.BigEndian.Uint32(s.fixed[8:])),
		Digest:  int64(binary.BigEndian.Uint64(s.fixed[12:])),
	}
	if d.Version < 2 {
		at := &input{file: s.in.file, offset: start}
		return at.fail(WrongFormat, "read it with the tools of its own release", "the digest has version %d, and servers of 3.7 to 3.9 write 2", d.Version)
	}
	s.info.Digest = d
	return s.seal()
}

func (s *snapshot) lastProcessed() error {
	var err error
	if s.fixed, err = s.in.must(s.fixed, 8, "the last zxid"); err != nil {
		return err
	}
	s.info.LastProcessed = new(Zxid(binary.BigEndian.Uint64(s.fixed)))
	return s.seal()
}
