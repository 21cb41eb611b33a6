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

// script is a script that is carried out in a pipeline, and never twice by the library.
type script struct{ source, hash string }

func newScript(source string) *script { return &script{source, redis.NewScript(source).Hash()} }

// once is a command that the library does not repeat when its outcome is unknown.
type once struct{ *redis.Cmd }

// NoRetry overrides the library's.
func (once) NoRetry() bool { return true }

// eval carries out a script.
func (b *Redis) eval(ctx context.Context, s *script, keys []string, args []any) (*redis.Cmd, error) {
	reply, err := b.evalPipelined(ctx, "evalsha", s.hash, keys, args)
	if redis.HasErrorPrefix(err, "NOSCRIPT") { // a restarted or flushed server
		return b.evalPipelined(ctx, "eval", s.source, keys, args)
	}
	return reply, err
}

// evalPipelined waits no longer than the context says, although the pipeline may go on: the
// outcome is then unknown, as with any command that gets no answer.
func (b *Redis) evalPipelined(ctx context.Context, verb, script string, keys []string, args []any) (*redis.Cmd, error) {
	if err := ctx.Err(); err != nil {
		return nil, err // or it would be by chance whether it is carried out
	}
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, verb, script, len(keys))
	for _, k := range keys {
		all = append(all, k)
	}
	cmd := once{redis.NewCmd(ctx, append(all, args...)...)}
	cmd.SetFirstKeyPos(3)
	if err := b.pipeline.Submit(ctx, cmd).WaitContext(ctx); err != nil {
		return nil, err
	}
	return cmd.Cmd, cmd.Err()
}
