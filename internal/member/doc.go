// Package member is the contract between the operator and the agent in a Pod:
// where things are in the Pod, what the records say and how they are keyed, which
// ports and paths answer, what an exit code means, and what GET /state tells.
//
// The two programs are updated at different times. Either age of one reads what
// either age of the other wrote, so what is here is added to and never changed.
// The package imports the standard library only, and depends on no version.
package member
