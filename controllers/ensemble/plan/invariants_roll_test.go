package plan

var rollPromises = []promise{
	{
		"only a wanted member of an older revision that serves is restarted or hands over",
		func(t *truth, d Decision) bool {
			m, found := t.target(d)
			return !rolls(d) || found && t.wants(m) && m.Pod == Present && m.Revision == Outdated && m.Health >= Observing
		},
	},
	{
		"a member is restarted only from full health and after the membership is as specified, but for new members that may not join " +
			"and what the servers would refuse",
		func(t *truth, d Decision) bool {
			missing := UpTo(t.Desired) &^ t.listed[Servers]
			fits := t.listed[Servers] == UpTo(t.Desired) || missing&^t.ready() == 0 && missing&t.stale(Servers) != 0
			return !rolls(d) || t.healthy() && !t.newer && (fits || t.SuperuserUnknown)
		},
	},
	{
		"a roll goes on only while nothing holds it back",
		func(t *truth, d Decision) bool {
			u := &t.Update
			held := t.forbids() || u.Paused || u.Settling || u.WrongVersion || u.SecondBudget || u.BudgetExhausted && d.Group == Servers
			return !rolls(d) || !held && !t.any(func(m Member) bool { return m.Revision == UnknownRevision && t.wants(m) })
		},
	},
	{
		"followers go first from the highest ordinal down, the leader follows, and observers come last, but for whoever the servers " +
			"would refuse as a member",
		func(t *truth, d Decision) bool {
			target, _ := t.target(d)
			return !rolls(d) || !t.any(func(m Member) bool {
				refused := t.SuperuserUnknown && !t.listed[m.Group].Has(m.Ordinal)
				return m.Revision == Outdated && t.wants(m) && !refused && before(m, target)
			})
		},
	},
	{
		"no more servers than there are canaries get a revision of which nobody approved, and the leader is none of them",
		func(t *truth, d Decision) bool {
			target, _ := t.target(d)
			asks := rolls(d) && t.Update.Canary > 0 && !t.Update.Approved
			return !asks || t.updated() < t.Update.Canary && target.Health != Leading
		},
	},
	{
		"a leader that is asked to hand over is not restarted while two others can lead, unless it tried or would be refused",
		func(t *truth, d Decision) bool {
			target, _ := t.target(d)
			return d.Kind != RestartMember || target.Health != Leading || !t.canHandOver()
		},
	},
	{
		"only the leader hands over, once, and only where that is asked for, another can lead and the servers do not refuse it",
		func(t *truth, d Decision) bool {
			target, _ := t.target(d)
			return d.Kind != HandOver || target.Health == Leading && t.canHandOver()
		},
	},
	{
		"one observer at a time is away for a roll",
		func(t *truth, d Decision) bool {
			return d.Kind != RestartMember || d.Group == Servers || !t.any(func(m Member) bool {
				return m.Group == Observers && t.wants(m) && (m.Health < Observing || m.Pod != Present)
			})
		},
	},
	{
		"a server of another version than the specified one stops the roll, and says so",
		func(t *truth, d Decision) bool {
			return d.Reason != VersionDiffers || t.Update.WrongVersion
		},
	},
	{
		"what holds a roll back is what is true, and there is a roll",
		func(t *truth, d Decision) bool {
			u := &t.Update
			outdated := t.any(func(m Member) bool { return m.Revision == Outdated && t.wants(m) })
			switch d.Reason {
			case RevisionUnknown:
				return !t.armed(Servers) || !t.armed(Observers) ||
					t.any(func(m Member) bool { return m.Revision == UnknownRevision && t.wants(m) })
			case UpdatePaused:
				return u.Withheld || u.Paused && outdated
			case ApprovalNeeded:
				return outdated && u.Canary > 0 && !u.Approved
			case Settling:
				return outdated && u.Settling
			case SecondBudget:
				return outdated && u.SecondBudget
			case BudgetExhausted:
				return outdated && u.BudgetExhausted
			default:
				return true
			}
		},
	},
	{
		"a roll that nothing holds back goes on",
		func(t *truth, d Decision) bool {
			u := &t.Update
			held := t.stranger() || u.Paused || u.Settling || u.WrongVersion || u.SecondBudget || u.BudgetExhausted || u.Canary > 0 && !u.Approved ||
				t.any(func(m Member) bool { return m.Revision == UnknownRevision && t.wants(m) }) || t.dataGoes(t.listed[Servers])
			due := t.any(func(m Member) bool { return t.votes(m) && m.Revision == Outdated })
			settled := (t.sizesFit() || t.SuperuserUnknown && t.sizesStay()) && t.certain && t.healthy() && t.Leftover|t.LeftoverObservers == 0
			unproved := t.Unproved&t.listed[Servers] != 0
			return held || !due || !settled || unproved || t.forbids() || urgent(d) || rolls(d) || d.Kind == Prove
		},
	},
}

// canHandOver reports whether a handover is asked for, and neither failed nor would.
func (t *truth) canHandOver() bool {
	return t.Update.Handover && !t.Update.HandoverTried && !t.SuperuserUnknown && t.listed[Servers].Len() >= 3
}

// sizesStay reports whether the StatefulSets have Pods for the members and for nobody
// else.
func (t *truth) sizesStay() bool {
	return t.Replicas == t.listed[Servers].Span() && t.ObserverReplicas == t.listed[Observers].Span() &&
		t.Volumes <= t.Replicas
}

// rolls reports whether a decision is a step of a roll.
func rolls(d Decision) bool { return d.Kind == RestartMember || d.Kind == HandOver }

// before is the order in which members get a new revision.
func before(a, b Member) bool {
	rank := func(m Member) int {
		switch {
		case m.Group == Observers:
			return 2
		case m.Health == Leading:
			return 1
		default:
			return 0
		}
	}
	return rank(a) < rank(b) || rank(a) == rank(b) && a.Ordinal > b.Ordinal
}

// updated is how many voters, and servers that are to vote, run the newest revision.
func (t *truth) updated() int {
	n := 0
	for _, m := range t.Members {
		if m.Group == Servers && t.wants(m) && m.Pod == Present && m.Revision == Current {
			n++
		}
	}
	return n
}
