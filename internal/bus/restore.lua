-- Puts back entries that a rewound log has lost, with their old numbers and ids, in one atomic
-- step. Only if the log still ends where the caller saw it end.
--
-- KEYS[1] the room's log; KEYS[2] its changes; KEYS[3] its sanctions; KEYS[4], … the claims of the
--         entries, in their order
-- ARGV    1 channel, 2 entries to keep, 3 milliseconds to keep the claims,
--         4 seq and 5 id of the log's last entry, 0 and '' for an empty log,
--         6 PUBLISH, or SPUBLISH in a cluster,
--         7 the number of sanctions as of the last entry, -1 if they are not known, and for each of them
--         its field and value (see sanctions.lua),
--         then for each entry: its seq, "ID PREV TIME BODY", its claim "SEQ ID TIME", and how it changes
--         another one, the seq of that one, and what (see changes.lua), or what a moderator did, to whom,
--         and until when (see sanctions.lua); '' three times if it is neither
--
-- Returns 1, or 0 when the log has changed meanwhile.

local head, id = '0', ''
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if last then
  head = string.match(last[1], '^%d+')
  id = string.match(last[2][2], '^%S+')
end
if head ~= ARGV[4] or id ~= ARGV[5] then
  return 0
end

local held = tonumber(ARGV[7])
local first = 8 + 2 * math.max(held, 0)
for i = 4, #KEYS do
  local at = first + (i - 4) * 6
  local seq, entry, claim = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  append(KEYS[1], ARGV[2], seq, entry)
  if isAct(ARGV[at + 3]) then
    act(KEYS[3], milliseconds(), ARGV[at + 3], ARGV[at + 4], ARGV[at + 5])
  elseif ARGV[at + 3] ~= '' then
    change(KEYS[1], KEYS[2], ARGV[2], seq, ARGV[at + 3], ARGV[at + 4], ARGV[at + 5])
  end
  redis.call('SET', KEYS[i], claim, 'PX', ARGV[3])
  redis.call(ARGV[6], ARGV[1], seq .. ' ' .. entry)
end
-- Acts may be older than all entries.
if held >= 0 then
  redis.call('DEL', KEYS[3])
end
for i = 1, held do
  redis.call('HSET', KEYS[3], ARGV[6 + 2 * i], ARGV[7 + 2 * i])
end
return 1
