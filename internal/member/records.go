package member

// Keys of the formation record.
const (
	FormationStateKey   = "state"   // a FormationState
	FormationServersKey = "servers" // the initial server list, a server.N line each
)

// FormationState is the state of the formation record. Whatever is not the word
// "open" counts as closed, because that is the side on which nothing can be lost.
type FormationState string

// States of the formation record.
const (
	FormationOpen   FormationState = "open"   // blank disks of first members may vote
	FormationClosed FormationState = "closed" // no blank disk ever votes again
)

// MembershipKey is the key of the members record: the membership as the servers
// committed it last, with its version.
const MembershipKey = "membership"
