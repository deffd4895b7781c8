// Package supervise runs the server as the child of process 1 of a container.
//
// ZooKeeper servers are crash-only: a server that is killed leaves its ensemble
// sooner than one that shuts down in order, and loses nothing. So when the
// container is told to stop, the server is killed at once.
package supervise

import (
	"errors"
	"os"
	"syscall"
)

// Run starts a command, collects every child that ends, as process 1 must, and
// returns the exit code once the command itself has ended: its own, or 128 plus
// the signal that killed it. A signal on stop kills the command and all its
// descendants in its process group.
func Run(argv []string, stop <-chan os.Signal) (int, error) {
	// The process is not known to os/exec, which would wait for it as well.
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{os.Stdin.Fd(), os.Stdout.Fd(), os.Stderr.Fd()},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		return 0, &os.PathError{Op: "start", Path: argv[0], Err: err}
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-stop:
			_ = syscall.Kill(-pid, syscall.SIGKILL)
		case <-ended:
		}
	}()
	return reap(pid)
}

// reap waits for any child until the one that matters has ended.
func reap(pid int) (int, error) {
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return 0, os.NewSyscallError("wait4", err)
		case ended != pid:
			continue
		case status.Signaled():
			return 128 + int(status.Signal()), nil
		default:
			return status.ExitStatus(), nil
		}
	}
}
