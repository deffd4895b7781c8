package supervise_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zkensemble/zookeeper-operator/internal/agent/supervise"
)

// The agent collects every child of its process, so each test runs it in a
// process of its own: this test binary, told by a variable what to do.
const script = "SUPERVISE_TEST_SCRIPT"

func TestMain(m *testing.M) {
	if text := os.Getenv(script); text != "" {
		os.Exit(superviseScript(text))
	}
	os.Exit(m.Run())
}

func superviseScript(text string) int {
	stop := make(chan os.Signal, 1)
	if os.Getenv("STOP") != "" {
		stop <- syscall.SIGTERM
	}
	code, err := supervise.Run([]string{"/bin/sh", "-c", text}, stop)
	if err != nil {
		return 99
	}
	return code
}

func runScript(t *testing.T, text string, env ...string) (code int, output string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), append(env, script+"="+text)...)
	raw, _ := command.CombinedOutput()
	return command.ProcessState.ExitCode(), string(raw)
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"exit 0":                     0,
		"exit 10":                    10,
		"kill -9 $$":                 137,
		"kill -TERM $$":              143,
		"(exit 3) & sleep 1; exit 7": 7, // another child that ends first is not the server
	} {
		if got, _ := runScript(t, text); got != want {
			t.Errorf("%q ends with %d, want %d", text, got, want)
		}
	}
}

func TestOutputPassesThrough(t *testing.T) {
	t.Parallel()
	if _, got := runScript(t, "echo out; echo err >&2"); got != "out\nerr\n" {
		t.Errorf("got %q", got)
	}
}

// TestStopKillsTheWholeGroup holds that a server that ignores signals ends at
// once, and what it started with it.
func TestStopKillsTheWholeGroup(t *testing.T) {
	t.Parallel()
	pidFile := filepath.Join(t.TempDir(), "pid")
	start := time.Now()
	code, _ := runScript(t, `trap "" TERM; sleep 100 & echo $! > `+pidFile+`; kill -STOP $$; sleep 100`, "STOP=1")
	if took := time.Since(start); code != 137 || took > 20*time.Second {
		t.Errorf("ended with %d after %v", code, took)
	}
	// The group may have been killed before its child was started.
	if raw, err := os.ReadFile(pidFile); err == nil && len(raw) > 0 {
		pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		awaitEnd(t, pid)
	}
}

func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for running(pid) {
		select {
		case <-deadline:
			t.Fatalf("process %d still runs", pid)
		case <-tick.C:
		}
	}
}

// running is false for a process that is gone or was not collected yet.
func running(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestMissingProgram(t *testing.T) {
	t.Parallel()
	if _, err := supervise.Run([]string{"/no/such/program"}, nil); err == nil {
		t.Error("a missing program started")
	}
}
