package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zkensemble/zookeeper-operator/zkfiles"
)

// txlogOptions are the flags of txlog.
type txlogOptions struct {
	after, upto, path, cut, to, output string
	check                              bool
}

func newTxlogCommand(s streams) *cobra.Command {
	var o txlogOptions
	command := &cobra.Command{
		Use:   "txlog FILE|FOLDER...",
		Short: "List, check and cut transaction logs and snapshots of a server",
		Long: "List the transactions in the logs of a server, check its logs and snapshots, or copy those that are the\n" +
			"state of one zxid. A folder is a dataDir or its version-2; where the logs are elsewhere, name the folder\n" +
			"of the snapshots first and that of the logs second. Data of nodes is never printed.\n\n" +
			"Exit status: 0 when nothing is wrong, 1 when a file is damaged or transactions are missing, 2 when\n" +
			"something could not be read or written.",
		Example: "  kubectl zk txlog version-2 --path /kafka/topics --after 0x500000000\n" +
			"  kubectl zk txlog version-2 --check\n" +
			"  kubectl zk txlog /data /datalog --cut 0x500000007 --to /restored",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, arguments []string) error { return o.run(arguments, s) },
	}
	flags := command.Flags()
	flags.StringVar(&o.after, "after", "0x0", "list transactions after this zxid")
	flags.StringVar(&o.upto, "upto", zkfiles.Zxid(math.MaxInt64).String(), "list transactions up to this zxid")
	flags.StringVar(&o.path, "path", "", "list what happened to this node and those below it")
	flags.BoolVar(&o.check, "check", false, "check the files, and list them instead of transactions")
	flags.StringVar(&o.cut, "cut", "", "copy the snapshot and the logs that are the state of this zxid")
	flags.StringVar(&o.to, "to", "", "the folder that --cut makes")
	flags.StringVarP(&o.output, "output", "o", "text", "text, or json: one object a line")
	command.MarkFlagsMutuallyExclusive("check", "cut")
	command.MarkFlagsRequiredTogether("cut", "to")
	return command
}

func (o txlogOptions) run(arguments []string, s streams) error {
	if err := checkOutput(o.output); err != nil {
		return err
	}
	var sources []txlogSource
	for _, argument := range arguments {
		source, err := newTxlogSource(argument)
		if err != nil {
			return err
		}
		sources = append(sources, source)
	}
	switch {
	case o.cut != "":
		return o.copyCut(sources, s)
	case o.check:
		return o.checkFiles(sources, s)
	default:
		return o.list(sources, s)
	}
}

// txlogSource is a folder of files, or one file of it.
type txlogSource struct {
	folder string
	fs.FS
	file *zkfiles.File // nil for all
}

func newTxlogSource(argument string) (txlogSource, error) {
	info, err := os.Stat(argument)
	if err != nil {
		return txlogSource{}, err
	}
	if info.IsDir() {
		folder := argument
		if inner := filepath.Join(folder, "version-2"); isFolder(inner) {
			folder = inner
		}
		return txlogSource{folder: folder, FS: os.DirFS(folder)}, nil
	}
	folder, base := filepath.Split(argument)
	name, ours := zkfiles.ParseName(base)
	if !ours {
		return txlogSource{}, fmt.Errorf("%s is not named like log.500000007 or snapshot.500000007: give it back the name that it had", argument)
	}
	folder = filepath.Clean(folder)
	return txlogSource{folder: folder, FS: os.DirFS(folder), file: &zkfiles.File{Name: name, Size: info.Size()}}, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// logs returns the logs of the source.
func (s txlogSource) logs() ([]zkfiles.File, error) {
	if s.file == nil {
		folder, err := zkfiles.ReadFolder(s)
		return folder.Logs, err
	}
	if s.file.Kind != zkfiles.Log {
		return nil, fmt.Errorf("%s is a snapshot and has no transactions: use --check", s.file.Name)
	}
	return []zkfiles.File{*s.file}, nil
}

// list writes the transactions of all sources.
func (o txlogOptions) list(sources []txlogSource, s streams) error {
	after, err := zkfiles.ParseZxid(o.after)
	if err != nil {
		return err
	}
	upto, err := zkfiles.ParseZxid(o.upto)
	if err != nil {
		return err
	}
	failed, found := false, false
	for _, source := range sources {
		logs, err := source.logs()
		if err != nil {
			return err
		}
		found = found || len(logs) > 0
		ok, err := o.listLogs(source, logs, after, upto, s)
		if err != nil {
			return err
		}
		failed = failed || !ok
	}
	switch {
	case !found:
		return errors.New("no logs are there: name the folder version-2 of dataLogDir, or of dataDir where that is not set")
	case failed:
		return errFindings
	}
	return nil
}

// listLogs writes transactions and reports whether the logs are whole.
func (o txlogOptions) listLogs(source txlogSource, logs []zkfiles.File, after, upto zkfiles.Zxid, s streams) (bool, error) {
	whole := true
	var last zkfiles.Zxid
	for txn, err := range zkfiles.Transactions(source, logs) {
		var changes []zkfiles.Change
		if err == nil {
			changes, _, err = txn.Changes()
		}
		if err != nil {
			return false, writeProblem(s.err, painter(s.colour), source.folder, err)
		}
		if txn.Zxid > upto {
			return whole, nil
		}
		if last > 0 && !last.IsFollowedBy(txn.Zxid) {
			fmt.Fprintf(s.err, "%s: warning: transactions are missing between %s and %s\n", filepath.Join(source.folder, txn.File), last, txn.Zxid)
			whole = false
		}
		last = txn.Zxid
		if txn.Zxid <= after {
			continue
		}
		for _, line := range txlogLines(txn, changes) {
			if !line.touches(o.path) {
				continue
			}
			if err := line.write(s.out, o.output); err != nil {
				return false, err
			}
		}
	}
	return whole, nil
}

// txlogLine is one operation of a transaction, in the form of the JSON output.
type txlogLine struct {
	Zxid    zkfiles.Zxid    `json:"zxid"`
	Time    time.Time       `json:"time"`
	Session zkfiles.Session `json:"session"`
	Cxid    int32           `json:"cxid"`
	// Type is that of the transaction, and Operation that of the part of a multi.
	Type       zkfiles.OpCode  `json:"type"`
	Operation  *zkfiles.OpCode `json:"operation,omitempty"`
	Path       string          `json:"path,omitempty"`
	Bytes      *int            `json:"bytes,omitempty"`
	Version    *int32          `json:"version,omitempty"`
	Ephemeral  bool            `json:"ephemeral,omitempty"`
	TTL        int64           `json:"ttlMilliseconds,omitempty"`
	Timeout    int64           `json:"timeoutMilliseconds,omitempty"`
	Error      int32           `json:"error,omitempty"`
	RolledBack bool            `json:"rolledBack,omitempty"`
	File       string          `json:"file"`
	Offset     int64           `json:"offset"`
}

// txlogLines returns a line for each operation, and for each node that the end of a
// session deletes.
func txlogLines(txn *zkfiles.Txn, changes []zkfiles.Change) []txlogLine {
	head := txlogLine{
		Zxid: txn.Zxid, Time: txn.Time, Session: txn.Session, Cxid: txn.Cxid, Type: txn.Type, File: txn.File, Offset: txn.Offset,
	}
	lines := make([]txlogLine, 0, len(changes))
	for _, change := range changes {
		line := head
		line.Path, line.Ephemeral, line.RolledBack, line.Error = change.Path, change.Ephemeral, change.RolledBack, change.Error
		line.TTL, line.Timeout = change.TTL.Milliseconds(), change.Timeout.Milliseconds()
		if txn.Type == zkfiles.OpMulti {
			line.Operation = &change.Type
		}
		switch change.Type {
		case zkfiles.OpCreate, zkfiles.OpCreate2, zkfiles.OpCreateContainer, zkfiles.OpCreateTTL:
			line.Bytes = new(len(change.Data))
		case zkfiles.OpSetData, zkfiles.OpReconfig:
			line.Bytes, line.Version = new(len(change.Data)), &change.Version
		case zkfiles.OpSetACL, zkfiles.OpCheck:
			line.Version = &change.Version
		default:
		}
		lines = append(lines, line)
		for _, path := range change.Deleted {
			deleted := head
			deleted.Path, deleted.Operation = path, new(zkfiles.OpDelete)
			lines = append(lines, deleted)
		}
	}
	return lines
}

// touches reports whether an operation is about a node or one below it.
func (l *txlogLine) touches(path string) bool {
	path = strings.TrimSuffix(path, "/")
	return path == "" || l.Path == path || strings.HasPrefix(l.Path, path+"/")
}

func (l *txlogLine) write(w io.Writer, output string) error {
	if output == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(l)
	}
	operation := l.Type.String()
	if l.Operation != nil {
		operation += ":" + l.Operation.String()
	}
	text := fmt.Sprintf("%-18s  %s  %-18s  %-15s %s", l.Zxid, l.Time.Format("2006-01-02T15:04:05.000Z07:00"), l.Session, operation, l.details())
	_, err := fmt.Fprintln(w, strings.TrimRight(text, " "))
	return err
}

func (l *txlogLine) details() string {
	var parts []string
	add := func(present bool, format string, arguments ...any) {
		if present {
			parts = append(parts, fmt.Sprintf(format, arguments...))
		}
	}
	add(l.Version != nil, "version %d", value(l.Version))
	add(l.Bytes != nil, "%s", plural(value(l.Bytes), "byte"))
	add(l.Ephemeral, "ephemeral")
	add(l.TTL > 0, "TTL %s", time.Duration(l.TTL)*time.Millisecond)
	add(l.Timeout > 0, "timeout %s", time.Duration(l.Timeout)*time.Millisecond)
	add(l.Error != 0, "%s", errorName(l.Error))
	add(l.RolledBack, "rolled back")
	details := strings.Join(parts, ", ")
	switch {
	case l.Path == "":
		return details
	case details == "":
		return printable(l.Path)
	default:
		return printable(l.Path) + " (" + details + ")"
	}
}

func value[T any](pointer *T) T {
	if pointer == nil {
		return *new(T)
	}
	return *pointer
}

// printable quotes a path that would confuse a terminal.
func printable(path string) string {
	if quoted := strconv.Quote(path); quoted != `"`+path+`"` {
		return quoted
	}
	return path
}

// errorName is the name that clients know for a code of an error.
func errorName(code int32) string {
	names := map[int32]string{
		-2: "RuntimeInconsistency", -6: "Unimplemented", -8: "BadArguments", -13: "NewConfigNoQuorum", -14: "ReconfigInProgress",
		-101: "NoNode", -102: "NoAuth", -103: "BadVersion", -108: "NoChildrenForEphemerals", -110: "NodeExists", -111: "NotEmpty",
		-112: "SessionExpired", -114: "InvalidACL", -118: "SessionMoved", -123: "ReconfigDisabled", -125: "QuotaExceeded",
	}
	if name, known := names[code]; known {
		return fmt.Sprintf("error %d %s", code, name)
	}
	return fmt.Sprintf("error %d", code)
}

// writeProblem writes an error of a file as lint writes a finding. An error that is
// none of the file's content is returned.
func writeProblem(w io.Writer, p painter, folder string, err error) error {
	var problem *zkfiles.Error
	if !errors.As(err, &problem) {
		return err
	}
	_, err = fmt.Fprintf(w, "%s: %s: offset %d: %s\n    %s %s\n", p.paint(bold, filepath.Join(folder, problem.File)), p.paint(red, "error"),
		problem.Offset, problem.Detail, p.paint(green, "fix:"), problem.Fix)
	return err
}

// folders returns the folders of the snapshots and of the logs.
func folders(sources []txlogSource, flag string) (data, logs txlogSource, err error) {
	data, logs = sources[0], sources[len(sources)-1]
	if len(sources) > 2 || data.file != nil || logs.file != nil {
		return data, logs, fmt.Errorf("%s takes one folder, or that of the snapshots and that of the logs", flag)
	}
	return data, logs, nil
}

// checkFiles writes a line for each file, and each problem.
func (o txlogOptions) checkFiles(sources []txlogSource, s streams) error {
	var check zkfiles.Check
	data, logs := sources[0], sources[0]
	if len(sources) == 1 && data.file != nil {
		checked, err := zkfiles.CheckFile(data, *data.file)
		if err != nil {
			return err
		}
		check.Files = append(check.Files, checked)
	} else {
		var err error
		if data, logs, err = folders(sources, "--check"); err != nil {
			return err
		}
		if check, err = zkfiles.CheckFolder(data, logs); err != nil {
			return err
		}
	}
	wrong := len(check.Problems) > 0
	for _, checked := range check.Files {
		wrong = wrong || checked.Problem != nil
		if err := o.writeChecked(checked, s); err != nil {
			return err
		}
	}
	for _, checked := range check.Files {
		check.Problems = append(check.Problems, checked.Problem)
	}
	for _, problem := range check.Problems {
		if err := writeProblem(s.err, painter(s.colour), folderOf(data, logs, problem), problem); err != nil {
			return err
		}
	}
	if wrong {
		return errFindings
	}
	return nil
}

// folderOf returns the folder of the file that a problem is about.
func folderOf(data, logs txlogSource, err error) string {
	var problem *zkfiles.Error
	if errors.As(err, &problem) && strings.HasPrefix(problem.File, string(zkfiles.Log)+".") {
		return logs.folder
	}
	return data.folder
}

// checkedLine is a file, in the form of the JSON output.
type checkedLine struct {
	File         string        `json:"file"`
	OK           bool          `json:"ok"`
	Transactions *int          `json:"transactions,omitempty"`
	First        *zkfiles.Zxid `json:"first,omitempty"`
	Last         *zkfiles.Zxid `json:"last,omitempty"`
	LastTime     *time.Time    `json:"lastTime,omitempty"`
	End          zkfiles.End   `json:"end,omitempty"`
	Nodes        *int          `json:"nodes,omitempty"`
	Ephemerals   *int          `json:"ephemerals,omitempty"`
	Sessions     *int          `json:"sessions,omitempty"`
	// HoldsUpTo is where a snapshot ends; absent where it does not say so.
	HoldsUpTo *zkfiles.Zxid `json:"holdsUpTo,omitempty"`
}

func (o txlogOptions) writeChecked(checked zkfiles.Checked, s streams) error {
	line := checkedLine{File: checked.File.String(), OK: checked.Problem == nil}
	var text string
	if checked.File.Kind == zkfiles.Log {
		text = line.log(checked.Log)
	} else {
		text = line.snapshot(checked)
	}
	if o.output == "json" {
		return json.NewEncoder(s.out).Encode(line)
	}
	if !line.OK {
		text += ", then damaged"
	}
	_, err := fmt.Fprintf(s.out, "%s: %s\n", line.File, text)
	return err
}

func (l *checkedLine) log(info zkfiles.LogInfo) string {
	l.Transactions, l.End = &info.Txns, info.End
	if info.Txns == 0 {
		return "no transactions"
	}
	l.First, l.Last, l.LastTime = &info.First, &info.Last, &info.LastTime
	text := fmt.Sprintf("%s, %s to %s, the last at %s", plural(info.Txns, "transaction"), info.First, info.Last, info.LastTime.Format(time.RFC3339))
	if info.End == zkfiles.Torn {
		text += ", then one that is torn"
	}
	return text
}

func (l *checkedLine) snapshot(checked zkfiles.Checked) string {
	info := checked.Snapshot
	l.Nodes, l.Ephemerals, l.Sessions = &info.Nodes, &info.Ephemerals, &info.Sessions
	text := fmt.Sprintf("%s, %d of them ephemeral, %s", plural(info.Nodes, "node"), info.Ephemerals, plural(info.Sessions, "session"))
	if checked.Problem != nil {
		return text
	}
	end, known := info.End(checked.File.Zxid)
	if !known {
		return text + ", does not say up to which zxid"
	}
	l.HoldsUpTo = &end
	return text + ", up to " + end.String()
}

// copyCut makes the folder of a cut.
func (o txlogOptions) copyCut(sources []txlogSource, s streams) error {
	at, err := zkfiles.ParseZxid(o.cut)
	if err != nil {
		return err
	}
	data, logs, err := folders(sources, "--cut")
	if err != nil {
		return err
	}
	cut, err := zkfiles.PlanCut(data, logs, at)
	if err != nil {
		return err
	}
	if err := os.Mkdir(o.to, 0o700); err != nil {
		return fmt.Errorf("--to names a folder that is not there yet: %w", err)
	}
	finished := filepath.Join(o.to, "version-2")
	if err := writeCut(cut, filepath.Join(o.to, "unfinished"), finished); err != nil {
		return errors.Join(err, os.RemoveAll(o.to))
	}
	_, err = fmt.Fprintf(s.out, "%s: %s and %s, the state of %s\n", finished, cut.Base.Name, plural(len(cut.Logs), "log"), at)
	return err
}

// writeCut gives the files their place by one rename, once all of them are on the
// disk, because a server reads whatever is in version-2.
func writeCut(cut *zkfiles.Cut, unfinished, finished string) error {
	if err := os.Mkdir(unfinished, 0o700); err != nil {
		return err
	}
	err := cut.Write(func(name string) (io.WriteCloser, error) {
		file, err := os.OpenFile(filepath.Join(unfinished, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		return syncedFile{file}, err
	})
	if err == nil {
		err = syncFolder(unfinished)
	}
	if err == nil {
		err = os.Rename(unfinished, finished)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(finished))
	}
	return err
}

// syncedFile is on the disk once it is closed.
type syncedFile struct{ *os.File }

// Close writes the file to the disk and closes it.
func (f syncedFile) Close() error { return errors.Join(f.Sync(), f.File.Close()) }

// syncFolder writes the names in a folder to the disk.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return syncedFile{folder}.Close()
}
