package lint

import (
	"testing"

	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
)

// The reader and the catalogue know the same keys.
func TestTheReadersKeysAreInTheCatalogue(t *testing.T) {
	for name := range explicitKeys {
		switch definition, known := catalogue.Lookup(name); {
		case !known:
			t.Errorf("the reader knows %s, the catalogue does not", name)
		case definition.Source != catalogue.ZooCfg:
			t.Errorf("%s: the server names the key, so it is no %s", name, definition.Source)
		}
	}
}
