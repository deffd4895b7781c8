package workload

import (
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
)

// statefulSet runs the members of a group. Kubernetes never replaces one of them
// by itself: which member may go next is a question for the servers.
func statefulSet(in Input, g group, config string) (*appsv1ac.StatefulSetApplyConfiguration, error) {
	e := in.Ensemble
	template, err := podTemplate(in, g, config)
	if err != nil {
		return nil, err
	}
	hash, err := templateHash(in, g, config)
	if err != nil {
		return nil, err
	}
	claims, err := claims(in, g)
	if err != nil {
		return nil, err
	}
	return appsv1ac.StatefulSet(g.name, e.Namespace).
		WithLabels(g.labels()).
		WithAnnotations(map[string]string{
			templateHashAnnotation: hash,
			agentImageAnnotation:   in.AgentImage,
			versionAnnotation:      e.Spec.Version,
		}).
		WithAnnotations(held(in, g.live(in), hash)).
		WithOwnerReferences(ownerReference(e)).
		WithSpec(appsv1ac.StatefulSetSpec().
			WithReplicas(g.replicas(in)).
			WithServiceName(ServersServiceName(e.Name)).
			WithPodManagementPolicy(appsv1.ParallelPodManagement).
			WithUpdateStrategy(UpdateStrategy(g.live(in), false)).
			WithPersistentVolumeClaimRetentionPolicy(appsv1ac.StatefulSetPersistentVolumeClaimRetentionPolicy().
				WithWhenDeleted(appsv1.RetainPersistentVolumeClaimRetentionPolicyType).
				WithWhenScaled(appsv1.RetainPersistentVolumeClaimRetentionPolicyType)).
			WithSelector(g.selector()).
			WithTemplate(template).
			WithVolumeClaimTemplates(claims...)), nil
}

// applyConfiguration brings a value of the API into the form of an apply
// configuration, in which only what is set is owned.
func applyConfiguration[T any](value any) (*T, error) {
	result := new(T)
	return result, overlay(result, value)
}

// overlay puts what is set in a value of the API over what an apply
// configuration holds already.
func overlay(result, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %T: %w", value, err)
	}
	if err := json.Unmarshal(text, result); err != nil {
		return fmt.Errorf("decode %T: %w", result, err)
	}
	return nil
}
