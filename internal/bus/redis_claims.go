package bus

import (
	_ "embed"

	"chorus/internal/chat"
)

//go:embed claims.lua
var claimsSource string

func claimsKey(room string) string      { return "chorus:{" + room + "}:claims" }
func olderClaimsKey(room string) string { return "chorus:{" + room + "}:claims:older" }

// claimOf is the field of claims.lua for what a message claims. User ids and keys have no colons in them.
func claimOf(d *chat.Draft) string { return d.User.ID + ":" + d.Key }
