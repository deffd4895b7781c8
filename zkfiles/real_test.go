package zkfiles

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"github.com/google/go-cmp/cmp"

	"github.com/zkensemble/zookeeper-operator/internal/golden"
	"github.com/zkensemble/zookeeper-operator/internal/realserver"
)

var keep = flag.Bool("keep", false, "write the files of real servers in testdata anew")

// TestRealCuts starts real servers from cuts. A server is written to and read at
// several zxids, killed, and started again in between. Each of those zxids is cut from
// its files, and a server that starts from the cut must have the same tree. It is part
// of the nightly level: set ZK_REAL_STARTS=1.
func TestRealCuts(t *testing.T) {
	if os.Getenv("ZK_REAL_STARTS") == "" {
		t.Skip("starts real servers: set ZK_REAL_STARTS=1")
	}
	for _, release := range realserver.Releases {
		for _, compression := range []Compression{Uncompressed, Gzip} {
			if compression == Gzip && release != "3.9.5" {
				continue
			}
			t.Run(release+string(compression), func(t *testing.T) {
				history := writeHistory(t, release, compression)
				data, logs := history.folder.version2()
				for _, mark := range history.marks {
					cut, err := PlanCut(data, logs, mark.at)
					if err != nil {
						t.Fatal(err)
					}
					t.Logf("%s: %s and %d logs", mark.at, cut.Base.Name, len(cut.Logs))
					compareTrees(t, mark.tree, startFrom(t, release, cut), "the server at %s and the cut of %s", mark.at, cut.Base.Name)
				}
				for i := 1; i < len(history.marks); i++ {
					compareBases(t, release, data, logs, history.marks[i-1].at, history.marks[i].at)
				}
			})
		}
	}
}

// compareBases cuts between two marks, where no tree was read, from the newest base
// and from the empty tree that the server began with.
func compareBases(t *testing.T, release string, data, logs fs.FS, from, to Zxid) {
	t.Helper()
	if from.Epoch() != to.Epoch() {
		return
	}
	at := from + (to-from)/2
	newest, err := PlanCut(data, logs, at)
	if err != nil {
		t.Fatal(err)
	}
	oldest, err := PlanCut(beginning{data}, logs, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %s and %s", at, newest.Base.Name, oldest.Base.Name)
	compareTrees(t, startFrom(t, release, oldest), startFrom(t, release, newest), "%s from %s and from %s", at, oldest.Base.Name, newest.Base.Name)
}

// beginning is a folder with the first of its snapshots only.
type beginning struct{ fs.FS }

func (b beginning) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(b.FS, name)
	return slices.DeleteFunc(entries, func(entry fs.DirEntry) bool { return !strings.HasPrefix(entry.Name(), "snapshot.0") }), err
}

// realFolder is that of a server, with its snapshots and logs in two places.
type realFolder string

func (f realFolder) version2() (data, logs fs.FS) {
	return os.DirFS(filepath.Join(string(f), "data", "version-2")), os.DirFS(filepath.Join(string(f), "log", "version-2"))
}

// launch starts a server of an ensemble of one and returns its client port.
func (f realFolder) launch(t *testing.T, release, more string) (*realserver.Server, int) {
	t.Helper()
	p := realserver.FreePorts(t)
	config := fmt.Sprintf(`dataDir=%s/data
dataLogDir=%s/log
tickTime=500
initLimit=20
syncLimit=10
maxSessionTimeout=600000
standaloneEnabled=false
extendedTypesEnabled=true
admin.enableServer=false
preAllocSize=64
server.1=127.0.0.1:%d:%d;127.0.0.1:%d
%s`, f, f, p.Quorum, p.Election, p.Client, more)
	server := realserver.Launch(t, realserver.Jars(t, release), string(f), config, 1)
	deadline := time.After(3 * time.Minute)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !realserver.HasSession(t.Context(), p.Client) {
		select {
		case <-server.Done:
			t.Fatalf("the server ended\n%s", server.Tail())
		case <-deadline:
			t.Fatalf("the server does not serve\n%s", server.Tail())
		case <-tick.C:
		}
	}
	return server, p.Client
}

func kill(t *testing.T, server *realserver.Server) {
	t.Helper()
	if err := server.Command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-server.Done
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

// dial opens a session that outlives the test.
func dial(t *testing.T, port int) *zk.Conn {
	t.Helper()
	client, _, err := zk.Connect([]string{"127.0.0.1:" + strconv.Itoa(port)}, 5*time.Minute, zk.WithLogger(quiet{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// mark is a tree that was read while nobody wrote.
type mark struct {
	at   Zxid
	tree map[string]string
}

type history struct {
	folder realFolder
	marks  []mark
}

// writeHistory has eight clients write in bursts, with a mark after each burst and a
// restart in the middle. Snapshots are taken all the time.
func writeHistory(t *testing.T, release string, compression Compression) history {
	t.Helper()
	h := history{folder: realFolder(t.TempDir())}
	config := "snapCount=100\n"
	if compression != Uncompressed {
		config += "snapshot.compression.method=" + string(compression) + "\n"
	}
	for range 2 {
		server, port := h.folder.launch(t, release, config)
		client := dial(t, port)
		for range 2 {
			burst(t, client, len(h.marks))
			h.marks = append(h.marks, readMark(t, client))
		}
		kill(t, server)
	}
	return h
}

func burst(t *testing.T, client *zk.Conn, number int) {
	t.Helper()
	var writers sync.WaitGroup
	errs := make(chan error, 8)
	for writer := range cap(errs) {
		writers.Go(func() {
			errs <- write(client, fmt.Sprintf("/burst%d-%d", number, writer), bytes.Repeat([]byte{byte('a' + writer)}, 2000), 12)
		})
	}
	writers.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// write makes every kind of change below a node.
func write(client *zk.Conn, root string, data []byte, rounds int) error {
	open := zk.WorldACL(zk.PermAll)
	var errs []error
	add := func(_ any, err error) { errs = append(errs, err) }
	add(client.Create(root, data, 0, open))
	for i := range rounds {
		path := fmt.Sprintf("%s/n%d", root, i)
		add(client.Create(path, data, 0, open))
		add(client.Create(root+"/s-", nil, zk.FlagSequence, open))
		add(client.Create(path+"-eph", data, zk.FlagEphemeral, open))
		add(client.Set(path, data[:i+1], -1))
		add(client.SetACL(path, append(zk.DigestACL(zk.PermAll, "user", strconv.Itoa(i)), open...), -1))
		add(client.Multi(
			&zk.CreateRequest{Path: path + "/in", Data: data, Acl: open}, &zk.SetDataRequest{Path: path, Data: []byte("multi"), Version: -1},
			&zk.CheckVersionRequest{Path: root, Version: -1},
		))
		if _, err := client.Multi(&zk.DeleteRequest{Path: path + "/in", Version: -1}, &zk.CheckVersionRequest{Path: root, Version: 99}); err == nil {
			errs = append(errs, errors.New("a multi with a wrong version was accepted"))
		}
		if err := client.Delete(root+"/none", -1); !errors.Is(err, zk.ErrNoNode) {
			errs = append(errs, fmt.Errorf("deleting nothing: %w", err))
		}
		if i%3 == 0 {
			add(nil, client.Delete(path+"-eph", -1))
			add(client.CreateTTL(path+"-ttl", data, zk.FlagTTL, open, time.Hour))
			add(client.CreateContainer(path+"-container", nil, zk.FlagContainer, open))
		}
	}
	return errors.Join(errs...)
}

// readMark makes a last change and reads the tree.
func readMark(t *testing.T, client *zk.Conn) mark {
	t.Helper()
	if _, err := client.Create("/mark", nil, 0, zk.WorldACL(zk.PermAll)); err != nil && !errors.Is(err, zk.ErrNodeExists) {
		t.Fatal(err)
	}
	stat, err := client.Set("/mark", []byte("here"), -1)
	if err != nil {
		t.Fatal(err)
	}
	return mark{at: Zxid(stat.Mzxid), tree: readTree(t, client)}
}

// readTree reads all but the list of servers, which each server writes anew.
func readTree(t *testing.T, client *zk.Conn) map[string]string {
	t.Helper()
	tree := map[string]string{}
	var read func(path string)
	read = func(path string) {
		data, stat, err := client.Get(path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		acl, _, err := client.GetACL(path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		hash := fnv.New64()
		_, _ = hash.Write(data) // never fails
		tree[path] = fmt.Sprintf("%d bytes %x, %+v, %v", len(data), hash.Sum64(), *stat, acl)
		children, _, err := client.Children(path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, child := range children {
			if path != "/zookeeper" || child != "config" {
				read(strings.TrimSuffix(path, "/") + "/" + child)
			}
		}
	}
	read("/")
	return tree
}

func compareTrees(t *testing.T, want, got map[string]string, format string, arguments ...any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 100 {
		t.Errorf("%s differ, of %d nodes (- want, + got)\n%s", fmt.Sprintf(format, arguments...), len(want), diff[:min(len(diff), 4000)])
	}
}

// startFrom writes a cut, starts a server from it and returns its tree.
func startFrom(t *testing.T, release string, cut *Cut) map[string]string {
	t.Helper()
	folder := realFolder(t.TempDir())
	err := cut.Write(func(name string) (io.WriteCloser, error) {
		place := "log"
		if strings.HasPrefix(name, string(Snapshot)) {
			place = "data"
		}
		path := filepath.Join(string(folder), place, "version-2", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		return os.Create(path)
	})
	if err != nil {
		t.Fatal(err)
	}
	server, port := folder.launch(t, release, "db.autocreate=false\n")
	defer kill(t, server)
	client := dial(t, port)
	tree := readTree(t, client)
	if server.Logged("is not covering the snapshot digest zxid") || server.Logged("Digests are not matching") {
		t.Errorf("the server says that its files do not fit together\n%s", server.Tail())
	}
	return tree
}

// TestFilesOfRealServers reads files that real servers of each release wrote. With
// -keep and ZK_REAL_STARTS=1 it has them written anew.
func TestFilesOfRealServers(t *testing.T) {
	for _, release := range realserver.Releases {
		t.Run(release, func(t *testing.T) {
			folder := filepath.Join("testdata", release)
			if *keep && os.Getenv("ZK_REAL_STARTS") != "" {
				writeSample(t, release, folder)
			}
			golden.Compare(t, filepath.Join(folder, "listing.txt"), listing(t, os.DirFS(folder)))
		})
	}
}

// writeSample has a server write each kind of transaction once, before and after a
// restart.
func writeSample(t *testing.T, release, folder string) {
	t.Helper()
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	server := realFolder(t.TempDir())
	for _, root := range []string{"/first", "/second"} {
		process, port := server.launch(t, release, "preAllocSize=4\n")
		client := dial(t, port)
		if err := write(client, root, []byte("some data of a node"), 1); err != nil {
			t.Fatal(err)
		}
		client.Close()
		other := dial(t, port)
		if _, err := other.Set(root, []byte("last"), -1); err != nil {
			t.Fatal(err)
		}
		kill(t, process)
	}
	for _, place := range []string{"data", "log"} {
		if err := os.CopyFS(folder, os.DirFS(filepath.Join(string(server), place, "version-2"))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"acceptedEpoch", "currentEpoch"} {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// listing says what is in a folder, without times and sessions.
func listing(t *testing.T, fsys fs.FS) string {
	t.Helper()
	check, err := CheckFolder(fsys, fsys)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, file := range check.Files {
		if file.File.Kind == Log {
			fmt.Fprintf(&b, "%s: %d transactions, %s to %s, %s, %v\n", file.File.Name, file.Log.Txns, file.Log.First, file.Log.Last, file.Log.End, file.Problem)
			continue
		}
		end, known := file.Snapshot.End(file.File.Zxid)
		fmt.Fprintf(&b, "%s: %d nodes, %d ephemerals, %d sessions, %d ACLs, %d checksums, up to %s (%v), %v\n", file.File.Name,
			file.Snapshot.Nodes, file.Snapshot.Ephemerals, file.Snapshot.Sessions, file.Snapshot.ACLs, file.Snapshot.Seals, end, known, file.Problem)
	}
	for _, problem := range check.Problems {
		fmt.Fprintln(&b, problem)
	}
	folder, err := ReadFolder(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for txn, err := range Transactions(fsys, folder.Logs) {
		if err != nil {
			t.Fatal(err)
		}
		changes, digest, err := txn.Changes()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s, digest: %v\n", txn.Zxid, txn.Type, digest != nil)
		for _, c := range changes {
			fmt.Fprintf(&b, "  %s %q %q ACL %d version %d ephemeral %v TTL %s timeout %s error %d rolled back %v deleted %q\n",
				c.Type, c.Path, c.Data, len(c.ACL), c.Version, c.Ephemeral, c.TTL, c.Timeout, c.Error, c.RolledBack, c.Deleted)
		}
	}
	return b.String()
}

// TestAgreesWithZooKeepersTools compares what is read from the files in testdata with
// what the tools of each release print.
func TestAgreesWithZooKeepersTools(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("needs the jars of ZooKeeper")
	}
	for _, release := range realserver.Releases {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			jars := realserver.Jars(t, release)
			folder := filepath.Join("testdata", release)
			files, err := ReadFolder(os.DirFS(folder))
			if err != nil {
				t.Fatal(err)
			}
			for _, log := range files.Logs {
				want := transactionsOf(runTool(t, jars, "persistence.TxnLogToolkit", filepath.Join(folder, log.String())))
				var got []string
				for txn, err := range Transactions(os.DirFS(folder), []File{log}) {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, fmt.Sprintf("session %s cxid 0x%x zxid %s %s", txn.Session, uint32(txn.Cxid), txn.Zxid, txn.Type))
				}
				if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
					t.Errorf("%s (- tool, + here)\n%s", log.Name, diff)
				}
			}
			for _, snapshot := range files.Snapshots {
				checkAgainstFormatter(t, jars, folder, snapshot)
			}
		})
	}
}

var printedTxn = regexp.MustCompile(`session 0x\w+ cxid 0x\w+ zxid 0x\w+ \S+`)

// transactionsOf returns the transactions that TxnLogToolkit prints. Before 3.9 it
// spells one of the types in another way.
func transactionsOf(output string) []string {
	return printedTxn.FindAllString(strings.ReplaceAll(output, "createTtl", "createTTL"), -1)
}

// checkAgainstFormatter compares the nodes. The tool counts the root twice.
func checkAgainstFormatter(t *testing.T, jars, folder string, snapshot File) {
	t.Helper()
	output := runTool(t, jars, "SnapshotFormatter", filepath.Join(folder, snapshot.String()))
	content, err := os.Open(filepath.Join(folder, snapshot.String()))
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	var got []string
	info, err := ReadSnapshot(content, snapshot.String(), Visitor{
		Node: func(n *Node) error {
			got = append(got, fmt.Sprintf("%s 0x%014x 0x%014x 0x%014x %d %d %d 0x%014x %d", "/"+strings.TrimPrefix(n.Path, "/"),
				int64(n.Czxid), int64(n.Mzxid), int64(n.Pzxid), n.Cversion, n.Version, n.Aversion, uint64(n.EphemeralOwner), len(n.Data)))
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if diff := cmp.Diff(nodesOf(output), got); diff != "" {
		t.Errorf("%s (- tool, + here)\n%s", snapshot.Name, diff)
	}
	if !strings.Contains(output, fmt.Sprintf("(count=%d)", info.Nodes+1)) {
		t.Errorf("%s: %d nodes, and the tool counts another number", snapshot.Name, info.Nodes)
	}
}

// nodesOf returns the nodes that SnapshotFormatter prints: a path, and the fields of
// the node in lines of their own.
func nodesOf(output string) []string {
	var nodes []string
	for block := range strings.SplitSeq(output, "----\n") {
		lines := strings.Split(block, "\n")
		if !strings.HasPrefix(lines[0], "/") {
			continue
		}
		node := lines[0]
		for _, line := range lines[1:] {
			if name, value, found := strings.Cut(strings.TrimSpace(line), " = "); found && name != "ctime" && name != "mtime" {
				node += " " + value
			}
		}
		nodes = append(nodes, node)
	}
	slices.Sort(nodes)
	return nodes
}

// runTool runs one of ZooKeeper's tools on a file. Without a logging library it says
// nothing but its answer.
func runTool(t *testing.T, jars, class, file string) string {
	t.Helper()
	var classpath []string
	all, err := filepath.Glob(filepath.Join(jars, "*.jar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, jar := range all {
		if !logging.MatchString(filepath.Base(jar)) {
			classpath = append(classpath, jar)
		}
	}
	command := exec.CommandContext(t.Context(), "java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-Dzookeeper.extendedTypesEnabled=true",
		"-cp", strings.Join(classpath, ":"), "org.apache.zookeeper.server."+class, file)
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", class, file, err, output)
	}
	return string(output)
}

var logging = regexp.MustCompile(`^(logback|log4j|reload4j|slf4j-(log4j|reload4j))`)
