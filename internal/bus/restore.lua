-- Puts back entries that a rewound log has lost, with their old numbers and ids, in one atomic
-- step. Only if the log still ends where the caller saw it end.
--
-- KEYS[1] the room's log; KEYS[2] its new claims; KEYS[3] the older ones; KEYS[4] its changes; KEYS[5] its
--         sanctions
-- ARGV    1 channel, 2 entries to keep, 3 milliseconds to keep the claims,
--         4 seq and 5 id of the log's last entry, 0 and '' for an empty log,
--         6 PUBLISH, or SPUBLISH in a cluster,
--         7 the number of sanctions as of the last entry, -1 if they are not known, and for each of them
--         its field and value (see sanctions.lua),
--         then for each entry: its seq, "ID PREV TIME BODY", its claim, a field and a value (see claims.lua),
--         and how it changes another one, the seq of that one, and what (see changes.lua), or what a moderator
--         did, to whom, and until when (see sanctions.lua); '' three times if it is neither
--
-- Returns 1, or 0 when the log has changed meanwhile.

local log, claims, older, changes, sanctions = unpack(KEYS)
local keep, now = tonumber(ARGV[3]), milliseconds()

local head, id = '0', ''
local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
if last then
  head = string.match(last[1], '^%d+')
  id = string.match(last[2][2], '^%S+')
end
if head ~= ARGV[4] or id ~= ARGV[5] then
  return 0
end

local held = tonumber(ARGV[7])
local first = 8 + 2 * math.max(held, 0)
for at = first, #ARGV, 7 do
  local seq, entry, field, claim, kind, whose, what = unpack(ARGV, at, at + 6)
  append(log, ARGV[2], seq, entry)
  if at == first then
    makeReady(claims, older, redis.call('HGET', claims, 'since'), now, keep)
  end
  if isAct(kind) then
    act(sanctions, now, kind, whose, what)
  elseif kind ~= '' then
    change(log, changes, ARGV[2], seq, kind, whose, what)
  end
  redis.call('HSET', claims, field, claim)
  redis.call(ARGV[6], ARGV[1], seq .. '\n' .. entry)
end
-- Acts may be older than all entries.
if held >= 0 then
  redis.call('DEL', sanctions)
end
for i = 1, held do
  redis.call('HSET', sanctions, ARGV[6 + 2 * i], ARGV[7 + 2 * i])
end
return 1
