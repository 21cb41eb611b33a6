package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"

	"chorus/internal/chat"
)

// product checks the tokens of the product that Chorus is a part of.
type product struct {
	keys    jwt.Keyfunc
	fetched bool // the keys are fetched from the product
	parser  *jwt.Parser
}

var (
	withSecret = []string{"HS256", "HS384", "HS512"}
	withRSA    = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	withECDSA  = []string{"ES256", "ES384", "ES512"}
	withEd     = []string{"EdDSA"}
)

// newProduct returns nil where no key is configured.
func newProduct(ctx context.Context, o Options, log *slog.Logger) (*product, error) {
	keys, methods, err := keysOf(ctx, o, log)
	if keys == nil || err != nil {
		return nil, err
	}
	// A method is accepted only if the key is made for it: a public key must not become a secret.
	rules := []jwt.ParserOption{jwt.WithValidMethods(methods), jwt.WithExpirationRequired(), jwt.WithLeeway(o.JWTLeeway)}
	if o.JWTIssuer != "" {
		rules = append(rules, jwt.WithIssuer(o.JWTIssuer))
	}
	if o.JWTAudience != "" {
		rules = append(rules, jwt.WithAudience(o.JWTAudience))
	}
	return &product{keys: keys, fetched: o.JWKSURL != "", parser: jwt.NewParser(rules...)}, nil
}

func keysOf(ctx context.Context, o Options, log *slog.Logger) (jwt.Keyfunc, []string, error) {
	switch {
	case o.JWTSecret != "":
		return func(*jwt.Token) (any, error) { return []byte(o.JWTSecret), nil }, withSecret, nil
	case o.JWTPublicKey != "":
		key, methods, err := parsePublicKey(o.JWTPublicKey)
		return func(*jwt.Token) (any, error) { return key, nil }, methods, err
	case o.JWKSURL != "":
		u, err := url.Parse(o.JWKSURL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return nil, nil, errors.New("jwks-url: must be a URL such as https://example.com/.well-known/jwks.json")
		}
		// Asked again each minute, so that a product may be down for a while, and when a token names a key
		// that is not known: then it may have changed, but anybody can make up such a name.
		published, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{o.JWKSURL}, keyfunc.Override{
			HTTPTimeout:       5 * time.Second,
			RateLimitWaitMax:  3 * time.Second,
			RefreshInterval:   time.Minute,
			RefreshUnknownKID: rate.NewLimiter(rate.Every(5*time.Second), 3),
			RefreshErrorHandlerFunc: func(string) func(context.Context, error) {
				return func(_ context.Context, err error) {
					log.Warn("the product's keys can't be fetched", "url", u.Redacted(), "error", withoutURL(err))
				}
			},
		})
		if err != nil {
			return nil, nil, fmt.Errorf("jwks-url: %w", err)
		}
		return published.Keyfunc, append(append(append([]string(nil), withRSA...), withECDSA...), withEd...), nil
	}
	return nil, nil, nil
}

// withoutURL returns an error without the URL that it may name: there may be a password in it.
func withoutURL(err error) error {
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		return urlErr.Err
	}
	return errors.New("the answer is not a set of keys")
}

// parsePublicKey returns the key and the methods that it is for.
func parsePublicKey(pem string) (crypto.PublicKey, []string, error) {
	if key, err := jwt.ParseRSAPublicKeyFromPEM([]byte(pem)); err == nil {
		return (*rsa.PublicKey)(key), withRSA, nil
	}
	if key, err := jwt.ParseECPublicKeyFromPEM([]byte(pem)); err == nil {
		return (*ecdsa.PublicKey)(key), withECDSA, nil
	}
	if key, err := jwt.ParseEdPublicKeyFromPEM([]byte(pem)); err == nil {
		return key, withEd, nil
	}
	return nil, nil, errors.New("is not a public key of RSA, ECDSA or Ed25519 in PEM")
}

// productClaims are what a token of the product says. Everything but the subject may be missing.
type productClaims struct {
	jwt.RegisteredClaims
	Name     string `json:"name"`
	Username string `json:"preferred_username"`
	Picture  string `json:"picture"`
	Chorus   struct {
		Admin bool              `json:"admin"`
		Rooms map[string]Access `json:"rooms"` // by pattern
	} `json:"chorus"`
}

func (p *product) check(token string, public Rights) (Identity, error) {
	var c productClaims
	_, err := p.parser.ParseWithClaims(token, &c, p.keys)
	switch {
	case p.fetched && errors.Is(err, jwt.ErrTokenUnverifiable):
		return Identity{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case err != nil:
		return Identity{}, fmt.Errorf("%w: %w", ErrUnauthorized, err)
	case c.Subject == "":
		return Identity{}, fmt.Errorf("%w: it names no subject", ErrUnauthorized)
	}
	return Identity{
		User:    c.user(),
		Rights:  Rights{Admin: c.Chorus.Admin, public: public.public, rooms: c.rooms()},
		Expires: c.ExpiresAt.Time,
	}, nil
}

// rooms returns the patterns folded. What no room can be called opens none, and closes none. Of patterns that are
// the same when they are folded the one that allows least counts.
func (c *productClaims) rooms() map[string]Access {
	rooms := make(map[string]Access, len(c.Chorus.Rooms))
	for pattern, access := range c.Chorus.Rooms {
		folded, ok := foldPattern(pattern)
		if known, twice := rooms[folded]; ok && (!twice || access < known) {
			rooms[folded] = access
		}
	}
	return rooms
}

// user returns who the token names. A product's names and pictures are made for it, so what does not fit
// here is left out, and nobody is kept out for it.
func (c *productClaims) user() chat.User {
	u := chat.User{ID: userID(c.Subject), Name: "?"}
	for _, candidate := range []string{c.Name, c.Username, c.Subject} {
		if name, err := chat.Name(shorten(candidate)); err == nil {
			u.Name = name
			break
		}
	}
	u.Avatar, _ = chat.Avatar(c.Picture)
	return u
}

func shorten(name string) string {
	if letters := []rune(name); len(letters) > chat.MaxNameChars {
		return string(letters[:chat.MaxNameChars])
	}
	return name
}

// userID makes a subject part of database keys: as it is, or else by a hash of it, where it can't be a
// key, or could be the id of a guest or of another subject's hash.
func userID(subject string) string {
	const hashed = "sub-"
	if chat.Key(subject) == nil && !strings.HasPrefix(subject, hashed) && len(subject) != len(chat.NewID()) {
		return subject
	}
	sum := sha256.Sum256([]byte(subject))
	return hashed + base64.RawURLEncoding.EncodeToString(sum[:24])
}
