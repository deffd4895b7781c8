package prepare

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/zkensemble/zookeeper-operator/zkconfig"
)

// identify makes sure that the volume is this server's and says so. A volume of
// another server holds what that server promised, so it is never taken over.
func (o Options) identify(d disk) (int64, error) {
	id, err := o.id()
	if err != nil {
		return 0, err
	}
	path := filepath.Join(o.DataDir, "myid")
	text, exists, err := readOptional(path)
	if err != nil {
		return 0, err
	}
	if exists {
		have, err := zkconfig.ParseMyID(text)
		if err != nil {
			return 0, fmt.Errorf("%s: %w; expected %d", path, err, id)
		}
		if have != id {
			return 0, fmt.Errorf("wrong volume: %s says server %d, but Pod %s is server %d", path, have, o.PodName, id)
		}
	}
	return id, d.write(path, []byte(zkconfig.FormatMyID(id)), 0o644)
}

func (o Options) id() (int64, error) {
	_, ordinal, ok := cutLast(o.PodName, "-")
	if !ok {
		return 0, fmt.Errorf("the Pod name %q does not end in an ordinal", o.PodName)
	}
	n, err := strconv.ParseUint(ordinal, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("the Pod name %q does not end in an ordinal", o.PodName)
	}
	return int64(n) + o.IDOffset, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
