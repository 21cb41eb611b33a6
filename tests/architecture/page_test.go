package architecture_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sources calls see with each file that is a part of a node.
func sources(t *testing.T, see func(*ast.File)) {
	t.Helper()
	for _, dir := range []string{"internal", "cmd/server"} {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.Name() == "load", d.Name() == "bustest":
				return fs.SkipDir
			case !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err == nil {
				see(file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

var inCode = regexp.MustCompile("`([^`]+)`")

// page returns the words in code of the first columns of a chapter's table.
func page(t *testing.T, chapter string) (words map[string]bool) {
	t.Helper()
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n## "+chapter+"\n")
	table, _, _ := strings.Cut(rest, "\n## ")
	words = make(map[string]bool)
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, word := range inCode.FindAllStringSubmatch(cells[1], -1) {
				if words[word[1]] {
					t.Errorf("%s is on the page twice", word[1])
				}
				words[word[1]] = true
			}
		}
	}
	if len(words) == 0 {
		t.Fatalf("ARCHITECTURE.md has no table of %s", chapter)
	}
	return words
}

func compare(t *testing.T, page, code map[string]bool) {
	t.Helper()
	for word := range code {
		if !page[word] {
			t.Errorf("%s is missing on the page", word)
		}
	}
	for word := range page {
		if !code[word] {
			t.Errorf("%s is on the page, but not in the code", word)
		}
	}
}

func TestThePageHasAllPackages(t *testing.T) {
	words := page(t, "Packages")
	for name := range allowed {
		if name = strings.TrimPrefix(name, "chorus/"); !words[name] {
			t.Errorf("%s is missing on the page", name)
		}
	}
}

// Types are on the page as they would be called in a sentence: hub.mu is that of Hub.
func TestThePageHasAllLocks(t *testing.T) {
	code := make(map[string]bool)
	sources(t, func(f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					if kind, ok := field.Type.(*ast.SelectorExpr); ok && strings.HasSuffix(kind.Sel.Name, "Mutex") {
						code[strings.ToLower(spec.Name.Name)+"."+field.Names[0].Name] = true
					}
				}
			}
			return true
		})
	})
	words := make(map[string]bool)
	for word := range page(t, "Locks") {
		words[strings.ToLower(word)] = true
	}
	compare(t, words, code)
}

// Which type a method is of is not looked at. What is written out where it begins is awaited there.
func TestThePageHasAllGoroutines(t *testing.T) {
	code := make(map[string]bool)
	add := func(begun ast.Expr) {
		if f, ok := begun.(*ast.FuncLit); ok && len(f.Body.List) == 1 {
			if only, ok := f.Body.List[0].(*ast.ExprStmt); ok {
				if call, ok := only.X.(*ast.CallExpr); ok {
					begun = call.Fun
				}
			}
		}
		if method, ok := begun.(*ast.SelectorExpr); ok {
			code[method.Sel.Name] = true
		}
	}
	sources(t, func(f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				add(n.Call.Fun)
			case *ast.CallExpr:
				if method, ok := n.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Go" && len(n.Args) == 1 {
					add(n.Args[0])
				}
			}
			return true
		})
	})
	words := make(map[string]bool)
	for word := range page(t, "Goroutines") {
		_, method, _ := strings.Cut(word, ".")
		words[method] = true
	}
	compare(t, words, code)
}
