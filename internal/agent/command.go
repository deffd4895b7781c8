// Package agent is process 1 of each member. It prepares the volumes, waits until
// the network knows the Pod, runs the server and answers probes. It knows
// nothing of Kubernetes but the files and variables that a Pod gives it.
package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/zkensemble/zookeeper-operator/internal/agent/prepare"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

const usage = `usage:
  zookeeper-agent install DIR    copy this program to DIR
  zookeeper-agent run [flags]    prepare and run the server of this Pod
`

// exitUsage is what a wrong command line ends with, as the flag package does.
const exitUsage = 2

// Command does what the arguments of the program say, and returns its exit code:
// that of the server once one ran, or one of those of [member].
func Command(ctx context.Context, args []string) int {
	switch {
	case len(args) == 2 && args[0] == member.Install:
		if err := install(args[1]); err != nil {
			return fail(err)
		}
		return 0
	case len(args) > 0 && args[0] == member.Run:
		code, err := runMember(ctx, args[1:])
		if err != nil {
			return fail(err)
		}
		return code
	default:
		fmt.Fprint(os.Stderr, usage)
		return exitUsage
	}
}

// terminationLog is where the kubelet reads why a container ended.
const terminationLog = "/dev/termination-log"

// fail tells everyone why the agent ends, and picks the exit code.
func fail(err error) int {
	logf("%v", err)
	// It exists in a Pod only; what is lost elsewhere has been logged.
	if file, openErr := os.OpenFile(terminationLog, os.O_WRONLY|os.O_TRUNC, 0); openErr == nil {
		_, _ = fmt.Fprintln(file, err)
		_ = file.Close()
	}
	switch {
	case errors.Is(err, prepare.ErrNeedsNewPod):
		return member.ExitNeedsNewPod
	case errors.Is(err, fs.ErrInvalid):
		return exitUsage
	default:
		return 1
	}
}

// logf writes one line that can be told from the server's own.
func logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "agent: "+format+"\n", args...)
}
