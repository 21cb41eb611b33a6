// Package web is the browser client: files that the browser is served as they are.
package web

import "embed"

// Files are the client's files, by their paths below this directory.
//
//go:embed index.html favicon.svg css js lib
var Files embed.FS
