package auth_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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

func publicPEM(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
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

func TestRightsAreThoseOfTheLongestPatternThatFits(t *testing.T) {
	a := newAuth(t, auth.Options{Guests: true, JWTSecret: productSecret, PublicRooms: []string{"lobby", "open-*"}})
	connect := func(chorus map[string]any) auth.Rights {
		t.Helper()
		who, err := a.Connect(t.Context(), token(t, jwt.SigningMethodHS256, []byte(productSecret), jwt.MapClaims{"sub": "x", "chorus": chorus}), "")
		if err != nil {
			t.Fatal(err)
		}
		return who.Rights
	}
	member := connect(map[string]any{"rooms": map[string]string{"team-*": "write", "team-secret": "none", "news": "read", "help": "moderate", "open-house": "none"}})
	guest, err := a.Connect(t.Context(), "", "Guest")
	if err != nil {
		t.Fatal(err)
	}
	admin := connect(map[string]any{"admin": true})
	for room, want := range map[string][3]auth.Access{
		"lobby":       {auth.Write, auth.Write, auth.Moderate},
		"open-air":    {auth.Write, auth.Write, auth.Moderate},
		"open-house":  {auth.None, auth.Write, auth.Moderate},
		"open":        {auth.None, auth.None, auth.Moderate},
		"team-one":    {auth.Write, auth.None, auth.Moderate},
		"team-secret": {auth.None, auth.None, auth.Moderate},
		"news":        {auth.Read, auth.None, auth.Moderate},
		"newspaper":   {auth.None, auth.None, auth.Moderate},
		"help":        {auth.Moderate, auth.None, auth.Moderate},
	} {
		if got := [3]auth.Access{member.In(room), guest.Rights.In(room), admin.In(room)}; got != want {
			t.Errorf("in %s a member, a guest and an admin may %v, want %v", room, got, want)
		}
	}
}

// A beginning with its star may have as many characters as the name, and a name may be written in several ways.
func TestRightsAreTheSameEachTime(t *testing.T) {
	a := newAuth(t, auth.Options{JWTSecret: productSecret})
	rooms := map[string]string{"team-*": "write", "team-a": "moderate", "team-b": "none", "News": "write", "news": "none", "NEWS": "read"}
	for range 100 {
		given := token(t, jwt.SigningMethodHS256, []byte(productSecret), jwt.MapClaims{"sub": "x", "chorus": map[string]any{"rooms": rooms}})
		who, err := a.Connect(t.Context(), given, "")
		if err != nil {
			t.Fatal(err)
		}
		got := [3]auth.Access{who.Rights.In("team-a"), who.Rights.In("team-b"), who.Rights.In("news")}
		if want := [3]auth.Access{auth.Moderate, auth.None, auth.None}; got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestAllKindsOfKeysAreTakenEachForItsOwnMethods(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public := map[string]crypto.PublicKey{"RSA": &rsaKey.PublicKey, "ECDSA": &ecKey.PublicKey, "Ed25519": edPublic}
	for _, c := range []struct {
		kind   string
		method jwt.SigningMethod
		key    any
	}{
		{"RSA", jwt.SigningMethodRS256, rsaKey}, {"RSA", jwt.SigningMethodPS512, rsaKey},
		{"ECDSA", jwt.SigningMethodES256, ecKey}, {"Ed25519", jwt.SigningMethodEdDSA, edKey},
	} {
		signed := token(t, c.method, c.key, jwt.MapClaims{"sub": "ann"})
		for kind, key := range public {
			a := newAuth(t, auth.Options{JWTPublicKey: publicPEM(t, key)})
			who, err := a.Connect(t.Context(), signed, "")
			if kind == c.kind && (err != nil || who.User.ID != "ann") {
				t.Errorf("%s with its key: %+v, %v", c.method.Alg(), who, err)
			}
			if kind != c.kind && !errors.Is(err, auth.ErrUnauthorized) {
				t.Errorf("%s with a key of %s: %+v, %v", c.method.Alg(), kind, who, err)
			}
			// The old trick: the public key, which everybody has, as the secret.
			forged := token(t, jwt.SigningMethodHS256, []byte(publicPEM(t, key)), jwt.MapClaims{"sub": "ann"})
			if _, err := a.Connect(t.Context(), forged, ""); !errors.Is(err, auth.ErrUnauthorized) {
				t.Errorf("a public key of %s as a secret: %v", kind, err)
			}
		}
	}
}

func TestKeysThatAProductPublishesAreFetched(t *testing.T) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	published := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]string{
			"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "key-1", "x": base64.RawURLEncoding.EncodeToString(public),
		}}})
	}))
	t.Cleanup(published.Close)
	a := newAuth(t, auth.Options{JWKSURL: published.URL, JWTAudience: "chorus"})
	who, err := a.Connect(t.Context(), token(t, jwt.SigningMethodEdDSA, key, jwt.MapClaims{"aud": "chorus", "sub": "ann"}), "")
	if err != nil || who.User.ID != "ann" {
		t.Fatalf("got %+v, %v", who, err)
	}
	_, another, _ := ed25519.GenerateKey(rand.Reader)
	for _, forged := range []string{
		token(t, jwt.SigningMethodEdDSA, another, jwt.MapClaims{"aud": "chorus", "sub": "ann"}),
		token(t, jwt.SigningMethodHS256, []byte(public), jwt.MapClaims{"aud": "chorus", "sub": "ann"}),
		token(t, jwt.SigningMethodEdDSA, key, jwt.MapClaims{"aud": "else", "sub": "ann"}),
	} {
		if who, err := a.Connect(t.Context(), forged, ""); !errors.Is(err, auth.ErrUnauthorized) {
			t.Errorf("forged: %+v, %v", who, err)
		}
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

// A product may be down when a node starts, and change its keys while it runs.
func TestKeysAreFetchedAgain(t *testing.T) {
	var published atomic.Pointer[[]byte] // nil while the product is down
	product := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if set := published.Load(); set != nil {
			_, _ = w.Write(*set)
			return
		}
		http.Error(w, "down", http.StatusServiceUnavailable)
	}))
	t.Cleanup(product.Close)
	publish := func(kid string) ed25519.PrivateKey {
		public, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		set, _ := json.Marshal(map[string]any{"keys": []any{map[string]string{
			"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": base64.RawURLEncoding.EncodeToString(public),
		}}})
		published.Store(&set)
		return key
	}
	signed := func(key ed25519.PrivateKey, kid string) string {
		tok := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{"aud": "chorus", "sub": "ann", "exp": time.Now().Add(time.Hour).Unix()})
		tok.Header["kid"] = kid
		s, err := tok.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	_, nobodys, _ := ed25519.GenerateKey(rand.Reader)
	a := newAuth(t, auth.Options{JWKSURL: product.URL, JWTAudience: "chorus"})
	if _, err := a.Connect(t.Context(), signed(nobodys, "first"), ""); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("while the product is down: %v", err)
	}
	for _, kid := range []string{"first", "second"} {
		key := publish(kid)
		if who, err := a.Connect(t.Context(), signed(key, kid), ""); err != nil || who.User.ID != "ann" {
			t.Errorf("with the %s key: %+v, %v", kid, who, err)
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
