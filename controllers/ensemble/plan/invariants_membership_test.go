package plan

var membershipPromises = []promise{
	{
		"the membership is changed only from the one that the servers gave in this pass and that is on record",
		func(t *truth, d Decision) bool {
			switch d.Kind {
			case RemoveMembers, AddMembers, HandOver, MarkDeparted, DeleteVolumes, Grow:
				return t.certain
			case Shrink:
				return t.certain || t.Stop
			default:
				return true
			}
		},
	},
	{
		"only members leave that are no longer wanted, and never all voters",
		func(t *truth, d Decision) bool {
			unwanted := t.listed[d.Group] & from(t.specified(d.Group))
			return d.Kind != RemoveMembers || d.Members != 0 && d.Members&^unwanted == 0 &&
				(d.Group == Observers || d.Members != t.listed[Servers])
		},
	},
	{
		"members leave together, but for those that are certainly down, which leave before",
		func(t *truth, d Decision) bool {
			all := t.listed[d.Group] & from(t.specified(d.Group))
			return d.Kind != RemoveMembers || d.Members == all || d.Group == Servers && d.Members == all&t.down
		},
	},
	{
		"the servers are asked for no change of the membership while they would refuse it",
		func(t *truth, d Decision) bool {
			return !t.SuperuserUnknown || d.Kind != AddMembers && d.Kind != RemoveMembers && d.Kind != HandOver
		},
	},
	{
		"nobody is started to become a member while the servers would refuse it",
		func(t *truth, d Decision) bool {
			asked := [2]int32{d.Replicas, d.ObserverReplicas}[d.Group]
			return !t.SuperuserUnknown || d.Kind != Grow || asked <= max(t.listed[d.Group].Span(), [2]int32{t.fewest(), 0}[d.Group])
		},
	},
	{
		"that the servers refuse another membership is told where one is specified, no roll comes that ends it, and nothing else is wrong",
		func(t *truth, d Decision) bool {
			fits := t.listed == [2]Set{UpTo(t.Desired), UpTo(t.DesiredObservers)}
			if d.Reason == SuperuserUnknown {
				return t.SuperuserUnknown && !fits && !t.any(func(m Member) bool { return m.Revision == Outdated && t.votes(m) })
			}
			return !t.SuperuserUnknown || fits || d.Kind != Done && d.Reason != JoinersNotReady
		},
	},
	{
		"observers leave only from full health",
		func(t *truth, d Decision) bool { return d.Kind != RemoveMembers || d.Group == Servers || t.healthy() },
	},
	{
		"only members join that are wanted, run, and follow in sync without being members",
		func(t *truth, d Decision) bool {
			if d.Kind != AddMembers {
				return true
			}
			var ready Set
			for _, m := range t.Members {
				insync := m.Health == Following || d.Group == Observers && m.Health >= Observing
				if m.Group == d.Group && m.Pod == Present && insync {
					ready = ready.With(m.Ordinal)
				}
			}
			joiners := UpTo(t.specified(d.Group)) &^ t.listed[d.Group]
			return d.Members != 0 && d.Members&^(ready&joiners) == 0 && t.healthy()
		},
	},
	{
		"nobody joins while a server of the newest revision runs another version than the specified one",
		func(t *truth, d Decision) bool { return d.Kind != AddMembers || !t.Update.WrongVersion },
	},
	{
		"nobody joins with a revision that is neither the newest nor the one that members of the group ran last",
		func(t *truth, d Decision) bool { return d.Kind != AddMembers || d.Members&t.stale(d.Group) == 0 },
	},
	{
		"voters join all at once, and only after those that leave have left",
		func(t *truth, d Decision) bool {
			after := t.listed[Servers] | d.Members
			return d.Kind != AddMembers || d.Group == Observers ||
				UpTo(t.Desired)&^after == 0 && (after == UpTo(t.Desired) || UpTo(t.Desired)&t.listed[Servers] == 0)
		},
	},
	{
		"from an odd number of voters to an odd number that is specified there is no even one, unless some are down",
		func(t *truth, d Decision) bool {
			voters, after := t.listed[Servers], t.listed[Servers]
			switch {
			case d.Group != Servers:
				return true
			case d.Kind == RemoveMembers:
				after &^= d.Members
			case d.Kind == AddMembers:
				after |= d.Members
			}
			straight := voters&^UpTo(t.Desired) == 0 || UpTo(t.Desired)&^voters == 0
			return !straight || voters.Len()%2 == 0 || t.Desired%2 == 0 || after.Len()%2 == 1 || d.Members&^t.down == 0
		},
	},
	{
		"a StatefulSet shrinks to no less than its members need and to no more than it has, unless everything is stopped",
		func(t *truth, d Decision) bool {
			needed := max(t.listed[d.Group].Span(), t.specified(d.Group))
			return d.Kind != Shrink || t.Stop || d.Size == needed && d.Size < t.asks(d.Group) && t.healthy()
		},
	},
	{
		"no Pod goes for good before the volumes of its member say that it left, unless everything is stopped",
		func(t *truth, d Decision) bool {
			return d.Kind != Shrink || t.Stop || !t.any(func(m Member) bool {
				return m.Group == d.Group && m.Ordinal >= d.Size && !m.Departed
			})
		},
	},
	{
		"only volumes of servers that are no members and not to become any say that their member left",
		func(t *truth, d Decision) bool {
			m, found := t.target(d)
			return d.Kind != MarkDeparted || found && !m.Departed && !t.wants(m) && t.healthy()
		},
	},
	{
		"a StatefulSet grows only from full health, to exactly what is specified, or may be, and what has volumes",
		func(t *truth, d Decision) bool {
			asked := [2]int32{d.Replicas, d.ObserverReplicas}[d.Group]
			due := t.specified(d.Group)
			if t.SuperuserUnknown {
				due = min(due, t.listed[d.Group].Span())
			}
			due = max(due, [2]int32{t.fewest(), 0}[d.Group])
			return d.Kind != Grow || t.healthy() && d.Apply && asked == due && asked > t.asks(d.Group)
		},
	},
	{
		"members that are wanted are added unless something else is wrong",
		func(t *truth, d Decision) bool {
			missing := UpTo(t.Desired) &^ t.listed[Servers]
			rolls := d.Kind == RestartMember || d.Kind == HandOver
			return missing == 0 || d.Kind != Done && (!rolls || missing&t.stale(Servers) != 0 || t.SuperuserUnknown)
		},
	},
	{
		"who may not join with its revision gets another one, unless something else is wrong",
		func(t *truth, d Decision) bool {
			return d.Reason != JoinersNotReady || UpTo(t.Desired)&^t.listed[Servers]&^t.ready() != 0 ||
				UpTo(t.DesiredObservers)&^t.listed[Observers] != 0
		},
	},
}

// stale are the servers of a group whose revision is not known to be the newest, nor
// the same as that of a member of the group.
func (t *truth) stale(g Group) (stale Set) {
	same := t.any(func(m Member) bool { return m.Group == g && t.listed[g].Has(m.Ordinal) && m.Ran })
	for _, m := range t.Members {
		if m.Group == g && m.Revision != Current && (!same || !m.Ran) {
			stale = stale.With(m.Ordinal)
		}
	}
	return stale
}

// ready are the servers that run and follow in sync.
func (t *truth) ready() (ready Set) {
	for _, m := range t.Members {
		if m.Group == Servers && m.Pod == Present && m.Health == Following {
			ready = ready.With(m.Ordinal)
		}
	}
	return ready
}
