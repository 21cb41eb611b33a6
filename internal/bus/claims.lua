-- What the scripts have in common about claims. It stands before each of them.
--
-- Beside a log, and written in the same steps, are the claims of senders on their keys, so that a repeat is
-- answered as the first one was: two hashes, in which the fields are "USER:KEY" and the values "SEQ ID TIME".
-- New claims go into one of them. When it is older than a claim has to be kept, it takes the place of the
-- other one, in which nothing holds any more, and is begun anew. So claims go by the thousand: letting each
-- expire by itself costs as much as appending the message.

-- Returns a claim if it holds: it is in a hash for longer than it does.
local function holding(claim, now, keep)
  if claim and now - tonumber(string.match(claim, '%d+$')) <= keep then
    return claim
  end
end

-- Makes the hash of new claims ready for one more. since is its field of that name: when it was begun. To be
-- called after the first entry was appended: a Redis that is full refuses that only as a script's first write.
local function makeReady(claims, older, since, now, keep)
  local age = since and now - tonumber(since)
  if age and age >= 0 and age <= keep then
    return
  end
  if age and age > 0 then -- or else Redis' clock was ahead, and all that is in it may still hold
    redis.call('UNLINK', older) -- or it would be freed while all wait
    redis.call('RENAME', claims, older)
  end
  -- A value wider than hash-max-listpack-value makes it a table from the start, since a list of some hundred
  -- claims takes long to search.
  redis.call('HSET', claims, 'since', string.format('%-65.0f', now))
  -- What is claimed last is claimed when it is replaced. A minute more, so that where somebody speaks all the
  -- time it is unlinked before it expires.
  redis.call('PEXPIRE', claims, 2 * keep + 60000)
end
