// Package v1alpha1 is what users write and read: the ZooKeeperEnsemble
// resource, its status, and the names of its conditions and reasons.
//
// The package holds types and constants only, so that other programs can
// import it at no cost. Most defaults are applied by the operator and not by
// the schema; each is written down in the comment of its field.
//
// +kubebuilder:object:generate=true
// +groupName=zkensemble.dev
package v1alpha1

//go:generate go tool -modfile=../../go.tools.mod crd-ref-docs --log-level=WARN --source-path=. --config=../crd-ref-docs.yaml --renderer=markdown --output-path=../../docs/reference/api.md
