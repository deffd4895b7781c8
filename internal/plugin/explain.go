package plugin

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zkensemble/zookeeper-operator/controllers/ensemble/workload"
	"github.com/zkensemble/zookeeper-operator/zkconfig"
	"github.com/zkensemble/zookeeper-operator/zkconfig/catalogue"
)

func newExplainCommand(s streams) *cobra.Command {
	output := "text"
	command := &cobra.Command{
		Use:     "explain KEY",
		Short:   "Explain a property of zoo.cfg",
		Long:    "Explain a property of zoo.cfg. A misspelled key names the right one and ends with exit status 1.",
		Example: "  kubectl zk explain syncLimit",
		Args:    cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return propertyNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, arguments []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			return explain(arguments[0], output, s)
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return command
}

func propertyNames() []string {
	all := catalogue.All()
	names := make([]string, 0, len(all))
	for _, definition := range all {
		names = append(names, definition.Name)
	}
	return names
}

func explain(key, output string, s streams) error {
	definition, known := catalogue.Lookup(key)
	if !known {
		nearest := catalogue.Nearest(key)
		if nearest == "" {
			fmt.Fprintf(s.err, "ZooKeeper has no property %q.\n", key)
			return errFindings
		}
		fmt.Fprintf(s.err, "ZooKeeper has no property %q; did you mean %s?\n", key, nearest)
		definition, _ = catalogue.Lookup(nearest)
	}
	var err error
	if output == "json" {
		encoder := json.NewEncoder(s.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(struct {
			catalogue.Definition
			// Field is the field of ZooKeeperEnsemble to use instead, if there is one.
			Field string `json:"field,omitempty"`
		}{definition, workload.FieldOf(definition)})
	} else {
		err = writeDefinition(s.out, painter(s.colour), definition)
	}
	if err == nil && !known {
		return errFindings
	}
	return err
}

func writeDefinition(w io.Writer, p painter, d catalogue.Definition) error {
	fmt.Fprintf(w, "%s\n%s\n\n", p.paint(bold, d.Name), d.Breaks)
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(table, "%s\t%s\n", name, value)
		}
	}
	row("type", strings.TrimSpace(string(d.Type)+" "+unit(d.Unit)))
	row("default", d.Default)
	row("allowed", strings.Join(d.Allowed, ", "))
	row("bounds", bounds(d.Bounds))
	row("malformed", string(d.Malformed))
	row("set by", string(d.Source))
	row("java property", d.Property)
	row("since", versions(d.Since))
	if (d.Removed != zkconfig.Version{}) {
		row("removed", d.Removed.String())
	}
	row("a change needs", string(d.Change))
	row("owner", owner(d))
	if d.Secret {
		row("secret", "yes")
	}
	return table.Flush()
}

func unit(name string) string {
	if name == "" {
		return ""
	}
	return "(" + name + ")"
}

func bounds(b catalogue.Bounds) string {
	switch {
	case b.Min != nil && b.Max != nil:
		return fmt.Sprintf("%d to %d", *b.Min, *b.Max)
	case b.Min != nil:
		return fmt.Sprintf("at least %d", *b.Min)
	case b.Max != nil:
		return fmt.Sprintf("at most %d", *b.Max)
	default:
		return ""
	}
}

func versions(releases []zkconfig.Version) string {
	texts := make([]string, 0, len(releases))
	for _, release := range releases {
		texts = append(texts, release.String())
	}
	return strings.Join(texts, ", ")
}

func owner(d catalogue.Definition) string {
	switch {
	case workload.FieldOf(d) != "":
		return fmt.Sprintf("%s; in a ZooKeeperEnsemble use %s", d.Owner, workload.FieldOf(d))
	case d.Owner == catalogue.Operator:
		return "the operator, in a ZooKeeperEnsemble"
	case d.Owner == catalogue.Nobody:
		return "nobody: it must not be set"
	default:
		return string(d.Owner)
	}
}
