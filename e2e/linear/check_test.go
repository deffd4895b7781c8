package linear

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// at gives an operation its times, in milliseconds.
func at(called, returned int, o Op) Op {
	o.Key = "/k"
	o.Called, o.Returned = time.Duration(called)*time.Millisecond, time.Duration(returned)*time.Millisecond
	return o
}

func created(value string) Op { return Op{Kind: Create, Value: value, Result: Done} }

func set(value string, asked, version int32) Op {
	return Op{Kind: Set, Value: value, Asked: asked, Version: version, Result: Done}
}

func read(value string, version int32) Op {
	return Op{Kind: Read, Value: value, Version: version, Result: Done}
}

func ended(kind Kind, asked int32, result Result) Op {
	return Op{Kind: kind, Value: "v", Asked: asked, Result: result}
}

func TestHistories(t *testing.T) {
	begin := at(0, 1, created("a"))
	lost := at(2, 3, Op{Kind: Set, Value: "b", Asked: 0, Result: Unknown})
	tests := []struct {
		name string
		good bool
		ops  []Op
	}{
		{"nothing", true, nil},
		{"one after the other", true, []Op{
			begin, at(2, 3, set("b", 0, 1)), at(4, 5, read("b", 1)), at(6, 7, ended(Delete, 1, Done)), at(8, 9, ended(Read, 0, Absent)),
			at(10, 11, created("c")), at(12, 13, read("c", 0)),
		}},
		{"refusals for a reason", true, []Op{
			at(0, 1, ended(Set, AnyVersion, Absent)), at(2, 3, ended(Delete, 0, Absent)), at(4, 5, created("a")),
			at(6, 7, ended(Create, 0, Exists)), at(8, 9, ended(Set, 7, BadVersion)), at(10, 11, ended(Delete, 7, BadVersion)),
		}},
		{"of two at once by the same version one wins", true, []Op{
			begin, at(2, 9, set("b", 0, 1)), at(3, 8, ended(Set, 0, BadVersion)), at(10, 11, read("b", 1)),
		}},
		{"a read beside a write sees it or not", true, []Op{
			begin, at(2, 9, set("b", 0, 1)), at(3, 4, read("a", 0)), at(5, 6, read("b", 1)),
		}},
		{"no answer, and it was done", true, []Op{begin, lost, at(4, 5, read("b", 1))}},
		{"no answer, and it was not done", true, []Op{begin, lost, at(4, 5, read("a", 0)), at(6, 7, set("c", 0, 1))}},
		{"no answer, and it was done later", true, []Op{begin, lost, at(4, 5, read("a", 0)), at(6, 7, read("b", 1))}},

		{"a lost write", false, []Op{begin, at(2, 3, set("b", 0, 1)), at(4, 5, read("a", 0))}},
		{"a lost write, seen by the next version", false, []Op{begin, at(2, 3, set("b", 0, 1)), at(4, 5, set("c", AnyVersion, 1))}},
		{"a lost creation", false, []Op{begin, at(2, 3, ended(Read, 0, Absent))}},
		{"a stale read by a server that is behind", false, []Op{begin, at(2, 9, set("b", 0, 1)), at(3, 4, read("b", 1)), at(5, 6, read("a", 0))}},
		{"two changes by the same version", false, []Op{begin, at(2, 9, set("b", 0, 1)), at(3, 8, set("c", 0, 1))}},
		{"a change by a stale version", false, []Op{begin, at(2, 3, set("b", 0, 1)), at(4, 5, set("c", 0, 2))}},
		{"a refusal without a reason", false, []Op{begin, at(2, 3, ended(Set, 0, BadVersion))}},
		{"created twice", false, []Op{begin, at(2, 3, created("b"))}},
		{"a value that comes back", false, []Op{
			begin, at(2, 3, set("b", 0, 1)), at(4, 5, set("c", 1, 2)), at(6, 7, read("c", 2)), at(8, 9, read("b", 1)),
		}},
		{"a deleted znode that comes back", false, []Op{begin, at(2, 3, ended(Delete, 0, Done)), at(4, 5, read("a", 0))}},
		{"a value that nobody wrote", false, []Op{begin, at(2, 3, read("x", 0))}},
		{"the value of one version with the number of another", false, []Op{begin, at(2, 3, set("b", 0, 1)), at(4, 5, read("a", 1))}},
		{"no answer, done and then not", false, []Op{begin, lost, at(4, 5, read("b", 1)), at(6, 7, read("a", 0))}},
		{"no answer, done before its call", false, []Op{begin, at(1, 2, read("b", 1)), at(4, 5, lost)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report := Check(tt.ops, time.Minute)
			if good := report.Err() == nil; good != tt.good {
				t.Errorf("linearizable is %v, want %v: %s\n%v", good, tt.good, report, report.Err())
			}
		})
	}
}

func TestZnodesAreJudgedEachByItself(t *testing.T) {
	good, bad := at(0, 1, created("a")), at(2, 3, read("x", 0))
	bad.Key = "/bad"
	report := Check([]Op{good, bad}, time.Minute)
	want := Report{Ops: 2, Keys: 2, Broken: []string{"/bad:\n  " + bad.String() + "\n"}}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotDecidedIsNotGood(t *testing.T) {
	report := Check(play(rand.New(rand.NewPCG(1, 1)), 200, 6), time.Nanosecond)
	if len(report.Undecided) != 1 || report.Err() == nil {
		t.Errorf("undecided: %s, error %v", report, report.Err())
	}
}

func TestOperationsOutliveJSON(t *testing.T) {
	want := at(1, 2, set("b", AnyVersion, 7))
	want.Client = 3
	var got Op
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operation (-want +got):\n%s", diff)
	}
}

// play lets clients work on one znode of a server without failures. Each
// operation is done at a random moment between its call and its return, and one
// in twenty loses its answer, or is not done at all.
func play(random *rand.Rand, n, clients int) []Op {
	kinds := []Kind{Create, Set, Set, Set, Delete, Read, Read, Read}
	type due struct {
		done time.Duration
		op   int
	}
	var ops []Op
	var order []due
	free := make([]time.Duration, clients)
	for i := range n {
		client := i % clients
		o := Op{Client: client, Key: "/k", Kind: kinds[random.IntN(len(kinds))], Value: fmt.Sprint(i), Asked: int32(random.IntN(4)) - 1}
		o.Called = free[client] + time.Duration(1+random.IntN(5))
		done := o.Called + time.Duration(random.IntN(20))
		o.Returned = done + time.Duration(random.IntN(20))
		free[client] = o.Returned
		ops, order = append(ops, o), append(order, due{done, i})
	}
	var now znode
	for len(order) > 0 {
		first := 0
		for i := range order {
			if order[i].done < order[first].done {
				first = i
			}
		}
		o := &ops[order[first].op]
		order = append(order[:first], order[first+1:]...)
		switch random.IntN(40) {
		case 0:
			o.Result = Unknown
		case 1:
			o.Result = Unknown
			_, now = now.do(*o)
		default:
			o.Result, now = now.do(*o)
			o.answer(now)
		}
	}
	return ops
}

// answer is what the server shows after an operation.
func (o *Op) answer(now znode) {
	if o.Result == Done && (o.Kind == Set || o.Kind == Read) {
		o.Value, o.Version = now.value, now.version
	}
}

func TestAServerWithoutFailuresIsGood(t *testing.T) {
	for seed := range uint64(100) {
		ops := play(rand.New(rand.NewPCG(seed, 0)), 60, 6)
		if err := Check(ops, time.Minute).Err(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func TestAnOutcomeThatIsChangedIsSeen(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 0))
		ops := play(random, 60, 6)
		i := random.IntN(len(ops))
		for ops[i].Kind != Read || ops[i].Result != Done {
			i = (i + 1) % len(ops)
		}
		// The value of another time, or another version.
		if seed%2 == 0 {
			ops[i].Version++
		} else {
			ops[i].Value += "'"
		}
		if Check(ops, time.Minute).Err() == nil {
			t.Errorf("seed %d: the history with a changed %s is good", seed, ops[i])
		}
	}
}
