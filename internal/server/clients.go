package server

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/realclientip/realclientip-go"
)

// clientAddress finds out where a request came from. What proxies say is believed only of those
// that are trusted: anybody can write the header.
type clientAddress struct {
	trusted   []net.IPNet
	forwarded realclientip.Strategy
}

func newClientAddress(trusted []net.IPNet) clientAddress {
	return clientAddress{
		trusted:   trusted,
		forwarded: realclientip.Must(realclientip.NewRightmostTrustedRangeStrategy("X-Forwarded-For", trusted)),
	}
}

// of returns the client's IP address.
func (c *clientAddress) of(r *http.Request) string {
	if c.viaTrusted(r) {
		if ip := c.forwarded.ClientIP(r.Header, r.RemoteAddr); ip != "" {
			return ip
		}
		// All of them are trusted, the client's too: it is on the proxies' own network.
		first, _, _ := strings.Cut(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if ip := net.ParseIP(strings.TrimSpace(first)); ip != nil {
			return ip.String()
		}
	}
	return peer(r)
}

// scheme returns http or https, as the client sees it.
func (c *clientAddress) scheme(r *http.Request) string {
	if r.TLS != nil || c.viaTrusted(r) && r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https"
	}
	return "http"
}

func (c *clientAddress) viaTrusted(r *http.Request) bool {
	ip := net.ParseIP(peer(r))
	return ip != nil && slices.ContainsFunc(c.trusted, func(n net.IPNet) bool { return n.Contains(ip) })
}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// origins decides which pages may connect.
type origins struct {
	allowed []string
	clients *clientAddress
}

// allow compares whole origins, the scheme included. A program that is not a browser sends none
// and may connect; a browser always sends one.
func (o *origins) allow(r *http.Request) bool {
	values := r.Header.Values("Origin")
	switch {
	case len(values) == 0:
		return true
	case len(values) > 1:
		return false
	case len(o.allowed) > 0:
		return slices.Contains(o.allowed, values[0])
	}
	return values[0] == o.clients.scheme(r)+"://"+r.Host
}
