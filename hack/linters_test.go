// Package hack_test holds what the scripts and the linters' configuration say of
// the tree: a rule whose files have moved away would pass for ever.
package hack_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestEveryImportRuleHasFiles finds a file for every pattern of the rules about
// imports, those that exclude files among them.
func TestEveryImportRuleHasFiles(t *testing.T) {
	t.Parallel()
	files := goFiles(t)
	for name, rule := range importRules(t) {
		if len(rule.Files) == 0 {
			t.Errorf("rule %s names no files", name)
		}
		for _, pattern := range rule.Files {
			if !slices.ContainsFunc(files, expression(strings.TrimPrefix(pattern, "!")).MatchString) {
				t.Errorf("rule %s: no file matches %s", name, pattern)
			}
		}
	}
}

// TestEveryAllowedPackageExists finds a folder for every package of ours that a rule
// about imports allows or denies.
func TestEveryAllowedPackageExists(t *testing.T) {
	t.Parallel()
	for name, rule := range importRules(t) {
		packages := rule.Allow
		for _, deny := range rule.Deny {
			packages = append(packages, deny.Pkg)
		}
		for _, pkg := range packages {
			folder, ours := strings.CutPrefix(strings.TrimSuffix(pkg, "$"), module)
			if !ours {
				continue
			}
			if info, err := os.Stat(filepath.Join(root, folder)); err != nil || !info.IsDir() {
				t.Errorf("rule %s names %s, which is not there", name, pkg)
			}
		}
	}
}

const (
	root   = ".."
	module = "github.com/zkensemble/zookeeper-operator"
)

// importRule is a rule of depguard.
type importRule struct {
	Files []string `yaml:"files"`
	Allow []string `yaml:"allow"`
	Deny  []struct {
		Pkg string `yaml:"pkg"`
	} `yaml:"deny"`
}

func importRules(t *testing.T) map[string]importRule {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Linters struct {
			Settings struct {
				Depguard struct {
					Rules map[string]importRule `yaml:"rules"`
				} `yaml:"depguard"`
			} `yaml:"settings"`
		} `yaml:"linters"`
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	rules := config.Linters.Settings.Depguard.Rules
	if len(rules) == 0 {
		t.Fatal("the configuration has no rules about imports")
	}
	return rules
}

// goFiles are the paths of all Go files, with a slash before each.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".git":
			return filepath.SkipDir
		case strings.HasSuffix(path, ".go"):
			files = append(files, "/"+strings.TrimPrefix(filepath.ToSlash(path), root+"/"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// expression is a pattern of depguard as a regular expression: two stars stand for
// any number of folders, one for part of a name, and $test for all tests.
func expression(pattern string) *regexp.Regexp {
	if pattern == "$test" {
		return regexp.MustCompile(`_test\.go$`)
	}
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\*`, `[^/]*`)
	return regexp.MustCompile("^" + quoted + "$")
}
