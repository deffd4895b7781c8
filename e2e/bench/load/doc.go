// Package load is clients that write to an ensemble without pause, and a meter
// that tells for how long none of them had a write acknowledged. The benchmarks
// use it.
package load
