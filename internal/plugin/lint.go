package plugin

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// lintOptions are the flags of lint.
type lintOptions struct {
	file, dynamic, version, output string
	myID                           int64
}

func newLintCommand(s streams) *cobra.Command {
	var o lintOptions
	command := &cobra.Command{
		Use:   "lint -f FILE",
		Short: "Check zoo.cfg as the server would read it, or a ZooKeeperEnsemble as the operator would",
		Long: "Check zoo.cfg as the server would read it, and say what it accepts silently. A manifest with a\n" +
			"ZooKeeperEnsemble is checked as the operator would check it once it is applied.\n\n" +
			"Exit status: 0 without errors, 1 with errors, 2 when something could not be read.",
		Example: "  kubectl zk lint -f zoo.cfg --version 3.9\n" +
			"  kubectl zk lint -f - -o json < zoo.cfg\n" +
			"  kubectl zk lint -f ensemble.yaml",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if o.file == "" {
				return fmt.Errorf("name a file with -f, or - for standard input\nUsage: %s", command.UseLine())
			}
			return lintFile(o, command.Flags().Changed("myid"), s)
		},
	}
	flags := command.Flags()
	flags.StringVarP(&o.file, "filename", "f", "", "the zoo.cfg or manifest to check; - reads standard input")
	flags.StringVar(&o.dynamic, "dynamic", "", "the file that dynamicConfigFile names")
	flags.StringVar(&o.version, "version", "3.9", "the version of ZooKeeper that reads the file")
	flags.Int64Var(&o.myID, "myid", 0, "the id of the server that reads the file")
	flags.StringVarP(&o.output, "output", "o", "text", "text or json")
	return command
}

// source is a file that was read.
type source struct {
	path  string
	lines []string
}

// newSource cuts a text into lines as the server counts them.
func newSource(path, text string) source {
	return source{path: path, lines: strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")}
}

func lintFile(o lintOptions, hasID bool, s streams) error {
	version, err := zkconfig.ParseVersion(o.version)
	if err != nil {
		return err
	}
	if err := checkOutput(o.output); err != nil {
		return err
	}
	text, name, err := readText(o.file, s.in)
	if err != nil {
		return err
	}
	if isManifest(text) {
		report, err := lintManifest(name, text)
		if err != nil {
			return err
		}
		return report.write(o.output, s)
	}
	sources, config, findings, err := o.read(text, name)
	if err != nil {
		return err
	}
	if hasID {
		config.MyID = new(zkconfig.FormatMyID(o.myID))
	}
	if len(findings) == 0 {
		findings = lint.Validate(config, version)
	}
	return newReport(sources, version.String(), findings).write(o.output, s)
}

func (r report) write(output string, s streams) error {
	var err error
	if output == "json" {
		err = r.writeJSON(s.out)
	} else {
		err = r.writeText(s.out, s.colour)
	}
	if err == nil && r.Errors > 0 {
		return errFindings
	}
	return err
}

func checkOutput(format string) error {
	if format != "text" && format != "json" {
		return fmt.Errorf("unknown output format %q: use text or json", format)
	}
	return nil
}

// read parses the text of zoo.cfg and reads the membership file. What is no
// properties file is a finding, not a failure.
func (o lintOptions) read(static, name string) (map[lint.File]source, lint.Config, []lint.Finding, error) {
	var config lint.Config
	var findings []lint.Finding
	sources := map[lint.File]source{lint.MyIDFile: {path: "myid"}}
	parse := func(file lint.File, name, text string) zkconfig.Properties {
		properties, err := zkconfig.Parse(text)
		if err != nil {
			findings = append(findings, lint.Finding{
				Rule: lint.Unreadable, Severity: lint.Error, File: file, Stops: true,
				Message: "The file cannot be parsed: " + err.Error() + ".", Fix: `Write \\ for each backslash.`,
			})
		}
		sources[file] = newSource(name, text)
		return append(zkconfig.Properties{}, properties...)
	}
	config.Static = parse(lint.StaticFile, name, static)
	if o.dynamic != "" {
		text, name, err := readText(o.dynamic, nil)
		if err != nil {
			return nil, config, nil, err
		}
		config.Dynamic = parse(lint.MembershipFile, name, text)
	}
	return sources, config, findings, nil
}

// readText reads a file, or in for the path "-" where there is one.
func readText(path string, in io.Reader) (text, name string, err error) {
	if path == "-" && in != nil {
		bytes, err := io.ReadAll(in)
		return string(bytes), "<stdin>", err
	}
	bytes, err := os.ReadFile(path)
	return string(bytes), path, err
}

// report is what lint says, in the form of its JSON output.
type report struct {
	Version  string          `json:"version"`
	Errors   int             `json:"errors"`
	Warnings int             `json:"warnings"`
	Hints    int             `json:"hints"`
	Findings []reportFinding `json:"findings"`

	sources map[lint.File]source
}

type reportFinding struct {
	Path string `json:"path"`
	lint.Finding
}

func newReport(sources map[lint.File]source, version string, findings []lint.Finding) report {
	r := report{Version: version, Findings: []reportFinding{}, sources: sources}
	for _, finding := range findings {
		r.Findings = append(r.Findings, reportFinding{Path: sources[finding.File].path, Finding: finding})
		switch finding.Severity {
		case lint.Error:
			r.Errors++
		case lint.Warning:
			r.Warnings++
		case lint.Hint:
			r.Hints++
		}
	}
	return r
}

func (r report) writeJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
