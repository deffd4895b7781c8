//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

var _ = Describe("Volumes that are cloned into another namespace", Ordered, full, func() {
	zk := Running("origin", LogVolume())

	It("never reach the ensemble that they came from, and serve under its name", Label("C5", "volumes"), func(ctx SpecContext) {
		written := got(zk.CreateZnode(ctx, 0, "/origin", "kept"))
		before, saved, from := zk.pods(ctx), zk.backUp(ctx), time.Now()

		clone := Unwatched(NewNamespace(ctx, "clone"), zk.Name, LogVolume())
		saved.restore(ctx, clone)
		must(clone.Create(ctx))
		Await(ctx, 2*time.Minute, "the status names what was found and what to do", func(ctx context.Context) error {
			return clone.mentions(ctx, zk.Host(0), "a copy is not started beside its original",
				"give the ensemble the name and the namespace that the copy was made of, or volumes that hold nothing")
		})
		for _, member := range clone.Members() {
			Await(ctx, time.Minute, member+" runs", cluster.podRuns(clone.Namespace, member))
		}
		clones := clone.addressesOfPods(ctx)
		Hold(ctx, 45*time.Second, "no server runs in a clone, and none talks to a server", func(ctx context.Context) error {
			return errors.Join(clone.idles(ctx), clone.isNot(ctx, v1alpha1.ConditionAvailable))
		})
		must(zk.allUntouched(before)(ctx))
		Expect(zk.Since(from).LeaderChanges).To(BeZero())
		zk.expectWritesWentOn(from)
		for _, ordinal := range zk.Ordinals() {
			log := got(zk.serverLog(ctx, ordinal))
			for _, address := range clones {
				Expect(log).NotTo(ContainSubstring("/"+address+":"), "the log of %s", zk.Member(ordinal))
			}
		}

		// What the status says: volumes that hold nothing.
		clone.deleteWithData(ctx)
		must(clone.startProbe(ctx))
		must(clone.Create(ctx))
		clone.AwaitReady(ctx)
		_, err := clone.GetZnode(ctx, 0, "/origin")
		Expect(err).To(MatchError(ContainSubstring("node does not exist")), "what the new ensemble knows")
		must(zk.allUntouched(before)(ctx))

		// And the name and the namespace that the copy was made of.
		zk.Retire(ctx)
		zk.awaitNoNamespace(ctx)
		must(cluster.createNamespaceOf(ctx, zk.Namespace))
		restored := Unwatched(zk.Namespace, zk.Name, LogVolume())
		saved.restore(ctx, restored)
		must(restored.Create(ctx))
		restored.AwaitReady(ctx)
		for _, ordinal := range restored.Ordinals() {
			Expect(clone.getZnodeAt(ctx, restored.clientOf(restored.Member(ordinal)), "/origin")).To(Equal(written), "through %s", restored.Member(ordinal))
		}
	}, NodeTimeout(12*time.Minute))
})

// backup is what a person saves of an ensemble.
type backup struct {
	claims map[string]corev1.PersistentVolumeClaim
	disks  [][]byte // of each voter
}

// backUp copies the volumes of all voters, one after another.
func (e *Ensemble) backUp(ctx context.Context) backup {
	GinkgoHelper()
	saved := backup{claims: got(e.claims(ctx))}
	for _, ordinal := range e.Ordinals() {
		saved.disks = append(saved.disks, got(e.CopyDisk(ctx, ordinal)))
	}
	return saved
}

// restore makes claims of the same names and labels in the namespace of an
// ensemble, and fills their volumes through a Pod each.
func (b backup) restore(ctx context.Context, into *Ensemble) {
	GinkgoHelper()
	claims, pods := cluster.Kube.CoreV1().PersistentVolumeClaims(into.Namespace), cluster.Kube.CoreV1().Pods(into.Namespace)
	for name, claim := range b.claims {
		restored := &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: claim.Labels},
			Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: claim.Spec.AccessModes, Resources: claim.Spec.Resources, StorageClassName: claim.Spec.StorageClassName,
			},
		}
		got(claims.Create(ctx, restored, metav1.CreateOptions{}))
	}
	for ordinal := range b.disks {
		got(pods.Create(ctx, into.loader(ordinal), metav1.CreateOptions{}))
	}
	for ordinal, disk := range b.disks {
		name := into.loader(ordinal).Name
		Await(ctx, 2*time.Minute, name+" runs", cluster.podRuns(into.Namespace, name))
		must(cluster.putDisk(ctx, into.Namespace, name, name, disk))
		must(pods.Delete(ctx, name, metav1.DeleteOptions{}))
	}
}

// loader is a Pod that has a voter's volumes mounted where the voter will.
func (e *Ensemble) loader(ordinal int) *corev1.Pod {
	pod := harmlessPod(e.Namespace, fmt.Sprintf("loader-%d", ordinal), "sleep", "infinity")
	for _, volume := range []Volume{DataVolume, LogVolumeOfData} {
		pod.Spec.Containers[0].VolumeMounts = append(pod.Spec.Containers[0].VolumeMounts,
			corev1.VolumeMount{Name: string(volume), MountPath: volume.path()})
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: string(volume), VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: e.claim(ordinal, volume)},
		}})
	}
	return pod
}

// idles finds nothing while no server runs in any Pod, and no Pod has or lately
// had a connection to a port of a server.
func (e *Ensemble) idles(ctx context.Context) error {
	// The third column is the address of the other end, with its port in
	// hexadecimal. A connection that was closed stays in the list for a minute.
	const look = `for p in /proc/[0-9]*; do [ "$(cat "$p/comm" 2>/dev/null)" != java ] || echo "java runs"; done
awk '$3 ~ /:(%04X|%04X|%04X|%04X)$/ { print "it talks to " $3 }' /proc/net/tcp /proc/net/tcp6`
	script := fmt.Sprintf(look, v1alpha1.ClientPort, v1alpha1.QuorumPort, v1alpha1.ElectionPort, v1alpha1.HandoverQuorumPort)
	for _, ordinal := range e.Ordinals() {
		out, err := e.Run(ctx, ordinal, script)
		if err != nil || out != "" {
			return errors.Join(err, fmt.Errorf("%s: %s", e.Member(ordinal), out))
		}
	}
	return nil
}

// addressesOfPods are the addresses that the Pods have, of which there is one for
// each member.
func (e *Ensemble) addressesOfPods(ctx context.Context) []string {
	GinkgoHelper()
	var addresses []string
	for _, pod := range e.pods(ctx) {
		addresses = append(addresses, pod.Status.PodIP)
	}
	Expect(addresses).To(HaveLen(len(e.Members())))
	Expect(slices.Contains(addresses, "")).To(BeFalse(), "a Pod without an address: %v", addresses)
	return addresses
}

// deleteWithData deletes the resource and then its volumes, and waits until they
// are gone.
func (e *Ensemble) deleteWithData(ctx context.Context) {
	GinkgoHelper()
	must(e.Delete(ctx))
	for name := range got(e.claims(ctx)) {
		must(e.cluster.Kube.CoreV1().PersistentVolumeClaims(e.Namespace).Delete(ctx, name, metav1.DeleteOptions{}))
	}
	e.awaitClaims(ctx)
}

// awaitNoNamespace deletes the namespace with everything in it.
func (e *Ensemble) awaitNoNamespace(ctx context.Context) {
	GinkgoHelper()
	namespaces := e.cluster.Kube.CoreV1().Namespaces()
	must(namespaces.Delete(ctx, e.Namespace, metav1.DeleteOptions{}))
	Await(ctx, 2*time.Minute, "namespace "+e.Namespace+" is gone", func(ctx context.Context) error {
		list, err := namespaces.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + e.Namespace})
		if err == nil && len(list.Items) > 0 {
			err = errors.New(strings.ToLower(string(list.Items[0].Status.Phase)))
		}
		return err
	})
}
