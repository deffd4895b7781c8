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
)

// AgentImage is the image of the agent for the next Build, of voters and
// observers alike: the one that the voters' live StatefulSet was given, as long as nothing else in the template changes,
// and otherwise the operator's own. The operator's own image never is a reason
// to restart a member. live may be nil.
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
	if given := live.Annotations[agentImageAnnotation]; given != "" && live.Annotations[templateHashAnnotation] == hash {
		return given, nil
	}
	return own, nil
}

// TemplateHash tells one Pod template of the voters from the next, whichever image the agent
// comes from. Its error is Build's.
func TemplateHash(in Input) (string, error) {
	if err := check(in.Ensemble); err != nil {
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
