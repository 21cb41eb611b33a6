package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"chorus/internal/chat"
)

// TokenLife is how long a token is valid. Each connect gives a new one.
const TokenLife = 30 * 24 * time.Hour

// issuer is what guests' tokens are issued by, and no others.
const issuer = "chorus"

// secretLife is how long a node believes that it knows the shared secret. With the next connect it asks
// again: the database may have lost it, and is given it back; or another node was faster, and made a
// new one.
const secretLife = 5 * time.Second

// Guests makes people the same users again, on any node, by a token that it signs. Its methods may be
// called concurrently.
type Guests struct {
	// shared returns the secret that all nodes share; candidate becomes it if there is none.
	shared func(ctx context.Context, candidate string) (string, error)

	mu      sync.Mutex
	current string // "" until it is known
	former  string // tokens signed with it are still good
	asked   time.Time
}

// NewGuests returns Guests that sign with the secret that shared returns. It is asked when the
// first token is needed, since the database need not answer when a node starts, and now and then
// after that; while it fails, the secret that was known last is used.
func NewGuests(shared func(ctx context.Context, candidate string) (string, error)) *Guests {
	return &Guests{shared: shared}
}

type claims struct {
	jwt.RegisteredClaims
	Name string `json:"name"`
}

// Connect returns the user of a token, renamed if a name is given too, or without a token a new
// user. It returns the user's next token as well. It fails with ErrUnauthorized for a bad token
// and with what fetching the secret failed with.
func (g *Guests) Connect(ctx context.Context, token, name string) (chat.User, string, error) {
	current, former, err := g.secrets(ctx)
	if err != nil {
		return chat.User{}, "", err
	}
	user := NewGuest(name)
	if token != "" {
		user, err = check(token, current)
		if err != nil && former != "" {
			user, err = check(token, former)
		}
		if err != nil {
			return chat.User{}, "", err
		}
		if name != "" {
			user.Name = name
		}
	}
	next, err := sign(user, current)
	return user, next, err
}

// NewGuest returns a new user. The name must have passed chat.Name.
func NewGuest(name string) chat.User { return chat.User{ID: chat.NewID(), Name: name} }

func sign(u chat.User, secret string) (string, error) {
	now := time.Now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Subject:   u.ID,
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(TokenLife)),
		},
		Name: u.Name,
	}).SignedString([]byte(secret))
}

func check(token, secret string) (chat.User, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c,
		func(*jwt.Token) (any, error) { return []byte(secret), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(time.Minute), // nodes' clocks differ
	)
	if err == nil {
		err = chat.Key(c.Subject) // an id is part of database keys
	}
	if err != nil {
		return chat.User{}, fmt.Errorf("%w: %w", ErrUnauthorized, err)
	}
	name, err := chat.Name(c.Name)
	if err != nil {
		return chat.User{}, fmt.Errorf("%w: %w", ErrUnauthorized, err)
	}
	return chat.User{ID: c.Subject, Name: name}, nil
}

func (g *Guests) secrets(ctx context.Context) (current, former string, err error) {
	g.mu.Lock()
	current, former, asked := g.current, g.former, g.asked
	g.mu.Unlock()
	if current != "" && time.Since(asked) < secretLife {
		return current, former, nil
	}
	// Not under the lock: all may ask at once, and get the same. The secret that is known is the
	// candidate, so a database that lost it is given it again.
	candidate := current
	if candidate == "" {
		candidate = rand.Text() + rand.Text()
	}
	shared, err := g.shared(ctx, candidate)
	if err != nil && current == "" {
		return "", "", err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = time.Now()
	if err == nil && shared != g.current {
		if g.current != "" {
			g.former = g.current
		}
		g.current = shared
	}
	return g.current, g.former, nil
}
