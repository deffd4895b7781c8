package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// burner keeps processors busy. The zero value keeps none busy.
type burner struct{ process *os.Process }

// startBurner runs busy loops until ctx ends, in a process of their own: in this
// one they would delay the writer more than they delay the servers.
func startBurner(ctx context.Context, loops int) (*burner, error) {
	if loops == 0 {
		return &burner{}, nil
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, program, burnWord, strconv.Itoa(loops))
	// The load ends with this pipe, however this process ends.
	if _, err := command.StdinPipe(); err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start the load: %w", err)
	}
	go func() { _ = command.Wait() }() // it is killed in the end
	return &burner{command.Process}, nil
}

// rest lets the processors go until work.
func (b *burner) rest() error { return b.signal(syscall.SIGSTOP) }

// work makes them busy again.
func (b *burner) work() error { return b.signal(syscall.SIGCONT) }

func (b *burner) signal(s syscall.Signal) error {
	if b.process == nil {
		return nil
	}
	if err := b.process.Signal(s); err != nil {
		return fmt.Errorf("the load: %w", err)
	}
	return nil
}

// burn does nothing, on as many processors as there are loops, until in ends.
func burn(in io.Reader, loops int) {
	for range loops {
		go func() {
			for n := uint64(1); n != 0; n += 2 { // never 0: n stays odd
				continue
			}
		}()
	}
	_, _ = io.Copy(io.Discard, in)
}
