package server_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"chorus/internal/server"
	"chorus/tests/node"
)

func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestThePageAndItsPartsAreServedSafely(t *testing.T) {
	n := node.Start(t)
	page, body := get(t, n.URL+"/")
	if page.StatusCode != 200 || !strings.Contains(body, "<html") {
		t.Fatalf("%d: %.200s", page.StatusCode, body)
	}
	csp := page.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self';", "img-src 'self' https: data:;", "trusted-types 'none'", "require-trusted-types-for 'script'", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("the CSP lacks %s: %s", part, csp)
		}
	}
	if strings.Contains(csp, "unsafe") || page.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %v", page.Header)
	}
	// What the page names as its script is there.
	link := regexp.MustCompile(`src="?(v/\w+/js/main\.js)`).FindStringSubmatch(body)
	if link == nil {
		t.Fatalf("the page has no script: %s", body)
	}
	script, _ := get(t, n.URL+"/"+link[1])
	if got := script.Header.Get("Content-Type"); script.StatusCode != 200 || got != "text/javascript; charset=utf-8" {
		t.Errorf("a module is served as %d %s", script.StatusCode, got)
	}
	if got := script.Header.Get("Cross-Origin-Resource-Policy"); got != "same-origin" {
		t.Errorf("what is the page's alone is for %s", got)
	}
	for _, path := range []string{"/nothing", "/web.go", "/package.json", "/js/", "/../go.mod", "/index.html/"} {
		if missing, _ := get(t, n.URL+path); missing.StatusCode != 404 {
			t.Errorf("%s: %d", path, missing.StatusCode)
		}
	}
}

func TestWhoWorksOnThePageSeesItAsItIsOnDisk(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("<title>New</title>"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := node.Start(t, func(c *server.Config) { c.Web = dir })
	if page, body := get(t, n.URL+"/"); page.StatusCode != 200 || body != "<title>New</title>" {
		t.Errorf("%d %s", page.StatusCode, body)
	}
}

func TestHealthNamesTheNode(t *testing.T) {
	n := node.Start(t, node.Named("node-7"))
	for _, path := range []string{"/healthz", "/readyz"} {
		if response, body := get(t, n.URL+path); response.StatusCode != 200 || body != `{"status":"ok","node":"node-7"}` {
			t.Errorf("%s: %d %s", path, response.StatusCode, body)
		}
	}
}

func TestWithoutRedisANodeStartsButIsNotReady(t *testing.T) {
	n := node.Start(t, node.Redis("redis://127.0.0.1:1"))
	if response, body := get(t, n.URL+"/readyz"); response.StatusCode != 503 || !strings.Contains(body, "does not answer") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if response, _ := get(t, n.URL+"/"); response.StatusCode != 200 {
		t.Errorf("the page: %d", response.StatusCode)
	}
}

func TestMetricsAreWellNamed(t *testing.T) {
	n := node.Start(t)
	_, body := get(t, n.URL+"/metrics")
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, name := range []string{"chorus_rooms 0", "chorus_deliveries_total 0", "chorus_publish_duration_seconds_count 0"} {
		if !strings.Contains(body, name) {
			t.Errorf("/metrics lacks %s", name)
		}
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	if _, err := server.New(server.Config{Addr: "127.0.0.1:0"}, nil); err == nil || !strings.Contains(err.Error(), ":") {
		t.Fatalf("a configuration without limits: %v", err)
	}
}
