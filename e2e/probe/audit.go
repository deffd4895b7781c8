package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-zookeeper/zk"
	"golang.org/x/sync/errgroup"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
	"github.com/zkensemble/zookeeper-operator/e2e/session"
)

const (
	// auditTimeout bounds the reading of one member.
	auditTimeout = 30 * time.Second
	// auditWidth is how many reads of one session are under way at once.
	auditWidth = 16
)

// audit reads every record up to a number through each member.
func audit(ctx context.Context, out *printer, upTo string, args []string) error {
	n, err := strconv.ParseInt(upTo, 10, 64)
	if err != nil {
		return fmt.Errorf("number of records: %w", err)
	}
	members, err := parseMembers(args)
	if err != nil {
		return err
	}
	var group errgroup.Group
	for _, m := range members {
		group.Go(func() error {
			began := time.Now()
			result := auditMember(ctx, m, n)
			return out.print(history.Entry{Kind: history.Checked, Member: m.name, Took: time.Since(began), Audit: &result})
		})
	}
	return group.Wait()
}

func auditMember(ctx context.Context, m member, upTo int64) history.Audit {
	ctx, cancel := context.WithTimeout(ctx, auditTimeout)
	defer cancel()
	result := history.Audit{UpTo: upTo}
	found, err := readAll(ctx, m, upTo)
	if err != nil {
		result.Err = err.Error()
		return result
	}
	var before int64 // transaction that made the record before
	for i, record := range found {
		n := int64(i) + 1
		switch {
		case record.czxid == 0:
			result.Missing = append(result.Missing, n)
			continue
		case record.value != recordValue(n):
			result.Wrong = append(result.Wrong, n)
		case record.czxid <= before:
			result.Unordered = append(result.Unordered, n)
		}
		result.Present++
		before = record.czxid
	}
	return result
}

// found is one record as a member shows it. No transaction made a record that
// is missing.
type found struct {
	czxid int64
	value string
}

// readAll reads all records through one session. It begins again with a new
// one when the session is lost, because only one session's reads are ordered.
func readAll(ctx context.Context, m member, upTo int64) ([]found, error) {
	for {
		result, err := readOnce(ctx, m, upTo)
		if err == nil || ctx.Err() != nil {
			return result, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(time.Second):
		}
	}
}

func readOnce(ctx context.Context, m member, upTo int64) ([]found, error) {
	conn, done, err := session.ConnectAny(ctx, m.addr)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := catchUp(conn, m.name); err != nil {
		return nil, fmt.Errorf("write through %s: %w", m.name, err)
	}
	began := conn.SessionID()
	result := make([]found, upTo)
	var group errgroup.Group
	group.SetLimit(auditWidth)
	for i := range result {
		group.Go(func() error {
			value, stat, err := conn.Get(recordPath(int64(i) + 1))
			switch {
			case errors.Is(err, zk.ErrNoNode):
				return nil
			case err != nil:
				return err
			}
			result[i] = found{czxid: stat.Czxid, value: string(value)}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("read through %s: %w", m.name, err)
	}
	if conn.SessionID() != began {
		return nil, fmt.Errorf("the session with %s was lost", m.name)
	}
	return result, nil
}
