// Package api_test tries the API of a node, and compares every request and answer with its
// description, internal/api/openapi.json.
package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	problems "github.com/pb33f/libopenapi-validator/errors"

	"chorus/internal/api"
	"chorus/tests/node"
)

const descriptionFile = "../../internal/api/openapi.json"

// contract is the description.
type contract struct{ validator.Validator }

func readContract(t *testing.T) contract {
	t.Helper()
	text, err := os.ReadFile(descriptionFile)
	if err != nil {
		t.Fatal(err)
	}
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	// Strict, so that what is answered and not described is found too.
	v, errs := validator.NewValidator(document, config.WithFormatAssertions(), config.WithStrictMode(),
		config.WithStrictIgnoredHeadersExtra("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy",
			"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"), // of all answers of the node
	)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return contract{v}
}

// program uses the API of a node and holds both to the contract.
type program struct {
	t        *testing.T
	contract contract
	node     *node.Node
	token    string
}

func startProgram(t *testing.T, n *node.Node) *program {
	return &program{t: t, contract: readContract(t), node: n, token: node.Token}
}

// exchange is a request that was answered.
type exchange struct {
	status int
	header http.Header
	text   string
	answer answer
}

// answer has the fields of all answers.
type answer struct {
	Room      string    `json:"room"`
	Seq       uint64    `json:"seq"`
	ID        string    `json:"id"`
	Time      string    `json:"time"`
	Duplicate bool      `json:"duplicate"`
	Messages  []message `json:"messages"`
	More      bool      `json:"more"`
	Head      position  `json:"head"`
	Rooms     []struct {
		Room  string `json:"room"`
		Count int    `json:"count"`
	} `json:"rooms"`
	Count int    `json:"count"`
	Users []user `json:"users"`
	Error *struct {
		Code      string `json:"code"`
		Message   string `json:"message"`
		Field     string `json:"field"`
		Retryable bool   `json:"retryable"`
	} `json:"error"`
}

type message struct {
	Seq  uint64 `json:"seq"`
	ID   string `json:"id"`
	Key  string `json:"key"`
	Text string `json:"text"`
	User user   `json:"user"`
}

type user struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Avatar string `json:"avatar"`
}

type position struct {
	Seq uint64 `json:"seq"`
	ID  string `json:"id"`
}

// ask sends a request with the program's token and further headers, of which the later ones count.
func (p *program) ask(method, path, body string, headers ...string) exchange {
	p.t.Helper()
	request := func() *http.Request {
		r, err := http.NewRequestWithContext(p.t.Context(), method, p.node.URL+api.Root+path, strings.NewReader(body))
		if err != nil {
			p.t.Fatal(err)
		}
		if p.token != "" {
			r.Header.Set("Authorization", "Bearer "+p.token)
		}
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return r
	}
	response, err := http.DefaultClient.Do(request())
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	e := exchange{status: response.StatusCode, header: response.Header, text: string(text)}
	if err := json.Unmarshal(text, &e.answer); err != nil || response.Header.Get("Content-Type") != "application/json" {
		p.t.Fatalf("%s %s is answered with %d %q, %v", method, path, e.status, text, err)
	}
	if e.status >= 400 && (e.answer.Error == nil || e.answer.Error.Message == "") {
		p.t.Fatalf("%s %s is answered with %d and no error: %s", method, path, e.status, text)
	}
	if e.status != http.StatusMethodNotAllowed {
		response.Body = io.NopCloser(bytes.NewReader(text))
		p.compare(request(), response)
	}
	return e
}

// compare checks an answer by the description, and that it allows what the node allows.
func (p *program) compare(request *http.Request, response *http.Response) {
	p.t.Helper()
	if good, errs := p.contract.ValidateHttpRequest(request); !good && response.StatusCode < 400 {
		p.t.Errorf("%s %s is done, but not described: %s", request.Method, request.URL, reasons(errs))
	}
	if good, errs := p.contract.ValidateHttpResponse(request, response); !good {
		p.t.Errorf("%s %s is answered with %d, not as described: %s", request.Method, request.URL, response.StatusCode, reasons(errs))
	}
}

func reasons(errs []*problems.ValidationError) string {
	var all []string
	for _, e := range errs {
		all = append(all, e.Message+": "+e.Reason)
		for _, s := range e.SchemaValidationErrors {
			all = append(all, s.FieldPath+" "+s.Reason)
		}
	}
	return strings.Join(all, "; ")
}

// refused checks that a request was refused in this way.
func (e exchange) refused(t *testing.T, status int, code, field string) {
	t.Helper()
	if e.status != status || e.answer.Error == nil || e.answer.Error.Code != code || e.answer.Error.Field != field {
		t.Errorf("got %d %s, want %d, %s of %q", e.status, e.text, status, code, field)
	}
}

func TestTheDescriptionIsSound(t *testing.T) {
	c := readContract(t)
	if good, errs := c.ValidateDocument(); !good {
		t.Fatal(reasons(errs))
	}
	file, err := os.ReadFile(descriptionFile)
	if err != nil {
		t.Fatal(err)
	}
	if served := text(t, node.Start(t, node.API).URL+api.Root+"/openapi.json"); served != string(file) {
		t.Errorf("the node serves another description: %s", served)
	}
}

func TestTheDescriptionHasAllEndpointsAndNoOthers(t *testing.T) {
	text, err := os.ReadFile(descriptionFile)
	if err != nil {
		t.Fatal(err)
	}
	var description struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(text, &description); err != nil {
		t.Fatal(err)
	}
	var described []string
	for path, operations := range description.Paths {
		for method := range operations {
			if method != "parameters" {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(described)
	served := api.Endpoints()
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("described are %q, served are %q", described, served)
	}
}
