package prepare

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

const (
	dataVersion   = "version-2"
	asidePrefix   = dataVersion + ".unpaired-"
	pairingIDFile = "zookeeper-pairing-id"
)

// volumes lists the directories that hold data, once if there is one volume.
func (o Options) volumes() []string {
	return slices.Compact([]string{filepath.Clean(o.DataDir), filepath.Clean(o.LogDir)})
}

// pair makes sure that the data and the log volume belong together.
//
// New ids are written only when nothing that could be served is left in place,
// so a crash in between is seen as unpaired again and moves nothing.
func (o Options) pair(d disk) error {
	volumes := o.volumes()
	if len(volumes) < 2 {
		return nil
	}
	same, err := sameIDs(volumes[0], volumes[1])
	if err != nil {
		return err
	}
	orphaned, err := orphanedLog(volumes[0], volumes[1])
	if err != nil || same && !orphaned {
		return err
	}
	for _, volume := range volumes {
		if err := moveAside(d, volume); err != nil {
			return err
		}
	}
	if same {
		return nil
	}
	id := []byte(rand.Text() + "\n")
	for _, volume := range volumes {
		if err := d.write(filepath.Join(volume, pairingIDFile), id, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func sameIDs(data, log string) (bool, error) {
	ours, _, err := readOptional(filepath.Join(data, pairingIDFile))
	if err != nil {
		return false, err
	}
	theirs, _, err := readOptional(filepath.Join(log, pairingIDFile))
	return ours != "" && ours == theirs, err
}

// orphanedLog reports whether there are transactions without any snapshot. They
// are no pair whatever the ids say: a server saves a snapshot before its first
// transaction, so the data volume has lost its part.
func orphanedLog(data, log string) (bool, error) {
	snapshots, _, err := content(data)
	if err != nil || snapshots > 0 {
		return false, err
	}
	_, transactions, err := content(log)
	return transactions > 0, err
}

func moveAside(d disk, volume string) error {
	from := filepath.Join(volume, dataVersion)
	names, err := namesIn(from)
	if err != nil || len(names) == 0 {
		return err
	}
	for n := 1; ; n++ {
		to := filepath.Join(volume, fmt.Sprintf("%s%d", asidePrefix, n))
		if _, err := os.Lstat(to); os.IsNotExist(err) {
			return d.rename(from, to)
		}
	}
}

// lookAtVolumes finds out what a server that starts now would find.
func (m *preparation) lookAtVolumes() error {
	m.blank, m.virgin, m.movedAside = true, true, nil
	for _, volume := range m.volumes() {
		snapshots, transactions, err := content(volume)
		if err != nil {
			return err
		}
		names, err := namesIn(filepath.Join(volume, dataVersion))
		if err != nil {
			return err
		}
		aside, err := filepath.Glob(filepath.Join(volume, asidePrefix+"*"))
		if err != nil {
			return err
		}
		m.movedAside = append(m.movedAside, aside...)
		m.blank = m.blank && snapshots+transactions == 0
		m.virgin = m.virgin && len(names)+len(aside) == 0
	}
	if err := m.findDynamic(); err != nil {
		return err
	}
	m.virgin = m.virgin && len(m.dynamic) == 0
	return nil
}

// findDynamic lists the committed server lists on the volume, newest first.
func (m *preparation) findDynamic() error {
	names, err := namesIn(m.confDir())
	if err != nil {
		return err
	}
	m.dynamic = nil
	for {
		newest, _, ok := zkconfig.NewestDynamicFile(names)
		if !ok {
			return nil
		}
		m.dynamic = append(m.dynamic, newest)
		names = slices.DeleteFunc(names, func(name string) bool { return name == newest })
	}
}

// content counts the snapshots and the transaction logs on a volume.
func content(volume string) (snapshots, transactions int, err error) {
	names, err := namesIn(filepath.Join(volume, dataVersion))
	for _, name := range names {
		switch {
		case strings.HasSuffix(name, ".tmp"): // never finished, never read
		case strings.HasPrefix(name, "snapshot."):
			snapshots++
		case strings.HasPrefix(name, "log."):
			transactions++
		}
	}
	return snapshots, transactions, err
}
