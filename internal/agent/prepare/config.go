package prepare

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/zkensemble/zookeeper-operator/internal/member"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// keptLists is how many committed lists stay on the volume. The server reads
// only the newest; the others are for a person who wants to know what happened.
const keptLists = 3

// superDigest is the property by which the server knows its super-user.
const superDigest = "DigestAuthenticationProvider.superDigest"

// render writes the zoo.cfg that the server starts with. It holds a secret, and
// the server rewrites it with a mode of its own, so the directory is closed to
// others as well.
func (m *preparation) render(list serverList) error {
	if err := m.disk.directory(m.confDir()); err != nil {
		return err
	}
	properties, err := m.checkedProperties()
	if err != nil {
		return err
	}
	if list.file != "" {
		properties = append(properties, zkconfig.Property{Key: "dynamicConfigFile", Value: list.file})
	}
	for _, server := range list.inline.Servers {
		properties = append(properties, zkconfig.Property{Key: server.Key(), Value: server.Value()})
	}
	if err := m.disk.write(m.configFile(), []byte(properties.Render()), 0o600); err != nil {
		return err
	}
	return m.prune()
}

// checkedProperties are what the operator checked, and the super-user's digest.
func (m *preparation) checkedProperties() (zkconfig.Properties, error) {
	text, exists, err := readMounted(current(m.ConfigDir), member.ZooCfg)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, &WaitError{"zoo.cfg is not mounted"}
	}
	properties, err := zkconfig.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the mounted zoo.cfg: %w", err)
	}
	digest, exists, err := readMounted(current(m.SuperuserDir), member.Digest)
	if err != nil {
		return nil, err
	}
	if digest = strings.TrimSpace(digest); exists && digest != "" {
		properties = append(properties, zkconfig.Property{Key: superDigest, Value: digest})
	}
	return properties, nil
}

// prune removes the oldest committed lists, which the server leaves behind.
func (m *preparation) prune() error {
	for _, name := range m.dynamic[min(keptLists, len(m.dynamic)):] {
		if err := m.disk.remove(filepath.Join(m.confDir(), name)); err != nil {
			return err
		}
	}
	return nil
}
