package workload_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// template is the Pod template of the voters that a spec gives.
func template(t *testing.T, in workload.Input) corev1.PodTemplateSpec {
	t.Helper()
	objects, err := workload.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	return liveSet(t, objects.StatefulSet).Spec.Template
}

// TestEveryContainerHasTheServersResources holds the Pod to one answer: what a
// quota, a minimum or a ratio says of the server, it says of the Pod.
func TestEveryContainerHasTheServersResources(t *testing.T) {
	t.Parallel()
	list := func(cpu, memory string) corev1.ResourceList {
		l := corev1.ResourceList{}
		for name, size := range map[corev1.ResourceName]string{corev1.ResourceCPU: cpu, corev1.ResourceMemory: memory} {
			if size != "" {
				l[name] = resource.MustParse(size)
			}
		}
		return l
	}
	for name, asked := range map[string]corev1.ResourceRequirements{
		"nothing asked":             {},
		"a quota on everything":     {Requests: list("1", "2Gi"), Limits: list("2", "2Gi")},
		"a ratio of one":            {Requests: list("1", "1Gi"), Limits: list("1", "1Gi")},
		"no limit":                  {Requests: list("", "2Gi")},
		"something else altogether": {Limits: corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("1Gi")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pod := template(t, input(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.Resources = asked })).Spec
			for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
				if diff := cmp.Diff(pod.Containers[0].Resources, c.Resources); diff != "" {
					t.Errorf("container %s (-server +it):\n%s", c.Name, diff)
				}
			}
		})
	}
}

// TestSecurityContextIsMerged sets each field of a Pod's security context alone:
// every other one keeps its safe default.
func TestSecurityContextIsMerged(t *testing.T) {
	t.Parallel()
	safe := fields(t, template(t, input()).Spec.SecurityContext)
	number, truth := int64(2000), true
	always, strict := corev1.FSGroupChangeAlways, corev1.SupplementalGroupsPolicyStrict
	recursive := corev1.SELinuxChangePolicyRecursive
	for name, own := range map[string]corev1.PodSecurityContext{
		"nothing":                  {},
		"runAsUser":                {RunAsUser: &number},
		"runAsGroup":               {RunAsGroup: &number},
		"runAsNonRoot":             {RunAsNonRoot: &truth},
		"fsGroup":                  {FSGroup: &number},
		"fsGroupChangePolicy":      {FSGroupChangePolicy: &always},
		"seccompProfile":           {SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined}},
		"supplementalGroups":       {SupplementalGroups: []int64{number}},
		"supplementalGroupsPolicy": {SupplementalGroupsPolicy: &strict},
		"seLinuxOptions":           {SELinuxOptions: &corev1.SELinuxOptions{Level: "s0"}},
		"seLinuxChangePolicy":      {SELinuxChangePolicy: &recursive},
		"sysctls":                  {Sysctls: []corev1.Sysctl{{Name: "net.core.somaxconn", Value: "1"}}},
		"appArmorProfile":          {AppArmorProfile: &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeRuntimeDefault}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := maps.Clone(safe)
			maps.Copy(want, fields(t, &own))
			got := fields(t, template(t, input(func(s *v1alpha1.ZooKeeperEnsembleSpec) { s.Pod.SecurityContext = &own })).Spec.SecurityContext)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// fields are what is set in a security context.
func fields(t *testing.T, c *corev1.PodSecurityContext) map[string]any {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]any{}
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	return set
}

// TestSafePropertiesAreAlwaysWritten holds every zoo.cfg to the values without
// which the promises about data and reconfiguration do not hold: a system
// property has no effect where zoo.cfg has the key.
func TestSafePropertiesAreAlwaysWritten(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]workload.Input{"default": input(), "everything": input(everything), "least": input(least)} {
		objects, err := workload.Build(in)
		if err != nil {
			t.Fatal(err)
		}
		properties, err := zkconfig.Parse(objects.ConfigMap.Data["zoo.cfg"])
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]string{
			"db.autocreate": "false", "skipACL": "no", "forceSync": "yes", "snapshot.trust.empty": "false", "reconfigEnabled": "true",
		} {
			if got, _ := properties.Get(key); got != want {
				t.Errorf("%s: %s is %q, want %q", name, key, got, want)
			}
		}
	}
}

// instanceLabel is the mark by which a tool that delivers applications knows
// what is part of one.
const instanceLabel = "app.kubernetes.io/instance"

// TestNoObjectIsMarkedAsDelivered looks at every object that there is because of
// an ensemble, those that Kubernetes makes from templates included: none carries
// the mark of those that somebody delivered, because what was not delivered and
// has it is deleted.
func TestNoObjectIsMarkedAsDelivered(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]workload.Input{"default": input(), "everything": input(everything), "least": input(least)} {
		for what, o := range everyObject(t, in) {
			if value, marked := o.Labels[instanceLabel]; marked {
				t.Errorf("%s: %s is labelled %s=%s", name, what, instanceLabel, value)
			}
		}
	}
}

// TestClaimsAreKnownByTheirLabels holds the volume claim templates, which never
// change, to the labels by which a claim is this ensemble's, and to no others.
func TestClaimsAreKnownByTheirLabels(t *testing.T) {
	t.Parallel()
	objects, err := workload.Build(input(everything))
	if err != nil {
		t.Fatal(err)
	}
	for component, set := range map[string]*appsv1ac.StatefulSetApplyConfiguration{"server": objects.StatefulSet, "observer": objects.Observers} {
		want := map[string]string{
			"app.kubernetes.io/managed-by": "zookeeper-operator", // the cache holds nothing else
			"zkensemble.dev/ensemble":      "zk",
			"zkensemble.dev/component":     component,
		}
		for _, claim := range liveSet(t, set).Spec.VolumeClaimTemplates {
			if diff := cmp.Diff(want, claim.Labels); diff != "" {
				t.Errorf("the %s claims of group %s (-want +got):\n%s", claim.Name, component, diff)
			}
		}
	}
}

// everyObject are the objects of an ensemble by what they are, with what the
// StatefulSets make Pods and claims from.
func everyObject(t *testing.T, in workload.Input) map[string]object {
	t.Helper()
	built, err := workload.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	e := in.Ensemble
	all := map[string]object{}
	for kind, o := range map[string]any{
		"ConfigMap": built.ConfigMap, "Service": built.ServersService, "Service ": built.ClientService, "NetworkPolicy": built.NetworkPolicy,
		"StatefulSet": built.StatefulSet, "StatefulSet ": built.Observers, "PodDisruptionBudget": built.Budget, "PodDisruptionBudget ": built.ObserversBudget,
		"Secret":      workload.SuperuserSecret(e, workload.NewSuperuser()),
		"ConfigMap ":  workload.FormationRecord(e, member.FormationOpen, workload.FormationMembership(in)),
		"ConfigMap  ": workload.MembersRecord(e, workload.FormationMembership(in)),
	} {
		collect(t, all, strings.TrimSpace(kind), o)
	}
	return all
}

// object is what is told of an object in its metadata.
type object struct {
	Kind   string            `json:"-"` // empty for what is no object yet
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

// collect takes the metadata of an object, if there is one, and of the templates
// in it.
func collect(t *testing.T, all map[string]object, kind string, o any) {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var parts struct {
		Metadata object `json:"metadata"`
		Spec     struct {
			Template             struct{ Metadata object }
			VolumeClaimTemplates []struct{ Metadata object }
		} `json:"spec"`
	}
	if err := json.Unmarshal(text, &parts); err != nil {
		t.Fatal(err)
	}
	if parts.Metadata.Name == "" {
		return
	}
	name := kind + " " + parts.Metadata.Name
	parts.Metadata.Kind = kind
	all[name] = parts.Metadata
	all[name+": Pods"] = parts.Spec.Template.Metadata
	for _, claim := range parts.Spec.VolumeClaimTemplates {
		all[name+": claims "+claim.Metadata.Name] = claim.Metadata
	}
}
