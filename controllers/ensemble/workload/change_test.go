package workload_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
)

// TestCheckVersion judges a version by those that run, in the middle of a roll
// by both.
func TestCheckVersion(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		from    []string
		to      string
		refused string
	}{
		{"nothing runs yet", nil, "3.7.2", ""},
		{"the version that runs", []string{"3.9.5"}, "3.9.5", ""},
		{"the next line", []string{"3.7.2"}, "3.8.6", ""},
		{"one line back", []string{"3.9.5"}, "3.8.6", ""},
		{"a line left out", []string{"3.7.2"}, "3.9.5", "spec.version: Invalid value: \"3.9.5\": cannot follow 3.7.2, which runs: only neighbouring lines were ever tested together: go to 3.8 first"},
		{"two lines back", []string{"3.9.5"}, "3.7.2", "go to 3.8 first"},
		{"on before the roll to the line below is over", []string{"3.8.6", "3.7.2", "3.8.6"}, "3.9.5", "cannot follow 3.7.2"},
		{"back from the middle of a roll", []string{"3.8.6", "3.7.2", "3.7.2"}, "3.7.2", ""},
		{"from a build that says no version", []string{"nightly", ""}, "3.9.5", ""},
		{"from a line that nobody knows", []string{"3.4.14"}, "3.7.2", "nothing is known about ZooKeeper 3.4.14"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			judge(t, workload.CheckVersion(c.from, c.to), c.refused)
		})
	}
}

// TestCheckConfigChange judges properties by those that run.
func TestCheckConfigChange(t *testing.T) {
	t.Parallel()
	config := func(pairs ...string) func(*v1alpha1.ZooKeeperEnsembleSpec) {
		return func(s *v1alpha1.ZooKeeperEnsembleSpec) {
			s.Config = map[string]string{}
			for i := 0; i < len(pairs); i += 2 {
				s.Config[pairs[i]] = pairs[i+1]
			}
		}
	}
	withLog := func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Storage.Log = &v1alpha1.Volume{} }
	cases := []struct {
		name          string
		before, after func(*v1alpha1.ZooKeeperEnsembleSpec)
		refused       string
	}{
		{"nothing", config(), config(), ""},
		{"everything the same", everything, everything, ""},
		{"a property that a restart brings in", config(), config("snapCount", "50000", "tickTime", "3000"), ""},
		{"a property taken out", config("snapCount", "50000"), config(), ""},
		{"the log moved to another volume", config(), withLog, "spec.storage.log: Invalid value: \"/datalog\": cannot change from \"/data\": Moved without its log files"},
		{"a property that no roll can change", config(), config("emulate353TTLNodes", "true"), "spec.config[emulate353TTLNodes]"},
		{"such a property written out as it was", config(), config("emulate353TTLNodes", "false"), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			judge(t, workload.CheckConfigChange(configMap(t, input(c.before)), input(c.after).Ensemble), c.refused)
		})
	}
	t.Run("properties that cannot be read", func(t *testing.T) {
		t.Parallel()
		broken := &corev1.ConfigMap{Data: map[string]string{"zoo.cfg": `a=\u12`}}
		broken.Name = "zk-config-x"
		judge(t, workload.CheckConfigChange(broken, input().Ensemble), "ConfigMap zk-config-x")
	})
}

// configMap is the ConfigMap of an input as the API server would hold it.
func configMap(t *testing.T, in workload.Input) *corev1.ConfigMap {
	t.Helper()
	objects, err := workload.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	config := &corev1.ConfigMap{Data: objects.ConfigMap.Data}
	config.Name = *objects.ConfigMap.Name
	return config
}

// judge compares an error with what it should say; empty when there should be
// none.
func judge(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && err == nil:
		t.Errorf("accepted; it should be refused with %q", want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("refused with\n%v\nwant %q", err, want)
	}
}
