// Package auth says who somebody is, and what they may do in which room.
//
// There are two ways to be somebody. A guest has a name, and a token of Chorus that makes them the same
// user again. A user of a product that Chorus is a part of has a token of that product, which says who
// they are and may say more: rooms that they may enter, or that they are an administrator.
//
// Tokens are JSON Web Tokens, made and checked by golang-jwt; keyfunc fetches a product's keys.
package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"chorus/internal/chat"
)

// Options say whose word counts.
type Options struct {
	Guests      bool     `help:"Let people in who have no token of the product, by a name." default:"true" negatable:""`
	Secret      string   `help:"What guests' tokens are signed with. By default a random secret that the nodes share through Redis." placeholder:"SECRET"`
	OtherSecret string   `help:"Another secret that guests' tokens may be signed with. To replace the secret, give the new one here to all nodes, then swap the two." placeholder:"SECRET"`
	PublicRooms []string `help:"Rooms that everybody may enter, guests included, as names or beginnings such as open-*. By default all, or none where a product gives out tokens." placeholder:"ROOM"`

	JWTSecret    string        `name:"jwt-secret" help:"What the product's tokens are signed with (HS256, HS384 or HS512)." placeholder:"SECRET"`
	JWTPublicKey string        `name:"jwt-public-key" help:"The key to check the product's tokens with, as PEM (RSA, ECDSA or Ed25519); best from a file, CHORUS_JWT_PUBLIC_KEY_FILE." placeholder:"PEM"`
	JWKSURL      string        `name:"jwks-url" help:"Where the product publishes the keys of its tokens." placeholder:"URL"`
	JWTIssuer    string        `name:"jwt-issuer" help:"Who must have issued a token of the product." placeholder:"ISSUER"`
	JWTAudience  string        `name:"jwt-audience" help:"Whom a token of the product must be meant for." placeholder:"AUDIENCE"`
	JWTLeeway    time.Duration `name:"jwt-leeway" help:"By how much the product's clock may differ." default:"1m"`
}

// Validate names the field that can't be used.
func (o *Options) Validate() error {
	for field, secret := range map[string]string{"secret": o.Secret, "other-secret": o.OtherSecret, "jwt-secret": o.JWTSecret} {
		if secret != "" && len(secret) < 32 {
			return fmt.Errorf("%s: %d bytes, it needs at least 32", field, len(secret))
		}
	}
	if o.OtherSecret != "" && o.Secret == "" {
		return errors.New("other-secret: needs a secret")
	}
	for _, pattern := range o.PublicRooms {
		if folded, ok := foldPattern(pattern); !ok || folded != pattern {
			return fmt.Errorf("public-rooms: %q is neither a room nor the beginning of one and a *", pattern)
		}
	}
	keys := 0
	for _, key := range []string{o.JWTSecret, o.JWTPublicKey, o.JWKSURL} {
		if key != "" {
			keys++
		}
	}
	switch {
	case keys > 1:
		return errors.New("jwt-secret: there may be one of jwt-secret, jwt-public-key and jwks-url")
	case keys == 0 && (o.JWTIssuer != "" || o.JWTAudience != ""):
		return errors.New("jwt-issuer: needs jwt-secret, jwt-public-key or jwks-url")
	case keys == 0 && !o.Guests:
		return errors.New("guests: without guests, jwt-secret, jwt-public-key or jwks-url is needed")
	case o.JWKSURL != "" && o.JWTIssuer == "" && o.JWTAudience == "":
		return errors.New("jwks-url: needs jwt-audience or jwt-issuer, or whatever else has its tokens signed with these keys could be used here")
	case o.JWTIssuer == issuer:
		return fmt.Errorf("jwt-issuer: %q is for the tokens of guests", issuer)
	case o.JWTLeeway < 0 || o.JWTLeeway > time.Hour:
		return errors.New("jwt-leeway: must be from 0s to 1h")
	}
	if o.JWTPublicKey != "" {
		if _, _, err := parsePublicKey(o.JWTPublicKey); err != nil {
			return fmt.Errorf("jwt-public-key: %w", err)
		}
	}
	return nil
}

// Identity is who somebody is, and what they may do.
type Identity struct {
	User   chat.User
	Rights Rights
	// Token is the guest's next one to connect with. A product gives out its tokens itself.
	Token string
	// Expires is when a product's token ends. Zero for guests, who get a new one with each connect.
	Expires time.Time
}

// ErrUnauthorized means that a token is forged, expired or not good here.
var ErrUnauthorized = errors.New("the token is not valid here")

// ErrNoGuests means that a token is missing, or a guest's, and guests are not let in.
var ErrNoGuests = errors.New("only people with a token of its product are let in here")

// ErrUnavailable means that a token can't be checked now, because the product's keys are not to be had.
var ErrUnavailable = errors.New("the keys to check tokens with can't be fetched")

// Auth tells who somebody is. Its methods may be called concurrently.
type Auth struct {
	guests       *Guests // nil where there are none
	product      *product
	publicRights Rights
}

// New returns an Auth. shared returns the secret that all nodes share, for where none is configured:
// candidate becomes it if there is none yet. The context ends the fetching of keys; what fails then is
// logged. The options must have been validated.
func New(ctx context.Context, o Options, log *slog.Logger, shared func(ctx context.Context, candidate string) (string, error)) (*Auth, error) {
	a := &Auth{}
	if o.Guests {
		if o.Secret != "" {
			shared = func(context.Context, string) (string, error) { return o.Secret, nil }
		}
		a.guests = NewGuests(shared)
		a.guests.former = o.OtherSecret
	}
	var err error
	a.product, err = newProduct(ctx, o, log)
	a.publicRights.public = o.PublicRooms
	if len(o.PublicRooms) == 0 && a.product == nil {
		a.publicRights.public = []string{"*"}
	}
	return a, err
}

// Guests reports whether people may come in without a token.
func (a *Auth) Guests() bool { return a.guests != nil }

// Public returns what everybody may do.
func (a *Auth) Public() Rights { return a.publicRights }

// Connect returns who somebody is by a token, a name, or, for guests, both to be renamed. It fails with
// ErrUnauthorized where the token is not good, or missing and guests are not let in, with ErrUnavailable,
// and with what fetching a secret failed with.
func (a *Auth) Connect(ctx context.Context, token, name string) (Identity, error) {
	if token != "" && !issuedHere(token) {
		if a.product == nil {
			return Identity{}, ErrUnauthorized
		}
		who, err := a.product.check(token, a.publicRights)
		who.Rights.user = who.User.ID
		return who, err
	}
	if a.guests == nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrUnauthorized, ErrNoGuests)
	}
	user, next, err := a.guests.Connect(ctx, token, name)
	who := Identity{User: user, Token: next, Rights: a.publicRights}
	who.Rights.user = user.ID
	return who, err
}

// issuedHere reports whether a token says that it is one of Chorus; whether that is so, its check shows.
func issuedHere(token string) bool {
	var c jwt.RegisteredClaims
	_, _, err := jwt.NewParser().ParseUnverified(token, &c)
	return err == nil && c.Issuer == issuer
}
