package server

import (
	"net/http/httptest"
	"testing"
)

func TestTheClientIsWhoTheTrustedProxiesSayItIs(t *testing.T) {
	proxies, err := proxyRanges([]string{"private"})
	if err != nil {
		t.Fatal(err)
	}
	clients := newClientAddress(proxies)
	for _, c := range []struct{ peer, forwarded, want string }{
		{"203.0.113.9:4000", "", "203.0.113.9"},
		{"203.0.113.9:4000", "198.51.100.7", "203.0.113.9"}, // anybody can write the header
		{"172.18.0.2:4000", "198.51.100.7", "198.51.100.7"},
		{"172.18.0.2:4000", "192.0.2.66, 198.51.100.7", "198.51.100.7"},           // the first one is the client's own word
		{"172.18.0.2:4000", "198.51.100.7, 10.0.0.3, 172.18.0.9", "198.51.100.7"}, // three proxies
		{"172.18.0.2:4000", "192.168.1.5", "192.168.1.5"},                         // a client on a network of the proxies'
		{"172.18.0.2:4000", "192.168.1.6, 10.0.0.3", "192.168.1.6"},
		{"172.18.0.2:4000", "rubbish", "172.18.0.2"},
		{"172.18.0.2:4000", "", "172.18.0.2"},
	} {
		r := httptest.NewRequest("GET", "/ws", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := clients.of(r); got != c.want {
			t.Errorf("%s says %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}
