-- What the scripts have in common about changes. It stands before each of them.
--
-- Beside a log, and written in the same steps, is what its changes amount to, so that nobody has to read
-- the whole log to show a message as it is now: a sorted set, in which the score is the seq of a message
-- and the members are
--
--   SEQ d                     it was deleted; then there is nothing else
--   SEQ e SEQ-OF-EDIT TEXT    its newest text
--   SEQ r EMOJI USER          a reaction
--
-- Members of one score are in the order of their bytes, so d or e is the first.

-- What is known of a message, if not only reactions: 'SEQ d' or 'SEQ e …', or nil.
local function inForce(changes, of)
  local first = redis.call('ZRANGEBYSCORE', changes, of, of, 'LIMIT', 0, 1)[1]
  if first and not string.find(first, '^%d+ r ') then
    return first
  end
end

-- Why an entry may not refer to a message, or nil. kind is edit, delete, react, unreact or reply; most is
-- how many reactions a message may have.
local function objection(log, changes, kind, of, id, what, most)
  local target = redis.call('XRANGE', log, of, of, 'COUNT', 1)[1]
  if not target or string.match(target[2][2], '^%S+') ~= id then
    return 'fork'
  end
  local known = inForce(changes, of)
  if known == of .. ' d' then
    return 'deleted'
  end
  if kind == 'react' and not redis.call('ZSCORE', changes, of .. ' r ' .. what) then
    local reactions = redis.call('ZCOUNT', changes, of, of)
    if known then
      reactions = reactions - 1
    end
    if reactions >= tonumber(most) then
      return 'full'
    end
  end
end

-- Brings the set up to date with an entry that was appended: seq is the entry's, of the message's. what is
-- the text of an edit, "EMOJI USER" of a reaction.
local function change(log, changes, keep, seq, kind, of, what)
  local known = inForce(changes, of)
  if known == of .. ' d' then
    return
  end
  if kind == 'edit' then
    if known then
      redis.call('ZREM', changes, known)
    end
    redis.call('ZADD', changes, of, of .. ' e ' .. seq .. ' ' .. what)
  elseif kind == 'delete' then
    redis.call('ZREMRANGEBYSCORE', changes, of, of)
    redis.call('ZADD', changes, of, of .. ' d')
  elseif kind == 'react' then
    redis.call('ZADD', changes, of, of .. ' r ' .. what)
  elseif kind == 'unreact' then
    redis.call('ZREM', changes, of .. ' r ' .. what)
  end
  -- It is trimmed with the log, but later: what is still in the log may refer to what is not any more, and
  -- must not give away that it was deleted. Nothing could refer to anything older than this.
  local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  local oldest = tonumber(string.match(first[1], '^%d+')) - 2 * keep - 200
  if oldest > 0 then
    redis.call('ZREMRANGEBYSCORE', changes, '-inf', string.format('(%.0f', oldest))
  end
end

