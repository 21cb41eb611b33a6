-- Reads a room's roster: {id, count, {user id, "LEASE … {user}", …}}, without the last where there are
-- more users than are named.
--
-- KEYS[1] the roster, see present.lua; ARGV 1 how many users are named

local id = redis.call('HGET', KEYS[1], '') or ''
local count = math.max(redis.call('HLEN', KEYS[1]) - 1, 0)
if count > tonumber(ARGV[1]) then
  return {id, count}
end
return {id, count, redis.call('HGETALL', KEYS[1])}
