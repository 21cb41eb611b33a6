-- Moves a user's read mark in a room forward.
--
-- KEYS[1] the user's marks, a hash: room -> "SEQ ID"
-- ARGV    1 room, 2 seq, 3 id, 4 seq of the room's newest message, 5 how many marks there may be, 6 how many milliseconds they are kept
--
-- Returns {'1', mark} where it moved, {'0', mark} where it was as far already, {'full'}.

local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept then
  local seq = tonumber(string.match(kept, '^%d+'))
  if seq >= tonumber(ARGV[2]) and seq <= tonumber(ARGV[4]) then
    return {'0', kept}
  end
elseif redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[5]) then
  return {'full'}
end
local mark = ARGV[2] .. ' ' .. ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], mark)
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return {'1', mark}
