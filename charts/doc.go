// Package charts tests the Helm charts of this directory.
package charts
