package resolve_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zkensemble/zookeeper-operator/internal/agent/resolve"
)

const host = "zk-0.zk-servers.ns.svc.cluster.local"

// nameServer answers with what reply returns for the nth question.
func nameServer(t *testing.T, reply func(n int32, question, answer *dns.Msg)) (addr string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
		answer := new(dns.Msg).SetReply(question)
		reply(asked.Add(1), question, answer)
		_ = w.WriteMsg(answer)
	})}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { _ = server.Shutdown() })
	return conn.LocalAddr().String()
}

func give(t *testing.T, answer *dns.Msg, record string) {
	t.Helper()
	rr, err := dns.NewRR(record)
	if err != nil {
		t.Error(err)
		return
	}
	answer.Answer = append(answer.Answer, rr)
}

// TestWaitsForTheRightAddress goes through what a new Pod sees: no name, the
// address of the Pod before it, a failing server, and at last its own address.
func TestWaitsForTheRightAddress(t *testing.T) {
	t.Parallel()
	addr := nameServer(t, func(n int32, question, answer *dns.Msg) {
		if question.Question[0].Name != host+"." || question.Question[0].Qtype != dns.TypeA {
			t.Errorf("asked %v", question.Question)
		}
		switch n {
		case 1:
			answer.Rcode = dns.RcodeNameError
		case 2:
			give(t, answer, host+". 5 IN A 10.0.0.1")
		case 3:
			answer.Rcode = dns.RcodeServerFailure
		case 4: // no answer section
		default:
			give(t, answer, host+". 5 IN A 10.0.0.2")
		}
	})
	var reasons []string
	w := &resolve.Waiter{
		Servers: []string{addr}, Interval: 5 * time.Millisecond,
		Report: func(reason string) { reasons = append(reasons, reason) },
	}
	if err := w.Wait(t.Context(), host, netip.MustParseAddr("10.0.0.2")); err != nil {
		t.Fatal(err)
	}
	if len(reasons) != 4 || !strings.Contains(reasons[1], "10.0.0.1") || !strings.Contains(reasons[2], "SERVFAIL") {
		t.Errorf("%q", reasons)
	}
}

func TestAsksForIPv6(t *testing.T) {
	t.Parallel()
	addr := nameServer(t, func(_ int32, question, answer *dns.Msg) {
		if question.Question[0].Qtype == dns.TypeAAAA {
			give(t, answer, host+". 5 IN AAAA fd00::2")
		}
	})
	w := &resolve.Waiter{Servers: []string{addr}, Interval: 5 * time.Millisecond}
	if err := w.Wait(t.Context(), host, netip.MustParseAddr("fd00::2")); err != nil {
		t.Error(err)
	}
}

func TestDeadNameServerIsPassedOver(t *testing.T) {
	t.Parallel()
	dead := nameServer(t, func(_ int32, _, answer *dns.Msg) { answer.Rcode = dns.RcodeRefused })
	alive := nameServer(t, func(_ int32, _, answer *dns.Msg) { give(t, answer, host+". 5 IN A 10.0.0.2") })
	w := &resolve.Waiter{Servers: []string{dead, alive}, Interval: 5 * time.Millisecond}
	if err := w.Wait(t.Context(), host, netip.MustParseAddr("10.0.0.2")); err != nil {
		t.Error(err)
	}
}

func TestNeverGivesUpBeforeItsContext(t *testing.T) {
	t.Parallel()
	addr := nameServer(t, func(_ int32, _, answer *dns.Msg) { answer.Rcode = dns.RcodeNameError })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	w := &resolve.Waiter{Servers: []string{addr}, Interval: time.Millisecond}
	if err := w.Wait(ctx, host, netip.MustParseAddr("10.0.0.2")); err == nil || ctx.Err() == nil {
		t.Errorf("got %v", err)
	}
}

func TestFromFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(path, []byte("search a b\nnameserver 10.96.0.10\nnameserver fd00::a\noptions ndots:5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := resolve.FromFile(path)
	if err != nil || len(w.Servers) != 2 || w.Servers[0] != "10.96.0.10:53" || w.Servers[1] != "[fd00::a]:53" {
		t.Errorf("%+v, %v", w, err)
	}
	if err := os.WriteFile(path, []byte("search a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := resolve.FromFile(path); err == nil {
		t.Error("a file without name servers was accepted")
	}
}

// TestWhatIsReportedChangesOnlyWithTheCause holds that no port of ours and no
// order of theirs makes two reports of one cause different.
func TestWhatIsReportedChangesOnlyWithTheCause(t *testing.T) {
	t.Parallel()
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	turns := nameServer(t, func(n int32, _, answer *dns.Msg) {
		give(t, answer, fmt.Sprintf("%s. 5 IN A 10.0.0.%d", host, 1+n%2))
		give(t, answer, fmt.Sprintf("%s. 5 IN A 10.0.0.%d", host, 2-n%2))
	})
	for name, server := range map[string]string{"nobody listens": closed.LocalAddr().String(), "two addresses in turns": turns} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		reports := map[string]bool{}
		times := 0
		waiter := &resolve.Waiter{Servers: []string{server}, Interval: time.Millisecond, Report: func(reason string) {
			if times++; times > 10 {
				cancel()
				return
			}
			reports[reason] = true
		}}
		if err := waiter.Wait(ctx, host, netip.MustParseAddr("10.9.9.9")); err == nil {
			t.Errorf("%s: it waits no longer", name)
		}
		if len(reports) != 1 {
			t.Errorf("%s: %v", name, reports)
		}
	}
}

// TestAnotherClusterDomainIsNamed holds that a name of another domain than that of
// the Pod is reported with the value to set, whatever the name service says of it,
// and a name of the Pod's own domain without.
func TestAnotherClusterDomainIsNamed(t *testing.T) {
	t.Parallel()
	const advice = "set clusterDomain of the operator to k8s.example"
	for code, name := range map[int]string{dns.RcodeNameError: "an unknown name", dns.RcodeServerFailure: "a failure"} {
		addr := nameServer(t, func(_ int32, _, answer *dns.Msg) { answer.Rcode = code })
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "resolv.conf")
		if err := os.WriteFile(path, []byte("search ns.svc.k8s.example svc.k8s.example k8s.example corp.example\nnameserver 127.0.0.1\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			host    string
			advised bool
		}{{host, true}, {"zk-0.zk-servers.ns.svc.k8s.example", false}} {
			w, err := resolve.FromFile(path)
			if err != nil {
				t.Fatal(err)
			}
			w.Servers = []string{net.JoinHostPort("127.0.0.1", port)}
			ctx, cancel := context.WithCancel(t.Context())
			var said string
			w.Report = func(reason string) { said = reason; cancel() }
			if err := w.Wait(ctx, tt.host, netip.MustParseAddr("10.0.0.2")); err == nil {
				t.Errorf("%s: %s was resolved", name, tt.host)
			}
			if !strings.Contains(said, tt.host) || strings.Contains(said, advice) != tt.advised {
				t.Errorf("%s of %s: advised is to be %v: %q", name, tt.host, tt.advised, said)
			}
		}
	}
}
