// Package resolve waits for the cluster's name servers to know a new Pod.
//
// Other members dial a server by name, and the server compares its own resolved
// address with the one the ensemble committed: one that starts too early can be
// elected and then refuse to commit. /etc/hosts always knows the Pod's own name,
// so this package asks the name servers themselves.
package resolve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Waiter asks name servers until they give the right answer.
type Waiter struct {
	// Servers are the name servers, host:port, in the order of preference.
	Servers []string
	// Domain is the cluster domain by which names of Services are completed in
	// this Pod; "" where it is not known.
	Domain string
	// Interval is the pause between two rounds of questions.
	Interval time.Duration
	// Report is told what the last round brought, every ReportEvery at most.
	Report      func(reason string)
	ReportEvery time.Duration
}

// questionTimeout bounds one question, so that a dead name server does not
// hide a living one for long.
const questionTimeout = time.Second

// FromFile returns a Waiter for the name servers in a resolv.conf.
func FromFile(path string) (*Waiter, error) {
	config, err := dns.ClientConfigFromFile(path)
	if err != nil {
		return nil, err
	}
	if len(config.Servers) == 0 {
		return nil, fmt.Errorf("%s names no name server", path)
	}
	w := &Waiter{Domain: domainOf(config.Search), Interval: 250 * time.Millisecond, ReportEvery: 10 * time.Second}
	for _, server := range config.Servers {
		w.Servers = append(w.Servers, net.JoinHostPort(server, config.Port))
	}
	return w, nil
}

// domainOf is the cluster domain among the search domains that the kubelet writes:
// "<namespace>.svc.<domain>", "svc.<domain>" and "<domain>".
func domainOf(search []string) string {
	for _, suffix := range search {
		if domain, ok := strings.CutPrefix(suffix, "svc."); ok {
			return strings.TrimSuffix(domain, ".")
		}
	}
	return ""
}

// Wait returns nil once name resolves to addr. It never gives up before ctx ends.
func (w *Waiter) Wait(ctx context.Context, name string, addr netip.Addr) error {
	ticker := time.NewTicker(w.Interval)
	defer ticker.Stop()
	var reported time.Time
	for {
		err := w.check(ctx, name, addr)
		if err == nil {
			return nil
		}
		if w.Report != nil && time.Since(reported) >= w.ReportEvery {
			w.Report(err.Error())
			reported = time.Now()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-ticker.C:
		}
	}
}

// check believes the first name server that answers at all.
func (w *Waiter) check(ctx context.Context, name string, addr netip.Addr) error {
	var errs []error
	for _, server := range w.Servers {
		addrs, err := lookup(ctx, server, name, addr.Is6())
		if err != nil {
			errs = append(errs, fmt.Errorf("name server %s: %w", server, err))
			continue
		}
		if slices.Contains(addrs, addr) {
			return nil
		}
		return fmt.Errorf("%s resolves to %v, not to %s, at name server %s%s", name, addrs, addr, server, w.advice(name))
	}
	return fmt.Errorf("%s does not resolve: %w%s", name, errors.Join(errs...), w.advice(name))
}

// advice is what to do about a name that is of another cluster domain than this
// Pod: nobody but its name service is asked for it.
func (w *Waiter) advice(name string) string {
	if w.Domain == "" || strings.HasSuffix(strings.TrimSuffix(name, "."), ".svc."+w.Domain) {
		return ""
	}
	return fmt.Sprintf("; the cluster domain of this Pod is %[1]s: set clusterDomain of the operator to %[1]s", w.Domain)
}

func lookup(ctx context.Context, server, name string, six bool) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, questionTimeout)
	defer cancel()
	question := new(dns.Msg)
	kind := dns.TypeA
	if six {
		kind = dns.TypeAAAA
	}
	question.SetQuestion(dns.Fqdn(name), kind)
	answer, err := exchange(ctx, server, question)
	if err != nil {
		return nil, steady(err)
	}
	// A name that does not exist yet is an answer; anything else is a failure
	// of the name server.
	if answer.Rcode != dns.RcodeSuccess && answer.Rcode != dns.RcodeNameError {
		return nil, errors.New(dns.RcodeToString[answer.Rcode])
	}
	return addresses(answer), nil
}

// steady leaves out of a network's error the addresses that it was between: our
// port is another one for each question, and what people read in a status should
// change only when something does.
func steady(err error) error {
	if failed, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Errorf("%s: %w", failed.Op, failed.Err)
	}
	return err
}

// exchange asks over UDP, and over TCP if the answer did not fit.
func exchange(ctx context.Context, server string, question *dns.Msg) (*dns.Msg, error) {
	answer, _, err := new(dns.Client).ExchangeContext(ctx, question, server)
	if err == nil && answer.Truncated {
		answer, _, err = (&dns.Client{Net: "tcp"}).ExchangeContext(ctx, question, server)
	}
	return answer, err
}

func addresses(answer *dns.Msg) []netip.Addr {
	var addrs []netip.Addr
	for _, record := range answer.Answer {
		var ip net.IP
		switch r := record.(type) {
		case *dns.A:
			ip = r.A
		case *dns.AAAA:
			ip = r.AAAA
		default:
			continue
		}
		if addr, ok := netip.AddrFromSlice(ip); ok {
			addrs = append(addrs, addr.Unmap())
		}
	}
	slices.SortFunc(addrs, netip.Addr.Compare) // name servers change their order
	return addrs
}
