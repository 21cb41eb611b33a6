package auth_test

import (
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
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"chorus/internal/auth"
)

func publicPEM(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
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
