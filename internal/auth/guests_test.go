package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"chorus/internal/auth"
	"chorus/internal/chat"
)

func guests(secret string) *auth.Guests {
	return auth.NewGuests(func(context.Context, string) (string, error) { return secret, nil })
}

func TestATokenMakesTheSameUserAgainOnAnyNode(t *testing.T) {
	ann, token, err := guests("s").Connect(t.Context(), "", "Ann")
	if err != nil || ann.Name != "Ann" || ann.ID == "" {
		t.Fatalf("%+v, %v", ann, err)
	}
	other := guests("s")
	again, next, err := other.Connect(t.Context(), token, "")
	if err != nil || again != ann {
		t.Fatalf("%+v came back as %+v, %v", ann, again, err)
	}
	renamed, _, err := other.Connect(t.Context(), next, "Anna")
	if err != nil || renamed != (chat.User{ID: ann.ID, Name: "Anna"}) {
		t.Fatalf("renamed to %+v, %v", renamed, err)
	}
	if bob, _, _ := other.Connect(t.Context(), "", "Ann"); bob.ID == ann.ID {
		t.Fatal("two people of one name are one user")
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	_, token, _ := guests("s").Connect(t.Context(), "", "Ann")
	parts := strings.Split(token, ".")
	_, another, _ := guests("s").Connect(t.Context(), "", "Bob")
	signed := func(method jwt.SigningMethod, key any, c jwt.MapClaims) string {
		s, err := jwt.NewWithClaims(method, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	later := time.Now().Add(time.Hour).Unix()
	for name, forged := range map[string]string{
		"rubbish":            "rubbish",
		"another secret":     first(guests("other"), t),
		"another's body":     parts[0] + "." + strings.Split(another, ".")[1] + "." + parts[2],
		"no signature":       parts[0] + "." + parts[1] + ".",
		"none as algorithm":  signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, jwt.MapClaims{"iss": "chorus", "sub": "x", "name": "X", "exp": later}),
		"another algorithm":  signed(jwt.SigningMethodHS512, []byte("s"), jwt.MapClaims{"iss": "chorus", "sub": "x", "name": "X", "exp": later}),
		"another issuer":     signed(jwt.SigningMethodHS256, []byte("s"), jwt.MapClaims{"iss": "else", "sub": "x", "name": "X", "exp": later}),
		"no expiry":          signed(jwt.SigningMethodHS256, []byte("s"), jwt.MapClaims{"iss": "chorus", "sub": "x", "name": "X"}),
		"no user":            signed(jwt.SigningMethodHS256, []byte("s"), jwt.MapClaims{"iss": "chorus", "name": "X", "exp": later}),
		"an id with a colon": signed(jwt.SigningMethodHS256, []byte("s"), jwt.MapClaims{"iss": "chorus", "sub": "a:b", "name": "X", "exp": later}),
		"no name":            signed(jwt.SigningMethodHS256, []byte("s"), jwt.MapClaims{"iss": "chorus", "sub": "x", "exp": later}),
	} {
		if user, _, err := guests("s").Connect(t.Context(), forged, ""); !errors.Is(err, auth.ErrUnauthorized) {
			t.Errorf("%s: %+v, %v", name, user, err)
		}
	}
}

func first(g *auth.Guests, t *testing.T) string {
	_, token, err := g.Connect(t.Context(), "", "Ann")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guests("s")
		token := first(g, t)
		time.Sleep(auth.TokenLife - time.Minute)
		if _, _, err := g.Connect(t.Context(), token, ""); err != nil {
			t.Fatalf("a minute before its end: %v", err)
		}
		time.Sleep(3 * time.Minute)
		if _, _, err := g.Connect(t.Context(), token, ""); !errors.Is(err, auth.ErrUnauthorized) {
			t.Fatalf("two minutes after its end: %v", err)
		}
	})
}

func TestALostSecretIsPutBackAndOldTokensStayGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := "" // what the database has
		shared := func(_ context.Context, candidate string) (string, error) {
			if kept == "" {
				kept = candidate
			}
			return kept, nil
		}
		old := auth.NewGuests(shared)
		token := first(old, t)
		kept = "" // it loses all
		time.Sleep(2 * time.Minute)
		first(old, t)
		if user, _, err := auth.NewGuests(shared).Connect(t.Context(), token, ""); err != nil {
			t.Fatalf("a new node: %+v, %v", user, err)
		}
		kept = "" // again, and this time a new node is faster
		first(auth.NewGuests(shared), t)
		time.Sleep(2 * time.Minute)
		if _, _, err := old.Connect(t.Context(), token, ""); err != nil {
			t.Fatalf("a token of before: %v", err)
		}
		if _, _, err := auth.NewGuests(shared).Connect(t.Context(), first(old, t), ""); err != nil {
			t.Fatalf("the old node signs with another secret: %v", err)
		}
	})
}

func TestTheSecretIsAskedForUntilThereIsAnAnswer(t *testing.T) {
	down := errors.New("down")
	answers := []error{down, nil}
	asked := 0
	g := auth.NewGuests(func(context.Context, string) (string, error) {
		asked++
		return "s", answers[asked-1]
	})
	if _, _, err := g.Connect(t.Context(), "", "Ann"); !errors.Is(err, down) {
		t.Fatalf("got %v", err)
	}
	for range 3 {
		if _, _, err := g.Connect(t.Context(), "", "Ann"); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 2 {
		t.Fatalf("asked %d times", asked)
	}
}
