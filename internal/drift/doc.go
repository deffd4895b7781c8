// Package drift tells whether a live object still is what was applied.
//
// A settled ensemble must not be written to, and server-side apply is a write
// even when it changes nothing. So the question is asked before, from the
// cache: would applying change anything that is ours? Three things count. A
// field that is desired is missing or differs. A field that we own by an
// earlier apply is no longer desired. Or we never applied the object.
//
// What the server adds, defaults and the fields of others, is not drift. The
// schema of the API says which lists are merged by key, where the items of
// others are left alone, and which are replaced as a whole, where one item too
// many is drift.
package drift
