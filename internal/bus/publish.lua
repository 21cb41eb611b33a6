-- Appends a message to a room's log and relays it, once for each key, in one atomic step.
--
-- The log's last entry is the only counter there is: nothing can be torn away from it.
--
-- KEYS[1] the room's log, a stream with one field; entry SEQ-0 is "ID PREV TIME BODY"
-- KEYS[2] the sender's claim on the message's key, "SEQ ID TIME"
-- KEYS[3] the room's sanctions
-- KEYS[4] for a message that refers to another one: the room's changes
-- ARGV    1 channel, 2 id, 3 body, 4 entries to keep, 5 milliseconds to keep the claim,
--         6 and 7 seq and id of the newest message that the publisher knows,
--         8 PUBLISH, or SPUBLISH in a cluster,
--         9 the sender's id, '' for whom no sanctions hold, '*' for who may say nothing anywhere,
--         and for a message that refers to another one: 10 how, 11 and 12 seq and id of that one,
--         13 what (see changes.lua), 14 the most reactions of a message;
--         or for an act of a moderator: 10 its kind, 11 to whom, 12 until when (see sanctions.lua)
--
-- Returns {duplicate, seq, id, milliseconds}, all as strings; or {'rewound'} when the log ends
-- before what the publisher knows, or with something else in its place; or {'refused', 'mute' or 'ban',
-- until} when the sender may say nothing; or {'fork'}, {'deleted'} or {'full'} when the message may not
-- refer to that other one.

local claimed = redis.call('GET', KEYS[2])
if claimed then
  local seq, id, time = string.match(claimed, '^(%d+) (%S+) (%d+)$')
  return {'1', seq, id, time}
end

local head, prev = 0, '-'
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if last then
  head = tonumber(string.match(last[1], '^%d+'))
  prev = string.match(last[2][2], '^%S+')
end
local known = tonumber(ARGV[6])
if head < known or (head == known and known > 0 and prev ~= ARGV[7]) then
  return {'rewound'}
end
local now = milliseconds()
local sanction, ends = silenced(KEYS[3], ARGV[9], now)
if sanction then
  return {'refused', sanction, ends}
end
if KEYS[4] then
  local no = objection(KEYS[1], KEYS[4], ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14])
  if no then
    return {no}
  end
end
local seq = string.format('%.0f', head + 1)

local time = string.format('%.0f', now)
local entry = ARGV[2] .. ' ' .. prev .. ' ' .. time .. ' ' .. ARGV[3]

append(KEYS[1], ARGV[4], seq, entry)
if KEYS[4] and ARGV[10] ~= 'reply' then
  change(KEYS[1], KEYS[4], ARGV[4], seq, ARGV[10], ARGV[11], ARGV[13])
elseif ARGV[10] and not KEYS[4] then
  act(KEYS[3], now, ARGV[10], ARGV[11], ARGV[12])
end
redis.call('SET', KEYS[2], seq .. ' ' .. ARGV[2] .. ' ' .. time, 'PX', ARGV[5])
redis.call(ARGV[8], ARGV[1], seq .. ' ' .. entry)
return {'0', seq, ARGV[2], time}
