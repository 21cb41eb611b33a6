// Package testbed starts what tests need from outside the Go toolchain: a real Redis, a
// browser, a Docker engine.
//
// A laptop need not have these. Tests skip themselves where something is missing and say how
// to get it; where the environment variable CHORUS_TEST_REQUIRE lists it, such as
// "redis,chromium,docker", its absence is a failure instead. CI lists them all.
package testbed

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Required reports whether CHORUS_TEST_REQUIRE lists what.
func Required(what string) bool {
	return slices.Contains(strings.Split(os.Getenv("CHORUS_TEST_REQUIRE"), ","), what)
}

// Program returns the path of the first of some programs that is installed. Without any it
// ends the test, as a failure where what is required.
func Program(t testing.TB, what, install string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if Required(what) {
		t.Fatalf("%s is required here, but not installed: %s", what, install)
	}
	t.Skipf("needs %s; to run this test, %s", what, install)
	return ""
}

// File returns the content of a file that something installs. Without it it ends the test, as Program does.
func File(t testing.TB, what, install, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err == nil {
		return content
	}
	if Required(what) {
		t.Fatalf("%s is required here: %v; %s", what, err, install)
	}
	t.Skipf("needs %s; to run this test, %s", what, install)
	return nil
}
