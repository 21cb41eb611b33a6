package bus

import (
	"context"
	_ "embed"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed append.lua
	appendSource string

	// commonSource stands before the scripts that append to logs.
	commonSource = appendSource + claimsSource + changesSource + sanctionsSource
)

// script is a script that is carried out in pipelines, and never twice by the library.
type script struct{ source, hash string }

func newScript(source string) *script { return &script{source, redis.NewScript(source).Hash()} }

// once is a command that the library does not repeat when its outcome is unknown.
type once struct{ *redis.Cmd }

// NoRetry overrides the library's.
func (once) NoRetry() bool { return true }

// evalAll carries out a script once for each of several arguments, in one pipeline: how many keys, the keys, and the
// rest. Each reply has its own error.
func (b *Redis) evalAll(ctx context.Context, s *script, arguments [][]any) []*redis.Cmd {
	replies := make([]*redis.Cmd, len(arguments))
	pipe := b.db.Pipeline()
	queue := func(i int, verb, script string) {
		cmd := once{redis.NewCmd(ctx, append([]any{verb, script}, arguments[i]...)...)}
		cmd.SetFirstKeyPos(3)
		_ = pipe.Process(ctx, cmd)
		replies[i] = cmd.Cmd
	}
	for i := range replies {
		queue(i, "evalsha", s.hash)
	}
	_, _ = pipe.Exec(ctx)
	for i, reply := range replies {
		if redis.HasErrorPrefix(reply.Err(), "NOSCRIPT") { // a restarted or flushed server
			queue(i, "eval", s.source)
		}
	}
	if pipe.Len() > 0 {
		_, _ = pipe.Exec(ctx)
	}
	return replies
}
