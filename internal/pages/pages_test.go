package pages_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"chorus/internal/pages"
	"chorus/web"
)

// little is a client with one of everything.
var little = fstest.MapFS{
	"index.html": {Data: []byte(`<!doctype html><html lang="en"><head>
<link rel="icon" href="favicon.svg"><link rel="stylesheet" href="css/page.css">
<script type="module" src="js/main.js"></script>
</head><body><a href="#log">Skip</a> <a href="https://example.com/">More</a></body></html>`)},
	"favicon.svg":       {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"><!-- a comment --><path d="M 0 0"/></svg>`)},
	"css/page.css":      {Data: []byte("/* a comment */\nbody { color: #ffffff; }\n" + strings.Repeat("p { margin: 1px }\n", 50))},
	"js/main.js":        {Data: []byte("// a comment\nimport {\n  greet,\n} from \"../lib/chorus.js\";\ngreet();\n")},
	"js/words/zh-CN.js": {Data: []byte("export const hello = \"你好\";\n")},
	"lib/chorus.js": {Data: []byte("/** @import {X} from \"./types.js\" */\n// a comment for those who use it\nimport { a } from \"./a.js\";\n" +
		"export * from \"./b.js\";\nexport async function greet(somebody) { return (await import(\"../js/words/zh-CN.js\")).hello + a + somebody; }\n")},
	"lib/a.js":     {Data: []byte("import \"./b.js\";\nexport const a = 'from \"./nowhere.js\"';\n")},
	"lib/b.js":     {Data: []byte("import { a } from \"./a.js\"; // in a circle\nexport const b = () => a;\n")},
	"lib/types.js": {Data: []byte("export {};\n")},
	"js/broken.js": {Data: []byte("// not JavaScript\nclass {{{\n")},
}

func ask(h http.Handler, path string, header ...string) *http.Response {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return do(h, r)
}

func do(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	content, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// links returns the addresses of what a page loads.
func links(page string) (all []string) {
	for _, found := range regexp.MustCompile(`<(?:link|script)\s[^>]*?(?:href|src)="?([^" >]+)`).FindAllStringSubmatch(page, -1) {
		all = append(all, "/"+found[1])
	}
	return all
}

// version returns the part of addresses that changes with the client.
func version(t testing.TB, page string) string {
	t.Helper()
	found := regexp.MustCompile(`src="?(v/\w+/)js/main.js`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no script: %s", page)
	}
	return "/" + found[1]
}

func TestWhatThePageLoadsIsKeptForever(t *testing.T) {
	h := pages.New(little)
	index := ask(h, "/")
	if index.StatusCode != 200 || index.Header.Get("Cache-Control") != "no-cache" || index.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("the page: %d %v", index.StatusCode, index.Header)
	}
	page := body(t, index)
	for _, link := range links(page) {
		r := ask(h, link)
		if r.StatusCode != 200 || r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || r.Header.Get("ETag") == "" {
			t.Errorf("%s: %d %v", link, r.StatusCode, r.Header)
		}
		if strings.Contains(body(t, r), "a comment") {
			t.Errorf("%s has comments", link)
		}
	}
	for _, other := range []string{`href=#log`, `href=https://example.com/`} {
		if !strings.Contains(page, other) {
			t.Errorf("%s is not as it was: %s", other, page)
		}
	}
	// What can't be made small is served.
	if got := body(t, ask(h, version(t, page)+"js/broken.js")); got != string(little["js/broken.js"].Data) {
		t.Errorf("a broken module became %q", got)
	}
}

func TestModulesThatAreNeededAtOnceAreLoadedAtOnce(t *testing.T) {
	page := body(t, ask(pages.New(little), "/"))
	v := version(t, page)
	want := []string{"favicon.svg", "css/page.css", "lib/chorus.js", "lib/a.js", "lib/b.js", "js/main.js"}
	if got := strings.ReplaceAll(strings.Join(links(page), " "), v, ""); got != strings.Join(want, " ") {
		t.Errorf("the page loads %s", got)
	}
	if !strings.Contains(page, `<link rel=modulepreload href=`+v[1:]+`lib/a.js>`) {
		t.Errorf("nothing is loaded beforehand: %s", page)
	}
}

func TestAnotherVersionHasOtherAddresses(t *testing.T) {
	changed := fstest.MapFS{}
	for name, f := range little {
		changed[name] = f
	}
	changed["lib/b.js"] = &fstest.MapFile{Data: []byte("export const b = 2;\n")}
	one, two := pages.New(little), pages.New(changed)
	page, next := body(t, ask(one, "/")), body(t, ask(two, "/"))
	if version(t, page) == version(t, next) {
		t.Fatal("the address is the same")
	}
	// A page of the one finds what it needs at the other, and keeps nothing of it.
	for _, link := range links(page) {
		r := ask(two, link, "If-None-Match", ask(two, strings.Replace(link, version(t, page), version(t, next), 1)).Header.Get("ETag"))
		if r.StatusCode != 200 || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", link, r.StatusCode, r.Header)
		}
	}
}

func TestPagesOfOthersMayLoadTheLibrary(t *testing.T) {
	h := pages.New(little)
	r := ask(h, "/lib/chorus.js")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
		"Cache-Control": "no-cache", "Content-Type": "text/javascript; charset=utf-8",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := body(t, r); got != string(little["lib/chorus.js"].Data) {
		t.Errorf("it is not as it was written: %q", got)
	}
	if again := ask(h, "/lib/chorus.js", "If-None-Match", r.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("what is unchanged is sent again: %d", again.StatusCode)
	}
}

func TestWhatIsNotOfTheClientIsNotThere(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "secret.txt"), "hunter2")
	write(t, filepath.Join(dir, "web", "secret.txt"), "hunter2")
	for name, f := range little {
		write(t, filepath.Join(dir, "web", name), string(f.Data))
	}
	onDisk, err := pages.FromDisk(filepath.Join(dir, "web"), little)
	if err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]http.Handler{"built in": pages.New(little), "on disk": onDisk} {
		v := version(t, body(t, ask(h, "/")))
		for _, path := range []string{
			"/index.html", "/js/main.js", "/v", "/v/", v, v + "js", v + "js/", v + "js/none.js", v + "secret.txt", "/lib/", "/lib/none.js",
			v + "%2e%2e/secret.txt", v + "..%2fsecret.txt", v + "js/..%2f..%2fsecret.txt", v + "js%2f..%2f..%2f..%2fsecret.txt",
			"/lib/..%2fsecret.txt", "/lib/..%2fjs/main.js", v + "js\\..\\..\\secret.txt", v + "%2fetc/passwd", v + "js/main.js%00",
		} {
			if r := ask(h, path); r.StatusCode == 200 || r.Header.Get("Cache-Control") != "no-store" && r.StatusCode == 404 {
				t.Errorf("%s, %s: %d %v", name, path, r.StatusCode, r.Header)
			}
		}
	}
}

func TestWhatClientsTakeIsCompressed(t *testing.T) {
	h := pages.New(little)
	path := version(t, body(t, ask(h, "/"))) + "css/page.css"
	plain, compressed := ask(h, path), ask(h, path, "Accept-Encoding", "br, gzip")
	if plain.Header.Get("Content-Encoding") != "" || compressed.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v, and %v", plain.Header, compressed.Header)
	}
	if plain.Header.Get("ETag") == compressed.Header.Get("ETag") {
		t.Error("both have one ETag")
	}
	for _, r := range []*http.Response{plain, compressed} {
		if r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Vary: %q", r.Header.Get("Vary"))
		}
	}
	short := body(t, compressed)
	unpacked, err := gzip.NewReader(strings.NewReader(short))
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(unpacked); err != nil || string(content) != body(t, plain) {
		t.Errorf("%v: %s", err, content)
	}
	for accepts, want := range map[string]string{
		"GZIP": "gzip", "gzip;q=0.5, *;q=0": "gzip", "deflate , gzip ; q=1": "gzip",
		"gzip;q=0": "", "gzip; q=0.000, br": "", "gzip;q=nonsense": "", "xgzip": "", "*": "", "identity": "",
	} {
		if got := ask(h, path, "Accept-Encoding", accepts).Header.Get("Content-Encoding"); got != want {
			t.Errorf("who accepts %s is sent %q", accepts, got)
		}
	}
	// What was compressed is asked about, and continued, as such.
	if r := ask(h, path, "Accept-Encoding", "gzip", "If-None-Match", compressed.Header.Get("ETag")); r.StatusCode != http.StatusNotModified {
		t.Errorf("what is unchanged is sent again: %d", r.StatusCode)
	}
	if r := ask(h, path, "If-None-Match", compressed.Header.Get("ETag")); r.StatusCode != 200 {
		t.Errorf("who has it in the other form is sent nothing: %d", r.StatusCode)
	}
	rest := ask(h, path, "Accept-Encoding", "gzip", "Range", "bytes=10-", "If-Range", compressed.Header.Get("ETag"))
	if got := body(t, rest); rest.StatusCode != http.StatusPartialContent || got != short[10:] {
		t.Errorf("the rest: %d, %d bytes", rest.StatusCode, len(got))
	}
	head := do(h, httptest.NewRequest("HEAD", path, nil))
	if got := body(t, head); head.StatusCode != 200 || head.Header.Get("ETag") != plain.Header.Get("ETag") || got != "" {
		t.Errorf("HEAD: %d %v", head.StatusCode, head.Header)
	}
	// A few bytes would only become more.
	if r := ask(h, version(t, body(t, ask(h, "/")))+"lib/types.js", "Accept-Encoding", "gzip"); r.Header.Get("Content-Encoding") != "" {
		t.Error("what is tiny is compressed")
	}
}

func TestTheClientOnDiskIsServedAsItIsNow(t *testing.T) {
	dir := t.TempDir()
	if _, err := pages.FromDisk(dir, little); err == nil || !strings.Contains(err.Error(), "no index.html in "+dir) {
		t.Errorf("without a page: %v", err)
	}
	if err := os.CopyFS(dir, web.Files); err != nil {
		t.Fatal(err)
	}
	h, err := pages.FromDisk(dir, web.Files)
	if err != nil {
		t.Fatal(err)
	}
	script := version(t, body(t, ask(h, "/"))) + "js/main.js"
	if got := body(t, ask(h, script)); !strings.HasPrefix(got, "// ") {
		t.Errorf("it was made small: %.100s", got)
	}
	write(t, filepath.Join(dir, "js", "main.js"), `import "./new.js";`)
	write(t, filepath.Join(dir, "js", "new.js"), `"new";`)
	r := ask(h, script)
	if got := body(t, r); got != `import "./new.js";` || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("it is served as it was: %s %v", got, r.Header)
	}
	for _, link := range links(body(t, ask(h, "/"))) {
		if r := ask(h, link); r.StatusCode != 200 {
			t.Errorf("%s: %d", link, r.StatusCode)
		}
	}
	if !bytes.Contains([]byte(body(t, ask(h, "/"))), []byte("js/new.js")) {
		t.Error("the page does not load the new module beforehand")
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
