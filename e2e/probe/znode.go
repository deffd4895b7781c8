package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
	"github.com/zkensemble/zookeeper-operator/e2e/session"
)

// oneShotTimeout bounds get and create.
const oneShotTimeout = 20 * time.Second

// get reads one znode through one server and prints it.
func get(ctx context.Context, out io.Writer, server, path string) error {
	return once(ctx, server, func(conn *zk.Conn) error {
		data, stat, err := conn.Get(path)
		if err != nil {
			return fmt.Errorf("get %s: %w", path, err)
		}
		return json.NewEncoder(out).Encode(history.Znode{Data: string(data), Czxid: stat.Czxid})
	})
}

// create makes one znode through one server and prints it.
func create(ctx context.Context, out io.Writer, server, path, data string) error {
	return once(ctx, server, func(conn *zk.Conn) error {
		if _, err := conn.Create(path, []byte(data), 0, zk.WorldACL(zk.PermAll)); err != nil {
			return fmt.Errorf("create %s: %w", path, err)
		}
		_, stat, err := conn.Get(path)
		if err != nil {
			return fmt.Errorf("get %s: %w", path, err)
		}
		return json.NewEncoder(out).Encode(history.Znode{Data: data, Czxid: stat.Czxid})
	})
}

// once uses a session with one server, for no longer than a get or a create takes.
func once(ctx context.Context, server string, f func(*zk.Conn) error) error {
	return within(ctx, oneShotTimeout, server, f)
}

// within opens a session with one server, lets the server catch up, and uses it.
func within(ctx context.Context, limit time.Duration, server string, f func(*zk.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, done, err := session.ConnectAny(ctx, server)
	if err != nil {
		return err
	}
	defer done()
	if err := awaitCatchUp(ctx, conn); err != nil {
		return fmt.Errorf("%s: no session within %s: %w", server, limit, err)
	}
	err = f(conn)
	if errors.Is(err, zk.ErrClosing) && ctx.Err() != nil {
		return fmt.Errorf("%s: no answer within %s", server, limit)
	}
	return err
}

// awaitCatchUp repeats catchUp until there is a session: on a busy machine the
// first connection may fail.
func awaitCatchUp(ctx context.Context, conn *zk.Conn) error {
	for {
		err := catchUp(conn, "once")
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(readPace):
		}
	}
}
