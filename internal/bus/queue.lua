-- A queue whose items are lent. Sorted sets rather than a stream with a consumer group: here an item's
-- next try may be in an hour, whichever node that will be, and no node has a list of its own that has
-- to be taken over when it dies.
--
-- KEYS[1] hash of the payloads by id
-- KEYS[2] ids by when they may be lent, in milliseconds: when they were added, a lease ends, a delay is over
-- KEYS[3] ids by when they were added
-- ARGV    {'add', id, payload, most}  returns {dropped}
--         {'take', n, lease}          returns {queued, id, age, payload, id, age, payload, …}
--         {'later', id, delay}        returns {}
--         {'done', id}                returns {}
-- Times are in milliseconds, all that is returned are strings.

local items, due, added = KEYS[1], KEYS[2], KEYS[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function text(number) return string.format('%.0f', number) end

local function remove(id)
  redis.call('HDEL', items, id)
  redis.call('ZREM', due, id)
  redis.call('ZREM', added, id)
end

if ARGV[1] == 'add' then
  local id, dropped = ARGV[2], 0
  if redis.call('HSETNX', items, id, ARGV[3]) == 1 then
    redis.call('ZADD', due, text(now), id)
    redis.call('ZADD', added, text(now), id)
    dropped = math.max(redis.call('ZCARD', added) - tonumber(ARGV[4]), 0)
    if dropped > 0 then
      for _, oldest in ipairs(redis.call('ZRANGE', added, 0, dropped - 1)) do
        remove(oldest)
      end
    end
  end
  return {text(dropped)}
end

if ARGV[1] == 'take' then
  local reply = {text(redis.call('ZCARD', added))}
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', text(now), 'LIMIT', 0, ARGV[2])) do
    local payload, since = redis.call('HGET', items, id), redis.call('ZSCORE', added, id)
    if payload and since then
      redis.call('ZADD', due, text(now + ARGV[3]), id)
      table.insert(reply, id)
      table.insert(reply, text(now - tonumber(since)))
      table.insert(reply, payload)
    else
      remove(id) -- somebody has deleted a part of it
    end
  end
  return reply
end

if ARGV[1] == 'later' then
  redis.call('ZADD', due, 'XX', text(now + ARGV[3]), ARGV[2])
else
  remove(ARGV[2])
end
return {}
