package v1alpha1_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/zkensemble/zookeeper-operator/api/v1alpha1"
)

// TestPrintColumns holds what kubectl get shows: how many members serve, and in
// one word what is the matter, before anything else.
func TestPrintColumns(t *testing.T) {
	e := ensemble(named("columns"))
	if err := server.Create(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	e.Status = v1alpha1.ZooKeeperEnsembleStatus{
		ReadyVoters: "2/3", UpdatedReplicas: 3, Leader: "columns-1", Version: "3.9.5", Activity: "Waiting",
		Conditions: []metav1.Condition{
			{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonMemberDown, LastTransitionTime: metav1.Now()},
			{Type: v1alpha1.ConditionAvailable, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonQuorumServes, LastTransitionTime: metav1.Now()},
		},
	}
	judge(t, server.Status().Update(t.Context(), e), "")
	normal, wide := columns(t, e.Name)
	if want := "Name=columns Ready=2/3 Status=MemberDown Up-to-date=3 Available=True"; normal != want {
		t.Errorf("kubectl get shows\n%s\nwant\n%s", normal, want)
	}
	if want := "Version=3.9.5 Leader=columns-1 Activity=Waiting"; wide != want {
		t.Errorf("kubectl get -o wide adds\n%s\nwant\n%s", wide, want)
	}
}

// columns are what kubectl get shows of an ensemble apart from its age, and what
// -o wide adds.
func columns(t *testing.T, name string) (normal, wide string) {
	t.Helper()
	var cells [2][]string
	table := tableOf(t, name)
	for i, column := range table.ColumnDefinitions {
		if column.Name != "Age" {
			shown := &cells[min(column.Priority, 1)]
			*shown = append(*shown, fmt.Sprintf("%s=%v", column.Name, table.Rows[0].Cells[i]))
		}
	}
	return strings.Join(cells[0], " "), strings.Join(cells[1], " ")
}

// tableOf asks the API server for an ensemble in the form in which kubectl does.
func tableOf(t *testing.T, name string) metav1.Table {
	t.Helper()
	caller, request := httpGet(t, "/apis/zkensemble.dev/v1alpha1/namespaces/default/zookeeperensembles/"+name)
	request.Header.Set("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	response, err := caller.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var table metav1.Table
	if err := json.NewDecoder(response.Body).Decode(&table); err != nil || len(table.Rows) != 1 {
		t.Fatalf("%s, %d rows: %v", response.Status, len(table.Rows), err)
	}
	return table
}

func httpGet(t *testing.T, path string) (*http.Client, *http.Request) {
	t.Helper()
	caller, err := rest.HTTPClientFor(connection)
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.JoinPath(connection.Host, path)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return caller, request
}
