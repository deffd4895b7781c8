package zkfiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// CutLog copies a log up to a transaction, which is the last of the copy. The copy has
// no padding. Without that transaction in the log it returns an error, and what was
// written is worth nothing.
func CutLog(dst io.Writer, src io.Reader, file string, at Zxid) error {
	last, err := copyLog(dst, src, file, at)
	if err == nil && last != at {
		err = &Error{
			File: file, Problem: Incomplete, Detail: fmt.Sprintf("the log has no transaction %s; the last before it is %s", at, last),
			Fix: "choose the zxid of a transaction, as kubectl zk txlog lists them",
		}
	}
	return err
}

// copyLog copies the records of a log up to a zxid and returns the last one.
func copyLog(dst io.Writer, src io.Reader, file string, at Zxid) (Zxid, error) {
	log, err := NewLogReader(src, file)
	if err != nil {
		return 0, err
	}
	if _, err := dst.Write(fileHeader(Log, log.Header())); err != nil {
		return 0, err
	}
	var last Zxid
	var record []byte
	for {
		txn, err := log.Next()
		if errors.Is(err, io.EOF) || err == nil && txn.Zxid > at {
			return last, nil
		}
		if err != nil {
			return last, err
		}
		record = appendRecord(record[:0], txn.Bytes)
		if _, err := dst.Write(record); err != nil {
			return last, err
		}
		if last = txn.Zxid; last == at {
			return last, nil // what follows may be damaged
		}
	}
}

func fileHeader(kind Kind, header FileHeader) []byte {
	to := []byte(magic[kind])
	to = binary.BigEndian.AppendUint32(to, uint32(header.Version))
	return binary.BigEndian.AppendUint64(to, uint64(header.DBID))
}

func appendRecord(to, bytes []byte) []byte {
	to = binary.BigEndian.AppendUint64(to, uint64(adler32.Checksum(bytes)))
	to = binary.BigEndian.AppendUint32(to, uint32(len(bytes)))
	return append(append(to, bytes...), 'B')
}

// Cut is a snapshot and the logs after it, which together are the state of exactly
// one zxid.
type Cut struct {
	At   Zxid
	Base File
	// Logs are those that the copy has: none where the snapshot alone is the state.
	Logs []File

	data, logs fs.FS
}

// PlanCut finds the newest snapshot from which the logs lead to a transaction without
// a hole. The two folders are version-2 of dataDir and of dataLogDir.
//
// It refuses snapshots that already hold later transactions, or may hold them, and
// logs with a hole. Where the member was synchronised by a snapshot of the leader, its
// logs have a hole before that snapshot, and the transactions before may be some that
// no quorum knows: they are never replayed over the hole. A hole at a change of
// epochs whose snapshot has been purged cannot be seen from the files of one member.
func PlanCut(data, logs fs.FS, at Zxid) (*Cut, error) {
	snapshots, err := ReadFolder(data)
	if err != nil {
		return nil, err
	}
	all, err := ReadFolder(logs)
	if err != nil {
		return nil, err
	}
	planner := planner{data: data, logs: logs, snapshots: snapshots.Snapshots, all: all.Logs, at: at}
	var refused []string
	for _, base := range slices.Backward(snapshots.Snapshots) {
		if base.Zxid > at {
			continue
		}
		cut, err := planner.try(base)
		if err == nil {
			return cut, nil
		}
		refused = append(refused, fmt.Sprintf("%s: %v", base.Name, err))
	}
	if len(refused) == 0 {
		refused = []string{fmt.Sprintf("no snapshot is older than %s: take one from a backup", at)}
	}
	return nil, fmt.Errorf("no snapshot and logs lead to %s: %s", at, strings.Join(refused, "; "))
}

type planner struct {
	data, logs fs.FS
	snapshots  []File
	all        []File
	at         Zxid
}

// try returns why a snapshot cannot be the base, or the cut that it is the base of.
func (p *planner) try(base File) (*Cut, error) {
	info, err := checkSnapshot(p.data, base)
	if err != nil {
		return nil, err
	}
	end, known := info.End(base.Zxid)
	if end > p.at {
		return nil, fmt.Errorf("it holds transactions up to %s", end)
	}
	logs, followed, err := p.replay(base)
	switch {
	case err != nil:
		return nil, err
	case !followed && base.Zxid == p.at:
		// There is no later transaction that it could hold.
	case !known:
		return nil, errors.New("it does not say where it ends, and transactions follow its name; " +
			"servers of 3.9 say so, unless digest.enabled and serializeLastProcessedZxid.enabled are false")
	case end == p.at:
		return nil, fmt.Errorf("it ends at %s and may hold half of the transaction after that", end)
	}
	return &Cut{At: p.at, Base: base, Logs: logs, data: p.data, logs: p.logs}, nil
}

// replay follows the logs from a snapshot to the end of the cut. It returns the logs
// that have the transactions in between, and whether another transaction follows. One
// that is not whole counts: the server may have applied it.
func (p *planner) replay(base File) ([]File, bool, error) {
	var logs []File
	last := base.Zxid
	sequence := &sequence{fsys: p.logs, logs: p.after(base.Zxid)}
	for txn, err := range sequence.all {
		switch {
		case err != nil && last == p.at:
			return logs, true, nil // only damaged behind the end of the cut
		case err != nil:
			return nil, false, err
		case txn.Zxid <= base.Zxid:
			continue
		case last == p.at:
			return logs, true, nil
		case !last.IsFollowedBy(txn.Zxid):
			return nil, false, fmt.Errorf("%s: offset %d: transactions are missing between %s and %s", txn.File, txn.Offset, last, txn.Zxid)
		case txn.Zxid > p.at:
			return nil, false, fmt.Errorf("there is no transaction %s: %s comes after %s", p.at, txn.Zxid, last)
		}
		if jump, found := jumped(p.snapshots, last, txn.Zxid); found {
			return nil, false, fmt.Errorf("the member went from %s to %s by way of %s, so that transactions may be missing in between",
				last, txn.Zxid, jump)
		}
		last = txn.Zxid
		if file := sequence.file; len(logs) == 0 || logs[len(logs)-1] != file {
			logs = append(logs, file)
		}
	}
	if last != p.at {
		return nil, false, fmt.Errorf("the logs end at %s", last)
	}
	return logs, sequence.torn, nil
}

// jumped finds a snapshot between two transactions that are neighbours in the logs.
// Its server has skipped what the logs do not have.
func jumped(snapshots []File, last, next Zxid) (Name, bool) {
	for _, snapshot := range snapshots {
		if last < snapshot.Zxid && snapshot.Zxid < next {
			return snapshot.Name, true
		}
	}
	return Name{}, false
}

// after returns the logs that may have transactions after a zxid: from the last one
// whose first transaction is no later than the next.
func (p *planner) after(zxid Zxid) []File {
	first := 0
	for i, log := range p.all {
		if log.Zxid <= zxid+1 {
			first = i
		}
	}
	return p.all[first:]
}

func checkSnapshot(fsys fs.FS, file File) (SnapshotInfo, error) {
	content, err := fsys.Open(file.String())
	if err != nil {
		return SnapshotInfo{}, err
	}
	defer content.Close()
	return ReadSnapshot(content, file.String(), Visitor{})
}

// Write copies the files, and checks all of them once more while it does. The copy of
// a file is complete when it was closed without an error; the caller synchronises it.
func (c *Cut) Write(create func(name string) (io.WriteCloser, error)) error {
	if err := c.copy(c.data, c.Base, create, copySnapshot); err != nil {
		return err
	}
	for i, log := range c.Logs {
		copyOne := CutLog
		if i < len(c.Logs)-1 {
			copyOne = func(dst io.Writer, src io.Reader, file string, at Zxid) error {
				_, err := copyLog(dst, src, file, at)
				return err
			}
		}
		write := func(dst io.Writer, src io.Reader, file string) error { return copyOne(dst, src, file, c.At) }
		if err := c.copy(c.logs, log, create, write); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cut) copy(
	from fs.FS, file File, create func(string) (io.WriteCloser, error), write func(io.Writer, io.Reader, string) error,
) error {
	src, err := from.Open(file.String())
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := create(file.String())
	if err != nil {
		return err
	}
	err = write(dst, src, path.Base(file.String()))
	return errors.Join(err, dst.Close())
}

func copySnapshot(dst io.Writer, src io.Reader, file string) error {
	src = io.TeeReader(src, dst)
	if _, err := ReadSnapshot(src, file, Visitor{}); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, src)
	return err
}
