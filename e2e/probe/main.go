// Command probe is the e2e suite's eye inside the cluster. It sees an ensemble
// as a user's client does: it writes numbered records through all members,
// reads them back through each, and asks every member for its state. What it
// sees it prints as entries of a history, one line of JSON each.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const usage = `usage:
  probe run NAME=HOST:PORT...             write, read and watch until stopped
  probe audit UP-TO NAME=HOST:PORT...     read every record through each member
  probe contend NAME=HOST:PORT...         work on the same znodes through all members until the input ends
  probe get HOST:PORT PATH                read one znode
  probe create HOST:PORT PATH DATA        make one znode
  probe trespass HOST:PORT ID             try to remove a member without the right to
  probe crowd HOST:PORT FIRST COUNT       make as many znodes at the root, numbered from FIRST
  probe flood SECONDS EACH HOST:PORT...   keep as many connections to each, with junk
`

var errUsage = errors.New("unknown command or arguments")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := dispatch(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "probe: %v\n", err)
		if errors.Is(err, errUsage) {
			fmt.Fprint(os.Stderr, usage)
		}
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	out := newPrinter(os.Stdout)
	command, args := first(args)
	switch {
	case command == "run" && len(args) > 0:
		members, err := parseMembers(args)
		if err != nil {
			return err
		}
		return run(ctx, out, members)
	case command == "audit" && len(args) > 1:
		return audit(ctx, out, args[0], args[1:])
	case command == "contend" && len(args) > 0:
		members, err := parseMembers(args)
		if err != nil {
			return err
		}
		return contend(ctx, os.Stdin, os.Stdout, members)
	case command == "get" && len(args) == 2:
		return get(ctx, os.Stdout, args[0], args[1])
	case command == "create" && len(args) == 3:
		return create(ctx, os.Stdout, args[0], args[1], args[2])
	case command == "trespass" && len(args) == 2:
		return trespass(ctx, os.Stdout, args[0], args[1])
	case command == "crowd" && len(args) == 3:
		return crowd(ctx, args[0], args[1], args[2])
	case command == "flood" && len(args) > 2:
		return flood(ctx, os.Stdout, args[0], args[1], args[2:])
	}
	return errUsage
}

func first(args []string) (command string, rest []string) {
	if len(args) == 0 {
		return "", nil
	}
	return args[0], args[1:]
}

// member is one member by the name of its Pod and the address of its client
// port.
type member struct{ name, addr string }

func parseMembers(args []string) ([]member, error) {
	members := make([]member, 0, len(args))
	for _, arg := range args {
		name, addr, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not of the form NAME=HOST:PORT", arg)
		}
		members = append(members, member{name: name, addr: addr})
	}
	return members, nil
}
