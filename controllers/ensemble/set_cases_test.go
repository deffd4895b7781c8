package ensemble

import "testing"

// setCases are what may befall a StatefulSet, step by step. Each step names what is
// there after it: the template with which each Pod was made, in the order of the
// ordinals, with + for a Pod that was made in this step, ~ for one that is going and
// ? for one without an owner; then the template that all ran last, and the newest.
var setCases = []setCase{
	{"whatever is deleted while it is held comes back with what all ran", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"kill 0 1", "a+|a+|a, ran a, newest b"},
	}},
	{"open it gives the newest, and keeps what all ran until it is held", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"open", "a|a|a, ran a, newest b"},
		{"kill 2", "a|a|b+, ran a, newest b"},
		{"kill 1", "a|b+|b, ran a, newest b"},
		{"kill 0", "b+|b|b, ran a, newest b"},
		{"hold", "b|b|b, ran b, newest b"},
		{"kill 1", "b|b+|b, ran b, newest b"},
	}},
	{"all ran it once all are ready", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"open", "a|a|a, ran a, newest b"},
		{"unready 1", "a|a|a, ran a, newest b"},
		{"kill 0 1 2", "b+|b+|b+, ran a, newest b"},
		{"hold", "b|b|b, ran a, newest b"},
		{"kill 0", "a+|b|b, ran a, newest b"},
		{"ready 1", "a|b|b, ran a, newest b"},
		{"open", "a|b|b, ran a, newest b"},
		{"kill 0", "b+|b|b, ran a, newest b"},
		{"hold", "b|b|b, ran b, newest b"},
	}},
	{"a template that is put back is the one of before", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"open", "a|a|a, ran a, newest b"},
		{"kill 2", "a|a|b+, ran a, newest b"},
		{"template a, hold", "a|a|b, ran a, newest a"},
		{"kill 2", "a|a|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
	}},
	{"whoever joins while it is held gets what all ran", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"size 5", "a|a|a|a+|a+, ran a, newest b"},
		{"size 3", "a|a|a, ran a, newest b"},
		{"open", "a|a|a, ran a, newest b"},
		{"size 4", "a|a|a|b+, ran a, newest b"},
		{"hold", "a|a|a|b, ran a, newest b"},
	}},
	{"none of none ran the newest, unless it is open", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"size 0", ", ran b, newest b"},
		{"size 3", "b+|b+|b+, ran b, newest b"},
		{"template c, open", "b|b|b, ran b, newest c"},
		{"size 0", ", ran b, newest c"},
		{"size 1", "c+, ran b, newest c"},
		{"hold", "c, ran c, newest c"},
	}},
	{"a Pod that is going comes back as it is then", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"open", "a|a|a, ran a, newest b"},
		{"linger 2", "a|a|a~, ran a, newest b"},
		{"hold", "a|a|a~, ran a, newest b"},
		{"gone 2", "a|a|a+, ran a, newest b"},
		{"linger 1", "a|a~|a, ran a, newest b"},
		{"open", "a|a~|a, ran a, newest b"},
		{"gone 1", "a|b+|a, ran a, newest b"},
	}},
	{"what all ran is in no history too long to be remembered", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"template c", "a|a|a, ran a, newest c"},
		{"template d", "a|a|a, ran a, newest d"},
		{"template e", "a|a|a, ran a, newest e"},
		{"template f", "a|a|a, ran a, newest f"},
		{"kill 0 1 2", "a+|a+|a+, ran a, newest f"},
		{"template b", "a|a|a, ran a, newest b"},
	}},
	{"a Pod that failed is made anew like one that was deleted", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"fail 1", "a|a+|a, ran a, newest b"},
		{"open", "a|a|a, ran a, newest b"},
		{"fail 1", "a|b+|a, ran a, newest b"},
	}},
	{"without a partition Kubernetes rolls by itself", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"partition 2", "a|a|a, ran a, newest a"},
		{"template b", "a|a|b+, ran a, newest b"},
		{"kill 0", "a+|a|b, ran a, newest b"},
		{"partition 0", "b+|b+|b, ran b, newest b"},
		{"hold", "b|b|b, ran b, newest b"},
	}},
	{"without the revision that all ran the newest is taken for it", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"forget, kill 0", "b+|a|a, ran b, newest b"},
	}},
	{"it forgets what all ran when it is made anew over its Pods", []setStep{
		{"size 3", "a+|a+|a+, ran a, newest a"},
		{"template b", "a|a|a, ran a, newest b"},
		{"orphan", "a|a|a, ran b, newest b"},
		{"kill 0", "b+|a|a, ran b, newest b"},
	}},
}

// The stand-in does what the table says, and TestTheControllerOfStatefulSets holds
// the table against the real controller.
func TestTheStandInForTheControllerOfStatefulSets(t *testing.T) {
	t.Parallel()
	for _, c := range setCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := emptyWorld(t)
			c.run(&setHarness{
				T: t, Client: w.Client, namespace: w.namespace, turns: 10,
				turn: func() error { return w.kubelet.statefulSets(t.Context()) },
				templateOf: func(revision string) string {
					if of := w.kubelet.templates[revision]; of != nil {
						return of.Annotations[templateAnnotation]
					}
					return ""
				},
				forget: func(revision string) { delete(w.kubelet.templates, revision) },
			})
		})
	}
}
