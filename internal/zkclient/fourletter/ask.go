// Package fourletter asks a ZooKeeper server one four-letter word.
//
// A four-letter word needs no session and leaves nothing behind on the server,
// so it is safe to ask often, and a server answers it even while it loads its
// data or looks for a leader. It proves nothing about commits.
package fourletter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// ErrNotServing means that the server is up but takes no part in a quorum: it
// is looking for a leader, or still synchronizing with one.
var ErrNotServing = errors.New("the server is not currently serving requests")

// ErrNotAllowed means that the word is not on the server's whitelist.
var ErrNotAllowed = errors.New("the server does not allow this four-letter word")

// ErrUnexpected means that the answer is none that a ZooKeeper server gives.
var ErrUnexpected = errors.New("the answer is not that of a ZooKeeper server")

// answerLimit bounds the answer to a word that is answered in a few.
const answerLimit = 4 << 10

// What a server that is part of no quorum says, and what the refusal of a word
// holds, in every version.
const (
	notServing = "This ZooKeeper instance is not currently serving requests"
	notAllowed = "not in the whitelist"
)

// Ask sends word, which is answered in a few words, to the server at addr, a
// host:port, and returns the whole answer. It ends when ctx ends, whatever the
// server does.
func Ask(ctx context.Context, addr, word string) (string, error) {
	var answer []byte
	err := exchange(ctx, addr, word, func(conn io.Reader) (err error) {
		if answer, err = io.ReadAll(io.LimitReader(conn, answerLimit+1)); err != nil {
			return err
		}
		if len(answer) > answerLimit {
			return fmt.Errorf("%w: longer than %d bytes", ErrUnexpected, answerLimit)
		}
		return refusal(strings.TrimRight(string(answer), "\r\n"))
	})
	if err != nil {
		return "", err
	}
	return string(answer), nil
}

// refusal is what a server says instead of an answer, all of it in one line.
func refusal(line string) error {
	switch {
	case line == notServing:
		return ErrNotServing
	case strings.Contains(line, notAllowed):
		return ErrNotAllowed
	default:
		return nil
	}
}

// exchange sends word and has read take the answer.
func exchange(ctx context.Context, addr, word string, read func(io.Reader) error) error {
	answer, err := send(ctx, addr, word)
	if err == nil {
		defer answer.hangUp()
		err = answer.judge(read(answer))
	}
	switch {
	case err == nil, errors.Is(err, ErrNotServing), errors.Is(err, ErrNotAllowed):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("ask %s for %s: %w: %w", addr, word, context.Cause(ctx), err)
	default:
		return fmt.Errorf("ask %s for %s: %w", addr, word, err)
	}
}

// reply is the answer to a word as it comes in.
type reply struct {
	net.Conn
	hangUp func()
	length int
	err    error // why it ended, if not in order
}

func send(ctx context.Context, addr, word string) (*reply, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	// A past deadline wakes whatever read or write hangs when ctx ends.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	hangUp := func() {
		stop()
		_ = conn.Close()
	}
	if _, err := io.WriteString(conn, word); err != nil {
		hangUp()
		return nil, &AnswerError{err}
	}
	return &reply{Conn: conn, hangUp: hangUp}, nil
}

// Read notes how much came and why it ended.
func (r *reply) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.length += n
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// judge says what became of an answer that was read with err.
func (r *reply) judge(err error) error {
	switch {
	case err == nil || r.err == nil:
		return err
	case r.length == 0:
		return &AnswerError{r.err}
	default:
		return fmt.Errorf("%w: cut off after %d bytes: %w", ErrUnexpected, r.length, r.err)
	}
}

// AnswerError means that the connection was accepted but no answer came. The
// kernel accepts on behalf of a frozen process, so this says nothing about the
// server except that it listens.
type AnswerError struct{ cause error }

// Error tells what happened instead of an answer.
func (e *AnswerError) Error() string { return "connected, but no answer: " + e.cause.Error() }

// Unwrap returns what happened instead of an answer.
func (e *AnswerError) Unwrap() error { return e.cause }
