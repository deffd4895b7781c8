package e2e

import (
	"encoding/json"
	"testing"
)

func TestAuditEventsOfTheOperatorsWrites(t *testing.T) {
	const operator = `"user":{"username":"system:serviceaccount:zk-system:zookeeper-operator"}`
	tests := []struct {
		name  string
		event string
		want  bool
	}{
		{"an apply", `{"stage":"ResponseComplete","verb":"patch",` + operator + `,"objectRef":{"resource":"statefulsets"}}`, true},
		{"a status patch", `{"stage":"ResponseComplete","verb":"patch",` + operator + `,"objectRef":{"resource":"zookeeperensembles","subresource":"status"}}`, true},
		{"an event", `{"stage":"ResponseComplete","verb":"create",` + operator + `,"objectRef":{"resource":"events"}}`, true},
		{"a lease", `{"stage":"ResponseComplete","verb":"update",` + operator + `,"objectRef":{"resource":"leases"}}`, false},
		{"a read", `{"stage":"ResponseComplete","verb":"list",` + operator + `,"objectRef":{"resource":"pods"}}`, false},
		{"the same request at another stage", `{"stage":"ResponseStarted","verb":"patch",` + operator + `,"objectRef":{"resource":"pods"}}`, false},
		{"somebody else", `{"stage":"ResponseComplete","verb":"patch","user":{"username":"system:serviceaccount:kube-system:statefulset-controller"},"objectRef":{"resource":"pods"}}`, false},
		{"a namespace of a similar name", `{"stage":"ResponseComplete","verb":"patch","user":{"username":"system:serviceaccount:zk-system2:x"},"objectRef":{"resource":"pods"}}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var event auditEvent
			if err := json.Unmarshal([]byte(tt.event), &event); err != nil {
				t.Fatal(err)
			}
			if got := event.isWriteBy("zk-system"); got != tt.want {
				t.Errorf("is a write of the operator: got %v, want %v", got, tt.want)
			}
		})
	}
}
