package charts

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

var (
	// server is a real API server: it knows best what it accepts.
	server client.Client
	// helm is the path of the helm command.
	helm string
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	tool := exec.Command("../hack/tool.sh", "helm")
	tool.Stderr = os.Stderr
	path, err := tool.Output()
	if err != nil {
		fmt.Fprintf(os.Stderr, "build helm: %v\n", err)
		return 1
	}
	helm = strings.TrimSpace(string(path))

	environment := &envtest.Environment{}
	config, err := environment.Start()
	if err != nil {
		fmt.Fprintf(os.Stderr, "start the API server (is KUBEBUILDER_ASSETS set?): %v\n", err)
		return 1
	}
	defer func() {
		if err := environment.Stop(); err != nil {
			fmt.Fprintf(os.Stderr, "stop the API server: %v\n", err)
		}
	}()
	server, err = client.New(config, client.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
