package zkfiles

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
)

// File is a log or a snapshot of a folder.
type File struct {
	Name
	Size int64
}

// Folder is what a version-2 holds of data, each list in the order of the zxids.
type Folder struct {
	Snapshots, Logs []File
	// Strays are files that a server takes for logs or snapshots, and that are none:
	// see [IsStray]. Nothing here reads them.
	Strays []string
}

// ReadFolder lists a version-2: that of dataDir, of dataLogDir, or of both where
// they are the same.
func ReadFolder(fsys fs.FS) (Folder, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return Folder{}, err
	}
	var folder Folder
	for _, entry := range entries {
		if IsStray(entry.Name()) {
			folder.Strays = append(folder.Strays, entry.Name())
		}
		name, ours := ParseName(entry.Name())
		if !ours || entry.IsDir() {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // the server purges while it runs
		}
		if err != nil {
			return Folder{}, err
		}
		list := &folder.Logs
		if name.Kind == Snapshot {
			list = &folder.Snapshots
		}
		*list = append(*list, File{name, info.Size()})
	}
	slices.SortFunc(folder.Logs, byZxid)
	slices.SortFunc(folder.Snapshots, byZxid)
	return folder, nil
}

func byZxid(a, b File) int {
	return cmp.Or(cmp.Compare(a.Zxid, b.Zxid), cmp.Compare(a.Compression, b.Compression))
}

// Transactions reads logs one after the other, in the order of the zxids in their
// names, as a server replays them. A transaction holds until the next. The sequence
// ends with the first error. A log that is torn ends as if it were whole, and a last
// one without any bytes is left out: the server does the same with both. Whether transactions
// are missing between two that follow each other, [Zxid.IsFollowedBy] says.
func Transactions(fsys fs.FS, logs []File) iter.Seq2[*Txn, error] {
	return (&sequence{fsys: fsys, logs: logs}).all
}

type sequence struct {
	fsys fs.FS
	logs []File
	last Zxid
	file File // the log that is read
	torn bool // a log was torn, or empty, after the last transaction
}

func (s *sequence) all(yield func(*Txn, error) bool) {
	for i, file := range slices.SortedFunc(slices.Values(s.logs), byZxid) {
		if file.Size == 0 && i == len(s.logs)-1 {
			s.torn = true
			return
		}
		if goOn, err := s.one(file, yield); err != nil || !goOn {
			if err != nil {
				yield(nil, err)
			}
			return
		}
	}
}

// one reads one log and reports whether more is wanted.
func (s *sequence) one(file File, yield func(*Txn, error) bool) (bool, error) {
	s.file = file
	content, err := s.fsys.Open(file.String())
	if err != nil {
		return false, err
	}
	defer content.Close()
	log, err := NewLogReader(content, file.String())
	if err != nil {
		return false, err
	}
	for {
		txn, err := log.Next()
		if errors.Is(err, io.EOF) {
			s.torn = s.torn || log.End() == Torn
			return true, nil
		}
		if err == nil && txn.Zxid <= s.last {
			err = &Error{
				File: txn.File, Offset: txn.Offset, Problem: WrongOrder,
				Fix:    "find out which of the two logs is a copy of the other, and move that one out of version-2 while the server is stopped",
				Detail: fmt.Sprintf("%s comes after %s of the log before, and a server would replay it again", txn.Zxid, s.last),
			}
		}
		if err != nil {
			return false, err
		}
		s.last, s.torn = txn.Zxid, false
		if !yield(txn, nil) {
			return false, nil
		}
	}
}
