package agent

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// install copies this program to dir, where another container can run it. The
// copy appears whole, since an init container may be killed and run again.
func install(dir string) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	source, err := os.Open(self)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.CreateTemp(dir, "zookeeper-agent-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	err = errors.Join(err, target.Chmod(0o755), target.Close())
	if err != nil {
		return errors.Join(err, os.Remove(target.Name())) //nolint:gosec // the directory is ours to name
	}
	return os.Rename(target.Name(), filepath.Join(dir, "zookeeper-agent")) //nolint:gosec // the directory is ours to name
}
