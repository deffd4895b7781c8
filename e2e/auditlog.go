package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

// auditReader reads the API server's audit log, through the kubelet of the
// control-plane node, from where it stopped the last time.
type auditReader struct {
	of     string // namespace of the operator, "" for that of the first
	node   string
	offset int64
	rest   []byte // a line that was not complete yet
}

// auditEvent is the part of an audit event that tells who wrote what.
type auditEvent struct {
	Stage string `json:"stage"`
	Verb  string `json:"verb"`
	User  struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	At metav1.MicroTime `json:"requestReceivedTimestamp"`
}

// isWriteBy reports whether the event is the one record of a write request of
// a service account of a namespace. Leases are not counted: holding one means
// writing it.
func (a *auditEvent) isWriteBy(namespace string) bool {
	if a.Stage != "ResponseComplete" || a.ObjectRef.Resource == "leases" {
		return false
	}
	switch a.Verb {
	case "create", "update", "patch", "delete", "deletecollection":
		return strings.HasPrefix(a.User.Username, "system:serviceaccount:"+namespace+":")
	}
	return false
}

func (a *auditEvent) String() string {
	what := a.ObjectRef.Resource
	if a.ObjectRef.Subresource != "" {
		what += "/" + a.ObjectRef.Subresource
	}
	return fmt.Sprintf("%s %s %s, answered %d", a.Verb, what, a.ObjectRef.Name, a.ResponseStatus.Code)
}

// begin finds the control-plane node and goes to the present end of its log.
func (r *auditReader) begin(ctx context.Context, c *Cluster) error {
	nodes, err := c.Kube.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: "node-role.kubernetes.io/control-plane"})
	if err != nil {
		return fmt.Errorf("find the control-plane node: %w", err)
	}
	if len(nodes.Items) != 1 {
		return fmt.Errorf("there are %d control-plane nodes, and one audit log is read", len(nodes.Items))
	}
	r.node = nodes.Items[0].Name
	r.offset, err = r.size(ctx, c)
	return err
}

// size is the present length of the log, which the answer to a request for its
// last byte tells.
func (r *auditReader) size(ctx context.Context, c *Cluster) (int64, error) {
	response, err := r.request(ctx, c, "bytes=-1")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	span := response.Header.Get("Content-Range")
	_, total, ok := strings.Cut(span, "/")
	if response.StatusCode != http.StatusPartialContent || !ok {
		return 0, fmt.Errorf("audit log: %s, Content-Range %q", response.Status, span)
	}
	return strconv.ParseInt(total, 10, 64)
}

// read returns the operator's write requests in a namespace since the last
// call. Requests are on record within moments of their answer.
func (r *auditReader) read(ctx context.Context, c *Cluster, namespace string) ([]history.Entry, error) {
	fresh, err := r.tail(ctx, c)
	if err != nil {
		return nil, err
	}
	lines := bytes.Split(append(r.rest, fresh...), []byte("\n"))
	r.rest = bytes.Clone(lines[len(lines)-1])
	var out []history.Entry
	for _, line := range lines[:len(lines)-1] {
		var event auditEvent
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("audit log: line %q: %w", line, err)
		}
		if event.ObjectRef.Namespace == namespace && event.isWriteBy(cmp.Or(r.of, operatorNamespace)) {
			out = append(out, history.Entry{At: event.At.Time, Kind: history.Wrote, Text: event.String()})
		}
	}
	return out, nil
}

// tail returns what was added to the log. A log that became shorter was
// rotated and is read from its beginning.
func (r *auditReader) tail(ctx context.Context, c *Cluster) ([]byte, error) {
	response, err := r.request(ctx, c, fmt.Sprintf("bytes=%d-", r.offset))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	switch response.StatusCode {
	case http.StatusPartialContent:
		r.offset += int64(body.Len())
		return body.Bytes(), nil
	case http.StatusRequestedRangeNotSatisfiable:
		return nil, r.rewind(ctx, c)
	}
	return nil, fmt.Errorf("audit log: %s: %s", response.Status, body.String())
}

// rewind starts over when the log is shorter than what was read of it.
func (r *auditReader) rewind(ctx context.Context, c *Cluster) error {
	size, err := r.size(ctx, c)
	if err != nil {
		return err
	}
	if size < r.offset {
		r.offset, r.rest = 0, nil
	}
	return nil
}

func (r *auditReader) request(ctx context.Context, c *Cluster, span string) (*http.Response, error) {
	url := c.Kube.CoreV1().RESTClient().Get().AbsPath("/api/v1/nodes", r.node, "proxy/logs", auditLog).URL()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	request.Header.Set("Range", span)
	response, err := c.HTTP.Do(request)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return response, nil
}
