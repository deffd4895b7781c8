package e2e

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/onsi/ginkgo/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// Signal sends a signal to a member's JVM: KILL, STOP or CONT.
func (e *Ensemble) Signal(ctx context.Context, ordinal int, signal string) error {
	script := `found=1
for p in /proc/[0-9]*; do
  if [ "$(cat "$p/comm" 2>/dev/null)" = java ]; then kill -` + signal + ` "${p#/proc/}" && found=0; fi
done
[ $found = 0 ] || echo "no java process" >&2
exit $found`
	_, err := e.Run(ctx, ordinal, script)
	return err
}

// DeletePod deletes a member's Pod as a person would.
func (e *Ensemble) DeletePod(ctx context.Context, ordinal int) error {
	return e.cluster.Kube.CoreV1().Pods(e.Namespace).Delete(ctx, e.Member(ordinal), metav1.DeleteOptions{})
}

// AwaitNewPod waits until a member has another Pod than the given one, whose
// server container has started.
func (e *Ensemble) AwaitNewPod(ctx context.Context, old *corev1.Pod, within time.Duration) {
	Await(ctx, within, old.Name+" runs in a new Pod", func(ctx context.Context) error {
		pod := &corev1.Pod{}
		if err := e.cluster.Client.Get(ctx, client.ObjectKeyFromObject(old), pod); err != nil {
			return err
		}
		switch {
		case pod.UID == old.UID:
			return fmt.Errorf("it is still the old Pod")
		case serverStatus(pod).State.Running == nil:
			return fmt.Errorf("the Pod is %s", pod.Status.Phase)
		}
		return nil
	})
}

// Volume is one of a member's volumes, by the name of its claim template.
type Volume string

// Volumes of a member.
const (
	DataVolume      Volume = "data"
	LogVolumeOfData Volume = "log"
)

// path is where the volume is mounted.
func (v Volume) path() string {
	if v == LogVolumeOfData {
		return "/datalog"
	}
	return "/data"
}

// LoseVolumes deletes claims of a member together with its Pod, so that it
// comes back with new and empty volumes in their place.
func (e *Ensemble) LoseVolumes(ctx context.Context, ordinal int, volumes ...Volume) error {
	claims := e.cluster.Kube.CoreV1().PersistentVolumeClaims(e.Namespace)
	for _, volume := range volumes {
		if err := claims.Delete(ctx, e.claim(ordinal, volume), metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return e.DeletePod(ctx, ordinal)
}

func (e *Ensemble) claim(ordinal int, volume Volume) string {
	return string(volume) + "-" + e.Member(ordinal)
}

// ClaimUID identifies a member's present claim.
func (e *Ensemble) ClaimUID(ctx context.Context, ordinal int, volume Volume) (types.UID, error) {
	claim, err := e.cluster.Kube.CoreV1().PersistentVolumeClaims(e.Namespace).Get(ctx, e.claim(ordinal, volume), metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	return claim.UID, nil
}

// CopyDisk copies both volumes of a member out of the cluster. Under a server that
// writes the copy is what a crash would leave.
func (e *Ensemble) CopyDisk(ctx context.Context, ordinal int) ([]byte, error) {
	// What the volumes hold is copied and not their mount points, which are not
	// the server's to change when it is put back. tar ends with 1 when a file grew
	// while it was read.
	const copyOut = "cd / && find data datalog -mindepth 1 -print0 | tar -czSf - --null --no-recursion -T - || [ $? = 1 ]"
	return e.cluster.Exec(ctx, e.Namespace, e.Member(ordinal), serverContainer, nil, "sh", "-c", copyOut)
}

// RestoreDisk makes both volumes of a member what they were when they were
// copied, and replaces its Pod.
func (e *Ensemble) RestoreDisk(ctx context.Context, ordinal int, disk []byte) error {
	if err := e.cluster.putDisk(ctx, e.Namespace, e.Member(ordinal), serverContainer, disk); err != nil {
		return err
	}
	return e.DeletePod(ctx, ordinal)
}

// putDisk makes the volumes that a container has mounted what they were when they
// were copied.
func (c *Cluster) putDisk(ctx context.Context, namespace, pod, container string, disk []byte) error {
	const restore = "find /data /datalog -mindepth 1 -delete && tar -C / -xzSf -"
	_, err := c.Exec(ctx, namespace, pod, container, bytes.NewReader(disk), "sh", "-c", restore)
	return err
}

// quotaName is the name of the quota that refuses new Pods.
const quotaName = "no-new-pods"

// RefusePods lets no further Pod be created in the namespace, so that a deleted
// member stays away.
func (e *Ensemble) RefusePods(ctx context.Context) error {
	quotas := e.cluster.Kube.CoreV1().ResourceQuotas(e.Namespace)
	_, err := quotas.Create(ctx, &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: quotaName},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1")}},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return poll(ctx, 30*time.Second, "the quota is in force", func(ctx context.Context) error {
		quota, err := quotas.Get(ctx, quotaName, metav1.GetOptions{})
		switch {
		case err != nil:
			return err
		case len(quota.Status.Used) == 0:
			return fmt.Errorf("it has not counted yet")
		}
		return nil
	})
}

// AdmitPods ends RefusePods and waits until all members have Pods again. The
// StatefulSet's controller has backed off by then; a change to the Pod of the
// member that lives makes it try again at once.
func (e *Ensemble) AdmitPods(ctx context.Context, living int, within time.Duration) {
	ginkgo.GinkgoHelper()
	err := e.cluster.Kube.CoreV1().ResourceQuotas(e.Namespace).Delete(ctx, quotaName, metav1.DeleteOptions{})
	must(client.IgnoreNotFound(err))
	Await(ctx, within, "all members have Pods again", func(ctx context.Context) error {
		if err := e.nudge(ctx, living); err != nil {
			return err
		}
		for _, ordinal := range e.Ordinals() {
			if _, err := e.Pod(ctx, ordinal); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *Ensemble) nudge(ctx context.Context, ordinal int) error {
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"e2e.%s/nudged":%q}}}`, v1alpha1.GroupVersion.Group, time.Now().Format(time.RFC3339Nano))
	_, err := e.cluster.Kube.CoreV1().Pods(e.Namespace).Patch(ctx, e.Member(ordinal), types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}
