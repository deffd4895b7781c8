package prepare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// Options say who the member is and where its files are.
type Options struct {
	PodName, PodUID string
	// IDOffset is what the Pod's ordinal lacks to the server's id.
	IDOffset int64
	// HostSuffix is what the Pod's name lacks to its host name.
	HostSuffix string

	// DataDir and LogDir are the volumes, the same directory if there is one.
	DataDir, LogDir string
	// The directories that the operator's ConfigMaps and Secret are mounted
	// at. Only the one in ConfigDir must exist.
	ConfigDir, MembersDir, FormationDir, SuperuserDir string
	// StateDir lives and dies with the Pod.
	StateDir string

	// AnyServes tells whether any of the servers serves clients. A member
	// that hears yes knows better than its view of the formation record, which
	// may be old.
	AnyServes func(context.Context, []zkconfig.Server) bool
}

// Result is what a server can be started with, and how that was decided.
type Result struct {
	ID int64
	// Host is the server's own host name.
	Host string
	// ConfigFile is the zoo.cfg to start with.
	ConfigFile string
	// Blank, Granted, Joiner, List and MovedAside are for [member.State].
	Blank, Granted, Joiner bool
	List                   member.Source
	MovedAside             []string
}

// ErrNeedsNewPod means that this Pod has used up its grant and that only a new
// Pod can be granted again; see [member.ExitNeedsNewPod].
var ErrNeedsNewPod = errors.New("the server died before it saved its first snapshot and has used up the grant of this Pod; " +
	"a new Pod will be granted anew")

// WaitError means that the member cannot start before something is mounted.
// The kubelet brings mounts up to date, so preparing again later may succeed.
type WaitError struct{ Reason string }

// Error returns the reason.
func (e *WaitError) Error() string { return e.Reason }

// Run prepares the volumes. It is called at every start, and again while it
// returns a [WaitError]; the result then holds what is known so far.
func Run(ctx context.Context, o Options) (Result, error) {
	return run(ctx, o, disk{})
}

func run(ctx context.Context, o Options, d disk) (Result, error) {
	id, err := o.identify(d)
	if err != nil {
		return Result{}, err
	}
	m := preparation{Options: o, disk: d, id: id, result: Result{ID: id, Host: o.host()}}
	if err := m.checkOrigin(); err != nil {
		return m.result, err
	}
	if err := o.pair(d); err != nil {
		return Result{}, err
	}
	err = m.prepare(ctx)
	return m.result, err
}

// prepare fills in the result as far as it comes, so that a member that has to
// wait can tell what it has found.
func (m *preparation) prepare(ctx context.Context) error {
	if err := m.lookAtVolumes(); err != nil {
		return err
	}
	m.result = Result{ID: m.id, Host: m.host(), ConfigFile: m.configFile(), Blank: m.blank, MovedAside: m.movedAside}
	if err := errors.Join(m.readFormation(), m.readMembers()); err != nil {
		return err
	}
	var err error
	if m.result.Granted, err = m.grant(ctx); err != nil {
		return err
	}
	list, err := m.chooseList(m.result.Granted)
	if err != nil {
		return err
	}
	m.result.List, m.result.Joiner = list.source, list.joiner
	return errors.Join(m.render(list), m.noteStart())
}

// preparation is one look at everything that the decisions rest on.
type preparation struct {
	Options
	disk disk
	id   int64

	// blank means that no snapshot and no transaction is there.
	blank bool
	// virgin means that nothing ever was there.
	virgin bool
	// movedAside are paths of data that no longer fits.
	movedAside []string
	// dynamic are the names of the committed server lists on the volume.
	dynamic []string

	formation formation
	members   members

	result Result
}

func (o Options) host() string { return o.PodName + "." + o.HostSuffix }

// confDir is on the data volume, because the server keeps its server lists
// beside its zoo.cfg and they must outlive the Pod.
func (o Options) confDir() string { return filepath.Join(o.DataDir, "conf") }

func (o Options) configFile() string { return filepath.Join(o.confDir(), member.ZooCfg) }

// current returns the directory in which the files of a mount belong together:
// the kubelet replaces all of them at once by turning one link, so a reader
// that follows it once never sees half of an update.
func current(mount string) string {
	if dir, err := filepath.EvalSymlinks(filepath.Join(mount, "..data")); err == nil {
		return dir
	}
	return mount
}

// readMounted reads a file of a mount that the member can wait for.
func readMounted(dir, name string) (content string, exists bool, err error) {
	content, exists, err = readOptional(filepath.Join(dir, name))
	if err != nil {
		return "", false, &WaitError{fmt.Sprintf("cannot read %s: %v", name, err)}
	}
	return content, exists, nil
}

// ConfigVersion is the version, in hexadecimal, of the newest server list that is
// on the data volume now. It is empty where there is none.
func ConfigVersion(dataDir string) string {
	names, err := namesIn(Options{DataDir: dataDir}.confDir())
	if err != nil {
		return ""
	}
	if _, version, ok := zkconfig.NewestDynamicFile(names); ok {
		return strconv.FormatUint(version, 16)
	}
	return ""
}

// Saved reports whether a snapshot is on the data volume now.
func Saved(dataDir string) bool {
	names, err := filepath.Glob(filepath.Join(dataDir, dataVersion, "snapshot.*"))
	if err != nil {
		return false
	}
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.Size() > 0 {
			return true
		}
	}
	return false
}
