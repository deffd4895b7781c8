package prepare

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// grant decides whether the disk may vote although it is blank, and leaves the
// marker there if, and only if, it may. The package comment has the reasons.
func (m *preparation) grant(ctx context.Context) (bool, error) {
	past, err := m.readPast()
	if err != nil {
		return false, err
	}
	if m.virgin && past.marked {
		return true, m.note()
	}
	// Any other marker would let a disk vote that must not.
	if err := m.disk.remove(m.markerPath()); err != nil {
		return false, err
	}
	switch {
	case !m.virgin:
		// A disk with data needs no marker. Whether a grant brought it here
		// matters only to the operator, while the record is open.
		return !m.blank && (past.granted || m.formation.open && m.formation.list.Voter(m.id)), nil
	case !m.mayBeGranted():
		return false, nil
	case m.AnyServes != nil && m.AnyServes(ctx, m.others()):
		return false, nil
	case past.granted || past.started:
		return false, ErrNeedsNewPod
	}
	if err := m.note(); err != nil {
		return false, err
	}
	return true, m.disk.write(m.markerPath(), []byte(m.marker()), 0o644)
}

// past is what earlier starts left behind.
type past struct {
	granted bool // this Pod was granted
	started bool // this Pod started a server
	marked  bool // the disk holds our marker
}

func (m *preparation) readPast() (p past, err error) {
	var errs [3]error
	var marker string
	_, p.granted, errs[0] = readOptional(m.notePath())
	_, p.started, errs[1] = readOptional(m.startedPath())
	marker, _, errs[2] = readOptional(m.markerPath())
	p.marked = marker == m.marker()
	return p, errors.Join(errs[:]...)
}

// mayBeGranted reports whether the records allow a first grant.
func (m *preparation) mayBeGranted() bool {
	return m.formation.open && m.formation.list.Voter(m.id) && !m.members.exists
}

// markerPath is on the log volume, where the server looks for the marker.
func (m *preparation) markerPath() string { return filepath.Join(m.LogDir, "initialize") }

// marker is what tells our marker from a foreign one; the server does not read it.
func (m *preparation) marker() string {
	return fmt.Sprintf("The formation record was open: %s may start blank.\n", m.own(zkconfig.Participant).Key())
}

func (m *preparation) notePath() string { return filepath.Join(m.StateDir, "granted") }

func (m *preparation) note() error {
	return m.disk.write(m.notePath(), []byte(m.PodUID+"\n"), 0o644)
}

// startedPath is the note that a server was started in this Pod, with a grant
// or without: a virgin disk found later in the same Pod may be one that was
// wiped.
func (m *preparation) startedPath() string { return filepath.Join(m.StateDir, "started") }

// noteStart is written before the server is started.
func (m *preparation) noteStart() error {
	return m.disk.write(m.startedPath(), []byte(m.PodUID+"\n"), 0o644)
}

func (m *preparation) others() []zkconfig.Server {
	var others []zkconfig.Server
	for _, server := range m.formation.list.Servers {
		if server.ID != m.id {
			others = append(others, server)
		}
	}
	return others
}
