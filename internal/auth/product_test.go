package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"chorus/internal/auth"
	"chorus/internal/chat"
)

const productSecret = "the secret of the product, which is long enough"

// newAuth returns an Auth with options as they are checked at the start.
func newAuth(t *testing.T, o auth.Options) *auth.Auth {
	t.Helper()
	if o.PublicRooms == nil {
		o.PublicRooms = []string{"*"}
	}
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	a, err := auth.New(ctx, o, slog.New(slog.DiscardHandler), func(context.Context, string) (string, error) { return "shared", nil })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func token(t *testing.T, method jwt.SigningMethod, key any, c jwt.MapClaims) string {
	t.Helper()
	if c["exp"] == nil {
		c["exp"] = time.Now().Add(time.Hour).Unix()
	}
	tok := jwt.NewWithClaims(method, c)
	tok.Header["kid"] = "key-1"
	s, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAProductsTokenSaysWhoSomebodyIs(t *testing.T) {
	a := newAuth(t, auth.Options{JWTSecret: productSecret, JWTIssuer: "https://product.example", JWTAudience: "chorus"})
	who, err := a.Connect(t.Context(), token(t, jwt.SigningMethodHS256, []byte(productSecret), jwt.MapClaims{
		"iss": "https://product.example", "aud": []string{"chorus", "else"}, "sub": "user-17", "name": " Ann  Lee ",
		"picture": "https://product.example/ann.png",
		"chorus":  map[string]any{"rooms": map[string]string{"team-*": "write", "team-secret": "none", "news": "read", "help": "moderate"}},
	}), "another name")
	if err != nil {
		t.Fatal(err)
	}
	if who.User != (chat.User{ID: "user-17", Name: "Ann Lee", Avatar: "https://product.example/ann.png"}) || who.Token != "" || who.Expires.IsZero() || who.Rights.Admin {
		t.Errorf("got %+v", who)
	}
	admin, err := a.Connect(t.Context(), token(t, jwt.SigningMethodHS256, []byte(productSecret), jwt.MapClaims{
		"iss": "https://product.example", "aud": "chorus", "sub": "auth0|17 <x>", "name": "Root", "chorus": map[string]any{"admin": true},
	}), "")
	if err != nil || !admin.Rights.Admin || chat.Key(admin.User.ID) != nil || !strings.HasPrefix(admin.User.ID, "sub-") {
		t.Errorf("got %+v, %v", admin, err)
	}
}

func TestProductTokensThatAreNotGoodAreRefused(t *testing.T) {
	a := newAuth(t, auth.Options{JWTSecret: productSecret, JWTIssuer: "product", JWTAudience: "chorus", JWTLeeway: time.Minute})
	sign := func(change jwt.MapClaims) string {
		c := jwt.MapClaims{"iss": "product", "aud": "chorus", "sub": "ann", "name": "Ann"}
		for k, v := range change {
			c[k] = v
		}
		return token(t, jwt.SigningMethodHS256, []byte(productSecret), c)
	}
	ago := func(d time.Duration) int64 { return time.Now().Add(-d).Unix() }
	for _, good := range []string{sign(nil), sign(jwt.MapClaims{"exp": ago(30 * time.Second)}), sign(jwt.MapClaims{"nbf": ago(-30 * time.Second)})} {
		if _, err := a.Connect(t.Context(), good, ""); err != nil {
			t.Errorf("a good one: %v", err)
		}
	}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": "product", "aud": "chorus", "sub": "ann", "exp": ago(-time.Hour)}).
		SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]string{
		"another audience": sign(jwt.MapClaims{"aud": "else"}),
		"another issuer":   sign(jwt.MapClaims{"iss": "else"}),
		"expired":          sign(jwt.MapClaims{"exp": ago(2 * time.Minute)}),
		"not yet good":     sign(jwt.MapClaims{"nbf": ago(-2 * time.Minute)}),
		"no subject":       sign(jwt.MapClaims{"sub": ""}),
		"no such access":   sign(jwt.MapClaims{"chorus": map[string]any{"rooms": map[string]string{"a": "own"}}}),
		"none":             none,
		"another secret":   token(t, jwt.SigningMethodHS256, []byte(strings.Repeat("x", 40)), jwt.MapClaims{"iss": "product", "aud": "chorus", "sub": "ann"}),
		"a guest's, forged with the product's secret": token(t, jwt.SigningMethodHS256, []byte(productSecret), jwt.MapClaims{"iss": "chorus", "sub": "x", "name": "X"}),
	} {
		if who, err := a.Connect(t.Context(), bad, ""); !errors.Is(err, auth.ErrUnauthorized) {
			t.Errorf("%s: %+v, %v", what, who, err)
		}
	}
}

func TestGuestsCanBeLeftOut(t *testing.T) {
	guest, err := newAuth(t, auth.Options{Guests: true}).Connect(t.Context(), "", "Ann")
	if err != nil {
		t.Fatal(err)
	}
	a := newAuth(t, auth.Options{JWTSecret: productSecret})
	for what, credentials := range map[string][2]string{"a name": {"", "Ann"}, "a guest's token": {guest.Token, ""}} {
		if who, err := a.Connect(t.Context(), credentials[0], credentials[1]); !errors.Is(err, auth.ErrUnauthorized) {
			t.Errorf("%s: %+v, %v", what, who, err)
		}
	}
}

func TestASecretCanBeReplaced(t *testing.T) {
	const old, young = "the old secret, which is long enough too", "the new secret, which is long enough too"
	connect := func(token string, o auth.Options) (auth.Identity, error) {
		o.Guests = true
		return newAuth(t, o).Connect(t.Context(), token, map[bool]string{true: "Ann"}[token == ""])
	}
	ann, err := connect("", auth.Options{Secret: old})
	if err != nil {
		t.Fatal(err)
	}
	again, err := connect(ann.Token, auth.Options{Secret: young, OtherSecret: old})
	if err != nil || again.User != ann.User {
		t.Fatalf("with both secrets: %+v, %v", again, err)
	}
	if again, err = connect(again.Token, auth.Options{Secret: young}); err != nil || again.User != ann.User {
		t.Fatalf("with the new token and the new secret: %+v, %v", again, err)
	}
	if _, err := connect(ann.Token, auth.Options{Secret: young}); !errors.Is(err, auth.ErrUnauthorized) {
		t.Fatalf("with the old token and the new secret: %v", err)
	}
}

func TestOptionsThatContradictThemselvesAreRefused(t *testing.T) {
	long := strings.Repeat("x", 32)
	for i, c := range []struct {
		field string
		o     auth.Options
	}{
		{"secret", auth.Options{Guests: true, Secret: "short"}},
		{"other-secret", auth.Options{Guests: true, OtherSecret: long}},
		{"guests", auth.Options{}},
		{"jwt-secret", auth.Options{JWTSecret: long, JWKSURL: "https://x"}},
		{"jwks-url", auth.Options{JWKSURL: "https://x"}},
		{"jwt-issuer", auth.Options{Guests: true, JWTIssuer: "x"}},
		{"jwt-issuer", auth.Options{JWTSecret: long, JWTIssuer: "chorus"}},
		{"jwt-public-key", auth.Options{JWTPublicKey: "rubbish"}},
		{"public-rooms", auth.Options{Guests: true, PublicRooms: []string{"a*b"}}},
		{"public-rooms", auth.Options{Guests: true, PublicRooms: []string{"Upper"}}},
		{"jwt-leeway", auth.Options{Guests: true, JWTLeeway: -1}},
	} {
		if err := c.o.Validate(); err == nil || !strings.HasPrefix(err.Error(), c.field+": ") {
			t.Error(fmt.Sprint(i, ": got ", err, ", want something about ", c.field))
		}
	}
}

func TestGuestsAndUsersOfAProductLiveSideBySide(t *testing.T) {
	a := newAuth(t, auth.Options{Guests: true, JWTSecret: productSecret})
	guest, err := a.Connect(t.Context(), "", "Guest")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := a.Connect(t.Context(), guest.Token, ""); err != nil || again.User != guest.User {
		t.Errorf("a guest comes back as %+v, %v", again, err)
	}
	sign := func(iss, sub string) string {
		return token(t, jwt.SigningMethodHS256, []byte(productSecret), jwt.MapClaims{"iss": iss, "sub": sub, "name": "X"})
	}
	if who, err := a.Connect(t.Context(), sign("product", "ann"), ""); err != nil || who.User.ID != "ann" {
		t.Errorf("a user of the product: %+v, %v", who, err)
	}
	if who, err := a.Connect(t.Context(), sign("chorus", guest.User.ID), ""); !errors.Is(err, auth.ErrUnauthorized) {
		t.Errorf("a guest's token that the product has signed: %+v, %v", who, err)
	}
	// Ids are seen by everybody. Nobody may become somebody else by choosing a name in the product.
	odd, err := a.Connect(t.Context(), sign("product", "ann@example.com"), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, taken := range []string{guest.User.ID, odd.User.ID} {
		if who, err := a.Connect(t.Context(), sign("product", taken), ""); err != nil || who.User.ID == taken {
			t.Errorf("the subject %s is the user %+v, %v", taken, who.User, err)
		}
	}
}

func TestWhatDoesNotFitKeepsNobodyOut(t *testing.T) {
	a := newAuth(t, auth.Options{JWTSecret: productSecret})
	for _, c := range []struct {
		claims jwt.MapClaims
		user   chat.User
	}{
		{jwt.MapClaims{"name": strings.Repeat("long ", 20)}, chat.User{ID: "ann", Name: "long long long long long long long long"}},
		{jwt.MapClaims{"name": "Ann\u202e", "preferred_username": "annie"}, chat.User{ID: "ann", Name: "annie"}},
		{jwt.MapClaims{"picture": "javascript:alert(1)"}, chat.User{ID: "ann", Name: "ann"}},
	} {
		c.claims["sub"] = "ann"
		who, err := a.Connect(t.Context(), token(t, jwt.SigningMethodHS256, []byte(productSecret), c.claims), "")
		if err != nil || who.User != c.user {
			t.Errorf("%v: %+v, %v, want %+v", c.claims, who.User, err, c.user)
		}
	}
	who, err := a.Connect(t.Context(), token(t, jwt.SigningMethodHS256, []byte(productSecret), jwt.MapClaims{
		"sub": "ann", "chorus": map[string]any{"rooms": map[string]string{"Team-*": "moderate", "צוות-*": "read", "{x}": "none"}},
	}), "")
	if err != nil || who.Rights.In("team-one") != auth.Moderate || who.Rights.In("צוות-א") != auth.Read {
		t.Errorf("got %+v, %v", who.Rights, err)
	}
}
