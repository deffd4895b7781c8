package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// lintOptions are the flags of lint.
type lintOptions struct {
	file, dynamic, version, output string
	myID                           int64
}

func newLintCommand(s streams) *cobra.Command {
	var o lintOptions
	command := &cobra.Command{
		Use:   "lint",
		Short: "Check zoo.cfg as the server would read it",
		Long: "Check zoo.cfg as the server would read it, and say what it accepts silently.\n\n" +
			"Exit status: 0 without errors, 1 with errors, 2 when something could not be read.",
		Example: "  kubectl zk lint -f zoo.cfg --version 3.9\n" +
			"  kubectl zk lint -f - -o json < zoo.cfg",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return lint(o, command.Flags().Changed("myid"), s)
		},
	}
	flags := command.Flags()
	flags.StringVarP(&o.file, "filename", "f", "zoo.cfg", "the file to check; - reads standard input")
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

func lint(o lintOptions, hasID bool, s streams) error {
	version, err := zkconfig.ParseVersion(o.version)
	if err != nil {
		return err
	}
	if err := checkOutput(o.output); err != nil {
		return err
	}
	sources, config, findings, err := o.read(s.in)
	if err != nil {
		return err
	}
	if hasID {
		config.MyID = new(zkconfig.FormatMyID(o.myID))
	}
	if len(findings) == 0 {
		findings = zkconfig.Validate(config, version)
	}
	report := newReport(sources, version, findings)
	if o.output == "json" {
		err = report.writeJSON(s.out)
	} else {
		err = report.writeText(s.out, s.colour)
	}
	if err == nil && report.Errors > 0 {
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

// read reads the files. What is no properties file is a finding, not a failure.
func (o lintOptions) read(in io.Reader) (map[zkconfig.File]source, zkconfig.Config, []zkconfig.Finding, error) {
	var config zkconfig.Config
	var findings []zkconfig.Finding
	sources := map[zkconfig.File]source{zkconfig.MyIDFile: {path: "myid"}}
	for _, wanted := range []struct {
		file zkconfig.File
		path string
		into *zkconfig.Properties
	}{
		{zkconfig.StaticFile, o.file, &config.Static},
		{zkconfig.MembershipFile, o.dynamic, &config.Dynamic},
	} {
		if wanted.path == "" {
			continue
		}
		text, name, err := readText(wanted.path, in)
		if err != nil {
			return nil, config, nil, err
		}
		properties, err := zkconfig.Parse(text)
		if err != nil {
			findings = append(findings, zkconfig.Finding{
				Rule: zkconfig.Unreadable, Severity: zkconfig.Error, File: wanted.file, Stops: true,
				Message: "The file cannot be parsed: " + err.Error() + ".", Fix: `Write \\ for each backslash.`,
			})
		}
		*wanted.into = append(zkconfig.Properties{}, properties...)
		sources[wanted.file] = newSource(name, text)
	}
	return sources, config, findings, nil
}

func readText(path string, in io.Reader) (text, name string, err error) {
	if path == "-" {
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

	sources map[zkconfig.File]source
}

type reportFinding struct {
	Path string `json:"path"`
	zkconfig.Finding
}

func newReport(sources map[zkconfig.File]source, version zkconfig.Version, findings []zkconfig.Finding) report {
	r := report{Version: version.String(), Findings: []reportFinding{}, sources: sources}
	for _, finding := range findings {
		r.Findings = append(r.Findings, reportFinding{Path: sources[finding.File].path, Finding: finding})
		switch finding.Severity {
		case zkconfig.Error:
			r.Errors++
		case zkconfig.Warning:
			r.Warnings++
		case zkconfig.Hint:
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
