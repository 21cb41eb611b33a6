package testbed

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// Gateway is an HTTP proxy of the kind that people sit behind: it refuses upgrades, and sends each request to
// the next one of its servers, whoever it comes from. Where that does not answer, nobody else is asked.
type Gateway struct {
	URL string

	requests, upgrades atomic.Int64
}

// StartGateway starts a gateway before the servers with some base URLs, until the test ends.
func StartGateway(t testing.TB, servers ...string) *Gateway {
	t.Helper()
	g := new(Gateway)
	proxies := make([]*httputil.ReverseProxy, len(servers))
	for i, s := range servers {
		target, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		proxies[i] = &httputil.ReverseProxy{
			Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
			ErrorLog:     log.New(io.Discard, "", 0),
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			g.upgrades.Add(1)
			w.WriteHeader(http.StatusForbidden)
			return
		}
		proxies[g.requests.Add(1)%int64(len(proxies))].ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections() // an event stream would be waited for
		server.Close()
	})
	g.URL = server.URL
	return g
}

// Upgrades returns how many upgrades were refused.
func (g *Gateway) Upgrades() int64 { return g.upgrades.Load() }
