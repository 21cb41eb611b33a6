-- Appends messages to a room's log and relays them, each once for its key, in one atomic step.
--
-- The log's last entry is the only counter there is: nothing can be torn away from it.
--
-- KEYS[1] the room's log, a stream with one field; entry SEQ-0 is "ID PREV TIME BODY"
-- KEYS[2] the room's sanctions
-- KEYS[3], … for each message the sender's claim on its key, "SEQ ID TIME"
-- and last, for a message that refers to another one, the room's changes
-- ARGV    1 channel, 2 entries to keep, 3 milliseconds to keep the claims,
--         4 and 5 seq and id of the newest message that the publisher knows,
--         6 PUBLISH, or SPUBLISH in a cluster, 7 how many messages there are,
--         then for each of them: its id, its body, and the sender's id, '' for whom no sanctions hold, '*' for
--         who may say nothing anywhere;
--         and for a message that refers to another one, which has to be the only one: how, seq and id of that
--         one, what (see changes.lua), the most reactions of a message;
--         or for an act of a moderator, the same: its kind, to whom, until when (see sanctions.lua)
--
-- Returns for each message {duplicate, seq, id, milliseconds}, all as strings; or {'rewound'} when the log
-- ends before what the publisher knows, or with something else in its place; or {'refused', 'mute' or 'ban',
-- until} when the sender may say nothing; or {'fork'}, {'deleted'} or {'full'} when the message may not
-- refer to that other one.

local log, sanctions, count = KEYS[1], KEYS[2], tonumber(ARGV[7])
local extra, changes = 8 + 3 * count, KEYS[3 + count]

local answers, fresh = {}, false
for i, claimed in ipairs(redis.call('MGET', unpack(KEYS, 3, 2 + count))) do
  if claimed then
    local seq, id, time = string.match(claimed, '^(%d+) (%S+) (%d+)$')
    answers[i] = {'1', seq, id, time}
  else
    answers[i] = {'rewound'}
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

local now = milliseconds()
local time = string.format('%.0f', now)
local relayed, said = {}, {}

-- Appends a message and returns the answer.
local function publish(claim, id, body)
  head = head + 1
  local seq = string.format('%.0f', head)
  local entry = id .. ' ' .. prev .. ' ' .. time .. ' ' .. body
  append(log, ARGV[2], seq, entry)
  redis.call('SET', claim, seq .. ' ' .. id .. ' ' .. time, 'PX', ARGV[3])
  prev = id
  relayed[#relayed + 1] = seq .. ' ' .. entry
  said[claim] = {'1', seq, id, time}
  return {'0', seq, id, time}
end

for i = 1, count do
  if answers[i][1] == 'rewound' then
    local at, claim = 5 + 3 * i, KEYS[2 + i]
    local sanction, ends = silenced(sanctions, ARGV[at + 2], now)
    local no = changes and objection(log, changes, unpack(ARGV, extra, extra + 4))
    if said[claim] then
      answers[i] = said[claim]
    elseif sanction then
      answers[i] = {'refused', sanction, ends}
    elseif no then
      answers[i] = {no}
    else
      answers[i] = publish(claim, ARGV[at], ARGV[at + 1])
    end
  end
end
if #relayed == 0 then
  return answers
end

local kind = ARGV[extra]
local seq = string.match(relayed[1], '^%d+')
if changes and kind ~= 'reply' then
  change(log, changes, ARGV[2], seq, kind, ARGV[extra + 1], ARGV[extra + 3])
elseif kind and not changes then
  act(sanctions, now, kind, ARGV[extra + 1], ARGV[extra + 2])
end
redis.call(ARGV[6], ARGV[1], table.concat(relayed, '\n'))
return answers
