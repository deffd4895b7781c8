package v1alpha1_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// ensemble returns the smallest valid resource, changed by the given functions.
func ensemble(changes ...func(*v1alpha1.ZooKeeperEnsemble)) *v1alpha1.ZooKeeperEnsemble {
	e := &v1alpha1.ZooKeeperEnsemble{}
	e.Name, e.Namespace = "zk", "default"
	e.Spec.Version = "3.9.5"
	for _, change := range changes {
		change(e)
	}
	return e
}

func named(name string) func(*v1alpha1.ZooKeeperEnsemble) {
	return func(e *v1alpha1.ZooKeeperEnsemble) { e.Name = name }
}

func version(version string) func(*v1alpha1.ZooKeeperEnsemble) {
	return func(e *v1alpha1.ZooKeeperEnsemble) { e.Spec.Version = version }
}

func spec(change func(*v1alpha1.ZooKeeperEnsembleSpec)) func(*v1alpha1.ZooKeeperEnsemble) {
	return func(e *v1alpha1.ZooKeeperEnsemble) { change(&e.Spec) }
}

func update(update v1alpha1.Update) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Update = update })
}

func observers(n int32) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Observers.Replicas = n })
}

func flags(flags ...string) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.JVM.Flags = flags })
}

func config(key, value string) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Config = map[string]string{key: value} })
}

func label(key string) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Labels = map[string]string{key: "x"} })
}

func annotation(key string) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Annotations = map[string]string{key: "x"} })
}

func env(names ...string) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		for _, name := range names {
			s.Pod.Env = append(s.Pod.Env, corev1.EnvVar{Name: name, Value: "x"})
		}
	})
}

func data(size, class string) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Storage.Data = volume(size, class) })
}

func log(size, class string) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		volume := volume(size, class)
		s.Storage.Log = &volume
	})
}

// access gives the volumes access modes; there is a log volume if it has one.
func access(data, log v1alpha1.AccessMode) func(*v1alpha1.ZooKeeperEnsemble) {
	return spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) {
		s.Storage.Data.AccessMode = data
		if log != "" {
			s.Storage.Log = &v1alpha1.Volume{AccessMode: log}
		}
	})
}

// volume leaves out what is empty.
func volume(size, class string) v1alpha1.Volume {
	var v v1alpha1.Volume
	if size != "" {
		v.Size = resource.MustParse(size)
	}
	if class != "" {
		v.StorageClassName = &class
	}
	return v
}

func TestCreate(t *testing.T) {
	many := func(n int, format string) []string {
		list := make([]string, 0, n)
		for i := range n {
			list = append(list, fmt.Sprintf(format, i))
		}
		return list
	}
	properties := func(n int) map[string]string {
		config := map[string]string{}
		for _, key := range many(n, "key%d") {
			config[key] = "1"
		}
		return config
	}
	cases := []struct {
		name     string
		ensemble *v1alpha1.ZooKeeperEnsemble
		refused  string // part of the message; empty when accepted
	}{
		{"nothing but a version", ensemble(), ""},
		{"a name of one letter", ensemble(named("z")), ""},
		{"a name of 40 characters", ensemble(named(strings.Repeat("z", 40))), ""},
		{"a name of 41 characters", ensemble(named(strings.Repeat("z", 41))), "longer than 40 characters"},
		{"a name with a dot", ensemble(named("z.k")), "not usable as a Service name"},
		{"a name that begins with a digit", ensemble(named("3zk")), "not usable as a Service name"},

		{"the newest 3.7", ensemble(version("3.7.2")), ""},
		{"the newest 3.8", ensemble(version("3.8.6")), ""},
		{"no version", ensemble(version(""), spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Replicas = 3 })), "spec.version: Required value"},
		{"a version of two numbers", ensemble(version("3.9.")), "use spec.image to choose a build"},
		{"a version with a suffix", ensemble(version("3.9.5-1")), "use spec.image to choose a build"},
		{"a version with a leading zero", ensemble(version("3.9.05")), "use spec.image to choose a build"},
		{"a version that is too old", ensemble(version("3.6.4")), "use the newest 3.9"},
		{"a version that is too new", ensemble(version("3.10.0")), "use the newest 3.9"},
		{"a version of another major", ensemble(version("4.9.0")), "use the newest 3.9"},

		{"an image by digest", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Image = "registry.example:5000/zookeeper@sha256:" + strings.Repeat("a", 64)
		})), ""},
		{"an image with a blank", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Image = "zoo keeper" })), "image must not hold blanks"},
		{"an image name of 513 characters", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Image = strings.Repeat("a", 513) })), "spec.image: Too long"},

		{"one voter", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Replicas = 1 })), ""},
		{"fifteen voters", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Replicas = 15 })), ""},
		{"sixteen voters", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Replicas = 16 })), "spec.replicas in body should be less than or equal to 15"},
		{"a negative number of voters", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Replicas = -1 })), "spec.replicas in body should be greater than or equal to 1"},

		{"mode Pause", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Mode = "Pause" })), ""},
		{"mode Stop", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Mode = "Stop" })), ""},
		{"a mode of another name", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Mode = "Halt" })), "spec.mode: Unsupported value"},

		{"32 observers", ensemble(observers(32)), ""},
		{"33 observers", ensemble(observers(33)), "spec.observers.replicas in body should be less than or equal to 32"},
		{"a negative number of observers", ensemble(observers(-1)), "spec.observers.replicas in body should be greater than or equal to 0"},

		{"every way to hold an update back", ensemble(update(v1alpha1.Update{
			Paused: true, Canary: 15, LeaderHandover: "QuorumPort", SettleSeconds: 3600, ProgressDeadlineSeconds: 86400,
		})), ""},
		{"the shortest deadline", ensemble(update(v1alpha1.Update{ProgressDeadlineSeconds: 30})), ""},
		{"a deadline that is too short", ensemble(update(v1alpha1.Update{ProgressDeadlineSeconds: 29})), "greater than or equal to 30"},
		{"a deadline that is too long", ensemble(update(v1alpha1.Update{ProgressDeadlineSeconds: 86401})), "less than or equal to 86400"},
		{"more canaries than members can be", ensemble(update(v1alpha1.Update{Canary: 16})), "spec.update.canary in body should be less than or equal to 15"},
		{"a negative number of canaries", ensemble(update(v1alpha1.Update{Canary: -1})), "spec.update.canary in body should be greater than or equal to 0"},
		{"a negative settling time", ensemble(update(v1alpha1.Update{SettleSeconds: -1})), "greater than or equal to 0"},
		{"a settling time that is too long", ensemble(update(v1alpha1.Update{SettleSeconds: 3601})), "less than or equal to 3600"},
		{"an unknown handover", ensemble(update(v1alpha1.Update{LeaderHandover: "Vote"})), "spec.update.leaderHandover: Unsupported value"},

		{"a config key of 256 characters", ensemble(config(strings.Repeat("k", 256), strings.Repeat("v", 4096))), ""},
		{"a config key of 257 characters", ensemble(config(strings.Repeat("k", 257), "v")), "shorten the property"},
		{"an empty config key", ensemble(config("", "v")), "shorten the property"},
		{"a config value of 4097 characters", ensemble(config("k", strings.Repeat("v", 4097))), "shorten the property"},
		{"128 properties", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Config = properties(128) })), ""},
		{"129 properties", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Config = properties(129) })), "spec.config: Too many"},

		{"64 flags", ensemble(flags(many(64, "-Dx%d=1")...)), ""},
		{"65 flags", ensemble(flags(many(65, "-Dx%d=1")...)), "spec.jvm.flags: Too many"},
		{"an empty flag", ensemble(flags("")), "at least 1 char"},
		{"a flag of 1025 characters", ensemble(flags(strings.Repeat("f", 1025))), "Too long"},
		{"two flags in one item", ensemble(flags("-Xlog:gc -Xss1m")), "write each flag as an item of its own"},
		{"-Xmx as a flag", ensemble(flags("-Xmx1g")), "use jvm.heapMiB"},
		{"-XX:MaxHeapSize as a flag", ensemble(flags("-XX:MaxHeapSize=1g")), "use jvm.heapMiB"},
		{"-XX:MaxRAMPercentage as a flag", ensemble(flags("-XX:MaxRAMPercentage=50")), "use jvm.heapMiB"},
		{"a ZooKeeper property as a flag", ensemble(flags("-Dzookeeper.skipACL=yes")), "use spec.config"},
		{"other security properties as a flag", ensemble(flags("-Djava.security.properties=/tmp/x")), "remove the flag"},
		{"jute.maxbuffer as a flag", ensemble(flags("-Djute.maxbuffer=4194304")), ""},
		{"a heap of 64 MiB", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.JVM.HeapMiB = 64 })), ""},
		{"a heap of 63 MiB", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.JVM.HeapMiB = 63 })), "greater than or equal to 64"},

		{"volumes that go with the member", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Storage.Retention = "Delete" })), ""},
		{"an unknown retention", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Storage.Retention = "Recycle" })), "spec.storage.retention: Unsupported value"},
		{"volumes of 256Mi", ensemble(data("256Mi", ""), log("256Mi", "")), ""},
		{"a data volume that is too small", ensemble(data("255Mi", "")), "use 256Mi or more"},
		{"a log volume that is too small", ensemble(log("255Mi", "")), "use 256Mi or more"},

		{"volumes for one Pod", ensemble(access("ReadWriteOncePod", "ReadWriteOncePod")), ""},
		{"volumes for one node, written out", ensemble(access("ReadWriteOnce", "")), ""},
		{"volumes for several nodes", ensemble(access("ReadWriteMany", "")), "spec.storage.data.accessMode: Unsupported value"},
		{"devices", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Pod.Resources.Claims = []corev1.ResourceClaim{{Name: "gpu"}}
		})), "remove claims"},

		{"every degree of placement", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Placement.AntiAffinity, s.Placement.ZoneSpread = "Required", "Preferred"
		})), ""},
		{"an unknown anti-affinity", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Placement.AntiAffinity = "None" })), "Unsupported value"},
		{"an unknown zone spread", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Placement.ZoneSpread = "Enabled" })), "Unsupported value"},
		{"no budget", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Disruption.Budget = "None" })), ""},
		{"an unknown budget", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Disruption.Budget = "Two" })), "Unsupported value"},
		{"no network policy", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Network.Policy = "Disabled" })), ""},
		{"an unknown network policy", ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Network.Policy = "Off" })), "Unsupported value"},

		{"own variables", ensemble(env("TZ", "LANG", "KAFKA")), ""},
		{"a variable of the start scripts", ensemble(env("TZ", "ZOO_MY_ID")), "use spec.config"},
		{"the configuration's directory", ensemble(env("ZOOCFGDIR")), "use spec.config"},
		{"the heap as a variable", ensemble(env("ZK_SERVER_HEAP")), "use spec.config"},
		{"the agent's identity as a variable", ensemble(env("POD_NAME")), "use spec.config"},
		{"flags as a variable", ensemble(env("JVMFLAGS")), "use spec.config"},
		{"server flags as a variable", ensemble(env("SERVER_JVMFLAGS")), "use spec.config"},
		{"a variable twice", ensemble(env("TZ", "TZ")), "Duplicate value"},

		{"own labels", ensemble(label("team.example/name")), ""},
		{"the component label of Kubernetes", ensemble(label("app.kubernetes.io/component")), ""},
		{"the label that selects the members", ensemble(label("zkensemble.dev/component")), "use another label"},
		{"the operator's name label", ensemble(label("app.kubernetes.io/name")), "use another label"},
		{"the operator's instance label", ensemble(label("app.kubernetes.io/instance")), "use another label"},
		{"the operator's managed-by label", ensemble(label("app.kubernetes.io/managed-by")), "use another label"},
		{"own annotations", ensemble(annotation("prometheus.io/scrape")), ""},
		{"the operator's annotation", ensemble(annotation("zkensemble.dev/superuser-hash")), "use another annotation"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			judge(t, server.Create(t.Context(), c.ensemble, client.DryRunAll), c.refused)
		})
	}
}

func TestUpdate(t *testing.T) {
	fast := "fast"
	cases := []struct {
		name     string
		old, new *v1alpha1.ZooKeeperEnsemble
		refused  string
	}{
		{"another version", ensemble(), ensemble(version("3.9.6")), ""},
		{"the default data size written out", ensemble(), ensemble(data("10Gi", "")), ""},
		{"the data size in another unit", ensemble(data("1Gi", "")), ensemble(data("1024Mi", "")), ""},
		{"the data size left out again", ensemble(data("10Gi", "")), ensemble(), ""},
		{"a larger data volume", ensemble(data("1Gi", "")), ensemble(data("1025Mi", "")), ""},
		{"a data volume larger than the default", ensemble(), ensemble(data("20Gi", "")), ""},
		{"a smaller data volume", ensemble(data("1Gi", "")), ensemble(data("1023Mi", "")), "storage.data.size cannot shrink"},
		{"a data volume smaller than the default", ensemble(), ensemble(data("9Gi", "")), "storage.data.size cannot shrink"},
		{"back from a data volume larger than the default", ensemble(data("20Gi", "")), ensemble(), "storage.data.size cannot shrink"},
		{"a data class where there was none", ensemble(), ensemble(data("", fast)), "storage.data.storageClassName cannot change"},
		{"another data class", ensemble(data("", "slow")), ensemble(data("", fast)), "storage.data.storageClassName cannot change"},
		{"the data class removed", ensemble(data("", fast)), ensemble(), "storage.data.storageClassName cannot change"},
		{"a log volume added", ensemble(), ensemble(log("", "")), "storage.log can neither be added nor removed"},
		{"the log volume removed", ensemble(log("", "")), ensemble(), "storage.log can neither be added nor removed"},
		{"the default log size written out", ensemble(log("", "")), ensemble(log("10Gi", "")), ""},
		{"a larger log volume", ensemble(log("1Gi", "")), ensemble(log("2Gi", "")), ""},
		{"a smaller log volume", ensemble(log("2Gi", "")), ensemble(log("1Gi", "")), "storage.log.size cannot shrink"},
		{"both volumes larger", ensemble(data("1Gi", ""), log("1Gi", "")), ensemble(data("2Gi", ""), log("2Gi", "")), ""},
		{"another retention", ensemble(), ensemble(spec(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Storage.Retention = "Delete" })), ""},
		{"observers added", ensemble(), ensemble(observers(3)), ""},
		{"the default access mode written out", ensemble(), ensemble(access("ReadWriteOnce", "")), ""},
		{"the default access mode left out again", ensemble(access("ReadWriteOnce", "")), ensemble(), ""},
		{"another access mode of the data", ensemble(), ensemble(access("ReadWriteOncePod", "")), "storage.data.accessMode cannot change"},
		{"the access mode of the data left out", ensemble(access("ReadWriteOncePod", "")), ensemble(), "storage.data.accessMode cannot change"},
		{"another access mode of the log", ensemble(access("", "ReadWriteOnce")), ensemble(access("", "ReadWriteOncePod")), "storage.log.accessMode cannot change"},
		{"another log class", ensemble(log("", "slow")), ensemble(log("", fast)), "storage.log.storageClassName cannot change"},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.old.Name = fmt.Sprintf("update-%d", i)
			if err := server.Create(t.Context(), c.old); err != nil {
				t.Fatal(err)
			}
			c.new.Name, c.new.ResourceVersion = c.old.Name, c.old.ResourceVersion
			judge(t, server.Update(t.Context(), c.new, client.DryRunAll), c.refused)
		})
	}
}

// TestNumbersAsSizes checks what typed clients cannot send: sizes that are
// written as bare numbers.
func TestNumbersAsSizes(t *testing.T) {
	cases := []struct{ name, size, refused string }{
		{"a number of bytes", "1073741824", ""},
		{"too few bytes", "1024", "use 256Mi or more"},
		{"no quantity at all", `"big"`, "spec.storage.data.size"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			judge(t, server.Create(t.Context(), manifest(t, `
apiVersion: zkensemble.dev/v1alpha1
kind: ZooKeeperEnsemble
metadata: {name: sizes, namespace: default}
spec:
  version: 3.9.5
  storage: {data: {size: `+c.size+`}}`), client.DryRunAll), c.refused)
		})
	}
}

// TestDefaults checks that the schema fills in what kubectl scale needs, and
// nothing else: all other defaults are the operator's.
func TestDefaults(t *testing.T) {
	e := ensemble(named("defaults"))
	if err := server.Create(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	got := e.Spec
	want := v1alpha1.ZooKeeperEnsembleSpec{Version: "3.9.5", Replicas: 3}
	if a, b := marshal(t, got), marshal(t, want); a != b {
		t.Errorf("the schema changed the spec to\n%swant\n%s", a, b)
	}
}

// TestScale scales by the subresource, as kubectl scale does.
func TestScale(t *testing.T) {
	e := ensemble(named("scale"))
	if err := server.Create(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		replicas int64
		refused  string
	}{{5, ""}, {0, "greater than or equal to 1"}} {
		scale := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"replicas": c.replicas}}}
		scale.SetAPIVersion("autoscaling/v1")
		scale.SetKind("Scale")
		judge(t, server.SubResource("scale").Update(t.Context(), e, client.WithSubResourceBody(scale)), c.refused)
	}
	if err := server.Get(t.Context(), client.ObjectKeyFromObject(e), e); err != nil {
		t.Fatal(err)
	}
	if e.Spec.Replicas != 5 {
		t.Errorf("after scaling to 5 the spec asks for %d", e.Spec.Replicas)
	}
}

// TestStatus writes a full status and reads it back, and refuses what no
// operator should write.
func TestStatus(t *testing.T) {
	e := ensemble(named("status"))
	if err := server.Create(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	e.Status = v1alpha1.ZooKeeperEnsembleStatus{
		ReadyReplicas: 1,
		Leader:        "status-0",
		Members: []v1alpha1.MemberStatus{
			{ID: 1, Ordinal: 0, Role: v1alpha1.MemberRoleVoter, Health: v1alpha1.MemberHealthServing},
			{ID: 2, Ordinal: 1, Health: v1alpha1.MemberHealthUnknown},
			{ID: 101, Ordinal: 0, Role: v1alpha1.MemberRoleObserver, Health: v1alpha1.MemberHealthServing},
		},
	}
	want := marshal(t, e.Status)
	judge(t, server.Status().Update(t.Context(), e), "")
	if got := marshal(t, e.Status); got != want {
		t.Errorf("the status came back as\n%swant\n%s", got, want)
	}
	e.Status.Members[1].ID = 1
	judge(t, server.Status().Update(t.Context(), e, &client.SubResourceUpdateOptions{}), "Duplicate value")
	e.Status.Members = []v1alpha1.MemberStatus{{ID: 1, Health: "Fine"}}
	judge(t, server.Status().Update(t.Context(), e, &client.SubResourceUpdateOptions{}), "Unsupported value")
}

// judge compares the API server's answer with the expected one.
func judge(t *testing.T, err error, refused string) {
	t.Helper()
	switch {
	case refused == "" && err != nil:
		t.Errorf("refused: %v", err)
	case refused != "" && err == nil:
		t.Errorf("accepted; it should be refused with %q", refused)
	case refused != "" && !strings.Contains(err.Error(), refused):
		t.Errorf("refused with\n%v\nwant %q", err, refused)
	}
}

func manifest(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
		t.Fatal(err)
	}
	return object
}

func marshal(t *testing.T, value any) string {
	t.Helper()
	text, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
