package prepare

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// disk is the only way in which this package changes files. The files it writes
// appear whole or not at all, and every change is durable before the next one
// starts.
type disk struct {
	// before is called before each single change; tests make it fail to see
	// what a crash at that point leaves behind.
	before func(change string) error
}

func (d disk) about(change, path string) error {
	if d.before == nil {
		return nil
	}
	return d.before(change + " " + path)
}

// write replaces the content of a file, unless it has that content and mode.
func (d disk) write(path string, content []byte, mode fs.FileMode) error {
	if d.holds(path, content, mode) {
		return nil
	}
	// A temporary file that an earlier crash left behind is overwritten.
	temporary := path + ".tmp"
	if err := d.about("write", temporary); err != nil {
		return err
	}
	if err := writeDurably(temporary, content, mode); err != nil {
		return err
	}
	return d.rename(temporary, path)
}

func (d disk) holds(path string, content []byte, mode fs.FileMode) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != mode {
		return false
	}
	have, err := os.ReadFile(path)
	return err == nil && string(have) == string(content)
}

func writeDurably(path string, content []byte, mode fs.FileMode) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
}

func (d disk) rename(from, to string) error {
	if err := d.about("rename", to); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// remove deletes one file; that it does not exist is no error.
func (d disk) remove(path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := d.about("remove", path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// directory makes a directory that only its owner can enter.
func (d disk) directory(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if err := d.about("mkdir", path); err != nil {
		return err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// readOptional returns the content of a file, and false if there is none.
func readOptional(path string) (content string, exists bool, err error) {
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, err
	default:
		return string(raw), true, nil
	}
}

// namesIn lists a directory; one that does not exist has no names.
func namesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, nil
}
