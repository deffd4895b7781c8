// Package prepare makes a member's volumes ready for its server, at every start
// of its container. It decides one thing that matters more than all others:
// whether the disk it finds may vote.
//
// # A blank disk never votes
//
// A server that votes promises that it still knows every write that it ever
// acknowledged. A blank disk cannot keep that promise, unless it is the first
// disk this server ever had. ZooKeeper runs with db.autocreate=false, so that a
// blank server has no say in elections until it has copied the data, unless the
// marker file "initialize" tells it that blank is right. This package is the
// only writer of that marker.
//
// The marker is written on a grant. A grant needs all of:
//   - the formation record is mounted, open, and lists this server as a
//     participant; there is no members record yet,
//   - the disk is virgin: version-2 holds no file on either volume, and there
//     is neither data that was moved aside nor a server list from an earlier
//     configuration,
//   - no other server of the list serves already,
//   - this Pod has not been granted before, nor has it started a server without
//     a grant. The notes of that are on a volume that dies with the Pod, and are
//     on disk before the marker is and before the server starts. Without the
//     second note, a Pod that started on a disk with data, while its view of the
//     record still said open, would take that disk for a first one when it is
//     wiped.
//
// # A grant belongs to the disk
//
// The server eats the marker the moment it first loads its data, before it can
// vote or acknowledge anything, and saves a snapshot before it joins an
// election. So a marker that is still there proves that no server has ever run
// on this disk since it was granted, and that what was true when it was written
// still is: this disk is the first one of this server, and it has promised
// nothing. It therefore stays valid when the record is closed, when the
// container restarts and when the Pod is replaced. Taking it away would be
// wrong: the operator closes the record because a majority holds grants, and if
// these could be lost afterwards (say the first specification starts no server
// and is then put right, which replaces every Pod), nobody would be left to
// form the ensemble.
//
// A marker on any other disk, or one of a foreign hand, is removed. A virgin
// disk without its marker, in a Pod with either note, is ambiguous: the server
// died between eating the marker and saving its snapshot, or somebody wiped the
// disk of a running Pod. It is never granted again in this Pod; while the record
// is open the agent asks for a new Pod ([ErrNeedsNewPod]).
//
// # Stale disks
//
// The server list on the volume is used only if it names this server, and the
// members record does so too or is older than the list. So a member which was
// removed, or which sleeps through a change of the ensemble, comes back as an
// observer and is told the truth by the leader. A list that is newer than the
// record and does not name this server says that it has left: it waits until the
// record says so as well. With two volumes, an id written to both shows whether
// they still belong together. Where they do not, the member counts as blank, and
// what was there is moved aside, never deleted.
//
// # Whose volume
//
// A volume, or a record, that was cloned or restored into another namespace, name
// or cluster domain knows the servers of the ensemble that it came from. No server
// is started with such a list and nothing on the volume is changed: the member
// tells whose names it found, and waits for a person. In the formation record alone
// another domain does not matter, since nothing was ever committed with it.
//
// # Crashes
//
// [Run] may die between any two of its writes and is simply run again: every
// file appears whole or not at all, and the order of the writes is such that
// each prefix of them is a state from which the rules above still hold.
package prepare
