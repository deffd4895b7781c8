package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/lint"
)

// manifestFile is the part of a configuration that a manifest is, and specRule
// the rule of everything in it that is no property of zoo.cfg.
const (
	manifestFile lint.File = "manifest"
	specRule     lint.Rule = "spec"
)

var (
	apiVersionLine = regexp.MustCompile(`(?m)^\x{FEFF}?[ \t{-]*"?apiVersion"?[ \t]*:[ \t]*\S`)
	kindLine       = regexp.MustCompile(`\bkind"?[ \t]*:[ \t]*\S`)
)

// isManifest reports whether a text is a Kubernetes manifest, which no zoo.cfg
// can be taken for.
func isManifest(text string) bool {
	return apiVersionLine.MatchString(text) && kindLine.MatchString(text)
}

// lintManifest judges every ZooKeeperEnsemble of a manifest as the operator
// would once it is applied.
func lintManifest(name, text string) (report, error) {
	ensembles, err := ensemblesIn(text)
	if err != nil && strings.Contains(text, "{{") {
		return report{}, fmt.Errorf("%s is the template of a Kubernetes manifest; check what is made from it, as in: helm template CHART | kubectl zk lint -f -", name)
	}
	if err != nil {
		return report{}, fmt.Errorf("%s is a Kubernetes manifest that cannot be read: %w", name, err)
	}
	if len(ensembles) == 0 {
		return report{}, fmt.Errorf("%s is a Kubernetes manifest, not a zoo.cfg, and holds no ZooKeeperEnsemble", name)
	}
	var findings []lint.Finding
	versions := map[string]bool{}
	for _, node := range ensembles {
		ensemble := manifestEnsemble{node: node}
		ensemble.check()
		findings = append(findings, ensemble.findings...)
		versions[ensemble.spec.Spec.Version] = true
	}
	slices.SortStableFunc(findings, func(a, b lint.Finding) int { return a.Line - b.Line })
	sources := map[lint.File]source{manifestFile: newSource(name, text)}
	return newReport(sources, strings.Join(slices.Sorted(maps.Keys(versions)), ", "), findings), nil
}

// ensemblesIn returns the ensembles of all documents, those in lists included.
func ensemblesIn(text string) ([]*yamlv3.Node, error) {
	var found []*yamlv3.Node
	documents := yamlv3.NewDecoder(bytes.NewReader([]byte(text)))
	for {
		var document yamlv3.Node
		err := documents.Decode(&document)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		if len(document.Content) == 1 {
			found = append(found, ensemblesOf(document.Content[0])...)
		}
	}
}

func ensemblesOf(object *yamlv3.Node) []*yamlv3.Node {
	if _, items := child(object, "items"); items != nil {
		found := make([]*yamlv3.Node, 0, len(items.Content))
		for _, item := range items.Content {
			found = append(found, ensemblesOf(item)...)
		}
		return found
	}
	_, apiVersion := child(object, "apiVersion")
	_, kind := child(object, "kind")
	if apiVersion == nil || kind == nil || kind.Value != "ZooKeeperEnsemble" || !strings.HasPrefix(apiVersion.Value, v1alpha1.GroupVersion.Group+"/") {
		return nil
	}
	return []*yamlv3.Node{object}
}

// child returns the key and the value of a field.
func child(object *yamlv3.Node, name string) (key, value *yamlv3.Node) {
	if object.Kind == yamlv3.AliasNode {
		object = object.Alias
	}
	if object.Kind != yamlv3.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(object.Content); i += 2 {
		if object.Content[i].Value == name {
			return object.Content[i], object.Content[i+1]
		}
	}
	return nil, nil
}

// manifestEnsemble is one ensemble of a manifest, and what is wrong with it.
type manifestEnsemble struct {
	node     *yamlv3.Node
	spec     v1alpha1.ZooKeeperEnsemble
	findings []lint.Finding
}

func (m *manifestEnsemble) check() {
	m.checkConfigIsText()
	if !m.decode() || !m.checkVersion() {
		return
	}
	m.checkReplicas()
	for _, finding := range workload.ConfigFindings(&m.spec) {
		key := "spec.config"
		if finding.Key != "" {
			key += "[" + finding.Key + "]"
		}
		finding.File, finding.Key, finding.Line = manifestFile, key, m.line(key)
		m.findings = append(m.findings, finding)
	}
	m.checkAsOperator()
}

// checkConfigIsText reports the properties that YAML takes for a number or a
// boolean, and makes texts of them, so that the rest can be judged.
func (m *manifestEnsemble) checkConfigIsText() {
	_, spec := child(m.node, "spec")
	if spec == nil {
		return
	}
	_, config := child(spec, "config")
	if config == nil || config.Kind != yamlv3.MappingNode {
		return
	}
	for i := 0; i+1 < len(config.Content); i += 2 {
		key, value := config.Content[i].Value, config.Content[i+1]
		if value.Kind != yamlv3.ScalarNode || isText(value) {
			continue
		}
		fix := fmt.Sprintf("Write %s: %q.", key, value.Value)
		if value.Value == "" {
			fix = "Write a value in quotes, or remove the line."
		}
		m.report(lint.Error, "spec.config["+key+"]", "Values are texts, and the API server refuses a number, a boolean or nothing.", fix)
		value.Tag, value.Style = "", yamlv3.DoubleQuotedStyle
	}
}

// isText reports whether a value is a text to kubectl, whose YAML is older than
// that of the node: yes and no are booleans to it.
func isText(value *yamlv3.Node) bool {
	text, err := yamlv3.Marshal(value)
	var v any
	if err == nil {
		err = yaml.Unmarshal(text, &v)
	}
	_, is := v.(string)
	return err == nil && is
}

// decode reads the resource as the API server does: fields have exactly one
// spelling, and numbers are no texts.
func (m *manifestEnsemble) decode() bool {
	text, err := yamlv3.Marshal(m.node)
	if err == nil {
		text, err = yaml.YAMLToJSONStrict(text)
	}
	var unknown []error
	if err == nil {
		unknown, err = kjson.UnmarshalStrict(text, &m.spec)
	}
	if err != nil {
		unknown = append(unknown, err)
	}
	for _, err := range unknown {
		path := ""
		if wrong, ok := errors.AsType[kjson.FieldError](err); ok {
			path = wrong.FieldPath()
		} else if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			path = wrong.Field
			err = fmt.Errorf("%s where %s is expected", wrong.Value, wrong.Type)
		}
		m.report(lint.Error, path, "The resource does not have the form that the API server accepts: "+strings.TrimPrefix(err.Error(), "json: ")+".", "Compare it with kubectl explain zookeeperensemble.spec.")
	}
	return len(unknown) == 0
}

// checkVersion says what the schema says about the version, because everything
// else depends on it.
func (m *manifestEnsemble) checkVersion() bool {
	version, err := zkconfig.ParseVersion(m.spec.Spec.Version)
	supported := err == nil && version.String() == m.spec.Spec.Version && supportedVersion.MatchString(m.spec.Spec.Version)
	if !supported {
		m.report(lint.Error, "spec.version", fmt.Sprintf("%q is no version that the operator runs: three numbers of ZooKeeper 3.7, 3.8 or 3.9.", m.spec.Spec.Version), "Write version: "+newestVersion+".")
	}
	return supported
}

// supportedVersion is the rule of the schema.
var supportedVersion = regexp.MustCompile(`^3[.][789][.]`)

// newestVersion is the one to write where there is none.
const newestVersion = "3.9.6"

// maxReplicas and defaultReplicas are those of the schema.
const maxReplicas, defaultReplicas = 15, 3

func (m *manifestEnsemble) checkReplicas() {
	_, spec := child(m.node, "spec")
	if _, set := child(spec, "replicas"); set == nil {
		m.spec.Spec.Replicas = defaultReplicas
	}
	if n := m.spec.Spec.Replicas; n < 1 || n > maxReplicas {
		m.report(lint.Error, "spec.replicas", fmt.Sprintf("%d is not between 1 and %d.", n, maxReplicas), "Write replicas: 3; an ensemble is stopped with mode: Stop.")
	}
}

// checkAsOperator adds what the operator says of the rest of the spec. What both
// of them say about properties is said already.
func (m *manifestEnsemble) checkAsOperator() {
	const config = "spec.config"
	if all, wrong := errors.AsType[utilerrors.Aggregate](workload.Check(&m.spec)); wrong {
		for _, err := range all.Errors() {
			wrong, ok := errors.AsType[*field.Error](err)
			if !ok || strings.HasPrefix(wrong.Field, config) {
				continue
			}
			m.report(lint.Error, wrong.Field, strings.TrimPrefix(err.Error(), wrong.Field+": ")+".", "")
		}
	}
	for _, warning := range workload.Warnings(&m.spec) {
		key, text, _ := strings.Cut(warning, ": ")
		if key == config {
			continue
		}
		message, fix, _ := strings.Cut(text, " Fix: ")
		m.report(lint.Warning, key, message, fix)
	}
}

func (m *manifestEnsemble) report(severity lint.Severity, path, message, fix string) {
	m.findings = append(m.findings, lint.Finding{
		Rule: specRule, Severity: severity, File: manifestFile, Line: m.line(path), Key: path, Message: message, Fix: fix,
	})
}

var pathSegment = regexp.MustCompile(`[^.\[\]]+|\[[^\]]*\]`)

// line returns where a field stands, or the nearest one around it.
func (m *manifestEnsemble) line(path string) int {
	line, node := m.node.Line, m.node
	for _, segment := range pathSegment.FindAllString(path, -1) {
		key, value := child(node, strings.Trim(segment, "[]"))
		if key == nil {
			return line
		}
		line, node = key.Line, value
	}
	return line
}
