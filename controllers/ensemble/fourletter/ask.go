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

// answerLimit bounds an answer. The longest, mntr with every metric, has about
// 60 KiB.
const answerLimit = 1 << 20

// A server that is not part of a quorum, and one that does not know the word,
// answer with sentences that hold these words in every version.
const (
	notServing = "not currently serving requests"
	notAllowed = "not in the whitelist"
)

// Ask sends word to the server at addr, a host:port, and returns the whole
// answer. It ends when ctx ends, whatever the server does.
func Ask(ctx context.Context, addr, word string) (string, error) {
	answer, err := exchange(ctx, addr, word)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		return "", fmt.Errorf("ask %s for %s: %w", addr, word, err)
	}
	switch {
	case len(answer) < 200 && strings.Contains(answer, notServing):
		return "", ErrNotServing
	case len(answer) < 200 && strings.Contains(answer, notAllowed):
		return "", ErrNotAllowed
	default:
		return answer, nil
	}
}

func exchange(ctx context.Context, addr, word string) (string, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	// A past deadline wakes whatever read or write hangs when ctx ends.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(conn, word); err != nil {
		return "", &AnswerError{err}
	}
	answer, err := io.ReadAll(io.LimitReader(conn, answerLimit+1))
	switch {
	case err != nil && len(answer) == 0:
		return "", &AnswerError{err}
	case err != nil:
		return "", fmt.Errorf("%w: cut off after %d bytes: %w", ErrUnexpected, len(answer), err)
	case len(answer) > answerLimit:
		return "", fmt.Errorf("%w: longer than %d bytes", ErrUnexpected, answerLimit)
	default:
		return string(answer), nil
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
