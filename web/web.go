// Package web is the browser client, as it was written. Nothing is built: browsers understand these
// files, and what only people need is left out when they are served.
package web

import "embed"

// Files are the client's files, by their paths below this directory.
//
//go:embed index.html favicon.svg favicon-unread.svg css js lib
var Files embed.FS
