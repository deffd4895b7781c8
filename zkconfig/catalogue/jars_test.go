package catalogue

import (
	"archive/zip"
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkensemble/zookeeper-operator/internal/realserver"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// TestCatalogueAgreesWithJars looks for the name of every property among the
// string constants of each release: a version that knows a property has its
// name, and one that does not has not.
func TestCatalogueAgreesWithJars(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("needs the jars of ZooKeeper")
	}
	for _, release := range realserver.Releases {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			version, err := zkconfig.ParseVersion(release)
			if err != nil {
				t.Fatal(err)
			}
			classes := classesOf(t, release)
			for _, definition := range All() {
				if assembled(definition) {
					continue
				}
				constant := definition.Name
				if definition.Property != "" {
					constant = strings.TrimSuffix(strings.TrimSuffix(definition.Property, "<N>"), ".<suffix>")
				}
				found := bytes.Contains(classes, []byte(constant))
				if found != definition.KnownIn(version) {
					t.Errorf("%s: the jars have it: %v, the catalogue says %v", constant, found, definition.KnownIn(version))
				}
			}
		})
	}
}

// assembled tells the properties whose names the server puts together from
// parts, or reads in a library.
func assembled(d Definition) bool {
	return strings.HasPrefix(d.Name, "ssl.") || strings.HasPrefix(d.Name, "metricsProvider.") ||
		d.Name == "server.N" || d.Name == "group.G" || d.Name == "weight.N" || strings.HasPrefix(d.Name, "jmx.log4j.")
}

// classesOf returns all classes of the server and its serialization, one after
// the other.
func classesOf(t *testing.T, release string) []byte {
	t.Helper()
	jars := realserver.Jars(t, release)
	var classes []byte
	for _, name := range []string{"zookeeper-" + release + ".jar", "zookeeper-jute-" + release + ".jar"} {
		jar, err := zip.OpenReader(filepath.Join(jars, name))
		if err != nil {
			t.Fatal(err)
		}
		defer jar.Close()
		for _, file := range jar.File {
			if !strings.HasSuffix(file.Name, ".class") {
				continue
			}
			class, err := file.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(class)
			if err != nil {
				t.Fatal(err)
			}
			classes = append(classes, content...)
		}
	}
	return classes
}
