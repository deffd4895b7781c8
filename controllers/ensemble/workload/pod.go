package workload

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/internal/member"
)

// Names of the containers.
const (
	ServerContainer = "zookeeper" // runs the server under the agent
	AgentContainer  = "agent"     // copies the agent, before the server starts
)

// SuperuserHashAnnotation is on the Pod template, so that a new super-user
// Secret makes every member outdated.
const SuperuserHashAnnotation = "zkensemble.dev/superuser-hash"

// user is the user and group of the official image.
const user = 1000

func podTemplate(in Input, g group, config string) (*corev1ac.PodTemplateSpecApplyConfiguration, error) {
	e := in.Ensemble
	spec, err := podSpec(in, g, config)
	if err != nil {
		return nil, err
	}
	labels, annotations := map[string]string{}, map[string]string{}
	maps.Copy(labels, e.Spec.Pod.Labels)
	maps.Copy(labels, g.labels())
	maps.Copy(annotations, e.Spec.Pod.Annotations)
	if in.SuperuserHash != "" {
		annotations[SuperuserHashAnnotation] = in.SuperuserHash
	}
	return corev1ac.PodTemplateSpec().WithLabels(labels).WithAnnotations(annotations).WithSpec(spec), nil
}

func podSpec(in Input, g group, config string) (*corev1ac.PodSpecApplyConfiguration, error) {
	e := in.Ensemble
	resources, err := applyConfiguration[corev1ac.ResourceRequirementsApplyConfiguration](resources(e))
	if err != nil {
		return nil, err
	}
	server, err := serverContainer(in, g, resources)
	if err != nil {
		return nil, err
	}
	security, err := podSecurity(e)
	if err != nil {
		return nil, err
	}
	spec := corev1ac.PodSpec().
		WithSecurityContext(security).
		WithAutomountServiceAccountToken(false).
		WithEnableServiceLinks(false).
		WithTerminationGracePeriodSeconds(30).
		WithInitContainers(agentContainer(in, resources)).
		WithContainers(server).
		WithVolumes(volumes(e, config)...)
	return spec, place(spec, e, g)
}

// podSecurity meets the restricted Pod security standard; each field that the
// spec sets replaces that one, and takes nothing else away.
func podSecurity(e *v1alpha1.ZooKeeperEnsemble) (*corev1ac.PodSecurityContextApplyConfiguration, error) {
	security := corev1ac.PodSecurityContext().
		WithRunAsNonRoot(true).
		WithRunAsUser(user).
		WithRunAsGroup(user).
		WithFSGroup(user).
		WithFSGroupChangePolicy(corev1.FSGroupChangeOnRootMismatch).
		WithSeccompProfile(corev1ac.SeccompProfile().WithType(corev1.SeccompProfileTypeRuntimeDefault))
	if own := e.Spec.Pod.SecurityContext; own != nil {
		return security, overlay(security, own)
	}
	return security, nil
}

func containerSecurity() *corev1ac.SecurityContextApplyConfiguration {
	return corev1ac.SecurityContext().
		WithAllowPrivilegeEscalation(false).
		WithReadOnlyRootFilesystem(true).
		WithCapabilities(corev1ac.Capabilities().WithDrop("ALL"))
}

// agentContainer only copies the agent into the Pod: the servers' image is the
// official one, unmodified. It has the server's resources, so that whatever
// quota, minimum or ratio a namespace asks for, it meets what the server meets;
// and the Pod needs no more for it, because the two never run together.
func agentContainer(in Input, resources *corev1ac.ResourceRequirementsApplyConfiguration) *corev1ac.ContainerApplyConfiguration {
	return corev1ac.Container().
		WithName(AgentContainer).
		WithImage(in.AgentImage).
		WithCommand("/"+member.Program, member.Install, member.ProgramDir).
		WithResources(resources).
		WithSecurityContext(containerSecurity()).
		WithVolumeMounts(mount(agentVolume, member.ProgramDir))
}

func serverContainer(in Input, g group, resources *corev1ac.ResourceRequirementsApplyConfiguration) (*corev1ac.ContainerApplyConfiguration, error) {
	e := in.Ensemble
	env, err := environment(e)
	if err != nil {
		return nil, err
	}
	return corev1ac.Container().
		WithName(ServerContainer).
		WithImage(image(e)).
		WithCommand(member.ProgramDir+"/"+member.Program, member.Run,
			fmt.Sprintf("--%s=%d", member.FlagIDOffset, g.idOffset),
			"--"+member.FlagHostSuffix+"="+HostSuffix(in),
			"--"+member.FlagDataDir+"="+member.DataDir,
			"--"+member.FlagLogDir+"="+logDir(e)).
		WithEnv(env...).
		WithPorts(
			containerPort(clientPort, member.ClientPort),
			containerPort(quorumPort, member.QuorumPort),
			containerPort(electionPort, member.ElectionPort),
			containerPort(agentPort, member.AgentPort)).
		WithResources(resources).
		WithSecurityContext(containerSecurity()).
		WithStartupProbe(startupProbe()).
		WithReadinessProbe(readinessProbe()).
		WithLivenessProbe(livenessProbe()).
		WithVolumeMounts(mounts(e)...), nil
}

// image is the servers' image.
func image(e *v1alpha1.ZooKeeperEnsemble) string {
	if e.Spec.Image != "" {
		return e.Spec.Image
	}
	return "docker.io/library/zookeeper:" + e.Spec.Version
}

// jmxDisable keeps zkServer.sh from opening a port for JMX, on all addresses and
// without authentication. It is the one variable that a spec may override.
const jmxDisable = "JMXDISABLE"

// environment is what the agent and zkServer.sh read, and after it what the
// spec adds.
func environment(e *v1alpha1.ZooKeeperEnsemble) ([]*corev1ac.EnvVarApplyConfiguration, error) {
	flags := append([]string{
		"-XX:+ExitOnOutOfMemoryError",
		"-Djava.security.properties=" + member.ConfigDir + "/" + member.JavaSecurity,
	}, e.Spec.JVM.Flags...)
	env := []*corev1ac.EnvVarApplyConfiguration{
		fieldVar(member.EnvPodName, "metadata.name"),
		fieldVar(member.EnvPodUID, "metadata.uid"),
		fieldVar(member.EnvPodIP, "status.podIP"),
		corev1ac.EnvVar().WithName("SERVER_JVMFLAGS").WithValue(strings.Join(flags, " ")),
		corev1ac.EnvVar().WithName("ZK_SERVER_HEAP").WithValue(fmt.Sprint(heapMiB(e))),
		corev1ac.EnvVar().WithName("ZOO_LOG_DIR").WithValue(member.ServerLogDir),
	}
	if !slices.ContainsFunc(e.Spec.Pod.Env, func(v corev1.EnvVar) bool { return v.Name == jmxDisable }) {
		env = append(env, corev1ac.EnvVar().WithName(jmxDisable).WithValue("true"))
	}
	for i := range e.Spec.Pod.Env {
		own, err := applyConfiguration[corev1ac.EnvVarApplyConfiguration](e.Spec.Pod.Env[i])
		if err != nil {
			return nil, err
		}
		env = append(env, own)
	}
	return env, nil
}

func fieldVar(name, path string) *corev1ac.EnvVarApplyConfiguration {
	return corev1ac.EnvVar().WithName(name).WithValueFrom(corev1ac.EnvVarSource().
		WithFieldRef(corev1ac.ObjectFieldSelector().WithAPIVersion("v1").WithFieldPath(path)))
}

func containerPort(name string, port int32) *corev1ac.ContainerPortApplyConfiguration {
	return corev1ac.ContainerPort().WithName(name).WithContainerPort(port).WithProtocol(corev1.ProtocolTCP)
}

// readinessProbe passes while the server leads, follows in sync, or observes.
func readinessProbe() *corev1ac.ProbeApplyConfiguration {
	return probe(member.ReadyPath).WithPeriodSeconds(5).WithTimeoutSeconds(3).WithFailureThreshold(2)
}

// livenessProbe fails only for a server that accepts connections and answers
// none, and restarts it after a minute. A lost quorum restarts nobody.
func livenessProbe() *corev1ac.ProbeApplyConfiguration {
	return probe(member.LivePath).WithPeriodSeconds(10).WithTimeoutSeconds(5).WithFailureThreshold(6)
}

// startupProbe allows a start an hour before the liveness probe counts. It asks
// whether the member is alive and not whether it is ready: members without a
// quorum are never ready, and must not be killed for that.
func startupProbe() *corev1ac.ProbeApplyConfiguration {
	return probe(member.LivePath).WithPeriodSeconds(1).WithTimeoutSeconds(5).WithFailureThreshold(3600)
}

func probe(path string) *corev1ac.ProbeApplyConfiguration {
	return corev1ac.Probe().WithHTTPGet(corev1ac.HTTPGetAction().
		WithPath(path).
		WithPort(intstr.FromString(agentPort)))
}
