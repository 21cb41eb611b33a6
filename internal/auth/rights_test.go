package auth_test

import (
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"chorus/internal/auth"
)

// rightsOf returns what somebody may do whose token has something to say about chorus.
func rightsOf(t *testing.T, a *auth.Auth, chorus map[string]any) auth.Rights {
	t.Helper()
	who, err := a.Connect(t.Context(), token(t, jwt.SigningMethodHS256, []byte(productSecret), jwt.MapClaims{"sub": "x", "chorus": chorus}), "")
	if err != nil {
		t.Fatal(err)
	}
	return who.Rights
}

func TestRightsAreThoseOfTheLongestPatternThatFits(t *testing.T) {
	a := newAuth(t, auth.Options{Guests: true, JWTSecret: productSecret, PublicRooms: []string{"lobby", "open-*"}})
	member := rightsOf(t, a, map[string]any{"rooms": map[string]string{"team-*": "write", "team-secret": "none", "news": "read", "help": "moderate", "open-house": "none"}})
	guest, err := a.Connect(t.Context(), "", "Guest")
	if err != nil {
		t.Fatal(err)
	}
	admin := rightsOf(t, a, map[string]any{"admin": true})
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
		member := rightsOf(t, a, map[string]any{"rooms": rooms})
		got := [3]auth.Access{member.In("team-a"), member.In("team-b"), member.In("news")}
		if want := [3]auth.Access{auth.Moderate, auth.None, auth.None}; got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}
