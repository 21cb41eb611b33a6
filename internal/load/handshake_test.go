package load

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestWhatIsSaidInPlaceOfAHandshakeIsShown(t *testing.T) {
	for name, test := range map[string]struct {
		code       int
		kind, body string
		want       string
	}{
		"a limit": {http.StatusTooManyRequests, "application/json", `{"error":{"code":"rate_limited","message":"too many connects"}}`,
			"429 Too Many Requests: rate_limited: too many connects"},
		"another service": {http.StatusForbidden, "text/plain", "not\x1b[2J\n for you ", "403 Forbidden: not[2J for you"},
		"much":            {http.StatusForbidden, "text/plain", strings.Repeat("x", 2*maxBody), ": " + strings.Repeat("x", maxBody)},
		"nothing":         {http.StatusForbidden, "text/plain", "", "403 Forbidden"},
		"another address": {http.StatusOK, "text/html", "<!doctype html>", "200 OK; the address of Chorus ends in /ws"},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.kind)
				w.WriteHeader(test.code)
				_, _ = w.Write([]byte(test.body))
			}))
			defer s.Close()
			address := "ws" + strings.TrimPrefix(s.URL, "http")
			r := &Run{Options: Options{URLs: []string{address}, Dialect: "chorus", Dialing: 1, Patience: 10 * time.Second}}
			_, err := r.Storm(t.Context(), 1, 1)
			if err == nil || !strings.HasPrefix(err.Error(), "connecting to "+address+": ") || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}
