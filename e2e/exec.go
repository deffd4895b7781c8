package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/streaming/pkg/httpstream"
)

// execTimeout bounds one command in a Pod.
const execTimeout = 90 * time.Second

// Exec runs a command in a container and returns what it prints.
func (c *Cluster) Exec(ctx context.Context, namespace, pod, container string, stdin io.Reader, command ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, execTimeout)
	defer cancel()
	var out bytes.Buffer
	err := c.ExecTo(ctx, namespace, pod, container, stdin, &out, command...)
	return out.Bytes(), err
}

// ExecTo runs a command in a container, for as long as it takes, and writes what
// it prints.
func (c *Cluster) ExecTo(ctx context.Context, namespace, pod, container string, stdin io.Reader, stdout io.Writer, command ...string) error {
	request := c.Kube.CoreV1().RESTClient().Post().
		Resource("pods").Namespace(namespace).Name(pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{
			Container: container, Command: command,
			Stdin: stdin != nil, Stdout: true, Stderr: true,
		}, scheme.ParameterCodec)
	web, err := remotecommand.NewWebSocketExecutor(c.Config, "GET", request.URL().String())
	if err != nil {
		return fmt.Errorf("exec in %s: %w", pod, err)
	}
	spdy, err := remotecommand.NewSPDYExecutor(c.Config, "POST", request.URL())
	if err != nil {
		return fmt.Errorf("exec in %s: %w", pod, err)
	}
	executor, err := remotecommand.NewFallbackExecutor(web, spdy, httpstream.IsUpgradeFailure)
	if err != nil {
		return fmt.Errorf("exec in %s: %w", pod, err)
	}
	var problems bytes.Buffer
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: stdin, Stdout: stdout, Stderr: &problems})
	if err != nil {
		return fmt.Errorf("exec in %s: %s: %w: %s", pod, strings.Join(command, " "), err, strings.TrimSpace(problems.String()))
	}
	return nil
}
