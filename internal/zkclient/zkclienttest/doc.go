// Package zkclienttest is a ZooKeeper ensemble for tests, on real sockets.
//
// It speaks what this project speaks with a server: the four-letter words
// mntr, ruok, srvr and isro, and enough of the client protocol for sessions,
// sync, reads of /zookeeper/config and reconfigurations. Beside each server
// runs an agent's HTTP. Every member has a loopback address of its own, with
// the ports that a Pod would have, so that a test can hand that address out as
// the IP of a Pod.
//
// The servers hold elections: the members that are [Up] have a leader as long as
// they are a majority of the voters of the committed configuration. A test only
// says what becomes of each member, as the outside world would.
package zkclienttest
