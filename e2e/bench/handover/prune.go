package main

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// keepSnapshots is autopurge.snapRetainCount. The servers themselves purge every
// six hours, which is too seldom for a snapshot of the tree in every run.
const keepSnapshots = 3

// prune removes the snapshots that autopurge would remove, and the transaction
// logs that only those need.
func (s *server) prune() error {
	folder := filepath.Join(s.data(), "version-2")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	var errs []error
	for _, name := range obsolete(names) {
		errs = append(errs, os.Remove(filepath.Join(folder, name)))
	}
	return errors.Join(errs...)
}

// obsolete chooses among the names of files.
func obsolete(names []string) []string {
	snapshots, logs := numbered(names, "snapshot."), numbered(names, "log.")
	if len(snapshots) <= keepSnapshots {
		return nil
	}
	var remove []string
	oldest := snapshots[len(snapshots)-keepSnapshots].zxid
	for _, snapshot := range snapshots[:len(snapshots)-keepSnapshots] {
		remove = append(remove, snapshot.name)
	}
	// The log that begins last before the oldest snapshot that stays may hold
	// what follows it.
	for i, file := range logs {
		if i+1 < len(logs) && logs[i+1].zxid <= oldest {
			remove = append(remove, file.name)
		}
	}
	return remove
}

type numberedFile struct {
	name string
	zxid uint64
}

func numbered(names []string, prefix string) []numberedFile {
	var files []numberedFile
	for _, name := range names {
		suffix, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		if zxid, err := strconv.ParseUint(suffix, 16, 64); err == nil {
			files = append(files, numberedFile{name, zxid})
		}
	}
	slices.SortFunc(files, func(a, b numberedFile) int { return cmp.Compare(a.zxid, b.zxid) })
	return files
}
