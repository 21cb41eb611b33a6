package auth

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"

	"chorus/internal/chat"
)

// product checks the tokens of the product that Chorus is a part of.
type product struct {
	keys   jwt.Keyfunc
	parser *jwt.Parser
}

var (
	withSecret = []string{"HS256", "HS384", "HS512"}
	withRSA    = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	withECDSA  = []string{"ES256", "ES384", "ES512"}
	withEd     = []string{"EdDSA"}
)

// newProduct returns nil where no key is configured.
func newProduct(ctx context.Context, o Options) (*product, error) {
	keys, methods, err := keysOf(ctx, o)
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
	return &product{keys: keys, parser: jwt.NewParser(rules...)}, nil
}

func keysOf(ctx context.Context, o Options) (jwt.Keyfunc, []string, error) {
	switch {
	case o.JWTSecret != "":
		return func(*jwt.Token) (any, error) { return []byte(o.JWTSecret), nil }, withSecret, nil
	case o.JWTPublicKey != "":
		key, methods, err := parsePublicKey(o.JWTPublicKey)
		return func(*jwt.Token) (any, error) { return key, nil }, methods, err
	case o.JWKSURL != "":
		if u, err := url.Parse(o.JWKSURL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return nil, nil, errors.New("jwks-url: must be a URL such as https://example.com/.well-known/jwks.json")
		}
		// A product that is down when a node starts is asked again; so is one whose keys have changed.
		published, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{o.JWKSURL}, keyfunc.Override{
			HTTPTimeout:      5 * time.Second,
			RateLimitWaitMax: time.Second,
			RefreshInterval:  10 * time.Minute,
		})
		if err != nil {
			return nil, nil, fmt.Errorf("jwks-url: %w", err)
		}
		return published.Keyfunc, append(append(append([]string(nil), withRSA...), withECDSA...), withEd...), nil
	}
	return nil, nil, nil
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
	if _, err := p.parser.ParseWithClaims(token, &c, p.keys); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrUnauthorized, err)
	}
	for pattern := range c.Chorus.Rooms {
		if !isPattern(pattern) {
			return Identity{}, fmt.Errorf("%w: %q is neither a room nor the beginning of one and a *", ErrUnauthorized, pattern)
		}
	}
	user, err := c.user()
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrUnauthorized, err)
	}
	return Identity{
		User:    user,
		Rights:  Rights{Admin: c.Chorus.Admin, public: public.public, rooms: c.Chorus.Rooms},
		Expires: c.ExpiresAt.Time,
	}, nil
}

func (c *productClaims) user() (u chat.User, err error) {
	if c.Subject == "" {
		return u, errors.New("it names no subject")
	}
	if u.Name, err = chat.Name(cmp.Or(c.Name, c.Username, c.Subject)); err != nil {
		return u, err
	}
	if u.Avatar, err = chat.Avatar(c.Picture); err != nil {
		return u, err
	}
	u.ID = userID(c.Subject)
	return u, nil
}

// userID makes a subject part of database keys: as it is, if it can be that, or else by a hash of it.
func userID(subject string) string {
	if chat.Key(subject) == nil {
		return subject
	}
	sum := sha256.Sum256([]byte(subject))
	return "sub-" + base64.RawURLEncoding.EncodeToString(sum[:24])
}
