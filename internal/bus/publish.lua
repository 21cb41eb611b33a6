-- Appends messages to a room's log and relays them, each once for its key, in one atomic step.
--
-- The log's last entry is the only counter there is: nothing can be torn away from it.
--
-- KEYS[1] the room's log, a stream with one field; entry SEQ-0 is "ID PREV TIME BODY"
-- KEYS[2] the room's new claims, KEYS[3] the older ones (see claims.lua)
-- KEYS[4] the room's sanctions
-- KEYS[5] for a message that refers to another one: the room's changes
-- ARGV    1 channel, 2 entries to keep, 3 milliseconds to keep the claims,
--         4 and 5 seq and id of the newest message that the publisher knows,
--         6 PUBLISH, or SPUBLISH in a cluster, 7 how many messages there are,
--         then for each of them what it claims, "USER:KEY", no two the same;
--         then for each of them: its id, its body, and the sender's id, '' for whom no sanctions hold, '*' for
--         who may say nothing anywhere;
--         and for a message that refers to another one, which has to be the only one: how, seq and id of that
--         one, what (see changes.lua), the most reactions of a message;
--         or for an act of a moderator, the same: its kind, to whom, until when (see sanctions.lua)
--
-- Relays the seq of the first message, and the entry of each, as one line each.
--
-- Returns for each message "SEQ ID TIME"; or "again SEQ ID TIME" when its key was claimed before; or "rewound"
-- when the log ends before what the publisher knows, or with something else in its place; or "refused mute
-- UNTIL" or "refused ban UNTIL" when the sender may say nothing; or "fork", "deleted" or "full" when the
-- message may not refer to that other one.

local log, claims, older, sanctions, changes = unpack(KEYS)
local keep, count = tonumber(ARGV[3]), tonumber(ARGV[7])
local now = milliseconds()

local answers, fresh = {}, false
local new = redis.call('HMGET', claims, 'since', unpack(ARGV, 8, 7 + count))
local old = redis.call('HMGET', older, unpack(ARGV, 8, 7 + count))
for i = 1, count do
  local claimed = holding(new[i + 1] or old[i], now, keep)
  if claimed then
    answers[i] = 'again ' .. claimed
  else
    answers[i] = 'rewound'
    fresh = true
  end
end
if not fresh then
  return answers
end

local head, prev = 0, '-'
local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
if last then
  head = tonumber(string.match(last[1], '^%d+'))
  prev = string.match(last[2][2], '^%S+')
end
local known = tonumber(ARGV[4])
if head < known or (head == known and known > 0 and prev ~= ARGV[5]) then
  return answers
end

local extra = 8 + 4 * count
local sanctioned = redis.call('EXISTS', sanctions) == 1 -- hardly any room has somebody who is
local time = string.format('%.0f', now)
local claimed, relayed = {}, {}
for i = 1, count do
  if answers[i] == 'rewound' then
    local at = 5 + count + 3 * i
    local no = silenced(sanctioned and sanctions, ARGV[at + 2], now)
      or changes and objection(log, changes, unpack(ARGV, extra, extra + 4))
    if no then
      answers[i] = no
    else
      head = head + 1
      local seq, id = string.format('%.0f', head), ARGV[at]
      local entry = id .. ' ' .. prev .. ' ' .. time .. ' ' .. ARGV[at + 1]
      append(log, ARGV[2], seq, entry)
      answers[i] = seq .. ' ' .. id .. ' ' .. time
      claimed[#claimed + 1] = ARGV[7 + i]
      claimed[#claimed + 1] = answers[i]
      relayed[1] = relayed[1] or seq
      relayed[#relayed + 1] = entry
      prev = id
    end
  end
end
if #claimed == 0 then
  return answers
end
makeReady(claims, older, new[1], now, keep)
redis.call('HSET', claims, unpack(claimed))

local kind = ARGV[extra]
if changes and kind ~= 'reply' then
  change(log, changes, ARGV[2], relayed[1], kind, ARGV[extra + 1], ARGV[extra + 3])
elseif kind and not changes then
  act(sanctions, now, kind, ARGV[extra + 1], ARGV[extra + 2])
end
redis.call(ARGV[6], ARGV[1], table.concat(relayed, '\n'))
return answers
