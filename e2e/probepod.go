package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/e2e/history"
)

const (
	probePod  = "probe"
	probePath = "/probe/probe"
	// probePatience is how long a broken log stream is resumed before the
	// history counts as incomplete.
	probePatience = 15 * time.Second
)

// probeBinary is the file that BuildProbe made.
var probeBinary string

// BuildProbe builds the probe for the nodes of the cluster and returns its
// file.
func BuildProbe(ctx context.Context, dir string) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "probe")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, "./e2e/probe")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the probe: %w: %s", err, out)
	}
	return file, nil
}

// startProbe starts the probe beside the ensemble.
func (e *Ensemble) startProbe(ctx context.Context) error {
	return e.startVisitor(ctx, probePod, append([]string{"run"}, e.addresses(e.Known())...)...)
}

// startVisitor starts a Pod beside the ensemble that runs the probe's binary. It
// runs the servers' image, which every node has, and gets the binary by exec: so
// no image has to be built or loaded.
func (e *Ensemble) startVisitor(ctx context.Context, name string, args ...string) error {
	if _, err := e.cluster.Kube.CoreV1().Pods(e.Namespace).Create(ctx, e.visitor(name, args), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create the Pod %s: %w", name, err)
	}
	if err := poll(ctx, time.Minute, name+" runs", e.cluster.podRuns(e.Namespace, name)); err != nil {
		return fmt.Errorf("start the Pod %s: %w", name, err)
	}
	binary, err := os.ReadFile(probeBinary)
	if err != nil {
		return fmt.Errorf("read the probe's binary: %w", err)
	}
	const receive = "cat > " + probePath + ".part && chmod 755 " + probePath + ".part && mv " + probePath + ".part " + probePath
	_, err = e.cluster.Exec(ctx, e.Namespace, name, name, bytes.NewReader(binary), "sh", "-c", receive)
	return err
}

// podRuns finds nothing once a Pod of the suite runs.
func (c *Cluster) podRuns(namespace, name string) func(context.Context) error {
	return func(ctx context.Context) error {
		pod, err := c.Kube.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
		switch {
		case err != nil:
			return err
		case pod.Status.Phase != corev1.PodRunning:
			return fmt.Errorf("it is %s", pod.Status.Phase)
		}
		return nil
	}
}

// visitor is a Pod that waits for the probe's binary and runs it. It runs on a
// control-plane node if it can, where no spec takes its node away.
func (e *Ensemble) visitor(name string, args []string) *corev1.Pod {
	pod := harmlessPod(e.Namespace, name, append([]string{
		"sh", "-c", "until [ -x " + probePath + " ]; do sleep 0.1; done; exec " + probePath + ` "$@"`, "probe",
	}, args...)...)
	pod.Spec.Tolerations = []corev1.Toleration{{Key: "node-role.kubernetes.io/control-plane", Operator: corev1.TolerationOpExists}}
	pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{
			Weight: 100,
			Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{
				Key: "node-role.kubernetes.io/control-plane", Operator: corev1.NodeSelectorOpExists,
			}}},
		}},
	}}
	pod.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: probePod, MountPath: filepath.Dir(probePath)}}
	pod.Spec.Volumes = []corev1.Volume{{Name: probePod, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	return pod
}

// harmlessPod is a Pod with one container of its name that runs a command in the
// servers' image. It keeps to the restricted standard.
func harmlessPod(namespace, name string, command ...string) *corev1.Pod {
	yes, no, user := true, false, int64(1000)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{"app.kubernetes.io/name": "e2e-" + name}},
		Spec: corev1.PodSpec{
			RestartPolicy:                 corev1.RestartPolicyNever,
			AutomountServiceAccountToken:  &no,
			EnableServiceLinks:            &no,
			TerminationGracePeriodSeconds: new(int64),
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: &yes, RunAsUser: &user, RunAsGroup: &user, FSGroup: &user,
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{
				Name: name, Image: "docker.io/library/zookeeper:" + zookeeperVersion, Command: command,
				Resources: corev1.ResourceRequirements{
					Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("20m"), corev1.ResourceMemory: resource.MustParse("32Mi")},
					Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("256Mi")},
				},
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes,
					Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
		},
	}
}

// addresses are members as the probe takes them.
func (e *Ensemble) addresses(members []string) []string {
	var out []string
	for _, name := range members {
		out = append(out, name+"="+e.clientOf(name))
	}
	return out
}

// followProbe adds the probe's output to the history until the context ends. A
// broken stream is read again from its beginning: the entries are numbered.
func (e *Ensemble) followProbe(ctx context.Context) {
	heard := time.Now()
	for ctx.Err() == nil {
		n, err := e.readProbe(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case n > 0:
			heard = time.Now()
		case time.Since(heard) > probePatience:
			e.Log.Add(history.Entry{Kind: history.Trouble, Text: fmt.Sprintf("the probe's log cannot be read: %v", err)})
			heard = time.Now()
		}
		select {
		case <-ctx.Done():
		case <-time.After(pollPace):
		}
	}
}

// readProbe reads the probe's log to its end and returns the number of its
// entries that were new.
func (e *Ensemble) readProbe(ctx context.Context) (added int, err error) {
	stream, err := e.cluster.Kube.CoreV1().Pods(e.Namespace).
		GetLogs(probePod, &corev1.PodLogOptions{Follow: true}).Stream(ctx)
	if err != nil {
		return 0, err
	}
	defer stream.Close()
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return added, err
		}
		fresh, err := e.Log.AddFromProbe(line)
		if err != nil {
			e.Log.Add(history.Entry{Kind: history.Trouble, Text: err.Error()})
			return added, err
		}
		if fresh {
			added++
		}
	}
}

// askProbe runs the probe's binary once more, with other arguments.
func (e *Ensemble) askProbe(ctx context.Context, args ...string) ([]byte, error) {
	return e.cluster.Exec(ctx, e.Namespace, probePod, probePod, nil, append([]string{probePath}, args...)...)
}

// audit reads every acknowledged record through every member and adds the
// results to the history.
func (e *Ensemble) audit(ctx context.Context) error {
	members := e.Members()
	args := append([]string{"audit", strconv.FormatInt(e.Log.Acknowledged(), 10)}, e.addresses(members)...)
	out, err := e.askProbe(ctx, args...)
	if err != nil {
		return fmt.Errorf("read every record: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(out))
	for range members {
		var entry history.Entry
		if err := decoder.Decode(&entry); err != nil {
			return errors.Join(errors.New("read every record: an answer is missing"), err)
		}
		entry.Seq = 0
		e.Log.Add(entry)
	}
	return nil
}

// CreateZnode makes a znode through one member.
func (e *Ensemble) CreateZnode(ctx context.Context, ordinal int, path, data string) (history.Znode, error) {
	return e.znode(ctx, "create", e.clientOf(e.Member(ordinal)), path, data)
}

// GetZnode reads a znode through one member.
func (e *Ensemble) GetZnode(ctx context.Context, ordinal int, path string) (history.Znode, error) {
	return e.getZnode(ctx, e.Member(ordinal), path)
}

func (e *Ensemble) getZnode(ctx context.Context, member, path string) (history.Znode, error) {
	return e.getZnodeAt(ctx, e.clientOf(member), path)
}

// getZnodeAt reads a znode through any server, also of another ensemble.
func (e *Ensemble) getZnodeAt(ctx context.Context, server, path string) (history.Znode, error) {
	return e.znode(ctx, "get", server, path)
}

// Trespass tries to remove a member as a client without the right to, and
// returns what each way was answered with.
func (e *Ensemble) Trespass(ctx context.Context, through, leaving int) ([]history.Attempt, error) {
	out, err := e.askProbe(ctx, "trespass", e.clientOf(e.Member(through)), strconv.Itoa(leaving+1))
	if err != nil {
		return nil, err
	}
	return decodeAll[history.Attempt](out)
}

// decodeAll reads what the probe printed, one value after another.
func decodeAll[T any](printed []byte) ([]T, error) {
	var all []T
	decoder := json.NewDecoder(bytes.NewReader(printed))
	for decoder.More() {
		var one T
		if err := decoder.Decode(&one); err != nil {
			return nil, fmt.Errorf("read %q: %w", printed, err)
		}
		all = append(all, one)
	}
	return all, nil
}

func (e *Ensemble) znode(ctx context.Context, args ...string) (history.Znode, error) {
	var znode history.Znode
	out, err := e.askProbe(ctx, args...)
	if err != nil {
		return znode, err
	}
	if err := json.Unmarshal(out, &znode); err != nil {
		return znode, fmt.Errorf("%v: %q: %w", args, out, err)
	}
	return znode, nil
}
