package main

import (
	"fmt"
	"strings"
	"time"
)

// notServing is what a server says that takes part in no quorum.
const notServing = "This ZooKeeper instance is not currently serving requests\n"

// state are lines that a server says of itself.
const state = "zk_version\t3.9.5-hostile, built on never\nzk_server_state\t%s\nzk_peer_state\t%s - broadcast\nzk_quorum_size\t3\n"

// leading are the lines that a leader says as well.
const leading = "zk_synced_followers\t2\nzk_synced_non_voting_followers\t0\nzk_leader_uptime\t%d\n"

// says answers with a text and hangs up.
func says(text string) func(*caller) {
	return func(c *caller) { c.say([]byte(text)) }
}

// repeats answers with the same text, endlessly.
func repeats(text string) func(*caller) {
	return func(c *caller) { c.endlessly(text) }
}

// begins answers with a text once, and then endlessly with another.
func begins(text, then string) func(*caller) {
	return func(c *caller) {
		if c.say([]byte(text)) {
			c.endlessly(then)
		}
	}
}

// names are lines that a server prints for what clients have written.
var names = strings.Repeat("zk_sum_a-name-at-the-root_write_per_namespace\t1\n", 40_000)

// honestWord answers as the one leader of three does, or one of its followers, with
// more lines than anybody wants to have.
func (s *server) honestWord(c *caller) {
	switch {
	case string(c.first[:]) == "ruok":
		c.say([]byte("imok"))
	case s.ordinal == 0:
		c.say([]byte(fmt.Sprintf(state, "leader", "leading") + names + fmt.Sprintf(leading, time.Since(s.began).Milliseconds())))
	default:
		c.say([]byte(names + fmt.Sprintf(state, "follower", "following")))
	}
}

// escape moves a cursor, clears a screen and rings a bell.
const escape = "\x1b[2J\x1b[31m\a\x00\u202e"

// garbage are answers to a word that no server gives.
var garbage = []trick{
	{"lines without end", repeats("zk_sum_lock\t1.0\n")},
	{"a line without end", repeats("x")},
	{"empty lines without end", repeats("\n")},
	{"a key without end", begins("zk_", "x")},
	{"a state without end", begins("zk_server_state\tleader", "x")},
	{"a leader without end", begins(fmt.Sprintf(state, "leader", "leading"), "zk_sum_lock\t1.0\n")},
	{"half an answer", says(fmt.Sprintf(state, "leader", "leading") + "zk_synced")},
	{"half a refusal", says(notServing[:20])},
	{"a refusal without end", begins(strings.TrimSpace(notServing), " ")},
	{"nothing", says("")},
	{"silence", (*caller).hang},
	{"a letter now and then", dribbles},
	{"another protocol", says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
	{"binary", says("\xff\xfe\x00\x00\x7f\xff\xff\xff" + strings.Repeat("\x80", 100))},
	{"a version of a mebibyte", says("zk_version\t" + strings.Repeat("9.", 1<<19) + "\nzk_server_state\tleader\n")},
	{"a version that moves the cursor", says("zk_version\t3.9.5" + escape + "\nzk_server_state\tfollower\nzk_peer_state\tfollowing - broadcast\nzk_quorum_size\t3\n")},
	{"a state that moves the cursor", says("zk_version\t3.9.5-a\nzk_server_state\tleader" + escape + "\n")},
	{"numbers that are none", says(fmt.Sprintf(state, "leader", "leading") + "zk_synced_followers\tNaN\nzk_synced_non_voting_followers\t-1e300\nzk_leader_uptime\tInf\n")},
	{"more followers than there are numbers", says(fmt.Sprintf(state, "leader", "leading") + "zk_synced_followers\t99999999999999999999\n" +
		"zk_synced_non_voting_followers\t-9223372036854775808\nzk_leader_uptime\t9223372036854775807\n")},
}

// dribbles answers with a letter now and then, so that no read of it fails.
func dribbles(c *caller) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for range ticker.C {
		if !c.say([]byte("z")) {
			return
		}
	}
}
