package ensemble

import (
	"errors"
	"slices"
)

// outcome is what came of a decision. Together with what was observed and decided it
// is all that a report says.
type outcome struct {
	took     bool     // the step that was decided was taken
	wrote    bool     // a StatefulSet was written, so that it is no longer as it was observed
	adopted  []string // objects that had no owner
	warnings []string // what admission policies change of the objects
	refused  []error  // what did not come about
	sets     [2]bool  // by group, the StatefulSets that are as decided
}

// note notes what came of one write.
func (done *outcome) note(err error) bool {
	if err != nil {
		done.refused = append(done.refused, err)
	}
	return err == nil
}

// noteLeft notes what came of writes without which the ensemble can do. What an admission
// policy undid of them is left to it, with a warning.
func (done *outcome) noteLeft(err error) {
	var all refusals
	if !errors.As(err, &all) {
		all = refusals{err}
	}
	for _, err := range all {
		if by, is := errors.AsType[*undone](err); is {
			done.warn(changedByAdmission(by.kind, by.name, by.fields))
		} else {
			done.note(err)
		}
	}
}

// warn adds a warning, once, where there is one.
func (done *outcome) warn(warning string) {
	if warning != "" && !slices.Contains(done.warnings, warning) {
		done.warnings = append(done.warnings, warning)
	}
}

// all reports whether every object is as it should be.
func (done *outcome) all() bool { return len(done.refused) == 0 && done.sets == [2]bool{true, true} }

func (done *outcome) err() error { return together(done.refused...) }

// changed reports whether something is no longer as it was observed, or could not be
// made as it should be.
func (done *outcome) changed() bool {
	return done.wrote || len(done.adopted) > 0 || len(done.refused) > 0
}
