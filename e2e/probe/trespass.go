package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// trespass tries to change the configuration of an ensemble as a client that
// is not the super-user, and prints what each way was answered with.
func trespass(ctx context.Context, out io.Writer, server, leaving string) error {
	remove := func(conn *zk.Conn) error {
		_, err := conn.IncrementalReconfig(nil, []string{leaving}, -1)
		return err
	}
	ways := []struct {
		name string
		try  func(*zk.Conn) error
	}{
		{"reconfig without authentication", remove},
		{"reconfig with a wrong password of the super-user", func(conn *zk.Conn) error {
			if err := conn.AddAuth("digest", []byte("super:wrong")); err != nil {
				return fmt.Errorf("authenticate: %w", err)
			}
			return remove(conn)
		}},
		{"set the configuration's znode", func(conn *zk.Conn) error {
			_, err := conn.Set(configPath, nil, -1)
			return err
		}},
	}
	encoder := json.NewEncoder(out)
	for _, way := range ways {
		attempt := history.Attempt{What: way.name}
		// Each way has a session of its own: authentication stays with it.
		err := once(ctx, server, func(conn *zk.Conn) error {
			err := way.try(conn)
			attempt.Refused = errors.Is(err, zk.ErrNoAuth)
			attempt.Answer = fmt.Sprint(err)
			return nil
		})
		if err != nil {
			return err
		}
		if err := encoder.Encode(attempt); err != nil {
			return err
		}
	}
	return nil
}
