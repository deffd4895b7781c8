package workload

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
)

// Annotations of the StatefulSet by which a later operator recognises what it
// would write itself.
const (
	templateHashAnnotation = "zkensemble.dev/template-hash"
	agentImageAnnotation   = "zkensemble.dev/agent-image"
	versionAnnotation      = "zkensemble.dev/version"

	heldHashAnnotation    = "zkensemble.dev/held-template-hash"
	heldImageAnnotation   = "zkensemble.dev/held-agent-image"
	heldConfigAnnotation  = "zkensemble.dev/held-config"
	heldVersionAnnotation = "zkensemble.dev/held-version"
)

// AgentImage is the image of the agent for the next Build, of voters and
// observers alike: the one that the voters' live StatefulSet was given with the
// same template, be it its newest or the last one that all members ran, and
// otherwise the operator's own. So the operator's own image never is a reason to
// restart a member, and a spec that is put back gives the very template of before.
// live may be nil.
//
// It trusts the annotations and not the template, so that an edited template is
// drift like any other.
func AgentImage(in Input, live *appsv1.StatefulSet, own string) (string, error) {
	if live == nil {
		return own, nil
	}
	hash, err := TemplateHash(in)
	if err != nil {
		return "", err
	}
	for _, pair := range [][2]string{{templateHashAnnotation, agentImageAnnotation}, {heldHashAnnotation, heldImageAnnotation}} {
		if given := live.Annotations[pair[1]]; given != "" && live.Annotations[pair[0]] == hash {
			return given, nil
		}
	}
	return own, nil
}

// held tells of the template that all members ran last, for as long as it is not the
// newest for good: its agent, its ConfigMap and its version. A change of the template
// has it remember the one before, unless that was never run by all: then what is
// remembered stays. Once all run the newest it is forgotten.
func held(in Input, live *appsv1.StatefulSet, hash string) map[string]string {
	if live == nil {
		return nil
	}
	was, remembers := live.Annotations, live.Annotations[heldHashAnnotation] != "" && live.Annotations[heldImageAnnotation] != ""
	newest := was[templateHashAnnotation]
	switch {
	case newest == hash && in.Complete && armed(live):
		return nil
	case newest != hash && newest != "" && was[agentImageAnnotation] != "" && (in.Complete || in.Served && !remembers):
		return map[string]string{
			heldHashAnnotation: newest, heldImageAnnotation: was[agentImageAnnotation],
			heldConfigAnnotation: ConfigMapOf(live), heldVersionAnnotation: was[versionAnnotation],
		}
	case !remembers:
		return nil
	}
	kept := map[string]string{}
	for _, key := range []string{heldHashAnnotation, heldImageAnnotation, heldConfigAnnotation, heldVersionAnnotation} {
		if value, ok := was[key]; ok {
			kept[key] = value
		}
	}
	return kept
}

// armed reports whether the template with which Kubernetes makes a Pod anew is the
// newest.
func armed(live *appsv1.StatefulSet) bool {
	s := &live.Status
	return s.ObservedGeneration >= live.Generation && s.UpdateRevision != "" && s.CurrentRevision == s.UpdateRevision
}

// TemplateHash tells one Pod template of the voters from the next, whichever image the agent
// comes from. Its error is Build's.
func TemplateHash(in Input) (string, error) {
	if err := Check(in.Ensemble); err != nil {
		return "", err
	}
	return templateHash(in, voters(in.Ensemble.Name), *configMap(in).Name)
}

func templateHash(in Input, g group, config string) (string, error) {
	in.AgentImage = ""
	template, err := podTemplate(in, g, config)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(template)
	if err != nil {
		return "", fmt.Errorf("encode the Pod template: %w", err)
	}
	sum := sha256.Sum256(text)
	return shortHash(sum[:]), nil
}
