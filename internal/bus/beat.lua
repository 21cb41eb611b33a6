-- Renews a lease, and tells which have run out.
--
-- KEYS[1] all leases, a sorted set by the millisecond at which they were renewed last
-- ARGV    1 the lease, 2 its life in milliseconds
--
-- Returns {1 if the lease had run out or was not there, {dead leases}}

local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local last = redis.call('ZSCORE', KEYS[1], ARGV[1])
local oldest = now - ARGV[2]
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
local lapsed = (not last or tonumber(last) < oldest) and 1 or 0
return {lapsed, redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', oldest))}
