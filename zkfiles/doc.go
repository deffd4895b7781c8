// Package zkfiles reads, checks and cuts the files that a ZooKeeper server keeps in
// version-2: snapshots and transaction logs, as 3.7, 3.8 and 3.9 write them.
//
// [LogReader] and [ReadSnapshot] read one file from any stream. [ReadFolder] finds
// the files of a folder, and [Transactions] reads its logs as one sequence. [CutLog]
// copies a log up to a transaction, and [PlanCut] finds the snapshot and the logs
// that together are the state of exactly one zxid.
//
// # What a server does with these files
//
// A server loads the newest snapshot whose checksums are right and replays the logs
// after it, in the order of the zxids in their names. A snapshot is fuzzy: it is
// written while transactions change the tree, so it is a state only together with
// the log up to its end ([SnapshotInfo.End]). A log ends at the first record that is
// not whole. Its server goes on to the next log then, and says nothing. A record that
// is whole and has a wrong checksum ends the server.
//
// # Promises
//
// No record is returned that was not whole and whose checksum was wrong. Memory is
// bounded by the largest record or node, whatever a file says about lengths, because
// logs and snapshots are streamed. An error names the file, the offset and a fix.
//
// The package knows no clock and no network, opens files only through an [io/fs.FS],
// and writes only to writers of the caller. It uses the standard library only.
package zkfiles
