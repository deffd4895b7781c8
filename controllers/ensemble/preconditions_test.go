package ensemble

import (
	"encoding/json"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Every write of every operator in every story says what it was decided on, so
// that the API server refuses it where that has changed since. What is created is
// only created.

// deletes judges the preconditions of a deletion: the object that was meant and,
// where its state was judged, its version.
func (j *judge) deletes(o client.Object, opts []client.DeleteOption) {
	j.w.Helper()
	options := client.DeleteOptions{}
	options.ApplyOptions(opts)
	kind := kindName(o)
	p := options.Preconditions
	switch {
	case p == nil || p.UID == nil || *p.UID != o.GetUID():
		j.breaks("%s %s is deleted, whichever object of that name it is now", kind, o.GetName())
	case (kind == "Pod" || kind == "PersistentVolumeClaim") && (p.ResourceVersion == nil || *p.ResourceVersion != o.GetResourceVersion()):
		j.breaks("%s %s is deleted, whatever has become of it since it was judged", kind, o.GetName())
	}
}

// evicts judges the precondition of an eviction: the Pod that was meant.
func (j *judge) evicts(o, content client.Object) {
	j.w.Helper()
	eviction, ok := content.(*policyv1.Eviction)
	if !ok || eviction.DeleteOptions == nil || eviction.DeleteOptions.Preconditions == nil ||
		eviction.DeleteOptions.Preconditions.UID == nil || *eviction.DeleteOptions.Preconditions.UID != o.GetUID() {
		j.breaks("Pod %s is evicted, whichever Pod of that name it is now", o.GetName())
	}
}

// patches judges that a patch is refused when somebody else wrote the object.
func (j *judge) patches(o client.Object, p client.Patch) {
	j.w.Helper()
	data, err := p.Data(o)
	if err != nil {
		j.w.Fatal(err)
	}
	if versionIn(data) == "" {
		j.breaks("%s %s is patched, whoever wrote it since it was read: %s", kindName(o), o.GetName(), data)
	}
}

// applies judges that an apply is for the version that was seen, or for nothing.
func (j *judge) applies(o runtime.ApplyConfiguration) {
	j.w.Helper()
	data, err := json.Marshal(o)
	if err != nil {
		j.w.Fatal(err)
	}
	if versionIn(data) == "" {
		kind, name := called(o)
		j.breaks("%s %s is applied, whoever made or wrote it since it was looked for", kind, name)
	}
}

// versionIn is the resource version that a request is for.
func versionIn(data []byte) string {
	var object struct {
		Metadata metav1.ObjectMeta `json:"metadata"`
	}
	if err := json.Unmarshal(data, &object); err != nil {
		return ""
	}
	return object.Metadata.ResourceVersion
}
