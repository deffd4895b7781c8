package zkfiles

import (
	"errors"
	"fmt"
	"io/fs"
)

// Checked is a file that was read to its end.
type Checked struct {
	File     File
	Log      LogInfo      // of a log
	Snapshot SnapshotInfo // of a snapshot
	// Problem is nil where nothing is wrong with the file by itself.
	Problem error
}

// Check is the result of [CheckFolder].
type Check struct {
	Files []Checked
	// Problems are those of the files together.
	Problems []error
}

// CheckFile reads a file to its end and checks everything in it. The result is an
// error only where the file cannot be opened or read.
func CheckFile(fsys fs.FS, file File) (Checked, error) {
	checked := Checked{File: file}
	content, err := fsys.Open(file.String())
	if err != nil {
		return checked, err
	}
	defer content.Close()
	if file.Kind == Log {
		checked.Log, err = CheckLog(content, file.String())
	} else {
		checked.Snapshot, err = ReadSnapshot(content, file.String(), Visitor{})
	}
	if problem, ok := errors.AsType[*Error](err); ok {
		checked.Problem = problem
		return checked, nil
	}
	return checked, err
}

// CheckFolder checks all logs and snapshots of a server and whether they are enough
// for it to start with all that it had. The two folders are version-2 of dataDir and
// of dataLogDir. While the server runs its newest files may look unfinished.
func CheckFolder(data, logs fs.FS) (Check, error) {
	snapshots, err := ReadFolder(data)
	if err != nil {
		return Check{}, err
	}
	folder, err := ReadFolder(logs)
	if err != nil {
		return Check{}, err
	}
	var check Check
	read := func(fsys fs.FS, files []File) error {
		for _, file := range files {
			checked, err := CheckFile(fsys, file)
			if err != nil {
				return err
			}
			check.Files = append(check.Files, checked)
		}
		return nil
	}
	if err := errors.Join(read(data, snapshots.Snapshots), read(logs, folder.Logs)); err != nil {
		return Check{}, err
	}
	check.strays(snapshots.Strays, Snapshot)
	check.strays(folder.Strays, Log)
	check.together(snapshots.Snapshots)
	return check, nil
}

func (c *Check) problem(file string, problem Problem, fix, format string, arguments ...any) {
	c.Problems = append(c.Problems, &Error{File: file, Problem: problem, Detail: fmt.Sprintf(format, arguments...), Fix: fix})
}

// strays reports the strays of a kind, so that those of one folder are told once.
func (c *Check) strays(names []string, kind Kind) {
	for _, name := range names {
		if len(name) > len(kind) && name[:len(kind)] == string(kind) {
			c.problem(name, WrongFormat, fixMove, "the server takes this file for a %s and reads it at its start", kind)
		}
	}
}

// together checks the logs one after the other, and the newest snapshot beside them.
func (c *Check) together(snapshots []File) {
	var newest *Checked
	var last Zxid
	logs := 0
	for i := range c.Files {
		checked := &c.Files[i]
		if checked.File.Kind == Snapshot {
			if checked.Problem == nil {
				newest = checked
			}
			continue
		}
		logs++
		holes := checked.Log.Holes
		if first := checked.Log.First; first > 0 && last > 0 {
			holes = append([]Hole{{last, first}}, holes...)
		}
		for _, hole := range holes {
			c.hole(checked.File, hole, snapshots)
		}
		last = max(last, checked.Log.Last)
	}
	switch {
	case newest == nil && logs > 0:
		c.problem("snapshot.*", Incomplete, fixMember, "there are logs and no snapshot that can be read; the server does not start")
	case newest != nil:
		end, _ := newest.Snapshot.End(newest.File.Zxid)
		if end > newest.File.Zxid && end > last {
			c.problem(newest.File.String(), Incomplete, fixMember,
				"the snapshot was written under changes up to %s, and the logs end at %s; the server starts with an inconsistent tree", end, last)
		}
	}
}

// hole reports a hole, unless a snapshot in it tells that the member was synchronised.
func (c *Check) hole(log File, hole Hole, snapshots []File) {
	if hole.Before <= hole.After {
		c.problem(log.String(), WrongOrder, fixMove, "it begins with %s, and the log before ends with %s", hole.Before, hole.After)
		return
	}
	if _, jumped := jumped(snapshots, hole.After, hole.Before); jumped || hole.After.IsFollowedBy(hole.Before) {
		return
	}
	c.problem(log.String(), Incomplete, fixMember, "transactions are missing between %s and %s", hole.After, hole.Before)
}
