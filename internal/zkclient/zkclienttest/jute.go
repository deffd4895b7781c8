package zkclienttest

import "encoding/binary"

// encoder writes the protocol's serialization.
type encoder struct{ bytes []byte }

func (e *encoder) int32(n int32) { e.bytes = binary.BigEndian.AppendUint32(e.bytes, uint32(n)) }
func (e *encoder) int64(n int64) { e.bytes = binary.BigEndian.AppendUint64(e.bytes, uint64(n)) }

func (e *encoder) buffer(b []byte) {
	e.int32(int32(len(b)))
	e.bytes = append(e.bytes, b...)
}

// decoder reads it. What is missing reads as zero, so that a short packet
// leads to an answer and not to a panic.
type decoder struct{ rest []byte }

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.rest) {
		d.rest = nil
		return make([]byte, 8)
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) int32() int32 { return int32(binary.BigEndian.Uint32(d.take(4))) }
func (d *decoder) int64() int64 { return int64(binary.BigEndian.Uint64(d.take(8))) }

func (d *decoder) text() string {
	n := int(d.int32())
	if n <= 0 || n > len(d.rest) {
		return ""
	}
	return string(d.take(n))
}
