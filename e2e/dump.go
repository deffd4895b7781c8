package e2e

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// dump writes everything that may tell why a spec failed. What cannot be
// fetched is told and passed over.
func (e *Ensemble) dump(ctx context.Context, dir string) {
	tellError(os.MkdirAll(dir, 0o755))
	for name, list := range map[string]client.ObjectList{
		"ensembles": &v1alpha1.ZooKeeperEnsembleList{}, "pods": &corev1.PodList{}, "events": &corev1.EventList{},
		"statefulsets": &appsv1.StatefulSetList{}, "claims": &corev1.PersistentVolumeClaimList{},
		"configmaps": &corev1.ConfigMapList{}, "services": &corev1.ServiceList{},
		"endpoints": &discoveryv1.EndpointSliceList{}, "budgets": &policyv1.PodDisruptionBudgetList{},
		"networkpolicies": &networkingv1.NetworkPolicyList{}, "revisions": &appsv1.ControllerRevisionList{},
		"quotas": &corev1.ResourceQuotaList{},
	} {
		tellError(e.dumpList(ctx, filepath.Join(dir, name+".yaml"), list))
	}
	tellError(writeHistory(filepath.Join(dir, "whole"), e.Log.Entries()))

	var pods corev1.PodList
	tellError(e.cluster.Client.List(ctx, &pods, client.InNamespace(e.Namespace)))
	for i := range pods.Items {
		e.dumpPod(ctx, dir, &pods.Items[i])
	}
	operators, err := e.cluster.operatorPods(ctx)
	tellError(err)
	for i := range operators {
		dumpLogs(ctx, e.cluster.Kube, dir, &operators[i])
	}
}

func tellError(err error) {
	if err != nil {
		tell("dump: %v", err)
	}
}

func (e *Ensemble) dumpList(ctx context.Context, file string, list client.ObjectList) error {
	if err := e.cluster.Client.List(ctx, list, client.InNamespace(e.Namespace)); err != nil {
		return err
	}
	data, err := yaml.Marshal(list)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

// dumpPod writes a Pod's logs, and what its agent says of itself.
func (e *Ensemble) dumpPod(ctx context.Context, dir string, pod *corev1.Pod) {
	dumpLogs(ctx, e.cluster.Kube, dir, pod)
	if pod.Name == probePod {
		return
	}
	state, err := e.cluster.Kube.CoreV1().Pods(e.Namespace).
		ProxyGet("http", pod.Name, fmt.Sprint(v1alpha1.AgentPort), "state", nil).DoRaw(ctx)
	tellError(err)
	tellError(os.WriteFile(filepath.Join(dir, pod.Name+".state.json"), state, 0o644))
	files, err := e.cluster.Exec(ctx, e.Namespace, pod.Name, serverContainer, nil, "sh", "-c",
		"for d in /data /datalog; do [ -d $d ] && ls -laR --time-style=full-iso $d; done; head -50 /data/conf/zoo.cfg*")
	tellError(err)
	tellError(os.WriteFile(filepath.Join(dir, pod.Name+".files.txt"), files, 0o644))
}

// dumpLogs writes the logs of all containers of a Pod, of this and of the
// previous run. The probe's log is the history, which is written anyway.
func dumpLogs(ctx context.Context, kube kubernetes.Interface, dir string, pod *corev1.Pod) {
	statuses := append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...)
	for _, status := range statuses {
		file := filepath.Join(dir, pod.Name+"."+status.Name)
		tellError(dumpLog(ctx, kube, file+".log", pod, corev1.PodLogOptions{Container: status.Name}))
		if status.RestartCount > 0 {
			tellError(dumpLog(ctx, kube, file+".previous.log", pod, corev1.PodLogOptions{Container: status.Name, Previous: true}))
		}
	}
}

func dumpLog(ctx context.Context, kube kubernetes.Interface, file string, pod *corev1.Pod, options corev1.PodLogOptions) error {
	stream, err := kube.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &options).Stream(ctx)
	if err != nil {
		return fmt.Errorf("log of %s: %w", pod.Name, err)
	}
	defer stream.Close()
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, stream)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	return err
}

// RemoveLeftovers deletes the namespaces of earlier runs that were cut short.
func (c *Cluster) RemoveLeftovers(ctx context.Context) error {
	namespaces, err := c.Kube.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: namespaceLabel})
	if err != nil {
		return fmt.Errorf("list the namespaces of earlier runs: %w", err)
	}
	for _, ns := range namespaces.Items {
		if ns.DeletionTimestamp != nil {
			continue
		}
		if err := c.Kube.CoreV1().Namespaces().Delete(ctx, ns.Name, metav1.DeleteOptions{}); err != nil {
			return fmt.Errorf("delete the namespace of an earlier run: %w", err)
		}
	}
	return nil
}
