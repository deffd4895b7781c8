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

	heldHashAnnotation  = "zkensemble.dev/held-template-hash"
	heldImageAnnotation = "zkensemble.dev/held-agent-image"
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

// held is which template all members ran last, with its agent, as far as the live
// StatefulSet tells: its own while all of them do, and otherwise the one that it
// remembers. Nothing is held beside the template that it is itself.
func held(in Input, live *appsv1.StatefulSet, hash string) map[string]string {
	if live == nil {
		return nil
	}
	of, image := live.Annotations[heldHashAnnotation], live.Annotations[heldImageAnnotation]
	if newest := live.Annotations[templateHashAnnotation]; in.Complete && newest != hash {
		of, image = newest, live.Annotations[agentImageAnnotation]
	}
	if of == "" || image == "" {
		return nil
	}
	return map[string]string{heldHashAnnotation: of, heldImageAnnotation: image}
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
