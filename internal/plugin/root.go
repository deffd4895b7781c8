// Package plugin is the kubectl plugin "kubectl zk", which checks and explains
// ZooKeeper configuration and reads what servers keep on disk. It works as a plain
// program too, and talks to no cluster.
package plugin

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Exit codes. Tools in CI rely on them.
const (
	exitOK       = 0
	exitFindings = 1 // the configuration has errors, the key does not exist, or a file is damaged
	exitFailed   = 2 // something could not be read, or the command line is wrong
)

// errFindings ends the command with exitFindings; everything is said already.
var errFindings = errors.New("findings")

// streams are the ends of the program, so that tests can hold them.
type streams struct {
	in       io.Reader
	out, err io.Writer
	colour   bool
}

// Main runs the plugin on the process's own input and output, and returns its exit
// code: 0, 1 for findings, or 2 for what could not be read.
func Main(arguments []string) int {
	return run(arguments, streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, colour: wantsColour()})
}

// wantsColour follows no-color.org, and leaves files and pipes plain.
func wantsColour() bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(os.Stdout.Fd()))
}

func run(arguments []string, s streams) int {
	root := &cobra.Command{
		Use:   "kubectl-zk",
		Short: "Check and explain ZooKeeper configuration, and read a server's files",
		Long: "Check and explain ZooKeeper configuration, and read a server's files. It talks to no cluster.\n\n" +
			"Documentation: https://github.com/zkensemble/zookeeper-operator/tree/main/docs",
		Example: "  kubectl zk lint -f zoo.cfg --version 3.9\n" +
			"  kubectl zk lint -f ensemble.yaml\n" +
			"  kubectl zk explain syncLimit\n" +
			"  kubectl zk txlog version-2 --path /kafka",
		Annotations: map[string]string{
			cobra.CommandDisplayNameAnnotation: "kubectl zk",
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newLintCommand(s), newExplainCommand(s), newTxlogCommand(s))
	root.SetArgs(arguments)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	switch err := root.Execute(); {
	case err == nil:
		return exitOK
	case errors.Is(err, errFindings):
		return exitFindings
	default:
		fmt.Fprintln(s.err, "error:", err)
		return exitFailed
	}
}
