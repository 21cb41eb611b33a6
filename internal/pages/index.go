package pages

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// These fit how our own files are written, not all that HTML and JavaScript allow. Words in
// comments are no imports, since those begin a line, and what is imported in the course of things
// (import("./x.js")) is not loaded before that.
var (
	linkPattern   = regexp.MustCompile(`\s(href|src)="([^"]+)"`)
	modulePattern = regexp.MustCompile(`<script type="module" src="([^"]+)">`)
	importPattern = regexp.MustCompile(`(?m)^(?:import|export)\s+(?:[\w$*{},\s]+\sfrom\s+)?"(\.{1,2}/[^"]+)"`)
)

// indexOf returns the page with links to where its files are served. It names all modules that its
// scripts begin with, because a browser learns of a module that is imported only when it has the
// one that imports it: with a chain of five, the page would wait five times.
func indexOf(files fs.FS, prefix string) ([]byte, error) {
	content, err := fs.ReadFile(files, indexName)
	if err != nil {
		return nil, err
	}
	page := string(content)
	var preloads strings.Builder
	scripts := scriptsOf(page)
	for _, module := range modulesOf(files, scripts) {
		if !slices.Contains(scripts, module) {
			preloads.WriteString(`<link rel="modulepreload" href="` + module + "\">\n    ")
		}
	}
	if at := modulePattern.FindStringIndex(page); at != nil {
		page = page[:at[0]] + preloads.String() + page[at[0]:]
	}
	page = linkPattern.ReplaceAllStringFunc(page, func(link string) string {
		parts := linkPattern.FindStringSubmatch(link)
		name := path.Clean(parts[2])
		if !isFile(files, name) {
			return link // to a place in the page, or to elsewhere
		}
		return link[:1] + parts[1] + `="` + prefix + name + `"`
	})
	return []byte(page), nil
}

// scriptsOf returns the modules that a page names itself.
func scriptsOf(page string) (names []string) {
	for _, found := range modulePattern.FindAllStringSubmatch(page, -1) {
		names = append(names, path.Clean(found[1]))
	}
	return names
}

// modulesOf returns scripts and all that is imported when they are, the nearest first. What is
// missing is left out: the browser says that better.
func modulesOf(files fs.FS, scripts []string) (modules []string) {
	for waiting := slices.Clone(scripts); len(waiting) > 0; waiting = waiting[1:] {
		module := waiting[0]
		if slices.Contains(modules, module) {
			continue
		}
		source, err := fs.ReadFile(files, module)
		if err != nil {
			continue
		}
		modules = append(modules, module)
		for _, found := range importPattern.FindAllSubmatch(source, -1) {
			waiting = append(waiting, path.Join(path.Dir(module), string(found[1])))
		}
	}
	return modules
}

func isFile(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.Mode().IsRegular()
}
