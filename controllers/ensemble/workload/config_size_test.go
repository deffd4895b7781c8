package workload

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// TestPropertiesFitIntoAConfigMap fills a ConfigMap to its last byte, and adds one. The
// values have the most characters that the schema allows, each of which takes the most
// bytes in zoo.cfg.
func TestPropertiesFitIntoAConfigMap(t *testing.T) {
	t.Parallel()
	widest := strings.Repeat("\U0001F418", 4096)
	properties := map[string]string{"authProvider.last": ""}
	path := field.NewPath("spec", "config")
	room := func() int {
		room := mostConfig
		for _, text := range configData(Properties(ensembleWith(properties))) {
			room -= len(text)
		}
		return room
	}
	for i := 0; room() > 2*12*len([]rune(widest)); i++ {
		properties[fmt.Sprintf("authProvider.%d", i)] = widest
	}
	properties["authProvider.last"] = strings.Repeat("x", room())
	if found := checkConfig(path, ensembleWith(properties)); room() != 0 || found != nil {
		t.Errorf("there is room for %d more bytes: %v", room(), found)
	}
	properties["authProvider.last"] += "x"
	found := checkConfig(path, ensembleWith(properties))
	if len(found) != 1 || !strings.Contains(found[0].Error(), "spec.config: ") || !strings.Contains(found[0].Error(), "1048577 bytes") ||
		!strings.Contains(found[0].Error(), "shorten the values") {
		t.Errorf("one byte too many: %v", found)
	}
}
