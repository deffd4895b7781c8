package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the API group and version of this package.
var GroupVersion = schema.GroupVersion{Group: "zkensemble.dev", Version: "v1alpha1"}

// Kind is the kind of the resource that describes one ensemble.
const Kind = "ZooKeeperEnsemble"

var builder = runtime.NewSchemeBuilder(func(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &ZooKeeperEnsemble{}, &ZooKeeperEnsembleList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
})

// AddToScheme makes the types of this package known to a scheme.
var AddToScheme = builder.AddToScheme
