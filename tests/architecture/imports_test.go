// Package architecture_test keeps the rules of ARCHITECTURE.md that a compiler does not.
package architecture_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed lists, for each package, which others of the project it may import. Dependencies
// point one way; what is not here is not allowed.
var allowed = map[string][]string{
	"chorus/internal/chat":    {},
	"chorus/internal/metrics": {},
	"chorus/web":              {},
	"chorus/internal/wire":    {"chat"},
	"chorus/internal/bus":     {"chat"},
	"chorus/internal/auth":    {"chat"},
	"chorus/internal/limit":   {},
	"chorus/internal/pages":   {},
	"chorus/internal/memory":  {},
	"chorus/internal/hub":     {"chat", "wire", "bus", "metrics", "memory"},
	"chorus/internal/session": {"chat", "wire", "bus", "metrics", "auth", "hub", "limit", "memory"},
	"chorus/internal/api":     {"chat", "wire", "bus", "metrics", "hub"},
	"chorus/internal/webhook": {"chat", "wire", "bus", "metrics"},
	"chorus/internal/server":  {"chat", "wire", "bus", "metrics", "auth", "hub", "limit", "memory", "session", "api", "webhook", "pages", "web"},
	"chorus/cmd/server":       {"server", "memory"},
	"chorus/internal/load":    {}, // it is to see of the service only what clients see
	"chorus/cmd/loadtest":     {"load"},
}

// outside lists the libraries that only some packages may import.
var outside = map[string][]string{
	"github.com/redis/go-redis/v9":                                {"chorus/internal/bus", "chorus/internal/load"},
	"github.com/gorilla/websocket":                                {"chorus/internal/session", "chorus/internal/server", "chorus/internal/load"},
	"github.com/golang-jwt/jwt/v5":                                {"chorus/internal/auth"},
	"github.com/MicahParks/keyfunc/v3":                            {"chorus/internal/auth"},
	"github.com/alecthomas/kong":                                  {"chorus/cmd/server", "chorus/cmd/loadtest"},
	"net/http":                                                    {"chorus/internal/api", "chorus/internal/webhook", "chorus/internal/pages", "chorus/internal/server", "chorus/internal/load", "chorus/cmd/server"},
	"github.com/standard-webhooks/standard-webhooks/libraries/go": {"chorus/internal/webhook"},
	"github.com/prometheus/client_golang/prometheus":              {"chorus/internal/metrics"},
	"github.com/KimMachineGun/automemlimit/memlimit":              {"chorus/cmd/server"},
	"github.com/alecthomas/units":                                 {"chorus/internal/memory"},
	"golang.org/x/sys/unix":                                       {"chorus/internal/session", "chorus/internal/load"},
	"github.com/tdewolff/minify/v2":                               {"chorus/internal/pages"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) (all []goPackage) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "chorus/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestDependenciesPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		if strings.HasPrefix(p.ImportPath, "chorus/tests/") || p.ImportPath == "chorus/internal/bus/bustest" {
			continue
		}
		rule, known := allowed[p.ImportPath]
		if !known {
			t.Errorf("%s has no rule: say here what it may import", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if users, limited := outside[imported]; limited && !slices.Contains(users, p.ImportPath) {
				t.Errorf("%s imports %s, which is for %v", p.ImportPath, imported, users)
			}
			name, ours := strings.CutPrefix(imported, "chorus/")
			if ours && !slices.Contains(rule, strings.TrimPrefix(name, "internal/")) {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
		}
	}
}
