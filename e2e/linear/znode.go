package linear

// znode is one znode as the only server without failures would keep it. The
// zero value is one that does not exist.
type znode struct {
	there   bool
	value   string
	version int32
}

// do is what an operation does to the znode, and how it ends.
func (z znode) do(o Op) (Result, znode) {
	switch {
	case o.Kind == Create && z.there:
		return Exists, z
	case o.Kind == Create:
		return Done, znode{there: true, value: o.Value}
	case !z.there:
		return Absent, z
	case o.Kind == Read:
		return Done, z
	case o.Asked != AnyVersion && o.Asked != z.version:
		return BadVersion, z
	case o.Kind == Delete:
		return Done, znode{}
	default:
		return Done, znode{there: true, value: o.Value, version: z.version + 1}
	}
}

// step does an operation at some moment and reports whether it could have ended
// as was seen. One without an answer could have ended in any way; that it was
// never done is the same as that it was done after everything else.
func (z znode) step(o Op) (bool, znode) {
	result, next := z.do(o)
	switch {
	case o.Result == Unknown:
		return true, next
	case result != o.Result:
		return false, z
	case result == Done && (o.Kind == Set || o.Kind == Read):
		return next.version == o.Version && next.value == o.Value, next
	}
	return true, next
}
